"""Billing periods by the calendar of the billing zone, and a price shared out over their days."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from skill.policy.prices.charges import coins

_OF_THE_MACHINE = ("localtime", "posixrules", "Factory")
"""Names that some systems keep beside the zones: what they mean is the machine's, and not the customer's."""


class Period(NamedTuple):
    """A billing period in days of the billing zone; the end is exclusive."""

    start: date
    end: date

    @property
    def n_days(self) -> int:
        """How many days it has; an hour that clocks skip or repeat makes none."""
        return (self.end - self.start).days

    def left(self, today: date) -> int:
        """How many of its days are left, today included."""
        return (self.end - today).days


def today_in(zone: str, now: datetime) -> date | None:
    """Which day it is in the billing zone; None where nobody knows that zone."""
    if zone in _OF_THE_MACHINE:
        return None
    try:
        return now.astimezone(ZoneInfo(zone)).date()
    except (KeyError, OSError, ValueError, OverflowError):
        return None


def period_of(
    billed: str, today: date, *, day: int | None = None, renewal: date | None = None
) -> Period | None:
    """The billing period that today is in; None where what is told does not say exactly.

    Args:
        billed: `month` or `year`.
        today: the day in the billing zone.
        day: the day of the month on which a period begins; in a shorter month, its last day.
        renewal: the first day of the next period.
    """
    if day is not None and not 1 <= day <= 31:
        return None
    if billed == "month" and day is not None:
        found = _month(today, day)
        return found if renewal in (None, found.end) else None
    if renewal is None or renewal <= today:
        return None
    start = _months_before(renewal, 12 if billed == "year" else 1, day)
    return Period(start, renewal) if start is not None and start <= today else None


def _month(today: date, day: int) -> Period:
    """The month that begins on this day, or on the last day of a shorter month."""
    begins = _on(today.year, today.month, day)
    if begins > today:
        return Period(_on(*_month_after(today, -1), day), begins)
    return Period(begins, _on(*_month_after(today, 1), day))


def _months_before(renewal: date, n: int, day: int | None) -> date | None:
    """The first day of the period that ends with a renewal; None where the last day of a month may stand for a later one."""
    year, month = _month_after(renewal, -n)
    if day is not None:
        return _on(year, month, day) if _on(renewal.year, renewal.month, day) == renewal else None
    is_last = renewal.day == calendar.monthrange(renewal.year, renewal.month)[1]
    longer = calendar.monthrange(year, month)[1] > renewal.day
    return None if is_last and longer else _on(year, month, renewal.day)


def _month_after(day: date, n: int) -> tuple[int, int]:
    months = day.year * 12 + day.month - 1 + n
    return months // 12, months % 12 + 1


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def shares(
    whole: Fraction, period: Period, today: date, currency: str | None
) -> tuple[Decimal, Decimal]:
    """What falls on the days that have passed, and on those that are left: together the whole, to the last coin."""
    rounded = coins(whole, currency)
    left = coins(whole * period.left(today) / period.n_days, currency)
    return rounded - left, left
