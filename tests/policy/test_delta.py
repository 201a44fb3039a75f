"""What an offer changes: both sides as the gate counts, what unblocks marked, what is lost said, and back is the opposite."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.agent import grounding_delta
from skill.model.account import Account, Customer
from skill.model.decision import Action, Offer, Step, Unlock
from skill.model.delta import DeltaLine
from skill.model.playbook import Playbook, SoldAs
from skill.policy import gate
from skill.policy.value.delta import after, compared, delta
from tests.conftest import NOW

PLANS = ("free", "starter", "team", "business")
EXTRAS = ("connect-pack", "analytics-pack", "priority-support", "extra-seats", "run-credits")
"""What is sold on every plan but Free."""
OPPOSITE = {"gained": "lost", "lost": "gained", "more": "less", "less": "more"}


def customer(**account: Any) -> Customer:
    return Customer(account=Account.model_validate({"plan": "starter", **account}))


def offer(*steps: str, quantity: int = 1, **more: Any) -> Offer:
    whole = tuple(Step(bundle=s) for s in steps[:-1])
    last = Step(bundle=steps[-1], quantity=quantity)
    return Offer.model_validate(
        {
            "unlock": Unlock(steps=(*whole, last)),
            "bundle": steps[-1],
            "kind": SoldAs.ADD_ON,
            "quantity": quantity,
            "action": Action(kind="link", href="/x", allowed=True),
            **more,
        }
    )


def by_key(lines: tuple[DeltaLine, ...]) -> dict[tuple[str, str], DeltaLine]:
    return {(line.what, line.key): line for line in lines}


def told(line: DeltaLine) -> tuple[Any, Any, str]:
    return line.now.value or line.now.text, line.then.value or line.then.text, line.change


def test_a_plan_is_told_side_by_side_with_what_was_asked_marked_and_first(
    fernway: Playbook,
) -> None:
    lines = delta(fernway, customer(), offer("team", unlocks=("parallel-runs",)), NOW)
    found = by_key(lines)
    assert (lines[0].key, lines[0].unblocks) == ("parallel-runs", True)
    assert [line.key for line in lines if line.unblocks] == ["parallel-runs"]
    assert told(found["limit", "seats"]) == (10, 25, "more")
    assert told(found["limit", "reports"]) == (10, "unlimited", "more")
    assert told(found["setting", "run-history"]) == ("30 days", "90 days", "more")
    assert found["control", "roles-and-permissions"].change == "gained"
    assert ("feature", "csv-export") not in found


def test_the_lifted_limit_is_marked_and_names_every_part_of_it(fernway: Playbook) -> None:
    who = customer(bundles=["extra-seats", "extra-seats"])
    (line,) = delta(fernway, who, offer("extra-seats", quantity=3, lifts="seats"), NOW)
    assert line.unblocks
    assert told(line) == (12, 15, "more")
    parts = [(p.name, p.value, p.times) for p in line.then.parts]
    assert parts == [("Starter", 10, 1), ("Extra Seats", 1, 5)]


def test_a_smaller_plan_says_what_goes(fernway: Playbook) -> None:
    who = customer(plan="team", bundles=["connect-pack"])
    found = by_key(delta(fernway, who, offer("starter"), NOW))
    assert found["feature", "parallel-runs"].change == "lost"
    assert told(found["limit", "seats"]) == (25, 10, "less")
    assert told(found["setting", "run-history"]) == ("90 days", "30 days", "less")
    assert ("feature", "salesforce-export") not in found, "it is sold on both"


def test_an_extra_that_is_not_sold_beside_the_new_plan_goes_with_the_old_one(
    fernway: Playbook,
) -> None:
    who = customer(bundles=["connect-pack", "of-nobody"])
    then = after(fernway, who, (Step(bundle="free"),))
    assert then.account.bundles == ("of-nobody",)
    found = by_key(compared(fernway, who, then, NOW))
    assert found["feature", "salesforce-export"].change == "lost"


def test_a_grant_stays_and_is_no_gain(fernway: Playbook) -> None:
    who = customer(grants=[{"name": "audit-log", "source": "early customer"}])
    lines = delta(fernway, who, offer("business"), NOW)
    assert ("control", "audit-log") not in by_key(lines)


def test_a_grant_that_ended_gives_nothing_and_one_that_ends_says_when(fernway: Playbook) -> None:
    end = NOW + timedelta(days=3)
    grants = [{"name": "team-trial", "source": "trial", "until": end}]
    found = by_key(compared(fernway, customer(grants=grants), customer(), NOW))
    assert found["feature", "parallel-runs"].now.parts[0].until == end
    later = compared(fernway, customer(grants=grants), customer(), end)
    assert ("feature", "parallel-runs") not in by_key(later)


def test_what_was_taken_away_is_not_told_as_gained(fernway: Playbook) -> None:
    who = customer(removals=["parallel-runs"])
    lines = delta(fernway, who, offer("team"), NOW)
    assert ("feature", "parallel-runs") not in by_key(lines)


@pytest.mark.parametrize("bundle", ["extra-seats", "team", "business"])
@pytest.mark.parametrize("own", ["5", "12", "40", None])
def test_a_limit_of_the_accounts_own_stays_whatever_is_bought(
    fernway: Playbook, own: str | None, bundle: str
) -> None:
    who = customer(limits={"seats": own})
    assert ("limit", "seats") not in by_key(delta(fernway, who, offer(bundle), NOW))
    bought = after(fernway, who, [Step(bundle=bundle)])
    limit = gate.effective_limit(fernway, bought, "seats", NOW)
    assert limit is not None
    assert (limit.source, limit.value) == ("override", own and int(own))


def test_what_an_unknown_plan_lacks_nobody_can_say(fernway: Playbook) -> None:
    lines = delta(fernway, customer(plan="professional-2019"), offer("team"), NOW)
    assert {line.change for line in lines} == {"unknown"}
    unread = Customer(account=Account(plan="starter"), unavailable=("account",))
    assert all(x.now.has is None for x in delta(fernway, unread, offer("team"), NOW))


def test_two_steps_are_told_as_one_difference(fernway: Playbook) -> None:
    one = offer("priority-support", "compliance-pack", unlocks=("own-encryption-keys",))
    who = customer(plan="business")
    found = by_key(delta(fernway, who, one, NOW))
    assert {key for _, key in found} == {
        "own-encryption-keys",
        "eu-data-residency",
        "same-day-replies",
        "named-success-contact",
    }


holdings = st.builds(
    lambda plan, extras, seats, grants, limits: customer(
        plan=plan, bundles=[*extras, *["extra-seats"] * seats], grants=grants, limits=limits
    ),
    st.sampled_from(PLANS[1:]),
    st.sets(st.sampled_from(EXTRAS[:3])).map(sorted),
    st.integers(0, 4),
    st.lists(st.sampled_from(["audit-log", "growth-bundle", "team-trial"]), max_size=2),
    st.dictionaries(
        st.sampled_from(["seats", "api-calls"]),
        st.one_of(st.none(), st.integers(0, 200_000).map(Decimal)),
    ),
)


@given(who=holdings, plan=st.sampled_from(PLANS[1:]))
@settings(max_examples=300)
def test_an_upgrade_and_back_are_opposites(fernway: Playbook, who: Customer, plan: str) -> None:
    up = after(fernway, who, (Step(bundle=plan),))
    back = after(fernway, up, (Step(bundle=str(who.account.plan)),))
    there, again = (compared(fernway, one, other, NOW) for one, other in ((who, up), (up, back)))
    assert back == who
    assert [(x.key, OPPOSITE.get(x.change, x.change)) for x in there] == [
        (x.key, x.change) for x in again
    ]
    assert [(x.now, x.then) for x in there] == [(x.then, x.now) for x in again]


@given(who=holdings, bundle=st.sampled_from((*PLANS, *EXTRAS)), quantity=st.integers(1, 5))
@settings(max_examples=300)
def test_what_would_be_held_is_what_the_gate_says_once_it_is_bought(
    fernway: Playbook, who: Customer, bundle: str, quantity: int
) -> None:
    then = after(fernway, who, (Step(bundle=bundle, quantity=quantity),))
    found = by_key(compared(fernway, who, then, NOW))
    for key, feature in fernway.features.items():
        rights = [bool(gate.entitlements(fernway, x, feature, NOW)) for x in (who, then)]
        line = found.get(("control" if feature.needs_role else "feature", key))
        assert rights == ([line.now.has, line.then.has] if line else [False, False])
    for meter in fernway.meters:
        limit = gate.effective_limit(fernway, then, meter, NOW)
        said = found.get(("limit", meter))
        value = said.then.value if said else None
        assert value == (
            None if limit is None else "unlimited" if limit.value is None else limit.value
        )


def body(fernway: Playbook, who: Customer, one: Offer) -> dict[str, Any]:
    return {
        "id": one.bundle,
        "quantity": one.quantity,
        "steps": [{"id": s.bundle} for s in one.unlock.steps],
        "unlocks": list(one.unlocks),
        "lifts": one.lifts,
        "delta": [x.model_dump(mode="json") for x in delta(fernway, who, one, NOW)],
    }


@given(who=holdings, bundle=st.sampled_from((*PLANS, *EXTRAS)), quantity=st.integers(1, 5))
@settings(max_examples=200)
def test_every_difference_is_proven_again_from_the_topics(
    fernway: Playbook, who: Customer, bundle: str, quantity: int
) -> None:
    units = quantity if bundle == "extra-seats" else 1
    told_to = body(fernway, who, offer(bundle, quantity=units))
    assert list(grounding_delta.delta(fernway, "/delta", told_to)) == []


def tampered() -> list[tuple[str, dict[str, Any]]]:
    """Lies, each in one field of the line about seats, or of the whole."""
    return [
        ("then", {"then": {"value": "26"}}),
        ("now", {"now": {"value": "9"}}),
        ("change", {"change": "less"}),
        ("name", {"name": "runs"}),
        ("unit", {"unit": "people"}),
        ("unblocks", {"unblocks": True}),
        ("key", {"key": "runs"}),
        ("what", {"what": "setting"}),
    ]


@pytest.mark.parametrize(("what", "lie"), tampered(), ids=[name for name, _ in tampered()])
def test_a_difference_with_a_lie_in_it_is_not_proven(
    fernway: Playbook, what: str, lie: dict[str, Any]
) -> None:
    told_to = body(fernway, customer(), offer("team", unlocks=("parallel-runs",)))
    line = next(x for x in told_to["delta"] if x["key"] == "seats")
    for name, value in lie.items():
        line[name] = {**line[name], **value} if isinstance(value, dict) else value
    assert list(grounding_delta.delta(fernway, "/delta", told_to)), what


@pytest.mark.parametrize("field", ["name", "value", "line", "topic", "times", "source", "extends"])
def test_a_part_that_its_topic_does_not_give_is_found(fernway: Playbook, field: str) -> None:
    told_to = body(fernway, customer(), offer("extra-seats", quantity=2, lifts="seats"))
    part = told_to["delta"][0]["then"]["parts"][1]
    lies = {"name": "Team", "value": "2", "line": 1, "topic": "features.md", "times": 7}
    lies |= {"source": "free for all", "extends": False}
    part[field] = lies[field]
    assert list(grounding_delta.delta(fernway, "/delta", told_to))


def test_a_thing_told_twice_and_a_mark_left_out_are_found(fernway: Playbook) -> None:
    told_to = body(fernway, customer(), offer("team", unlocks=("parallel-runs",)))
    twice = {**told_to, "delta": [*told_to["delta"], told_to["delta"][1]]}
    assert list(grounding_delta.delta(fernway, "/delta", twice))
    told_to["delta"][0]["unblocks"] = False
    assert list(grounding_delta.delta(fernway, "/delta", told_to))
    assert list(grounding_delta.delta(fernway, "/delta", {**told_to, "delta": [{"key": 1}]}))


def test_figures_are_exact_text_in_json(fernway: Playbook) -> None:
    told_to = body(fernway, customer(), offer("team"))
    seats = next(x for x in told_to["delta"] if x["key"] == "seats")
    assert (seats["now"]["value"], seats["then"]["value"]) == ("10", "25")
    again = DeltaLine.model_validate(seats)
    assert again.then.value == Decimal(25)
