"""A question over HTTP: answered for whom the credential names, and recorded before it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.doors import ADA, BEN, SUPPORT, bearer

QUESTION = "Can I export to Salesforce?"


def asked(client: TestClient, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": QUESTION, **body}, headers=headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_an_admin_is_answered_with_the_shape_of_the_contract(client: TestClient) -> None:
    body = asked(client, ADA)

    assert body["decision_id"].startswith("dec_")
    assert body["topics_version"].startswith("sha256:")
    assert body["feature"]["access"] == "denied"
    assert body["recommended_offers"]
    assert {"answer", "quotes", "facts", "handoff", "missing"} <= body.keys()


def test_an_answer_leaves_only_with_its_record(client: TestClient) -> None:
    body = asked(client, ADA)

    kept = client.get(f"/v1/decisions/{body['decision_id']}", headers=SUPPORT).json()

    assert kept["answer"] == body
    assert kept["question"] == QUESTION
    assert kept["customer"]["person"]["id"] == "u_admin"
    assert kept["decision"]["trace"]


def test_an_end_user_is_never_told_why_nothing_was_offered(client: TestClient) -> None:
    body = asked(client, bearer(sub="u_big", account="acc_big"))

    assert body["recommended_offers"] == []
    assert not {"withheld", "talking_points"} & body.keys()


def test_support_is_told_why_nothing_was_offered(client: TestClient) -> None:
    body = asked(client, SUPPORT, on_behalf_of={"account": "acc_big", "person": "u_big"})

    assert body["withheld"]


def test_an_account_that_nobody_reported_gets_an_answer_and_no_offer(client: TestClient) -> None:
    body = asked(client, bearer(account="acc_unheard_of"))

    assert body["recommended_offers"] == []


def test_the_role_of_the_token_counts(client: TestClient) -> None:
    as_member = asked(client, bearer(sub="u_new", roles=["member"]))
    as_admin = asked(client, bearer(sub="u_new", roles=["member", "admin"]))

    assert {o["action"]["allowed"] for o in as_member["recommended_offers"]} == {False}
    assert {o["action"]["allowed"] for o in as_admin["recommended_offers"]} == {True}


@pytest.mark.parametrize(
    "more",
    [
        {"account": "acc_big"},
        {"person": {"id": "u_admin"}},
        {"plan": "business"},
        {"role": "admin"},
        {"tenant": "other"},
        {"scope": "support"},
        {"support": True},
        {"now": "2020-01-01T00:00:00Z"},
        {"customer": {"account": {"id": "acc_big"}}},
    ],
)
def test_a_body_that_says_who_asks_is_refused(client: TestClient, more: dict[str, Any]) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION, **more}, headers=ADA)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"/{next(iter(more))}"
    assert response.json()["errors"][0]["code"] == "unknown_field"


def test_only_support_may_ask_on_behalf_of_somebody(client: TestClient) -> None:
    body = {"question": QUESTION, "on_behalf_of": {"account": "acc_1", "person": "u_admin"}}

    response = client.post("/v1/ask", json=body, headers=ADA)

    assert response.status_code == 403
    assert response.json()["errors"][0]["pointer"] == "/on_behalf_of"


def test_support_must_name_the_customer(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION}, headers=SUPPORT)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/on_behalf_of"


def test_an_end_user_may_not_claim_the_surface_of_support(client: TestClient) -> None:
    body = {"question": QUESTION, "surface": "support_copilot"}

    assert client.post("/v1/ask", json=body, headers=BEN).status_code == 403


def test_the_same_idempotency_key_gives_the_same_answer_once(client: TestClient) -> None:
    headers = {**ADA, "Idempotency-Key": "try-1"}

    assert asked(client, headers) == asked(client, headers)
    assert asked(client, ADA)["decision_id"] != asked(client, headers)["decision_id"]


def test_the_same_idempotency_key_with_another_question_is_a_conflict(client: TestClient) -> None:
    headers = {**ADA, "Idempotency-Key": "try-2"}
    asked(client, headers)

    response = client.post("/v1/ask", json={"question": "What else?"}, headers=headers)

    assert response.status_code == 409


def test_somebody_elses_idempotency_key_is_another_key(client: TestClient) -> None:
    mine, theirs = ({**who, "Idempotency-Key": "try-3"} for who in (ADA, BEN))

    assert asked(client, mine)["decision_id"] != asked(client, theirs)["decision_id"]


def test_the_gate_alone_answers_for_a_feature(client: TestClient) -> None:
    body = client.get("/v1/features/salesforce-export/access", headers=BEN).json()

    assert body["feature"]["access"] == "denied"


def test_an_unknown_feature_is_not_found_and_the_nearest_is_named(client: TestClient) -> None:
    response = client.get("/v1/features/salesforce-exprot/access", headers=BEN)

    assert response.status_code == 404
    assert "`salesforce-export`" in response.json()["help"]


def test_the_gate_is_asked_for_a_customer_by_support_alone(client: TestClient) -> None:
    path = "/v1/features/salesforce-export/access?account=acc_big&person=u_big"

    assert client.get(path, headers=SUPPORT).status_code == 200
    assert client.get(path, headers=BEN).status_code == 403
    assert client.get("/v1/features/salesforce-export/access", headers=SUPPORT).status_code == 422
