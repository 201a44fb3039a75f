"""The laws of the house as properties; each checker is first shown to fail on a naive decision."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.proof import laws
from evals.proof.law_worlds import World, playbook
from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.compiler.folder import Compiler
from skill.model.account import Customer, Ticket
from skill.model.decision import Action, Decision, Meaning, Offer, Step, Surface, Unlock, Verdict
from skill.policy.decide import decide
from tests.conftest import NOW, ROOT
from tests.policy.customers import customers, faults, held, meanings

FERNWAY = Compiler().compile_folder(ROOT / "topics", date(2026, 11, 21)).playbook
AGAIN = Compiler().compile_folder(ROOT / "topics", date(2026, 11, 21)).playbook
PROVER = Prover(FERNWAY)
ANYBODY = customers(FERNWAY, NOW)
ANYTHING = meanings(FERNWAY)
ANYWHERE = st.sampled_from(list(Surface))
A_TENTH = 1_000
"""Of the ten thousand worlds of `python -m evals.proof.laws`."""
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decided(
    customer: Customer, meaning: Meaning, surface: Surface = Surface.IN_PRODUCT
) -> Decision:
    return decide(FERNWAY, customer, meaning, surface=surface, now=NOW)


def naive(customer: Customer, meaning: Meaning) -> Decision:
    """What a naive assistant does: offer whatever unlocks the feature."""
    right = decided(customer, meaning)
    offers = tuple(
        Offer(
            unlock=Unlock(steps=(Step(bundle=b.key),)),
            bundle=b.key,
            kind=b.sold_as,
            action=Action(kind="link", allowed=True),
        )
        for b in FERNWAY.bundles.values()
        if meaning.features[0] in b.unlocks
    )
    return right.model_copy(update={"offers": offers})


@MANY
@given(ANYBODY, ANYTHING, ANYWHERE)
def test_the_same_inputs_give_the_same_bytes(
    customer: Customer, meaning: Meaning, surface: Surface
) -> None:
    one = decide(FERNWAY, customer, meaning, surface=surface, now=NOW)
    two = decide(AGAIN, customer.model_copy(deep=True), meaning, surface=surface, now=NOW)
    assert one.model_dump_json() == two.model_dump_json()
    answers = [Composer(p, d, customer).answer("d") for p, d in ((FERNWAY, one), (AGAIN, two))]
    assert answers[0].model_dump_json() == answers[1].model_dump_json()


@MANY
@given(ANYBODY, ANYTHING)
def test_who_has_a_feature_is_never_offered_it(customer: Customer, meaning: Meaning) -> None:
    has = held(FERNWAY, customer)
    for offer in decided(customer, meaning).offers:
        assert not has & set(offer.unlocks)


@MANY
@given(ANYBODY, ANYTHING, ANYWHERE)
def test_no_offer_leaves_without_its_witness(
    customer: Customer, meaning: Meaning, surface: Surface
) -> None:
    made = decided(customer, meaning, surface)
    assert list(faults(FERNWAY, customer, made)) == []
    assert all(c.holds == "true" for o in made.offers for c in o.witness)
    assert surface is not Surface.PUBLIC_DIRECTORY or not made.offers


@MANY
@given(ANYBODY, ANYTHING)
def test_an_open_ticket_never_adds_an_offer(customer: Customer, meaning: Meaning) -> None:
    ticket = Ticket(id="new", opened_at=NOW)
    after = decided(customer.model_copy(update={"tickets": (*customer.tickets, ticket)}), meaning)
    before = {o.bundle for o in decided(customer, meaning).offers}
    assert {o.bundle for o in after.offers} <= before


@MANY
@given(ANYBODY, ANYTHING, ANYWHERE, st.booleans())
def test_every_composed_answer_is_proven(
    customer: Customer, meaning: Meaning, surface: Surface, support: bool
) -> None:
    made = decided(customer, meaning, surface)
    body = Composer(FERNWAY, made, customer, support=support).answer("d").body()
    assert PROVER.prove(body).problems == ()
    assert bool(body["answer"]["text"])


@MANY
@given(ANYBODY, ANYTHING, ANYWHERE)
def test_where_nothing_is_offered_no_way_is_named(
    customer: Customer, meaning: Meaning, surface: Surface
) -> None:
    made = decided(customer, meaning, surface)
    body = Composer(FERNWAY, made, customer).answer("d").body()
    if not made.offers:
        assert body["feature"]["unlocked_by"] == []
        assert not any(f["name"].startswith("price.") for f in body["facts"])
        assert "withheld" not in body


@pytest.mark.parametrize("checker", ["has", "witness"])
def test_the_checkers_fail_on_a_naive_decision(checker: str) -> None:
    account = {"plan": "business", "bundles": ["connect-pack"]}
    customer = Customer.model_validate({"account": account, "person": {"role": "viewer"}})
    meaning = Meaning(outcome="feature", features=("salesforce-export",))
    made = naive(customer, meaning)
    assert made.accesses[0].verdict is Verdict.GRANTED
    if checker == "has":
        unlocked = {f for o in made.offers for f in FERNWAY.bundles[o.bundle].unlocks}
        assert held(FERNWAY, customer) & unlocked
    else:
        assert list(faults(FERNWAY, customer, made))


def test_every_law_holds_at_a_company_that_sells_every_kind_of_offer() -> None:
    seen: Counter[str] = Counter()
    laws.prove(A_TENTH, seen=seen)
    assert seen["worlds"] >= A_TENTH
    assert seen["worlds with an offer"] > 20


def world(asks: str = "", **told: Any) -> World:
    """A small self-serve customer of Quayside, on Starter unless it says otherwise."""
    account = {
        "plan": "starter",
        "currency": "EUR",
        "region": "EU",
        "traits": {"segment": "smb", "touch": "low"},
    }
    customer = Customer.model_validate(
        {"person": {"role": "admin"}, **told, "account": {**account, **told.get("account", {})}}
    )
    outcome = "feature" if asks else "signal"
    meaning = Meaning.model_validate({"outcome": outcome, "features": (asks,) if asks else ()})
    return World("quayside", customer, meaning, Surface.IN_PRODUCT, 2)


def forged(*keys: str, **changes: Any) -> Offer:
    """An offer as somebody would make it who looks at nothing."""
    bundle = playbook("quayside").bundles[keys[-1]]
    told = {
        "unlock": Unlock(steps=tuple(Step(bundle=key) for key in keys)),
        "bundle": bundle.key,
        "kind": bundle.sold_as,
        "unlocks": bundle.unlocks,
        "action": Action(kind="link", href=bundle.link, allowed=True),
    }
    return Offer.model_validate({**told, **changes})


FORGED: dict[str, tuple[World, Offer]] = {
    "never_what_is_held": (
        world("salesforce-export", account={"grants": ["salesforce-export"]}),
        forged("connect-pack"),
    ),
    "sold_to_them": (world("eu-residency", account={"region": "US"}), forged("eu-residency")),
    "never_against_a_person": (
        world("salesforce-export", person={"role": "guest"}),
        forged("connect-pack"),
    ),
    "leads_to_what_was_asked": (world("shared-comments"), forged("connect-pack")),
    "as_many_as_allowed": (world("salesforce-export"), forged("insight-bundle")),
    "further_jobs_are_earned": (
        world(),
        forged("integration-pack", signals=("opened-integrations",)),
    ),
    "less_covers_the_use": (world(account={"plan": "team"}), forged("starter", unlocks=())),
}
"""For each law a decision that breaks it."""


@pytest.mark.parametrize("law", FORGED)
def test_each_checker_finds_a_decision_that_breaks_its_law(law: str) -> None:
    of, offer = FORGED[law]
    right = of.decided()
    wrong = right.model_copy(update={"offers": (*right.offers, offer)})
    assert list(laws.LAWS[law](of, wrong))
    assert not list(laws.LAWS[law](of, right))
