"""What is sent to `POST /v1/events` and `POST /v1/hooks/{source}`, entry by entry, and the counts of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from skill.errors import SettingsError
from skill.settings import HookSecret, Secret, Settings
from tests.api.doors import ADMIN, INGEST, SUPPORT, bearer, fill, settings_in
from tests.sources.test_hooks import INCIDENT, TICKET

OLD, NEW, OTHER = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
SECRETS = (
    HookSecret("helpdesk", Secret(OLD)),
    HookSecret("helpdesk", Secret(NEW)),
    HookSecret("statuspage", Secret(NEW), "other"),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server that knows two sources of webhooks."""
    settings = replace(settings_in(tmp_path_factory.mktemp("ingest")), hook_secrets=SECRETS)
    with TestClient(create_app(settings), raise_server_exceptions=False) as opened:
        fill(opened, now())
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[TestClient]:
    """A server to which nothing was sent yet."""
    settings = replace(settings_in(tmp_path), hook_secrets=SECRETS)
    with TestClient(create_app(settings), raise_server_exceptions=False) as opened:
        yield opened


def reading(entry_id: str, **more: Any) -> dict[str, Any]:
    entry = {"id": entry_id, "account": "acc_1", "meter": "api_calls", "at": now().isoformat()}
    return {**entry, "value": 5, **more}


def event(entry_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": entry_id,
        "account": "acc_1",
        "name": name,
        "at": now().isoformat(),
        **more,
    }


def send(client: TestClient, body: Any, media: str = "application/json", **headers: str) -> Any:
    sent = {**INGEST, "Content-Type": media, **headers}
    return client.post("/v1/events", content=json.dumps(body), headers=sent)


def counted(client: TestClient, headers: dict[str, str] = ADMIN) -> dict[str, Any]:
    items = client.get("/v1/events/counts", headers=headers).json()["items"]
    found: dict[str, Any] = items[0] if items else {}
    return found


REFUSED = [
    ("bad_value", {"value": -1}, "value"),
    ("bad_value", {"value": float("nan")}, "value"),
    ("bad_value", {"value": float("inf")}, "value"),
    ("bad_value", {"value": "1e40"}, "value"),
    ("bad_value", {"value": "many"}, "value"),
    ("bad_time", {"at": "yesterday"}, "at"),
    ("bad_time", {"at": "1612-01-01T00:00:00Z"}, "at"),
    ("ahead_of_clock", {"at": (now() + timedelta(hours=25)).isoformat()}, "at"),
    ("unknown_meter", {"meter": "api_cals"}, "meter"),
    ("wrong_unit", {"unit": "GB"}, "unit"),
    ("bad_entry", {"colour": "red"}, "colour"),
    ("bad_entry", {"account": "*"}, "account"),
    ("bad_entry", {"id": "a\0b"}, "id"),
]


@pytest.mark.parametrize(("reason", "change", "place"), REFUSED)
def test_an_entry_at_fault_is_named_and_counted_and_the_others_are_kept(
    fresh: TestClient, reason: str, change: dict[str, Any], place: str
) -> None:
    response = send(fresh, {"usage": [reading("r1"), {**reading("r2"), **change}, reading("r3")]})

    body = response.json()
    assert response.status_code == 422
    assert (body["code"], body["accepted"], body["duplicates"]) == ("entries_refused", 2, 0)
    assert body["refused"] == {reason: 1}
    assert [error["pointer"] for error in body["errors"]] == [f"/usage/1/{place}"]
    day = counted(fresh)
    assert (day["received"], day["accepted"], day["refused"]) == (3, 2, {reason: 1})


