"""One mistake is told once: findings that follow from another one are left out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from skill.model.topic import Diagnostic, Severity, Topic

OF_THE_WHOLE = ("T105", "T106", "T202", "T204", "T305", "T403", "T501", "T602")
"""What is only worth saying of Topics that can be read: any error may bring these about."""
_OF_NAMES = ("T103", "T601")
_OF_A_FILE = ("T001", "T004")
_OF_A_TABLE = ("T101", "T102", "T401")
_HIDE_ROWS = ("these rows", "too few", "not read")
"""What is said of rows that cannot be read: the names in them are not known."""
_OF_A_PART = ("T401", "T402", "T405")
"""What makes words internal that were meant for customers, or the other way round."""


def without_followers(
    own: Sequence[Diagnostic], whole: Sequence[Diagnostic], topics: Sequence[Topic]
) -> tuple[Diagnostic, ...]:
    """All findings less those that another one explains.

    A file that cannot be read as its kind hides the names that it declares. A table or heading that cannot be
    read hides the rows under it. Any error hides what only whole Topics can be judged by.
    """
    found = (*own, *whole)
    if any(_hides_names(d) for d in found):
        found = tuple(d for d in found if d.code not in _OF_NAMES)
    sections = _Sections(topics)
    broken = {sections.of(d) for d in found if d.code in _OF_A_TABLE}
    found = tuple(d for d in found if d.code != "T104" or sections.of(d) not in broken)
    if any(d.code in _OF_A_PART for d in own):
        found = tuple(d for d in found if d.code != "T304")
    if any(d.severity is Severity.ERROR for d in found):
        return tuple(d for d in found if d.code not in OF_THE_WHOLE)
    hidden = {_original(d.span.file) for d in own if d.code in _OF_A_PART}
    found = tuple(
        d for d in found if d.code not in OF_THE_WHOLE or _original(d.span.file) not in hidden
    )
    return _one_of_a_translation(found, sections)


def _hides_names(d: Diagnostic) -> bool:
    """Whether this finding keeps names from being declared that other places use."""
    unread = d.code == "T003" and "front matter" in d.message
    nameless = d.code == "T104" and d.message.startswith("this row")
    no_table = d.code == "T102" and any(x in d.message for x in _HIDE_ROWS)
    hidden = d.code in _OF_A_FILE and d.severity is Severity.ERROR
    return hidden or unread or nameless or no_table


def _original(file: str) -> str:
    """The name that a file and its translations share."""
    return file.split(".", 1)[0]


def _one_of_a_translation(
    found: tuple[Diagnostic, ...], sections: _Sections
) -> tuple[Diagnostic, ...]:
    """What a section of a translation lacks is told only where nothing in the section itself is wrong."""
    inside = {sections.of(d) for d in found if d.code == "T501" and not sections.is_heading(d)}
    return tuple(
        d
        for d in found
        if d.code != "T501" or not sections.is_heading(d) or sections.of(d) not in inside
    )


class _Sections:
    """Which section of which file a finding stands in."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._starts = {t.file: [s.span.line for s in t.sections] for t in topics}

    def of(self, d: Diagnostic) -> tuple[str, int]:
        return d.span.file, bisect_right(self._starts.get(d.span.file, []), d.span.line)

    def is_heading(self, d: Diagnostic) -> bool:
        """Whether a finding points at a heading, and so at the whole section."""
        return d.span.line in self._starts.get(d.span.file, [])
