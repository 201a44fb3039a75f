"""Who is given a packet of a decision, in which form, and that it holds up after the Topics have moved on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.sample import sample_topics
from tests.api.doors import ADA, ADMIN, BEN, INGEST, SUPPORT, bearer, fill, key, settings_in

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample Topics that a test may change."""
    folder = tmp_path_factory.mktemp("topics")
    for path in sample_topics().glob("*.md"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, topics: Path) -> Iterator[TestClient]:
    """A server whose clock stands, with a small account that did something."""
    app = create_app(settings_in(tmp_path_factory.mktemp("data"), topics), clock=lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as opened:
        fill(opened, NOW)
        events = [
            {
                "id": f"run{n}",
                "account": "acc_1",
                "name": "run_succeeded",
                "at": (NOW - timedelta(hours=20 * n + 1)).isoformat(),
            }
            for n in range(30)
        ]
        assert opened.post("/v1/events", json={"events": events}, headers=INGEST).status_code == 200
        yield opened


def asked(
    desk: TestClient,
    question: str = "Can I export to Salesforce?",
    headers: dict[str, str] = BEN,
    **more: object,
) -> str:
    response = desk.post("/v1/ask", json={"question": question, **more}, headers=headers)
    assert response.status_code == 200, response.text
    return str(response.json()["decision_id"])


def path(decision: str, reader: str | None = None) -> str:
    query = f"?for={reader}" if reader else ""
    return f"/v1/decisions/{decision}/packet{query}"


@pytest.mark.parametrize("reader", [None, "person", "admin", "finance"])
def test_the_person_themself_is_given_a_packet_for_each_reader(
    desk: TestClient, reader: str | None
) -> None:
    response = desk.get(path(asked(desk), reader), headers={**BEN, "Accept": "text/markdown"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.text.startswith("# About Connect Pack\n")
    assert "EUR 49 per workspace per month" in response.text
    assert "Your automations ran 30 times in the last 25 days" in response.text


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("text/plain", "text/plain"),
        ("text/markdown", "text/markdown"),
        ("*/*", "text/html"),
    ],
)
def test_the_form_is_the_one_that_is_asked_for(desk: TestClient, accept: str, media: str) -> None:
    response = desk.get(path(asked(desk)), headers={**BEN, "Accept": accept})
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.headers["vary"] == "Accept"
    assert "no-store" in response.headers["cache-control"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_what_takes_none_of_the_forms_is_told_which_there_are(desk: TestClient) -> None:
    response = desk.get(path(asked(desk)), headers={**BEN, "Accept": "application/pdf"})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert "text/markdown" in response.json()["detail"]


def test_support_is_given_it_too(desk: TestClient) -> None:
    assert desk.get(path(asked(desk)), headers=SUPPORT).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [ADA, bearer(sub="u_member", account="acc_big"), bearer(tenant="other"), key("support@other")],
    ids=["a colleague", "another account", "another tenant", "support of another tenant"],
)
def test_to_anybody_else_it_is_as_if_it_were_not_there(
    desk: TestClient, headers: dict[str, str]
) -> None:
    response = desk.get(path(asked(desk)), headers=headers)
    assert response.status_code == 404
    assert "EUR" not in response.text


def test_what_support_asked_about_a_person_is_not_theirs(desk: TestClient) -> None:
    about = {"account": "acc_1", "person": "u_member"}
    decision = asked(desk, headers=SUPPORT, on_behalf_of=about)
    assert desk.get(path(decision), headers=BEN).status_code == 404
    assert desk.get(path(decision), headers=SUPPORT).status_code == 200


@pytest.mark.parametrize("headers", [ADMIN, INGEST, {}])
def test_other_credentials_are_refused(desk: TestClient, headers: dict[str, str]) -> None:
    assert desk.get(path("dec_1"), headers=headers).status_code in (401, 403)


def test_a_decision_without_an_offer_has_no_packet(desk: TestClient) -> None:
    response = desk.get(path(asked(desk, "How do I save a list as CSV?")), headers=BEN)
    assert response.status_code == 404
    assert "made no offer" in response.json()["detail"]


@pytest.mark.parametrize("reader", ["nobody", "", "Admin"])
def test_an_unknown_reader_is_refused(desk: TestClient, reader: str) -> None:
    response = desk.get(f"{path(asked(desk))}?for={reader}", headers=BEN)
    assert response.status_code == 422


def test_nothing_internal_leaves_in_any_form(desk: TestClient) -> None:
    decision = asked(desk)
    for accept in ("text/html", "text/markdown", "text/plain"):
        for headers in (BEN, SUPPORT):
            text = desk.get(path(decision, "admin"), headers={**headers, "Accept": accept}).text
            assert "Lead with the time saved" not in text
            assert "Known gap" not in text


def test_where_a_folder_has_moved_on_an_older_decision_is_not_told_in_new_words(
    desk: TestClient, topics: Path
) -> None:
    decision = asked(desk)
    bundles = topics / "product-bundles.md"
    whole = bundles.read_text("utf-8")
    bundles.write_text(whole.replace("| Price | EUR 49 per", "| Price | EUR 59 per"), "utf-8")
    try:
        desk.app.state.desk.topics.refresh()  # type: ignore[attr-defined]
        after = desk.get(path(decision), headers=BEN)
        assert after.status_code == 404
        assert "no longer kept" in after.json()["detail"]
        new = desk.get(path(asked(desk)), headers={**BEN, "Accept": "text/plain"}).text
        assert "EUR 59 per workspace per month" in new
    finally:
        bundles.write_text(whole, "utf-8")
        desk.app.state.desk.topics.refresh()  # type: ignore[attr-defined]