@pytest.mark.parametrize(
    ("name", "change", "place", "reason"),
    [
        ("ticket.open", {}, "name", "unknown_name"),
        ("Ticket.Opened", {}, "name", "unknown_name"),
        ("ticket.opened", {}, "properties/ticket", "bad_entry"),
        ("ticket.opened", {"properties": {"ticket": 7}}, "properties/ticket", "bad_entry"),
        ("purchase.made", {"properties": {"offer": "!"}}, "properties/offer", "bad_entry"),
        ("person.moved", {"properties": {"from": "a", "into": "acc_1"}}, "person", "bad_entry"),
        (
            "account.merged",
            {"properties": {"from": "acc_1", "into": "acc_1"}},
            "properties/into",
            "bad_entry",
        ),
        (
            "account.merged",
            {"properties": {"from": "a", "into": "b"}},
            "account",
            "bad_entry",
        ),
    ],
)
def test_a_reserved_name_must_say_what_it_means(
    client: TestClient, name: str, change: dict[str, Any], place: str, reason: str
) -> None:
    response = send(client, {"events": [{**event("x1", name), **change}]})

    body = response.json()
    assert (response.status_code, body["refused"]) == (422, {reason: 1})
    assert body["errors"][0]["pointer"] == f"/events/0/{place}"


@pytest.mark.parametrize("name", ["account.created", "ticket.created", "person.invited"])
def test_a_product_may_have_events_of_its_own_about_such_things(
    client: TestClient, name: str
) -> None:
    assert send(client, {"events": [event(f"own-{name}", name)]}).status_code == 200


def test_late_entries_are_taken_and_a_clock_a_little_ahead_too(client: TestClient) -> None:
    late, early = now() - timedelta(days=300), now() + timedelta(hours=23)
    body = {
        "usage": [reading("l1", at=late.isoformat()), reading("l2", at=early.isoformat())],
        "events": [event("l3", "csv_export", at=late.isoformat())],
    }

    assert send(client, body).json() == {"accepted": 3, "duplicates": 0}


def test_conflicts_beside_other_faults_are_all_named(client: TestClient) -> None:
    send(client, {"usage": [reading("k1")]})

    response = send(client, {"usage": [reading("k1", value=6), reading("k2", value=-6)]})

    assert response.status_code == 422
    assert response.json()["refused"] == {"bad_value": 1, "conflict": 1}
    assert {error["pointer"] for error in response.json()["errors"]} == {
        "/usage/0",
        "/usage/1/value",
    }


@pytest.mark.parametrize("content", [b"not json", b"[]", b'{"usage": 7}', b'{"x": []}', b"\xff"])
def test_a_body_that_cannot_be_read_is_counted_as_one_entry(
    fresh: TestClient, content: bytes
) -> None:
    headers = {**INGEST, "Content-Type": "application/json"}

    response = fresh.post("/v1/events", content=content, headers=headers)

    assert response.status_code == 422
    assert counted(fresh)["refused"] == {"unreadable": 1}


def test_a_batch_that_a_credential_may_not_send_is_counted(fresh: TestClient) -> None:
    bound = bearer(scope="ingest", account="acc_1")
    move = {"from": "acc_big", "into": "acc_1"}
    merge = {"events": [event("m1", "account.merged", properties=move), event("m2", "x")]}

    assert fresh.post("/v1/events", json=merge, headers=bound).status_code == 403
    assert counted(fresh)["refused"] == {"not_allowed": 2}


def test_the_counts_are_for_admin_and_ingest_and_of_ones_own_tenant(fresh: TestClient) -> None:
    send(fresh, {"usage": [reading("r1")]})

    assert counted(fresh, INGEST) == counted(fresh) != {}
    assert fresh.get("/v1/events/counts", headers=SUPPORT).status_code == 403
    assert counted(fresh, {"X-API-Key": "key-admin@other"}) == {}


# -- CloudEvents -----------------------------------------------------------------------------------

ENVELOPE = "application/cloudevents+json"
ENVELOPES = "application/cloudevents-batch+json; charset=utf-8"


def envelope(entry_id: str, source: str = "/meters/eu", **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": entry_id,
        "source": source,
        "type": "tactful.usage.v1",
        "time": now().isoformat(),
        "subject": "acc_1",
        "datacontenttype": "application/json",
        "traceparent": "00-ab-cd-01",
        "data": {"meter": "api_calls", "value": 7, "unit": "api_call"},
        **more,
    }


