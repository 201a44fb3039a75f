"""What the host reports about its customers, and what becomes of it in the next answer."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from skill.clock import now
from tests.api.doors import ADA, INGEST, SUPPORT, bearer, key

QUESTION = {"question": "Can I export to Salesforce?"}


def event(event_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "account": "acc_1",
        "name": "csv_export",
        "at": now().isoformat(),
        **more,
    }


def used(client: TestClient, headers: dict[str, str]) -> dict[str, Any]:
    decision = client.post("/v1/ask", json=QUESTION, headers=headers).json()["decision_id"]
    kept: dict[str, Any] = client.get(f"/v1/decisions/{decision}", headers=SUPPORT).json()
    customer: dict[str, Any] = kept["customer"]
    return customer


def test_what_is_reported_is_what_the_next_answer_is_made_from(client: TestClient) -> None:
    at = now().isoformat()
    client.put("/v1/accounts/acc_2", json={"plan": "Team", "limits": {"seats": 12}}, headers=INGEST)
    client.put("/v1/people/u_2", json={"account": "acc_2", "role": "admin"}, headers=INGEST)
    batch = {
        "usage": [{"id": "r1", "account": "acc_2", "meter": "seats", "at": at, "value": "9.5"}],
        "events": [event("e1", account="acc_2", person="u_2", properties={"to": "crm"})],
    }

    taken = client.post("/v1/events", json=batch, headers=INGEST).json()
    customer = used(client, bearer(account="acc_2", sub="u_2"))

    assert taken == {"accepted": 2, "duplicates": 0}
    assert customer["account"]["plan"] == "team"
    assert customer["account"]["limits"] == {"seats": "12"}
    assert customer["person"]["role"] == "admin"
    assert [reading["value"] for reading in customer["usage"]] == ["9.5"]
    assert [one["properties"] for one in customer["events"]] == [{"to": "crm"}]


def test_a_retry_is_no_fault_and_another_content_is_a_conflict(client: TestClient) -> None:
    first = {"events": [event("e2")]}
    assert client.post("/v1/events", json=first, headers=INGEST).json()["accepted"] == 1

    assert client.post("/v1/events", json=first, headers=INGEST).json()["duplicates"] == 1
    other = {"events": [event("e3"), event("e2", name="other")]}
    response = client.post("/v1/events", json=other, headers=INGEST)

    assert response.status_code == 409
    assert response.json()["accepted"] == 1
    assert [error["pointer"] for error in response.json()["errors"]] == ["/events/1"]


def test_every_entry_needs_an_id_and_an_account(client: TestClient) -> None:
    entry = {"meter": "seats", "at": now().isoformat(), "value": 1}

    response = client.post("/v1/events", json={"usage": [entry]}, headers=INGEST)

    pointers = {error["pointer"] for error in response.json()["errors"]}
    assert pointers == {"/usage/0/id", "/usage/0/account"}


def test_a_credential_bound_to_an_account_reports_about_that_one_alone(client: TestClient) -> None:
    bound = bearer(scope="ingest", account="acc_1")

    assert (
        client.post("/v1/events", json={"events": [event("e4")]}, headers=bound).status_code == 200
    )
    entry = event("e5", account="acc_big")
    assert client.post("/v1/events", json={"events": [entry]}, headers=bound).status_code == 403
    assert client.put("/v1/accounts/acc_big", json={}, headers=bound).status_code == 403
    body = {"account": "acc_big"}
    assert client.put("/v1/people/u_9", json=body, headers=bound).status_code == 403


def test_an_open_ticket_never_adds_an_offer(client: TestClient) -> None:
    headers = bearer(account="acc_3", sub="u_3", roles=["admin"])
    body = {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
    }
    body["facts"] = [{"name": "successful_runs", "value": 40, "as_of": now().isoformat()}]
    client.put("/v1/accounts/acc_3", json=body, headers=INGEST)
    before = client.post("/v1/ask", json=QUESTION, headers=headers).json()

    body["tickets"] = [{"id": "t1", "opened_at": now().isoformat()}]
    client.put("/v1/accounts/acc_3", json=body, headers=INGEST)
    after = client.post("/v1/ask", json=QUESTION, headers=headers).json()

    assert before["recommended_offers"]
    assert after["recommended_offers"] == []


def test_the_list_of_decisions_leads_from_the_newest_to_the_oldest(client: TestClient) -> None:
    headers = bearer(account="acc_list", sub="u_1")
    ids = [
        client.post("/v1/ask", json=QUESTION, headers=headers).json()["decision_id"]
        for _ in "abcde"
    ]

    seen: list[str] = []
    cursor = ""
    while True:
        path = f"/v1/decisions?account=acc_list&limit=2{cursor}"
        page = client.get(path, headers=SUPPORT).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == ids[::-1]


def test_a_person_reads_what_was_used_about_them_in_plain_words(client: TestClient) -> None:
    decision = client.post("/v1/ask", json=QUESTION, headers=ADA).json()["decision_id"]

    mine = client.get(f"/v1/decisions/{decision}/mine", headers=ADA).json()

    lines = " ".join(line["text"] for line in mine["used"])
    assert "Your account is on the plan Starter." in lines
    assert "Your role: admin." in lines
    assert mine["question"] == QUESTION["question"]


def test_what_was_used_does_not_say_why_there_was_no_offer(client: TestClient) -> None:
    big = bearer(account="acc_big", sub="u_big")
    decision = client.post("/v1/ask", json=QUESTION, headers=big).json()["decision_id"]

    text = client.get(f"/v1/decisions/{decision}/mine", headers=big).text

    for inner in ("withheld", "suppress", "play", "enterprise", "held"):
        assert inner not in text


def test_nobody_reads_what_was_used_about_somebody_else(client: TestClient) -> None:
    decision = client.post("/v1/ask", json=QUESTION, headers=ADA).json()["decision_id"]
    path = f"/v1/decisions/{decision}/mine"

    assert client.get(path, headers=bearer(sub="u_member")).status_code == 404
    assert client.get(path, headers=bearer(sub="u_admin", account="acc_big")).status_code == 404
    assert client.get(path, headers=bearer(sub="u_admin", tenant="other")).status_code == 404


def test_what_support_asked_about_somebody_is_not_theirs_to_read(client: TestClient) -> None:
    body = {**QUESTION, "on_behalf_of": {"account": "acc_1", "person": "u_admin"}}
    decision = client.post("/v1/ask", json=body, headers=SUPPORT).json()["decision_id"]

    assert client.get(f"/v1/decisions/{decision}/mine", headers=ADA).status_code == 404
    assert client.get(f"/v1/decisions/{decision}", headers=key("admin")).status_code == 200
