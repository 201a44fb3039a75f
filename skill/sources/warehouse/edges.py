"""Edges: where the parts of a window begin and end, as moments or as days of the account's own calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from skill.model.rules import Window
from skill.policy.signals import windows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing is told from before it: a stamp begins here."""
MOST_PARTS = 400
"""So many parts of one window are told apart in a sweep: a year and a month of days. A longer one is unknown."""


class Day(NamedTuple):
    """The start of a day where the account is: so many days from its today."""

    back: int


Edge = datetime | Day


class Span(NamedTuple):
    """A stretch of time with exclusive end; none is open, up to now and from the first that is known."""

    start: Edge | None = None
    end: Edge | None = None
    not_before: datetime | None = None
    """A second start: whichever is later begins it."""

    @property
    def is_local(self) -> bool:
        """Whether an edge is told by the account's calendar."""
        return isinstance(self.start, Day) or isinstance(self.end, Day)


def lately(window: Window, now: datetime) -> Span:
    """A rolling window as one span."""
    return Span(since(windows.start_of(window, now)))


def since(at: datetime) -> datetime:
    """A moment that an engine can tell: none lies before 1970."""
    return max(at, EPOCH)


def spans(window: Window, now: datetime, *, is_local: bool) -> tuple[Span, ...] | None:
    """The parts of a window, the newest first; None where there are more than a sweep tells apart."""
    whole = windows.spans(window, now, UTC)
    if len(whole) > MOST_PARTS:
        return None
    if is_local and window.kind == "sustained" and window.unit == "day":
        return tuple(Span(Day(i), Day(i - 1) if i else None) for i in range(len(whole)))
    return tuple(
        Span(since(part.start), since(part.end) if n else None) for n, part in enumerate(whole)
    )


def today(now: datetime, zone: tzinfo) -> date:
    """Which day it is there."""
    return now.astimezone(zone).date()


def day_at(now: datetime, zone: tzinfo, back: int) -> date:
    """The day so many days back; the calendar ends where Python's does."""
    try:
        return today(now, zone) - timedelta(days=back)
    except OverflowError:
        return date.min if back > 0 else date.max


def start_of_day(now: datetime, zone: tzinfo, back: int) -> datetime:
    """When that day began there."""
    day = day_at(now, zone, back)
    try:
        return since(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))
    except OverflowError:
        return EPOCH if back > 0 else datetime.max.replace(tzinfo=UTC)


def told_zones(names: Iterable[str]) -> Mapping[str, tzinfo]:
    """The time zones among names; what is no time zone is UTC, and needs no edges of its own."""
    found: dict[str, tzinfo] = {}
    for name in sorted(set(names)):
        zone = windows.zone_of(name)
        if isinstance(zone, ZoneInfo) and name not in ("UTC", "Etc/UTC"):
            found[name] = zone
    return found
