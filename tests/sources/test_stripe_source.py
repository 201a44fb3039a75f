"""Stripe's entitlements: read page by page from a real server, told by events in any order, and never half."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

from skill.errors import InputError
from skill.model.account import Account, Customer, Person
from skill.sources.gathered import gathered
from skill.sources.source import Asked, Down, Line, Timing
from skill.sources.stripe import Entitlements, Summary, summary_of
from skill.store.verified import NOTHING, Told, Verified, joined
from tests.sources.fake_stripe import FakeStripe, serving, summary
from tests.sources.told_by import NOON, Memory, hours

SOURCE = Entitlements("sk_test_none")
TRAITS = {"stripe customer": "cus_1"}


@pytest.fixture
def server() -> Iterator[FakeStripe]:
    with serving() as fake:
        fake.entitled["cus_1"] = ["api-access", "sso", "salesforce_export", "audit-log", "runs"]
        fake.at = NOON
        yield fake


def source(server: FakeStripe, **more: Any) -> Entitlements:
    timing = Timing(seconds=more.pop("seconds", 5.0))
    return Entitlements(
        "sk_test_none", address=more.pop("address", server.url), timing=timing, **more
    )


def somebody(**account: Any) -> Customer:
    fields = {"id": "acc_1", "traits": TRAITS, **account}
    return Customer(account=Account.model_validate(fields)).at(NOON)


def names(said: Told | Down | Verified | None) -> set[str]:
    told = said.told if isinstance(said, Verified) else said
    assert isinstance(told, Told)
    return {right.name for right in told.grants}


# -- reading ---------------------------------------------------------------------------------------


def test_all_pages_are_read_as_of_the_time_that_stripe_says(server: FakeStripe) -> None:
    server.at = NOON - hours(1)

    said = source(server).read("cus_1", NOON)

    assert names(said) == {"api-access", "sso", "salesforce-export", "audit-log", "runs"}
    assert isinstance(said, Told)
    assert said.as_of == NOON - hours(1)
    assert [asked.get("starting_after") for asked in server.asked] == [None, "ent_1", "ent_3"]


def test_a_lookup_key_may_stand_for_a_feature_of_another_name(server: FakeStripe) -> None:
    said = source(server, features={"sso": "Single sign-on"}).read("cus_1", NOON)

    assert "single-sign-on" in names(said)
    assert "sso" not in names(said)


def test_an_account_that_is_no_customer_of_stripe_is_not_asked_about(server: FakeStripe) -> None:
    found = gathered(somebody(traits={}), [Line(source(server))], Memory(), NOON)

    assert (server.asked, found.unavailable) == ([], ())


FAULTS = ["500", "429", "401", "hang", "half", "garbage", "shape", "second page", "endless"]


@pytest.mark.parametrize("fault", [*FAULTS, "refused", "no such customer"])
def test_whatever_fails_nothing_is_revoked_before_its_age_and_nothing_is_sold_after(
    server: FakeStripe, fault: str
) -> None:
    line, kept = Line(source(server, seconds=0.2 if fault == "hang" else 5.0)), Memory()
    gathered(somebody(), [line], kept, NOON)
    server.fault = fault
    if fault == "refused":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            line = Line(source(server, address=f"http://127.0.0.1:{free.getsockname()[1]}"))
    if fault == "no such customer":
        server.entitled.clear()

    within = gathered(somebody(), [line], kept, NOON + hours(24))
    after = gathered(somebody(), [line], kept, NOON + hours(24.001))

    assert len(within.account.grants) == 5
    assert {right.source for right in within.account.grants} == {
        "stripe, last verified 2026-11-21T12:00:00Z"
    }
    assert len(within.unavailable) == 1
    assert "sk_test" not in within.unavailable[0]
    assert after.account.grants == ()
    assert "account" in after.unavailable


# -- events in any order ---------------------------------------------------------------------------

Keep = Callable[[Verified, Verified], Verified]


def event(second: int, keys: Sequence[str], *, more: bool = False, n: int = 0) -> Verified:
    at = NOON + timedelta(seconds=second)
    return SOURCE.verified(Summary(f"evt_{second}_{n}", "cus_1", at, None if more else tuple(keys)))


def reread(second: int, keys: Sequence[str]) -> Verified:
    return Verified(told=Told(as_of=NOON + timedelta(seconds=second), grants=SOURCE.grants(keys)))


keys = st.sets(st.sampled_from("abc")).map(sorted)
words = st.one_of(
    st.builds(event, st.integers(0, 4), keys, n=st.integers(0, 1)),
    st.builds(event, st.integers(0, 4), keys, more=st.just(True)),
    st.builds(reread, st.integers(0, 4), keys),
)


def after(said: Sequence[Verified], keep: Keep = joined) -> Verified:
    known = NOTHING
    for one in said:
        known = keep(known, one)
    return known


def must_not_depend_on_order(
    said: Sequence[Verified], other: Sequence[Verified], keep: Keep
) -> None:
    assert after(said, keep) == after(other, keep)
    assert after([*said, *other], keep) == after(said, keep)


def must_not_go_back(known: Verified, older: Verified, keep: Keep) -> None:
    assert keep(known, older).told == known.told


@given(st.data(), st.lists(words, min_size=1, max_size=7))
def test_any_order_of_the_same_words_however_often_ends_in_the_same_state(
    data: st.DataObject, said: list[Verified]
) -> None:
    must_not_depend_on_order(said, data.draw(st.permutations(said)), joined)


@given(st.lists(words, min_size=1, max_size=5), keys)
def test_an_older_event_never_revokes_and_never_grants(
    said: list[Verified], held: list[str]
) -> None:
    known = after([*said, reread(9, held)])

    for one in said:
        must_not_go_back(known, one, joined)


def _takes_the_last_word(known: Verified, said: Verified) -> Verified:
    return said if said.told is not None else known


def _compares_times_alone(known: Verified, said: Verified) -> Verified:
    if known.told is None or (said.told is not None and said.told.as_of >= known.told.as_of):
        return said
    return known


@pytest.mark.parametrize("naive", [_takes_the_last_word, _compares_times_alone])
def test_the_laws_catch_a_naive_keeper(naive: Keep) -> None:
    said = [event(1, "a"), event(1, "b", n=1)]

    with pytest.raises(AssertionError):
        must_not_depend_on_order(said, said[::-1], naive)


def test_the_laws_catch_a_keeper_that_takes_the_last_word_for_the_newest() -> None:
    with pytest.raises(AssertionError):
        must_not_go_back(reread(2, "ab"), event(1, "a"), _takes_the_last_word)


history = st.lists(st.tuples(st.integers(1, 3), keys), min_size=1, max_size=5)


@given(st.data(), history)
def test_what_is_not_due_is_what_was_true_at_stripe_then(
    data: st.DataObject, changes: list[tuple[int, list[str]]]
) -> None:
    truth: dict[int, list[str]] = {0: []}
    second = 0
    for gap, held in changes:
        second += gap
        truth[second] = held
    at = {s: truth[max(t for t in truth if t <= s)] for s in range(second + 2)}
    events = [event(s, held, more=data.draw(st.booleans())) for s, held in truth.items() if s]
    reads = [reread(s, at[s]) for s in data.draw(st.sets(st.sampled_from(sorted(at))))]
    arrived = data.draw(st.lists(st.sampled_from([*events, *reads]), max_size=8))

    known = after(arrived)

    if known.told is not None:
        moment = int((known.told.as_of - NOON).total_seconds())
        assert names(known) == set(at[moment])
    assert names(joined(known, reread(second + 1, at[second]))) == set(at[second])


def test_a_full_reading_replaces_what_events_said_before_it_and_not_what_they_said_after() -> None:
    known = after([event(1, "ab"), reread(2, "a"), event(3, "ac")])

    assert (names(known), known.due) == ({"a", "c"}, False)
    assert names(after([event(3, "ac"), reread(2, "a"), event(1, "ab")])) == {"a", "c"}


def test_an_incomplete_event_changes_nothing_and_makes_a_full_reading_due() -> None:
    known = after([reread(1, "ab"), event(2, "c", more=True)])

    assert (names(known), known.due) == ({"a", "b"}, True)
    assert joined(known, reread(2, "ab")).due, "it may have been read before the event"
    assert not joined(known, reread(3, "c")).due


def test_two_events_of_one_second_revoke_nothing_until_all_is_read() -> None:
    known = after([event(1, "ab"), event(1, "a", n=1)])

    assert (names(known), known.due) == ({"a", "b"}, True)


# -- an event, read --------------------------------------------------------------------------------


def sent(changed: Callable[[dict[str, Any]], Any] | None = None) -> bytes:
    message = summary("evt_1", NOON, ["sso"])
    if changed is not None:
        changed(message)
    return json.dumps(message).encode()


def test_an_event_says_who_what_and_when() -> None:
    assert summary_of(sent(), NOON) == Summary("evt_1", "cus_1", NOON, ("sso",))
    assert summary_of(b'{"type": "invoice.paid"}', NOON) is None


def _far_ahead(message: dict[str, Any]) -> None:
    message["created"] = int((NOON + hours(25)).timestamp())


@pytest.mark.parametrize(
    "changed",
    [
        _far_ahead,
        lambda m: m.pop("id"),
        lambda m: m.update(created="now"),
        lambda m: m.update(created=True),
        lambda m: m.update(data=[]),
        lambda m: m["data"]["object"].pop("customer"),
        lambda m: m["data"]["object"].update(customer="a\0b"),
        lambda m: m["data"]["object"].pop("entitlements"),
        lambda m: m["data"]["object"]["entitlements"].pop("has_more"),
        lambda m: m["data"]["object"]["entitlements"].update(data=[{"id": "ent_0"}]),
        lambda m: m["data"]["object"]["entitlements"].update(data=["sso"]),
    ],
)
def test_an_event_that_does_not_say_it_whole_is_refused(changed: Callable[[Any], Any]) -> None:
    with pytest.raises(InputError):
        summary_of(sent(changed), NOON)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_event_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        summary_of(content, NOON)


def test_reading_uses_the_trait_of_the_account(server: FakeStripe) -> None:
    asked = Asked(somebody().account, Person(), "default", NOON)

    assert len(names(source(server).tell(asked))) == 5
    assert {asked["customer"] for asked in server.asked} == {"cus_1"}
