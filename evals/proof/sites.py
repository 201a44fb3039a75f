"""Where in a folder of Topics a writer can make a small mistake that a compiler can know; read without the compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from skill.compiler.labels import LABELS
from skill.model.common import slug

Place = tuple[str, int]
"""A file and a line, from 1."""


@dataclass(frozen=True)
class Site:
    """A stretch of a line that can be broken in some ways, and where a finding about it is right."""

    sort: str
    """What stands here: `a name that is used`, `a price`."""
    file: str
    line: int
    start: int
    end: int
    ways: tuple[str, ...]
    """The ways to break it, by name; see `mutations.WAYS`."""
    right: frozenset[Place]
    """The places where a finding is right."""


@dataclass
class Walk:
    """A folder while it is read: the sites so far, and which names are declared and used where."""

    sites: list[Site] = field(default_factory=list)
    declared: dict[str, list[Site]] = field(default_factory=dict)
    uses: dict[str, list[Place]] = field(default_factory=dict)
    optional: list[Place] = field(default_factory=list)
    """Rows that a thing may be without."""


_PHRASE = ("letter dropped", "letters swapped", "digit mangled")
_WORD = ("letter dropped", "letters swapped")
_NAME = ("letter dropped in a name",)
_REFERENCES = {
    *("Unlocks", "Includes", "Available on", "Can move from", "Needs", "Not together with"),
    *("Contains", "Alternatives", "Who can buy", "Needs role", "Billed to"),
}
_PHRASES = {
    *("Sold as", "Free for all", "Only when ready", "Readers", "Channel", "In the product"),
    *("At most", "Due", "If not an admin", "Then"),
}
_REQUIRED = ("What it does", "Sold as", "Applies to", "Channel")
_DECLARING = ("Meter", "Trait", "Role", "Moment", "Audience", "Signal")
_CELLS: dict[str, str] = {
    "Resets": "a keyword",
    "Limit is": "a keyword",
    "Type": "a keyword",
    "Can buy": "a keyword",
    "Is told": "a keyword",
    "Means": "a keyword",
    "Pause offers for": "a pause",
    "Unless": "a pause",
}
_FREE = re.compile(r"\"[^\"]*\"|(?<=fact: )\w+|(?<=events: )\w+|(?<=views: )\w+")
"""Words of the product's own inside a phrase: event, page and fact names, and what a customer said."""
_PARTS = re.compile(r"[^,]+")
_COMPARE = re.compile(r"(?P<subject>[\w -]+?) is (?P<value>[\w -]+)")


def walk(sources: Mapping[str, str]) -> Walk:
    """Every site of a folder, with the declared names joined to their first use."""
    found = Walk()
    for file, text in sorted(sources.items()):
        _File(file, text.splitlines(), found).read()
    for key, sites in found.declared.items():
        uses = sorted(found.uses.get(key, ()))
        for site in sites if uses else ():
            found.sites.append(replace(site, right=site.right | {uses[0]}))
    return found


