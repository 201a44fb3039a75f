"""A claim is kept whole or not at all, and no number of an account's showings is given out twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from skill.model.delivery import Stop
from skill.store import outbox, showings, stops, tables
from skill.store.accounts import get_customer
from skill.store.claims import BEHIND, Again, Claimed, Lost, claim
from skill.store.engine import Store
from skill.store.ledger import find
from tests.store.made import NOON, TENANT, decided, effect, showing

SINCE = NOON - timedelta(days=400)


def test_a_claim_keeps_the_decision_its_showing_and_its_effect(store: Store) -> None:
    entry = decided()
    made = claim(store, entry, showings=[showing()], effects=[effect(decision=entry.id)], seen=0)
    assert made == Claimed(("eff_1",))
    assert find(store, TENANT, entry.id) == entry
    assert [one.n for one in showings.of_account(store, TENANT, "acc_1")] == [1]
    assert [one.id for one in outbox.due(store, NOON)] == ["eff_1"]


def test_a_lost_claim_keeps_nothing(store: Store) -> None:
    claim(store, decided(), showings=[showing("eff_1")], seen=0)
    late = decided()
    lost = claim(store, late, showings=[showing("eff_2")], effects=[effect("eff_2")], seen=0)
    assert isinstance(lost, Lost)
    assert find(store, TENANT, late.id) is None
    assert len(showings.of_account(store, TENANT, "acc_1")) == 1
    assert outbox.find(store, TENANT, "eff_2") is None


def test_of_two_showings_one_with_a_taken_number_keeps_neither(store: Store) -> None:
    claim(store, decided(), showings=[showing("eff_1"), showing("eff_2")], seen=0)
    assert isinstance(
        claim(store, decided(), showings=[showing("eff_3"), showing("eff_4")], seen=1), Lost
    )
    assert len(showings.of_account(store, TENANT, "acc_1")) == 2


def test_the_same_effect_again_is_nothing_new(store: Store) -> None:
    claim(store, decided(), showings=[showing()], effects=[effect()], seen=0)
    later = decided(at=NOON + timedelta(hours=1))
    again = claim(store, later, showings=[showing()], effects=[effect()], seen=1)
    assert again == Again("effect `eff_1` was claimed before")
    assert find(store, TENANT, later.id) is None


def test_the_same_request_key_again_is_nothing_new(store: Store) -> None:
    claim(store, decided(key="k"), showings=[showing("eff_1")], seen=0)
    assert isinstance(claim(store, decided(key="k"), showings=[showing("eff_2")], seen=1), Again)
    assert len(showings.of_account(store, TENANT, "acc_1")) == 1


def test_a_second_owner_task_of_the_day_is_passed_over_and_its_decision_kept(store: Store) -> None:
    first, second = decided(), decided()
    task = effect("eff_task", person="", channel="owner_task", decision=first.id)
    assert claim(store, first, effects=[task], seen=0) == Claimed(("eff_task",))
    same = task.model_copy(update={"decision": second.id})
    assert claim(store, second, effects=[same], seen=0) == Claimed(())
    assert find(store, TENANT, second.id) is not None
    found = outbox.find(store, TENANT, "eff_task")
    assert found is not None
    assert found.decision == first.id


@pytest.mark.parametrize("stopped", ["", "team"])
def test_what_was_stopped_since_it_was_decided_is_not_claimed(store: Store, stopped: str) -> None:
    stops.pull(store, TENANT, Stop(offer=stopped, since=NOON))
    entry = decided()
    assert isinstance(claim(store, entry, showings=[showing()], seen=0), Lost)
    assert find(store, TENANT, entry.id) is None


def test_a_stop_of_another_offer_or_tenant_is_in_nobodys_way(store: Store) -> None:
    stops.pull(store, TENANT, Stop(offer="business", since=NOON))
    stops.pull(store, "rival", Stop(since=NOON))
    assert isinstance(claim(store, decided(), showings=[showing()], seen=0), Claimed)


def test_a_claim_for_a_recorded_decision_replaces_its_wording(store: Store) -> None:
    entry = decided()
    claim(store, entry, seen=0)
    worded = entry.model_copy(update={"spoken": {"calls": 1}})
    made = claim(store, worded, showings=[showing()], seen=0, recorded=True)
    assert isinstance(made, Claimed)
    assert find(store, TENANT, entry.id) == worded


def test_of_many_claims_on_one_view_exactly_one_is_kept(store: Store) -> None:
    def one(n: int) -> object:
        return claim(store, decided(), showings=[showing(f"eff_{n}")], seen=0)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(16)))
    assert sum(isinstance(outcome, Claimed) for outcome in made) == 1
    assert sum(isinstance(outcome, Lost) for outcome in made) == 15


def test_a_customer_read_afterwards_has_the_showing_in_their_history(store: Store) -> None:
    claim(store, decided(), showings=[showing(channel="answer", person="u_2")], seen=0)
    known = get_customer(store, TENANT, "acc_1", "u_1", since=SINCE)
    assert known.n_showings == 1
    (past,) = known.customer.history
    assert (past.kind, past.offer, past.at) == ("impression", "team", NOON)
    assert (past.channel, past.person) == ("answer", "u_2")


def test_a_returned_showing_counts_no_more_and_keeps_its_number(store: Store) -> None:
    claim(store, decided(), showings=[showing()], seen=0)
    assert showings.give_back(store, TENANT, "eff_1", at=NOON)
    known = get_customer(store, TENANT, "acc_1", "u_1", since=SINCE)
    assert (known.n_showings, known.customer.history) == (1, ())


def test_two_showings_that_are_alike_count_twice(store: Store) -> None:
    claim(store, decided(), showings=[showing("eff_1"), showing("eff_2")], seen=0)
    known = get_customer(store, TENANT, "acc_1", "u_1", since=SINCE)
    assert len(known.customer.history) == 2


def test_what_was_shown_follows_a_merged_account_and_a_person_who_moved(store: Store) -> None:
    claim(store, decided(), showings=[showing("eff_1"), showing("eff_2", person="u_2")], seen=0)
    with store.writing() as connection:
        move = {"tenant": TENANT, "target": "acc_2", "source": "acc_1", "at": NOON}
        connection.execute(tables.moves.insert().values(**move, person="u_1"))
    moved = get_customer(store, TENANT, "acc_2", "u_1", since=SINCE)
    assert [one.person for one in moved.customer.history] == ["u_1"]
    assert moved.n_showings == 0
    with store.writing() as connection:
        connection.execute(update(tables.moves).values(person=""))
    merged = get_customer(store, TENANT, "acc_2", "u_9", since=SINCE)
    assert sorted(one.person for one in merged.customer.history) == ["u_1", "u_2"]


def test_a_clock_that_was_set_back_claims_no_showing(store: Store) -> None:
    claim(store, decided(at=NOON), seen=0)
    behind = claim(store, decided(at=NOON - timedelta(hours=1)), showings=[showing()], seen=0)
    assert behind == Lost(BEHIND)
    beside = claim(store, decided(at=NOON - timedelta(seconds=30)), showings=[showing()], seen=0)
    assert isinstance(beside, Claimed)
    assert isinstance(claim(store, decided(at=NOON - timedelta(hours=1)), seen=0), Claimed)
