"""What a person wants to hear of, over HTTP: chosen by themselves, by a link without a login, and obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from skill.delivery.unsubscribe import Subject, key_of, token_of
from skill.store import outbox
from skill.store.engine import Store
from tests.api.doors import ADA, BEN, INGEST, SECRET, SUPPORT, bearer, fill, settings_in
from tests.store import notices

NOTHING: dict[str, Any] = {
    "opted_out": [],
    "quiet_hours": None,
    "channels": {"in_app": True, "email": True},
    "locale": None,
    "time_zone": None,
}
ASKED = {"question": "Can I export to Salesforce?"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(settings_in(tmp_path_factory.mktemp("preferences")))
    with TestClient(app, raise_server_exceptions=False) as opened:
        fill(opened, now())
        yield opened


@pytest.fixture
def client(server: TestClient) -> TestClient:
    with store_of(server).writing() as connection:
        for table in ("preferences", "effects", "showings", "history"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return server


def store_of(client: TestClient) -> Store:
    store = client.app.state.desk.store  # type: ignore[attr-defined]
    assert isinstance(store, Store)
    return store


def choose(client: TestClient, **chosen: Any) -> httpx.Response:
    return client.put("/v1/preferences", json=chosen, headers=ADA)


def chosen(client: TestClient, who: dict[str, str] = ADA) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/preferences", headers=who).json()
    assert found.pop("categories")[:2] == ["all", "offers"]
    return found


def link(category: str = "email", person: str = "u_admin", secret: str = SECRET) -> str:
    subject = Subject("default", "acc_1", person, category)
    return f"/v1/unsubscribe/{token_of(key_of(secret), subject)}"


def test_before_anything_is_chosen_nothing_is_off(client: TestClient) -> None:
    assert chosen(client) == NOTHING


def test_what_is_chosen_is_kept_for_this_person_alone(client: TestClient) -> None:
    given = {
        "opted_out": ["offers"],
        "quiet_hours": {"start": "19:00", "end": "08:00", "weekends": True},
        "channels": {"in_app": True, "email": False},
        "locale": "de",
        "time_zone": "Europe/Berlin",
    }

    answered = choose(client, **given)

    assert answered.status_code == 200
    assert chosen(client) == given
    assert chosen(client, BEN) == NOTHING


def test_what_is_read_can_be_written_back(client: TestClient) -> None:
    choose(client, time_zone="Asia/Tokyo")

    assert choose(client, **chosen(client)).status_code == 200
    assert chosen(client)["time_zone"] == "Asia/Tokyo"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"time_zone": "Mars/Olympus"}, "/time_zone"),
    ({"opted_out": ["offers", "gardening"]}, "/opted_out/1"),
    ({"opted_out": ["email"]}, "/opted_out/0"),
    ({"channels": {"push": True}}, "/channels/push"),
    ({"quiet_hours": {"start": "7pm", "end": "08:00"}}, "/quiet_hours/start"),
    ({"person": "u_member"}, "/person"),
]


@pytest.mark.parametrize(("given", "pointer"), WRONG, ids=lambda g: str(g)[:40])
def test_a_choice_that_means_nothing_is_refused_with_its_place(
    client: TestClient, given: dict[str, Any], pointer: str
) -> None:
    answered = choose(client, **given)

    assert answered.status_code == 422
    assert [one["pointer"] for one in answered.json()["errors"]] == [pointer]
    assert chosen(client) == NOTHING


def test_nobody_chooses_for_somebody_else(client: TestClient) -> None:
    assert client.get("/v1/preferences", headers=SUPPORT).status_code == 403


def offers(client: TestClient) -> list[str]:
    answer = client.post("/v1/ask", json=ASKED, headers=ADA).json()
    assert answer["answer"]["text"]
    return [one["id"] for one in answer["recommended_offers"]]


def test_who_opts_out_of_offers_is_answered_and_offered_nothing(client: TestClient) -> None:
    before = offers(client)

    choose(client, opted_out=["offers"])

    assert before != []
    assert offers(client) == []


def test_who_switches_emails_off_is_answered_as_before(client: TestClient) -> None:
    before = offers(client)

    choose(client, channels={"email": False})

    assert offers(client) == before


def test_looking_at_the_link_changes_nothing_and_shows_a_button(client: TestClient) -> None:
    page = client.get(link())

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<button" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert chosen(client) == NOTHING


def test_one_click_ends_it_also_for_what_is_queued(client: TestClient) -> None:
    notices.claimed(store_of(client), notices.effect("eff_1", channel="email", at=now()))
    one_click = {"List-Unsubscribe": "One-Click"}

    # As RFC 8058 has it: a form, no cookies, no login.
    twice = [client.post(link(), data=one_click).status_code for _ in range(2)]

    effect = outbox.find(store_of(client), "default", "eff_1")
    assert twice == [200, 200]
    assert chosen(client)["channels"] == {"in_app": True, "email": False}
    assert effect is not None
    assert (effect.state, effect.reason) == ("suppressed", "opted out")


def test_one_click_may_come_as_any_form(client: TestClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    assert client.post(link(), content=body, headers=headers).status_code == 200
    assert chosen(client)["channels"]["email"] is False


def test_a_link_that_was_sent_before_somebody_moved_ends_it_where_they_are_now(
    client: TestClient,
) -> None:
    there = bearer(sub="u_mover", account="acc_big")
    said = {"from": "acc_1", "into": "acc_big"}
    moved = {"id": "moved_1", "account": "acc_big", "person": "u_mover", "name": "person.moved", "at": now().isoformat(), "properties": said}  # fmt: skip
    assert client.post("/v1/events", json={"events": [moved]}, headers=INGEST).is_success
    # What is chosen in the new account goes before what was chosen in the one before.
    client.put("/v1/preferences", json={"locale": "de"}, headers=there)
    notices.claimed(store_of(client), notices.effect("eff_2", channel="email", at=now(), account="acc_big", person="u_mover"))  # fmt: skip

    assert client.post(link(person="u_mover")).status_code == 200

    effect = outbox.find(store_of(client), "default", "eff_2")
    assert chosen(client, there)["channels"]["email"] is False
    assert chosen(client, there)["locale"] == "de"
    assert effect is not None
    assert effect.state == "suppressed"


def test_it_is_taken_back_with_the_button_on_the_page(client: TestClient) -> None:
    ended = client.post(link("offers")).text
    name, value = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', ended)[0]
    off = chosen(client)

    again = client.post(link("offers"), data={name: value})

    assert "Undo" in ended
    assert off["opted_out"] == ["offers"]
    assert "subscribed again" in again.text
    assert chosen(client) == NOTHING


def test_undo_leaves_what_was_chosen_otherwise(client: TestClient) -> None:
    choose(client, opted_out=["offers"], time_zone="Asia/Tokyo")

    client.post(link())
    client.post(link(), data={"undo": "1"})

    assert chosen(client) == {**NOTHING, "opted_out": ["offers"], "time_zone": "Asia/Tokyo"}


@pytest.mark.parametrize("path", [link(secret="x" * 40), "/v1/unsubscribe/abc", link()[:-1]])
def test_a_link_that_we_did_not_sign_does_nothing_and_says_so(
    client: TestClient, path: str
) -> None:
    for answered in (client.get(path), client.post(path)):
        assert answered.status_code == 404
        assert "not valid" in answered.text
    assert chosen(client) == NOTHING


@pytest.mark.parametrize("category", ["email", "offers", "<script>alert(1)</script>"])
def test_the_page_can_be_read_by_everybody(client: TestClient, category: str) -> None:
    page = client.get(link(category)).text

    assert '<html lang="en">' in page
    assert len(re.findall(r"<h1>[^<]+</h1>", page)) == 1
    assert len(re.findall(r"<title>[^<]+</title>", page)) == 1
    assert "<main>" in page
    assert "<script" not in page
