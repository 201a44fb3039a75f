"""`tactful report` as a growth person runs it: the summary first, a table, JSON; and the page of the docs says what is printed."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.readme import shown
from skill.cli.app import app
from skill.model.restraint_report import Wording
from skill.sample import sample_customers
from skill.store.customers import put_customers
from skill.store.engine import Store
from tests.cli.test_packet import ROOT, Run
from tests.conftest import NOW

NEXT_DAY = (NOW + timedelta(days=1)).isoformat()
DAY = ("--since", "2d", "--until", NEXT_DAY)


def begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with the sample company in it, which the commands open from now on."""
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(folder / "d"))
    with opened(folder) as store:
        put_customers(store, "default", sample_customers(NOW), at=NOW)


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful ...` before a database with the sample company in it."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    begun(tmp_path, monkeypatch)
    return lambda *given: CliRunner().invoke(app, [str(one) for one in given])


@contextmanager
def opened(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "d").mkdir(parents=True, exist_ok=True)
    store = Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def swept(tactful: Run) -> None:
    assert tactful("sweep", "--now", NOW.isoformat()).exit_code == 0


@pytest.fixture
def in_shadow(tactful: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TACTFUL_SHADOW", "on")
    assert tactful("sweep", "--now", NOW.isoformat()).exit_code == 0


@pytest.mark.usefixtures("swept")
def test_the_summary_comes_first_and_then_the_lines_that_kept_something_back(tactful: Run) -> None:
    done = tactful("report", "restraint", *DAY)
    assert done.exit_code == 0, done.output
    first, *_ = done.stdout.splitlines()
    assert first.startswith("In 2 days, 0 questions asked; ")
    assert "offers made and" in first
    assert "holds offers back (expansion-playbooks.md:16)" in done.stdout
    assert "Signals that came to hold:" in done.stdout
    assert "DOES NOT ADD UP" not in done.stdout


@pytest.mark.usefixtures("swept")
def test_as_json_and_as_a_table_it_says_the_same(tactful: Run) -> None:
    told = json.loads(tactful("report", "restraint", *DAY, "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(tactful("report", "restraint", *DAY, "--csv").stdout)))
    summary = {row["name"]: row["n"] for row in rows if row["section"] == "summary"}
    assert summary["offers made"] == str(told["n_offers"])
    assert int(summary["outbox decided"]) == told["outbox"]["decided"] > 0
    reasons = [row["name"] for row in rows if row["section"] == "reason"]
    assert reasons == [one["because"] for one in told["reasons"]]
    assert all(None not in row for row in rows)


@pytest.mark.usefixtures("in_shadow")
def test_in_shadow_mode_the_sweep_is_reported_and_nothing_was_decided_to_leave(
    tactful: Run,
) -> None:
    done = tactful("report", "shadow", *DAY)
    assert done.stdout.startswith("Nothing was shown. In 2 days, ")
    assert "in the product: " in done.stdout
    assert "What people would have read most often" in done.stdout
    told = json.loads(tactful("report", "shadow", *DAY, "--json").stdout)
    assert told["n_would"] > 10
    assert told["n_leaked"] == 0
    usual = json.loads(tactful("report", "restraint", *DAY, "--json").stdout)
    assert usual["outbox"]["decided"] == 0


@pytest.mark.usefixtures("swept")
def test_where_shadow_mode_was_off_the_report_says_how_to_turn_it_on(tactful: Run) -> None:
    assert "TACTFUL_SHADOW=on" in tactful("report", "shadow", *DAY).stdout


def test_a_company_in_which_nothing_happened_yet_gets_a_report_too(tactful: Run) -> None:
    done = tactful("report", "restraint", "--tenant", "nobody")
    assert done.exit_code == 0
    assert done.stdout.startswith("In 30 days, 0 questions asked; 0 offers made")


@pytest.mark.usefixtures("swept")
def test_without_topics_that_can_be_read_it_still_names_the_lines(
    tactful: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.md").write_text("---\nkind: plans\n---\n# A\n")
    monkeypatch.setenv("TACTFUL_TOPICS", str(tmp_path / "broken"))
    done = tactful("report", "restraint", *DAY)
    assert done.exit_code == 0
    assert "the Topics cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "soon"), "neither a number of days or hours nor a time"),
        (("--since", "2030-01-01T00:00:00Z", "--until", NEXT_DAY), "not before --until"),
        (("--until", "yesterday"), "not a time with its zone"),
        (("--until", "0001-01-01T00:00:00Z"), "no year of ours"),
        (("--csv", "--json"), "not both"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_option(
    tactful: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = tactful("report", "restraint", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_wording_that_begins_like_a_formula_is_only_text_in_the_table() -> None:
    from skill.delivery.report_rows import shadow_csv
    from skill.model.restraint_report import Prompts, ShadowReport

    counts = {name: 0 for name in ShadowReport.model_fields if name.startswith("n_")}
    made = ShadowReport(
        tenant="t", since=NOW, until=NOW, offers=(), channels=(), reasons=(), prompts=Prompts(),
        wordings=(Wording(text="=HYPERLINK(1)", n=1),), **counts,
    )  # fmt: skip
    assert "'=HYPERLINK(1)" in shadow_csv(made)


def test_the_page_shows_what_the_commands_print(
    tactful: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "how-to" / "report.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    usual, in_shadow = page.split("## Shadow mode")
    for n, half in enumerate((usual, in_shadow)):
        begun(tmp_path / str(n), monkeypatch)
        assert _runs(tactful, half, monkeypatch) == 2


def _runs(tactful: Run, page: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run every command of a page, which has to print what the page shows; how many there were."""
    commands = shown(page)
    for one in commands:
        words = shlex.split(one.command)
        settings = [word for word in words if word.startswith("TACTFUL_")]
        for setting in settings:
            monkeypatch.setenv(*setting.split("=", 1))
        name, *arguments = words[len(settings) :]
        assert name == "tactful"
        done = tactful(*arguments)
        flat = " ".join(done.output.split())
        assert done.exit_code == 0, one.command
        for line in one.lines:
            assert " ".join(line.split()) in flat, (one.command, line, done.output)
        for setting in settings:
            monkeypatch.delenv(setting.split("=", 1)[0])
    return len(commands)
