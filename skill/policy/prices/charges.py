"""What one price line comes to for so many units: exact fractions, rounded only where a coin is shown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from skill.model.money import Price, PriceKind, decimals

_PER_MONTH = {"month": Fraction(1), "quarter": Fraction(1, 3), "year": Fraction(1, 12)}
"""How much of a period's price falls on a month. A week or a day is no exact part of one."""

BILLING = {
    "month": "month",
    "monthly": "month",
    "year": "year",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
"""What an account's trait `billing` may say, and how a price line calls it."""


def charged(price: Price, units: Fraction) -> Fraction | None:
    """What so many units cost in one of the line's periods; None where the line has no exact amount.

    Stretches are graduated: each unit costs what its own stretch says, so that more units never cost less.
    """
    if price.kind is PriceKind.FREE:
        return Fraction(0)
    if price.amount is None or price.kind in (PriceKind.FROM, PriceKind.CONTACT):
        return None
    if price.at_least is not None:
        units = max(units, Fraction(price.at_least))
    total, begun = Fraction(0), Fraction(0)
    for end, amount in _stretches(price):
        total += max(min(units, end) - begun, Fraction(0)) * amount
        begun = end
    rest = max(units - begun, Fraction(0))
    return total + rest * Fraction(price.amount) / Fraction(price.each or 1)


def _stretches(price: Price) -> Iterator[tuple[Fraction, Fraction]]:
    if price.first_free is not None:
        yield Fraction(price.first_free), Fraction(0)
    for tier in price.tiers:
        yield Fraction(tier.until), Fraction(tier.amount)


def corners(price: Price) -> Iterator[Fraction]:
    """The numbers of units at which a further unit begins to cost otherwise."""
    yield from (end for end, _ in _stretches(price))
    if price.at_least is not None:
        yield Fraction(price.at_least)


def month_share(price: Price) -> Fraction | None:
    """Which part of a recurring line's price falls on a month; None where that is no exact part."""
    return _PER_MONTH.get(price.period)


def coins(amount: Fraction, currency: str | None) -> Decimal:
    """An exact amount in the currency's smallest coin, halves up (away from zero): 40.8333 is EUR 40.83, and JPY 41."""
    places = decimals(currency or "")
    n, d = abs(amount.numerator) * 10**places, amount.denominator
    whole = (2 * n + d) // (2 * d)
    return Decimal(whole if amount >= 0 else -whole).scaleb(-places)