def test_one_envelope_and_a_batch_of_them_are_taken(client: TestClient) -> None:
    happened = {"type": "tactful.event.v1", "data": {"name": "csv_export", "person": "u_admin"}}

    one = send(client, envelope("ce1"), ENVELOPE)
    many = send(client, [envelope("ce2"), envelope("ce3", **happened)], ENVELOPES)

    assert one.json() == {"accepted": 1, "duplicates": 0}
    assert many.json() == {"accepted": 2, "duplicates": 0}


def test_an_envelopes_id_is_unique_within_its_source(client: TestClient) -> None:
    first = envelope("ce9")

    assert send(client, [first, envelope("ce9", "/meters/us")], ENVELOPES).json()["accepted"] == 2
    assert send(client, first, ENVELOPE).json() == {"accepted": 0, "duplicates": 1}
    other = {**first, "data": {**first["data"], "value": 8}}
    assert send(client, other, ENVELOPE).status_code == 409
    assert send(client, {"usage": [reading("ce9")]}).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("change", "pointer", "reason"),
    [
        ({"specversion": "0.3"}, "/1/specversion", "bad_entry"),
        ({"type": "com.example.other"}, "/1/type", "unknown_type"),
        ({"source": ""}, "/1/source", "bad_entry"),
        ({"subject": None}, "/1/subject", "bad_entry"),
        ({"time": "soon"}, "/1/time", "bad_time"),
        ({"data": "text"}, "/1/data", "bad_entry"),
        ({"data": {"meter": "api_calls", "value": -1}}, "/1/data/value", "bad_value"),
        ({"data": {"meter": "nonsense", "value": 1}}, "/1/data/meter", "unknown_meter"),
        ({"data": {"meter": "api_calls", "value": 1, "id": "x"}}, "/1/data/id", "bad_entry"),
        ({"Not A Name": 1}, "/1/Not A Name", "bad_entry"),
    ],
)
def test_a_fault_in_an_envelope_is_named_where_it_stands(
    client: TestClient, change: dict[str, Any], pointer: str, reason: str
) -> None:
    sound = envelope(f"sound{pointer}{reason}")

    response = send(client, [sound, envelope("at-fault", **change)], ENVELOPES)

    assert response.json()["refused"] == {reason: 1}
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


# -- what restraint makes of it --------------------------------------------------------------------

QUESTION = {"question": "Can I export to Salesforce?"}
ASKED = bearer(account="acc_r", sub="u_r", roles=["admin"])


def offers(client: TestClient) -> list[Any]:
    found: list[Any] = client.post("/v1/ask", json=QUESTION, headers=ASKED).json()[
        "recommended_offers"
    ]
    return found


@pytest.mark.parametrize(
    ("begins", "ends", "properties"),
    [
        ("ticket.opened", "ticket.closed", {"ticket": "t"}),
        ("incident.started", "incident.ended", {"incident": "i"}),
        ("invoice.overdue", "invoice.paid", {"invoice": "v"}),
        ("checkout.opened", "checkout.closed", {"checkout": "c"}),
    ],
)
def test_nothing_is_offered_while_it_lasts(
    fresh: TestClient, begins: str, ends: str, properties: dict[str, str]
) -> None:
    fact = {"name": "successful_runs", "value": 40, "as_of": now().isoformat()}
    account = {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
        "facts": [fact],
    }
    fresh.put("/v1/accounts/acc_r", json=account, headers=INGEST)
    long_ago = (now() - timedelta(days=60)).isoformat()
    before_that = (now() - timedelta(days=61)).isoformat()
    assert offers(fresh)

    began = event("b", begins, account="acc_r", at=before_that, properties=properties)
    assert send(fresh, {"events": [began]}).status_code == 200
    during = offers(fresh)
    ended = event("e", ends, account="acc_r", at=long_ago, properties=properties)
    assert send(fresh, {"events": [ended]}).status_code == 200

    assert during == []
    assert offers(fresh)


# -- webhooks --------------------------------------------------------------------------------------


