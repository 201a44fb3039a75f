"""Accounts read back from the tables of a sweep: those with a signal that holds, to be decided about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from skill.model.account import Account, Customer, Event, Fact, Reading
from skill.sources.own import customer_of
from skill.sources.warehouse import tables
from skill.sources.warehouse.tables import Table
from skill.store.engine import Store

Ask = Callable[[str], Iterable[Sequence[Any]]]
"""Runs a query and gives its rows."""


Rows = Mapping[str, list[dict[str, Any]]]
"""The rows of one account, by table."""


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def read(
    ask: Ask,
    prelude: Mapping[str, str],
    accounts: Sequence[str],
    *,
    written: Callable[[str], str] = _text,
) -> Iterator[Customer]:
    """These accounts with everything that the tables say of them, in order; one query a table, whatever their number.

    Args:
        ask: runs a query in the engine's own SQL.
        prelude: each table as a query of that SQL; one that is not named is a table of its own.
        written: text as the engine's SQL writes it.
        accounts: ids; one that has no row among the accounts is left out.
    """
    found: dict[str, dict[str, list[dict[str, Any]]]] = {one: {} for one in accounts}
    for table in tables.TABLES:
        names = [column.name for column in table.columns]
        for row in ask(_query(table, prelude, accounts, written)):
            told = dict(zip(names, row, strict=True))
            found[told["account"]].setdefault(table.name, []).append(told)
    for account in sorted(found):
        if tables.ACCOUNTS.name in found[account]:
            try:
                yield _customer(account, found[account])
            except (ValueError, TypeError, AttributeError):
                # A row that is none of the contract costs its own account its offers, and nobody else's.
                yield Customer(account=Account(id=account), unavailable=("account",))


def _query(
    table: Table, prelude: Mapping[str, str], accounts: Sequence[str], written: Callable[[str], str]
) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    where = ", ".join(written(account) for account in accounts)
    source = f"({prelude[table.name]})" if table.name in prelude else f'"{table.name}"'
    return f'SELECT {columns} FROM {source} AS told WHERE "account" IN ({where})'


def _customer(account: str, rows: Rows) -> Customer:
    own = rows["accounts"][0]
    limits, unsure = _limits(rows.get("limits", []))
    return Customer(
        account=Account(
            id=account,
            plan=own["plan"],
            region=own["region"],
            currency=own["currency"],
            bundles=tuple(sorted(row["bundle"] for row in rows.get("bundles", []))),
            limits=limits,
            traits={row["name"]: row["value"] for row in rows.get("traits", [])},
        ),
        facts=tuple(_fact(row) for row in rows.get("facts", [])),
        usage=tuple(_readings(rows.get("readings", []))),
        events=tuple(_event(n, row) for n, row in enumerate(rows.get("events", []))),
        unavailable=("account",) if unsure else (),
    )


def _limits(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Decimal | None], bool]:
    """The account's own limits, None for unlimited; and whether there is one that nobody can say.

    That leaves its rights unknown, and unknown never sells.
    """
    told: dict[str, Decimal | None] = {}
    unsure = False
    for row in rows:
        figure = _figure(row["value"])
        if row["kind"] == "unlimited":
            told[row["meter"]] = None
        elif row["kind"] == "figure" and figure is not None and figure >= 0:
            told[row["meter"]] = figure
        else:
            unsure = True
    return told, unsure


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(
        name=row["name"],
        value=row["value"],
        source="warehouse",
        as_of=_moment(row["as_of"]),
        max_age_hours=_figure(row["max_age_hours"]),
    )


def _readings(rows: Iterable[Mapping[str, Any]]) -> Iterator[Reading]:
    """What is no figure, or below none, is no reading: as the statement sees it."""
    for row in rows:
        value = _figure(row["value"])
        if value is not None and value >= 0:
            yield Reading(meter=row["meter"], at=_moment(row["at"]), value=value)


def _event(number: int, row: Mapping[str, Any]) -> Event:
    told = _properties(row["properties"])
    beside = {name: row[name] for name in ("feature", "page") if row[name] is not None}
    return Event(id=str(number), name=row["name"], at=_moment(row["at"]), properties={**told, **beside})  # fmt: skip


def _properties(text: str | None) -> dict[str, Any]:
    """Properties that have a plain value; the others nobody can ask for."""
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {k: v for k, v in told.items() if v is None or isinstance(v, str | int | float | bool)}


def _figure(value: object) -> Decimal | None:
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _moment(value: datetime | str) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def with_restraint(customer: Customer, store: Store, tenant: str, now: datetime) -> Customer:
    """The same account with what our own store alone knows of it: rights, tickets, incidents, history, its people's facts."""
    told = customer.account
    own = customer_of(store, tenant=tenant, account=told.id, person="", now=now)
    account = own.account.model_copy(
        update={
            "plan": told.plan,
            "region": told.region or own.account.region,
            "currency": told.currency or own.account.currency,
            "bundles": told.bundles or own.account.bundles,
            "limits": told.limits,
            "traits": told.traits,
        }
    )
    return own.model_copy(
        update={
            "account": account,
            "facts": (*own.facts, *customer.facts),
            "usage": customer.usage,
            "events": customer.events,
            "unavailable": customer.unavailable,
        }
    )
