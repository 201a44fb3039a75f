"""What an account pays for, and what it would pay for with an offer: each bundle, at whose price, billed how often."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from skill.model.account import Customer
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.policy import gate
from skill.policy.prices import pricing
from skill.policy.prices.bills import Entry, Holding, is_paid_once, with_entry
from skill.policy.signals.record import Record

OWN_TERMS = ("grandfathered", "legacy-plan", "legacy-price", "custom-price")
"""Keys of facts and traits that say whether an account is on terms of its own."""
Steps = tuple[tuple[str, int], ...]
"""Purchases in their order, each with how many units of it."""


def currency_of(playbook: Playbook, customer: Customer, whole: list[Bundle]) -> str | None:
    """The account's own, else that of the price that is shown, else the only one there is."""
    if customer.account.currency:
        return customer.account.currency
    shown = (pricing.price_for(b, customer.account) for b in reversed(whole))
    found = next((p.currency for p in shown if p is not None and p.currency), None)
    every = _currencies(playbook)
    return found or (next(iter(every)) if len(every) == 1 else None)


def has_own_terms(record: Record) -> bool:
    """Whether what the account pays may stand in no Topic: a plan nobody knows or sells, terms or limits of its own."""
    told = [record.known(key) for key in OWN_TERMS]
    said = [str(value).strip().lower() for value in told if value is not None]
    if said:
        return any(value not in ("false", "no", "0") for value in said)
    account = record.customer.account
    plan = gate.held_plan(record.playbook, record.customer)
    ended = plan is not None and bool(plan.sold_until)
    ended = ended and plan is not None and plan.sold_until < record.now.date().isoformat()
    return gate.plan_is_unknown(record.playbook, record.customer) or bool(account.limits) or ended


def held(record: Record, currency: str | None) -> Holding:
    """What the account pays for today, each with the reason why its list price may not be theirs."""
    playbook, customer = record.playbook, record.customer
    account = customer.account
    own = "terms of their own" if has_own_terms(record) else ""
    missing: list[str] = ["account"] if "account" in customer.unavailable else []
    plan = gate.held_plan(playbook, customer)
    if plan is None and account.plan is not None:
        missing.append(f"plan {account.plan}")
    if account.currency is None and len(_currencies(playbook)) > 1:
        missing.append("currency")
    n_held = Counter(account.bundles)
    granted = gate.open_rights(account.grants, record.now)
    billed = pricing.billing_of(account)
    entries: list[Entry] = []
    for bundle in (*((plan,) if plan else ()), *gate.held_bundles(playbook, customer, record.now)):
        given = bundle.key in granted and bundle.key not in n_held and bundle is not plan
        stale = not pricing.is_fresh(bundle, record.now.date())
        why = own or (f"price of {bundle.name}" if given or stale else "")
        entries.append(Entry(bundle, max(n_held[bundle.key], 1), why, billed))
    missing += [f"bundle {key}" for key in n_held if key not in playbook.bundles]
    return Holding(account, currency, tuple(entries), account.limits, missing=tuple(missing))


def _currencies(playbook: Playbook) -> set[str]:
    return {p.currency for b in playbook.bundles.values() for p in b.prices if p.currency}


def with_steps(record: Record, before: Holding, steps: Steps) -> Holding:
    """What would be held with these purchases; what nobody can say of it is named."""
    after = before
    for key, n in steps:
        bundle = record.playbook.bundles[key]
        fresh = pricing.is_fresh(bundle, record.now.date())
        shown = pricing.price_for(bundle, record.customer.account)
        billed = pricing.billing_of(record.customer.account) or (shown.billed if shown else "")
        entry = Entry(bundle, n, "" if fresh else f"price of {bundle.name}", billed, is_new=True)
        if bundle.sold_as is SoldAs.PLAN:
            after = _moved(after, entry)
        else:
            parts = [e.bundle.name for e in after.entries if e.bundle.key in bundle.contains]
            once = is_paid_once(
                bundle
            )  # nobody says for how many months units last that are bought once
            unsure = {r.meter for r in bundle.limits if once or r.meter in after.own_limits}
            after = replace(
                with_entry(after, entry),
                missing=(*after.missing, *(f"what becomes of {name}" for name in parts)),
                unsure_limits=after.unsure_limits | unsure,
            )
    return after


def _moved(before: Holding, entry: Entry) -> Holding:
    """Another plan in place of the present one; what is held beside it stays where it is sold on that plan too."""
    extras = [e for e in before.entries if e.bundle.sold_as is not SoldAs.PLAN]
    lost = [
        e.bundle.name
        for e in extras
        if e.bundle.available_on and entry.bundle.key not in e.bundle.available_on
    ]
    kept = [why for why in before.missing if not why.startswith("plan ")]
    return replace(
        before,
        entries=(entry, *extras),
        missing=(*kept, *(f"what becomes of {name}" for name in lost)),
        unsure_limits=before.unsure_limits | frozenset(before.own_limits),
    )
