"""What is shipped for tests of one's own Topics."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from skill.agent.composer import Composer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.testing import NOON, FixedClock, assert_proven, customer


def body_for(playbook: Playbook) -> dict[str, object]:
    who = customer(facts={"successful_runs": 40})
    meaning = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
    made = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOON)
    return Composer(playbook, made, who).answer("dec_1").body()


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock()

    assert clock() == clock() == NOON
    assert clock.forward(days=31) == clock() == NOON + timedelta(days=31)


def test_a_clock_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        FixedClock(datetime(2026, 11, 18, 12, 0))  # noqa: DTZ001


def test_the_usual_customer_may_be_offered_something(fernway: Playbook) -> None:
    offers = body_for(fernway)["recommended_offers"]

    assert isinstance(offers, list)
    assert offers[0]["id"] == "connect-pack"


def test_each_word_finds_its_place_in_the_account_file() -> None:
    made = customer(
        "Team",
        "member",
        account_id="acc_1",
        person_id="u_1",
        bundles=["Connect Pack"],
        opted_out=["offers"],
        tickets=[{"id": "t1", "opened_at": NOON}],
        facts={"successful_runs": 3},
    )

    assert (made.account.id, made.account.plan, made.account.bundles) == (
        "acc_1",
        "team",
        ("connect-pack",),
    )
    assert (made.person.id, made.person.role, made.person.opted_out) == (
        "u_1",
        "member",
        ("offers",),
    )
    assert made.tickets[0].id == "t1"
    assert made.facts[0].as_of == NOON


def test_no_plan_and_no_role_are_legal() -> None:
    made = customer(plan=None, role=None)

    assert made.account.plan is None
    assert made.person.role is None


def test_a_misspelt_word_names_the_nearest() -> None:
    with pytest.raises(TypeError, match="did you mean `bundles`"):
        customer(bundels=["Connect Pack"])


def test_a_true_answer_is_proven(fernway: Playbook) -> None:
    assert_proven(body_for(fernway), fernway)


def test_a_changed_answer_fails_with_the_place_of_the_change(fernway: Playbook) -> None:
    body = body_for(fernway)
    offers = body["recommended_offers"]
    assert isinstance(offers, list)
    offers[0]["price"]["amount"] = "1.00"

    with pytest.raises(AssertionError, match="/recommended_offers/0/price"):
        assert_proven(body, fernway)
