"""What support is told of an account's readiness, who may ask, and that the command line tells the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from skill.api.app import create_app
from skill.api.readiness import EXAMPLE, ReadinessBody
from skill.cli.app import app as tactful
from skill.sample import sample_topics
from tests.api.doors import ADA, ADMIN, INGEST, SUPPORT, bearer, fill, key, settings_in

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PATH = "/v1/accounts/acc_1/readiness"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readiness")


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[TestClient]:
    """A server whose clock stands, with two accounts, and readings of one of them."""
    app = create_app(settings_in(folder), clock=lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as opened:
        fill(opened, NOW)
        at = (NOW - timedelta(hours=1)).isoformat()
        usage = [
            {"id": "r1", "account": "acc_1", "meter": "seats", "at": at, "value": "7"},
            {"id": "r2", "account": "acc_1", "meter": "storage", "at": at, "value": "0.30"},
            {"id": "r3", "account": "acc_bare", "meter": "seats", "at": at, "value": 3},
        ]
        events = [{"id": "e1", "account": "acc_1", "name": "csv_export", "at": at}]
        body = {"usage": usage, "events": events}
        assert opened.post("/v1/events", json=body, headers=INGEST).status_code == 200
        yield opened


def told(desk: TestClient, path: str = PATH) -> dict[str, Any]:
    response = desk.get(path, headers=SUPPORT)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def without_nothing(value: Any) -> Any:
    """The page leaves out what is null."""
    if isinstance(value, dict):
        return {k: without_nothing(v) for k, v in value.items() if v is not None}
    return [without_nothing(v) for v in value] if isinstance(value, list) else value


def test_support_is_told_every_signal_with_value_limit_and_line(desk: TestClient) -> None:
    body = told(desk)
    seats = next(s for s in body["signals"] if s["key"] == "seats-almost-full")
    assert (body["account"], body["plan_name"], body["at"]) == ("acc_1", "Starter", "2026-11-21T09:00:00Z")  # fmt: skip
    assert (seats["truth"], seats["value"], seats["unit"], seats["window"]) == ("false", "7", "seat", "now")  # fmt: skip
    assert (seats["limit"]["value"], seats["limit"]["source"]) == ("10", "plan")
    assert seats["distance"] == {"figure": "1.0", "unit": "seat"}
    assert (seats["as_of"], seats["topic"]) == ("2026-11-21T08:00:00Z", "usage-thresholds.md")
    line = (sample_topics() / seats["topic"]).read_text("utf-8").splitlines()[seats["line"] - 1]
    assert line.startswith("| seats-almost-full |")


def test_unknown_signals_name_what_is_missing(desk: TestClient) -> None:
    unknown = {s["key"]: s for s in told(desk)["signals"] if s["truth"] == "unknown"}
    assert all(s["missing"] for s in unknown.values())
    never_read, just_begun = unknown["reports-almost-full"], unknown["seats-growing"]
    assert (never_read["value"], never_read["missing"]) == (None, ["usage of reports"])
    assert (just_begun["value"], just_begun["grown"]) == ("7", None)


def test_the_page_of_the_api_shows_a_whole_example(desk: TestClient) -> None:
    document = desk.get("/openapi.json").json()
    route = document["paths"]["/v1/accounts/{account_id}/readiness"]["get"]
    shown = route["responses"]["200"]["content"]["application/json"]
    assert shown["example"] == without_nothing(EXAMPLE)
    assert ReadinessBody.model_validate(EXAMPLE).model_dump(mode="json") == EXAMPLE
    assert shown["schema"]["$ref"].endswith("/ReadinessBody")
    assert "404" in route["responses"]


@pytest.mark.parametrize("headers", [ADA, INGEST, ADMIN], ids=["end user", "ingest", "admin"])
def test_nobody_but_support_is_told(desk: TestClient, headers: dict[str, str]) -> None:
    response = desk.get(PATH, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
    assert response.headers["content-type"] == "application/problem+json"


def test_an_end_user_is_not_told_of_their_own_account_either(desk: TestClient) -> None:
    own = bearer(sub="u_admin", account="acc_1", roles=["admin"])
    assert desk.get(PATH, headers=own).status_code == 403
    assert desk.get(PATH).status_code == 401


def test_an_account_that_nobody_told_us_about_is_not_found(desk: TestClient) -> None:
    response = desk.get("/v1/accounts/acc_none/readiness", headers=SUPPORT)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.headers["content-type"] == "application/problem+json"


def test_another_tenant_s_account_is_as_if_it_were_not_there(desk: TestClient) -> None:
    none = desk.get("/v1/accounts/acc_none/readiness", headers=SUPPORT)
    other = desk.get(PATH, headers=key("support@other"))
    assert (other.status_code, other.json()) == (404, none.json())


def test_an_account_of_which_only_usage_came_is_told_with_its_limits_unknown(
    desk: TestClient,
) -> None:
    body = told(desk, "/v1/accounts/acc_bare/readiness")
    seats = next(s for s in body["signals"] if s["key"] == "seats-almost-full")
    assert body["unavailable"] == ["account"]
    assert body["held_back"][0]["because"] == "what this account holds could not be read"
    assert (seats["truth"], seats["value"], seats["limit"]) == ("unknown", "3", None)


def test_a_sample_person_is_no_account_of_a_server(desk: TestClient) -> None:
    assert desk.get("/v1/accounts/brightlane/readiness", headers=SUPPORT).status_code == 404


def test_the_command_line_tells_the_same(
    desk: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("TACTFUL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(folder))
    monkeypatch.setenv("TACTFUL_TOPICS", str(sample_topics()))
    for account in ("acc_1", "acc_big", "acc_bare"):
        arguments = ["readiness", account, "--json", "--now", NOW.isoformat()]
        done = CliRunner().invoke(tactful, arguments)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == told(desk, f"/v1/accounts/{account}/readiness")


def test_figures_are_exact_decimals_as_text(desk: TestClient) -> None:
    at = (NOW - timedelta(hours=2)).isoformat()
    big = "123456789012345678901234567.25"
    usage = [{"id": "r9", "account": "acc_exact", "meter": "seats", "at": at, "value": big}]
    desk.put("/v1/accounts/acc_exact", json={"plan": "starter"}, headers=INGEST)
    desk.post("/v1/events", json={"usage": usage}, headers=INGEST)
    signals = told(desk, "/v1/accounts/acc_exact/readiness")["signals"]
    assert next(s["value"] for s in signals if s["key"] == "seats-almost-full") == big
