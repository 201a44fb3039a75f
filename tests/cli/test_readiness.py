"""`tactful readiness` as a person or a script runs it: one account in words, and several against their limits."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from evals.readme import shown
from skill.cli.app import app
from skill.cli.readiness_text import how_far
from skill.model.readiness import Amount, Measured
from skill.model.rules import Truth

ROOT = Path(__file__).parents[2]
NOW = "2026-11-21T09:00:00Z"
AT = "2026-11-21T08:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful ...` with a database of its own and the sample company's Topics, at one moment."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path / "d"))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    runner = CliRunner()

    def run(*arguments: object, **more: str) -> Result:
        return runner.invoke(app, [str(one) for one in arguments], env=more)

    return run


def told(run: Run, *arguments: object) -> Result:
    return run("readiness", *arguments, "--now", NOW)


def file(tmp_path: Path, name: str, **body: Any) -> Path:
    """An account file; without more it is on Starter and was never read."""
    path = tmp_path / name
    account = {"id": name.removesuffix(".json"), "plan": "starter", **body.pop("account", {})}
    path.write_text(json.dumps({"account": account, **body}), encoding="utf-8")
    return path


def used(**meters: int) -> list[dict[str, Any]]:
    return [{"meter": meter, "at": AT, "value": value} for meter, value in meters.items()]


def line_of(text: str, *words: str) -> str:
    return next(line for line in text.splitlines() if all(word in line for word in words))


def test_a_signal_that_holds_and_one_that_does_not_are_told_in_words(
    tactful: Run, tmp_path: Path
) -> None:
    path = file(tmp_path, "acc.json", usage=used(seats=9, reports=7))
    text = told(tactful, path).stdout
    assert text.startswith("acc, plan Starter, 2026-11-21 09:00 UTC\nupsell readiness: ready\n")
    assert "Extra Seats: ready by seats-almost-full" in text
    holding = line_of(text, "seats-almost-full", "usage-thresholds.md")
    assert holding.startswith("holds ")
    assert "9 of 10 seats (plan)" in holding
    false = line_of(text, "reports-almost-full", "usage-thresholds.md")
    assert false.startswith("not yet ")
    assert "2 reports to go" in false


def test_what_is_not_known_is_told_with_what_was_missing(tactful: Run, tmp_path: Path) -> None:
    old = [{"meter": "seats", "at": "2026-11-18T08:00:00Z", "value": 9}]
    text = told(tactful, file(tmp_path, "acc.json", usage=old)).stdout
    seats = line_of(text, "seats-almost-full")
    assert seats.startswith("unknown ")
    assert "2026-11-18 08:00" in seats
    assert "too old: no usage of seats" in seats
    assert "no usage of reports" in line_of(text, "reports-almost-full")


def test_zero_and_unlimited_limits_have_nothing_to_go(tactful: Run, tmp_path: Path) -> None:
    limits = {"seats": 0, "reports": "unlimited"}
    path = file(tmp_path, "acc.json", account={"limits": limits}, usage=used(seats=0, reports=7))
    text = told(tactful, path).stdout
    assert "none of it is included" in line_of(text, "seats-almost-full")
    assert "there is no limit to reach" in line_of(text, "reports-almost-full")


def test_a_sample_account_and_a_person_of_it_are_one_account(tactful: Run) -> None:
    account = told(tactful, "brightlane", "--json")
    assert json.loads(account.stdout)["account"] == "brightlane"
    assert account.stdout == told(tactful, "ada", "--json").stdout
    assert "made-up account" in account.stderr


def test_a_stored_account_goes_before_a_sample_one_and_stays_with_its_tenant(tactful: Run) -> None:
    tactful("usage", "set", "ada", "seats", "9", "--at", AT, "--by", "Ann", "--tenant", "acme")
    own = json.loads(told(tactful, "ada", "--json", "--tenant", "acme").stdout)
    other = json.loads(told(tactful, "ada", "--json").stdout)
    assert (own["account"], other["account"]) == ("ada", "brightlane")
    tactful("usage", "set", "acc_9", "seats", "9", "--at", AT, "--by", "Ann", "--tenant", "acme")
    assert told(tactful, "acc_9", "--tenant", "acme").exit_code == 0
    assert told(tactful, "acc_9").exit_code == 2


def test_an_account_that_nobody_knows_is_wrong_usage_with_a_way_out(tactful: Run) -> None:
    done = told(tactful, "acc_none")
    assert done.exit_code == 2
    assert "error: nobody knows the account `acc_none`" in done.stderr
    assert "help: accounts are told by `PUT /v1/accounts/ID`" in done.stderr


def test_an_account_file_s_own_moment_counts_unless_another_is_asked_for(
    tactful: Run, tmp_path: Path
) -> None:
    path = file(tmp_path, "acc.json", usage=used(seats=9), now="2026-11-20T10:00:00Z")
    at = json.loads(tactful("readiness", path, "--json").stdout)["at"]
    assert at == "2026-11-20T10:00:00Z"
    assert json.loads(told(tactful, path, "--json").stdout)["at"] == NOW


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no account is named"),
        (("--watch", " , "), "no account is named"),
        (("ada", "--weekly"), "--weekly goes with --watch"),
        (("ada", "--csv"), "--csv goes with --watch"),
        (("--watch", "ada", "--csv", "--json"), "not both"),
        (("ada", "--now", "yesterday"), "is not a time with its zone"),
        (("ada", "--now", "2026-11-21T09:00:00"), "is not a time with its zone"),
        (("missing.json",), "cannot be read"),
        (("ada", "--topics", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    tactful: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = tactful("readiness", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_published_topics_are_those_of_the_tenant(tactful: Run) -> None:
    tactful("usage", "set", "acc_1", "seats", "9", "--at", AT, "--by", "Ann")
    published = {"TACTFUL_TOPICS": "published"}
    unread = tactful("readiness", "acc_1", "--now", NOW, **published)
    assert unread.exit_code == 2
    assert "has published no Topics" in unread.stderr
    assert tactful("topics", "publish", ROOT / "topics", "--by", "Ann").exit_code == 0
    assert tactful("readiness", "acc_1", "--now", NOW, **published).exit_code == 0


def test_watched_accounts_stand_in_one_table_the_nearest_to_its_limit_first(
    tactful: Run, tmp_path: Path
) -> None:
    one = file(tmp_path, "one.json", usage=used(seats=9, storage=1))
    two = file(tmp_path, "two.json", account={"plan": "team"}, usage=used(seats=24, runs=20_000))
    done = told(tactful, "--watch", f"{one},{two}")
    title, _, heading, rule, *rows = done.stdout.splitlines()
    assert done.exit_code == 0
    assert title == "Accounts against their limits, 2026-11-21 09:00 UTC"
    assert set(rule) <= set("|-: ")
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[:6] for row in cells[:3]] == [
        ["two", "Team", "seats", "24", "25", "96%"],
        ["one", "Starter", "seats", "9", "10", "90%"],
        ["two", "Team", "runs", "20,000", "25,000", "80%"],
    ]
    assert "on pace for 2026-11-26" in rows[2]
    assert all(len(row) == len(heading) for row in (rule, *rows))
    assert "never read" in rows[-1]


def test_weekly_tells_each_of_the_last_four_weeks(tactful: Run) -> None:
    row = line_of(told(tactful, "--watch", "brightlane", "--weekly").stdout, "api_calls")
    assert row.count("| ") == 12
    assert "22 to 28 days ago" in told(tactful, "--watch", "brightlane", "--weekly").stdout
    assert "days ago" not in told(tactful, "--watch", "brightlane").stdout


def test_accounts_that_nobody_knows_are_named_and_the_rest_is_printed(tactful: Run) -> None:
    done = told(tactful, "northmoor", "--watch", "acc_none,brightlane")
    assert done.exit_code == 1
    assert "nobody knows the account `acc_none`" in done.stderr
    assert "| northmoor" in done.stdout
    assert "| brightlane" in done.stdout
    assert "acc_none" not in done.stdout
    body = json.loads(told(tactful, "--watch", "acc_none,brightlane", "--json").stdout)
    assert body["unknown"] == ["acc_none"]
    assert {item["account"] for item in body["items"]} == {"brightlane"}


def test_stale_figures_are_told_as_unknown_with_their_day(tactful: Run) -> None:
    row = line_of(told(tactful, "--watch", "longshore").stdout, "seats")
    assert "unknown" in row
    assert "2026-11-16 00:00, too old" in row


def test_a_spreadsheet_reads_exact_figures_and_runs_no_formula(
    tactful: Run, tmp_path: Path
) -> None:
    evil = file(tmp_path, "x.json", account={"id": "=1+1\n|x"}, usage=used(seats=9))
    done = told(tactful, "--watch", evil, "--csv", "--weekly")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    seats = next(row for row in rows if row["meter"] == "seats")
    assert seats["account"] == "'=1+1 |x"
    assert (seats["used"], seats["limit"], seats["share"]) == ("9", "10", "0.9000")
    assert (seats["as_of"], seats["state"]) == (AT, "fresh")
    assert sum(name.startswith("change_") for name in seats) == 4


def test_a_name_cannot_break_the_table(tactful: Run, tmp_path: Path) -> None:
    evil = file(tmp_path, "x.json", account={"id": "a|b\n\x1b[31m<i>"}, usage=used(seats=9))
    row = line_of(told(tactful, "--watch", evil).stdout, "seats")
    assert row.startswith(r"| a\|b \[31m\<i> ")


def test_an_account_without_limits_in_figures_leaves_an_empty_table(
    tactful: Run, tmp_path: Path
) -> None:
    done = told(tactful, "--watch", file(tmp_path, "x.json", account={"plan": None}))
    assert done.exit_code == 0
    assert "No limit in figures is known" in done.stdout


@pytest.mark.parametrize(
    ("distance", "holds_when", "said"),
    [
        (("1", "seat"), "at least 80% of limit", "1 seat to go"),
        (("0", ""), "more than 1", "any more will do"),
        (("0", "minutes"), "less than 2 minutes", "any less will do"),
        (("3", "minutes"), "less than 2 minutes", "3 minutes too much"),
        (("2", "seat"), "at most 1 left", "2 seats to go"),
        (("2.5", "GB"), "at least 80% of limit", "2.5 GB to go"),
        (("1", "weeks"), "at least 4 times", "1 week to go"),
        (("12.5", "%"), "grew by at least 50%", "12.5% to go"),
        (("3063.8", "run"), "on pace to pass the limit", "3,064 runs to go"),
    ],
)
def test_what_is_to_go_reads_as_a_person_says_it(
    distance: tuple[str, str], holds_when: str, said: str
) -> None:
    off = Amount.model_validate({"figure": distance[0], "unit": distance[1]})
    part = Measured(counts="x", truth=Truth.FALSE, unit=distance[1], distance=off)
    assert how_far(part, holds_when) == said


def test_the_page_shows_what_the_commands_print(
    tactful: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "how-to" / "readiness.md").read_text("utf-8")
    commands = shown(page)
    assert len(commands) >= 3
    monkeypatch.chdir(tmp_path)
    for one in commands:
        name, *arguments = one.command.split()
        assert name == "tactful"
        done = tactful(*arguments)
        flat = " ".join(done.output.split())
        assert done.exit_code == 0, one.command
        for line in one.lines:
            assert " ".join(line.split()) in flat, (one.command, line)
