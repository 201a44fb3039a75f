"""By when a task is to be done: hours or working days in the owner's time zone, with Saturdays and Sundays left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_CEILING, Decimal

from skill.errors import InputError
from skill.model.playbook import Due
from skill.policy.signals.windows import zone_of

TWO_WORKING_DAYS = Due(n=Decimal(2), unit="working days")
"""Where a play says nothing."""
START_OF_WORK, END_OF_WORK = time(9, 0), time(17, 0)
LONGEST_SNOOZE = timedelta(days=366)
_SATURDAY = 5
_FURTHEST = Decimal(3_660)
"""Days; nobody means a later one, and calendars end."""
_DAY = timedelta(days=1)


def due_at(due: Due | None, now: datetime, time_zone: str) -> datetime:
    """The moment by which it is to be done, in UTC.

    Working days end at 17:00 of the owner's time zone and are counted from the day after today: two of them on a
    Friday, a Saturday or a Sunday is Tuesday. Hours run on working days alone.
    """
    zone, wanted = zone_of(time_zone), due or TWO_WORKING_DAYS
    if wanted.unit == "hours":
        return _after_hours(min(wanted.n, _FURTHEST * 24), now, zone)
    day = now.astimezone(zone).date()
    for _ in range(int(min(wanted.n, _FURTHEST).to_integral_value(rounding=ROUND_CEILING))):
        day = next_working_day(day)
    return datetime.combine(_not_weekend(day), END_OF_WORK, tzinfo=zone).astimezone(UTC)


def back_at(until: datetime | date, now: datetime, time_zone: str) -> datetime:
    """When a snoozed task comes back, in UTC; a day is its morning in the owner's time zone, as is a time without a zone.

    Raises:
        InputError: it is not within a year from now.
    """
    zone = zone_of(time_zone)
    if not isinstance(until, datetime):
        until = datetime.combine(until, START_OF_WORK)
    at = until if until.tzinfo is not None else until.replace(tzinfo=zone)
    if not now < at <= now + LONGEST_SNOOZE:
        raise InputError("a task is snoozed until a time within a year from now", pointer="/until")
    return at.astimezone(UTC)


def next_working_day(day: date) -> date:
    """The first day after this one that is no Saturday or Sunday."""
    return _not_weekend(day + _DAY)


def _not_weekend(day: date) -> date:
    while day.weekday() >= _SATURDAY:
        day += _DAY
    return day


def _after_hours(hours: Decimal, now: datetime, zone: tzinfo) -> datetime:
    """So many hours of working days after now; a day has 23 to 25 of them where clocks change."""
    left = timedelta(seconds=float(hours * 3600))
    at = now.astimezone(UTC)
    while True:
        day = at.astimezone(zone).date()
        end = datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC)
        if day.weekday() < _SATURDAY:
            if at + left < end:
                return at + left
            left -= end - at
        at = end
