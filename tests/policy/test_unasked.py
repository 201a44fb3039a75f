"""In a sweep nobody asks: an offer then needs an account that is ready, and everything else as ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from skill.model.account import Customer, Person, Ticket
from skill.model.decision import Decision, Meaning, Outcome, Surface, Verdict
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.decide import decide
from skill.policy.signals import signals
from skill.policy.signals.record import Record
from skill.sample import find_person, sample_customers
from tests.conftest import NOW

NOBODY = Person()
EVERYBODY = [c.model_copy(update={"person": NOBODY}) for c in sample_customers(NOW)]


def swept(
    playbook: Playbook, customer: Customer, surface: Surface = Surface.IN_PRODUCT
) -> Decision:
    return decide(playbook, customer, Meaning(outcome=Outcome.SIGNAL), surface=surface, now=NOW)


def named(name: str) -> Customer:
    return next(c for c in EVERYBODY if c.account.id == name)


def test_an_offer_needs_a_ready_account(fernway: Playbook) -> None:
    for customer in EVERYBODY:
        decision = swept(fernway, customer)
        ready = {r.offer for r in decision.readiness if r.level == "ready"}
        assert {o.bundle for o in decision.offers} <= ready
        assert {o.bundle for o in decision.offers} | {w.offer for w in decision.withheld} == ready


def test_some_are_offered_something_and_most_are_not(fernway: Playbook) -> None:
    made = [c.account.id for c in EVERYBODY if swept(fernway, c).offers]
    assert 0 < len(made) < len(EVERYBODY) / 2


def test_every_link_of_the_witness_holds_and_names_what_made_it_ready(fernway: Playbook) -> None:
    for customer in EVERYBODY:
        for offer in swept(fernway, customer).offers:
            assert all(check.holds is Truth.TRUE for check in offer.witness)
            ready = next(c for c in offer.witness if c.name == "the account is ready")
            assert ready.because == ", ".join(offer.signals)


def test_what_is_offered_lifts_a_limit_or_brings_a_feature_that_is_lacking(
    fernway: Playbook,
) -> None:
    for customer in EVERYBODY:
        for offer in swept(fernway, customer).offers:
            if offer.lifts is None:
                about = Meaning(outcome=Outcome.FEATURE, features=(offer.feature,))
                found = gate.access(fernway, customer, offer.feature, about, NOW)
                assert found.verdict is Verdict.DENIED
            else:
                assert gate.effective_limit(fernway, customer, offer.lifts, NOW) is not None


@pytest.mark.parametrize(
    ("account", "because"),
    [
        ("elderflower-foods", "Open support ticket"),
        ("copse-energy", "Incident touching the customer"),
        ("pennygrove", "First win not reached"),
        ("yarrow-catering", "Unpaid invoice"),
        ("thornbury-bank", "not held already: not so (`Compliance Pack` is held)"),
        ("northmoor", "free to offer: not so (play `A person helps large accounts`)"),
    ],
)
def test_it_says_why_a_ready_account_is_not_offered_anything(
    fernway: Playbook, account: str, because: str
) -> None:
    decision = swept(fernway, named(account))
    assert not decision.offers
    assert {w.because for w in decision.withheld} == {because}


def test_what_is_excused_because_the_customer_asked_is_not_where_nobody_did(
    fernway: Playbook,
) -> None:
    lou = find_person("lou", NOW)
    question = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
    asked = decide(fernway, lou, question, surface=Surface.IN_PRODUCT, now=NOW)
    unasked = swept(fernway, lou)
    excused = {row.situation for row in fernway.restraints if row.unless == "asked"}
    assert not {s.because for s in asked.suppressions} & excused
    assert {s.because for s in unasked.suppressions} & excused


def test_a_moment_that_nobody_measured_keeps_offers_back_where_nobody_asked(
    fernway: Playbook,
) -> None:
    ready = named("dunmore-logistics")
    assert swept(fernway, ready).offers
    told = tuple(f for f in ready.facts if f.name != "successful_runs")
    unmeasured = ready.model_copy(update={"facts": told})
    moments = signals.moments(Record(fernway, unmeasured, NOW))
    assert moments["first-win"] is Truth.UNKNOWN
    assert not swept(fernway, unmeasured).offers


def test_an_open_ticket_never_adds_an_offer(fernway: Playbook) -> None:
    for customer in EVERYBODY:
        ticket = Ticket(id="t", opened_at=NOW - timedelta(hours=1))
        troubled = customer.model_copy(update={"tickets": (*customer.tickets, ticket)})
        assert not swept(fernway, troubled).offers


def test_a_public_directory_shows_nobody_an_offer(fernway: Playbook) -> None:
    assert not any(swept(fernway, c, Surface.PUBLIC_DIRECTORY).offers for c in EVERYBODY)
