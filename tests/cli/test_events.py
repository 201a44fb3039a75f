"""`tactful events` and `tactful usage` as a person or a script runs them."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from skill.cli.app import app
from skill.model.account import Customer
from skill.sources.files import LONGEST_LINE
from skill.store.accounts import get_customer
from skill.store.engine import Store

ROOT = Path(__file__).parents[2]
AT = "2026-11-20T09:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful ...` with a database of its own and the sample company's Topics."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path / "d"))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    runner = CliRunner()

    def run(*arguments: object, **more: str) -> Result:
        return runner.invoke(app, [str(one) for one in arguments], env=more)

    return run


def reading(n: int, **more: Any) -> dict[str, Any]:
    return {"id": f"r{n}", "account": "acc_1", "meter": "api_calls", "at": AT, "value": n, **more}


def write(path: Path, lines: Iterable[object]) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def kept(tmp_path: Path, account: str = "acc_1", tenant: str = "default") -> Customer:
    store = Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")
    since = datetime(2025, 1, 1, tzinfo=UTC)
    found = get_customer(store, tenant, account, "u_1", since=since).customer
    store.close()
    return found


def test_a_malformed_line_is_named_and_all_the_others_are_loaded(
    tactful: Run, tmp_path: Path
) -> None:
    lines: list[object] = [reading(n) for n in range(1, 1_301)]
    lines[699] = '{"id": "r700", "acc'
    path, out = write(tmp_path / "usage.jsonl", lines), tmp_path / "refused.jsonl"

    done = tactful("events", "load", path, "--refused", out)

    assert done.exit_code == 1
    assert done.stdout == "accepted 1,299, duplicates 0, refused 1 (not_json 1)\n"
    assert f"{path}:700: not_json: the line is not JSON at character" in done.stderr
    (refused,) = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert (refused["line"], refused["entry"]) == (700, lines[699])
    assert len(kept(tmp_path).usage) == 1_299


def test_the_same_file_again_is_duplicates_only(tactful: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "usage.jsonl", [reading(n) for n in range(600)])
    tactful("events", "load", path)

    done = tactful("events", "load", path)

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "accepted 0, duplicates 600, refused 0\n"
    assert json.loads(tactful("events", "counts", "--json").stdout)["items"][0]["received"] == 1200


def test_a_dry_run_keeps_and_counts_nothing(tactful: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "usage.jsonl", [reading(1), reading(2, value=-1)])

    done = tactful("events", "load", path, "--dry-run")

    assert done.exit_code == 1
    assert done.stdout == "could be kept 1, refused 1 (bad_value 1)\n"
    assert kept(tmp_path).usage == ()
    assert "nothing was received yet" in tactful("events", "counts").stderr


def test_a_line_is_a_reading_an_event_or_an_envelope(tactful: Run, tmp_path: Path) -> None:
    envelope = {"specversion": "1.0", "id": "c1", "source": "/m", "type": "tactful.usage.v1"}
    lines = [
        reading(1),
        {"id": "e1", "account": "acc_1", "event": "csv_export", "at": AT, "person": "u_1"},
        {"id": "e2", "account": "acc_1", "name": "csv_export", "at": AT},
        {
            **envelope,
            "subject": "acc_1",
            "time": AT,
            "data": {"meter": "api_calls", "value": 3},
        },
        {**reading(2), "event": "x"},
        {"id": "e3", "account": "acc_1", "at": AT},
        "[]",
    ]

    done = tactful("events", "load", write(tmp_path / "mixed.jsonl", lines))

    assert done.stdout == "accepted 4, duplicates 0, refused 3 (bad_entry 3)\n"
    assert [int(one.split(":")[1]) for one in done.stderr.splitlines()] == [5, 6, 7]


CSV = """id,account,meter,event,at,value,unit,person,properties,properties.to
c1,acc_1,api_calls,,2026-11-20T09:00:00Z,41000.5,api_call,,,
c2,acc_1,,csv_export,2026-11-20T09:00:00Z,,,u_1,"{""n"": 3}",crm
c3,acc_1,api_calls,,2026-11-20T09:00:00Z,-1,,,,
c4,acc_1,"api_calls,,2026-11-20T09:00:00Z,1,,,,

