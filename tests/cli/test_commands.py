"""The command line as a person or a script uses it: output, errors in one line, and exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TACTFUL = Path(sys.executable).with_name("tactful")
ACCOUNT = {
    "account": {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
    },
    "person": {"id": "u_7", "role": "admin"},
    "now": "2026-11-21T09:00:00Z",
}
QUESTION = "Can I export to Salesforce?"


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs the command in an empty folder with a data folder of its own."""
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path / "data"))
    for key in ("TACTFUL_TOPICS", "TACTFUL_JWT_SECRET", "TACTFUL_API_KEYS"):
        monkeypatch.delenv(key, raising=False)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [str(TACTFUL), *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_an_answer_names_the_offer_and_its_price(tactful: Any, tmp_path: Path) -> None:
    done = tactful("ask", QUESTION, "--account", written(tmp_path / "a.json", ACCOUNT), "--json")
    body = json.loads(done.stdout)
    assert done.returncode == 0
    assert body["feature"]["access"] == "denied"
    assert body["recommended_offers"][0]["id"] == "connect-pack"
    assert body["recommended_offers"][0]["price"]["amount"] == "49.00"


def test_the_same_question_gives_the_same_bytes(tactful: Any, tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", ACCOUNT)
    first, second = (tactful("ask", QUESTION, "--account", file, "--json") for _ in range(2))
    assert first.stdout == second.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"account": {"plann": "starter"}}, "plan"),
        ("{", "a.json:1:2: this is not JSON"),
        ({"usage": [{"meter": "api_calls", "at": "yesterday", "value": 1}]}, "usage[0].at"),
    ],
)
def test_an_account_file_with_a_fault_is_told_in_one_line(
    tactful: Any, tmp_path: Path, content: Any, told: str
) -> None:
    done = tactful("ask", QUESTION, "--account", written(tmp_path / "a.json", content))
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_person_is_told_with_the_nearest(tactful: Any) -> None:
    done = tactful("ask", QUESTION, "--as", "adda")
    assert done.returncode == 2
    assert "adda" in done.stderr
    assert "ada" in done.stderr.splitlines()[1]


def test_nobody_asking_is_told_what_to_say(tactful: Any) -> None:
    done = tactful("ask", QUESTION)
    assert done.returncode == 2
    assert "--as PERSON" in done.stderr


