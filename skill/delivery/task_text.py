"""An owner task in Markdown: what only the owner reads first, then the note to pass on, apart from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from skill.delivery.chart_words import heading, in_words, sparkline
from skill.model.common import plain_number
from skill.model.packet import Cell, Packet, Table
from skill.model.task import OwnerTask, Proposal, SignalLine, TaskCause, UsageLine
from skill.policy.signals.windows import zone_of

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_BOLD = re.compile(r"\*\*(?P<bold>[^*]+)\*\*")
_BLANK = re.compile(r"\s+")


def as_markdown(task: OwnerTask) -> str:
    """The whole task in GitHub's Markdown."""
    return "\n\n".join(part for part in _parts(task) if part) + "\n"


def _parts(task: OwnerTask) -> Iterator[str]:
    yield f"# {escaped(task.title)}"
    yield "\n".join(f"- {name}: {escaped(said)}" for name, said in facts(task))
    yield from _listed("Why", [cause_said(c) for c in task.causes])
    yield from _listed("What the product says to that", task.answered)
    if task.usage:
        yield "## Their use"
        yield _grid(USAGE_HEADS, [usage_cells(line) for line in task.usage])
    if task.chart is not None:
        yield f"{escaped(heading(task.chart))}\n\n    {sparkline(task.chart)}"
        yield escaped(in_words(task.chart))
    if task.signals:
        yield "## Signals that hold"
        yield _grid(SIGNAL_HEADS, [signal_cells(line) for line in task.signals])
    yield from _listed(
        "What it has brought them",
        [f"{v.text} As of {stamp(v.as_of)}, from {v.source}" for v in task.value],
    )
    if task.proposal is not None:
        yield "## What would fit"
        rows = proposal_rows(task.proposal)
        yield "\n".join(f"- {name}: {escaped(said)}" for name, said in rows)
    yield from _listed("Whom to talk to", contact_said(task))
    yield from _internal(task)
    if task.note is not None:
        yield "## Note to pass on (customer wording only)"
        yield "\n>\n".join(f"> {line}" for line in note_lines(task.note))


def _internal(task: OwnerTask) -> Iterator[str]:
    inside = task.internal
    if inside.talking_points:
        yield "## Internal: talking points"
        yield "\n".join(f"- {_bolded(p.text)} (`{p.source}`)" for p in inside.talking_points)
    if inside.do_not:
        yield "## Internal: what not to do"
        where = ((p.text, f" (`{p.source}`)" if p.source else "") for p in inside.do_not)
        yield "\n".join(f"- {_bolded(text)}{source}" for text, source in where)