c5,acc_1,storage,,2026-11-20T09:00:00Z,1,seat,,,
c6,acc_1,,ticket.opened,2026-11-20T09:00:00Z,,,,"{""ticket"": ""t1""}",
c7,acc_1
c8,acc_1,,x,2026-11-20T09:00:00Z,,,,not json,
"""


def test_a_table_is_loaded_row_by_row(tactful: Run, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(CSV, encoding="utf-8")

    done = tactful("events", "load", path)

    assert done.exit_code == 1
    said = "accepted 3, duplicates 0, refused 5 (bad_row 3, bad_value 1, wrong_unit 1)\n"
    assert done.stdout == said
    assert [int(one.split(":")[1]) for one in done.stderr.splitlines()] == [4, 5, 7, 9, 10]
    customer = kept(tmp_path)
    assert [str(one.value) for one in customer.usage] == ["41000.5"]
    assert {"n": 3, "to": "crm"} in [one.properties for one in customer.events]
    assert [ticket.id for ticket in customer.tickets] == ["t1"]


def test_a_line_without_end_or_of_no_text_is_passed_over(tactful: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "usage.jsonl", tmp_path / "refused.jsonl"
    sound = [json.dumps(reading(n)).encode() for n in (1, 2, 3)]
    lines = [sound[0], b"x" * (3 * LONGEST_LINE), sound[1], b'{"id": "\xff"}', sound[2]]
    path.write_bytes(b"\n".join(lines))

    done = tactful("events", "load", path, "--refused", out)

    assert done.stdout == "accepted 3, duplicates 0, refused 2 (bad_row 1, too_long 1)\n"
    refused = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(one["line"], one["entry"]) for one in refused] == [(2, None), (4, '{"id": "\\xff"}')]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", "id,acount\n", "did you mean `account`?"),
        ("x.csv", "", "has no header row"),
        ("x.csv", "id,id\n", "has the column `id` twice"),
        ("x.txt", "", "is of no kind that is read here"),
        ("missing/x.jsonl", None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tactful: Run, tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")

    done = tactful("events", "load", tmp_path / name)

    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is not None, reason="duckdb is installed")
def test_parquet_without_its_library_names_the_extra(tactful: Run, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").touch()

    done = tactful("events", "load", tmp_path / "x.parquet")

    assert done.exit_code == 2
    assert "pip install 'tactful[parquet]'" in done.stderr


def test_parquet_is_loaded_row_by_row(tactful: Run, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs `pip install 'tactful[parquet]'`")
    path = tmp_path / "usage.parquet"
    duckdb.sql(
        "SELECT 'r' || i AS id, 'acc_1' AS account, 'api_calls' AS meter,"
        " TIMESTAMP '2026-11-20 09:00:00' AS at, CASE i WHEN 7 THEN -1 ELSE i END AS value,"
        " NULL AS person FROM range(3000) AS t(i)"
    ).write_parquet(str(path))

    done = tactful("events", "load", path)

    assert done.stdout == "accepted 2,999, duplicates 0, refused 1 (bad_value 1)\n"
    assert f"{path}:8: bad_value" in done.stderr
    assert kept(tmp_path).usage[0].at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_figure_is_typed_with_its_name_and_kept_once(tactful: Run, tmp_path: Path) -> None:
    typed = ("usage", "set", "acc_1", "api_calls", "41000", "--at", AT, "--by", "Ann")

    first, again = tactful(*typed), tactful(*typed)

    assert first.stdout == f"acc_1: api-calls 41000 at {AT}, typed by Ann\n"
    assert "kept before" in again.stderr
    assert [int(one.value) for one in kept(tmp_path).usage] == [41_000]
    (day,) = json.loads(tactful("events", "counts", "--json").stdout)["items"]
    assert (day["accepted"], day["duplicates"]) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acc_1", "api_cals", "5"), "did you mean `api-calls`?"),
        (("acc_1", "api_calls", "many"), "must be a number"),
        (("acc_1", "storage", "5", "--unit", "seat"), "counts in `GB`"),
        (("acc_1", "api_calls", "5", "--at", "2999-01-01T00:00:00Z"), "ahead of our clock"),
    ],
)
def test_a_figure_that_cannot_be_kept_says_why_and_is_counted(
    tactful: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = tactful("usage", "set", *arguments, "--by", "Ann")

    assert done.exit_code == 1
    assert said in done.stderr
    assert "refused 1" in tactful("events", "counts").stdout


def test_each_tenants_entries_and_counts_are_its_own(tactful: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "usage.jsonl", [reading(1)])

    tactful("events", "load", path, "--tenant", "acme")

    assert kept(tmp_path, tenant="acme").usage
    assert kept(tmp_path).usage == ()
    assert "accepted 1" in tactful("events", "counts", "--tenant", "acme").stdout
    assert tactful("events", "counts").stdout == ""


def test_meters_are_those_of_what_a_tenant_has_published(tactful: Run, tmp_path: Path) -> None:
    published = {"TACTFUL_TOPICS": "published"}
    path = write(tmp_path / "usage.jsonl", [reading(1, meter="nonsense")])

    before = tactful("events", "load", path, "--dry-run", **published)
    tactful("topics", "publish", ROOT / "topics", "--by", "Ann", **published)
    after = tactful("events", "load", path, **published)

    assert (before.exit_code, "not checked" in before.stderr) == (0, True)
    assert "unknown_meter" in after.stderr


def test_times_in_a_file_may_be_late_and_no_more_than_a_day_ahead(
    tactful: Run, tmp_path: Path
) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the command reads the real clock
    times = [now - timedelta(days=300), now + timedelta(hours=23), now + timedelta(hours=26)]
    lines = [reading(n, at=at.isoformat()) for n, at in enumerate(times)]

    done = tactful("events", "load", write(tmp_path / "usage.jsonl", lines))

    assert done.stdout == "accepted 2, duplicates 0, refused 1 (ahead_of_clock 1)\n"
