"""Whatever is sent, the answer is an answer or a problem that says what and where: never a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.api.doors import BEN, INGEST, SUPPORT

JSON = {"Content-Type": "application/json"}


def refused(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "code", "errors"} <= body.keys()
    assert body["status"] == status
    assert all({"pointer", "detail", "code"} <= error.keys() for error in body["errors"])
    assert "\n" not in body["detail"]
    return body


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("x" * 100_000, "longer than 4,000"),
        ("x" * 4_001, "longer than 4,000"),
        ("", "empty"),
        ("   ", "empty"),
        ("a\0b", "NUL"),
        (None, "text"),
        (7, "text"),
        (["x"], "text"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    client: TestClient, question: Any, said: str
) -> None:
    response = client.post("/v1/ask", json={"question": question}, headers=BEN)

    body = refused(response, 422)
    assert said in body["detail"]
    assert body["errors"][0]["pointer"] == "/question"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"not json", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"null", 422),
        (b'{"question": "\xff"}', 400),
        (b'{"question": "\\ud800"}', 422),
        (b'{"question": "\\u0000"}', 422),
        (b'{"\\ud800": 1, "question": "x"}', 422),
        (b'{"question": "x", "max_offers": NaN}', 422),
        (b'{"question": "x", "max_offers": 1e999}', 422),
        (b'{"question": "x", "max_offers": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"question": ' + b'{"a":' * 500 + b"1" + b"}" * 501, 422),
        (b'{"question": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: TestClient, content: bytes, status: int
) -> None:
    refused(client.post("/v1/ask", content=content, headers={**BEN, **JSON}), status)


def test_a_body_that_grows_while_it_is_sent_is_cut_off(client: TestClient) -> None:
    chunks = (b" " * 65_536 for _ in range(10))

    refused(client.post("/v1/ask", content=chunks, headers={**BEN, **JSON}), 413)


def test_a_body_without_its_type_is_refused_with_the_mend(client: TestClient) -> None:
    response = client.post("/v1/ask", content=b'{"question": "x"}', headers=BEN)

    assert "Content-Type: application/json" in refused(response, 422)["detail"]


def test_all_faults_of_a_body_are_named_at_once(client: TestClient) -> None:
    body = {"questoin": "x", "max_offers": 99, "surface": "moon", "locale": "!"}

    errors = refused(client.post("/v1/ask", json=body, headers=BEN), 422)["errors"]

    assert {error["pointer"] for error in errors} == {
        "/question",
        "/questoin",
        "/max_offers",
        "/surface",
        "/locale",
    }
    assert "did you mean `question`?" in [error.get("help") for error in errors]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", "/v1/ask", 405),
        ("DELETE", "/v1/decisions", 405),
        ("GET", "/v1/ask/", 404),
        ("GET", "/v1/decisions/dec_none", 404),
        ("GET", "/v1/decisions/a%00b", 422),
        ("GET", "/v1/decisions/" + "x" * 300, 422),
        ("GET", "/v1/decisions?limit=0", 422),
        ("GET", "/v1/decisions?limit=many", 422),
        ("GET", "/v1/decisions?cursor=foreign", 422),
        ("GET", "/v1/decisions?account=%00", 422),
        ("GET", "/demo", 404),
        ("GET", "/demo/people", 404),
    ],
)
def test_an_address_that_leads_nowhere_says_so(
    client: TestClient, method: str, path: str, status: int
) -> None:
    refused(client.request(method, path, headers=SUPPORT), status)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/accounts/a1", {"plann": "x"}, "/plann"),
        ("/v1/accounts/a1", {"id": "a2"}, "/id"),
        ("/v1/accounts/a1", {"traits": {"x": {}}}, "/traits/x"),
        ("/v1/accounts/a1", {"facts": [{"name": "x", "value": 1}]}, "/facts/0/as_of"),
        ("/v1/people/u1", {"role": "admin"}, "/account"),
        ("/v1/people/u1", {"account": ""}, "/account"),
        ("/v1/people/u1", {"account": "a", "time_zone": 3}, "/time_zone"),
    ],
)
def test_what_is_reported_is_refused_with_its_place(
    client: TestClient, path: str, body: dict[str, Any], pointer: str
) -> None:
    problem = refused(client.put(path, json=body, headers=INGEST), 422)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_no_fault_repeats_a_credential_or_an_inner_path(client: TestClient) -> None:
    token = BEN["Authorization"]

    text = client.post("/v1/ask", json={"x": token}, headers={"Authorization": token + "x"}).text

    assert token not in text
    assert "/work" not in text


def test_openapi_describes_problems_and_no_other_form_of_refusal(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    assert "HTTPValidationError" not in json.dumps(document)
    assert document["components"]["schemas"]["Problem"]["required"][0] == "type"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
things = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "question",
        "conversation",
        "locale",
        "surface",
        "max_offers",
        "on_behalf_of",
        "usage",
        "events",
        "id",
        "account",
        "plan",
        "role",
        "traits",
        "facts",
        "tickets",
        "incidents",
        "history",
        "limits",
        "grants",
        "time_zone",
        "owner",
        "opted_out",
        "x",
    ]
)
doors = st.sampled_from(
    [
        ("POST", "/v1/ask", BEN),
        ("POST", "/v1/ask", SUPPORT),
        ("PUT", "/v1/accounts/acc_fuzz", INGEST),
        ("PUT", "/v1/people/u_fuzz", INGEST),
        ("POST", "/v1/events", INGEST),
    ]
)


@given(doors, st.dictionaries(fields, things, max_size=6))
@hypothesis_settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_leads_to_a_fault(
    client: TestClient, door: tuple[str, str, dict[str, str]], body: dict[str, Any]
) -> None:
    method, path, headers = door
    content = json.dumps(body).encode()

    response = client.request(method, path, content=content, headers={**headers, **JSON})

    assert response.status_code < 500, (body, response.text)
    if response.status_code >= 400:
        refused(response, response.status_code)
