"""Durable plays: each effect has one, it survives its process, sleeps as a row, and wakes when something happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from skill.agent.grounding import Prover
from skill.delivery import engine as engines
from skill.delivery.engine import Engine
from skill.errors import DeliveryError, LedgerError
from skill.model.playbook import Playbook
from skill.sample import sample_customers
from skill.store import inbox, showings
from skill.store.engine import Store
from tests.conftest import NOW
from tests.delivery.plays import QUICK, TENANT, Ground, World, of_sample
from tests.store.conftest import postgres_url, sqlite_url

__all__ = ["postgres_url", "sqlite_url"]

CALLS = ("team", "api-near-limit", "an-email-follows-a-closed-prompt-once")
WEEKDAY = NOW.replace(day=23)  # a Monday: nobody's weekend


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def world(url: str, fernway: Playbook) -> Iterator[World]:
    customers = {c.account.id: c for c in sample_customers(WEEKDAY)}
    store = Store.open(url)
    made = World(
        store, Ground(fernway, Prover(fernway)), of_sample(customers, "mulberry-payroll"), WEEKDAY
    )
    yield made
    store.close()


def test_what_is_due_reaches_the_inbox_once(world: World, url: str) -> None:
    effect = world.claim(*CALLS)
    with world.plays(url) as engine:
        assert engine.release_due() == 1
        assert engine.settle()
        assert engine.release_due() == 0
        engine.start(TENANT, effect.id)
        assert engine.settle()
    who = inbox.Who(TENANT, world.account, world.customer.person.id)
    assert [n.id for n in inbox.page(world.store, who, now=world.now).items] == [effect.id]
    assert world.state(effect.id) == "delivered"


def test_a_play_that_is_asleep_wakes_at_once_when_its_offer_is_bought(
    world: World, url: str
) -> None:
    effect = world.claim(*CALLS)
    with world.plays(url) as engine:
        world.run(engine)
        world.customer = world.customer.model_copy(
            update={"account": world.customer.account.model_copy(update={"plan": "team"})}
        )
        world.now += timedelta(hours=1)
        world.event("purchase.made", offer="team")
        world.happens("click", "team")  # the account is told anew with it
        world.run(engine)
        assert [part.output for part in engines.DBOS.list_workflows(workflow_id_prefix=effect.id)][
            -1
        ] == "bought, and open"


def test_one_email_follows_and_never_a_second(world: World, url: str) -> None:
    effect = world.claim(*CALLS)
    with world.plays(url) as engine:
        world.run(engine)
        for days in (1, 2, 3, 7, 20):
            world.now = WEEKDAY + timedelta(days=days)
            world.uses("api_calls", 43_000 + days)
            world.run(engine)
    assert sum(world.letters.got.values()) == 1
    assert effect.id not in world.letters.got


def test_a_receiver_that_is_down_for_a_day_gets_everything_once_it_is_up(
    world: World, url: str
) -> None:
    effects = [world.claim(*CALLS, channel="email", period=str(n)) for n in range(1)]
    world.letters.down_until = WEEKDAY + timedelta(days=1)
    with world.plays(url) as engine:
        for hours in (0, 1, 4, 9, 20, 23, 30):
            world.run(engine, WEEKDAY + timedelta(hours=hours))
    assert [world.letters.got[one.id] for one in effects] == [1]
    assert [world.state(one.id) for one in effects] == ["delivered"]


def test_a_receiver_that_never_answers_is_given_up_with_the_reason(world: World, url: str) -> None:
    effect = world.claim(*CALLS, channel="email")
    world.letters.down_until = WEEKDAY + timedelta(days=99)
    with world.plays(url) as engine:
        for days in (0, 0.01, 0.05, 0.15, 0.3, 1, 2, 3, 4, 7):
            world.now = WEEKDAY + timedelta(days=days)
            world.uses("api_calls", 43_000 + int(days * 100))
            world.run(engine)
    assert world.state(effect.id) == "failed: the receiver is down"
    kept = showings.of_effect(world.store, TENANT, effect.id)
    assert kept is not None
    assert kept.showing.state == "returned"


def test_what_was_begun_by_somebody_who_died_at_once_gets_its_play(world: World, url: str) -> None:
    effect = world.claim(*CALLS)
    assert world.release.take_up(TENANT, effect.id, world.now)
    world.now += timedelta(minutes=5)
    with world.plays(url) as engine:
        world.run(engine)
    assert world.state(effect.id) == "delivered"


def test_plays_go_on_in_the_next_process(world: World, url: str) -> None:
    world.claim(*CALLS)
    with world.plays(url) as engine:
        world.run(engine)
    with world.plays(url) as engine:
        world.now = WEEKDAY + timedelta(days=2)
        world.uses("api_calls", 43_002)
        world.run(engine)
    assert sum(world.letters.got.values()) == 1


def test_a_process_runs_one_engine(world: World, tmp_path: Path) -> None:
    here = f"sqlite:///{tmp_path}/here.db"
    with world.plays(here), pytest.raises(DeliveryError, match="already"):
        Engine.open(here, world.release, world.release)
    with world.plays(here) as engine:
        assert engine.settle()


def test_the_outbox_is_looked_at_by_the_engines_own_schedule(world: World, tmp_path: Path) -> None:
    effect = world.claim(*CALLS)
    tuned = QUICK._replace(every="* * * * * *")
    engine = Engine.open(f"sqlite:///{tmp_path}/here.db", world.release, world.release, clock=lambda: world.now, tuned=tuned)  # fmt: skip
    try:
        for _ in range(600):
            if world.state(effect.id) == "delivered":
                break
            engine.settle(0.1)
            engines.time.sleep(0.05)
    finally:
        engine.close()
    assert world.state(effect.id) == "delivered"


def test_a_play_of_which_a_step_breaks_goes_on_later(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effect = world.claim(*CALLS)
    breaks = [True]
    inner = world.release.next

    def looks(tenant: str, one: str) -> object:
        if breaks[0]:
            raise LedgerError("the store is away")
        return inner(tenant, one)

    monkeypatch.setattr(world.release, "next", looks)
    with world.plays(f"sqlite:///{tmp_path}/here.db") as engine:
        world.run(engine)
        assert world.state(effect.id) == "started"
        breaks[0] = False
        world.run(engine)
    assert world.state(effect.id) == "delivered"


def test_the_daily_sweep_is_begun_by_the_engines_schedule_and_its_finds_leave(
    world: World, tmp_path: Path
) -> None:
    swept: list[str] = []

    def sweep() -> None:
        if not swept:
            swept.append(world.claim(*CALLS).id)

    tuned = QUICK._replace(sweeps="* * * * * *")
    here = f"sqlite:///{tmp_path}/here.db"
    engine = Engine.open(
        here, world.release, world.release, clock=lambda: world.now, tuned=tuned, sweep=sweep,
        scheduled=False,
    )  # fmt: skip
    try:
        for _ in range(600):
            if swept and world.state(swept[0]) == "delivered":
                break
            engines.time.sleep(0.05)
    finally:
        engine.close()
    assert world.state(swept[0]) == "delivered"
