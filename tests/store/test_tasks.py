"""Owner tasks kept: once for an effect, one open for an account and play, and closed by a person with a reason."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from skill.errors import Conflicting, InputError
from skill.model.account import Owner
from skill.model.delivery import Effect
from skill.model.task import (
    Contact,
    Internal,
    OwnerTask,
    Proposal,
    TalkingPoint,
    TaskCause,
    UsageLine,
)
from skill.store.engine import Store
from skill.store.tasks import (
    Act,
    Kept,
    StoredTask,
    act,
    find,
    not_useful,
    not_useful_reasons,
    page,
    put_task,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEE = Owner(name="Lee", email="lee@fernway.example", time_zone="Europe/Berlin")


def effect(id: str = "eff_1", account: str = "northmoor") -> Effect:
    fields: dict[str, Any] = {
        "id": id,
        "tenant": "acme",
        "account": account,
        "person": "cleo",
        "channel": "owner_task",
        "created_at": NOON,
        "due_at": NOON,
    }
    return Effect.model_validate(fields)


def task(id: str = "eff_1", account: str = "northmoor", **more: Any) -> OwnerTask:
    fields: dict[str, Any] = {
        "id": id,
        "account": account,
        "owner": LEE,
        "play": "large",
        "kind": "question",
        "title": f"about {id}",
        "topics_version": "sha256:1",
        "causes": [TaskCause(effect=id, kind="question", name=f"question of {id}", at=NOON)],
        "created_at": NOON,
        "due_at": NOON + timedelta(days=2),
        "as_of": NOON,
        **more,
    }
    return OwnerTask.model_validate(fields)


def put(store: Store, id: str = "eff_1", account: str = "northmoor", **more: Any) -> Kept:
    return put_task(store, "acme", effect(id, account), task(id, account, **more))


def closed(what: str, **more: Any) -> Act:
    return Act.model_validate({"what": what, "at": NOON + timedelta(hours=1), "by": "lee", **more})


def stored(store: Store, id: str = "eff_1") -> StoredTask:
    found = find(store, "acme", id)
    assert found is not None
    return found


def ids(store: Store, now: datetime = NOON, **more: Any) -> list[str]:
    return [one.task.id for one in page(store, "acme", now, **more).items]


def test_a_task_comes_back_as_it_was_kept(store: Store) -> None:
    offer = Proposal(bundle="b", name="B", kind="add-on")
    whole = task(kind="offer", proposal=offer, usage=(UsageLine(meter="m", name="M", unit="u", used=Decimal("1.50"), source="s"),))  # fmt: skip
    assert put_task(store, "acme", effect(), whole) == Kept("eff_1", "new")
    assert stored(store).task == whole
    assert stored(store).state == "open"


def test_the_same_effect_again_changes_nothing_even_after_its_task_is_closed(store: Store) -> None:
    put(store)
    put(store, "eff_2")
    before = stored(store)
    assert put(store, title="another") == Kept("eff_1", "known")
    assert put(store, "eff_2") == Kept("eff_1", "known")
    assert stored(store) == before
    act(store, "acme", "eff_1", closed("done"))
    assert put(store, "eff_2") == Kept("eff_1", "known")
    assert ids(store) == []


def test_a_second_cause_joins_the_open_task_with_the_figures_of_now(store: Store) -> None:
    used = UsageLine(meter="m", name="M", unit="u", used=Decimal(5), source="usage readings")
    point = TalkingPoint(text="Bring it", source="a.md:1")
    put(store, due_at=NOON + timedelta(days=1), internal=Internal(talking_points=(point,)))
    later = NOON + timedelta(hours=3)
    new: dict[str, Any] = {
        "usage": (used,),
        "as_of": later,
        "contacts": (Contact(name="Carl", why="asked"),),
    }
    assert put(store, "eff_2", **new) == Kept("eff_1", "joined")
    one = stored(store).task
    assert [c.effect for c in one.causes] == ["eff_1", "eff_2"]
    assert (one.title, one.due_at, one.as_of) == ("about eff_1", NOON + timedelta(days=1), later)
    assert one.usage == (used,)
    assert one.internal.talking_points == (point,)
    assert ids(store) == ["eff_1"]


def test_an_offer_stays_proposed_where_a_further_cause_brings_none(store: Store) -> None:
    offer = Proposal(bundle="b", name="B", kind="add-on")
    put(store, kind="offer", proposal=offer)
    put(store, "eff_2")
    assert stored(store).task.proposal == offer
    put(store, "eff_3", kind="invoice")
    assert (stored(store).task.kind, stored(store).task.proposal) == ("invoice", None)


def test_another_account_play_or_tenant_has_a_task_of_its_own(store: Store) -> None:
    put(store)
    assert put(store, "eff_2", account="other").what == "new"
    assert put(store, "eff_3", play="another").what == "new"
    assert put_task(store, "other", effect(), task()) == Kept("eff_1", "new")
    assert find(store, "nobody", "eff_1") is None


@pytest.mark.parametrize("what", ["done", "not_useful"])
def test_once_a_task_is_closed_a_further_cause_makes_a_new_one(store: Store, what: str) -> None:
    put(store)
    act(store, "acme", "eff_1", closed(what, reason="they left"))
    assert put(store, "eff_2") == Kept("eff_2", "new")
    assert ids(store) == ["eff_2"]
    assert ids(store, which=what) == ["eff_1"]


def test_a_snoozed_task_comes_back_by_itself_and_is_joined_meanwhile(store: Store) -> None:
    put(store)
    back = NOON + timedelta(days=3)
    act(store, "acme", "eff_1", closed("snoozed", until=back))
    assert put(store, "eff_2") == Kept("eff_1", "joined")
    assert stored(store).state == "snoozed"
    assert ids(store) == []
    assert ids(store, which="snoozed") == ["eff_1"]
    assert ids(store, now=back) == ["eff_1"]
    assert ids(store, now=back, which="due") == ["eff_1"]


def test_those_due_first_page_by_page_and_nobody_twice(store: Store) -> None:
    for i in range(7):
        due = NOON + timedelta(hours=i // 2)
        put(store, f"eff_{i}", account=f"acc_{i}", due_at=due)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        found = page(store, "acme", NOON, n=3, cursor=cursor)
        seen += [one.task.id for one in found.items]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert seen == [f"eff_{i}" for i in range(7)]
    assert ids(store, which="due") == ["eff_0", "eff_1"]


def test_each_owner_finds_their_own(store: Store) -> None:
    put(store)
    put(store, "eff_2", account="b", owner=Owner(name="Noor"))
    put(store, "eff_3", account="c", owner=None)
    assert ids(store, owner="lee@fernway.example") == ["eff_1"]
    assert ids(store, owner="Noor") == ["eff_2"]
    assert ids(store, owner="") == ["eff_3"]
    assert ids(store, account="c") == ["eff_3"]


@pytest.mark.parametrize(
    "cursor", ["", "x", "2026-11-21T12:00:00.000000Z", "2026-13-41T12:00:00.000000Z~a"]
)
def test_a_cursor_of_nobody_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InputError):
        page(store, "acme", NOON, cursor=cursor)


def test_the_same_act_again_is_the_same_and_another_one_is_refused(store: Store) -> None:
    put(store)
    once = act(store, "acme", "eff_1", closed("done", key="k"))
    assert act(store, "acme", "eff_1", closed("done", key="k", at=NOON + timedelta(days=9))) == once
    assert act(store, "acme", "eff_1", closed("done")) == once
    for other in (closed("not_useful", reason="x"), closed("snoozed", until=NOON, key="k")):
        with pytest.raises(Conflicting):
            act(store, "acme", "eff_1", other)
    assert act(store, "acme", "nothing", closed("done")) is None


def test_what_was_not_useful_is_counted_for_its_play_with_the_reasons(store: Store) -> None:
    for i in range(3):
        put(store, f"eff_{i}", account=f"acc_{i}")
    act(store, "acme", "eff_0", closed("not_useful", reason="too early"))
    act(store, "acme", "eff_1", closed("done"))
    assert not_useful(store, "acme", "large") == 1
    assert not_useful(store, "acme", "another") == not_useful(store, "other", "large") == 0
    (one,) = not_useful_reasons(store, "acme", "large")
    assert (one.id, one.account, one.reason, one.by) == ("eff_0", "acc_0", "too early", "lee")


def test_however_many_come_at_once_there_is_one_open_task_with_every_cause(store: Store) -> None:
    n, together = 12, threading.Barrier(12)
    kept: list[Kept] = []

    def come(i: int) -> None:
        together.wait()
        # Each comes twice, as after a crash.
        kept.append(put(store, f"eff_{i}"))
        put(store, f"eff_{i}")

    threads = [threading.Thread(target=come, args=(i,)) for i in range(n)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    (found,) = page(store, "acme", NOON).items
    assert sorted(c.effect for c in found.task.causes) == sorted(f"eff_{i}" for i in range(n))
    assert [k.what for k in kept].count("new") == 1
    assert {k.id for k in kept} == {found.task.id}


def test_closing_and_joining_at_once_loses_no_cause(store: Store) -> None:
    for i in range(10):
        put(store, f"a_{i}")
        threads = [
            threading.Thread(target=act, args=(store, "acme", f"a_{i}", closed("done"))),
            threading.Thread(target=put, args=(store, f"b_{i}")),
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        open_ids = ids(store)
        if open_ids:
            assert open_ids == [f"b_{i}"]
            act(store, "acme", f"b_{i}", closed("done"))
        else:
            assert [c.effect for c in stored(store, f"a_{i}").task.causes] == [f"a_{i}", f"b_{i}"]
