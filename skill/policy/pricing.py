"""Which price line of a bundle holds for an account, and how two of them compare; nothing is computed into words."""

from __future__ import annotations

from decimal import Decimal

from skill.model.account import Account
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle

_MONTHS = {
    "year": Decimal(12),
    "quarter": Decimal(3),
    "month": Decimal(1),
    "week": Decimal(12) / 52,
}
"""How many months a period has, to compare prices only."""


def price_for(bundle: Bundle, account: Account) -> Price | None:
    """The line that holds for this account's currency and region; the monthly one before the yearly one.

    None where the bundle has no public price, or none in that currency.
    """
    lines = [p for p in bundle.prices if p.kind is not PriceKind.CONTACT and _holds(p, account)]
    currency = account.currency or (lines[0].currency if lines else None)
    lines = [p for p in lines if p.currency in (currency, None)]
    lines.sort(
        key=lambda p: not p.region
    )  # what holds for a region goes before what holds everywhere
    wanted = "year" if account.traits.get("billing") in ("yearly", "year", "annual") else "month"
    return next((p for p in lines if p.billed == wanted), lines[0] if lines else None)


def _holds(price: Price, account: Account) -> bool:
    return not price.region or price.region.upper() == (account.region or "").upper()


def is_sold_in(bundle: Bundle, account: Account) -> bool:
    """Whether the bundle has a line for this account, or no line with an amount at all."""
    return is_contact_only(bundle) or price_for(bundle, account) is not None


def is_contact_only(bundle: Bundle) -> bool:
    """Whether a person has to be asked for the price."""
    return not any(p.kind is not PriceKind.CONTACT for p in bundle.prices)


def monthly(price: Price | None) -> Decimal | None:
    """What a line costs a month for one unit, to put offers in order; None where it cannot be said."""
    if price is None or price.amount is None or price.kind is PriceKind.FROM:
        return None
    return price.amount / _MONTHS.get(price.period, Decimal(1))


def added_cost(
    bundle: Bundle, quantity: int, plan: Bundle | None, account: Account
) -> Decimal | None:
    """What a step adds each month: an extra its price, a plan the difference to the present one in the same unit."""
    price = price_for(bundle, account)
    cost = monthly(price)
    if cost is None or price is None:
        return None
    present = price_for(plan, account) if plan is not None and bundle.sold_as == "plan" else None
    before = monthly(present)
    if present is not None and before is not None and present.per in (price.per, ""):
        return cost * quantity - before
    return cost * quantity
