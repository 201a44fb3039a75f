"""One mistake is told once: findings that follow from another one are left out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from skill.model.topic import Diagnostic, Severity, Topic

OF_THE_WHOLE = ("T105", "T106", "T202", "T204", "T305", "T403", "T602")
"""What is only worth saying of Topics that can be read: any error may bring these about."""
_OF_NAMES = ("T103", "T601")
_OF_A_FILE = ("T001", "T004")
_OF_A_TABLE = ("T101", "T102", "T401")


def without_followers(
    own: Sequence[Diagnostic], whole: Sequence[Diagnostic], topics: Sequence[Topic]
) -> tuple[Diagnostic, ...]:
    """All findings less those that another one explains.

    A file that cannot be read as its kind hides the names that it declares. A table or heading that cannot be
    read hides the rows under it. Any error hides what only whole Topics can be judged by.
    """
    found = (*own, *whole)
    if any(_hides_names(d) for d in own):
        found = (*own, *(d for d in whole if d.code not in _OF_NAMES))
    sections = _Sections(topics)
    broken = {sections.of(d) for d in found if d.code in _OF_A_TABLE}
    found = tuple(d for d in found if d.code != "T104" or sections.of(d) not in broken)
    # What a translation lacks may stand there and be unreadable.
    unread = {sections.of(d) for d in own if d.severity is Severity.ERROR}
    found = tuple(d for d in found if d.code != "T501" or sections.of(d) not in unread)
    if any(d.severity is Severity.ERROR for d in found):
        return tuple(d for d in found if d.code not in OF_THE_WHOLE)
    hidden = {d.span.file for d in own if d.code in ("T401", "T402")}
    return tuple(d for d in found if d.code not in OF_THE_WHOLE or d.span.file not in hidden)


def _hides_names(d: Diagnostic) -> bool:
    unread = d.code == "T003" and "front matter" in d.message
    return d.code in _OF_A_FILE or unread


class _Sections:
    """Which section of which file a finding stands in."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._starts = {t.file: [s.span.line for s in t.sections] for t in topics}

    def of(self, d: Diagnostic) -> tuple[str, int]:
        return d.span.file, bisect_right(self._starts.get(d.span.file, []), d.span.line)
