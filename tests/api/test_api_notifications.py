"""The inbox over HTTP: whose it is stands in the credential, and what is done on one device holds on all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from skill.model.delivery import Stop
from skill.settings import Secret
from skill.store import stops
from skill.store.accounts import get_customer
from skill.store.engine import Store
from tests.api.doors import ADA, ADMIN, BEN, INGEST, SUPPORT, bearer, fill, settings_in
from tests.store import notices
from tests.store.conftest import postgres_url

__all__ = ["postgres_url"]

HOUR = timedelta(hours=1)


class Moment:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def moment() -> Moment:
    return Moment()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, moment: Moment) -> Iterator[TestClient]:
    app = create_app(settings_in(tmp_path_factory.mktemp("inbox")), clock=moment)
    with TestClient(app, raise_server_exceptions=False) as opened:
        fill(opened, moment())
        yield opened


@pytest.fixture
def client(server: TestClient) -> TestClient:
    """The same server with empty inboxes."""
    with store_of(server).writing() as connection:
        for table in ("notifications", "notification_acts", "showings", "effects", "history", "stops", "preferences"):  # fmt: skip
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return server


def store_of(client: TestClient) -> Store:
    store = client.app.state.desk.store  # type: ignore[attr-defined]
    assert isinstance(store, Store)
    return store


def place(client: TestClient, key: str = "eff_1", **more: Any) -> None:
    at = client.app.state.desk.clock()  # type: ignore[attr-defined]
    assert notices.place(store_of(client), key, **{"at": at, **more}) == "placed"


def items(client: TestClient, who: dict[str, str] = ADA, query: str = "") -> list[dict[str, Any]]:
    answered = client.get(f"/v1/notifications{query}", headers=who)
    assert answered.status_code == 200, answered.text
    found: list[dict[str, Any]] = answered.json()["items"]
    return found


def do(client: TestClient, path: str, body: object = None, **headers: str) -> Any:
    return client.post(f"/v1/notifications/{path}", json=body, headers={**ADA, **headers})


def test_the_list_holds_what_was_placed_for_whoever_asks(client: TestClient) -> None:
    place(client)

    (found,) = items(client)

    assert {key: found[key] for key in ("id", "offer", "title", "why", "cause", "state")} == {
        "id": "eff_1",
        "offer": "run-credits",
        "title": notices.NOTICE["title"],
        "why": notices.NOTICE["why"],
        "cause": {"kind": "signal", "name": "runs-almost-used"},
        "state": "unread",
    }
    assert items(client, BEN) == []


@pytest.mark.parametrize("headers", [SUPPORT, ADMIN, INGEST])
@pytest.mark.parametrize("path", ["", "/count", "/stream"])
def test_only_an_end_user_has_an_inbox(
    client: TestClient, headers: dict[str, str], path: str
) -> None:
    assert client.get(f"/v1/notifications{path}", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["read", "archive", "click", "undo"])
def test_the_notification_of_somebody_else_is_not_there(client: TestClient, path: str) -> None:
    place(client)
    strangers = (BEN, bearer(sub="u_admin", account="acc_2"), bearer(sub="u_admin", tenant="x"))

    for who in strangers:
        answered = client.post(f"/v1/notifications/eff_1/{path}", headers=who)
        assert (answered.status_code, answered.json()["code"]) == (404, "not_found")
        assert answered.headers["content-type"] == "application/problem+json"


def test_a_count_that_is_known_costs_no_body(client: TestClient) -> None:
    place(client)
    first = client.get("/v1/notifications/count", headers=ADA)
    tag = first.headers["etag"]

    known = client.get("/v1/notifications/count", headers={**ADA, "If-None-Match": tag})
    weak = client.get("/v1/notifications/count", headers={**ADA, "If-None-Match": f'"x", W/{tag}'})
    do(client, "eff_1/read")
    changed = client.get("/v1/notifications/count", headers={**ADA, "If-None-Match": tag})

    assert first.json() == {"unread": 1, "read": 0, "archived": 0, "snoozed": 0}
    assert [(one.status_code, one.content) for one in (known, weak)] == [(304, b"")] * 2
    assert known.headers["etag"] == tag
    assert (changed.status_code, changed.json()["unread"]) == (200, 0)


def test_a_list_that_is_known_costs_no_body_either(client: TestClient) -> None:
    place(client)
    tag = client.get("/v1/notifications", headers=ADA).headers["etag"]

    again = client.get("/v1/notifications", headers={**ADA, "If-None-Match": tag})

    assert again.status_code == 304


def test_two_devices_see_one_dismissal_and_one_undo(client: TestClient) -> None:
    place(client)
    phone = bearer(sub="u_admin", life=600)
    assert len(items(client, phone)) == 1

    do(client, "eff_1/dismiss", {"how": "never"})
    after = (items(client, phone), [one["id"] for one in items(client, phone, "?state=archived")])
    undone = client.post("/v1/notifications/eff_1/undo", headers=phone)

    assert after == ([], ["eff_1"])
    assert undone.json()["state"] == "unread"
    assert [one["id"] for one in items(client)] == ["eff_1"]


def history(client: TestClient, moment: Moment) -> list[tuple[str, str]]:
    known = get_customer(store_of(client), "default", "acc_1", "u_admin", since=moment() - HOUR)
    return [(one.kind, one.note) for one in known.customer.history]


def test_a_reason_is_kept_without_what_says_who_somebody_is(
    client: TestClient, moment: Moment
) -> None:
    place(client)

    body = {"how": "not_now", "reason": "no_budget", "note": "ask bob@acme.example in May"}
    said = do(client, "eff_1/dismiss", body).json()

    assert said["closed"]["note"] == "ask [email] in May"
    assert ("not_now", "no_budget: ask [email] in May") in history(client, moment)


def test_what_is_put_off_is_told_as_snoozed_until_it_is_back(
    client: TestClient, moment: Moment
) -> None:
    place(client)
    until = moment() + 3 * HOUR

    said = do(client, "eff_1/snooze", {"until": until.isoformat()}).json()
    asleep = items(client)
    moment.at = until
    (awake,) = items(client)

    assert (said["state"], datetime.fromisoformat(said["snoozed_until"])) == ("snoozed", until)
    assert asleep == []
    assert (awake["state"], awake["snoozed_until"]) == ("unread", None)


WRONG: list[tuple[str, object, int, str]] = [
    ("eff_1/snooze", {"until": "2020-01-01T00:00:00Z"}, 422, "/until"),
    ("eff_1/snooze", {"until": "tomorrow"}, 422, "/until"),
    ("eff_1/snooze", {}, 422, "/until"),
    ("eff_1/dismiss", {"how": "perhaps"}, 422, "/how"),
    ("eff_1/dismiss", {"reason": "because"}, 422, "/reason"),
    ("eff_1/dismiss", {"person": "u_member"}, 422, "/person"),
    ("eff_1/dismiss", {"note": "x" * 501}, 422, "/note"),
    ("eff_9/read", None, 404, ""),
    ("eff_1/undo", None, 409, ""),
]


@pytest.mark.parametrize(("path", "body", "status", "pointer"), WRONG)
def test_what_cannot_be_done_is_a_problem_that_names_the_place(
    client: TestClient, path: str, body: object, status: int, pointer: str
) -> None:
    place(client)

    answered = do(client, path, body)

    assert answered.status_code == status, answered.text
    assert [one["pointer"] for one in answered.json()["errors"]] == ([pointer] if pointer else [])


def test_the_same_idempotency_key_is_one_act(client: TestClient, moment: Moment) -> None:
    place(client)
    key = {"Idempotency-Key": "k-1"}

    twice = [do(client, "eff_1/click", **key).status_code for _ in range(2)]
    other = do(client, "eff_1/archive", **key)

    assert twice == [200, 200]
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert [kind for kind, _ in history(client, moment) if kind == "click"] == ["click"]


def test_a_stopped_offer_is_off_the_list_at_once(client: TestClient) -> None:
    place(client)
    place(client, "eff_2", offer="team")

    stops.pull(store_of(client), "default", Stop(offer="team", since=now()))

    assert [one["id"] for one in items(client)] == ["eff_1"]


def test_a_purchase_takes_its_notification_off_the_list(client: TestClient, moment: Moment) -> None:
    place(client)
    entry = {"id": "p1", "account": "acc_1", "name": "purchase.made", "at": moment().isoformat(), "properties": {"offer": "run-credits"}}  # fmt: skip

    client.post("/v1/events", json={"events": [entry]}, headers=INGEST).raise_for_status()

    assert items(client) == []


def test_pages_follow_each_other_and_a_foreign_cursor_is_refused(client: TestClient) -> None:
    for n in range(3):
        place(client, f"eff_{n}")
    first = client.get("/v1/notifications?limit=2", headers=ADA).json()
    rest = items(client, ADA, f"?limit=2&cursor={first['next_cursor']}")

    assert [one["id"] for one in (*first["items"], *rest)] == ["eff_2", "eff_1", "eff_0"]
    wrong = client.get("/v1/notifications?cursor=zzz", headers=ADA)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "?cursor")


def test_a_last_event_id_that_no_stream_gave_out_is_refused(client: TestClient) -> None:
    headers = {**ADA, "Last-Event-ID": "17"}

    assert client.get("/v1/notifications/stream", headers=headers).status_code == 422


def test_the_page_of_the_api_names_every_door_of_the_inbox(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    acts = {f"/v1/notifications/{{notification_id}}/{act}" for act in ("read", "archive", "snooze", "dismiss", "click", "undo")}  # fmt: skip
    assert acts <= paths.keys()
    assert paths["/v1/notifications"]["get"]["responses"].keys() >= {"200", "304", "401", "403"}


def test_the_inbox_works_with_postgresql_and_two_servers(tmp_path: Path, postgres_url: str) -> None:
    settings = replace(settings_in(tmp_path), database_url=Secret(postgres_url))
    with TestClient(create_app(settings)) as one, TestClient(create_app(settings)) as other:
        place(one)
        assert len(items(other)) == 1
        do(other, "eff_1/dismiss", {"how": "never"})
        assert items(one) == []
