"""An effect whose account was merged away, or whose person moved on, reaches nobody where they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skill.agent.grounding import Prover
from skill.delivery.plays import Dropped, Sent
from skill.model.playbook import Playbook
from skill.sample import sample_customers
from skill.store import outbox
from skill.store.engine import Store
from skill.store.usage import EventEntry, add_usage
from tests.delivery.plays import TENANT, Ground, World, of_sample

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALLS = ("team", "api-near-limit", "an-email-follows-a-closed-prompt-once")


@pytest.fixture
def world(tmp_path: Path, fernway: Playbook) -> Iterator[World]:
    customers = {c.account.id: c for c in sample_customers(MONDAY)}
    store = Store.open(f"sqlite:///{tmp_path}/a.db")
    customer = of_sample(customers, "mulberry-payroll")
    yield World(store, Ground(fernway, Prover(fernway)), customer, MONDAY)
    store.close()


def goes(world: World, name: str, into: str, source: str, at: datetime = MONDAY) -> None:
    """The account was merged, or its person moved."""
    person = world.customer.person.id if name == "person.moved" else None
    said: dict[str, str | int | float | bool | None] = {"from": source, "into": into}
    identity = f"{name}-{into}"
    one = EventEntry(id=identity, account=into, person=person, name=name, at=at, properties=said)
    add_usage(world.store, TENANT, [], [one])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("account.merged", "the account was merged into another"),
        ("person.moved", "this person moved to another account"),
    ],
)
def test_who_is_gone_from_the_account_is_told_nothing_about_it(
    world: World, name: str, why: str
) -> None:
    effect = world.claim(*CALLS)
    goes(world, name, "larger", world.account)
    assert world.release.send(TENANT, effect.id, "in_app") == Dropped(why)
    assert world.state(effect.id) == f"suppressed: {why}"


def test_no_email_follows_to_somebody_who_moved(world: World) -> None:
    effect = world.claim(*CALLS)
    assert world.release.send(TENANT, effect.id, "in_app") == Sent()
    goes(world, "person.moved", "larger", world.account)
    world.now = MONDAY + timedelta(days=2)
    world.uses("api_calls", 43_100)
    world.release.send(TENANT, effect.id, "email")
    after = next(
        one for one in outbox.of_account(world.store, TENANT, world.account) if one.follows
    )
    assert (after.state, after.reason) == ("suppressed", "this person moved to another account")


def test_who_came_back_is_told_again(world: World) -> None:
    goes(world, "person.moved", "larger", world.account, MONDAY - timedelta(days=30))
    goes(world, "person.moved", world.account, "larger", MONDAY - timedelta(days=3))
    effect = world.claim(*CALLS)
    assert world.release.send(TENANT, effect.id, "in_app") == Sent()
