"""Made-up customers and questions for property tests, and a plain second opinion on what may be offered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import strategies as st

from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Offer, Outcome, Verdict
from skill.model.playbook import Bundle, Playbook, SoldAs


def customers(playbook: Playbook, now: datetime) -> st.SearchStrategy[Customer]:
    """Any account of the sample company, sensible or not."""
    bundles, features = sorted(playbook.bundles), sorted(playbook.features)
    when = st.integers(0, 60 * 24).map(lambda hours: (now - timedelta(hours=hours)).isoformat())
    some = lambda of, n: st.lists(st.sampled_from(of), max_size=n, unique=True)  # noqa: E731
    account = st.fixed_dictionaries(
        {
            "plan": st.sampled_from([*(k for k in bundles), "platinum", None]),
            "bundles": some(bundles, 3),
            "grants": some([*features, *bundles], 2),
            "removals": some(features, 2),
            "region": st.sampled_from(["EU", "US", None]),
            "currency": st.sampled_from(["EUR", "USD", "CHF", None]),
            "limits": st.dictionaries(
                st.sampled_from(sorted(playbook.meters)), st.integers(0, 99), max_size=2
            ),
            "traits": st.fixed_dictionaries(
                {},
                optional={
                    "segment": st.sampled_from(["smb", "enterprise", "education"]),
                    "touch": st.sampled_from(["low", "high"]),
                },
            ),
        }
    )
    person = st.fixed_dictionaries(
        {
            "role": st.sampled_from([*sorted(playbook.roles), "stranger", None]),
            "opted_out": some(["offers"], 1),
        }
    )
    past = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["impression", "dismissal", "not_now", "never", "acceptance"]),
            "offer": st.sampled_from([*bundles, None]),
            "at": when,
        }
    )
    usage = st.fixed_dictionaries(
        {
            "meter": st.sampled_from(sorted(playbook.meters)),
            "at": when,
            "value": st.integers(0, 200),
        }
    )
    return st.fixed_dictionaries(
        {
            "account": account,
            "person": person,
            "history": st.lists(past, max_size=2),
            "usage": st.lists(usage, max_size=3),
            "tickets": st.lists(
                st.fixed_dictionaries({"id": st.just("t"), "opened_at": when}), max_size=1
            ),
        }
    ).map(Customer.model_validate)


def meanings(playbook: Playbook) -> st.SearchStrategy[Meaning]:
    """Any question that names a feature, with or without an amount."""

    def of(parts: tuple[list[str], str, int | None]) -> Meaning:
        keys, wants, need = parts
        meters = playbook.features[keys[0]].meters
        return Meaning(
            outcome=Outcome.FEATURE,
            features=tuple(keys),
            meter=meters[0] if meters and wants != "access" else None,
            need=need if wants == "enough" else None,
            wants=wants,
        )

    keys = st.lists(st.sampled_from(sorted(playbook.features)), min_size=1, max_size=2, unique=True)
    wants = st.sampled_from(["access", "limit", "enough", "more"])
    return st.tuples(keys, wants, st.integers(1, 200_000)).map(of)


def held(playbook: Playbook, customer: Customer) -> set[str]:
    """Features this account has, counted in the plainest way."""
    account = customer.account
    names = [account.plan, *account.bundles, *(g.name for g in account.grants)]
    found = {f for n in names if n in playbook.bundles for f in playbook.bundles[n].unlocks}
    found |= {g.name for g in account.grants}
    found |= {f.key for f in playbook.features.values() if f.free_for_all}
    return found - {r.name for r in account.removals}


def faults(playbook: Playbook, customer: Customer, decision: Decision) -> Iterator[str]:
    """What is wrong with the offers of a decision, judged from the Topics alone and not from its witness."""
    wanting = {
        a.feature for a in decision.accesses if a.verdict in (Verdict.DENIED, Verdict.LIMITED)
    }
    for offer in decision.offers:
        whole = [playbook.bundles[s.bundle] for s in offer.unlock.steps]
        if not wanting:
            yield "nothing was lacking"
        yield from _not_for_this_account(customer, whole, playbook)
        if offer.lifts is None and not _unlocks(whole, wanting):
            yield f"{offer.bundle} unlocks nothing that was asked and lacking"
        if offer.lifts is None and offer.bundle in customer.account.bundles:
            yield f"{offer.bundle} is held already"
        yield from _not_for_this_person(offer, customer, playbook)


def _unlocks(whole: list[Bundle], wanting: set[str]) -> bool:
    return any(f in bundle.unlocks for bundle in whole for f in wanting)


def _not_for_this_account(
    customer: Customer, whole: list[Bundle], playbook: Playbook
) -> Iterator[str]:
    account = customer.account
    plan = account.plan
    if plan is not None and plan not in playbook.bundles:
        yield "the plan is not known"
    for bundle in whole:
        if bundle.sold_as is SoldAs.PLAN:
            if bundle.can_move_from and plan is not None and plan not in bundle.can_move_from:
                yield f"{bundle.key} cannot be reached from {plan}"
            plan = bundle.key
        elif bundle.available_on and plan not in bundle.available_on:
            yield f"{bundle.key} is not sold on {plan}"
        if bundle.regions and account.region not in bundle.regions:
            yield f"{bundle.key} is not sold in {account.region}"
        currencies = {p.currency for p in bundle.prices}
        if account.currency and currencies - {None} and not currencies & {account.currency, None}:
            yield f"{bundle.key} has no price in {account.currency}"


def _not_for_this_person(offer: Offer, customer: Customer, playbook: Playbook) -> Iterator[str]:
    traits = customer.account.traits
    if traits.get("segment") != "smb" or traits.get("touch") != "low":
        yield "nobody knows that no person looks after this account"
    if customer.tickets:
        yield "a ticket is open"
    if customer.person.opted_out:
        yield "they opted out"
    role = playbook.roles.get(customer.person.role or "")
    if role is not None and not role.is_told:
        yield "this role is not told of offers"
    if offer.action.allowed and role is not None and not role.can_buy:
        yield "a button for somebody who cannot buy"
