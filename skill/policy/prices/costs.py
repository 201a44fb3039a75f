"""What an offer would cost this account a month: now and with it, at present and projected use, and from which use it pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from skill.model.account import Customer
from skill.model.decision import Offer
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Playbook
from skill.model.preview import Compared, CostPreview, Tax, Terms
from skill.policy.prices import pricing
from skill.policy.prices.bills import Bill, Holding, bill, difference
from skill.policy.prices.break_even import break_evens
from skill.policy.prices.charges import coins
from skill.policy.prices.first_period import first_period
from skill.policy.prices.grounds import grounds_of, stamp
from skill.policy.prices.paid_for import (
    OWN_TERMS,
    Steps,
    currency_of,
    has_own_terms,
    held,
    with_steps,
)
from skill.policy.signals.paces import pace_of
from skill.policy.signals.record import Record


def expected(playbook: Playbook, customer: Customer, offer: Offer, now: datetime) -> CostPreview:
    """What this offer would cost this account, from the Topics' prices and the account's dated facts."""
    steps = [(s.bundle, s.quantity) for s in offer.unlock.steps]
    steps[-1] = (steps[-1][0], offer.quantity)
    return expected_of(playbook, customer, tuple(steps), now)


def expected_of(playbook: Playbook, customer: Customer, steps: Steps, now: datetime) -> CostPreview:
    """The same for purchases in their order, each with how many units of it."""
    record = Record(playbook, customer, now)
    whole = [playbook.bundles[key] for key, _ in steps]
    last = whole[-1]
    currency = currency_of(playbook, customer, whole)
    before = held(record, currency)
    after = with_steps(record, before, steps)
    fresh = all(pricing.is_fresh(b, now.date()) for b in whole)
    use = {m: record.course(m).newest for m in playbook.meters}
    found = [_compared(playbook, "now", before, after, use)]
    paced = projected(record)
    if paced is not None:
        found.append(_compared(playbook, "projected", before, after, paced))
    bills = (bill(playbook, before, use.get), bill(playbook, after, use.get))
    tax = _tax(playbook, bills)
    if tax is None:
        found = [_apart(c) for c in found]
    once = _once(bills[1], currency) if fresh else None
    return CostPreview(
        offer=last.key,
        steps=steps,
        currency=currency,
        compared=tuple(found),
        once=once,
        break_even=break_evens(playbook, before, after, use) if tax and not bills[1].once else (),
        first_period=first_period(record, bills, before, after) if fresh and tax else None,
        tax=tax or "not_said",
        own_terms=has_own_terms(record),
        fresh=fresh,
        terms=tuple(_terms(playbook, bundle) for bundle in whole),
        grounds=grounds_of(record, OWN_TERMS),
        as_of=stamp(now),
    )


def _terms(playbook: Playbook, bundle: Bundle) -> Terms:
    """Who can buy it, who is billed, and how it is undone."""
    roles = (playbook.roles.get(key) for key in bundle.who_can_buy)
    return Terms(
        bundle=bundle.key,
        who_can_buy=tuple(role.name for role in roles if role is not None),
        billed_to=bundle.billed_to,
        how_to_undo=bundle.how_to_undo,
        source=str(bundle.span),
    )


def _once(then: Bill, currency: str | None) -> Decimal | None:
    """What is paid one time; None where there is nothing of the kind, or it is not known."""
    amounts = [p.amount for p in then.once]
    known = [a for a in amounts if a is not None]
    if not known or len(known) < len(amounts) or currency is None:
        return None
    return sum((coins(a, currency) for a in known), Decimal(0))


def projected(record: Record) -> dict[str, Decimal | None] | None:
    """The use at the end of the period, if it goes on as it did; None where no meter has a pace to go by.

    A meter that never starts afresh stays as it is; one whose period is young has no pace yet.
    """
    out: dict[str, Decimal | None] = {}
    has_pace = False
    for key, meter in record.playbook.meters.items():
        course = record.course(key)
        out[key] = course.newest
        if course.newest is None or meter.resets in ("", "never"):
            continue
        pace = pace_of(record, key, course.newest, course.ats[-1])
        if pace is None or pace.is_early:
            out[key] = None
            continue
        has_pace = True
        out[key] = max(pace.projected.to_integral_value(), course.newest)
    return out if has_pace else None


def _compared(
    playbook: Playbook, at: str, before: Holding, after: Holding, use: Mapping[str, Decimal | None]
) -> Compared:
    """Staying against the offer at one use."""
    now, then = bill(playbook, before, use.get), bill(playbook, after, use.get)
    changes = difference(now.parts, then.parts)
    added = None
    if changes is not None and before.currency is not None:
        zero = coins(Fraction(0), before.currency)
        added = sum((coins(c, before.currency) for c in changes), zero)
    cheaper = None
    if added is not None and not now.refused and not then.refused and not then.once:
        cheaper = "equal" if not added else "offer" if added < 0 else "stay"
    return Compared.model_validate(
        {
            "use": at,
            "now": now.cost(before.currency),
            "then": then.cost(after.currency),
            "difference": added,
            "cheaper": cheaper,
        }
    )


def _apart(found: Compared) -> Compared:
    """Prices with and without tax are not added up, nor compared."""
    why = "tax: some prices include it and some do not"
    return found.model_copy(
        update={
            "difference": None,
            "cheaper": None,
            "now": found.now.model_copy(
                update={"month": None, "missing": (*found.now.missing, why)}
            ),
            "then": found.then.model_copy(
                update={"month": None, "missing": (*found.then.missing, why)}
            ),
        }
    )


def _tax(playbook: Playbook, bills: tuple[Bill, Bill]) -> Tax | None:
    """Whether tax is on top of all prices in both bills, or inside all; None where that differs."""
    keys = {(line.bundle, line.source) for b in bills for line in b.cost("XXX").lines}
    prices = [
        p for b in playbook.bundles.values() for p in _all_prices(b) if (b.key, str(p.span)) in keys
    ]
    prices = [p for p in prices if p.kind is not PriceKind.FREE]
    without = sum(p.excluding_tax for p in prices)
    within = sum(p.including_tax for p in prices)
    if without and within:
        return None
    if prices and without == len(prices):
        return "excluded"
    return "included" if prices and within == len(prices) else "not_said"


def _all_prices(bundle: Bundle) -> tuple[Price, ...]:
    return (*bundle.prices, *(o.price for o in bundle.overages))
