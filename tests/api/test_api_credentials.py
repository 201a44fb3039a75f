"""Who is asking comes from the credential alone, and only a genuine one is believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from skill.api.credentials import read_credential
from skill.api.problems import NotAuthenticated
from skill.settings import Secret, Settings
from tests.api.doors import ADMIN, BEN, INGEST, SECRET, SUPPORT, bearer, key

SETTINGS = Settings(jwt_secret=Secret(SECRET))
SCOPES = ["end_user", "support", "admin", "ingest"]


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def none_token(claims: dict[str, Any], alg: str) -> str:
    return f"{encoded({'alg': alg, 'typ': 'JWT'})}.{encoded(claims)}."


claims = st.fixed_dictionaries(
    {
        "sub": st.sampled_from(["u_admin", "u_1"]),
        "account": st.sampled_from(["acc_1", "acc_big"]),
        "scope": st.sampled_from(SCOPES),
        "roles": st.just(["admin"]),
    }
)
forgeries = st.one_of(
    claims.map(lambda c: bearer(secret=SECRET[::-1], **c)),
    claims.map(lambda c: bearer(life=-1, **c)),
    claims.map(lambda c: bearer(aud="somebody-else", **c)),
    claims.map(lambda c: bearer(aud=["somebody-else", "third"], **c)),
    claims.map(lambda c: bearer(aud=None, **c)),
    claims.map(lambda c: bearer(exp=None, **c)),
    claims.map(lambda c: bearer(algorithm="HS512", **c)),
    claims.map(lambda c: bearer(algorithm="HS384", **c)),
    claims.map(lambda c: bearer(nbf=4_000_000_000, **c)),
    st.tuples(claims, st.sampled_from(["none", "None", "NONE", "nOnE", "", "HS256"])).map(
        lambda pair: {
            "Authorization": "Bearer "
            + none_token({**pair[0], "aud": "tactful", "exp": 4_000_000_000}, pair[1])
        }
    ),
    # A genuine token with other claims put in.
    claims.map(
        lambda c: {
            "Authorization": ".".join(
                part if place != 1 else encoded({**c, "aud": "tactful", "exp": 4_000_000_000})
                for place, part in enumerate(bearer()["Authorization"].split("."))
            )
        }
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1).map(
        lambda t: {"Authorization": f"Bearer {t}"}
    ),
)


@given(forgeries)
@hypothesis_settings(max_examples=400)
def test_no_forged_or_spent_token_is_believed(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        read_credential(headers["Authorization"], None, SETTINGS)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_genuine_token_is_believed(scope: str) -> None:
    header = bearer(scope=scope, tenant="acme", roles=["admin"])["Authorization"]

    caller = read_credential(header, None, SETTINGS)

    assert (caller.scope, caller.tenant, caller.person) == (scope, "acme", "u_member")


@pytest.mark.parametrize(
    "said",
    [
        {"scope": "root"},
        {"scope": "end_user support"},
        {"scope": ["support"]},
        {"sub": None},
        {"account": None},
        {"account": ""},
        {"account": "a\0b"},
        {"account": "x" * 300},
        {"tenant": ""},
        {"tenant": 7},
        {"roles": "admin"},
        {"roles": [{}]},
    ],
)
def test_a_genuine_token_with_unusable_claims_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read_credential(bearer(**said)["Authorization"], None, SETTINGS)


def test_a_token_without_a_scope_may_do_the_least() -> None:
    caller = read_credential(bearer(scope=None)["Authorization"], None, SETTINGS)

    assert caller.scope == "end_user"
    assert caller.tenant == "default"


@given(st.binary(max_size=300))
def test_whatever_stands_in_the_header_is_refused_and_never_a_fault(junk: bytes) -> None:
    with pytest.raises(NotAuthenticated):
        read_credential(junk.decode("latin-1"), None, SETTINGS)


def test_a_token_is_not_believed_where_no_secret_is_set() -> None:
    said = {"sub": "u", "account": "a", "aud": "tactful", "exp": 4_000_000_000}
    unsigned = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(said)}"
    signature = hmac.digest(b"", unsigned.encode(), "sha256")
    token = f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    with pytest.raises(NotAuthenticated):
        read_credential(f"Bearer {token}", None, Settings())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"X-API-Key": "unknown"},
        {"X-API-Key": hashlib.sha256(b"key-support").hexdigest()},
        {**BEN, **SUPPORT},
    ],
)
def test_without_a_credential_nobody_is_answered(
    client: TestClient, headers: dict[str, str]
) -> None:
    response = client.post("/v1/ask", json={"question": "hello"}, headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/problem+json"


def test_two_credentials_of_one_kind_are_refused(client: TestClient) -> None:
    headers = [*BEN.items(), *bearer(sub="u_admin").items()]

    response = client.post("/v1/ask", json={"question": "hello"}, headers=headers)

    assert response.status_code == 401


def test_an_api_key_may_stand_in_either_header(client: TestClient) -> None:
    for headers in (SUPPORT, {"Authorization": "Bearer key-support"}):
        assert client.get("/v1/decisions", headers=headers).status_code == 200


ROUTES = {
    ("POST", "/v1/ask"): {"end_user", "support"},
    ("GET", "/v1/events/counts"): {"admin", "ingest"},
    ("GET", "/v1/features/salesforce-export/access"): {"end_user", "support"},
    ("GET", "/v1/decisions"): {"support", "admin"},
    ("GET", "/v1/decisions/dec_1"): {"support", "admin"},
    ("GET", "/v1/decisions/dec_1/mine"): {"end_user"},
    ("GET", "/v1/decisions/dec_1/packet"): {"end_user", "support"},
    ("GET", "/v1/decisions/dec_1/why-not"): {"support", "admin"},
    ("PUT", "/v1/accounts/acc_9"): {"ingest"},
    ("PUT", "/v1/people/u_9"): {"ingest"},
    ("GET", "/v1/accounts/acc_9/readiness"): {"support"},
    ("POST", "/v1/events"): {"ingest"},
    ("GET", "/v1/topics"): {"admin"},
    ("GET", "/v1/topics/history"): {"admin"},
    ("POST", "/v1/topics/check"): {"admin"},
    ("POST", "/v1/topics/preview"): {"admin"},
    ("POST", "/v1/topics/diff"): {"admin"},
    ("POST", "/v1/topics/publish"): {"admin"},
    ("POST", "/v1/topics/rollback"): {"admin"},
    ("GET", "/v1/gaps"): {"admin"},
    ("POST", "/v1/gaps/gap_1/approve"): {"admin"},
    ("POST", "/v1/gaps/gap_1/refuse"): {"admin"},
    ("GET", "/v1/stops"): {"admin"},
    ("PUT", "/v1/stops"): {"admin"},
    ("DELETE", "/v1/stops"): {"admin"},
    ("GET", "/v1/tasks"): {"support"},
    ("GET", "/v1/tasks/eff_1"): {"support"},
    ("POST", "/v1/tasks/eff_1/done"): {"support"},
    ("POST", "/v1/tasks/eff_1/snooze"): {"support"},
    ("POST", "/v1/tasks/eff_1/not-useful"): {"support"},
    ("POST", "/v1/offers/dec_1/team/checkout"): {"end_user"},
    ("GET", "/v1/reports/restraint"): {"admin"},
    ("GET", "/v1/reports/shadow"): {"admin"},
    ("GET", "/v1/notifications"): {"end_user"},
    ("GET", "/v1/notifications/count"): {"end_user"},
    ("POST", "/v1/notifications/eff_1/read"): {"end_user"},
    ("POST", "/v1/notifications/eff_1/archive"): {"end_user"},
    ("POST", "/v1/notifications/eff_1/snooze"): {"end_user"},
    ("POST", "/v1/notifications/eff_1/dismiss"): {"end_user"},
    ("POST", "/v1/notifications/eff_1/click"): {"end_user"},
    ("POST", "/v1/notifications/eff_1/undo"): {"end_user"},
    ("GET", "/v1/preferences"): {"end_user"},
    ("PUT", "/v1/preferences"): {"end_user"},
}
HEADERS = {"end_user": BEN, "support": SUPPORT, "admin": ADMIN, "ingest": INGEST}


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
@pytest.mark.parametrize("scope", SCOPES)
def test_each_route_is_open_to_its_scopes_alone(
    client: TestClient, route: tuple[str, str], scope: str
) -> None:
    method, path = route

    response = client.request(method, path, headers=HEADERS[scope], json={})

    assert (response.status_code == 403) == (scope not in ROUTES[route])


def test_every_route_is_known_here(client: TestClient) -> None:
    """A new route must be put into the table above, with who may use it."""
    paths = client.get("/openapi.json").json()["paths"]
    # A webhook is let in by its signature, and by no credential.
    hooks = {("POST", "/v1/hooks/{source}"), ("POST", "/v1/hooks/stripe")}
    # A person is let in by the signed link itself.
    links = {("GET", "/v1/unsubscribe/{token}"), ("POST", "/v1/unsubscribe/{token}")}
    # A stream has no end: who may open it is told in `test_api_notifications.py`.
    streams = {("GET", "/v1/notifications/stream")}
    open_to_all = {("GET", "/healthz"), ("GET", "/readyz"), *hooks, *links, *streams}
    named = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if (method.upper(), path) not in open_to_all
    }

    assert len(named) == len(ROUTES)


def test_a_key_of_another_tenant_sees_nothing_of_ours(client: TestClient) -> None:
    decision = client.post("/v1/ask", json={"question": "Do I have SSO?"}, headers=BEN).json()

    path = f"/v1/decisions/{decision['decision_id']}"
    assert client.get(path, headers=SUPPORT).status_code == 200
    for scope in ("support", "admin"):
        assert client.get(path, headers=key(f"{scope}@other")).status_code == 404
        assert client.get("/v1/decisions", headers=key(f"{scope}@other")).json()["items"] == []
    other = bearer(tenant="other")
    assert client.get(f"{path}/mine", headers=other).status_code == 404


def test_another_tenants_account_of_the_same_name_is_unknown_to_us(client: TestClient) -> None:
    body = {"question": "Do I have SSO?"}

    client.put("/v1/accounts/acc_1", json={"plan": "enterprise"}, headers=key("ingest@other"))
    answer = client.post("/v1/ask", json=body, headers=BEN).json()

    assert answer["feature"]["access"] == "denied"
