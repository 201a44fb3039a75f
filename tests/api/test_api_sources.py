"""Sources at the server's doors: Stripe's signed events, and a question whose answer names where a right comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from skill.settings import HookSecret, Secret
from skill.sources.source import Line
from skill.store.engine import Store
from skill.store.tables import ingest_counts, verified
from skill.store.verified import LastTold, Verified
from tests.api.doors import ADMIN, BEN, INGEST, fill, settings_in
from tests.sources.fake_stripe import FakeStripe, serving, summary
from tests.sources.told_by import told

stripe = pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

OLD, NEW, OTHER = "whsec_" + "a" * 32, "whsec_" + "b" * 32, "whsec_" + "c" * 32
SECRETS = (
    HookSecret("stripe", Secret(OLD)),
    HookSecret("stripe", Secret(NEW)),
    HookSecret("stripe", Secret(OTHER), "other"),
)
START = now().replace(microsecond=0)
FEATURE = "salesforce-export"


class Desk:
    """A server with Stripe as its source, whose time stands still until it is told to move."""

    def __init__(self, stripe_server: FakeStripe) -> None:
        self.stripe = stripe_server
        self.at = START
        self.client: TestClient
        self.store: Store
        self.lines: tuple[Line, ...]

    def event(self, event_id: str, second: int, *keys: str, secret: str = OLD, **more: Any) -> Any:
        return self.send(
            summary(event_id, START + timedelta(seconds=second), [*keys], **more), secret
        )

    def send(self, message: Any, secret: str = OLD, *, at: Any = None) -> Any:
        content = message if isinstance(message, str) else json.dumps(message)
        stamp = int((at or self.at).timestamp())
        signed = stripe.WebhookSignature.generate_signature_header(content, secret, stamp)
        return self.client.post(
            "/v1/hooks/stripe", content=content, headers={"Stripe-Signature": signed}
        )

    def known(self, tenant: str = "default") -> Verified | None:
        return LastTold(self.store, tenant).read([("stripe", "cus_1")]).get(("stripe", "cus_1"))

    def names(self) -> set[str]:
        known = self.known()
        return {right.name for right in known.told.grants} if known and known.told else set()

    def decision(self) -> dict[str, Any]:
        body = {"question": "Can I export to Salesforce?"}
        answer = self.client.post("/v1/ask", json=body, headers=BEN)
        assert answer.status_code == 200, answer.text
        found = self.client.get(f"/v1/decisions/{answer.json()['decision_id']}", headers=ADMIN)
        return dict(found.json())


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for all tests here."""
    with serving() as fake, pytest.MonkeyPatch.context() as environment:
        for key, value in {
            "TACTFUL_SOURCES": "stripe",
            "TACTFUL_SOURCE_STRIPE_KEY": "rk_test_none",
            "TACTFUL_SOURCE_STRIPE_URL": fake.url,
            "TACTFUL_SOURCE_SECONDS": "10",
        }.items():
            environment.setenv(key, value)
        made = Desk(fake)
        settings = replace(settings_in(tmp_path_factory.mktemp("sources")), hook_secrets=SECRETS)
        made.store = Store.open(settings.database)
        app = create_app(settings, clock=lambda: made.at, store=made.store)
        made.lines = app.state.desk.sources.lines
        with TestClient(app, raise_server_exceptions=False) as made.client:
            fill(made.client, START)
            made.client.put(
                "/v1/accounts/acc_1",
                json={"plan": "starter", "traits": {"stripe customer": "cus_1"}},
                headers=INGEST,
            )
            yield made
        made.store.close()


@pytest.fixture
def desk(opened: Desk) -> Desk:
    """The server, to which Stripe has said nothing yet."""
    opened.at = opened.stripe.at = START
    opened.stripe.fault, opened.stripe.asked = "", []
    opened.stripe.entitled["cus_1"] = ["salesforce_export", "sso", "audit-log"]
    for line in opened.lines:
        line.heard(told(), START)
    with opened.store.writing() as connection:
        for table in (verified, ingest_counts):
            connection.execute(delete(table))
    return opened


# -- signed events ---------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_an_event_signed_with_the_old_or_the_new_secret_is_kept(desk: Desk, secret: str) -> None:
    response = desk.event("evt_1", 0, "sso", secret=secret)

    assert (response.status_code, response.json()) == (200, {"accepted": 1, "duplicates": 0})
    assert desk.names() == {"sso"}


def test_an_event_is_for_the_tenant_of_its_secret(desk: Desk) -> None:
    desk.event("evt_1", 0, "sso", secret=OTHER)

    assert desk.known() is None
    assert desk.known("other") is not None


def test_an_event_that_came_before_or_is_older_changes_nothing_and_is_counted(desk: Desk) -> None:
    desk.event("evt_2", 2, "sso", "audit-log")

    again = desk.event("evt_2", 2, "sso", "audit-log")
    older = desk.event("evt_1", 1, "sso")

    assert again.json() == older.json() == {"accepted": 0, "duplicates": 1}
    assert desk.names() == {"sso", "audit-log"}
    (day,) = desk.client.get("/v1/events/counts", headers=ADMIN).json()["items"]
    assert (day["received"], day["accepted"], day["duplicates"]) == (3, 1, 2)


