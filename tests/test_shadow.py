"""Shadow mode shows nothing by any route - answer, inbox, task, email, webhook - and all of it is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from skill.agent.grounding import Prover
from skill.api.app import create_app
from skill.clock import now
from skill.delivery.plays import Dropped
from skill.model.decision import Decision
from skill.model.playbook import Outreach, Playbook
from skill.reports import restraint, shadow
from skill.sample import sample_customers
from skill.sources.warehouse.engines.own import Own
from skill.store import outbox, tables
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.store.ledger import find, page
from skill.sweep import Sweep, sweep
from tests.api.doors import ADA, ADMIN, SUPPORT, bearer, fill, settings_in
from tests.conftest import NOW
from tests.delivery.plays import Ground, World, of_sample

TENANT = "default"
QUESTION = {"question": "Can I export to Salesforce?"}
BIG = bearer(sub="u_big", account="acc_big")
SPAN = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROUTES = ("showings", "effects", "notifications", "tasks")
"""Tables in which everything stands that reaches anybody."""


def left(store: Store) -> dict[str, int]:
    """How many rows stand in each table from which something reaches somebody."""
    with store.reading() as connection:
        count = select(func.count())
        found = {
            name: connection.execute(count.select_from(tables.metadata.tables[name])).scalar()
            for name in ROUTES
        }
    return {name: int(n or 0) for name, n in found.items()}


NOTHING = dict.fromkeys(ROUTES, 0)


def by_setting(book: Playbook) -> tuple[Playbook, bool]:
    return book.model_copy(update={"outreach": Outreach()}), True


def by_topics(book: Playbook) -> tuple[Playbook, bool]:
    return book.model_copy(update={"outreach": Outreach(shadow=True)}), False


WAYS = [by_setting, by_topics]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tactful.db'}")
    put_customers(opened, TENANT, sample_customers(NOW), at=NOW)
    yield opened
    opened.close()


def swept(store: Store, book: Playbook, **more: Any) -> Sweep:
    one = sweep(book, Own(store, TENANT), store, tenant=TENANT, now=NOW, **more)
    for _ in one.verdicts():
        pass
    return one


@pytest.mark.parametrize("way", WAYS)
def test_a_sweep_in_shadow_claims_nothing_and_records_what_it_would_have(
    store: Store, fernway: Playbook, tmp_path: Path, way: Any
) -> None:
    book, is_on = way(fernway)
    assert swept(store, book, shadow=is_on).found["reached"] == 0
    assert left(store) == NOTHING
    kept = [find(store, TENANT, one.id) for one in page(store, TENANT, n=200).items]
    would = {
        (e.customer.account.id, w.channel, w.offer, w.person) for e in kept if e for w in e.would
    }

    other = Store.open(f"sqlite:///{tmp_path / 'usual.db'}")
    put_customers(other, TENANT, sample_customers(NOW), at=NOW)
    usual, _ = by_setting(fernway)
    swept(other, usual)
    accounts = {c.account.id for c in sample_customers(NOW)}
    reached = [e for account in sorted(accounts) for e in outbox.of_account(other, TENANT, account)]
    other.close()
    assert would == {(e.account, e.channel, e.offer, e.person) for e in reached}
    assert len(would) > 10


def test_the_report_tells_the_sweep_in_words_without_a_figure(
    store: Store, fernway: Playbook
) -> None:
    book, _ = by_setting(fernway)
    swept(store, book, shadow=True)
    told = shadow(store, TENANT, book, **SPAN)
    assert (told.n_leaked, told.n_unworded) == (0, 0)
    assert {one.key for one in told.channels} == {"in_app", "owner_task"}
    assert told.n_showings == sum(one.n for one in told.channels if one.key == "in_app")
    assert 1 <= len(told.wordings) <= 10
    for one in told.wordings:
        assert not any(c.isdigit() for c in one.text)
        assert "{" not in one.text
    usual = restraint(store, TENANT, book, **SPAN)
    assert (usual.n_offers, usual.outbox.decided) == (0, 0)
    assert usual.in_shadow == told.n_decisions


def test_the_words_of_topics_that_are_gone_are_not_made_up(store: Store, fernway: Playbook) -> None:
    book, _ = by_setting(fernway)
    swept(store, book, shadow=True)
    told = shadow(store, TENANT, None, **SPAN)
    assert told.wordings == ()
    assert told.n_unworded == sum(one.n for one in told.channels if one.key == "in_app")


@pytest.mark.parametrize("channel", ["in_app", "email", "owner_task"])
@pytest.mark.parametrize("way", WAYS)
def test_what_was_queued_before_is_dropped_when_its_time_comes(
    tmp_path: Path, fernway: Playbook, channel: Any, way: Any
) -> None:
    customers = {c.account.id: c for c in sample_customers(MONDAY)}
    opened = Store.open(f"sqlite:///{tmp_path}/a.db")
    ground = Ground(fernway, Prover(fernway))
    world = World(opened, ground, of_sample(customers, "mulberry-payroll"), MONDAY)
    effect = world.claim("team", "api-near-limit", "self-serve-in-the-product", channel=channel)
    book, is_on = way(fernway)
    ground.playbook, world.release.shadow = book, is_on
    came = world.release.send(TENANT, effect.id, channel)
    assert came == Dropped("shadow")
    assert world.state(effect.id) == "suppressed: shadow"
    assert (left(opened)["notifications"], left(opened)["tasks"]) == (0, 0)
    assert not world.letters.got
    opened.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = replace(settings_in(tmp_path), shadow=True)
    with TestClient(create_app(settings), raise_server_exceptions=False) as opened:
        fill(opened, now())
        yield opened


def store_of(client: TestClient) -> Store:
    found: Store = client.app.state.desk.store  # type: ignore[attr-defined]
    return found


def asked(client: TestClient, who: dict[str, str]) -> dict[str, Any]:
    response = client.post("/v1/ask", json=QUESTION, headers=who)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def decision_of(client: TestClient, answer: dict[str, Any]) -> Decision:
    kept = find(store_of(client), TENANT, answer["decision_id"])
    assert kept is not None
    return kept.decision


def test_an_answer_in_shadow_names_no_price_button_or_way(client: TestClient) -> None:
    answer = asked(client, ADA)
    assert answer["triggered"]
    assert answer["recommended_offers"] == []
    assert not answer["feature"]["unlocked_by"]
    assert "EUR" not in str(answer)
    assert decision_of(client, answer).shadow
    assert left(store_of(client)) == NOTHING


def test_the_gate_names_no_way_either(client: TestClient) -> None:
    told = client.get("/v1/features/salesforce-export/access", headers=ADA).json()
    assert told["feature"]["access"] == "denied"
    assert not told["feature"]["unlocked_by"]


def test_no_packet_and_no_checkout_brings_what_the_answer_does_not(client: TestClient) -> None:
    answer = asked(client, ADA)
    (offer, *_) = decision_of(client, answer).shadow
    path = f"/v1/decisions/{answer['decision_id']}"
    packet = client.get(f"{path}/packet?for=finance", headers=ADA)
    assert "EUR" not in packet.text
    headers = {**ADA, "Idempotency-Key": "k"}
    bought = client.post(f"{path}/offers/{offer.bundle}/checkout", headers=headers)
    assert bought.status_code == 404
    assert client.get("/v1/notifications", headers=ADA).json()["items"] == []


def test_a_question_of_a_large_account_writes_no_task_and_tells_that_it_would(
    client: TestClient,
) -> None:
    answer = asked(client, BIG)
    kept = find(store_of(client), TENANT, answer["decision_id"])
    assert kept is not None
    assert [w.channel for w in kept.would] == ["owner_task"]
    assert left(store_of(client)) == NOTHING
    assert client.get("/v1/tasks", headers=SUPPORT).json()["items"] == []


def test_the_shadow_report_says_what_the_answers_would_have_shown(client: TestClient) -> None:
    answer = asked(client, ADA)
    asked(client, BIG)
    told = client.get("/v1/reports/shadow", headers=ADMIN).json()
    assert (told["n_decisions"], told["n_questions"], told["n_would"]) == (2, 2, 2)
    assert (told["n_tasks"], told["n_leaked"]) == (1, 0)
    would = [one.bundle for one in decision_of(client, answer).shadow]
    assert told["n_showings"] == len(would)
    assert would[0] in {one["key"] for one in told["offers"]}
    (wording,) = told["wordings"]
    assert wording["n"] == 1
    assert "Connect Pack" in wording["text"]
    assert not any(c.isdigit() for c in wording["text"])
