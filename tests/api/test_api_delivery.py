"""`serve` delivers beside answering: what was decided reaches the inbox, and what happens wakes its play."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from skill.agent.grounding import Prover
from skill.api.app import create_app
from skill.model.playbook import Playbook
from skill.sample import sample_customers
from skill.store import outbox
from skill.store.engine import Store
from tests.api.doors import INGEST, bearer, settings_in
from tests.delivery.plays import TENANT, Ground, World, of_sample

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALLS = ("team", "api-near-limit", "an-email-follows-a-closed-prompt-once")


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it comes true; nobody waits for longer than a minute."""
    for _ in range(1_200):
        if is_so():
            return True
        time.sleep(0.05)
    return False


def test_a_notification_arrives_and_a_ticket_takes_it_away(
    tmp_path: Path, fernway: Playbook
) -> None:
    settings = replace(settings_in(tmp_path), delivery=True)
    customers = {c.account.id: c for c in sample_customers(MONDAY)}
    store = Store.open(settings.database)
    customer = of_sample(customers, "mulberry-payroll")
    world = World(store, Ground(fernway, Prover(fernway)), customer, MONDAY)
    effect = world.claim(*CALLS)
    hana = bearer(sub=customer.person.id, account=world.account)
    with TestClient(create_app(settings, clock=lambda: MONDAY, store=store)) as client:
        assert until(lambda: world.state(effect.id) == "delivered")
        page = client.get("/v1/notifications", headers=hana).json()
        assert [one["id"] for one in page["items"]] == [effect.id]
        assert until(lambda: client.app.state.delivery.runs)  # type: ignore[attr-defined]
        entry = {
            "id": "e1", "account": world.account, "name": "ticket.opened",
            "at": MONDAY.isoformat(), "properties": {"ticket": "t_1"},
        }  # fmt: skip
        assert client.post("/v1/events", json={"events": [entry]}, headers=INGEST).is_success
        assert until(lambda: not client.get("/v1/notifications", headers=hana).json()["items"])
    store.close()


def test_where_delivery_is_off_nothing_leaves_and_everything_is_kept(
    tmp_path: Path, fernway: Playbook
) -> None:
    settings = settings_in(tmp_path)
    customers = {c.account.id: c for c in sample_customers(MONDAY)}
    store = Store.open(settings.database)
    customer = of_sample(customers, "mulberry-payroll")
    world = World(store, Ground(fernway, Prover(fernway)), customer, MONDAY)
    effect = world.claim(*CALLS)
    with TestClient(create_app(settings, clock=lambda: MONDAY, store=store)) as client:
        assert not client.app.state.delivery.runs  # type: ignore[attr-defined]
        client.get("/healthz")
    assert [one.id for one in outbox.due(store, MONDAY)] == [effect.id]
    assert [one.tenant for one in outbox.due(store, MONDAY)] == [TENANT]
    store.close()
