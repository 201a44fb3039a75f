"""The page about the inbox shows what the server answers."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from evals.readme import shown
from skill.api.app import create_app
from skill.store.inbox import put_notification
from tests.api.doors import ADA, settings_in
from tests.store.notices import effect

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "inbox.md"
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
NOTICE = {
    "title": "Run Credits",
    "text": "Your team used 4,500 of 5,000 runs this month. Run Credits keep them going.",
    "why": "4,500 of 5,000 runs were used as of 21 November 2026.",
    "cause": {"kind": "signal", "name": "runs-almost-used"},
    "action": {"kind": "link", "href": "/billing/add/run-credits", "label": "See details", "allowed": True},
    "as_of": "2026-11-21T08:00:00Z",
}  # fmt: skip


def test_every_command_of_the_page_answers_what_it_shows(tmp_path: Path) -> None:
    commands = shown(PAGE.read_text("utf-8"))
    app = create_app(settings_in(tmp_path), clock=lambda: AT)
    with TestClient(app) as client:
        put_notification(app.state.desk.store, effect("eff_4f1c", at=AT), NOTICE, AT)
        for one in commands:
            assert json.loads("".join(one.lines)) == asked(client, one.command), one.command

    assert len(commands) == 5


def asked(client: TestClient, command: str) -> object:
    """What the server answers to this call of curl."""
    curl, *words = shlex.split(command)
    assert curl == "curl"
    method, body, headers, path = "GET", None, {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-d":
            body = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = ADA["Authorization"] if "$TOKEN" in value else value
        elif word != "-s":
            path = word.removeprefix("localhost:8000")
    answered = client.request(method, path, content=body, headers=headers)
    assert answered.status_code == 200, answered.text
    return answered.json()