def test_a_plan_that_no_topic_knows_is_answered_with_a_warning(
    tactful: Any, tmp_path: Path
) -> None:
    account = {"account": {**ACCOUNT["account"], "plan": "platinum"}}  # type: ignore[dict-item]
    done = tactful("ask", QUESTION, "--account", written(tmp_path / "a.json", account), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["recommended_offers"] == []
    assert "warning: account.plan" in done.stderr


@pytest.mark.parametrize("question", ["x" * 100_000, "", "  "])
def test_a_question_that_cannot_be_read_is_refused(tactful: Any, question: str) -> None:
    done = tactful("ask", question, "--as", "ada")
    assert done.returncode == 2
    assert done.stderr.startswith("error: the question")
    assert len(done.stderr) < 300


def test_an_empty_folder_of_topics_is_told(tactful: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = tactful("ask", QUESTION, "--as", "ada", "--topics", tmp_path / "empty")
    assert done.returncode == 2
    assert "no Topics in" in done.stderr


def test_topics_with_an_error_are_told_at_their_line(tactful: Any, tmp_path: Path) -> None:
    folder = tmp_path / "draft"
    folder.mkdir()
    written(folder / "features.md", "---\nkind: feature\n---\n# F\n")
    done = tactful("ask", QUESTION, "--as", "ada", "--topics", folder)
    assert done.returncode == 2
    assert "features.md:2: unknown kind" in done.stderr


def test_check_prints_findings_like_a_compiler(tactful: Any, tmp_path: Path) -> None:
    folder = tmp_path / "draft"
    folder.mkdir()
    written(folder / "features.md", "---\nkind: feature\n---\n# F\n")
    full, as_json = (
        tactful("topics", "check", folder, *options)
        for options in ((), ("--output-format", "json"))
    )
    assert full.returncode == as_json.returncode == 1
    assert "features.md:2:7: error[T001] unknown kind `feature`" in full.stdout
    assert "^^^^^^^" in full.stdout
    (finding,) = json.loads(as_json.stdout)["diagnostics"]
    assert (finding["code"], finding["line"], finding["column"]) == ("T001", 2, 7)


def test_strict_counts_warnings_and_a_clean_folder_is_fine(tactful: Any) -> None:
    topics = ROOT / "topics"
    assert tactful("topics", "check", topics, "--strict", "--today", "2026-11-21").returncode == 0
    assert tactful("topics", "check", topics, "--today", "2030-01-01").returncode == 0
    assert tactful("topics", "check", topics, "--strict", "--today", "2030-01-01").returncode == 1
    assert tactful("topics", "check", topics, "--today", "tomorrow").returncode == 2


def test_a_batch_answers_in_order_and_names_a_bad_line(tactful: Any, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "one", "question": QUESTION, **ACCOUNT}),
        "{not json",
        json.dumps({"id": "three", "question": QUESTION, "acount": {}}),
        json.dumps({"id": "four", "question": "Do we have an audit log?", **ACCOUNT}),
    ]
    cases = written(tmp_path / "cases.jsonl", "\n".join(lines))
    done = tactful("ask", "--batch", cases, "--out", tmp_path / "answers.jsonl")
    answers = [json.loads(x) for x in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    assert done.returncode == 1
    assert [a["id"] for a in answers] == ["one", None, "three", "four"]
    assert [("error" in a) for a in answers] == [False, True, True, False]
    assert answers[3]["feature"]["key"] == "audit-log"


def test_verify_proves_what_ask_printed_and_refuses_a_forgery(tactful: Any, tmp_path: Path) -> None:
    asked = tactful("ask", QUESTION, "--as", "ada", "--json").stdout
    answer, forged = tmp_path / "answer.json", tmp_path / "forged.json"
    assert tactful("verify", written(answer, asked)).returncode == 0
    done = tactful("verify", written(forged, asked.replace("49.00", "39.00")))
    assert done.returncode == 1
    assert "/recommended_offers/0/price" in done.stdout


def test_access_answers_the_gate_alone(tactful: Any) -> None:
    done = tactful("access", "SSO", "--as", "ada")
    assert json.loads(done.stdout)["feature"]["key"] == "single-sign-on"
    assert tactful("access", "teleport", "--as", "ada").returncode == 2


def test_import_writes_topics_that_answer(tactful: Any, tmp_path: Path) -> None:
    pricing = "saasName: Mapwork\ncurrency: EUR\nfeatures: {routePlans: {defaultValue: false}}\nplans: {FREE: {price: 0}, PRO: {price: 9, unit: user/month, features: {routePlans: {value: true}}}}\n"
    source = written(tmp_path / "mapwork.yml", pricing)
    assert (
        tactful("topics", "import", "pricing2yaml", source, "--out", tmp_path / "t").returncode == 0
    )
    account = written(tmp_path / "a.json", {"account": {"plan": "free"}})
    done = tactful(
        "ask", "Can we use route plans?", "--account", account, "--topics", tmp_path / "t", "--json"
    )
    body = json.loads(done.stdout)
    assert body["recommended_offers"][0]["price"]["amount"] == "9.00"
    assert {q["topic"] for q in body["quotes"]} == {"tactful-words"}


def test_generated_wording_is_shown_only_when_allowed(tactful: Any, tmp_path: Path) -> None:
    pricing = "saasName: Mapwork\nfeatures: {routePlans: {defaultValue: true}}\nplans: {FREE: {price: 0}}\n"
    source = written(tmp_path / "mapwork.yml", pricing)
    tactful("topics", "import", "pricing2yaml", source, "--out", tmp_path / "t")
    account = written(tmp_path / "a.json", {"account": {"plan": "free"}})
    ask = (
        "ask",
        "Can we use route plans?",
        "--account",
        account,
        "--topics",
        tmp_path / "t",
        "--json",
    )
    topics = [
        {q["topic"] for q in json.loads(tactful(*ask, *more).stdout)["quotes"]}
        for more in ((), ("--allow-unreviewed",))
    ]
    assert topics == [{"tactful-words"}, {"features"}]


@pytest.mark.parametrize(
    "code", ["import skill", "import skill.cli.app", "from skill.cli.app import app"]
)
def test_nothing_heavy_is_loaded_before_it_is_used(code: str) -> None:
    heavy = "{'openai', 'chromadb', 'fastapi', 'sqlalchemy', 'wordllama', 'numpy', 'bm25s'}"
    check = f"import sys; {code}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_help_lists_every_command(tactful: Any) -> None:
    done = tactful("--help")
    for command in ("ask", "access", "verify", "serve", "demo", "doctor", "topics"):
        assert command in done.stdout
