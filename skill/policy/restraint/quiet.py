"""Quiet hours: until when a message waits, by the recipient's own clock, through every change of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from skill.model.account import Person
from skill.model.playbook import Playbook, QuietHours

AHEAD = timedelta(days=8)
"""How far a quiet time is looked through: longer than any week. What is quiet for ever is judged again then."""
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_MIDNIGHT = time()
_SATURDAY = 5


class Zone(NamedTuple):
    """The time zone that somebody's day is told in."""

    info: tzinfo
    told: str = ""
    """What is wrong with the one that was given; empty where nothing is."""


def quiet_until(
    playbook: Playbook, person: Person, now: datetime, zone: str = ""
) -> datetime | None:
    """The first moment at which a message may reach this person; None where it may now.

    Only what nobody asked for waits: an answer is given at any hour. Whoever waits judges again then, because the
    Topics, the person's own hours and the rules of a time zone may have changed by that time.

    Args:
        playbook: holds the quiet hours of the restraint Topic.
        person: the recipient, with their time zone and hours of their own.
        now: the present moment.
        zone: the account's time zone, used where the person's own is not known.
    """
    hours = _hours(playbook, person)
    if not hours:
        return None
    info = zone_of(person, zone).info
    if not _is_quiet(now, info, hours):
        return None
    limit = now + AHEAD
    ends = (at for at in _turns(now, limit, info, hours) if not _is_quiet(at, info, hours))
    return min(ends, default=limit).astimezone(UTC)


def zone_of(person: Person, zone: str = "") -> Zone:
    """The person's own time zone; where it is unknown the account's, and UTC where that is unknown too."""
    own = _known(person.time_zone)
    if own is not None:
        return Zone(own)
    told = f"no time zone `{person.time_zone[:60]}`; the account's is used, or UTC"
    return Zone(_known(zone) or UTC, told)


@lru_cache(maxsize=1024)
def _known(name: str) -> tzinfo | None:
    if name == "UTC":  # known without reading a file
        return UTC
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, OSError, ValueError):
        return None


def _hours(playbook: Playbook, person: Person) -> tuple[QuietHours, ...]:
    rows = (row.quiet for row in playbook.restraints if row.kind == "quiet_hours")
    return tuple(q for q in (*rows, person.quiet) if q is not None)


def _is_quiet(at: datetime, info: tzinfo, hours: Sequence[QuietHours]) -> bool:
    """What the person's clock shows decides, whichever way it was just put."""
    local = at.astimezone(info)
    return any(_holds(local, one) for one in hours)


def _holds(local: datetime, hours: QuietHours) -> bool:
    if hours.weekends and local.weekday() >= _SATURDAY:
        return True
    start, end, clock = time.fromisoformat(hours.start), time.fromisoformat(hours.end), local.time()
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def _turns(
    now: datetime, limit: datetime, info: tzinfo, hours: Sequence[QuietHours]
) -> Iterator[datetime]:
    """Every moment until the limit at which a quiet time may end: an hour that is named, midnight, a clock put on or back."""
    times = {_MIDNIGHT, *(time.fromisoformat(one.end) for one in hours)}
    day = now.astimezone(info).date() - _DAY
    while (noon := _at(day, time(12), info)) <= limit + _DAY:
        moments = {_at(day, clock, info, fold) for clock in times for fold in (0, 1)}
        moments |= set(_changes(noon - _DAY, noon, info))
        yield from (at for at in moments if now < at <= limit)
        day += _DAY


def _at(day: date, clock: time, info: tzinfo, fold: int = 0) -> datetime:
    """A time of the day as a moment; one that the clock skips lies beside its change, which is looked at too."""
    return datetime.combine(day, clock.replace(fold=fold), tzinfo=info).astimezone(UTC)


def _changes(start: datetime, end: datetime, info: tzinfo) -> Iterator[datetime]:
    """When the clock was put on or back within a day, to the minute."""
    before = _offset(start, info)
    if before == _offset(end, info):
        return
    low, high = 0, int((end - start) / _MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(start + middle * _MINUTE, info) == before:
            low = middle
        else:
            high = middle
    yield start + high * _MINUTE


def _offset(at: datetime, info: tzinfo) -> timedelta | None:
    return at.astimezone(info).utcoffset()
