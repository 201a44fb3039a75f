"""Windows as spans of time: rolling ones by hours that pass, sustained days by the calendar where the account is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from skill.model.rules import Truth, Window

UNITS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
"""How long a rolling unit is; a month of a rolling window is thirty days."""
MAX_SPANS = 36_525
"""A hundred years of days: a longer window holds nothing more, and no calendar reaches it."""
_LONGEST = timedelta(days=MAX_SPANS)
_TICK = timedelta(microseconds=1)
_TRUE, _UNKNOWN = Truth.TRUE, Truth.UNKNOWN
"""Named once: looking a member up on its class costs more than comparing with it."""
Item = TypeVar("Item")


class Span(NamedTuple):
    """A stretch of time with exclusive end. The one that ends with now reaches just past it."""

    start: datetime
    end: datetime


def zone_of(name: str | None) -> tzinfo:
    """The account's time zone by its name; UTC where none is told, or nobody knows that name."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, OSError, ValueError):
        return UTC


def start_of(window: Window, now: datetime) -> datetime:
    """Where a rolling window of n units begins; inclusive."""
    unit = UNITS[window.unit]
    return now - min(window.n, _LONGEST // unit) * unit


def until(now: datetime) -> datetime:
    """The exclusive end of a span that takes in what was told just now."""
    return now + _TICK


def lately(window: Window, now: datetime) -> Span:
    """A rolling window as one span: from its start, inclusive, to now."""
    return Span(start_of(window, now), until(now))


def spans(window: Window, now: datetime, zone: tzinfo) -> tuple[Span, ...]:
    """The parts of a window, the newest first: calendar days of the zone for sustained days, else rolling units.

    The first day is today so far. A day lasts 23 to 25 hours where clocks change.
    """
    unit = UNITS[window.unit]
    n = min(window.n, MAX_SPANS, _LONGEST // unit)
    if window.kind == "sustained" and window.unit == "day":
        return tuple(_days(n, now, zone))
    edges = [now - i * unit for i in range(n + 1)]
    edges[0] = until(now)
    return tuple(Span(start, end) for end, start in pairwise(edges))


def _days(n: int, now: datetime, zone: tzinfo) -> Iterable[Span]:
    today = now.astimezone(zone).date()
    end = until(now)
    for back in range(n):
        day = today - timedelta(days=back)
        start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        yield Span(start, end)
        end = start


def month_start(now: datetime) -> datetime:
    """When the calendar month began, in UTC: `this period` of what has no meter and so no reset."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def over_spans(
    window: Window, parts: Iterable[Item], judge: Callable[[Item], Truth]
) -> tuple[Truth, int]:
    """Whether enough of the parts hold, and how many are lacking; a part is a span, or what was told in it.

    Sustained asks for some of them, `each` for all. What is not known of a part could still hold:
    false only where even that would not be enough.
    """
    needed = window.at_least if window.kind == "sustained" else window.n
    held = unknown = 0
    for part in parts:
        truth = judge(part)
        if truth is _TRUE:
            held += 1
        elif truth is _UNKNOWN:
            unknown += 1
    if held >= needed:
        return Truth.TRUE, 0
    return (Truth.UNKNOWN if held + unknown >= needed else Truth.FALSE), needed - held


def said(window: Window) -> str:
    """The window as words for a `{window}` slot."""
    if window.kind == "last":
        return f"the last {window.n} {window.unit}s" if window.n > 1 else f"the last {window.unit}"
    if window.kind in ("each", "sustained"):
        return f"the last {window.n} {window.unit}s"
    return {"now": "all that is known", "period": "this period"}[window.kind]