def _listed(name: str, lines: list[str] | tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"## {name}"
        yield "\n".join(f"- {escaped(line)}" for line in lines)


def _grid(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text as Markdown shows it word for word, on one line."""
    return _MARKUP.sub(r"\\\1", _BLANK.sub(" ", text)).replace("://", r"\://")


def _bolded(text: str) -> str:
    """A note as it was written: its bold words stay bold, and nothing else in it is markup."""
    parts = _BOLD.split(text)
    return "".join(f"**{escaped(p)}**" if i % 2 else escaped(p) for i, p in enumerate(parts))


# -- the same words in every form --------------------------------------------------------------------------------

USAGE_HEADS = ("Meter", "Used", "Limit", "Share", "If it goes on", "As of", "Limit from")
SIGNAL_HEADS = ("Signal", "Counted", "Figure", "Holds when", "Over", "As of", "Source")


def facts(task: OwnerTask) -> list[tuple[str, str]]:
    """Whom it is about, whose it is and by when it is to be done."""
    rows = [("Account", f"{task.account}, {task.plan}" if task.plan else task.account)]
    rows.append(("Owner", task.owner.name if task.owner else "nobody was named"))
    rows.append(("Due", local(task.due_at, task.time_zone)))
    if task.play_name:
        rows.append(("Play", task.play_name))
    rows.append(("Figures as of", stamp(task.as_of)))
    return rows


def cause_said(cause: TaskCause) -> str:
    """`cleo asked on 2026-11-21 09:00 UTC: "Can I export to Salesforce?"`, in the asker's own words."""
    if cause.kind == "question":
        asked = f": “{cause.name}”" if cause.name else ""
        return f"{cause.person or 'Somebody'} asked on {stamp(cause.at)}{asked}"
    return f"{cause.said or cause.name} since {stamp(cause.at)}"


def usage_cells(line: UsageLine) -> tuple[str, ...]:
    """One meter in the columns of `USAGE_HEADS`."""
    used = plain_number(line.used) if line.used is not None else "not known"
    return (
        line.name[:1].upper() + line.name[1:],
        f"{used} (too old)" if line.stale else used,
        plain_number(line.limit) if isinstance(line.limit, Decimal) else line.limit or "not known",
        f"{int(line.share * 100)} %" if line.share is not None else "",
        plain_number(line.projected) if line.projected is not None else "",
        f"{stamp(line.as_of)}, {line.source}" if line.as_of else "never read",
        line.limit_source,
    )


def signal_cells(line: SignalLine) -> tuple[str, ...]:
    """One signal in the columns of `SIGNAL_HEADS`."""
    figure = f"{line.value} {line.unit}".strip()
    seen = stamp(line.as_of) if line.as_of else ""
    return (line.name, line.counts, figure, line.holds_when, line.window, seen, line.source)


def proposal_rows(offer: Proposal) -> list[tuple[str, str]]:
    """The offer that would fit, line by line; what is not known is left out or said to be so."""
    many = f"{offer.quantity:,} x " if offer.quantity > 1 else ""
    rows = [("Offer", f"{many}{offer.name} ({offer.kind})")]
    if offer.steps:
        rows.append(("In steps", ", then ".join(offer.steps)))
    if offer.partner:
        where = f", at {offer.link}" if offer.link else ""
        rows.append(("Sold by a partner", f"{offer.partner}{where}"))
    price = f"{offer.price} ({offer.price_source})" if offer.price else "on request"
    rows.append(("Price as listed", price))
    if offer.added_each_month:
        rows.append(("Added each month, at present use", offer.added_each_month))
    if offer.preview is not None:
        if offer.preview.own_terms:
            rows.append(("Mind", "the account is on terms of its own"))
        grounds = [f"{g.name} {g.value}" for g in offer.preview.grounds[:3]]
        if grounds:
            rows.append(("It rests on", ", ".join(grounds)))
    rows.append(("Who can buy", ", ".join(offer.who_can_buy) or "anyone"))
    if offer.review_by:
        rows.append(("Mind", f"its prices were to be read again by {offer.review_by}"))
    return rows


def _contact(name: str, why: str, role: str, email: str) -> str:
    about = ", ".join(x for x in (role, why) if x)
    return f"{name} ({about}){f', {email}' if email else ''}"


def contact_said(task: OwnerTask) -> list[str]:
    """Everybody to talk to, one line each."""
    return [_contact(c.name, c.why, c.role, c.email) for c in task.contacts]


def note_lines(note: Packet) -> Iterator[str]:
    """A note as lines of Markdown: its title, then each part in its own words."""
    yield f"**{escaped(note.title.text)}**"
    yield from _rows(note.about)
    for section in note.sections:
        yield f"**{_cell(section.heading, ': ')}**"
        for said in section.paragraphs:
            yield escaped(said.text)
        for table in section.tables:
            yield from _rows(table)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        first, *rest = (_cell(cell) for cell in row.cells)
        heads = [escaped(said.text) + ": " for said in table.columns[1:]] or [""] * len(rest)
        said = "; ".join(
            f"{head}{x.rstrip('.')}" for head, x in zip(heads, rest, strict=False) if x
        )
        yield f"{first}{' ' if table.columns else ': '}{said}" if said else first


def _cell(cell: Cell, between: str = ", ") -> str:
    return between.join(escaped(said.text) for said in cell)


def stamp(at: datetime) -> str:
    """`2026-11-21 09:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def local(at: datetime, time_zone: str) -> str:
    """`Tuesday 24 November 2026, 17:00 Europe/Berlin`."""
    there = at.astimezone(zone_of(time_zone))
    return f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M} {time_zone}"
