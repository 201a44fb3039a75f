"""Ninety days of readings and events for one made-up account: drawn from a seeded generator, told the time."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from skill.model.account import Event, Reading
from skill.sample.story import Habit, Lately, Monthly, Standing

DAYS = 90
DAILY_FOR = 30
"""Days for which a standing meter is read daily; before that once a week, for it hardly moves."""
_DAY = timedelta(days=1)
_ODD_DAY_AGO = 3


def readings(
    meters: Mapping[str, Monthly | Standing], now: datetime, last: datetime, chance: Random
) -> Iterator[Reading]:
    """Each meter read at every midnight of the last ninety days and in the present hour; none after `last`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = [midnight - _DAY * ago for ago in range(DAYS, -1, -1)]
    moments = sorted({*midnights, now.replace(minute=0, second=0, microsecond=0)})
    for name, meter in meters.items():
        if isinstance(meter, Monthly):
            amounts = _daily(meter, midnights, chance)
            values = {at: _so_far(meter, amounts, at) for at in moments}
            if meter.odd_day:
                values[midnights[-1 - _ODD_DAY_AGO]] = Decimal(meter.odd_day)
        else:
            dense = [
                at for at in moments if (now - at).days < DAILY_FOR or (now - at).days % 7 == 0
            ]
            values = {at: _level(meter, now - at) for at in dense}
        for at, value in values.items():
            if at <= last:
                yield Reading(meter=name, at=at, value=value)


def _daily(meter: Monthly, midnights: list[datetime], chance: Random) -> dict[datetime, float]:
    """What is counted on each day since the first of the oldest month, busy days among them."""
    first, today = midnights[0].replace(day=1), midnights[-1]
    amounts: dict[datetime, float] = {}
    for n in range((today - first).days + 1):
        day = first + _DAY * n
        months_ago = (today - day).days / 30.4
        noise = chance.uniform(0.85, 1.15) * (1.8 if chance.random() < 0.04 else 1)
        if meter.rhythm == "month start":
            noise = 1.0
        month = meter.total / (1 + meter.growth) ** months_ago
        amounts[day] = month * _share(meter, day) * noise
    return amounts


def _share(meter: Monthly, day: datetime) -> float:
    """Which share of its month falls on a day."""
    length = calendar.monthrange(day.year, day.month)[1]
    if meter.rhythm == "month start":
        return 0.8 if day.day == 1 else 0.2 / (length - 1)
    if meter.rhythm == "every day":
        return 1 / length
    working = sum((day.replace(day=d)).weekday() < 5 for d in range(1, length + 1))
    # Machines run on a weekend too: a tenth of a working day.
    return (1 if day.weekday() < 5 else 0.1) / (working + 0.1 * (length - working))


def _so_far(meter: Monthly, amounts: dict[datetime, float], at: datetime) -> Decimal:
    """What was counted in the month up to a moment."""
    today = at.replace(hour=0)
    before = sum(amounts[today - _DAY * n] for n in range(1, today.day))
    value = int(before + amounts[today] * ((at - today) / _DAY))
    return Decimal(value if meter.cap is None else min(value, meter.cap))


def _level(meter: Standing, age: timedelta) -> Decimal:
    """Where a standing meter stood so long ago; whole, or to one place where its figures are."""
    grown = min(max(1 - age / (_DAY * meter.days), 0.0), 1.0)
    value = Decimal(str(meter.was)) + Decimal(str(meter.now - meter.was)) * Decimal(str(grown))
    whole = float(meter.now).is_integer() and float(meter.was).is_integer()
    return round(value) * Decimal(1) if whole else round(value, 1)


def events(
    does: tuple[Habit | Lately, ...], account: str, now: datetime, chance: Random
) -> Iterator[Event]:
    """What happened, the oldest first."""
    made: list[tuple[datetime, Habit | Lately]] = []
    for one in does:
        if isinstance(one, Lately):
            span = timedelta(hours=one.hours) / (one.n + 1)
            made += [(now - span * (n + chance.uniform(0.3, 0.9)), one) for n in range(one.n)]
        else:
            for week in range(one.weeks):
                end = now - _DAY * 7 * week
                made += [(_working_moment(end, chance), one) for _ in range(one.per_week)]
    for n, (at, one) in enumerate(sorted(made, key=lambda pair: (pair[0], pair[1].name))):
        properties = dict(one.properties)
        if one.name == "run_succeeded":
            properties["runs"] = chance.randint(20, 60)
        yield Event(
            id=f"{account}-{n + 1}",
            name=one.name,
            at=at.replace(microsecond=0),
            properties=properties,
        )


def _working_moment(end: datetime, chance: Random) -> datetime:
    """A moment in the working hours of the seven days before `end`."""
    while True:
        at = end - _DAY * 7 * chance.uniform(0.001, 0.999)
        at = at.astimezone(UTC)
        if at.weekday() < 5 and 7 <= at.hour < 17:
            return at
