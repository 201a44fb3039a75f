"""Whom a sweep reaches: each person who can buy, once, within the caps; the owner where a person helps; nobody in a dry run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from skill.model.account import Customer, Person
from skill.model.delivery import Effect, Stop
from skill.model.playbook import Playbook
from skill.sample import sample_customers
from skill.sources.warehouse.engines.own import Own
from skill.store import outbox, showings, stops
from skill.store.accounts import put_person
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.store.ledger import find, page
from skill.sweep import Sweep, sweep
from tests.conftest import NOW

READY, HIGH_TOUCH = "copperfield-books", "northmoor"
"""An account that a signal makes ready, with one admin; and one that a person looks after."""
TENANT = "default"


@pytest.fixture(scope="module")
def book(fernway: Playbook) -> Playbook:
    """The sample company without its holdout: who is held out is told of nothing."""
    return fernway.model_copy(update={"settings": {}, "outreach": type(fernway.outreach)()})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tactful.db'}")
    accounts = (READY, HIGH_TOUCH)
    put_customers(
        opened, TENANT, [c for c in sample_customers(NOW) if c.account.id in accounts], at=NOW
    )
    yield opened
    opened.close()


def swept(store: Store, book: Playbook, **more: object) -> Sweep:
    accounts = more.pop("accounts", None) or Own(store, TENANT)
    one = sweep(book, accounts, store, tenant=TENANT, now=NOW, **more)  # type: ignore[arg-type]
    for _ in one.verdicts():
        pass
    return one


def effects(store: Store, account: str = READY) -> Sequence[Effect]:
    return outbox.of_account(store, TENANT, account)


def join(store: Store, person: str, **more: object) -> None:
    one = Person.model_validate({"id": person, "role": "admin", **more})
    put_person(store, TENANT, READY, one, at=NOW)


def test_a_signal_that_came_to_hold_is_a_decision_a_showing_and_an_effect(
    store: Store, book: Playbook
) -> None:
    swept(store, book)
    (effect,) = effects(store)
    (kept,) = showings.of_account(store, TENANT, READY)
    entry = find(store, TENANT, effect.decision)
    assert (effect.channel, effect.state, effect.person) == ("in_app", "pending", "jona")
    assert (kept.showing.state, kept.showing.effect) == ("reserved", effect.id)
    assert (kept.showing.cause.kind, kept.showing.cause.name) == ("signal", effect.rule)
    assert entry is not None
    assert (entry.scope, entry.question, entry.customer.person.id) == ("sweep", "", "jona")
    assert entry.decision.offers[0].bundle == effect.offer
    assert outbox.counts(store, TENANT).holds


def test_the_list_of_decisions_tells_what_a_sweep_offers(store: Store, book: Playbook) -> None:
    swept(store, book)
    listed = [one for one in page(store, TENANT).items if one.account == READY]
    assert [(one.scope, one.question, one.offers) for one in listed] == [
        ("sweep", "", (effects(store)[0].offer,))
    ]


def test_where_a_person_helps_the_owner_gets_a_task_and_nobody_is_shown_anything(
    store: Store, book: Playbook
) -> None:
    swept(store, book)
    (task,) = effects(store, HIGH_TOUCH)
    assert (task.channel, task.person) == ("owner_task", "")
    assert task.body["figures"]
    assert showings.of_account(store, TENANT, HIGH_TOUCH) == ()


def test_everybody_who_can_buy_is_decided_about_and_nobody_else(
    store: Store, book: Playbook
) -> None:
    join(store, "u_admin")
    join(store, "u_member", role="member")
    join(store, "u_out", opted_out=("all",))
    join(store, "u_nobody_knows", role=None)
    loose = book.model_copy(update={"restraints": (), "plays": _without_caps(book)})
    swept(store, loose)
    assert sorted(one.person for one in effects(store)) == ["jona", "u_admin"]
    assert [one.n for one in showings.of_account(store, TENANT, READY)] == [1, 2]


def _without_caps(book: Playbook) -> tuple[object, ...]:
    return tuple(play.model_copy(update={"cap": None}) for play in book.plays)


def test_where_nobody_can_buy_nobody_is_told_and_the_trace_says_so(
    store: Store, book: Playbook
) -> None:
    put_person(store, TENANT, READY, Person(id="jona", role="member"), at=NOW)
    one = sweep(book, Own(store, TENANT), store, tenant=TENANT, now=NOW)
    verdicts = [v for batch in one.verdicts() for v in batch if v.account == READY]
    assert effects(store) == ()
    assert verdicts[0].reach.because == "nobody known in this account may buy and is told of offers"


def test_a_dry_run_writes_nothing(store: Store, book: Playbook) -> None:
    one = swept(store, book, dry_run=True)
    assert one.found["reached"] == 2
    assert (*effects(store), *effects(store, HIGH_TOUCH)) == ()
    assert page(store, TENANT).items == ()


def test_what_is_stopped_reaches_nobody(store: Store, book: Playbook) -> None:
    stops.pull(store, TENANT, Stop(since=NOW))
    assert swept(store, book).found["reached"] == 0
    assert (*effects(store), *effects(store, HIGH_TOUCH)) == ()


def test_the_next_days_sweep_reaches_nobody_again(store: Store, book: Playbook) -> None:
    swept(store, book)
    later = sweep(book, Own(store, TENANT), store, tenant=TENANT, now=NOW + timedelta(days=1))
    assert sum(len(v.reach.made) for batch in later.verdicts() for v in batch) == 0
    assert len(effects(store)) == 1


class Elsewhere(Own):
    """The same accounts, told by a place that knows nothing of their people."""

    name = "warehouse"

    def customers(self, accounts: Sequence[str], now: object) -> Iterator[Customer]:
        """As told there, with nobody as the person."""
        for one in super().customers(accounts, now):  # type: ignore[arg-type]
            yield one.model_copy(update={"tenant": "elsewhere"})


def test_an_account_whose_people_are_unknown_reaches_its_owner_alone(
    store: Store, book: Playbook
) -> None:
    one = sweep(book, Elsewhere(store, TENANT), store, tenant="elsewhere", now=NOW)
    for _ in one.verdicts():
        pass
    (task,) = outbox.of_account(store, "elsewhere", READY)
    assert (task.channel, task.person) == ("owner_task", "")


def test_what_is_shown_meanwhile_is_decided_about_again(
    store: Store, book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody claims between the reading and the keeping; the sweep then sees it, and keeps to the caps."""
    from skill.store import sweeps
    from tests.store.made import showing

    once = iter([True])
    kept = sweeps.keep

    def late(*given: object, **named: object) -> object:
        if next(once, False):
            shown = showing(
                "eff_other", account=READY, person="jona", at=NOW - timedelta(days=1), offer="team"
            )
            with store.writing() as connection:
                assert showings.write(connection, TENANT, [shown], 0)
        return kept(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("skill.sweep.keep", late)
    swept(store, book)
    assert effects(store) == ()
    assert len(showings.of_account(store, TENANT, READY)) == 1
