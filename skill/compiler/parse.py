"""One Topic file read into placed sections: the only room that knows Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from skill.compiler import labels
from skill.compiler.front import KINDS, SETTINGS, read_front_matter
from skill.compiler.quotes import read_quotes
from skill.compiler.source import Source
from skill.compiler.strays import stray
from skill.compiler.text import LABEL, MARKER, cells_of, quoted_text, unquoted
from skill.compiler.wording import Problem, pressure, wording_problem
from skill.model.common import slug
from skill.model.topic import (
    Cell,
    Diagnostic,
    Field,
    Note,
    Quote,
    Row,
    Section,
    Span,
    Topic,
)

if TYPE_CHECKING:
    from markdown_it.token import Token

CUSTOMERS = "what customers can read"
INTERNAL = "internal only"
_LIST_FIELDS = ("unlocks", "includes", "contains", "helps with")
"""Fields that may also stand as a bullet list under a `###` heading of their name."""
_THINGS = ("features", "product-bundles", "expansion-playbooks", "articles")
"""Kinds whose things have a heading and one table of two columns each."""
_MOST_PROBLEMS = 50
"""So many slips of other kinds are looked behind in one paragraph."""
_IN_AN_ARTICLE = ("T302", "T303", "T502")
"""What may not stand in a help page either; braces may."""
_ROWS = ("meters", "usage-thresholds", "restraint")
"""Kinds whose things are rows of one table."""


@lru_cache(maxsize=1)
def blocks_only() -> MarkdownIt:
    """Block structure only: quotes are sliced from the source, so inline marks are never rendered."""
    md = MarkdownIt("commonmark", {"html": False}).enable("table")
    md.core.ruler.disable(["inline", "text_join"])
    return md


@dataclass
class _Open:
    """A section while its lines are being read."""

    heading: str
    level: int
    span: Span
    fields: list[Field] = field(default_factory=list)
    columns: list[Cell] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    text: list[Note] = field(default_factory=list)

    def close(self) -> Section:
        return Section(
            heading=self.heading,
            level=self.level,
            span=self.span,
            fields=tuple(self.fields),
            columns=tuple(self.columns),
            rows=tuple(self.rows),
            quotes=tuple(self.quotes),
            notes=tuple(self.notes),
            text=tuple(self.text),
        )


class _Reader:
    """Walks the block tokens of one file and fills its sections."""

    def __init__(self, file: str, text: str) -> None:
        self.source = Source(file, text)
        self.lines = self.source.lines
        self.span = self.source.span
        self.kind = ""
        self.open: list[_Open] = []
        self.part = ""
        """The `###` heading we stand under, in lower case."""

    def read(self) -> Topic:
        source = self.source
        source.tell_commands()
        source.mend_headings()
        front, body = read_front_matter(source.file, self.lines, source.found)
        self.kind = front.values.get("kind", "")
        for token in self._blocks(body):
            self._block(token)
        self._not_empty()
        values = front.values
        reviewed = values.get("generated", "no").lower() in ("no", "false", "")
        return Topic(
            name=source.name,
            file=source.file,
            kind=self.kind,
            owner=values.get("owner", ""),
            review_by=values.get("review_by", ""),
            settings={key: value for key, value in values.items() if key in SETTINGS},
            places=front.places,
            lang=source.lang,
            digest=source.digest,
            reviewed=reviewed,
            sections=tuple(section.close() for section in self.open),
        )

    def _blocks(self, body: str) -> list[Token]:
        """The outermost blocks in reading order."""
        tokens = blocks_only().parse(body)
        out: list[Token] = []
        depth = 0
        for i, token in enumerate(tokens):
            if depth == 0 and token.map is not None:
                if token.type == "heading_open":
                    token.content = tokens[i + 1].content
                out.append(token)
            depth += token.nesting
        return out

    def _block(self, token: Token) -> None:
        assert token.map is not None
        start, end = token.map
        while end > start + 1 and not self.lines[end - 1].strip():
            end -= 1
        if token.type == "heading_open":
            self._heading(int(token.tag[1:]), token.content.strip(), start, end)
        elif token.type == "table_open":
            self._table(start, end)
        elif token.type == "blockquote_open":
            self._quotes(start, end)
        elif token.type in ("bullet_list_open", "ordered_list_open") and slug(self.part) in {
            slug(x) for x in _LIST_FIELDS
        }:
            self._list_field(start, end)
        elif token.type != "hr" and not self._is_stray(token, start, end):
            self._prose(start, end)

    def _is_stray(self, token: Token, start: int, end: int) -> bool:
        """Whether this was meant as a row, a field or a heading and is read as none; then it is told."""
        if self.part:
            return False
        found = stray(
            self.lines[start:end],
            self.kind,
            is_list=token.type in ("bullet_list_open", "ordered_list_open"),
            is_code=token.type in ("fence", "code_block"),
        )
        if found is None:
            return False
        i = start + found.line
        width = self.source.whole_line(i)
        self.source.tell(found.code, self.span(i, i + 1), found.message, found.help, width=width)
        self._note(self._here(start), start, end)
        return True

    def _here(self, start: int) -> _Open:
        """The section we stand in; text before any heading belongs to a nameless title."""
        if not self.open:
            self.open.append(_Open(heading="", level=1, span=self.span(start, start + 1)))
        return self.open[-1]

    def _heading(self, level: int, heading: str, start: int, end: int) -> None:
        if level <= 2:
            self.part = ""
            if level == 1 and self.kind in _THINGS and any(x.level == 1 for x in self.open):
                level = self._second_title(heading, start, end)
            self.open.append(_Open(heading=heading, level=level, span=self.span(start, end)))
            return
        part = " ".join(heading.lower().split())
        if level > 3 and self.part == INTERNAL:
            return  # what stands below an internal heading stays internal
        known = (CUSTOMERS, INTERNAL, *_LIST_FIELDS)
        self.part = part
        if part in known:
            return
        near = labels.nearest(part, known)
        if self.kind == "articles" and near != INTERNAL and "internal" not in part:
            return  # an article's own sub-heading
        self.part = INTERNAL if self.kind == "articles" else part
        if near in _LIST_FIELDS:
            self.part = near  # facts are read as what they were meant to be; wording never is
        sure = labels.sure(part, known)
        self.source.tell(
            "T401",
            self.span(start, end, max(self.lines[start].find(heading) + 1, 1)),
            f"unknown section `{heading}`"
            + ("" if near in _LIST_FIELDS else ": what stands under it stays internal"),
            f"did you mean `{near.capitalize()}`?"
            if near
            else "customer wording stands under `### What customers can read`",
            width=len(heading),
            replacement=sure.capitalize() if sure else None,
        )

    def _second_title(self, heading: str, start: int, end: int) -> int:
        """A file has one title: another one is a thing whose second sign was forgotten."""
        self.source.tell(
            "T401",
            self.span(start, end),
            f"a second title `{heading}`: a thing begins with `##`",
            f"write `## {heading}`",
            width=self.source.whole_line(start),
            replacement=f"## {heading}",
        )
        return 2

    def _table(self, start: int, end: int) -> None:
        here = self._here(start)
        if self.part in (INTERNAL, CUSTOMERS):
            self._note(here, start, end)
            return
        self._rows(here, start, start + 2, end)

    def _rows(self, here: _Open, start: int, first: int, end: int) -> None:
        """The rows of a table whose header stands at one line and whose first row at another."""
        header = cells_of(self.lines[start])
        keys = [slug(text) for text, _ in header]
        is_fields = keys == ["field", "value"]
        if not is_fields and here.level == 2 and self.kind in _THINGS:
            self._unknown_table(start)
            is_fields = len(keys) == 2
            if not is_fields:
                return
        if not is_fields:
            here.columns += [
                Cell(text=text, span=self.span(start, start + 1, at)) for text, at in header
            ]
        for i in range(first, end):
            cells = cells_of(self.lines[i])
            if len(cells) > len(keys):
                self._surplus_cell(i, cells[len(keys)])
            if is_fields:
                self._field_row(here, i, cells)
            else:
                here.rows.append(self._row(i, keys, cells))

    def _unknown_table(self, start: int) -> None:
        self.source.tell(
            "T102",
            self.span(start, start + 1),
            "the facts of a thing stand in a table with two columns",
            "give it the header `| Field | Value |`",
            width=self.source.whole_line(start),
        )

    def _broken_table(self, here: _Open, start: int, end: int) -> None:
        """Rows that Markdown does not take for a table: told once, and read as what they were meant to be."""
        hyphens = start + 1 < end and not self.lines[start + 1].strip("|:- ")
        headed = not hyphens and bool(here.fields or here.rows)
        self.source.tell(
            "T102",
            self.span(start, start + 1),
            "these rows are no table",
            "leave no blank line between the rows of a table"
            if headed
            else "the line below the header is `|---|---|`, with one part for each column",
            width=self.source.whole_line(start),
        )
        first = start + (2 if hyphens else 1)
        is_thing = here.level == 2 and self.kind in _THINGS
        if is_thing:
            for i in range(start if headed else first, end):
                self._field_row(here, i, cells_of(self.lines[i]))
        elif not headed and first < end:
            if len(cells_of(self.lines[start])) == len(cells_of(self.lines[first])):
                self._rows(here, start, first, end)
        elif headed:
            keys = [slug(c.text) for c in here.columns]
            here.rows += [self._row(i, keys, cells_of(self.lines[i])) for i in range(start, end)]

    def _surplus_cell(self, i: int, cell: tuple[str, int]) -> None:
        text, at = cell
        self.source.tell(
            "T102",
            self.span(i, i + 1, at),
            f"a cell too many: `{text}`",
            "write a pipe inside a cell as \\|, or give each value a row of its own",
            width=max(len(text), 1),
        )

    def _field_row(self, here: _Open, i: int, cells: list[tuple[str, int]]) -> None:
        name, at = cells[0] if cells else ("", 1)
        value, value_at = cells[1] if len(cells) > 1 else ("", len(self.lines[i]) + 1)
        if not name and not value:
            return
        if len(cells) < 2:
            self.source.tell(
                "T102",
                self.span(i, i + 1, at),
                f"a row without a value: `{name}`",
                "write `| Field | Value |`, with a pipe between the two",
                width=len(name),
            )
            return
        here.fields.append(
            Field(
                name=name,
                value=value,
                span=self.span(i, i + 1, value_at),
                name_span=self.span(i, i + 1, at),
            )
        )

    def _row(self, i: int, keys: list[str], cells: list[tuple[str, int]]) -> Row:
        padded = cells + [("", len(self.lines[i]) + 1)] * (len(keys) - len(cells))
        return Row(
            n_lacking=max(len(keys) - len(cells), 0),
            cells={
                key: Cell(text=text, span=self.span(i, i + 1, at))
                for key, (text, at) in zip(keys, padded, strict=False)
            },
            span=self.span(i, i + 1),
        )

    def _list_field(self, start: int, end: int) -> None:
        """A bullet list under `### Unlocks` is the field `Unlocks`, one value a bullet."""
        here = self._here(start)
        for i in range(start, end):
            bare = self.lines[i].strip()
            text = MARKER.sub("", bare)
            if text:
                at = self.lines[i].find(text) + 1
                place = self.span(i, i + 1, at)
                if text == bare:
                    self._no_bullet(i)
                here.fields.append(Field(name=self.part, value=text, span=place, name_span=place))

    def _no_bullet(self, i: int) -> None:
        self.source.tell(
            "T102",
            self.span(i, i + 1),
            f"a line without a bullet under `{self.part.capitalize()}`",
            "begin it with `- `",
            width=self.source.whole_line(i),
        )

    def _quotes(self, start: int, end: int) -> None:
        here = self._here(start)
        if self.part == CUSTOMERS:
            here.quotes += read_quotes(self.source, here.heading, start, end)
            return
        if self.part == INTERNAL and any(LABEL.match(unquoted(x)) for x in self.lines[start:end]):
            self.source.tell(
                "T402",
                self.span(start, end),
                "a customer quote inside `Internal only` is never shown",
                "move it under `### What customers can read`, or write it as a bullet",
                width=self.source.whole_line(start),
            )
        self._note(here, start, end)

    def _prose(self, start: int, end: int) -> None:
        here = self._here(start)
        if self.lines[start].lstrip().startswith("|") and self.part not in (CUSTOMERS, INTERNAL):
            self._broken_table(here, start, end)
            return
        if slug(self.part) in {slug(x) for x in _LIST_FIELDS}:
            self._list_field(start, end)
            return
        if self.part == CUSTOMERS:
            self.source.tell(
                "T405",
                self.span(start, end),
                "words for customers that are no quote: nobody will see them",
                "begin each line with `> ` and the first with a bold label; what is not for customers stands under `### Internal only`",
                width=self.source.whole_line(start),
            )
        is_for_customers = self.kind == "articles" and here.level == 2 and self.part != INTERNAL
        if is_for_customers:
            note = self._as_note(here, start, end)
            for problem in _problems_of_an_article(note.text):
                words = note.text[problem.at : problem.at + problem.width]
                at = self.source.place_of(words, start, end)
                self.source.tell(problem.code, at, problem.message, problem.help, width=len(words))
            here.text.append(note)
        else:
            self._note(here, start, end)

    def _note(self, here: _Open, start: int, end: int) -> None:
        here.notes.append(self._as_note(here, start, end))

    def _as_note(self, here: _Open, start: int, end: int) -> Note:
        text = quoted_text(self.lines[start:end])
        return Note(
            topic=self.source.name,
            heading=here.heading,
            text=text,
            span=self.span(start, end),
            digest=self.source.digest,
        )

    def _not_empty(self) -> None:
        told = any(d.code == "T102" for d in self.source.found)
        no_rows = (
            self.kind in _ROWS and not told and not any(x.columns or x.level > 1 for x in self.open)
        )
        if (not self.open or no_rows) and self.kind in KINDS:
            self.source.tell(
                "T104",
                self.span(0, 1),
                f"this `{self.kind}` Topic holds nothing",
                "give it a table" if no_rows else "give it one `##` heading for each thing",
            )


def read_topic(file: str, text: str) -> tuple[Topic, tuple[Diagnostic, ...]]:
    """One file of the folder, read and placed, with everything in it that cannot be read."""
    reader = _Reader(file, text)
    topic = reader.read()
    return topic, tuple(reader.source.found)


def _problems_of_an_article(text: str) -> Iterator[Problem]:
    """What may not stand in a help page; what matters in a quote alone hides nothing that stands behind it."""
    left = text
    for _ in range(_MOST_PROBLEMS):
        found = wording_problem(left)
        if found is None or found.code in _IN_AN_ARTICLE:
            break
        at, width = found.at, max(found.width, 1)
        left = f"{left[:at]}{' ' * width}{left[at + width :]}".replace(" > **", "     ")
    yield from (
        p for p in (wording_problem(left), pressure(text)) if p and p.code in _IN_AN_ARTICLE
    )
