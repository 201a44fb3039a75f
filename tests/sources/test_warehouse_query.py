"""Facts and readings from a warehouse: one declared query, read only, within a deadline, each row with its time."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from skill.model.account import Customer
from skill.policy import rules
from skill.sources.gathered import gathered
from skill.sources.source import Line, Timing
from skill.sources.warehouse_query import MOST_ROWS, WarehouseQuery
from tests.sources.told_by import NOON, Memory, hours, somebody
from tests.store.conftest import POSTGRES, no_server

QUERY = "SELECT yearly_revenue, seats, as_of FROM facts WHERE account = :account"
MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A warehouse that knows one account."""
    made = tmp_path / "ware house.db"
    with sqlite3.connect(made) as connection:
        connection.execute("CREATE TABLE facts (account, yearly_revenue, seats, as_of)")
        connection.execute(
            "INSERT INTO facts VALUES ('acc_1', 25000.5, 7, '2026-11-21 08:00:00'),"
            "('acc_2', 1, 2, '2026-11-21T08:00:00Z')"
        )
    connection.close()
    return made


def source(path: Path, query: str = QUERY, seconds: float = 5.0) -> WarehouseQuery:
    return WarehouseQuery(f"sqlite:///{path}", query, timing=Timing(seconds=seconds))


def asked(one: WarehouseQuery, *, kept: Memory | None = None, now: datetime = NOON) -> Customer:
    found = gathered(
        somebody().at(now), [Line(one)], kept or Memory(), now, meters=frozenset({"seats"})
    )
    one.close()
    return found


def select(what: str) -> str:
    return f"SELECT {what} WHERE :account = 'acc_1'"


def test_columns_are_facts_or_readings_with_the_time_of_their_row(path: Path) -> None:
    found = asked(source(path))

    told = [(f.name, f.value, f.source, f.as_of) for f in found.facts]
    assert told == [
        ("yearly_revenue", Decimal("25000.5"), "warehouse", MORNING),
        ("source of seats", "warehouse", "warehouse", MORNING),
    ]
    assert [(r.meter, r.value, r.at) for r in found.usage] == [("seats", 7, MORNING)]


def test_a_column_may_have_a_time_of_its_own(path: Path) -> None:
    what = "1 AS tier, '2026-11-20' AS tier_as_of, 2 AS team, '2026-11-21T09:00:00+01:00' AS as_of"

    found = asked(source(path, select(what)))

    assert {f.name: f.as_of for f in found.facts} == {
        "tier": datetime(2026, 11, 20, tzinfo=UTC),
        "team": MORNING,
    }


def test_an_account_of_which_the_warehouse_knows_nothing_is_left_as_it_is(path: Path) -> None:
    found = asked(source(path, QUERY.replace(":account", ":account || 'x'")))

    assert (found.facts, found.usage, found.unavailable) == ((), (), ())


def test_an_account_is_a_parameter_and_never_a_part_of_the_statement(path: Path) -> None:
    evil = Customer.model_validate({"account": {"id": "' OR 1=1 --"}}).at(NOON)

    found = gathered(evil, [Line(source(path))], Memory(), NOON)

    assert (found.facts, found.unavailable) == ((), ())


def test_what_is_no_value_is_not_known(path: Path) -> None:
    found = asked(
        source(path, select("NULL AS tier, 9e999 AS revenue, NULL AS seats, '2026-11-21' AS as_of"))
    )

    assert {f.name: f.value for f in found.facts} == {"tier": None, "revenue": None}
    assert found.usage == ()


def _vanish(path: Path) -> None:
    path.unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


