"""A decision's offers at the prices of the billing provider: where it says none, no price is shown and nothing can be bought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from skill.model.account import Customer
from skill.model.decision import Action, Decision, Offer, TraceStep
from skill.model.money import PriceKind
from skill.model.playbook import Playbook, SoldAs
from skill.model.preview import Billed
from skill.policy import gate
from skill.policy.prices import pricing
from skill.sources.billing import BillingPreview, Change, Unpriced


class Priced(NamedTuple):
    """A decision as the billing provider left it."""

    decision: Decision
    billed: Mapping[str, Billed]
    """What it said, by the key of the offer's bundle: an input of the decision, to be recorded with it."""
    unpriced: Mapping[str, str]
    """Why it said nothing, for whoever runs it."""
    failed: frozenset[str] = frozenset()
    """Of those, the ones about which it could not be asked."""


def priced(
    billing: BillingPreview,
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    now: datetime,
) -> Priced:
    """Each offer that has a price, asked about; what is free or has no public price is left as it is."""
    changes = {
        offer.bundle: change
        for offer in decision.offers
        if (change := change_of(playbook, customer, offer, now)) is not None
    }
    said = dict(zip(changes, billing.previews(tuple(changes.values())), strict=True))
    return with_said(decision, said)


def with_said(decision: Decision, said: Mapping[str, Billed | Unpriced]) -> Priced:
    """The decision's offers after what the provider said of each; pure, so that recorded words lead to the same again."""
    offers: list[Offer] = []
    billed: dict[str, Billed] = {}
    unpriced: dict[str, str] = {}
    for offer in decision.offers:
        told = said.get(offer.bundle)
        if told is None:
            offers.append(offer)
            continue
        if isinstance(told, Unpriced):
            unpriced[offer.bundle] = told.why
            offers.append(pricing.unpriced(offer))
            continue
        left = pricing.with_billing(offer, told)
        if left.price is None and offer.price is not None:
            unpriced[offer.bundle] = "it asks another price than the Topic says"
        else:
            billed[offer.bundle] = told
            left = _with_page(left, told)
        offers.append(left)
    why = (TraceStep(verdict="price", said=f"{key}: none, {why}") for key, why in unpriced.items())
    changed = {"offers": tuple(offers), "trace": (*decision.trace, *why)}
    failed = frozenset(k for k, one in said.items() if isinstance(one, Unpriced) and one.failed)
    return Priced(decision.model_copy(update=changed), billed, unpriced, failed)


def _with_page(offer: Offer, told: Billed) -> Offer:
    """The offer with the provider's own page as its button, which is opened on demand; a checkout of the host's stays."""
    if not told.has_page or offer.action.kind != "link":
        return offer
    return offer.model_copy(update={"action": Action(kind="checkout", allowed=True)})


def change_of(playbook: Playbook, customer: Customer, offer: Offer, now: datetime) -> Change | None:
    """What the billing provider is asked about an offer; None where there is nothing to ask."""
    if offer.kind is SoldAs.PARTNER:
        return None  # bought elsewhere, and priced there
    costs = [p for p in offer.prices if p is not None and p.kind is not PriceKind.FREE]
    currencies = {p.currency for p in costs if p.currency}
    if not costs or len(currencies) != 1:
        return None
    steps = [(s.bundle, s.quantity) for s in offer.unlock.steps]
    steps[-1] = (steps[-1][0], offer.quantity)
    moves = any(playbook.bundles[key].sold_as is SoldAs.PLAN for key, _ in steps)
    plan = gate.held_plan(playbook, customer)
    is_paid = plan is not None and any(p.kind is not PriceKind.FREE for p in plan.prices)
    replaces = plan.key if moves and plan is not None and is_paid else ""
    return Change(customer.account, tuple(steps), replaces, currencies.pop(), now)
