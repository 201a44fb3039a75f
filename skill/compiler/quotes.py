"""Quotes: the `>` passages that a customer may see, each under a label, with slots that this label can fill."""

from __future__ import annotations

import re

from skill.compiler import labels
from skill.compiler.source import Source
from skill.compiler.text import LABEL, quoted_text, unquoted, without_label
from skill.compiler.wording import pressure, wording_problem
from skill.model.topic import Quote

_SLOT = re.compile(r"\{([^{}\n]*)\}")
_LIKE_A_LABEL = re.compile(
    r"\*+ ?(?P<bold>[^*:\n]{1,80}?) ?:?\s?\*+:?|(?P<plain>[A-Za-z][\w -]{2,60}?):\**\s"
)
"""What was meant as a label and is none: a star or the colon is missing."""


def read_quotes(source: Source, heading: str, start: int, end: int) -> list[Quote]:
    """The quotes between two lines; each begins with a label."""
    out: list[Quote] = []
    begin: int | None = None
    for i in range(start, end):
        bare = unquoted(source.lines[i])
        if LABEL.match(bare):
            out += _quote(source, heading, begin, i)
            begin = i
        elif bare and (begin is None or _is_broken_label(source, i, start)):
            out += _quote(source, heading, begin, i)
            begin = None
            _no_label(source, i)
            rest = (k for k in range(i + 1, end) if _begins(source, k, start))
            following = next(rest, None)
            return out + (read_quotes(source, heading, following, end) if following else [])
    return out + _quote(source, heading, begin, end)


def _begins(source: Source, i: int, start: int) -> bool:
    return bool(LABEL.match(unquoted(source.lines[i]))) or _is_broken_label(source, i, start)


def _is_broken_label(source: Source, i: int, start: int) -> bool:
    """Whether a paragraph of a quote begins with what was meant as a label."""
    if i > start and unquoted(source.lines[i - 1]):
        return False
    match = _LIKE_A_LABEL.match(unquoted(source.lines[i]))
    if match is None:
        return False
    written = match["bold"] or match["plain"]
    return bool(labels.split_label(written)[0] or labels.sure(written, labels.LABELS))


def _no_label(source: Source, i: int) -> None:
    source.tell(
        "T405",
        source.span(i, i + 1),
        "a quote for customers needs a label that says when it is used",
        "begin it with a bold label and a colon, such as `**Answer:**`",
        width=source.whole_line(i),
    )


def _quote(source: Source, heading: str, start: int | None, end: int) -> list[Quote]:
    if start is None:
        return []
    while end > start + 1 and not unquoted(source.lines[end - 1]):
        end -= 1
    said = quoted_text(source.lines[start:end])
    match = LABEL.match(said)
    assert match is not None
    written = match["label"] or match["late"]
    label, subject = labels.split_label(written)
    column = source.lines[start].find(written) + 1
    span = source.span(start, end, max(column, 1))
    if not label:
        meant = labels.nearest_label(written)
        help_line = (
            f"did you mean `{meant}`?" if meant else labels.nearest_help(written, labels.LABELS)
        )
        source.tell(
            "T406",
            span,
            f"unknown label `{written}`",
            help_line,
            width=len(written),
            replacement=meant,
        )
        return []
    template = without_label(said)
    if not _may_be_shown(source, template, written, start, end):
        return []
    slots = tuple(dict.fromkeys(_SLOT.findall(template)))
    for slot in slots:
        _check_slot(source, slot, label, start, end)
    return [
        Quote(
            topic=source.name,
            heading=heading,
            label=label,
            subject=subject,
            template=template,
            slots=slots,
            span=span,
            digest=source.digest,
            lang=source.lang,
        )
    ]


def _may_be_shown(source: Source, template: str, written: str, start: int, end: int) -> bool:
    """Whether these words may reach a customer; pressure is told and does not keep them back."""
    problem = wording_problem(template)
    for one in (problem, pressure(template)):
        if one is None:
            continue
        words = template[one.at : one.at + one.width] or written
        at = source.place_of(words, start, end)
        source.tell(one.code, at, one.message, one.help, width=len(words.split("\n")[0]))
    return problem is None


def _check_slot(source: Source, slot: str, label: str, start: int, end: int) -> None:
    problem = labels.slot_problem(slot, label, source.lang)
    if slot != slot.strip():
        problem = f"a slot with blanks: {{{slot}}}", f"write {{{slot.strip()}}}"
    if problem is None:
        return
    message, help_line = problem
    near = labels.sure(slot.strip(), labels.LABELS[label].slots)
    source.tell(
        "T203",
        source.place_of("{" + slot + "}", start, end),
        message,
        help_line,
        width=len(slot) + 2,
        replacement="{" + near + "}" if near else None,
    )
