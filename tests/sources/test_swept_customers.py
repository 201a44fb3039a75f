"""Accounts read back from tables that somebody else keeps: a row that is none of the contract costs its own account alone."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest

from skill.model.account import Customer
from skill.sources.warehouse import customers
from skill.sources.warehouse.tables import TABLES

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FINE: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"account": "good", "plan": "team"}, {"account": "odd", "plan": "team"}],
    "readings": [{"account": "good", "meter": "seats", "at": NOON.isoformat(), "value": 8}],
}


def read(**more: list[dict[str, Any]]) -> dict[str, Customer]:
    """The two accounts of a database that holds these rows."""
    connection = sqlite3.connect(":memory:")
    for table in TABLES:
        names = [column.name for column in table.columns]
        columns = ", ".join(f'"{name}"' for name in names)
        connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
        rows = [*FINE.get(table.name, []), *more.get(table.name, [])]
        marks = ", ".join("?" for _ in names)
        told = [[row.get(name) for name in names] for row in rows]
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', told)
    found = customers.read(connection.execute, {}, ["good", "odd", "gone"])
    return {one.account.id: one for one in found}


def test_an_account_has_what_the_tables_say_and_one_without_a_row_is_left_out() -> None:
    found = read(limits=[{"account": "good", "meter": "seats", "value": 20, "kind": "figure"}])
    assert set(found) == {"good", "odd"}
    assert found["good"].account.limits == {"seats": 20}
    assert [r.value for r in found["good"].usage] == [8]


@pytest.mark.parametrize(
    "limit",
    [
        {"meter": "seats", "value": -5, "kind": "figure"},
        {"meter": "seats", "value": None, "kind": "figure"},
        {"meter": "seats", "value": 5, "kind": "about"},
        {"meter": "seats", "value": None, "kind": "unknown"},
    ],
)
def test_a_limit_that_nobody_can_say_leaves_rights_unknown(limit: dict[str, Any]) -> None:
    assert read(limits=[{"account": "odd", **limit}])["odd"].unavailable == ("account",)


@pytest.mark.parametrize(
    "rows",
    [
        {"readings": [{"account": "odd", "meter": "!!", "at": NOON.isoformat(), "value": 1}]},
        {"readings": [{"account": "odd", "meter": "seats", "at": None, "value": 1}]},
        {"facts": [{"account": "odd", "name": "queue", "value": "1", "as_of": "some day"}]},
    ],
)
def test_a_row_that_cannot_be_read_costs_its_own_account_alone(rows: Any) -> None:
    found = read(**rows)
    assert found["odd"].unavailable == ("account",)
    assert found["good"].unavailable == ()


@pytest.mark.parametrize("text", ["[1, 2]", "not json", '{"deep": {"a": 1}}', ""])
def test_properties_without_a_plain_value_are_none(text: str) -> None:
    event = {"account": "odd", "name": "done", "at": NOON.isoformat(), "properties": text}
    assert read(events=[event])["odd"].events[0].properties == {}
