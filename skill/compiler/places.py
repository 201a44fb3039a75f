"""What stands at a line and column of a Topic that may be half typed: a name, a field, a cell, a label or a slot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from skill.compiler.fields import COLUMNS, FORMS
from skill.compiler.labels import nearest, split_label
from skill.compiler.parse import CUSTOMERS
from skill.compiler.source import Source
from skill.compiler.text import LABEL, MARKER, unquoted
from skill.model.common import slug

What = Literal[
    "key", "value", "heading", "section", "field", "column", "cell", "label", "slot", "text"
]
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s|$)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_IN_LABEL = re.compile(r"\s*>\s*\*\*?([^*:]*)$")
_LABEL_END = re.compile(r"[^*:]*(?:\*\*:|:?\*\*)?")
_IN_SLOT = re.compile(r"\{([^{}]*)$")
_SLOT_END = re.compile(r"[^{}\s]*\}?")
_LISTS = {slug(name): name for name in ("Unlocks", "Includes", "Contains", "Helps with")}
"""Fields that may stand as a bullet list under a heading of their name."""


@dataclass(frozen=True)
class Place:
    """What stands where a writer points; lines and columns count from 1, as in a `Span`."""

    what: What
    """`key` and `value` stand in the front matter; `cell` is a value; `text` is everything that is only read."""
    line: int
    column: int
    """Where it begins; never behind the cursor."""
    text: str = ""
    """The whole of it as it stands, from `column` on."""
    before: str = ""
    """The part in front of the cursor."""
    kind: str = ""
    """The Topic's kind, as its front matter says it."""
    table: str = ""
    """Which table of fields or columns it belongs to: a key of `FORMS` or `COLUMNS`."""
    name: str = ""
    """The key, field or column it belongs to, or the label of its quote, as the language writes it."""
    thing: str = ""
    """The `##` heading it stands under."""
    level: int = 0
    """Of a heading."""
    is_translation: bool = False
    """Whether the file is named like a translation, `features.de.md`."""

    @property
    def after(self) -> str:
        """The part behind the cursor."""
        return self.text[len(self.before) :]


@dataclass
class _Around:
    """What the lines above the cursor say."""

    kind: str = ""
    thing: str = ""
    level: int = 1
    part: str = ""
    fenced: bool = False
    used: list[str] = field(default_factory=list)


def place_at(file: str, text: str, line: int, column: int) -> Place:
    """What stands at a place of a Topic file; never raises, whatever the text and wherever the place."""
    source = Source(file, text)
    lines = source.lines or [""]
    at = min(max(line, 1), len(lines)) - 1
    here = lines[at]
    cursor = min(max(column, 1), len(here) + 1)
    end = front_matter_end(lines)
    place = Place("text", at + 1, cursor, kind=kind_of(lines[:end]))
    place = replace(place, is_translation=source.lang != "en")
    if at < end:
        return _in_front(here, cursor, place) if at > 0 else place
    around = _above(lines[end:at])
    place = replace(place, thing=around.thing)
    if around.fenced or _FENCE.match(here):
        return place
    heading = _HEADING.match(here)
    if heading and cursor > heading.end(1):
        return _in_heading(heading, cursor, place)
    if here.lstrip().startswith("|"):
        return _in_table(lines, at, cursor, around, place)
    if here.lstrip().startswith(">") and around.part == CUSTOMERS:
        return _in_quote(lines, at, cursor, place)
    if slug(around.part) in _LISTS and here.strip():
        return _in_list(here, cursor, around, place)
    return place


def front_matter_end(lines: Sequence[str]) -> int:
    """How many lines the front matter has, its hyphens among them; one that is not closed ends with its last key."""
    if not lines or lines[0].lstrip("\ufeff").rstrip() != "---":
        return 0
    for i, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return i + 1
        if line.startswith(("#", "|", ">")):
            return i
    return len(lines)


def kind_of(front: Sequence[str]) -> str:
    """The kind that a front matter says, or nothing."""
    for line in front:
        key, _, value = line.partition(":")
        if key.strip().lower() == "kind":
            return value.split(" #")[0].strip().strip("\"'")
    return ""


def keys_of(text: str) -> tuple[str, ...]:
    """The keys that stand in a front matter already."""
    lines = text.splitlines()
    front = lines[1 : front_matter_end(lines)]
    return tuple(x.partition(":")[0].strip().lower().replace("-", "_") for x in front if ":" in x)


def _in_front(here: str, cursor: int, place: Place) -> Place:
    key, colon, _ = here.partition(":")
    name = key.strip().lower().replace("-", "_")
    if here.rstrip() == "---":
        return place
    if not colon or cursor <= len(key) + 1:
        return _cut(place, here, 0, len(key), cursor, what="key", name=name)
    return _cut(place, here, len(key) + 1, len(here), cursor, what="value", name=name)


def _cut(
    place: Place, here: str, start: int, end: int, cursor: int, *, what: What, name: str
) -> Place:
    """The place of a part of a line (from 0, end exclusive) without the blanks around it."""
    raw = here[start:end]
    begin = min(start + len(raw) - len(raw.lstrip()), cursor - 1)
    stop = max(start + len(raw.rstrip()), cursor - 1)
    text = here[begin:stop]
    before = here[begin : cursor - 1]
    return replace(place, what=what, column=begin + 1, text=text, before=before, name=name)


