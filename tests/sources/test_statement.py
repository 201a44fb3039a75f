"""The statement: one SELECT for a whole Playbook, in seven dialects; each thing asked once, in one pass a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from evals.proof import sweep_backends, sweep_worlds
from evals.proof.sweep_company import FORMS, ROWS, company
from evals.proof.sweep_worlds import MOMENTS, ZONES
from skill.model.playbook import Playbook
from skill.sources.warehouse.dialects import Dialect
from skill.sources.warehouse.statement import statement, zones_statement

NOW = MOMENTS[0]
ONE_EACH = [row for form in FORMS for row in [r for r in ROWS if r[0] == form][:: len(FORMS)]]
"""Every form with some of its windows."""


def told(*rows: tuple[str, str, str], dialect: Dialect = Dialect.DUCKDB, **more: Any) -> exp.Select:
    text = statement(company(rows, audiences=False), NOW, dialect=dialect, **more)
    tree = sqlglot.parse_one(text, read=dialect.value)
    assert isinstance(tree, exp.Select)
    return tree


def ctes(tree: exp.Select) -> dict[str, exp.Select]:
    return {cte.alias: cte.this for cte in tree.ctes}


def reads(tree: exp.Expression, table: str) -> int:
    """How often a statement goes over a table."""
    return sum(found.name == table for found in tree.find_all(exp.Table))


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_form_is_one_select_that_its_dialect_reads_again(dialect: Dialect) -> None:
    text = statement(company(ONE_EACH), NOW, dialect=dialect, zones=ZONES)
    found = sqlglot.parse(text, read=dialect.value)

    assert [type(each) for each in found] == [exp.Select]
    assert found[0] is not None
    assert found[0].sql(dialect=dialect.value, pretty=True) == text
    assert dialect is Dialect.SQLITE or "tactful_" not in text.lower()


@pytest.mark.parametrize("dialect", list(Dialect))
def test_its_columns_are_the_account_and_one_a_row(dialect: Dialect) -> None:
    tree = told(("seats", "at least 8", "now"), ("calls", "at most 2 left", "now"), dialect=dialect)
    assert tree.named_selects == ["account", "r0", "r1"]


def test_a_level_is_one_aggregate_of_one_pass() -> None:
    tree = told(("seats", "at least 8", "now"), ("seats", "at most 3", "now"))

    assert list(ctes(tree)) == ["used"]
    assert ctes(tree)["used"].named_selects == ["account", "c0"]
    assert reads(tree, "readings") == 1
    assert reads(tree, "accounts") == 1


def test_limits_stand_as_literals_of_each_plan_and_as_rows_of_accounts_with_more() -> None:
    tree = told(("seats", "at least 80% of limit", "now"), ("events: done", "at least 4", "the last 7 days"))  # fmt: skip

    assert list(ctes(tree)) == ["plan", "own", "used", "happened"]
    assert ctes(tree)["happened"].named_selects == ["account", "c0", "c1"]
    plans = ctes(tree)["plan"].sql(dialect="duckdb")
    assert "'ten' AS TEXT) AS plan, CAST(10000000 AS INT128) AS l0" in plans


def test_rows_of_many_meters_share_one_pass_unless_days_are_local() -> None:
    rows = [(meter, "at least 8", over) for meter in ("seats", "runs") for over in ("now", "3 of the last 7 days")]  # fmt: skip

    assert reads(told(*rows), "readings") == 1
    assert reads(told(*rows, zones=["UTC", "Nowhere/Land"]), "readings") == 1
    assert list(ctes(told(*rows, zones=["Asia/Tokyo"]))) == [
        "believed", "known", "zones", "calendar", "used", "used_where_they_are",
    ]  # fmt: skip


def test_each_ratio_is_a_pass_of_its_own() -> None:
    pairs = ("seats / calls", "calls / seats", "runs / calls")
    rows = [(f"ratio: {pair}", "at least 2", "the last 7 days") for pair in pairs]
    names = [name for name in ctes(told(*rows)) if name.startswith("ratio")]
    assert names == ["ratio0", "ratio1", "ratio2"]


def test_only_the_meters_and_the_time_that_matter_are_read() -> None:
    tree = told(
        ("seats", "at least 8", "the last 7 days"), since=datetime(2026, 11, 20, tzinfo=UTC)
    )
    text = tree.sql(dialect="duckdb")

    assert "r.meter IN ('seats')" in text
    assert "r.\"at\" >= CAST('2026-11-20 00:00:00.000000' AS TIMESTAMP)" in text


def test_the_tables_of_an_engine_stand_first_in_its_own_words() -> None:
    prelude = {"readings": "SELECT * FROM read_parquet('r/*.parquet')", "accounts": "SELECT 1 AS account"}  # fmt: skip
    tree = told(("seats", "at least 8", "now"), prelude=prelude)
    assert list(ctes(tree)) == ["readings", "accounts", "used"]


def test_a_name_with_a_quote_ends_no_text() -> None:
    row = ("events: it's ' OR 1=1 --", "at least 1", "the last 7 days")
    for dialect in Dialect:
        assert "'it''s '' OR 1=1" in told(row, dialect=dialect).sql()


def test_without_rows_nobody_holds_one() -> None:
    assert told().named_selects == ["account"]


def swept(playbook: Playbook, **more: Any) -> Iterable[tuple[Any, ...]]:
    with sweep_backends.sqlite() as backend:
        backend.load(sweep_worlds.world(3, 60, NOW, playbook))
        return backend.ask(statement(playbook, NOW, dialect=Dialect.SQLITE, **more))


def test_only_accounts_of_which_a_row_holds_come_back_in_order_and_after_the_last_one() -> None:
    book = company(
        [("seats", "at least 8", "now"), ("calls", "at least 8", "now")], audiences=False
    )
    every = list(swept(book, only_holding=False))
    holding = list(swept(book))

    assert [a for a, *_ in every] == [f"acc_{n:06}" for n in range(60)]
    assert holding == [row for row in every if 1 in row[1:]]
    assert 0 < len(holding) < 60
    half = holding[len(holding) // 2][0]
    assert list(swept(book, after=half)) == [row for row in holding if row[0] > half]


def test_what_is_older_than_the_look_back_is_not_looked_at() -> None:
    book = company([("seats", "at least 0", "now")], audiences=False)
    assert list(swept(book, since=NOW)) != list(swept(book))


def test_more_parts_than_a_sweep_tells_apart_are_unknown() -> None:
    rows = [("events: done", "at least 0", "each of the last 9,999,999 hours"), ("seats", "at least 0", "each of the last 500 days")]  # fmt: skip
    found = list(swept(company(rows, audiences=False), only_holding=False))
    assert {row[1:] for row in found} == {(None, None)}


def test_time_zones_are_asked_before() -> None:
    book = company([], audiences=False)
    with sweep_backends.sqlite() as backend:
        backend.load(sweep_worlds.world(3, 60, NOW, book))
        found = [zone for (zone,) in backend.ask(zones_statement(Dialect.SQLITE))]
    assert found == sorted(ZONES)
