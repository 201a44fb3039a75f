"""Pace: where a meter will stand when its period ends, if it goes on as it did since the period began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from skill.model.common import plain_number
from skill.model.rules import Count, Truth, Window
from skill.policy.signals.found import Found, Off, Part, truth_of, unknown
from skill.policy.signals.levels import in_words, limit_figures, limit_of, over
from skill.policy.signals.record import Record

AT_LEAST_GONE = Decimal("0.25")
"""Share of the period that must have passed before its pace says anything.

A quarter of a month is seven and a half days: a whole week with its weekend. And what is measured is
multiplied by at most four, so an odd day weighs at most four times as much as it should.
"""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of one meter in its present period."""

    used: Decimal
    gone: int
    """Microseconds from the start of the period to the reading; more than none."""
    whole: int
    """Microseconds of the period."""
    start: datetime

    @property
    def is_early(self) -> bool:
        """Whether too little of the period has passed."""
        return self.gone < AT_LEAST_GONE * self.whole

    @property
    def projected(self) -> Decimal:
        """What will be used when the period ends."""
        return self.used * self.whole / self.gone

    def passes(self, limit: Decimal) -> bool:
        """Whether the limit is reached by the period's end; what has reached it already needs no projection."""
        if self.used >= limit:
            return True
        return not self.is_early and self.used * self.whole >= limit * self.gone

    def day(self, limit: Decimal, record: Record) -> date:
        """On which day, where the account is, the limit is reached."""
        share = min(limit / self.used, Decimal(self.whole) / self.gone)
        at = self.start + int(share * self.gone) * _TICK
        return at.astimezone(record.zone).date()


def pace_of(record: Record, meter: str, used: Decimal, at: datetime) -> Pace | None:
    """The pace by one reading of the present period; None where the meter has no period."""
    start, end = record.course(meter).began, record.period_end(meter)
    if end is None:
        return None
    return Pace(used, max((at - start) // _TICK, 1), (end - start) // _TICK, start)


def pace(count: Count, window: Window, unit: str) -> Part:
    """`on pace to pass the limit`, of a hard or a soft limit; what is unlimited is never passed."""
    name = count.name

    def judge(record: Record) -> Found:
        limit = limit_of(record, name)
        course = record.course(name)
        if isinstance(limit, Found):
            return limit
        newest = course.newest
        if newest is None:
            return unknown(f"usage of {name}")
        now = pace_of(record, name, newest, course.ats[-1])
        if now is None:
            return unknown(f"period of {name}")

        def passes(value: Decimal, at: datetime) -> bool:
            found = pace_of(record, name, value, at)
            return found is not None and found.passes(limit)

        def off(_: Decimal) -> Off | None:
            return None if now.is_early else (limit - now.projected, unit)

        if window.kind in ("now", "period", "last"):
            holds = now.passes(limit)
            found = Found(truth_of(holds), distance=None if holds else off(newest))
        else:
            found = over(record, course, window, passes, off, f"usage of {name}")
        if found.truth is not Truth.TRUE:
            return found
        return Found(Truth.TRUE, _figures(record, name, now, limit, window))

    return judge


def _figures(
    record: Record, name: str, now: Pace, limit: Decimal, window: Window
) -> dict[str, str]:
    """Slots about a pace: the use so far, what it comes to, and the day on which the limit is reached."""
    told = record.paced.get(name)
    if told is None:
        used = limit_figures(now.used, record.limit(name))
        told = record.paced[name] = used, _projected(record, now, limit)
    return {**told[0], **in_words(window), **told[1]}


def _projected(record: Record, now: Pace, limit: Decimal) -> dict[str, str]:
    figures: dict[str, str] = {}
    if now.is_early or not now.used:
        return figures
    figures["projected"] = plain_number(now.projected.to_integral_value())
    if now.passes(limit):
        figures["projected_day"] = now.day(limit, record).isoformat()
    return figures


def projected_need(record: Record, meter: str) -> Decimal | None:
    """What a meter on pace to pass its limit will need this period; None where it is not, or nobody can say.

    Source: the next size of an offer counts the projected need: 45,000 of 50,000 and rising is no case for 60,000.
    """
    limit = limit_of(record, meter)
    newest = record.course(meter).newest
    if isinstance(limit, Found) or newest is None:
        return None
    now = pace_of(record, meter, newest, record.course(meter).ats[-1])
    if now is None or now.is_early or not now.passes(limit):
        return None
    return now.projected
