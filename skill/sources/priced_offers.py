"""A decision's offers at the prices of the billing provider: where it says none, no price is shown and nothing can be bought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import NamedTuple

from skill.model.account import Customer
from skill.model.decision import Action, Decision, Offer, TraceStep
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.preview import Billed
from skill.policy import gate
from skill.policy.prices import pricing
from skill.policy.prices.bills import meter_of, units_in
from skill.policy.signals.record import Record
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
    said: dict[str, Billed | Unpriced] = {}
    for offer in decision.offers:
        why = _half_asked(playbook, customer, offer, changes.get(offer.bundle))
        if why:
            said[offer.bundle] = Unpriced(why)
            del changes[offer.bundle]
    said |= dict(zip(changes, billing.previews(tuple(changes.values())), strict=True))
    return with_said(decision, said)


def _half_asked(playbook: Playbook, customer: Customer, offer: Offer, change: Change | None) -> str:
    """Why asking would bring the price of a part only; empty where it would not."""
    if change is None:
        return ""
    for (key, n), price in zip(change.steps, offer.prices, strict=True):
        bundle = playbook.bundles[key]
        if price and len(pricing.lines_of(bundle, customer.account, price)) > 1:
            return f"`{bundle.name}` is paid by several prices, and the provider knows one of them"
        if n < 1:
            return f"nobody knows of how many units `{bundle.name}` would be"
    return ""


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
    record = Record(playbook, customer, now)
    many = [*(s.quantity for s in offer.unlock.steps[:-1]), offer.quantity]
    steps = [
        (step.bundle, _units(record, playbook.bundles[step.bundle], price, n))
        for step, price, n in zip(offer.unlock.steps, offer.prices, many, strict=True)
    ]
    moves = any(playbook.bundles[key].sold_as is SoldAs.PLAN for key, _ in steps)
    plan = gate.held_plan(playbook, customer)
    is_paid = plan is not None and any(p.kind is not PriceKind.FREE for p in plan.prices)
    replaces = plan.key if moves and plan is not None and is_paid else ""
    return Change(customer.account, tuple(steps), replaces, currencies.pop(), now)


def _units(record: Record, bundle: Bundle, price: Price | None, n: int) -> int:
    """How many units are bought: what is paid by the seat is bought for every seat; 0 where nobody counted them."""
    if price is None:
        return n
    block = units_in(record.playbook, bundle, price)
    if block != 1:
        return ceil(n * block) if price.each is None else n
    meter = meter_of(record.playbook, price.per)
    if meter is None or bundle.sold_as is SoldAs.SEATS:
        return n
    if meter.resets not in ("", "never") or any(
        r.meter == meter.key for r in bundle.limits if r.extends
    ):
        return n  # what is used up is counted by the provider
    used = record.course(meter.key).newest
    return 0 if used is None else n * ceil(max(used, price.at_least or 0))
