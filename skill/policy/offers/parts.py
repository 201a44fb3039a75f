"""What the parts of a bundle cost when they are bought one by one, on the same terms as the bundle itself."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle
from skill.model.topic import Span
from skill.policy.offers.holdings import Account


class Apart(NamedTuple):
    """The sum of the parts' prices, exact, and the price lines that it was made from."""

    amount: Decimal
    currency: str
    spans: tuple[Span, ...]


def apart(account: Account, bundle: Bundle) -> Apart | None:
    """What the parts cost on the bundle's own terms; nothing where one of them has no such exact price."""
    if not bundle.contains:
        return None
    whole = account.price(bundle)
    if whole is None or whole.currency is None:
        return None
    lines = [_same(whole, account.playbook.bundles[key]) for key in bundle.contains]
    amounts = [line.amount for line in lines if line is not None and line.amount is not None]
    if len(amounts) < len(bundle.contains):
        return None
    spans = tuple(line.span for line in lines if line is not None)
    return Apart(sum(amounts, Decimal(0)), whole.currency, spans)


def _same(whole: Price, part: Bundle) -> Price | None:
    """The line of a part with the currency, unit, period, billing and region of the whole."""
    return next(
        (p for p in part.prices if p.kind is PriceKind.FIXED and _terms(p) == _terms(whole)), None
    )


def _terms(price: Price) -> tuple[object, ...]:
    return (price.currency, price.per, price.period, price.billed, price.region)
