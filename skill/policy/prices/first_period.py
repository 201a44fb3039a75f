"""What the first, partial billing period adds: the change of price, shared out over the days that are left."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from skill.model.money import PriceKind
from skill.model.preview import FirstPeriod
from skill.policy.prices import pricing
from skill.policy.prices.bills import Bill, Holding, Parts, difference, is_for_once
from skill.policy.prices.charges import month_share
from skill.policy.prices.proration import period_of, shares, today_in
from skill.policy.rules import number_of
from skill.policy.signals.record import Record


def first_period(
    record: Record, bills: tuple[Bill, Bill], before: Holding, after: Holding
) -> FirstPeriod | None:
    """What the days that are left of this billing period add; None where nobody told its days or its zone."""
    zone = record.known("billing-zone")
    today = today_in(str(zone), record.now) if zone else None
    fixed = (_fixed(bills[0]), _fixed(bills[1]))
    changes = difference(*fixed)
    billed = _billed(fixed, before, after)
    if today is None or not changes or billed is None:
        return None
    said = record.known("billing-day")
    day = None if said is None else number_of(said)
    if said is not None and (day is None or day != int(day)):
        return None
    period = period_of(
        billed,
        today,
        day=int(day) if day is not None else None,
        renewal=_date(record.known("next-renewal")),
    )
    whole = sum(changes, Fraction(0)) * (12 if billed == "year" else 1)
    if period is None or whole <= 0:
        return None
    gone, left = shares(whole, period, today, before.currency)
    return FirstPeriod(
        zone=str(zone),
        start=period.start.isoformat(),
        today=today.isoformat(),
        end=period.end.isoformat(),
        days=period.left(today),
        of_days=period.n_days,
        whole=gone + left,
        amount=left,
    )


def _fixed(bill: Bill) -> Parts:
    """What does not follow the use past a limit."""
    return {key: part for key, part in bill.parts.items() if key[0] != "past"}


def _billed(fixed: tuple[Parts, Parts], before: Holding, after: Holding) -> str | None:
    """How often the prices that change are billed; None where that differs, or where one of them follows the use."""
    changed: set[str] = set()
    for key in {*fixed[0], *fixed[1]}:
        was, becomes = fixed[0].get(key), fixed[1].get(key)
        if was is None or becomes is None or was.rests != becomes.rests:
            changed.add(key[1])
    found: set[str] = set()
    for holding in (before, after):
        for entry in holding.entries:
            if entry.bundle.key not in changed or entry.unpriced:
                continue
            lines, _ = pricing.charged_together(
                entry.bundle, holding.account, holding.currency, entry.billed
            )
            for line in lines:
                if line.kind is PriceKind.FREE or is_for_once(line):
                    continue
                found.add(line.billed if month_share(line) is not None else "")
    return found.pop() if len(found) == 1 and found <= {"month", "year"} else None


def _date(value: str | Decimal | None) -> date | None:
    try:
        found = date.fromisoformat(str(value)[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and 1900 < found.year < 9000 else None
