"""Prices and buttons as programs read them: a currency and an exact decimal string, an action and its label."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from skill.agent.languages import ORIGINAL
from skill.model.account import Account
from skill.model.answer import PriceView
from skill.model.common import slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import Playbook

ACTION_LABELS = {
    "link": "See details",
    "checkout": "Add it",
    "contact": "Talk to us",
    "ask_admin": "Ask an admin",
    "none": "",
}
"""What a button says; the only words of an answer that stand in no Topic, unless one translates them."""
NO_CURRENCY = "XXX"
"""ISO 4217 for no currency: where everything is free and nothing names one."""


def action_label(playbook: Playbook, kind: str, languages: Sequence[str] = ()) -> tuple[str, str]:
    """What the button for this action says, in the first of these languages that has a word for it, and in which."""
    label = ACTION_LABELS[kind]
    for lang in languages:
        known = playbook.translations.get(lang)
        if lang == ORIGINAL or not label:
            break
        if known is not None and slug(label) in known.words:
            return known.words[slug(label)], lang
    return label, ORIGINAL


def price_view(price: Price | None, playbook: Playbook, account: Account) -> PriceView | None:
    """A price line as shown; None where there is no amount. Free is zero in the account's currency."""
    if price is None or price.amount is None:
        return None
    currency = price.currency or account.currency or listed_currency(playbook) or NO_CURRENCY
    return PriceView(
        currency=currency,
        amount=amount_text(price.amount),
        per=price.per or None,
        period=price.period or None,
        billed=price.billed or None,
        from_=price.kind is PriceKind.FROM,
        text=price.text,
    )


def listed_currency(playbook: Playbook) -> str | None:
    """The currency that these Topics name first."""
    prices = (p for b in playbook.bundles.values() for p in b.prices)
    return next((p.currency for p in prices if p.currency), None)


def amount_text(amount: Decimal) -> str:
    """An exact decimal string with at least two places: `49.00`, `0.002`."""
    exponent = amount.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return f"{amount:f}" if places > 2 else f"{amount:.2f}"