def hook(
    client: TestClient,
    body: Any,
    source: str = "helpdesk",
    secret: str = NEW,
    message_id: str = "msg_1",
    age_s: int = 0,
    **changed: str,
) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(now().timestamp()) - age_s)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%b.%b.%b" % (message_id.encode(), stamp.encode(), content)
    made = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1a,nonsense v1,{made}",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return client.post(f"/v1/hooks/{source}", content=content, headers=headers)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_signed_message_is_taken_with_the_old_and_the_new_secret(
    fresh: TestClient, secret: str
) -> None:
    response = hook(fresh, TICKET, secret=secret)

    assert (response.status_code, response.json()) == (200, {"accepted": 1, "duplicates": 0})


def test_a_message_that_is_sent_again_is_a_duplicate(fresh: TestClient) -> None:
    hook(fresh, TICKET)

    assert hook(fresh, TICKET).json() == {"accepted": 0, "duplicates": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"secret": OTHER},
        {"age_s": 400},
        {"age_s": -400},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,"},
        {"webhook_id": "msg_2"},
        {"webhook_id": ""},
        {"webhook_timestamp": "soon"},
        {"source": "statuspage", "secret": OLD},
    ],
)
def test_a_message_that_is_stale_or_not_signed_as_it_is_is_refused(
    fresh: TestClient, change: dict[str, Any]
) -> None:
    response = hook(fresh, TICKET, **change)

    assert response.status_code == 401
    assert counted(fresh) == {}


@pytest.mark.parametrize("source", ["nobody", "status-page", "billing"])
def test_an_unknown_source_is_not_found(client: TestClient, source: str) -> None:
    assert hook(client, TICKET, source=source).status_code == 404


def test_an_incident_is_kept_for_the_tenant_whose_secret_signed_it(fresh: TestClient) -> None:
    assert hook(fresh, INCIDENT, source="statuspage").json()["accepted"] == 2

    assert counted(fresh) == {}
    assert counted(fresh, {"X-API-Key": "key-admin@other"})["accepted"] == 2


def test_a_message_that_says_nothing_for_us_is_answered_and_counted(fresh: TestClient) -> None:
    comment = {**TICKET, "type": "zen:event-type:ticket.comment_added"}

    assert hook(fresh, comment).status_code == 200
    assert counted(fresh)["refused"] == {"not_mapped": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"not json", "unreadable"), ([], "bad_entry"), ({**TICKET, "detail": {}}, "bad_entry")],
)
def test_a_signed_message_that_cannot_be_read_is_refused_and_counted(
    fresh: TestClient, body: Any, reason: str
) -> None:
    assert hook(fresh, body).status_code == 422
    assert counted(fresh)["refused"] == {reason: 1}


def test_secrets_of_webhooks_are_read_from_one_setting() -> None:
    given = f"helpdesk={OLD},helpdesk={NEW}@acme, statuspage={NEW}"

    found = Settings.from_env({"TACTFUL_HOOK_SECRETS": given}).hook_secrets

    assert [(one.source, one.tenant) for one in found] == [
        ("helpdesk", "default"),
        ("helpdesk", "acme"),
        ("statuspage", "default"),
    ]
    assert found[0].key() == bytes([1]) * 32


@pytest.mark.parametrize(
    "given",
    [
        "helpdesk",
        f"={OLD}",
        "helpdesk=whsec_",
        "helpdesk=whsec_c2hvcnQ=",
        "helpdesk=whsec_not base64 at all!",
        "helpdesk=secret",
        f"helpdesk={OLD}@",
    ],
)
def test_a_secret_that_cannot_be_used_is_named_by_its_place_alone(given: str) -> None:
    with pytest.raises(SettingsError, match="TACTFUL_HOOK_SECRETS: entry 2 has") as told:
        Settings.from_env({"TACTFUL_HOOK_SECRETS": f"statuspage={NEW},{given}"})

    assert "whsec_c" not in told.value.detail
    assert "not base64 at" not in told.value.detail
