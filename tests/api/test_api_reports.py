"""The reports over HTTP: JSON or a table, for one tenant and one span of time, and only what can be meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from tests.api.doors import ADA, ADMIN, BEN, SUPPORT, bearer, fill, key, settings_in

QUESTION = {"question": "Can I export to Salesforce?"}
BIG = bearer(sub="u_big", account="acc_big")
REPORTS = ("/v1/reports/restraint", "/v1/reports/shadow")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("reports")
    with TestClient(create_app(settings_in(folder)), raise_server_exceptions=False) as opened:
        fill(opened, now())
        for who in (ADA, BEN, BIG):
            assert opened.post("/v1/ask", json=QUESTION, headers=who).status_code == 200
        yield opened


def test_the_report_counts_what_was_asked_offered_and_kept_back(client: TestClient) -> None:
    told = client.get(REPORTS[0], headers=ADMIN).json()
    assert (told["n_questions"], told["n_possible"], told["n_offering"]) == (3, 3, 2)
    (reason,) = told["reasons"]
    assert "`A person helps large accounts` holds offers back" in reason["because"]
    assert reason["line"] == "expansion-playbooks.md:16"
    assert [one["channel"] for one in told["shown"]] == ["answer"]
    assert told["outbox"]["decided"] == 1
    assert client.get(REPORTS[1], headers=ADMIN).json()["n_decisions"] == 0


@pytest.mark.parametrize("path", REPORTS)
def test_whoever_wants_a_table_gets_one(client: TestClient, path: str) -> None:
    response = client.get(path, headers={**ADMIN, "Accept": "text/csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "accept" in response.headers["vary"].lower()
    rows = list(csv.reader(io.StringIO(response.text)))
    assert rows[0][0] == "section"
    assert {len(row) for row in rows} == {len(rows[0])}
    assert client.get(path, headers={**ADMIN, "Accept": "image/png"}).status_code == 406


def test_only_the_span_that_is_asked_for_is_counted(client: TestClient) -> None:
    before = "2020-01-01T00:00:00Z"
    for query in (
        f"until={before}",
        f"since={quote('2100-01-01T00:00:00+02:00')}&until=2101-01-01T00:00:00Z",
    ):
        told = client.get(f"{REPORTS[0]}?{query}", headers=ADMIN).json()
        assert told["n_questions"] == 0
    assert client.get(f"{REPORTS[0]}?since={before}", headers=ADMIN).json()["n_questions"] == 3


@pytest.mark.parametrize("path", REPORTS)
@pytest.mark.parametrize(
    "query",
    [
        "since=2100-01-01T00:00:00Z",
        "since=2026-01-01T00:00:00",
        "until=soon",
        "until=0001-01-01T00:00:00Z",
        "since=9999-12-31T23:59:59Z",
    ],
)
def test_a_span_that_cannot_be_is_refused(client: TestClient, path: str, query: str) -> None:
    refused = client.get(f"{path}?{query}", headers=ADMIN)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", REPORTS)
def test_nobody_but_an_admin_reads_it_and_none_of_another_tenants(
    client: TestClient, path: str
) -> None:
    for who in (ADA, SUPPORT):
        assert client.get(path, headers=who).status_code == 403
    told = client.get(path, headers=key("admin@other")).json()
    assert told["tenant"] == "other"
    assert told["n_questions"] == 0
