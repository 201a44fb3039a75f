"""The outbox: taken up once, ended once, with its reason, and every decided effect accounted for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.model.delivery import Stop
from skill.store import outbox, showings, stops
from skill.store.claims import claim
from skill.store.engine import Store
from skill.store.outbox import Counts
from tests.store.made import NOON, TENANT, decided, effect, showing

LATER = NOON + timedelta(hours=1)


def queued(store: Store, *ids: str, account: str = "acc_1", shown: bool = True) -> None:
    """Effects of one decision, each with a reserved showing."""
    entry = decided(account)
    made = [effect(one, decision=entry.id, account=account) for one in ids]
    seen = showings.past_of(store, TENANT, account).n
    mine = [showing(one, account=account) for one in ids] if shown else []
    claim(store, entry, showings=mine, effects=made, seen=seen)


def state(store: Store, one: str = "eff_1") -> tuple[str, str]:
    found = outbox.find(store, TENANT, one)
    assert found is not None
    return found.state, found.reason


def shown(store: Store, one: str = "eff_1") -> str:
    kept = showings.of_effect(store, TENANT, one)
    assert kept is not None
    return kept.showing.state


def test_an_effect_read_back_is_equal_to_the_one_written(store: Store) -> None:
    one = effect(body={"figures": {"used": "8"}}, play="self-serve", rule="seats-nearly-full")
    with store.writing() as connection:
        assert outbox.insert(connection, [one]) == ("eff_1",)
    assert outbox.find(store, TENANT, "eff_1") == one
    assert outbox.of_account(store, TENANT, "acc_1") == (one,)
    assert outbox.of_account(store, "rival", "acc_1") == ()


def test_only_what_is_due_and_not_taken_up_is_handed_out_the_oldest_first(store: Store) -> None:
    queued(store, "eff_1", "eff_2", "eff_3")
    outbox.put_off(store, TENANT, "eff_1", LATER, at=NOON)
    outbox.take_up(store, TENANT, "eff_2", at=NOON)
    assert [one.id for one in outbox.due(store, NOON)] == ["eff_3"]
    assert [one.id for one in outbox.due(store, LATER)] == ["eff_3", "eff_1"]
    assert [one.id for one in outbox.begun(store, LATER)] == ["eff_2"]
    assert outbox.begun(store, NOON) == ()


def test_of_many_who_take_an_effect_up_one_does(store: Store) -> None:
    queued(store, "eff_1")
    with ThreadPoolExecutor(8) as pool:
        tried = list(pool.map(lambda _: outbox.take_up(store, TENANT, "eff_1", at=NOON), range(8)))
    assert sorted(tried) == [False] * 7 + [True]


END = {
    "suppressed": lambda store: outbox.suppressed(store, TENANT, "eff_1", "declined", at=LATER),
    "failed": lambda store: outbox.failed(store, TENANT, "eff_1", "no answer", at=LATER),
    "delivered": lambda store: outbox.delivered(store, TENANT, "eff_1", at=LATER),
}


@pytest.mark.parametrize(
    ("how", "reason", "showing_is"),
    [
        ("suppressed", "declined", "returned"),
        ("failed", "no answer", "returned"),
        ("delivered", "", "reserved"),
    ],
)
def test_an_effect_ends_once_with_its_reason_and_its_showing(
    store: Store, how: str, reason: str, showing_is: str
) -> None:
    queued(store, "eff_1")
    end: Callable[[Store], bool] = END[how]
    assert end(store)
    assert state(store) == (how, reason)
    assert shown(store) == showing_is
    assert not end(store)
    assert outbox.due(store, LATER) == ()


def test_delivering_an_email_is_showing_it(store: Store) -> None:
    queued(store, "eff_1")
    outbox.delivered(store, TENANT, "eff_1", at=LATER, spent=True)
    (past,) = showings.past_of(store, TENANT, "acc_1").history
    assert (shown(store), past.at) == ("spent", LATER)


def test_a_showing_told_by_a_slow_clock_counts_from_its_decision(store: Store) -> None:
    queued(store, "eff_1")
    showings.spend(store, TENANT, "eff_1", at=NOON - timedelta(days=2))
    (past,) = showings.past_of(store, TENANT, "acc_1").history
    assert past.at == NOON


def test_a_stop_suppresses_what_is_queued_at_once_and_returns_what_it_reserved(
    store: Store,
) -> None:
    queued(store, "eff_1", "eff_2", "eff_3")
    outbox.take_up(store, TENANT, "eff_2", at=NOON)
    outbox.delivered(store, TENANT, "eff_3", at=NOON, spent=True)
    assert stops.pull(store, TENANT, Stop(since=LATER)) == 2
    assert [state(store, f"eff_{n}") for n in (1, 2)] == [("suppressed", "stopped")] * 2
    assert [shown(store, f"eff_{n}") for n in (1, 2, 3)] == ["returned", "returned", "spent"]
    assert outbox.due(store, LATER) == ()


def test_a_stop_of_one_offer_leaves_the_others_and_what_tells_other_systems(store: Store) -> None:
    with store.writing() as connection:
        outbox.insert(
            connection,
            [
                effect("eff_team"),
                effect("eff_business", offer="business"),
                effect("eff_crm", channel="crm"),
            ],
        )
    assert stops.pull(store, TENANT, Stop(offer="team", since=LATER)) == 1
    assert {one.id for one in outbox.due(store, LATER)} == {"eff_business", "eff_crm"}


def test_releasing_a_stop_revives_nothing(store: Store) -> None:
    queued(store, "eff_1")
    stops.pull(store, TENANT, Stop(offer="team", since=NOON, by="ada", why="wrong price"))
    assert stops.standing(store, TENANT)[0].why == "wrong price"
    assert stops.stopped(store, TENANT) == {"team"}
    assert stops.release(store, TENANT, "team")
    assert not stops.release(store, TENANT, "team")
    assert (stops.standing(store, TENANT), state(store)) == ((), ("suppressed", "stopped"))


def test_what_had_left_before_the_stop_is_told_as_delivered(store: Store) -> None:
    queued(store, "eff_1")
    stops.pull(store, TENANT, Stop(since=NOON))
    assert outbox.delivered(store, TENANT, "eff_1", at=LATER, spent=True)
    assert (state(store), shown(store)) == (("delivered", ""), "spent")


def test_a_follow_up_is_counted_by_the_decision_that_it_goes_back_to(store: Store) -> None:
    entry = decided()
    claim(store, entry, effects=[effect(decision=entry.id)], seen=0)
    more = effect("eff_2", decision=entry.id, follows="eff_1", channel="email")
    for _ in range(2):
        with store.writing() as connection:
            outbox.insert(connection, [more])
    assert outbox.counts(store, TENANT) == Counts(2, 0, 0, 2, 0)


def test_an_effect_that_is_lost_or_made_up_breaks_the_count(store: Store) -> None:
    queued(store, "eff_1", "eff_2")
    assert outbox.counts(store, TENANT).holds
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM effects WHERE id = 'eff_1'")
    assert outbox.counts(store, TENANT) == Counts(2, 0, 0, 1, 0)
    assert not outbox.counts(store, TENANT).holds


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3)), max_size=25))
def test_decided_is_delivered_suppressed_pending_and_failed_whatever_happens(
    store: Store, steps: list[tuple[int, int]]
) -> None:
    acts: list[Callable[[str], object]] = [
        lambda one: queued(store, one),
        lambda one: outbox.take_up(store, TENANT, one, at=LATER),
        lambda one: outbox.delivered(store, TENANT, one, at=LATER, spent=True),
        lambda one: outbox.suppressed(store, TENANT, one, "declined", at=LATER),
        lambda one: outbox.failed(store, TENANT, one, "no answer", at=LATER),
        lambda one: outbox.put_off(store, TENANT, one, LATER, at=LATER),
        lambda _: stops.pull(store, TENANT, Stop(since=LATER)),
        lambda _: stops.release(store, TENANT),
    ]
    for act, number in steps:
        acts[act](f"eff_{number}")
    counts = outbox.counts(store, TENANT)
    assert counts.holds
    n_shown = sum(
        one.showing.state == "spent" for one in showings.of_account(store, TENANT, "acc_1")
    )
    assert n_shown == counts.delivered
