"""Our own store: everything that was reported to us, asked where it is, by SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from skill.model.account import Account, Customer
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.policy import gate
from skill.sources.own import LOOK_BACK, customer_of
from skill.sources.warehouse import statement as asking
from skill.sources.warehouse.dialects import Dialect, sqlite_functions
from skill.sources.warehouse.engines.contract import text
from skill.sources.warehouse.engines.engine import Row, read
from skill.sources.warehouse.engines.own_tables import KEYS, LIMITS, OwnTables
from skill.sources.warehouse.engines.postgres import AT_ONCE_OVER_ALL
from skill.store.engine import Store

_AT_ONCE = 1_000
"""Rows in memory, of the accounts with more than a plan as well as of what is found."""


class Own:
    """Our own store, of one tenant; see `Engine`."""

    name = "own"

    def __init__(self, store: Store, tenant: str) -> None:
        """Only stores: the database is open.

        Args:
            store: our own store.
            tenant: whose accounts.
        """
        self._store = store
        self._tenant = tenant

    def zones(self) -> tuple[str, ...]:
        """See `Engine`."""
        with self._reading() as (connection, tables):
            return _zones(connection, tables)

    def count(self) -> int:
        """See `Engine`."""
        with self._reading() as (connection, tables):
            found = connection.exec_driver_sql(
                f"SELECT count(*) FROM ({tables.prelude['accounts']}) AS a"
            )
            return int(found.scalar_one())

    def rows(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> Iterator[Row]:
        """See `Engine`."""
        with self._reading() as (connection, tables):
            _put_limits(connection, tables, playbook, now)
            query = _text(connection, tables, playbook, now, after, only_holding)
            found = connection.exec_driver_sql(query, execution_options={"stream_results": True})
            with closing(found):
                while some := found.fetchmany(_AT_ONCE):
                    yield from read(some)

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterator[Customer]:
        """See `Engine`."""
        standing = self._standing(accounts)
        for account in accounts:
            if account not in standing:
                continue
            found = customer_of(
                self._store, tenant=self._tenant, account=account, person="", now=now
            )
            if "account" not in found.unavailable:
                yield found

    def _standing(self, accounts: Sequence[str]) -> set[str]:
        """Those that the statement would speak of: one that was merged into another is nobody's any more."""
        if not accounts:
            return set()
        with self._reading() as (connection, tables):
            ids = ", ".join(text(one) for one in accounts)
            query = f"SELECT a.account FROM ({tables.prelude['accounts']}) AS a WHERE a.account IN ({ids})"
            return set(connection.exec_driver_sql(query).scalars())

    def text(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> str:
        """See `Engine`; it names tables that are filled before it, and gone after it."""
        with self._reading() as (connection, tables):
            return _text(connection, tables, playbook, now, after, only_holding)

    def close(self) -> None:
        """See `Engine`; the store is whose it was."""

    @contextmanager
    def _reading(self) -> Iterator[tuple[Any, OwnTables]]:
        """A transaction that sees one state, with the functions and tables that a sweep needs beside ours."""
        with self._store.reading() as connection:
            # The statement may hold percent signs, and takes no parameters.
            connection.execution_options(no_parameters=True)
            if connection.dialect.name == "sqlite":
                tables = OwnTables(Dialect.SQLITE, self._tenant, "main")
                driver = connection.connection.driver_connection
                for name, (n, function) in sqlite_functions().items():
                    driver.create_function(name, n, function, deterministic=True)  # type: ignore[union-attr]
            else:
                schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
                tables = OwnTables(Dialect.POSTGRES, self._tenant, schema)
                for setting in AT_ONCE_OVER_ALL:
                    connection.exec_driver_sql(f"SET LOCAL {setting} = off")
            _make(connection, LIMITS, "account TEXT, meter TEXT, value NUMERIC, kind TEXT")
            yield connection, tables
            for name in (LIMITS, KEYS):
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def _zones(connection: Any, tables: OwnTables) -> tuple[str, ...]:
    """The time zones that accounts tell; a fact is found by the key of its name."""
    if tables.dialect is Dialect.POSTGRES:
        _put_keys(connection, tables)
    asked = asking.zones_statement(tables.dialect, tables.prelude, moments_are_text=True)
    found = connection.exec_driver_sql(asked).scalars()
    return tuple(str(name) for name in found if name is not None)


def _text(
    connection: Any,
    tables: OwnTables,
    playbook: Playbook,
    now: datetime,
    after: str,
    only_holding: bool,
) -> str:
    """The statement; what it takes beside our tables is there from now on."""
    return asking.statement(
        playbook,
        now,
        dialect=tables.dialect,
        zones=_zones(connection, tables),
        prelude=tables.prelude,
        since=now - LOOK_BACK,
        after=after,
        only_holding=only_holding,
        moments_are_text=True,
    )


def _make(connection: Any, name: str, columns: str) -> None:
    """An empty table of this connection's own; one that an interrupted sweep left is gone."""
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ({columns})")


def _put(connection: Any, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        marks = ", ".join(mark for _ in rows[0])
        connection.exec_driver_sql(f"INSERT INTO {name} VALUES ({marks})", list(rows))


def _put_keys(connection: Any, tables: OwnTables) -> None:
    """The key of each distinct word: there are few, however much was reported."""
    _make(connection, KEYS, "name TEXT PRIMARY KEY, key TEXT")
    found = connection.exec_driver_sql(tables.names(), execution_options={"stream_results": True})
    with closing(found):
        while some := found.fetchmany(_AT_ONCE):
            _put(connection, KEYS, [(word, slug(word)) for (word,) in some if word is not None])
    connection.exec_driver_sql(f"ANALYZE {KEYS}")


def _put_limits(connection: Any, tables: OwnTables, playbook: Playbook, now: datetime) -> None:
    """The limits of accounts with more than a plan, from the gate: of the meters that some row counts."""
    counts = [count for row in playbook.thresholds for count in row.counts]
    counts += [one.count for one in playbook.moments.values() if one.count is not None]
    meters = list(dict.fromkeys(count.name for count in counts if count.what == "meter"))
    behind = ""
    while meters and (some := connection.exec_driver_sql(tables.with_more(behind, _AT_ONCE)).all()):
        behind = some[-1][0]
        told = []
        for account, body in some:
            customer = Customer(account=Account.model_validate_json(body))
            for meter in meters:
                value, kind = _limit(playbook, customer, meter, now)
                told.append((account, meter, tables.number(value), kind))
        _put(connection, LIMITS, told)


def _limit(
    playbook: Playbook, customer: Customer, meter: str, now: datetime
) -> tuple[Decimal | None, str]:
    limit = gate.effective_limit(playbook, customer, meter, now)
    if limit is None:
        return None, "unknown"
    return limit.value, "unlimited" if limit.value is None else "figure"
