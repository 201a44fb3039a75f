"""From which use on an offer costs no more than staying: the exact crossing of two bills that are straight between corners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil, floor

from skill.model.playbook import Meter, Playbook
from skill.model.preview import BreakEven
from skill.policy.prices.bills import Holding, bill, difference, limit_of, meter_of, overage_of
from skill.policy.prices.charges import corners

Uses = Mapping[str, Decimal | None]
Added = Callable[[Fraction], Fraction | None]
"""What the offer adds a month at a use of one meter, exactly; None where it cannot be said."""
MOST_UNITS = 10**15
"""Use beyond this is no use."""


def break_evens(
    playbook: Playbook, before: Holding, after: Holding, use: Uses
) -> tuple[BreakEven, ...]:
    """For each meter that a bill depends on: from which use the offer costs no more, all other use being as it is."""
    found = (_of_meter(playbook, before, after, use, meter) for meter in playbook.meters.values())
    return tuple(one for one in found if one is not None)


def _of_meter(
    playbook: Playbook, before: Holding, after: Holding, use: Uses, meter: Meter
) -> BreakEven | None:
    if not _depends(playbook, before, meter) and not _depends(playbook, after, meter):
        return None
    if _terms(playbook, before, meter) == _terms(playbook, after, meter):
        return None  # whatever the use, both bills rise alike

    @cache
    def added(units: Fraction) -> Fraction | None:
        at = {**use, meter.key: Decimal(units.numerator) / Decimal(units.denominator)}
        changes = difference(
            bill(playbook, before, at.get).parts, bill(playbook, after, at.get).parts
        )
        return None if changes is None else sum(changes, Fraction(0))

    most = _most(meter, (before, after))
    places = sorted(
        {c for h in (before, after) for c in _corners(playbook, h, meter)} | {Fraction(0)}
    )
    down, up = _crossing(added, [c for c in places if c <= most], most)
    if down is None:
        return None
    at = ceil(down)
    until = floor(up) if up is not None else None
    if at > most or (until is not None and until < at):
        return None
    return BreakEven(
        meter=meter.key,
        at=Decimal(at),
        until=None if until is None else Decimal(until),
        exact=added(Fraction(at)) == 0,
    )


def _crossing(
    added: Added, places: list[Fraction], most: Fraction
) -> tuple[Fraction | None, Fraction | None]:
    """Where staying stops being the cheaper one, and where it becomes so again."""
    ends = [*places, most] if most > places[-1] else places
    down: Fraction | None = None
    for a, b in pairwise(ends):
        at_a, at_b = added(a), added(b)
        if at_a is None or at_b is None:
            break
        if down is None and at_a > 0 >= at_b:
            down = a + (b - a) * at_a / (at_a - at_b)
        elif down is not None and at_a <= 0 < at_b:
            return down, a + (b - a) * -at_a / (at_b - at_a)
    return down, None


def _terms(playbook: Playbook, holding: Holding, meter: Meter) -> tuple[object, ...]:
    """All by which a meter's use is charged."""
    charged = [
        (e.bundle.key, e.n, e.unpriced)
        for e in holding.entries
        if any(_counts(playbook, meter, p.per) for p in e.bundle.prices)
        or any(r.meter == meter.key for r in e.bundle.limits)
    ]
    return limit_of(holding, meter.key), overage_of(holding, meter.key), charged


def _depends(playbook: Playbook, holding: Holding, meter: Meter) -> bool:
    if overage_of(holding, meter.key) is not None and not meter.hard:
        return True
    return any(
        _counts(playbook, meter, p.per)
        for e in holding.entries
        for p in e.bundle.prices
        if not any(r.extends and r.meter == meter.key for r in e.bundle.limits)
    )


def _counts(playbook: Playbook, meter: Meter, unit: str) -> bool:
    found = meter_of(playbook, unit)
    return found is not None and found.key == meter.key


def _corners(playbook: Playbook, holding: Holding, meter: Meter) -> Iterator[Fraction]:
    """Where the price of a further unit changes."""
    _, limit = limit_of(holding, meter.key)
    if limit is not None:
        yield Fraction(limit)
        priced = overage_of(holding, meter.key)
        for corner in corners(priced.price) if priced else ():
            yield Fraction(limit) + corner
    for entry in holding.entries:
        for price in entry.bundle.prices:
            if _counts(playbook, meter, price.per):
                yield from (c / entry.n for c in corners(price))


def _most(meter: Meter, holdings: tuple[Holding, Holding]) -> Fraction:
    """The most that both states allow."""
    most = Fraction(MOST_UNITS)
    for holding in holdings:
        _, limit = limit_of(holding, meter.key)
        if meter.hard and limit is not None:
            most = min(most, Fraction(limit))
    return most
