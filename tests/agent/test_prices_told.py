"""What is told of a price is the whole of it, of this account, and agrees with what the offer comes to a month."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.agent.packet import packet_of
from skill.agent.packet_proof import prove_packet
from skill.agent.packet_text import as_text
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.model.preview import Ground
from skill.policy.decide import decide
from skill.policy.prices.grounds import customer_of
from tests.agent.test_cost_words import NOW, playbook_of

WORDS = {
    "Answer": "{bundle} includes {feature}.",
    "Two steps": "{bundle} is added to {first_step}.",
    "Price": "The price is {price}.",
    "Step price": "{bundle}: {price}.",
    "Several": "It takes {quantity}, at {price} each.",
    "Cost": "{cost_now} a month today and {cost_then} with {bundle}.",
    "Cost added": "{bundle} adds {cost_added} a month.",
    "Undo": "How to undo {bundle}: {undo}.",
}
STARTER = {"Sold as": "plan", "Unlocks": "Reports", "Price": "EUR 20 per month"}
TEAM = {"Sold as": "plan", "Unlocks": "Boards, Reports", "Price": "EUR 80 per month"}
PACK = {"Sold as": "add-on", "Unlocks": "Boards", "Price": "EUR 10 per month"}
BACK = {**TEAM, "How to undo": "move back to Starter under Plans"}


@cache
def company(sold: str) -> Any:
    words = {label: [text] for label, text in WORDS.items()}
    return playbook_of(json.dumps({"sold": json.loads(sold), "words": words}))


def asked(
    sold: dict[str, Any], *, plan: str | None = "Starter", need: int = 0, **account: Any
) -> tuple[Playbook, Customer, Decision]:
    playbook = company(json.dumps(sold))
    usage = [{"meter": slug(m), "at": NOW, "value": n} for m, n in account.pop("usage", {}).items()]
    held = {"currency": "EUR", **account} | ({"plan": slug(plan)} if plan else {})
    who = Customer.model_validate(
        {"account": held, "person": {"role": "admin", "locale": "en"}, "usage": usage}
    )
    wanted = {"meter": "seats", "wants": "enough", "need": need} if need else {}
    meaning = Meaning.model_validate(
        {"outcome": Outcome.FEATURE, "features": ("boards",), **wanted}
    )
    return playbook, who, decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)


def told(sold: dict[str, Any], **known: Any) -> list[str]:
    """The sentences of an answer about Boards, after the first; all of it is proven."""
    playbook, who, made = asked(sold, **known)
    body = json.loads(json.dumps(Composer(playbook, made, who).answer("dec_1").body()))
    assert list(Prover(playbook).prove(body).problems) == []
    return [s["text"] for s in body["answer"]["sentences"]][1:]


def passed_on(sold: dict[str, Any], **known: Any) -> str:
    """The packet of the same, as plain text; all of it is proven."""
    playbook, who, made = asked(sold, **known)
    answer = Composer(playbook, made, who).answer("dec_1")
    packet = packet_of(playbook, who, made, answer, "finance")
    assert list(prove_packet(playbook, packet)) == []
    return as_text(packet)


def test_prices_that_add_up_are_all_told() -> None:
    both = {**TEAM, "Price": ["EUR 50 per workspace per month", "EUR 8 per seat per month"]}
    assert told({"Starter": STARTER, "Team": both}) == [
        "Team: EUR 50 per workspace per month.",
        "Team: EUR 8 per seat per month.",
    ]


def test_what_is_paid_once_is_told_beside_the_months() -> None:
    pack = {**PACK, "Price": ["EUR 5 per month", "EUR 500 one time"]}
    assert sorted(told({"Starter": STARTER, "Pack": pack})) == [
        "Pack: EUR 5 per month.",
        "Pack: EUR 500 one time.",
    ]


@pytest.mark.parametrize(("seats", "then"), [(2, "EUR 70"), (50, "EUR 520")])
def test_the_fewest_seats_are_no_number_of_purchases_where_seats_are_counted(
    seats: int, then: str
) -> None:
    pack = {**PACK, "Price": "EUR 10 per seat per month, at least 5 seats"}
    assert told({"Starter": STARTER, "Pack": pack}, usage={"seats": seats}) == [
        "The price is EUR 10 per seat per month, at least 5 seats.",
        f"EUR 20 a month today and {then} with Pack.",
    ]


def test_several_units_are_those_of_the_last_purchase() -> None:
    pack = {**PACK, "Available on": "Team", "Price": "EUR 10 per pack per month, at least 5 packs"}
    team = {**TEAM, "Unlocks": "Reports"}
    assert told({"Starter": STARTER, "Team": team, "Pack": pack})[:2] == [
        "Team: EUR 80 per month.",
        "It takes 5, at EUR 10 per pack per month, at least 5 packs each.",
    ]


@pytest.mark.parametrize("which", ["Team", "Pack"])
def test_one_of_two_prices_is_not_told_for_both(which: str) -> None:
    sold = {
        "Starter": STARTER,
        "Team": {**TEAM, "Unlocks": "Reports"},
        "Pack": {**PACK, "Available on": "Team"},
    }
    sold[which] = {**sold[which], "Price": "contact us"}
    assert told(sold) == []


def test_a_yearly_price_of_the_region_leaves_the_monthly_one_of_everywhere() -> None:
    prices = ["EUR 10 per month", "EUR 6 per month, billed yearly, in EU"]
    assert told({"Starter": STARTER, "Pack": {**PACK, "Price": prices}}, region="EU") == [
        "The price is EUR 10 per month.",
        "EUR 20 a month today and EUR 30 with Pack.",
    ]


def test_what_is_free_in_a_region_is_told_as_free_there() -> None:
    pack = {**PACK, "Price": ["EUR 6 per month", "free in IN"]}
    assert told({"Starter": STARTER, "Pack": pack}, region="IN") == ["The price is free in IN."]


def test_the_way_back_is_told_to_who_came_from_there() -> None:
    undo = "How to undo Team: move back to Starter under Plans."
    assert told({"Starter": STARTER, "Team": BACK})[-1] == undo


@pytest.mark.parametrize("plan", ["Free", None])
def test_a_way_back_to_another_plan_is_not_told(plan: str | None) -> None:
    free = {"Sold as": "plan", "Unlocks": "Reports", "Price": "free"}
    said = told({"Free": free, "Starter": STARTER, "Team": BACK}, plan=plan)
    assert not any("undo" in text for text in said)


def test_no_way_leads_back_to_a_plan_that_is_no_longer_sold() -> None:
    sold = {"Starter": {**STARTER, "Sold until": "2026-10-01"}, "Team": BACK}
    said = told(sold, traits={"grandfathered": "no"})
    assert not any("undo" in text for text in said)


def test_nobody_is_told_what_it_adds_in_a_currency_they_may_not_pay_in() -> None:
    starter = {**STARTER, "Price": ["EUR 20 per month", "USD 22 per month"]}
    team = {**TEAM, "Price": ["EUR 80 per month", "USD 90 per month"]}
    assert told({"Starter": starter, "Team": team}, currency=None) == [
        "The price is EUR 80 per month."
    ]


@pytest.mark.parametrize("name", ["usage.seats", "limit.seats"])
def test_a_forged_figure_that_nobody_can_write_out_is_none(name: str) -> None:
    ground = Ground(name=name, value="1E+9", source="usage", as_of="2026-11-21T09:00:00Z")
    with pytest.raises(ValueError, match="no figure of ours"):
        customer_of([ground], datetime(2026, 11, 21, 9, tzinfo=UTC))


def test_a_packet_holds_every_price_line() -> None:
    both = {**TEAM, "Price": ["EUR 50 per workspace per month", "EUR 8 per seat per month"]}
    text = passed_on({"Starter": STARTER, "Team": both})
    assert "EUR 50 per workspace per month" in text
    assert "EUR 8 per seat per month" in text


@pytest.mark.parametrize(
    ("known", "is_said"), [({}, True), ({"traits": {"grandfathered": "yes"}}, False)]
)
def test_a_packet_promises_no_way_back_that_an_answer_does_not(
    known: dict[str, Any], *, is_said: bool
) -> None:
    assert ("move back" in passed_on({"Starter": STARTER, "Team": BACK}, **known)) == is_said


def test_a_packet_tells_no_break_even_that_does_not_last() -> None:
    calls = {"Limits": "api_calls: 100 per month", "Overage": "EUR 1 per api_call"}
    dear = {"Limits": "api_calls: 200 per month", "Overage": "EUR 2 per api_call"}
    sold = {"Starter": {**STARTER, **calls}, "Team": {**TEAM, **dear}}
    assert "160" not in passed_on(sold, usage={"api_calls": 10})


def test_two_blocks_of_seats_are_not_told_as_two_seats() -> None:
    starter = {**STARTER, "Unlocks": "Boards", "Limits": "seats: 5"}
    block = {"Sold as": "seats", "Unlocks": "Reports", "Limits": "seats: +5"}
    sold = {"Starter": starter, "Block": {**block, "Price": "EUR 8 per seat per month"}}
    assert told(sold, need=13, usage={"seats": 5})[-2:] == [
        "The price is EUR 8 per seat per month.",
        "EUR 20 a month today and EUR 100 with Block.",
    ]