def _drop(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE facts")
    connection.close()


@pytest.mark.parametrize("fault", [_vanish, _garbage, _drop])
def test_a_warehouse_that_is_gone_serves_its_last_verified_facts_until_their_age(
    path: Path, fault: Any
) -> None:
    kept = Memory()
    asked(source(path), kept=kept)
    fault(path)

    within = asked(source(path), kept=kept, now=NOON + hours(24))
    after = asked(source(path), kept=kept, now=NOON + hours(24.01))

    assert within.facts[0].source == "warehouse, last verified 2026-11-21T12:00:00Z"
    assert within.facts[0].value == Decimal("25000.5")
    assert len(within.usage) == 1
    assert [(f.name, f.value) for f in after.facts] == [("yearly_revenue", None)]
    assert (after.usage, len(after.unavailable)) == ((), 1)


def test_a_locked_database_is_waited_for_no_longer_than_the_deadline(path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("BEGIN EXCLUSIVE")

        found = asked(source(path, seconds=0.1))

    writer.close()
    assert found.facts == ()
    assert found.unavailable[0].startswith("warehouse: ")


def test_a_query_without_end_ends_with_its_deadline(path: Path) -> None:
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT count(*) AS tier, '2026-11-21' AS as_of, :account AS who FROM n"
    )
    one = source(path, endless, seconds=0.1)

    answer = one.tell(_about())

    assert answer == ("the query failed with OperationalError",)


def _about() -> Any:
    from skill.sources.source import Asked

    customer = somebody()
    return Asked(customer.account, customer.person, "default", NOON)


def test_the_query_can_write_nothing(path: Path) -> None:
    before = path.read_bytes()

    answer = source(path, "DELETE FROM facts WHERE account = :account RETURNING 1").tell(_about())

    assert answer == ("the query failed with OperationalError",)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("1 AS tier", "the query has no column `as_of`"),
        ("1 AS tier, NULL AS as_of", "column `as_of` holds what is no time"),
        ("1 AS tier, 'soon' AS as_of", "column `as_of` holds what is no time"),
        ("1 AS tier, '2026-11-23' AS as_of", "ahead of our clock"),
        ("x'00ff' AS tier, '2026-11-21' AS as_of", "holds a bytes, which is no fact"),
        ("'many' AS seats, '2026-11-21' AS as_of", "is a meter and holds no number"),
        ("-1 AS seats, '2026-11-21' AS as_of", "holds a negative number"),
        ("1e40 AS tier, '2026-11-21' AS as_of", "too many digits"),
        ("printf('%2000d', 1) AS tier, '2026-11-21' AS as_of", "more than 1,000 characters"),
    ],
)
def test_a_row_that_is_no_fact_takes_nothing_in(path: Path, what: str, why: str) -> None:
    found = asked(source(path, select(what)))

    assert (found.facts, found.usage) == ((), ())
    assert why in found.unavailable[0]


def test_a_query_that_forgets_its_account_is_refused_whole(path: Path) -> None:
    many = (
        f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {MOST_ROWS + 1}) "
        "SELECT x AS tier, '2026-11-21' AS as_of FROM n WHERE :account <> ''"
    )

    assert "more than 1,000 rows" in asked(source(path, many)).unavailable[0]


def test_an_unpaid_invoice_that_nobody_can_tell_keeps_offers_back(path: Path, fernway: Any) -> None:
    query = select("0 AS unpaid_invoice, '2026-11-21' AS as_of")
    path.unlink()

    found = asked(source(path, query))

    assert [(f.name, f.value) for f in found.facts] == [("unpaid_invoice", None)]
    assert rules.known_value("unpaid-invoice", fernway, found, NOON) is None


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL schema with the same table."""
    psycopg = pytest.importorskip("psycopg")
    schema = f"tactful_{uuid.uuid4().hex}"
    try:
        connection = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        no_server(f"no PostgreSQL at TACTFUL_TEST_POSTGRES_URL: {error}")
    with connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        connection.execute(
            f'CREATE TABLE "{schema}".facts (account text, yearly_revenue numeric, seats int, as_of timestamptz)'
        )
        connection.execute(
            f"INSERT INTO \"{schema}\".facts VALUES ('acc_1', 25000.5, 7, '2026-11-21T08:00:00Z')"
        )
        mark = "&" if "?" in POSTGRES else "?"
        yield f"{POSTGRES}{mark}options=-csearch_path%3D{schema}"
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


def test_postgresql_is_read_and_never_written(postgres: str) -> None:
    kept = Memory()

    found = asked(WarehouseQuery(postgres, QUERY), kept=kept)
    writing = WarehouseQuery(postgres, "DELETE FROM facts WHERE account = :account RETURNING 1")
    answer = writing.tell(_about())
    writing.close()

    assert (found.facts[0].value, found.facts[0].as_of) == (Decimal("25000.5"), MORNING)
    assert found.usage[0].value == 7
    assert answer == ("the query failed with ReadOnlySqlTransaction",)


def test_postgresql_ends_a_statement_at_its_deadline(postgres: str) -> None:
    slow = "SELECT pg_sleep(5) AS tier, now() AS as_of WHERE :account <> ''"
    one = WarehouseQuery(postgres, slow, timing=Timing(seconds=0.1))

    answer = one.tell(_about())
    one.close()

    assert answer == ("the query failed with QueryCanceled",)


def test_a_postgresql_that_is_not_there_is_down() -> None:
    one = WarehouseQuery("postgresql://nobody:pass-1@127.0.0.1:1/none", QUERY)

    found = asked(one)

    assert found.unavailable == (
        "warehouse: the query failed with OperationalError; never verified",
    )
