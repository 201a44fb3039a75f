"""Every name of a folder: where it is declared, and every place that uses it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from skill.compiler.fields import ACCOUNT_TABLES, COLUMNS, FORMS, parts_of
from skill.compiler.labels import LABELS, nearest
from skill.compiler.places import column_named, field_named
from skill.compiler.source import without_comments
from skill.compiler.text import lines_of
from skill.compiler.translations import is_translation
from skill.lsp.takes import LONGEST, SLOTS_OF, takes
from skill.model.common import slug
from skill.model.topic import Quote, Row, Section, Span, Topic

SORTS = (
    "features",
    "bundles",
    "plans",
    "meters",
    "traits",
    "roles",
    "moments",
    "audiences",
    "signals",
    "plays",
    "articles",
    "events",
    "facts",
    "pages",
)
"""What can be named. A plan is a bundle too."""
_OF_KIND = {
    "features": "features",
    "product-bundles": "bundles",
    "expansion-playbooks": "plays",
    "articles": "articles",
}
_OF_TABLE = {
    "meters": ("Meter", "meters"),
    "usage-thresholds": ("Signal", "signals"),
    "traits": ("Trait", "traits"),
    "roles": ("Role", "roles"),
    "journey": ("Moment", "moments"),
    "audiences": ("Audience", "audiences"),
}
_OF_SORT = {"event": "events", "fact": "facts", "page": "pages"}
_OF_WORD = {"events": "events", "fact": "facts", "views": "pages"}
_REPORTED = re.compile(r"\b(events|fact|views): ?([\w-]+)", re.IGNORECASE)
_SIGNAL_SLOT = re.compile(r"\{([^{}.|]+)\.[a-z_]+[^{}]*\}")


@dataclass(frozen=True)
class Name:
    """A name where it is declared or used."""

    sort: str
    key: str
    text: str
    """As it stands there: the name as written, or its key."""
    span: Span
    """Where it begins; it ends in the same line."""

    @property
    def end(self) -> int:
        """The column behind its last letter."""
        return self.span.column + len(self.text)

    def covers(self, file: str, line: int, column: int) -> bool:
        """Whether a cursor at this place touches it."""
        return (self.span.file, self.span.line) == (file, line) and (
            self.span.column <= column <= self.end
        )


@dataclass
class Index:
    """The names of a folder by sort and key, and their uses in reading order."""

    declared: dict[str, dict[str, Name]] = field(
        default_factory=lambda: {sort: {} for sort in SORTS}
    )
    uses: list[Name] = field(default_factory=list)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The values that a trait of a listed kind may have."""
    reported: dict[str, dict[str, None]] = field(default_factory=dict)
    """Events, facts and pages that rows name, declared or not, in the order in which they were met."""

    def at(self, file: str, line: int, column: int) -> Name | None:
        """The name under a cursor, used or declared."""
        every = (*self.uses, *(n for names in self.declared.values() for n in names.values()))
        return next((name for name in every if name.covers(file, line, column)), None)

    def declaration(self, name: Name) -> Name | None:
        """Where a name is declared."""
        return self.declared[name.sort].get(name.key)

    def uses_of(self, name: Name) -> list[Name]:
        """Every place that uses a name, in reading order."""
        sorts = ("bundles", "plans") if name.sort in ("bundles", "plans") else (name.sort,)
        return [use for use in self.uses if use.sort in sorts and use.key == name.key]

    def names(self, sort: str) -> list[str]:
        """The names of a sort as they are declared, in reading order."""
        return [name.text for name in self.declared[sort].values()]

    def heard(self, sort: str) -> list[str]:
        """The names of a sort; where the folder lists no events, facts or pages, those that its rows use."""
        return self.names(sort) or list(self.reported.get(sort, {}))

    @cached_property
    def alternatives(self) -> dict[str, str]:
        """A regular expression for each sort that reads any of its names or keys, the longest first."""
        out = {}
        for sort, names in self.declared.items():
            words = {w for name in names.values() for w in (name.text, name.key)}
            longest = sorted(words, key=lambda w: (-len(w), w))
            out[sort] = "|".join(re.escape(word) for word in longest)
        return out


def index_of(topics: Sequence[Topic], sources: Mapping[str, str]) -> Index:
    """The names of these Topics; what cannot be read is left out, and nothing raises."""
    index = Index()
    lines = {name: lines_of(without_comments(text)) for name, text in sources.items()}
    own = [t for t in topics if not is_translation(t, topics)]
    for topic in own:
        _declare(topic, lines.get(topic.file, []), index)
    for topic in topics:
        index.uses += _uses(topic, topic not in own, lines.get(topic.file, []), index)
    return index


def _heading(section: Section, lines: Sequence[str]) -> Span:
    """Where the words of a heading begin."""
    line = lines[section.span.line - 1] if section.span.line <= len(lines) else ""
    return section.span.at(max(line.find(section.heading), 0) + 1)


def _declare(topic: Topic, lines: Sequence[str], index: Index) -> None:
    """Enter what a Topic declares; of two things with one key the first counts."""
    sort = _OF_KIND.get(topic.kind)
    for section in topic.sections:
        if sort and section.level == 2 and section.heading:
            key = slug(section.heading)
            name = Name(sort, key, section.heading, _heading(section, lines))
            index.declared[sort].setdefault(key, name)
            if sort == "bundles" and _is_plan(section):
                plan = Name("plans", key, section.heading, name.span)
                index.declared["plans"].setdefault(key, plan)
        table = table_of(topic.kind, section)
        for row in section.rows if table else ():
            _declare_row(table, row, index)


