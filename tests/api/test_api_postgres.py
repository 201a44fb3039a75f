"""The same doors before PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from skill.settings import Secret
from tests.api.doors import ADA, INGEST, SUPPORT, fill, settings_in
from tests.store.conftest import postgres_url

__all__ = ["postgres_url"]


def test_a_question_is_answered_and_recorded_in_postgresql(
    tmp_path: Path, postgres_url: str
) -> None:
    settings = replace(settings_in(tmp_path), database_url=Secret(postgres_url))
    entry = {"id": "e1", "account": "acc_1", "name": "csv_export", "at": now().isoformat()}
    with TestClient(create_app(settings)) as client:
        fill(client, now())
        client.post("/v1/events", json={"events": [entry]}, headers=INGEST)

        answer = client.post(
            "/v1/ask", json={"question": "Can I export to Salesforce?"}, headers=ADA
        ).json()

        kept = client.get(f"/v1/decisions/{answer['decision_id']}", headers=SUPPORT).json()
        assert kept["answer"] == answer
        assert [event["id"] for event in kept["customer"]["events"]] == ["e1"]
        assert client.get("/readyz").json()["store"] == "ok"
