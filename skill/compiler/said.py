"""Quotes held against the rest of the Topics: an internal sentence repeated, a limit or a number typed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from skill.compiler.amounts import singular
from skill.compiler.diagnostics import finding
from skill.compiler.quoted_places import place_of
from skill.model.playbook import Playbook
from skill.model.topic import Diagnostic, Note, Quote, Topic

_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n+")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_SLOT = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")
FEWEST_WORDS = 5
"""A shorter sentence may stand in both by chance."""
_SMALL = ("0", "1", "2")
"""Numbers of everyday language: `one click`, `the 2 of you`."""


def against_the_rest(playbook: Playbook, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Every finding about a quote that needs more than the quote; `sources` tells where its words stand."""
    quotes = [q for t in playbook.topics for s in t.sections for q in s.quotes]
    yield from _leaks(playbook, quotes, sources)
    yield from _numbers(playbook, quotes, sources)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _leaks(
    playbook: Playbook, quotes: list[Quote], sources: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """A sentence that stands inside and is shown to customers all the same."""
    inside: dict[tuple[str, ...], list[tuple[tuple[str, ...], Note]]] = {}
    for topic in playbook.topics:
        for section in topic.sections:
            for note in section.notes:
                for sentence in _SENTENCE_END.split(note.text):
                    words = _words(sentence)
                    if len(words) >= FEWEST_WORDS:
                        inside.setdefault(words[:FEWEST_WORDS], []).append((words, note))
    if not inside:
        return
    shown = [(q.template, q.span, f"`{q.label}`") for q in quotes]
    shown += [
        (p.template, p.span, f"the article `{a.heading}`")
        for a in playbook.articles
        if not a.internal
        for p in a.passages
    ]
    for text, span, what in shown:
        repeated = _repeated(_words(text), inside)
        if repeated is not None:
            note, first = repeated
            yield finding(
                "T304",
                place_of(span, first, sources),
                f"{what} repeats an internal sentence ({note.span})",
                "say it in other words, or remove it from the internal part",
                width=len(first),
            )


def _repeated(
    words: tuple[str, ...], inside: dict[tuple[str, ...], list[tuple[tuple[str, ...], Note]]]
) -> tuple[Note, str] | None:
    """The internal note that these words repeat, and the first of its words."""
    for i in range(len(words) - FEWEST_WORDS + 1):
        for sentence, note in inside.get(words[i : i + FEWEST_WORDS], ()):
            if words[i : i + len(sentence)] == sentence:
                return note, sentence[0]
    return None


def _numbers(
    playbook: Playbook, quotes: list[Quote], sources: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """A limit typed into wording (T302), and a number that stands in no table (T305)."""
    units = {
        singular(word.lower().replace("_", " ")): m.name
        for m in playbook.meters.values()
        for word in (m.name, m.unit)
        if word
    }
    tabled: set[str] | None = None
    for quote in quotes:
        if not _DIGIT.search(quote.template):
            continue
        plain = _SLOT.sub(lambda m: "x" * len(m[0]), quote.template)
        for match in _NUMBER.finditer(plain):
            number = match[0].rstrip(".,").replace(",", "")
            meter = _counted(plain[match.end() :], units)
            if meter is not None:
                yield finding(
                    "T302",
                    place_of(quote.span, match[0], sources),
                    f"a limit typed into wording: `{match[0]}` of `{meter}`",
                    "use the slot {limit}; limits stand in tables only",
                    width=len(match[0]),
                )
                break
            tabled = _in_tables(playbook.topics) if tabled is None else tabled
            if number not in tabled and number not in _SMALL:
                yield finding(
                    "T305",
                    place_of(quote.span, match[0], sources),
                    f"the number `{match[0]}` stands in no table",
                    "put it into a table and use a slot, or say it in words",
                    width=len(match[0]),
                )
                break


def _counted(behind: str, units: dict[str, str]) -> str | None:
    """The meter whose unit stands right behind a number."""
    words = behind.lower().split()[:2]
    said = (" ".join(words), words[0] if words else "")
    return next((units[u] for u in (singular(w.strip(".,;:!?")) for w in said) if u in units), None)


def _in_tables(topics: tuple[Topic, ...]) -> set[str]:
    """Every number that stands in a table or a heading."""
    texts = (
        text
        for topic in topics
        for section in topic.sections
        for text in (
            section.heading,
            *(field.value for field in section.fields),
            *(cell.text for row in section.rows for cell in row.cells.values()),
        )
    )
    return {n.replace(",", "") for text in texts for n in re.findall(r"\d+(?:[.,]\d+)*", text)}