class _File:
    """One file, line by line, as a person with a style guide would read it."""

    def __init__(self, file: str, lines: list[str], found: Walk) -> None:
        self.file = file
        self.lines = lines
        self.found = found
        self.kind = next((x.partition(":")[2].strip() for x in lines if x.startswith("kind:")), "")
        self.is_translation = bool(re.search(r"\.[a-z]{2}\.md$", file))
        self.thing = 0
        self.part = ""
        self.header: list[str] = []

    def add(
        self, sort: str, i: int, start: int, end: int, ways: tuple[str, ...], *right: int
    ) -> Site:
        """One site in the line with index `i`."""
        places = frozenset((self.file, at + 1) for at in (right or (i,)))
        site = Site(sort, self.file, i + 1, start, end, ways, places)
        if end > start:
            self.found.sites.append(site)
        return site

    def use(self, name: str, i: int) -> None:
        self.found.uses.setdefault(slug(name), []).append((self.file, i + 1))

    def declare(self, sort: str, i: int, start: int, end: int) -> None:
        """A name; it becomes a site once something else is known to use it."""
        site = Site(sort, self.file, i + 1, start, end, _NAME, frozenset({(self.file, i + 1)}))
        self.found.declared.setdefault(slug(self.lines[i][start:end]), []).append(site)

    def read(self) -> None:
        end = self.lines.index("---", 1)
        for i in range(1, end):
            self.front(i)
        for i in range(end + 1, len(self.lines)):
            line = self.lines[i]
            if line.startswith("#"):
                self.heading(i, line)
            elif line.startswith("|"):
                self.table_line(i, line)
            elif not line.strip():
                self.header = []
            elif line.startswith("- ") and self.part == "Unlocks":
                self.reference(i, 2, len(line))
                if not self.lines[i - 1].startswith("- "):  # a later one still belongs to the list
                    self.add("a bullet's mark", i, 0, 2, ("removed",))
            elif line.startswith("> **") and self.part == "What customers can read":
                self.quote(i, line)

    def front(self, i: int) -> None:
        line = self.lines[i]
        if line.startswith("#"):  # a remark
            return
        colon = line.index(":")
        self.add("a front matter key", i, 0, colon, _WORD)
        if line.startswith("kind:"):
            self.add("a keyword", i, colon + 2, len(line), _WORD)
        if line.startswith("review_by:"):
            self.add("a date", i, colon + 2, len(line), ("digit mangled",))

    def heading(self, i: int, line: str) -> None:
        marks, _, name = line.partition(" ")
        at = len(marks) + 1
        self.header = []
        if marks == "###":
            self.part = name
            self.add("a section's heading", i, at, len(line), _WORD)
            return
        self.part = ""
        self.thing = i
        if marks != "##":
            return
        self.add("a heading's mark", i, len(marks), at, ("removed",))
        if self.is_translation:
            self.reference(i, at, len(line))
        elif self.kind in ("features", "product-bundles"):
            self.declare("a name that is used", i, at, len(line))
        elif self.kind == "account":
            self.add("a section's heading", i, at, len(line), _WORD)

    # -- tables ---------------------------------------------------------------------------------

    def table_line(self, i: int, line: str) -> None:
        pipes = [m.start() for m in re.finditer(r"(?<!\\)\|", line)]
        cells = [_trimmed(line, a + 1, b) for a, b in pairwise(pipes)]
        if set(line) <= set("|-: "):
            for pipe in pipes[1:-1]:
                self.add("a table's pipe", i, pipe, pipe + 1, ("removed",), i, i - 1)
            return
        for pipe, (a, b) in zip(pipes[1:-1], cells[1:], strict=True):
            if b > a or any(y > x for x, y in cells[cells.index((a, b)) :]):
                self.add("a table's pipe", i, pipe, pipe + 1, ("removed",))
        texts = [line[a:b] for a, b in cells]
        if not self.header:
            self.header = texts
            for a, b in cells:
                self.add("a column's name", i, a, b, _WORD)
        elif self.header == ["Field", "Value"]:
            self.field_row(i, texts[0], cells)
        else:
            for column, (a, b) in zip(self.header, cells, strict=True):
                self.cell(i, column, a, b)

    def field_row(self, i: int, name: str, cells: list[tuple[int, int]]) -> None:
        self.add("a field's name", i, *cells[0], _WORD)
        a, b = cells[1]
        if name in _REQUIRED:
            self.add("a required row", i, 0, len(self.lines[i]), ("line removed",), self.thing)
        else:
            self.found.optional.append((self.file, i + 1))
        if name in _REFERENCES:
            self.references(i, a, b)
        elif name in _PHRASES:
            self.add("a keyword", i, a, b, _PHRASE)
        elif name == "Kind":
            word = self.lines[i].find(" ", a, b)
            self.add("a keyword", i, a, word if word > 0 else b, _WORD)
            if word > 0:
                self.references(i, word, b)
        elif name == "Applies to":
            self.rule(i, a, b)
        elif name == "Price":
            self.price(i, a, b)
        elif name == "Limits":
            self.limit(i, a, b)
        elif name == "Settings":
            self.reference(i, a, self.lines[i].index(":", a))
        elif name == "Link":
            self.add("a link", i, a, a + 1, ("removed",))

    def cell(self, i: int, column: str, a: int, b: int) -> None:
        optional = column in ("Audience", "Unless", "Resets", "Limit is", "Maximum age")
        if b > a and not optional and column != "Unit or values":
            self.add("a required cell", i, a, b, ("removed",))
        if b == a or column in ("Unit", "Counts"):
            return
        if column in _DECLARING and not (column == "Audience" and self.kind == "usage-thresholds"):
            self.declare("a name that is used", i, a, b)
        elif column in ("Offer", "Audience"):
            self.reference(i, a, b)
        elif column == "Rule":
            self.rule(i, a, b)
        elif column == "Situation":
            self.situation(i, a, b)
        elif column == "Unit or values":
            self.trait_values(i, a, b)
        elif column in ("Maximum age", "Over"):
            ways = (*_PHRASE, "last word dropped") if self.has_number(i, a, b) else _WORD
            self.phrase("a duration", i, a, b, ways)
        elif column in ("What we count", "Holds when"):
            self.counted(i, a, b)
        elif column in _CELLS:
            self.phrase(_CELLS[column], i, a, b, _PHRASE)

    def has_number(self, i: int, a: int, b: int) -> bool:
        return any(c.isdigit() for c in self.lines[i][a:b])

    def phrase(self, sort: str, i: int, a: int, b: int, ways: tuple[str, ...] = _PHRASE) -> None:
        """The parts of a phrase between words that are the product's own."""
        at = a
        for free in _FREE.finditer(self.lines[i], a, b):
            self.add(sort, i, *_trimmed(self.lines[i], at, free.start()), ways)
            at = free.end()
        self.add(sort, i, *_trimmed(self.lines[i], at, b), ways)

    def counted(self, i: int, a: int, b: int) -> None:
        text = self.lines[i][a:b]
        named = re.match(r"(?:attempts: (?:anything in )?)(?=[A-Z])|^(?=[\w]+$)", text)
        if named and self.header[0] == "Signal" and text not in ("now",):
            self.add("a threshold", i, *_trimmed(self.lines[i], a, a + named.end()), _WORD)
            self.reference(i, a + named.end(), b)
        else:
            self.phrase("a threshold", i, a, b)

    def situation(self, i: int, a: int, b: int) -> None:
        text = self.lines[i][a:b]
        moment = re.fullmatch(r"(.+) not reached", text)
        if moment:
            self.reference(i, a, a + len(moment[1]))
            self.add("a situation", i, a + len(moment[1]) + 1, b, _WORD)
        elif slug(text) in self.found.declared:
            self.reference(i, a, b)
        else:
            self.phrase("a situation", i, a, b)

    def trait_values(self, i: int, a: int, b: int) -> None:
        text = self.lines[i][a:b]
        if re.fullmatch(r"[A-Z]{3}", text):
            self.add("a currency", i, a, b, _WORD)
        elif "," in text:
            for part in _PARTS.finditer(self.lines[i], a, b):
                self.declare("a value that is used", i, *_trimmed(self.lines[i], *part.span()))

    def rule(self, i: int, a: int, b: int) -> None:
        self.add("a rule", i, a, b, _WORD)
        for part in re.split(r",? (?:and|or) ", self.lines[i][a:b]):
            compare = _COMPARE.fullmatch(part.strip())
            if compare:
                self.use(compare["subject"], i)
                self.use(compare["value"], i)

    def price(self, i: int, a: int, b: int) -> None:
        for unit in re.finditer(
            r"[A-Z]{3}|\d[\d,.]*|per|month|year|billed yearly|one time|free", self.lines[i][a:b]
        ):
            is_number = unit[0][0].isdigit()
            ways = ("digit mangled", "thousands broken") if is_number else _WORD
            self.add("a price", i, a + unit.start(), a + unit.end(), ways)
        if "per" in self.lines[i][a:b]:
            self.add("a price", i, a, b, ("last word dropped",))

    def limit(self, i: int, a: int, b: int) -> None:
        colon = self.lines[i].index(":", a)
        self.reference(i, a, colon)
        self.add("a limit", i, colon, colon + 1, ("removed",))
        self.add(
            "a limit", i, *_trimmed(self.lines[i], colon + 1, b), (*_PHRASE, "thousands broken")
        )
        if " per " in self.lines[i][colon:b]:
            self.add("a limit", i, colon + 2, b, ("last word dropped",))

    def references(self, i: int, a: int, b: int) -> None:
        for part in _PARTS.finditer(self.lines[i], a, b):
            self.reference(i, *_trimmed(self.lines[i], *part.span()))

    def reference(self, i: int, a: int, b: int) -> None:
        """A name that must be declared somewhere."""
        self.add("a use of a name", i, a, b, _NAME)
        self.use(self.lines[i][a:b], i)

    # -- wording --------------------------------------------------------------------------------

    def quote(self, i: int, line: str) -> None:
        end = line.index(":**")
        written = line[4:end]
        label = max((x for x in LABELS if written.startswith(x)), key=len)
        self.add("a label", i, 4, 4 + len(label), _WORD)
        if written != label:
            self.reference(i, 4 + len(label) + 1, end)
        for at in (2, 3, end + 1, end + 2):
            self.add("a label's mark", i, at, at + 1, ("removed",))
        self.add("a label's mark", i, end, end + 1, ("removed",))
        self.add("a quote's sign", i, 0, 2, ("removed",))
        for slot in re.finditer(r"\{(\w+)\}", line):
            self.add("a slot", i, *slot.span(1), _WORD)
            self.add("a slot's brace", i, slot.end() - 1, slot.end(), ("removed",))
            self.add("a slot's brace", i, slot.start(), slot.start() + 1, ("removed",))


def _trimmed(line: str, a: int, b: int) -> tuple[int, int]:
    """A stretch without the spaces around it."""
    text = line[a:b]
    if not text.strip():
        return a, a
    return a + len(text) - len(text.lstrip()), a + len(text.rstrip())


def optional_rows(sources: Mapping[str, str]) -> Iterator[Place]:
    """Rows of a thing that may be removed without a mistake."""
    yield from sorted(walk(sources).optional)