def _above(lines: Sequence[str]) -> _Around:
    """Read the headings between the front matter and the cursor."""
    around = _Around()
    for line in lines:
        if _FENCE.match(line):
            around.fenced = not around.fenced
        heading = None if around.fenced else _HEADING.match(line)
        if heading is None:
            continue
        level = len(heading[1])
        words = line[heading.end(1) :].strip().rstrip("#").rstrip()
        if level <= 2:
            around.thing, around.level, around.part = words if level == 2 else "", level, ""
        else:
            around.part = " ".join(words.lower().split())
    return around


def _in_heading(heading: re.Match[str], cursor: int, place: Place) -> Place:
    level = len(heading[1])
    here = heading.string
    what: What = "heading" if level <= 2 else "section"
    cut = _cut(place, here, heading.end(1), len(here), cursor, what=what, name="")
    return replace(cut, level=level, table=_table(place.kind, cut.text if level == 2 else ""))


def _table(kind: str, thing: str) -> str:
    """Which table a section holds; a misspelt section of the account Topic is read as what it was meant to be."""
    if kind != "account":
        return kind
    known = [t for t in COLUMNS if t not in ("meters", "usage-thresholds", "restraint")]
    return nearest(slug(thing), known) or "" if thing else ""


def _in_table(lines: Sequence[str], at: int, cursor: int, around: _Around, place: Place) -> Place:
    here = lines[at]
    bars = [i for i, c in enumerate(here) if c == "|" and (i == 0 or here[i - 1] != "\\")]
    n_before = sum(bar < cursor - 1 for bar in bars)
    if n_before == 0 or (not here.strip("|:- ") and "-" in here):
        return place
    start = bars[n_before - 1] + 1
    end = bars[n_before] if n_before < len(bars) else len(here)
    first = at
    while first > 0 and lines[first - 1].lstrip().startswith("|"):
        first -= 1
    header = [cell.strip() for cell in _cells(lines[first])]
    table = _table(place.kind, around.thing)
    place = replace(place, table=table)
    is_fields = [slug(x) for x in header] == ["field", "value"]
    if first == at:
        return _cut(place, here, start, end, cursor, what="column", name="")
    if is_fields or (around.level == 2 and place.kind in FORMS):
        if n_before > 2:
            return place
        named = field_named(place.kind, _cells(here)[0].strip())
        what: What = "field" if n_before == 1 else "cell"
        return _cut(place, here, start, end, cursor, what=what, name=named)
    if table not in COLUMNS or n_before > len(header):
        return place
    named = column_named(table, header[n_before - 1])
    return _cut(place, here, start, end, cursor, what="cell", name=named)


def _cells(line: str) -> list[str]:
    """The cells of a row as they stand, the blanks around them included."""
    return re.split(r"(?<!\\)\|", line.strip().removeprefix("|"))


def field_named(kind: str, written: str) -> str:
    """A field of a kind as the language writes it, or as it was written where there is none."""
    form = FORMS.get(kind)
    known = {slug(name): name for name in (*form.once, *form.repeated)} if form else {}
    return known.get(slug(written), written)


def column_named(table: str, written: str) -> str:
    """A column of a table as the language writes it, or as it was written where there is none."""
    required, further = COLUMNS[table]
    known = {slug(name): name for name in (*required, *further)}
    return known.get(slug(written), written)


def _in_list(here: str, cursor: int, around: _Around, place: Place) -> Place:
    lead = len(here) - len(here.lstrip())
    marker = MARKER.match(here.lstrip())
    start = lead + (marker.end() if marker else 1 if here.lstrip()[:1] in "-*+" else 0)
    if cursor - 1 < start:
        return place
    place = replace(place, table=place.kind)
    return _cut(place, here, start, len(here), cursor, what="cell", name=_LISTS[slug(around.part)])


def _in_quote(lines: Sequence[str], at: int, cursor: int, place: Place) -> Place:
    here, before = lines[at], lines[at][: cursor - 1]
    label = _IN_LABEL.match(before)
    if label:
        rest = _LABEL_END.match(here, cursor - 1)
        stop = rest.end() if rest else cursor - 1
        return _cut(place, here, label.start(1), stop, cursor, what="label", name="")
    place = replace(place, name=_label_above(lines, at))
    slot = _IN_SLOT.search(before)
    if slot:
        stop = cursor - 1
        rest = _SLOT_END.match(here, stop)
        stop = rest.end() if rest else stop
        return _cut(place, here, slot.start(1), stop, cursor, what="slot", name=place.name)
    return place


def _label_above(lines: Sequence[str], at: int) -> str:
    """The label of the quote that a line belongs to, or nothing."""
    for i in range(at, -1, -1):
        if not lines[i].lstrip().startswith(">"):
            return ""
        match = LABEL.match(unquoted(lines[i]))
        if match:
            return split_label(match["label"] or match["late"])[0]
    return ""
