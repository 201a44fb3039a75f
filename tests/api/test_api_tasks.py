"""Tasks over HTTP: support reads them in four forms and closes them; nobody else does, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from skill.agent.owner_task import compose_task
from skill.api.accepts import preferred
from skill.api.app import create_app
from skill.model.delivery import Stop
from skill.store import stops
from skill.store.engine import Store
from skill.store.tasks import find, put_task
from tests.agent.test_owner_task import EXPORT, decided, effect, northmoor
from tests.api.doors import ADA, ADMIN, INGEST, SUPPORT, fill, key, settings_in
from tests.conftest import NOW
from tests.policy.test_laws import FERNWAY

LATER = datetime(2026, 11, 21, 10, tzinfo=UTC)
HTML, MARKDOWN, CALENDAR = ({"Accept": f"text/{one}"} for one in ("html", "markdown", "calendar"))


def open_one(store: Store, id: str = "eff_1", account: str = "northmoor", tenant: str = "default") -> None:  # fmt: skip
    who = northmoor(id=account)
    made = effect(who, id=id)
    put_task(store, tenant, made, compose_task(FERNWAY, who, decided(who, EXPORT), made, NOW))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/tasks.db")
    open_one(opened)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(settings_in(tmp_path), clock=lambda: LATER, store=store)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def post(desk: TestClient, verb: str, body: Any = None, **headers: str) -> Any:
    return desk.post(f"/v1/tasks/eff_1/{verb}", json=body, headers={**SUPPORT, **headers})


def test_a_list_names_each_task_and_its_due_date(desk: TestClient) -> None:
    body = desk.get("/v1/tasks", headers=SUPPORT).json()
    (one,) = body["items"]
    assert (one["id"], one["account"], one["owner"]) == ("eff_1", "northmoor", "Lee")
    assert (one["title"], one["offer"]) == ("Cleo asked about Salesforce export", "connect-pack")
    assert one["due_at"] == "2026-11-24T16:00:00Z"
    assert desk.get("/v1/tasks?state=due", headers=SUPPORT).json()["items"] == []


def test_many_are_listed_page_by_page(desk: TestClient, store: Store) -> None:
    for i in range(2, 6):
        open_one(store, f"eff_{i}", f"acc_{i}")
    seen, path = [], "/v1/tasks?limit=2"
    while path:
        body = desk.get(path, headers=SUPPORT).json()
        seen += [one["id"] for one in body["items"]]
        path = f"/v1/tasks?limit=2&cursor={body['next_cursor']}" if body["next_cursor"] else ""
    assert seen == [f"eff_{i}" for i in range(1, 6)]


def test_one_task_is_told_in_four_forms(desk: TestClient) -> None:
    as_json = desk.get("/v1/tasks/eff_1", headers=SUPPORT)
    assert as_json.json()["task"]["proposal"]["bundle"] == "connect-pack"
    page = desk.get("/v1/tasks/eff_1", headers={**SUPPORT, **HTML})
    assert page.headers["content-type"].startswith("text/html")
    assert "<svg" in page.text
    assert "<script" not in page.text
    text = desk.get("/v1/tasks/eff_1", headers={**SUPPORT, **MARKDOWN}).text
    assert text.startswith("# Cleo asked about Salesforce export")
    call = desk.get("/v1/tasks/eff_1", headers={**SUPPORT, **CALENDAR})
    assert Calendar.from_ical(call.content).events[0]["uid"] == "eff_1@tactful"
    for answer in (as_json, page, call):
        assert answer.headers["cache-control"] == "private, no-store"
    assert desk.get("/v1/tasks/eff_1?form=ics", headers=SUPPORT).content == call.content
    assert (
        desk.get("/v1/tasks/eff_1", headers={**SUPPORT, "Accept": "image/png"}).status_code == 406
    )


def test_a_call_to_which_a_customer_is_invited_holds_nothing_internal(desk: TestClient) -> None:
    path = "/v1/tasks/eff_1?form=ics&start=2026-11-24T09:00:00Z&invite=cleo@northmoor.example"
    call = desk.get(path, headers=SUPPORT)
    flat = call.content.replace(b"\r\n ", b"")
    assert b"DTSTART;TZID=Europe/Berlin:20261124T100000" in flat
    assert b"Open with" not in flat
    assert b"EUR" not in flat
    bad = desk.get("/v1/tasks/eff_1?form=ics&invite=nobody", headers=SUPPORT)
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_input")


@pytest.mark.parametrize("who", [ADA, ADMIN, INGEST])
def test_only_support_reads_and_closes_tasks(desk: TestClient, who: dict[str, str]) -> None:
    for path in ("/v1/tasks", "/v1/tasks/eff_1"):
        assert desk.get(path, headers=who).status_code == 403
    assert desk.post("/v1/tasks/eff_1/done", headers=who).status_code == 403
    assert desk.get("/v1/tasks").status_code == 401


def test_another_tenant_sees_nothing_of_it(desk: TestClient) -> None:
    other = key("support@other")
    assert desk.get("/v1/tasks", headers=other).json()["items"] == []
    for answer in (
        desk.get("/v1/tasks/eff_1", headers=other),
        desk.post("/v1/tasks/eff_1/done", headers=other),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_done_is_done_once_and_says_by_whom(desk: TestClient, store: Store) -> None:
    body = post(desk, "done").json()
    assert body["state"] == "done"
    assert body["acts"][0]["by"].startswith("key ")
    assert post(desk, "done").json() == body
    assert desk.get("/v1/tasks", headers=SUPPORT).json()["items"] == []
    refused = post(desk, "not-useful", {"reason": "no"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_the_same_key_is_the_same_act(desk: TestClient) -> None:
    until = {"until": "2026-12-01"}
    first = post(desk, "snooze", until, **{"Idempotency-Key": "k1"})
    assert first.json()["snoozed_until"] == "2026-12-01T08:00:00Z"
    assert post(desk, "snooze", until, **{"Idempotency-Key": "k1"}).json() == first.json()
    other = post(desk, "snooze", {"until": "2026-12-02"}, **{"Idempotency-Key": "k1"})
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("verb", "body", "pointer"),
    [
        ("snooze", {"until": "2026-11-01"}, "/until"),
        ("snooze", {"until": "2099-01-01"}, "/until"),
        ("snooze", {"until": "tomorrow"}, "/until"),
        ("snooze", {}, "/until"),
        ("snooze", [], "/"),
        ("not-useful", {}, "/reason"),
        ("not-useful", {"reason": "  "}, "/reason"),
        ("not-useful", {"reason": "x" * 501}, "/reason"),
        ("done", {"because": "x"}, "/because"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    desk: TestClient, verb: str, body: Any, pointer: str
) -> None:
    answer = post(desk, verb, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(e["pointer"].startswith(pointer) for e in answer.json()["errors"]), answer.text
    assert desk.get("/v1/tasks/eff_1", headers=SUPPORT).json()["state"] == "open"


def test_the_buttons_of_the_page_are_plain_forms_and_twice_is_once(
    desk: TestClient, store: Store
) -> None:
    page = desk.get("/v1/tasks/eff_1", headers={**SUPPORT, **HTML}).text
    hidden = page.split('name="key" value="')[1].split('"')[0]
    form = {"key": hidden, "reason": "they left us"}
    for _ in range(2):
        sent = desk.post("/v1/tasks/eff_1/not-useful", data=form, headers={**SUPPORT, **HTML})
        assert sent.status_code == 200
        assert "not useful" in sent.text
        assert "<form" not in sent.text
    kept = find(store, "default", "eff_1")
    assert kept is not None
    assert [a.reason for a in kept.acts] == ["they left us"]


def test_a_stopped_offer_is_in_no_task(desk: TestClient, store: Store) -> None:
    stops.pull(
        store, "default", Stop(offer="connect-pack", since=LATER, by="ops", why="wrong price")
    )
    assert desk.get("/v1/tasks", headers=SUPPORT).json()["items"][0]["offer"] == ""
    for headers in ({}, HTML, MARKDOWN, CALENDAR):
        text = desk.get("/v1/tasks/eff_1", headers={**SUPPORT, **headers}).text
        assert "EUR 490" not in text.replace("\r\n ", "")


def test_readiness_tells_of_the_open_tasks_of_an_account(desk: TestClient, store: Store) -> None:
    fill(desk, LATER)
    open_one(store, "eff_big", "acc_big")
    told = desk.get("/v1/accounts/acc_big/readiness", headers=SUPPORT).json()["open_tasks"]
    assert [(one["id"], one["state"]) for one in told] == [("eff_big", "open")]
    assert desk.get("/v1/accounts/acc_1/readiness", headers=SUPPORT).json()["open_tasks"] == []


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "json"),
        ("", "json"),
        ("text/*", "html"),
        ("text/html, */*;q=0.1", "html"),
        ("text/html;q=0, text/calendar", "ics"),
        ("application/json;q=0.4, text/markdown;q=0.5", "md"),
        ("image/png", None),
    ],
)
def test_the_form_is_the_one_that_is_wanted_most(accept: str, expected: str | None) -> None:
    from skill.api.tasks import MEDIA

    assert preferred(accept, MEDIA) == expected
