"""The kill switch over HTTP: at once, for the next question and for what is queued, and only for whom it was pulled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from skill.store import outbox
from skill.store.engine import Store
from tests.api.doors import ADA, ADMIN, INGEST, SUPPORT, bearer, fill, key, settings_in

QUESTION = {"question": "Can I export to Salesforce?"}
BIG = bearer(sub="u_big", account="acc_big")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(settings_in(tmp_path)), raise_server_exceptions=False) as opened:
        fill(opened, now())
        yield opened


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.desk.store  # type: ignore[attr-defined]
    return store


def offered(client: TestClient) -> list[str]:
    response = client.post("/v1/ask", json=QUESTION, headers=ADA)
    assert response.status_code == 200, response.text
    return [offer["id"] for offer in response.json()["recommended_offers"]]


def stopped(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/stops", headers=ADMIN).json()["items"]
    return found


def test_after_a_stop_the_next_question_is_answered_without_an_offer(client: TestClient) -> None:
    assert offered(client)
    body = {"why": "a wrong price stood in the Topics"}
    pulled = client.put("/v1/stops", json=body, headers=ADMIN)
    assert (pulled.status_code, pulled.json()["n_queued"]) == (200, 0)
    assert offered(client) == []
    (one,) = stopped(client)
    assert (one["offer"], one["why"]) == ("", "a wrong price stood in the Topics")
    assert one["by"].startswith("key ")
    assert client.delete("/v1/stops", headers=ADMIN).json() == {"items": []}
    assert offered(client)


def test_one_offer_may_be_stopped_by_its_name(client: TestClient) -> None:
    (first,) = offered(client)[:1]
    assert client.put("/v1/stops", json={"offer": first.upper()}, headers=ADMIN).status_code == 200
    assert first not in offered(client)
    assert [one["offer"] for one in stopped(client)] == [first]
    ended = client.delete(f"/v1/stops?offer={first}", headers=ADMIN)
    assert ended.json() == {"items": []}
    assert offered(client)[0] == first


def test_what_is_queued_is_suppressed_and_no_resume_revives_it(client: TestClient) -> None:
    client.post("/v1/ask", json=QUESTION, headers=BIG)
    (task,) = outbox.of_account(store_of(client), "default", "acc_big")
    assert client.put("/v1/stops", json={}, headers=ADMIN).json()["n_queued"] == 1
    client.delete("/v1/stops", headers=ADMIN)
    found = outbox.find(store_of(client), "default", task.id)
    assert found is not None
    assert (found.state, found.reason) == ("suppressed", "stopped")


def test_a_name_that_no_topic_knows_is_refused_with_the_nearest(client: TestClient) -> None:
    refused = client.put("/v1/stops", json={"offer": "busines"}, headers=ADMIN)
    assert refused.status_code == 422
    assert "did you mean `business`" in refused.text
    assert stopped(client) == []


def test_there_is_nothing_to_end_where_nothing_is_stopped(client: TestClient) -> None:
    assert client.delete("/v1/stops", headers=ADMIN).status_code == 404


@pytest.mark.parametrize("who", [ADA, SUPPORT, INGEST])
def test_only_an_admin_pulls_it(client: TestClient, who: dict[str, str]) -> None:
    assert client.put("/v1/stops", json={}, headers=who).status_code == 403
    assert client.get("/v1/stops", headers=who).status_code == 403


def test_another_tenants_stop_is_in_nobodys_way(client: TestClient) -> None:
    client.put("/v1/stops", json={}, headers=key("admin@other"))
    assert stopped(client) == []
    assert offered(client)
