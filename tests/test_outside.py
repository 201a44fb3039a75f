"""What leaves the house says why it cannot, and what is told of an offer rests on what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skill.agent.grounding import Prover
from skill.delivery.configured import DeliverySettings, Receivers
from skill.delivery.email import MailServer
from skill.delivery.plays import Dropped
from skill.model.playbook import Playbook
from skill.outside import ByEmail
from skill.sample import sample_customers
from skill.settings import Secret
from skill.store import outbox
from skill.store.accounts import put_person
from skill.store.engine import Store
from tests.delivery.plays import TENANT, Ground, World, of_sample

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALLS = ("team", "api-near-limit", "an-email-follows-a-closed-prompt-once")


@pytest.fixture
def world(tmp_path: Path, fernway: Playbook) -> Iterator[World]:
    customers = {c.account.id: c for c in sample_customers(MONDAY)}
    store = Store.open(f"sqlite:///{tmp_path}/a.db", tells=True)
    customer = of_sample(customers, "mulberry-payroll")
    yield World(store, Ground(fernway, Prover(fernway)), customer, MONDAY)
    store.close()


def announced(world: World) -> list[str]:
    due = outbox.due(world.store, world.now)
    return [one.rule for one in due if one.channel == "webhook"]


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_purchase_closes_only_what_was_shown(world: World, is_shown: bool) -> None:
    effect = world.claim(*CALLS)
    if is_shown:
        outbox.delivered(world.store, TENANT, effect.id, at=MONDAY, spent=True)
    else:
        outbox.suppressed(world.store, TENANT, effect.id, "stopped", at=MONDAY)
    world.now = MONDAY + timedelta(days=1)
    world.event("purchase.made", offer="team")
    assert announced(world) == ["upsell_closed"] * is_shown


@pytest.mark.parametrize(
    ("lacks", "why"),
    [
        ("address", "no address of this person is known"),
        ("secret", "no letter leaves without a way out: TACTFUL_PUBLIC_URL and TACTFUL_JWT_SECRET"),
    ],
)
def test_a_letter_that_cannot_leave_says_what_is_missing(
    world: World, lacks: str, why: str
) -> None:
    server = MailServer("127.0.0.1", 1, "none", "hello@fernway.example")
    receivers = Receivers(DeliverySettings(mail=server, public_url="https://t.example"))
    secret = Secret("" if lacks == "secret" else "a secret for tests that is long enough")
    world.outlets["email"] = ByEmail(receivers, secret)
    email = "" if lacks == "address" else "hana@mulberry.example"
    person = world.customer.person.model_copy(update={"email": email})
    put_person(world.store, TENANT, world.account, person, at=MONDAY)
    effect = world.claim(*CALLS, channel="email")
    assert world.release.send(TENANT, effect.id, "email") == Dropped(why)
    receivers.close()
