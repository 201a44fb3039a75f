"""A packet as Markdown and as plain text: the same pieces in the same order, with nothing that could be read as markup."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from skill.model.packet import Cell, Packet, Said, Table

WIDTH = 78
"""Columns of plain text, as letters have them."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_AT_THE_START = re.compile(r"^([-+=]|\d+(?=[.)]))")
_BLANK = re.compile(r"\s+")


def as_markdown(packet: Packet) -> str:
    """The packet in GitHub's Markdown."""
    return "\n\n".join(_markdown(packet)) + "\n"


def _markdown(packet: Packet) -> Iterator[str]:
    yield f"# {_escaped(packet.title)}"
    yield _escaped(packet.to)
    yield _list(packet.about)
    for section in packet.sections:
        yield f"## {_cell(section.heading, ': ')}"
        for said in section.paragraphs:
            yield f"> {_escaped(said)}"
        for table in section.tables:
            yield _grid(table) if table.columns else _list(table)


def _list(table: Table) -> str:
    rows = (f"- {_cell(r.cells[0])}: {'; '.join(map(_cell, r.cells[1:]))}" for r in table.rows)
    return "\n".join(rows)


def _grid(table: Table) -> str:
    head = " | ".join(map(_escaped, table.columns))
    rule = "|".join(["---"] * len(table.columns))
    rows = [f"| {' | '.join(_marked(c, row.marked) for c in row.cells)} |" for row in table.rows]
    return "\n".join([f"| {head} |", f"|{rule}|", *rows])


def _marked(cell: Cell, marked: bool) -> str:
    text = _cell(cell)
    return f"**{text}**" if marked and text else text


def _cell(cell: Cell, between: str = ", ") -> str:
    return between.join(map(_escaped, cell))


def _escaped(said: Said) -> str:
    """A piece as Markdown shows it word for word; only the offer's own link is one."""
    if said.href is not None:
        return f"<{said.href}>"
    text = _MARKUP.sub(r"\\\1", _BLANK.sub(" ", said.text))
    text = _AT_THE_START.sub(r"\\\1", text) if not text[:1].isdigit() else text
    # Some readers make a link of any address: it stays text.
    return text.replace("://", r"\://").replace("www.", r"www\.").replace("@", r"\@")


def as_text(packet: Packet) -> str:
    """The packet in plain text, for an email."""
    return "\n".join(_text(packet)).rstrip() + "\n"


def _text(packet: Packet) -> Iterator[str]:
    yield packet.title.text
    yield "=" * min(len(packet.title.text), WIDTH)
    yield from _wrapped(packet.to.text)
    yield ""
    yield from _columns(packet.about)
    for section in packet.sections:
        heading = _plain(section.heading, ": ")
        yield ""
        yield heading
        yield "-" * min(len(heading), WIDTH)
        for said in section.paragraphs:
            yield from _wrapped(said.text)
            yield ""
        for table in section.tables:
            yield from _columns(table)


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    flat = _BLANK.sub(" ", text)
    return textwrap.wrap(
        flat,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(cell: Cell, between: str = ", ") -> str:
    return between.join(_BLANK.sub(" ", said.text) for said in cell)


def _columns(table: Table) -> Iterator[str]:
    """A table in columns where it fits, else each row as a few lines with the columns' names."""
    rows = [[_plain(cell) for cell in row.cells] for row in table.rows]
    heads = [said.text for said in table.columns]
    widths = [
        max(len(r[i]) if i < len(r) else 0 for r in (heads, *rows)) if rows else 0
        for i in range(max(map(len, (heads, *rows)), default=0))
    ]
    if sum(widths) + 2 * (len(widths) - 1) <= WIDTH:
        for line in (heads, *rows) if heads else rows:
            yield "  ".join(t.ljust(w) for t, w in zip(line, widths, strict=False)).rstrip()
        return
    for row in rows:
        yield from _block(heads, row)


def _block(heads: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    first, *rest = row
    named = zip(heads[1:], rest, strict=False) if heads else ((first, "; ".join(rest)),)
    said = "; ".join(f"{head}: {text}" for head, text in named if text)
    stop = "" if first.endswith((".", "!", "?")) else "."
    yield from _wrapped(f"* {first}{stop} {said}" if heads else said, "", "  ")
