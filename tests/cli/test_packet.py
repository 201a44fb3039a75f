"""`tactful packet` as a person runs it: of a question, of a recorded decision, for each reader and in each form."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evals.readme import shown
from skill.ask import ask, open_workspace
from skill.cli.app import app
from skill.sample import find_person
from skill.store.engine import Store
from skill.store.ledger import Recorded, record

ROOT = Path(__file__).parents[2]
NOW = "2026-11-21T09:00:00Z"
MOMENT = datetime(2026, 11, 21, 9, tzinfo=UTC)
QUESTION = "Can I export to Salesforce?"
Run = Callable[..., Result]


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful ...` with a database of its own and the sample company's Topics, at one moment."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path / "d"))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    runner = CliRunner()

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(one) for one in arguments])

    return run


def of_ben(run: Run, *arguments: object) -> Result:
    return run("packet", QUESTION, "--as", "ben", "--now", NOW, *arguments)


@pytest.mark.parametrize("reader", ["person", "admin", "finance"])
@pytest.mark.parametrize(
    ("form", "start"), [("md", "# About"), ("html", "<!doctype html>"), ("txt", "About Connect")]
)
def test_a_question_becomes_a_packet_for_each_reader_in_each_form(
    tactful: Run, reader: str, form: str, start: str
) -> None:
    done = of_ben(tactful, "--for", reader, "--format", form)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(start)
    assert done.stdout.endswith("\n")
    assert "49" in done.stdout


def test_it_is_written_in_the_language_that_is_asked_for(tactful: Run) -> None:
    done = of_ben(tactful, "--locale", "de-AT")
    assert done.stdout.startswith("# Zu Verbindungspaket\n")
    assert "49 € pro Workspace pro Monat" in done.stdout


def keep(tmp_path: Path, topics: Path) -> None:
    """Record what ben was answered, in the database of these commands."""
    workspace = open_workspace(topics, data_dir=None, today=MOMENT.date())
    customer = find_person("ben", MOMENT)
    asked = ask(workspace, QUESTION, customer, now=MOMENT, decision_id="dec_kept")
    (tmp_path / "d").mkdir(exist_ok=True)
    store = Store.open(f"sqlite:///{tmp_path}/d/tactful.db")
    entry = Recorded(
        id="dec_kept",
        tenant="default",
        at=MOMENT,
        scope="end_user",
        question=QUESTION,
        customer=customer,
        surface=asked.decision.surface,
        decision=asked.decision,
        answer=asked.answer,
    )
    assert record(store, entry)
    store.close()


def test_a_recorded_decision_is_told_as_it_was(tactful: Run, tmp_path: Path) -> None:
    keep(tmp_path, ROOT / "topics")
    done = tactful("packet", "dec_kept", "--for", "admin")
    assert done.exit_code == 0, done.output
    assert "- As of: 2026-11-21 09:00 UTC" in done.stdout
    assert "dec\\_kept" in done.stdout


def test_it_is_made_from_the_topics_that_were_published_then(
    tactful: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, price in ((old, "EUR 49"), (new, "EUR 59")):
        folder.mkdir()
        for path in (ROOT / "topics").glob("*.md"):
            text = path.read_text("utf-8").replace("| Price | EUR 49 per", f"| Price | {price} per")
            (folder / path.name).write_text(text, "utf-8")
        assert tactful("topics", "publish", folder, "--by", "Ann").exit_code == 0
    keep(tmp_path, old)
    monkeypatch.setenv("TACTFUL_TOPICS", "published")
    done = tactful("packet", "dec_kept")
    assert done.exit_code == 0, done.output
    assert "EUR 49 per workspace per month" in done.stdout
    other = tactful("packet", "dec_kept", "--topics", new, "--tenant", "default")
    assert "EUR 49 per workspace per month" in other.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dec_none",), "there is no decision `dec_none`"),
        ((QUESTION, "--as", "nobody at all"), "nobody called"),
        ((QUESTION, "--as", "ben", "--for", "boss"), "no reader `boss`"),
        ((QUESTION, "--as", "ben", "--format", "pdf"), "no format `pdf`"),
        ((QUESTION, "--as", "ben", "--now", "later"), "is not a time with its zone"),
        (("dec_1", "--now", NOW), "--now goes with a question"),
        (("dec_1", "--locale", "de"), "--locale goes with a question"),
        (("How do I save a list as CSV?", "--as", "ben"), "made no offer"),
        ((QUESTION, "--as", "cleo", "--now", NOW), "made no offer"),
        (("", "--as", "ben"), "the question is empty"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    tactful: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = tactful("packet", *arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert done.stdout == ""


def test_the_page_shows_what_the_commands_print(
    tactful: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "how-to" / "packet.md").read_text("utf-8")
    commands = shown(page)
    assert len(commands) >= 2
    monkeypatch.chdir(tmp_path)
    for one in commands:
        name, *arguments = _words(one.command)
        assert name == "tactful"
        done = tactful(*arguments)
        flat = " ".join(done.output.split())
        assert done.exit_code == 0, one.command
        for line in one.lines:
            assert " ".join(line.split()) in flat, (one.command, line)


def _words(command: str) -> list[str]:
    import shlex

    return shlex.split(command)
