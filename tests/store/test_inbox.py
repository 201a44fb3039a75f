"""The inbox in both databases: placed once, displayed once, done and taken back; and what was learned takes it away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from skill.errors import Conflicting, InputError, NotFound
from skill.model.account import Account, Past, Person
from skill.model.delivery import Stop
from skill.store import showings, stops
from skill.store.accounts import Beside, get_customer, put_account, put_person
from skill.store.engine import Store
from skill.store.inbox import Notification, count, page, put_notification, withdraw
from skill.store.inbox_acts import Act, act, undo
from skill.store.preferences import Who
from skill.store.usage import EventEntry, add_usage
from tests.store.notices import ADA, BEN, NOON, NOTICE, claimed, effect, place

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEVER = Act(kind="dismiss", how="never")
NOT_NOW = Act(kind="dismiss", how="not_now", reason="too_expensive", note="next year")


def listed(
    store: Store, who: Who = ADA, *, now: object = NOON + HOUR, **asked: object
) -> list[str]:
    return [one.id for one in page(store, who, now=now, **asked).items]  # type: ignore[arg-type]


def past(store: Store, who: Who = ADA) -> list[Past]:
    known = get_customer(store, who.tenant, who.account, who.person, since=NOON - 100 * DAY)
    return [one for one in known.customer.history if one.kind != "impression"]


def test_an_effect_is_placed_once_however_often_it_is_delivered(store: Store) -> None:
    put = [place(store), *(put_notification(store, effect(), NOTICE, NOON) for _ in range(2))]

    assert put == ["placed", "already", "already"]
    assert listed(store) == ["eff_1"]


def test_a_notice_without_its_reason_is_not_placed(store: Store) -> None:
    bare = {key: value for key, value in NOTICE.items() if key != "why"}

    with pytest.raises(ValidationError, match="why"):
        put_notification(store, effect(), bare, NOON)


def test_what_is_shown_is_what_was_composed_and_nothing_beside(store: Store) -> None:
    put_notification(store, effect(), {**NOTICE, "talking_points": "ask for more"}, NOON)

    (found,) = page(store, ADA, now=NOON).items

    assert found.model_dump(mode="json") == {
        **NOTICE,
        "action": {**NOTICE["action"], "lang": "en"},
        "id": "eff_1",
        "offer": "run-credits",
        "at": "2026-11-21T12:00:00Z",
        "state": "unread",
        "snoozed_until": None,
        "closed": None,
    }


def test_the_newest_comes_first_and_pages_leave_nothing_out(store: Store) -> None:
    for n in range(5):
        place(store, f"eff_{n}", at=NOON + n // 2 * HOUR)

    first = page(store, ADA, now=NOON + DAY, n=2)
    second = page(store, ADA, now=NOON + DAY, n=2, cursor=first.next_cursor)
    last = page(store, ADA, now=NOON + DAY, n=2, cursor=second.next_cursor)

    found = [one.id for each in (first, second, last) for one in each.items]
    assert found == ["eff_4", "eff_3", "eff_2", "eff_1", "eff_0"]
    assert last.next_cursor is None


def test_a_cursor_that_the_list_did_not_give_out_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="cursor"):
        page(store, ADA, now=NOON, cursor="bm9uZQ")


def test_nobody_sees_the_notifications_of_somebody_else(store: Store) -> None:
    place(store)

    others = (BEN, ADA._replace(account="acc_2"), ADA._replace(tenant="other"))

    assert [listed(store, who) for who in others] == [[], [], []]
    for who in others:
        with pytest.raises(NotFound):
            act(store, who, "eff_1", NEVER, at=NOON)


def test_being_listed_spends_the_showing_once_and_being_counted_does_not(store: Store) -> None:
    place(store)
    count(store, ADA, now=NOON + HOUR)
    before = showings.of_effect(store, "default", "eff_1")

    for hours in (2, 3):
        listed(store, now=NOON + hours * HOUR)

    after = showings.of_effect(store, "default", "eff_1")
    assert before is not None
    assert before.showing.state == "reserved"
    assert after is not None
    assert after.showing.state == "spent"
    assert after.state_at == NOON + 2 * HOUR


CASES = [
    (Act(kind="read"), "read", []),
    (Act(kind="archive"), "archived", []),
    (Act(kind="snooze", until=NOON + DAY), "snoozed", []),
    (Act(kind="click"), "read", ["click"]),
    (Act(kind="dismiss", how="dismissal"), "archived", ["dismissal"]),
    (NOT_NOW, "archived", ["not_now"]),
    (NEVER, "archived", ["never"]),
]


@pytest.mark.parametrize(("done", "state", "told"), CASES)
def test_an_act_changes_the_state_and_tells_restraint_what_it_means(
    store: Store, done: Act, state: str, told: list[str]
) -> None:
    place(store)

    after = act(store, ADA, "eff_1", done, at=NOON + HOUR)

    assert after.state == state
    assert [(one.kind, one.offer, one.person, one.at) for one in past(store)] == [
        (kind, "run-credits", "u_admin", NOON + HOUR) for kind in told
    ]
    assert getattr(count(store, ADA, now=NOON + HOUR), state) == 1


def test_a_reason_stands_in_the_history_and_in_the_list(store: Store) -> None:
    place(store)

    after = act(store, ADA, "eff_1", NOT_NOW, at=NOON + HOUR)

    assert [one.note for one in past(store)] == ["too_expensive: next year"]
    assert after.closed is not None
    assert (after.closed.how, after.closed.reason, after.closed.note) == (
        "not_now", "too_expensive", "next year",
    )  # fmt: skip


def test_what_is_put_off_comes_back_unread_at_its_time(store: Store) -> None:
    place(store)
    act(store, ADA, "eff_1", Act(kind="read"), at=NOON)
    act(store, ADA, "eff_1", Act(kind="snooze", until=NOON + DAY), at=NOON)

    moments = (NOON + DAY - HOUR, NOON + DAY)

    assert [count(store, ADA, now=at).unread for at in moments] == [0, 1]
    assert [listed(store, now=at) for at in moments] == [[], ["eff_1"]]
    assert listed(store, now=NOON + HOUR, state="snoozed") == ["eff_1"]


@pytest.mark.parametrize("until", [NOON - HOUR, NOON, NOON + 367 * DAY])
def test_a_snooze_that_ends_in_the_past_or_after_a_year_is_refused(
    store: Store, until: datetime
) -> None:
    place(store)

    with pytest.raises(InputError, match="within a year"):
        act(store, ADA, "eff_1", Act(kind="snooze", until=until), at=NOON)


def test_doing_it_again_is_not_told_twice(store: Store) -> None:
    place(store)

    for hours in range(3):
        act(store, ADA, "eff_1", NOT_NOW, at=NOON + hours * HOUR)

    assert [one.at for one in past(store)] == [NOON]


def test_the_same_key_is_the_same_act_and_another_act_with_it_is_a_conflict(store: Store) -> None:
    place(store)
    for hours in range(3):
        act(store, ADA, "eff_1", Act(kind="click"), at=NOON + hours * HOUR, request_key="k1")

    with pytest.raises(Conflicting):
        act(store, ADA, "eff_1", NEVER, at=NOON, request_key="k1")

    assert [one.kind for one in past(store)] == ["click"]


@pytest.mark.parametrize("key", [None, "k1"])
def test_two_devices_at_the_same_moment_are_one_act(store: Store, key: str | None) -> None:
    place(store)

    def dismiss(n: int) -> str:
        at = NOON + timedelta(seconds=n)
        return act(store, ADA, "eff_1", NOT_NOW, at=at, request_key=key).state

    with ThreadPoolExecutor(8) as devices:
        states = set(devices.map(dismiss, range(8)))

    assert states == {"archived"}
    assert len(past(store)) == 1


def test_undo_with_the_same_key_takes_one_act_back(store: Store) -> None:
    place(store)
    act(store, ADA, "eff_1", Act(kind="read"), at=NOON)
    act(store, ADA, "eff_1", NEVER, at=NOON)

    states = [undo(store, ADA, "eff_1", at=NOON, request_key="u1").state for _ in range(3)]

    assert states == ["read", "read", "read"]


def test_never_takes_all_notifications_of_the_offer_off_and_undo_brings_them_back(
    store: Store,
) -> None:
    place(store, "eff_1")
    place(store, "eff_2", at=NOON + HOUR)
    place(store, "eff_3", offer="team")

    act(store, ADA, "eff_1", NEVER, at=NOON + HOUR)
    after = (listed(store), listed(store, state="archived"), past(store)[0].kind)
    undo(store, ADA, "eff_1", at=NOON + 2 * HOUR)

    assert after == (["eff_3"], ["eff_1"], "never")
    assert sorted(listed(store)) == ["eff_1", "eff_2", "eff_3"]
    assert past(store) == []


def test_after_never_nothing_about_the_offer_is_placed_for_this_person_and_for_others_it_is(
    store: Store,
) -> None:
    place(store)
    act(store, ADA, "eff_1", NEVER, at=NOON)

    assert place(store, "eff_2") == "refused"
    assert place(store, "eff_3", who=BEN) == "placed"
    assert place(store, "eff_4", offer="team") == "placed"
    undo(store, ADA, "eff_1", at=NOON + HOUR)
    assert place(store, "eff_5") == "placed"


def test_there_is_a_trace_of_what_was_said_and_taken_back(store: Store) -> None:
    place(store)
    act(store, ADA, "eff_1", NEVER, at=NOON)
    undo(store, ADA, "eff_1", at=NOON + HOUR)

    with store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT act, undone_at FROM notification_acts ORDER BY n"
        ).all()

    assert [tuple(row) for row in rows] == [
        ("dismiss", "2026-11-21T13:00:00.000000Z"),
        ("undo", None),
    ]


def test_with_nothing_done_there_is_nothing_to_take_back(store: Store) -> None:
    place(store)
    act(store, ADA, "eff_1", Act(kind="click"), at=NOON)

    with pytest.raises(Conflicting, match="nothing to take back"):
        undo(store, ADA, "eff_1", at=NOON)


def bought(store: Store, offer: str, at: object) -> None:
    entry = {"id": f"p{at}", "account": "acc_1", "name": "purchase.made", "at": at, "properties": {"offer": offer}}  # fmt: skip
    add_usage(store, "default", [], [EventEntry.model_validate(entry)])


LEARNED: list[tuple[str, Callable[[Store], object], bool]] = [
    ("the offer is stopped", lambda s: stops.pull(s, "default", Stop(offer="run-credits", since=NOON)), True),
    ("everything is stopped", lambda s: stops.pull(s, "default", Stop(since=NOON)), True),
    ("another offer is stopped", lambda s: stops.pull(s, "default", Stop(offer="team", since=NOON)), False),
    ("another tenant stops", lambda s: stops.pull(s, "other", Stop(since=NOON)), False),
    ("it was bought", lambda s: bought(s, "Run Credits", NOON + HOUR), True),
    ("a purchase of the same day is told late", lambda s: bought(s, "Run Credits", NOON - 5 * HOUR), True),
    ("it was bought a year ago, too", lambda s: bought(s, "Run Credits", NOON - 365 * DAY), False),
    ("something else was bought", lambda s: bought(s, "Team", NOON + HOUR), False),
    ("the plan is another one", lambda s: put_account(s, "default", Account(id="acc_1", plan="team"), Beside(), at=NOON), False),
    ("the plan is the offer", lambda s: put_account(s, "default", Account(id="acc_1", plan="run-credits"), Beside(), at=NOON), True),
]  # fmt: skip


@pytest.mark.parametrize(("what", "learn", "gone"), LEARNED, ids=[case[0] for case in LEARNED])
def test_what_was_learned_takes_a_notification_off_at_once(
    store: Store, what: str, learn: Callable[[Store], object], gone: bool
) -> None:
    place(store)

    learn(store)

    assert (listed(store) == []) is gone, what
    assert (count(store, ADA, now=NOON + HOUR).unread == 0) is gone
    if gone:
        with pytest.raises(NotFound, match="taken off"):
            act(store, ADA, "eff_1", Act(kind="click"), at=NOON)


def test_a_stop_that_is_over_brings_back_what_was_not_displayed(store: Store) -> None:
    place(store)
    stops.pull(store, "default", Stop(since=NOON))
    stops.release(store, "default")

    assert listed(store) == ["eff_1"]


def test_a_play_withdraws_its_notifications_for_good(store: Store) -> None:
    place(store, "eff_1")
    place(store, "eff_2", offer="team")
    with store.writing() as connection:
        gone = withdraw(connection, "default", "acc_1", offer="team", at=NOON + HOUR)

    assert (gone, listed(store)) == (1, ["eff_1"])


ACTS = st.sampled_from([done for done, *_ in CASES])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(ACTS, max_size=6), n=st.integers(0, 10**9))
def test_undoing_everything_leaves_no_trace_in_the_history_but_clicks(
    store: Store, done: list[Act], n: int
) -> None:
    who = ADA._replace(account=f"acc_{n}")
    given_ = effect(f"eff_{n}", who=who)
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM notifications")
        connection.exec_driver_sql("DELETE FROM notification_acts")
        connection.exec_driver_sql("DELETE FROM history")
    put_notification(store, given_, NOTICE, NOON)

    for minutes, each in enumerate(done):
        try:
            act(store, who, given_.id, each, at=NOON + timedelta(minutes=minutes))
        except Conflicting:
            continue  # what was dismissed is not put off
    last = _undo_all(store, who, given_.id)

    assert {one.kind for one in past(store, who)} <= {"click"}
    assert last is None or (last.state, last.closed) in {("unread", None), ("read", None)}


def _undo_all(store: Store, who: Who, key: str) -> Notification | None:
    last = None
    for _ in range(10):
        try:
            last = undo(store, who, key, at=NOON + DAY)
        except Conflicting:
            return last
    raise AssertionError("undo has no end")


def test_a_person_who_is_known_keeps_the_role_and_gets_the_showing_in_the_history(
    store: Store,
) -> None:
    put_person(store, "default", "acc_1", Person(id="u_admin", role="admin"), at=NOON)
    claimed(store, effect("eff_9"))

    known = get_customer(store, "default", "acc_1", "u_admin", since=NOON - DAY)

    assert [(one.kind, one.person) for one in known.customer.history] == [("impression", "u_admin")]
