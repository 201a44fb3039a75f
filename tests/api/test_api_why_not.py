"""`GET /v1/decisions/{id}/why-not`: for support and admins, of the recorded inputs, and never for end users."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.api.doors import ADMIN, BEN, SUPPORT, bearer, key


@pytest.fixture(scope="module")
def path(client: TestClient) -> str:
    """A recorded decision in which the Connect Pack was offered and nothing else."""
    asked = {"question": "Can I export to Salesforce?"}
    body = client.post("/v1/ask", json=asked, headers=bearer(sub="u_admin")).json()
    return f"/v1/decisions/{body['decision_id']}/why-not"


@pytest.mark.parametrize("who", [SUPPORT, ADMIN])
def test_support_and_admins_are_told_what_failed(
    client: TestClient, path: str, who: dict[str, str]
) -> None:
    body = client.get(path, headers=who).json()
    assert body["offered"] == ["connect-pack"]
    team = next(one for one in body["not_offered"] if one["offer"] == "team")
    assert team["failed"][0]["kind"] == "question"
    assert team["failed"][0]["topic"] == "product-bundles.md"
    assert team["failed"][0]["line"] > 0
    assert (team["flips"], team["changes"]) == (False, [])


def test_one_bundle_and_another_moment_may_be_named(client: TestClient, path: str) -> None:
    one = client.get(path, params={"offer": "Growth Bundle"}, headers=SUPPORT).json()
    assert [o["offer"] for o in one["not_offered"]] == ["growth-bundle"]
    later = client.get(path, params={"at": "2036-11-21T09:00:00Z"}, headers=SUPPORT).json()
    assert later["at"] == "2036-11-21T09:00:00Z"


def test_an_end_user_is_never_told(client: TestClient, path: str) -> None:
    assert client.get(path, headers=BEN).status_code == 403
    assert client.get(path, headers=bearer(sub="u_admin")).status_code == 403


def test_an_account_that_a_person_looks_after_is_told_what_would_have_to_change(
    client: TestClient,
) -> None:
    person = {"account": "acc_big", "person": "u_big"}
    asked = {"question": "Can I export to Salesforce?", "on_behalf_of": person}
    made = client.post("/v1/ask", json=asked, headers=SUPPORT).json()
    url = f"/v1/decisions/{made['decision_id']}/why-not"
    (one,) = client.get(url, params={"offer": "connect-pack"}, headers=SUPPORT).json()[
        "not_offered"
    ]
    assert [f["kind"] for f in one["failed"]] == ["play"]
    assert [c["kind"] for c in one["changes"]] == ["trait", "trait"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"offer": "nonsense"}, 422),
        ({"at": "yesterday"}, 422),
        ({"at": "2026-11-21T09:00:00"}, 422),
    ],
)
def test_what_cannot_be_read_is_refused(
    client: TestClient, path: str, params: dict[str, str], status: int
) -> None:
    answer = client.get(path, params=params, headers=SUPPORT)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_decision_of_another_tenant_is_as_if_it_were_not_there(
    client: TestClient, path: str
) -> None:
    assert client.get(path, headers=key("support@other")).status_code == 404
    assert client.get("/v1/decisions/dec_none/why-not", headers=SUPPORT).status_code == 404