def _is_plan(section: Section) -> bool:
    said = [f.value.strip().lower() for f in section.fields if slug(f.name) == "sold-as"]
    return said[:1] == ["plan"]


def table_of(kind: str, section: Section) -> str:
    """Which table of rows a section holds, or nothing."""
    if kind == "account":
        return nearest(slug(section.heading), ACCOUNT_TABLES) or ""
    return kind if kind in COLUMNS else ""


def _declare_row(table: str, row: Row, index: Index) -> None:
    column, sort = _OF_TABLE.get(table, ("Name", ""))
    cell = row.cells.get(slug(column))
    if table == "events-and-facts":
        said = row.cells.get("sort")
        sort = _OF_SORT.get(said.text.strip().lower(), "") if said else ""
    if cell is None or not cell.text or not sort:
        return
    key = slug(cell.text)
    index.declared[sort].setdefault(key, Name(sort, key, cell.text, cell.span))
    values = row.cells.get("unit-or-values")
    if sort == "traits" and values is not None:
        index.values[key] = tuple(text for text, _ in parts_of(values.text, values.span))


def _uses(topic: Topic, translates: bool, lines: Sequence[str], index: Index) -> Iterator[Name]:
    priors = topic.places.get("priors")
    if priors is not None:
        yield from _in_phrase("priors", topic.settings.get("priors", ""), priors, index)
    for section in topic.sections:
        sort = _OF_KIND.get(topic.kind)
        if translates and sort and section.level == 2:
            yield from _listed(sort, section.heading, _heading(section, lines), index)
        if topic.kind in FORMS:
            for row in section.fields:
                name = field_named(topic.kind, row.name)
                yield from _in_cell(topic.kind, name, row.value, row.span, index)
        table = table_of(topic.kind, section)
        for cells in section.rows if table else ():
            for key, cell in cells.cells.items():
                yield from _in_cell(table, column_named(table, key), cell.text, cell.span, index)
        for quote in section.quotes:
            yield from _in_quote(quote, lines, index)


def _in_cell(table: str, name: str, text: str, span: Span, index: Index) -> Iterator[Name]:
    what = takes(table, name)
    if what.names:
        for part, place in parts_of(text, span):
            yield from _listed(what.names, part, place, index)
    elif what.phrase and len(text) <= LONGEST:
        yield from _in_phrase(what.phrase, text, span, index)


def _listed(sort: str, text: str, span: Span, index: Index) -> Iterator[Name]:
    """The name that a part of a list is; `workspace admin` names the role `admin`."""
    known = index.declared[sort]
    key = slug(text)
    if key not in known and sort == "roles" and key.startswith("workspace-"):
        key, rest = key.removeprefix("workspace-"), re.split(r"\W", text, maxsplit=1)[-1]
        text, span = rest, span.at(span.column + len(text) - len(rest))
    if key in known:
        yield Name(sort, key, text, span)


def _in_phrase(phrase: str, text: str, span: Span, index: Index) -> Iterator[Name]:
    """The names in a phrase, each once: what a more particular place has read is not read again."""
    taken: list[range] = []
    for word, said in _REPORTED.findall(text) if phrase in ("counts", "moment") else ():
        index.reported.setdefault(_OF_WORD[word.lower()], {}).setdefault(said)
    for slot in SLOTS_OF.get(phrase, ()):
        words = index.alternatives[slot.sort]
        if not words:
            continue
        named = f'(?<![\\w-])"?(?P<name>{words})"?(?![\\w-])'
        for match in re.finditer(slot.pattern.replace("{}", named), text, re.IGNORECASE):
            start, end = match.span("name")
            if any(start < t.stop and t.start < end for t in taken):
                continue
            taken.append(range(start, end))
            key = slug(match["name"])
            if key in index.declared[slot.sort]:
                yield Name(slot.sort, key, match["name"], span.at(span.column + start))


def _in_quote(quote: Quote, lines: Sequence[str], index: Index) -> Iterator[Name]:
    """The name behind a label, and the signals that slots name."""
    first = quote.span.line - 1
    if quote.subject and first < len(lines):
        yield from _subject(quote, lines[first], index)
    for number in range(first, min(quote.span.end_line, len(lines))):
        for match in _SIGNAL_SLOT.finditer(lines[number]):
            at = Span(
                file=quote.span.file,
                line=number + 1,
                end_line=number + 1,
                column=match.start(1) + 1,
            )
            yield from _listed("signals", match[1], at, index)


def _subject(quote: Quote, line: str, index: Index) -> Iterator[Name]:
    sort = LABELS[quote.label].subject + "s"
    written = re.split(r"[*:]", line[quote.span.column - 1 :], maxsplit=1)[0].rstrip()
    for start in (m.end() for m in re.finditer(r"[\s-]+", written)):
        if slug(written[start:]) == quote.subject and sort in index.declared:
            place = quote.span.at(quote.span.column + start)
            yield from _listed(sort, written[start:], place, index)
            return


def in_order(names: Iterable[Name]) -> list[Name]:
    """Names in the order of their files and places, each once."""
    places = {(n.span.file, n.span.line, n.span.column): n for n in names}
    return [places[place] for place in sorted(places)]
