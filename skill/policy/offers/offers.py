"""Offers: one for each way that leads to what was asked, with the witness that it may be made."""

from __future__ import annotations

from skill.model.decision import Access, Offer, Signal, Unlock, Verdict
from skill.model.playbook import Bundle, SoldAs
from skill.policy.offers import witness
from skill.policy.offers.holdings import Account
from skill.policy.offers.ways import MAX_QUANTITY, can_be_bought, steps_to, unlocks
from skill.policy.prices.bills import meter_of
from skill.policy.routing import Route
from skill.policy.signals import signals

__all__ = ["MAX_QUANTITY", "Account", "can_be_bought", "offer_of", "steps_to", "unlocks"]


def offer_of(
    account: Account,
    way: Unlock,
    asked: Access,
    asked_features: tuple[str, ...],
    found: tuple[Signal, ...],
    route: Route,
) -> Offer:
    """The offer for one way, with its witness; it may be made only where every check holds."""
    bundle = account.playbook.bundles[way.bundle]
    whole = [account.playbook.bundles[s.bundle] for s in way.steps]
    unlocks = [account.tables.unlocks[b.key] for b in whole]
    unlocked = tuple([f for f in asked_features if any(f in one for one in unlocks)])
    lifts = asked.limit.meter if asked.verdict is Verdict.LIMITED and asked.limit else None
    act = witness.action(account, whole)
    return Offer(
        unlock=way,
        bundle=bundle.key,
        kind=bundle.sold_as,
        price=account.price(bundle),
        prices=tuple([account.price(b) for b in whole]),
        quantity=max(way.steps[-1].quantity, _fewest(account, bundle)),
        feature=asked.feature,
        unlocks=() if lifts else unlocked,
        lifts=lifts,
        signals=tuple(s.key for s in signals.holding(found, bundle.key)),
        witness=witness.witness(account, whole, asked, route, act),
        action=act,
    )


def _fewest(account: Account, bundle: Bundle) -> int:
    """The fewest units that can be bought: `at least 5 seats`. What a meter counts is no number of purchases."""
    price = account.price(bundle)
    if price is None or not price.at_least:
        return 1
    is_counted = bundle.sold_as is not SoldAs.SEATS and meter_of(account.playbook, price.per)
    return 1 if is_counted else int(price.at_least)
