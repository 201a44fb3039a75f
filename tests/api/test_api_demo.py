"""The demo page: served only as a demo, whole by itself, and readable for everybody."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from skill.api import demo
from skill.api.app import create_app
from tests.api.doors import settings_in

WEB = Path(demo.__file__).parent.parent / "web"
PAGE = (WEB / "demo.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = replace(settings_in(tmp_path_factory.mktemp("demo")), demo=True)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as opened:
        yield opened


def ask(page: TestClient, person: dict[str, Any], question: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {person['token']}"}
    response = page.post("/v1/ask", json={"question": question}, headers=headers)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


def test_three_people_get_three_different_answers_to_the_same_question(page: TestClient) -> None:
    ben, ada, cleo = page.get("/demo/people").json()["people"]
    question = "Can I export to Salesforce?"

    answers = [ask(page, person, question) for person in (ben, ada, cleo)]

    actions = [[o["action"]["kind"] for o in a["recommended_offers"]] for a in answers]
    assert set(actions[0]) == {"ask_admin"}
    assert set(actions[1]) == {"link"}
    assert actions[2] == []
    assert "Lee" in answers[2]["answer"]["text"]


def test_every_suggested_question_is_answered_and_its_decision_can_be_read(
    page: TestClient,
) -> None:
    body = page.get("/demo/people").json()
    support = {"Authorization": f"Bearer {body['support_token']}"}
    for person in body["people"]:
        for question in person["questions"]:
            answer = ask(page, person, question)

            path = f"/v1/decisions/{answer['decision_id']}"
            assert page.get(path, headers=support).json()["decision"]["trace"]
            assert page.get(path).status_code == 401


def test_the_page_needs_nothing_from_elsewhere(page: TestClient) -> None:
    assert page.get("/demo").text == PAGE
    for name in re.findall(r'"/demo/([\w.]+)"', PAGE):
        assert page.get(f"/demo/{name}").status_code == 200
    for path in WEB.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|url\(", text), path.name
        assert "innerHTML" not in text, path.name


def test_every_module_that_is_imported_is_served() -> None:
    for path in WEB.glob("*.js"):
        for name in re.findall(r'from "\./([\w.]+)"', path.read_text(encoding="utf-8")):
            assert name in demo._FILES


def test_no_other_file_is_ever_served(page: TestClient) -> None:
    for name in ("demo.html", "..%2Fapi%2Fapp.py", "%2e%2e/settings.py", "x.js", "demo.css%00"):
        assert page.get(f"/demo/{name}").status_code in (404, 422)


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example", ""])
def test_a_foreign_name_that_leads_here_gets_no_token(page: TestClient, host: str) -> None:
    assert page.get("/demo/people", headers={"Host": host}).status_code == 404


def test_what_scripts_look_for_stands_in_the_page() -> None:
    script = (WEB / "demo.js").read_text(encoding="utf-8")

    for wanted in re.findall(r'\bat\("([\w-]+)"\)', script):
        assert f'id="{wanted}"' in PAGE


def test_every_field_has_a_label_and_news_is_read_aloud() -> None:
    for field in re.findall(r"<(?:textarea|input|select)[^>]*\bid=\"([\w-]+)\"", PAGE):
        assert f'<label for="{field}"' in PAGE
    assert 'role="log" aria-live="polite"' in PAGE
    assert '<html lang="en">' in PAGE
    assert 'name="viewport"' in PAGE


def brightness(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    style = (WEB / "demo.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colour = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    pairs = [
        *(
            (text, ground)
            for text in ("ink", "soft")
            for ground in ("paper", "ground", "mine", "offer")
        ),
        ("accent", "paper"),
        ("on-accent", "accent"),
        ("fault", "paper"),
        ("paper", "ink"),
    ]

    for text, ground in pairs:
        assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
    for ground in ("paper", "ground", "offer"):
        assert contrast(colour["line"], colour[ground]) >= 3, ground


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to read the scripts with")
def test_the_scripts_can_be_read() -> None:
    for path in WEB.glob("*.js"):
        command = ["node", "--check", "--input-type=module"]
        subprocess.run(command, input=path.read_bytes(), check=True)
