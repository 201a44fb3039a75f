"""`tactful tasks` as an owner runs it: tried, listed, shown, closed; and the page of the docs says what is printed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from evals.readme import shown
from skill.store.engine import Store
from skill.store.tasks import find
from tests.api.test_api_tasks import open_one
from tests.cli.test_packet import ROOT, Run, tactful

__all__ = ["tactful"]

NOW = "2026-11-21T09:00:00Z"
TRY = ("tasks", "try", "Can I export to Salesforce?", "--now", NOW)


@pytest.fixture
def kept(tactful: Run, tmp_path: Path) -> None:
    """One open task in the store that the commands open."""
    (tmp_path / "d").mkdir(exist_ok=True)
    store = Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")
    open_one(store)
    store.close()


def state(tmp_path: Path) -> str:
    store = Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")
    found = find(store, "default", "eff_1")
    store.close()
    assert found is not None
    return found.state


def test_a_question_is_tried_without_recording_anything(tactful: Run, tmp_path: Path) -> None:
    done = tactful(*TRY, "--as", "cleo")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("# Cleo asked about Salesforce export\n")
    assert not (tmp_path / "d" / "tactful.db").exists()


def test_where_the_product_itself_offers_no_task_is_made(tactful: Run) -> None:
    done = tactful(*TRY, "--as", "ada")
    assert done.exit_code == 2
    assert "answers in the product" in done.stderr


@pytest.mark.usefixtures("kept")
def test_an_open_task_is_listed_shown_and_done(tactful: Run, tmp_path: Path) -> None:
    listed = tactful("tasks", "list").stdout
    assert listed == "eff_1  due 2026-11-24T16:00Z  Lee  northmoor: Cleo asked about Salesforce export\n"  # fmt: skip
    assert tactful("tasks", "show", "eff_1").stdout.startswith("# Cleo asked")
    page, call = tmp_path / "t.html", tmp_path / "t.ics"
    done = tactful("tasks", "show", "eff_1", "--html", page, "--ics", call)
    assert done.exit_code == 0, done.output
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert call.read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert tactful("tasks", "done", "eff_1").exit_code == 0
    assert state(tmp_path) == "done"
    assert tactful("tasks", "list").stdout == ""
    assert [i["id"] for i in json.loads(tactful("tasks", "list", "--state", "done", "--json").stdout)["items"]] == ["eff_1"]  # fmt: skip


@pytest.mark.usefixtures("kept")
def test_a_reason_is_asked_for_and_a_contradiction_refused(tactful: Run, tmp_path: Path) -> None:
    assert tactful("tasks", "not-useful", "eff_1", " ").exit_code == 2
    assert tactful("tasks", "snooze", "eff_1", "soon").exit_code == 2
    assert tactful("tasks", "snooze", "eff_1", "2020-01-01").exit_code == 2
    assert state(tmp_path) == "open"
    assert tactful("tasks", "not-useful", "eff_1", "they left us").exit_code == 0
    refused = tactful("tasks", "done", "eff_1")
    assert refused.exit_code != 0
    assert "closed" in refused.stderr
    assert state(tmp_path) == "not_useful"


@pytest.mark.usefixtures("kept")
def test_what_is_not_there_or_no_address_is_said_in_one_line(tactful: Run, tmp_path: Path) -> None:
    for arguments, said in (
        (("show", "nothing"), "there is no task `nothing`"),
        (("show", "eff_1", "--tenant", "other"), "there is no task"),
        (("show", "eff_1", "--invite", "a@b.example"), "go with --ics"),
        (("show", "eff_1", "--ics", tmp_path / "c.ics", "--invite", "ann"), "no address"),
        (("show", "eff_1", "--html", tmp_path / "no" / "t.html"), "cannot be written"),
    ):
        done = tactful("tasks", *arguments)
        assert done.exit_code != 0
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("kept")
def test_the_readiness_of_an_account_names_its_open_tasks(tactful: Run, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")
    from skill.sample import sample_customers
    from skill.store.customers import put_customers
    from tests.conftest import NOW as MOMENT

    put_customers(store, "default", sample_customers(MOMENT), at=MOMENT)
    store.close()
    told = tactful("readiness", "northmoor", "--now", NOW).stdout
    assert "open task: Cleo asked about Salesforce export, due 2026-11-24T16:00Z (eff_1)" in told


def test_the_page_shows_what_the_commands_print(
    tactful: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "how-to" / "tasks.md").read_text("utf-8")
    commands = shown(page)
    assert len(commands) >= 3
    monkeypatch.chdir(tmp_path)
    for one in commands:
        name, *arguments = shlex.split(one.command)
        assert name == "tactful"
        done = tactful(*arguments)
        flat = " ".join(done.output.split())
        assert done.exit_code == 0, one.command
        for line in one.lines:
            assert " ".join(line.split()) in flat, (one.command, line)