def test_an_incomplete_event_makes_us_read_all_of_them(desk: Desk) -> None:
    desk.stripe.at = START + timedelta(seconds=2)

    desk.event("evt_1", 1, "sso", more=True)

    assert desk.names() == {"salesforce-export", "sso", "audit-log"}
    assert len(desk.stripe.asked) == 2
    known = desk.known()
    assert known is not None
    assert not known.due


def test_where_that_reading_fails_it_is_done_with_the_next_question(desk: Desk) -> None:
    desk.event("evt_0", 0, "sso")
    desk.stripe.fault = "500"
    assert desk.event("evt_1", 1, "audit-log", more=True).status_code == 200
    assert desk.names() == {"sso"}

    desk.stripe.fault, desk.stripe.at = "", START + timedelta(seconds=2)
    decision = desk.decision()

    assert desk.names() == {"salesforce-export", "sso", "audit-log"}
    assert decision["decision"]["accesses"][0]["verdict"] == "granted"


def test_a_message_of_another_type_is_counted_and_kept_by_nobody(desk: Desk) -> None:
    response = desk.send({"id": "evt_1", "object": "event", "type": "invoice.paid"})

    assert (response.status_code, desk.known()) == (200, None)
    (day,) = desk.client.get("/v1/events/counts", headers=ADMIN).json()["items"]
    assert day["refused"] == {"not_mapped": 1}


@pytest.mark.parametrize("content", ["{", "[]", '"x"', "null", '{"type": 5}'])
def test_a_signed_body_that_is_no_event_is_refused_or_passed_over(desk: Desk, content: str) -> None:
    assert desk.send(content).status_code in (200, 422)
    assert desk.known() is None


def test_a_signed_event_that_says_nothing_whole_is_refused_and_counted(desk: Desk) -> None:
    message = summary("evt_1", START, ["sso"])
    del message["data"]["object"]["customer"]

    assert desk.send(message).status_code == 422
    (day,) = desk.client.get("/v1/events/counts", headers=ADMIN).json()["items"]
    assert day["refused"] == {"unreadable": 1}


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_of_another_time_is_not_believed(desk: Desk, minutes: int) -> None:
    at = START + timedelta(minutes=minutes)

    assert desk.send(summary("evt_1", START, ["sso"]), at=at).status_code == 401
    assert desk.known() is None


@pytest.mark.parametrize("signature", ["", "t=1", "v1=aa", "t=x,v1=aa", "t=1,v1=aa", "nonsense"])
def test_a_message_that_is_not_signed_is_not_believed(desk: Desk, signature: str) -> None:
    message = json.dumps(summary("evt_1", START, ["sso"]))
    headers = {"Stripe-Signature": signature}

    response = desk.client.post("/v1/hooks/stripe", content=message, headers=headers)

    assert (response.status_code, desk.known()) == (401, None)
    foreign = "whsec_" + "d" * 32
    assert desk.send(message, foreign).status_code == 401


def test_bytes_that_are_no_text_are_not_believed(desk: Desk) -> None:
    response = desk.client.post(
        "/v1/hooks/stripe", content=b"\xff\xfe", headers={"Stripe-Signature": "t=1,v1=aa"}
    )

    assert response.status_code == 401


def test_without_stripe_as_a_source_there_is_no_such_webhook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TACTFUL_SOURCES", raising=False)
    settings = replace(settings_in(tmp_path), hook_secrets=SECRETS)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert client.post("/v1/hooks/stripe", content=b"{}").status_code == 404


# -- a question ------------------------------------------------------------------------------------


def test_a_question_is_answered_by_what_stripe_says_and_the_decision_names_it(desk: Desk) -> None:
    access = desk.decision()["decision"]["accesses"][0]

    assert (access["feature"], access["verdict"]) == (FEATURE, "granted")
    assert [right["name"] for right in access["entitlements"]] == ["stripe"]


def test_while_stripe_is_down_its_last_word_serves_marked_and_then_nothing_is_sold(
    desk: Desk,
) -> None:
    desk.decision()
    desk.stripe.fault = "500"
    desk.at = START + timedelta(minutes=30)
    marked = desk.decision()["decision"]["accesses"][0]
    desk.at = START + timedelta(hours=25)
    after = desk.decision()["decision"]

    stamp = START.isoformat(timespec="seconds").replace("+00:00", "Z")
    assert marked["entitlements"][0]["name"] == f"stripe, last verified {stamp}"
    assert after["accesses"][0]["verdict"] == "unknown"
    assert (after["offers"], after["missing"]) == ([], ["account"])


def test_an_entitlement_that_ended_is_offered_again_only_by_a_newer_event(desk: Desk) -> None:
    desk.decision()
    desk.event("evt_1", -5)
    assert desk.decision()["decision"]["accesses"][0]["verdict"] == "granted"

    desk.event("evt_2", 5)

    assert desk.decision()["decision"]["accesses"][0]["verdict"] == "denied"


def test_access_alone_is_told_by_what_stripe_says_too(desk: Desk) -> None:
    found = desk.client.get(f"/v1/features/{FEATURE}/access", headers=BEN).json()

    assert [right["name"] for right in found["entitlements"]] == ["stripe"]
