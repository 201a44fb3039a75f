"""Which price line of a bundle holds for an account, and how two of them compare; nothing is computed into words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from skill.model.account import Account
from skill.model.decision import Action, Offer
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle
from skill.model.preview import Billed
from skill.policy.prices.charges import BILLING

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
    lines = _nearest([p for p in lines if p.currency in (currency, None)])
    wanted = billing_of(account) or "month"
    return next((p for p in lines if p.billed == wanted), lines[0] if lines else None)


def _holds(price: Price, account: Account) -> bool:
    return not price.region or price.region.upper() == (account.region or "").upper()


def _nearest(lines: list[Price]) -> list[Price]:
    """Without the lines in whose place one for the account's own region stands: the same price, or that it is free."""
    own = [p for p in lines if p.region]
    return lines if not own else [p for p in lines if p.region or not _is_replaced(p, own)]


def _is_replaced(general: Price, own: list[Price]) -> bool:
    return any(
        (p.per, p.billed) == (general.per, general.billed)
        or PriceKind.FREE in (p.kind, general.kind)
        for p in own
    )


def holds_for(price: Price, account: Account, currency: str | None) -> bool:
    """Whether a line holds where this account is, in this currency."""
    return _holds(price, account) and price.currency in (currency, None)


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


def added_cost(price: Price | None, quantity: int, present: Price | None) -> Decimal | None:
    """What a step adds each month: an extra its price, a plan the difference to the present one in the same unit."""
    cost = monthly(price)
    if cost is None or price is None:
        return None
    before = monthly(present)
    if present is not None and before is not None and present.per in (price.per, ""):
        return cost * quantity - before
    return cost * quantity


def billing_of(account: Account) -> str:
    """How this account is billed, `month` or `year`, by its trait `billing`; nothing where it is not told."""
    return BILLING.get(str(account.traits.get("billing") or "").strip().lower(), "")


def charged_together(
    bundle: Bundle, account: Account, currency: str | None, billed: str
) -> tuple[tuple[Price, ...], str]:
    """The lines that one bill holds for a bundle, one for each unit; or what is missing to say which they are.

    Lines for another unit add up (`per workspace` and `per seat`); of those for one unit that are billed in
    different periods one holds, and without knowing how the account is billed nobody can say which.
    """
    lines = [p for p in bundle.prices if p.kind is not PriceKind.CONTACT]
    if not lines:
        return (), f"price of {bundle.name}"
    lines = [p for p in lines if _holds(p, account) and p.currency in (currency, None)]
    if not lines:
        return (), f"price of {bundle.name} in {currency or 'their currency'}"
    lines = _nearest(lines)
    out: list[Price] = []
    for unit in dict.fromkeys(p.per for p in lines):
        same = [p for p in lines if p.per == unit]
        out += [p for p in same if not p.billed or p.billed == "once"]
        recurring = [p for p in same if p.billed not in ("", "once")]
        how_often = {p.billed for p in recurring}
        if len(how_often) > 1:
            recurring = [p for p in recurring if p.billed == billed]
            if not recurring:
                return (), "billing"
        out += recurring[:1]
    return tuple(out), ""


def lines_of(bundle: Bundle, account: Account, shown: Price) -> tuple[Price, ...]:
    """Every line that is paid together with the one that is shown for a bundle, in their order; that one at least."""
    currency = account.currency or shown.currency
    billed = billing_of(account) or shown.billed
    lines, _ = charged_together(bundle, account, currency, billed)
    return lines if shown in lines else (shown,)


def is_fresh(bundle: Bundle, today: date) -> bool:
    """Whether its price may be told as today's: still sold, and its review date not passed."""
    day = today.isoformat()
    return not (
        (bundle.sold_until and bundle.sold_until < day)
        or (bundle.review_by and bundle.review_by < day)
    )


def unpriced(offer: Offer) -> Offer:
    """The same offer where nobody can say its price: no price is shown, and there is no button to buy.

    A person who may buy is told where to talk to us; somebody who may not still asks an admin.
    """
    kept = ("ask_admin", "contact", "none")
    action = offer.action if offer.action.kind in kept else Action(kind="contact", allowed=True)
    return offer.model_copy(
        update={"price": None, "prices": (None,) * len(offer.prices), "action": action}
    )


def with_billing(offer: Offer, told: Billed | None) -> Offer:
    """The offer where the billing provider was asked: without its answer, or against it, no price and no button.

    An answer in another currency, or another amount than the Topic's price line says, is no price of theirs.
    """
    if told is None or not all(
        agrees(step.bundle, price, told)
        for step, price in zip(offer.unlock.steps, offer.prices, strict=True)
    ):
        return unpriced(offer)
    return offer


def agrees(bundle: str, price: Price | None, told: Billed) -> bool:
    """Whether the provider asks what this price line of a bundle says."""
    asked = next((u for u in told.units if u.bundle == bundle), None)
    if asked is None or price is None or price.currency not in (told.currency, None):
        return False
    if price.kind is PriceKind.FROM or price.tiers or price.first_free or price.each:
        return True  # not one amount for each unit: the invoice alone says what it comes to
    if asked.amount is None or price.amount is None:
        return False
    if price.kind is PriceKind.FREE:
        return asked.amount == 0
    if price.billed == "year" and price.period == "month":
        return asked.period == "year" and asked.amount == price.amount * 12
    return asked.amount == price.amount and asked.period == (price.billed or price.period)
