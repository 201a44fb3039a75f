"""`tactful sweep` as a person or a timer runs it: what it prints, what it keeps, and how it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlglot
from typer.testing import CliRunner, Result

from evals.readme import shown
from skill.cli.app import app
from skill.errors import LedgerError
from skill.sample import sample_customers
from skill.sources.warehouse.engines.own import Own
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.sweep import Row
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]
AT = ("--now", NOW.isoformat())
Run = Callable[..., Result]


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful sweep ...` with a database of its own and the sample company's Topics."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATABASE_URL", f"sqlite:///{tmp_path / 'tactful.db'}")
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    return lambda *given: CliRunner().invoke(app, ["sweep", *map(str, given)])


@pytest.fixture
def filled(tmp_path: Path) -> None:
    """The command's database, with the sample company in it."""
    store = Store.open(f"sqlite:///{tmp_path / 'tactful.db'}")
    put_customers(store, "default", sample_customers(NOW), at=NOW)
    store.close()


def test_the_sample_company_is_swept_without_any_set_up(tactful: Run, tmp_path: Path) -> None:
    done = tactful("--source", "sample", *AT)
    assert done.exit_code == 0
    assert "dunmore-logistics  ready  two-regions (2)  Compliance Pack  offered" in done.stdout
    assert "elderflower-foods  ready  asked-for-export (3 in the last 48 hours)  Connect Pack  not offered: Open support ticket" in done.stdout  # fmt: skip
    assert not (tmp_path / "tactful.db").exists()


@pytest.mark.usefixtures("filled")
def test_the_second_sweep_of_a_day_says_that_all_was_done(tactful: Run) -> None:
    first = tactful(*AT, "--json")
    again = tactful(*AT, "--json")
    assert json.loads(first.stdout[first.stdout.index("{") :])["offers"] > 0
    assert "nothing is done twice" in again.stderr
    assert first.stdout.endswith(again.stdout)


@pytest.mark.usefixtures("filled")
def test_a_dry_run_tells_and_keeps_nothing(tactful: Run) -> None:
    assert tactful(*AT, "--dry-run").stdout == tactful(*AT, "--dry-run").stdout
    assert "nothing is done twice" not in tactful(*AT).stderr


@pytest.mark.usefixtures("filled")
def test_every_signal_that_fired_goes_to_a_file(tactful: Run, tmp_path: Path) -> None:
    done = tactful(*AT, "--out", tmp_path / "fired.jsonl", "--json")
    lines = [json.loads(line) for line in (tmp_path / "fired.jsonl").read_text("utf-8").splitlines()]  # fmt: skip
    assert len(lines) == json.loads(done.stdout[done.stdout.index("{") :])["fired"]
    assert {line["line"].partition(":")[0] for line in lines} == {"usage-thresholds.md"}


@pytest.mark.usefixtures("filled")
def test_the_file_holds_the_whole_day_however_often_the_sweep_goes_on(
    tactful: Run, tmp_path: Path
) -> None:
    out = tmp_path / "fired.jsonl"
    tactful(*AT, "--out", out)
    first = out.read_text("utf-8").splitlines()
    tactful(*AT, "--out", out)
    again = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    named = [(one["account"], one["signal"]) for one in map(json.loads, first)]
    assert sorted(named) == sorted((one["account"], one["signal"]) for one in again)
    # What was kept is told again in the same words.
    assert all(json.loads(line) in again for line in first)


@pytest.mark.usefixtures("filled")
def test_the_summary_for_programs_is_json_alone(tactful: Run) -> None:
    assert json.loads(tactful(*AT, "--json").stdout)["source"] == "own"


@pytest.mark.usefixtures("filled")
def test_readiness_then_tells_since_when_a_signal_holds(tactful: Run) -> None:
    tactful(*AT)
    told = CliRunner().invoke(app, ["readiness", "dunmore-logistics", *AT])
    line = next(one for one in told.stdout.splitlines() if "two-regions" in one and "holds" in one)
    assert "since 2026-11-21 09:00" in line


class BreaksOff(Own):
    """Our own store, lost after ten accounts."""

    def rows(self, *given: object, **named: object) -> Iterator[Row]:
        """Ten accounts."""
        for number, row in enumerate(super().rows(*given, **named)):  # type: ignore[arg-type]
            if number == 10:
                raise LedgerError("the database cannot be read: it is gone")
            yield row


@pytest.mark.usefixtures("filled")
def test_a_database_that_goes_away_ends_with_3_and_the_position_to_go_on_from(
    tactful: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skill.sweep.AT_ONCE", 5)
    with monkeypatch.context() as broken:
        broken.setattr("skill.sources.warehouse.engines.own.Own", BreaksOff)
        lost = tactful(*AT)
    assert lost.exit_code == 3
    assert "kept up to account `greyfriars-dental`: the same command goes on from there" in lost.stderr  # fmt: skip
    rest = tactful(*AT)
    assert rest.exit_code == 0
    assert "going on behind account `greyfriars-dental`" in rest.stderr
    assert "greyfriars-dental" not in rest.stdout


@pytest.mark.parametrize(
    "dialect", ["sqlite", "duckdb", "postgres", "spark", "snowflake", "bigquery", "clickhouse"]
)
def test_the_statement_alone_is_one_select_that_the_dialect_reads(
    tactful: Run, dialect: str
) -> None:
    done = tactful("--sql", dialect, *AT)
    assert done.exit_code == 0
    statements = sqlglot.parse(done.stdout, read=dialect)
    assert [type(one).__name__ for one in statements if one is not None] == ["Select"]


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        (("--sql", "oracle"), 2, "`oracle` is no dialect that is known"),
        (("--source", "nowhere/at/all"), 2, "no such folder"),
        (("--source", "mysql://localhost/x"), 2, "a sweep cannot read `mysql://`"),
        (("--source", "postgresql://127.0.0.1:1/none"), 3, "127.0.0.1"),
        (("--source", "postgresql://ada:s3cr/et@host/db"), 2, "cannot be read"),
        (("--source", "redshift:ada:s3cret@host/db"), 2, "a sweep cannot read"),
        (("--now", "yesterday"), 2, "`yesterday` is not a time with its zone"),
        (("--topics", "nowhere"), 2, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    tactful: Run, given: tuple[str, ...], status: int, told: str
) -> None:
    done = tactful(*given)
    assert done.exit_code == status
    assert told in done.stderr
    assert "s3cr" not in done.output
    assert "Traceback" not in done.stderr


def test_the_how_to_shows_what_the_command_prints(tactful: Run) -> None:
    page = (ROOT / "docs" / "how-to" / "sweep.md").read_text(encoding="utf-8")
    for one in shown(page):
        assert one.command.startswith("tactful sweep")
        done = tactful(*one.command.split()[2:])
        for line in one.lines:
            assert line in done.stdout
