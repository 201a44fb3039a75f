"""Somebody's PostgreSQL with tables of a sweep's names, read in one snapshot and never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from skill.errors import InputError, LedgerError
from skill.model.account import Customer
from skill.model.playbook import Playbook
from skill.sources.warehouse import customers as reading
from skill.sources.warehouse import statement as asking
from skill.sources.warehouse.dialects import Dialect
from skill.sources.warehouse.engines import contract
from skill.sources.warehouse.engines.engine import (
    Completed,
    Row,
    as_told,
    first_line,
    library,
    read,
)
from skill.sources.warehouse.tables import Table

_AT_ONCE = 2_000
"""Rows that the server sends in one answer."""
AT_ONCE_OVER_ALL = ("jit", "enable_nestloop")
"""What is left off. Many short expressions cost more to compile than they take; and where PostgreSQL has no statistics of
a table it goes over it once an account: 11 s instead of 0.2 s for five hundred of them."""
_SECONDS = 10
"""So long a connection may take."""

TYPES = contract.Types(
    kinds={
        "text": ("text", "character", "name", "json", "uuid", "user-defined"),
        "moment": ("timestamp",),
        "number": ("smallint", "integer", "bigint", "numeric", "real", "double precision"),
    },
    plain={"text": "TEXT", "moment": "TIMESTAMP", "number": "NUMERIC"},
    in_utc={"timestamp with time zone": "({} AT TIME ZONE 'UTC')"},
    in_text=("json", "uuid", "user-defined", "name"),
)
_COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = %s AND table_name = %s
"""
_Given = TypeVar("_Given")


class Postgres:
    """Tables in a schema of a PostgreSQL database; see `Engine`."""

    def __init__(self, url: str, complete: Completed = as_told) -> None:
        """Connected at once, with every table looked at.

        Args:
            url: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`.
            complete: adds to an account what our own store alone knows of it.

        Raises:
            InputError: the driver is not installed; or a table or column is missing or of a wrong type.
            LedgerError: the database cannot be reached.
        """
        self._psycopg = library("psycopg", "postgres", "a PostgreSQL database")
        plain, self._schema = _taken_apart(url)
        self._complete = complete
        self._n_under_way = 0
        self.name = _named(self._psycopg, url, plain, self._schema)
        self._connection = self._asked(
            lambda: self._psycopg.connect(plain, connect_timeout=_SECONDS)
        )
        try:
            self._prepare()
            tables = contract.prelude(TYPES, self.name, self._columns, self._rows_of)
            self._prelude = contract.keyed(tables, self._all)
            self._asked(self._connection.commit)
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        self._connection.isolation_level = self._psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        for setting in AT_ONCE_OVER_ALL:
            self._all(f"SET {setting} = off")
        self._all("SET TimeZone = 'UTC'")
        if not self._schema:
            self._schema = self._all("SELECT current_schema()")[0][0] or "public"
        self._asked(self._connection.commit)

    def zones(self) -> tuple[str, ...]:
        """See `Engine`."""
        with self._in_one_snapshot():
            return self._zones()

    def _zones(self) -> tuple[str, ...]:
        found = self._all(asking.zones_statement(Dialect.POSTGRES, self._prelude))
        return tuple(str(name) for (name,) in found if name is not None)

    def count(self) -> int:
        """See `Engine`."""
        with self._in_one_snapshot():
            found = self._all(f"SELECT count(*) FROM ({self._prelude['accounts']}) AS a")
        return int(found[0][0])

    def rows(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> Iterator[Row]:
        """See `Engine`."""
        with self._in_one_snapshot():
            query = self._text(playbook, now, self._zones(), after, only_holding)
            yield from read(self._streamed(query))

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterator[Customer]:
        """See `Engine`; an index on `account` of their tables serves it."""
        with self._in_one_snapshot():
            found = list(reading.read(self._all, self._prelude, accounts))
        for customer in found:
            yield self._complete(customer, now)

    def text(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> str:
        """See `Engine`."""
        return self._text(playbook, now, self.zones(), after, only_holding)

    def close(self) -> None:
        """See `Engine`."""
        self._connection.close()

    def _text(
        self,
        playbook: Playbook,
        now: datetime,
        zones: tuple[str, ...],
        after: str,
        only_holding: bool,
    ) -> str:
        return asking.statement(
            playbook,
            now,
            dialect=Dialect.POSTGRES,
            zones=zones,
            prelude=self._prelude,
            after=after,
            only_holding=only_holding,
        )

    def _columns(self, table: Table) -> Mapping[str, str] | None:
        return {str(n): str(k) for n, k in self._all(_COLUMNS, self._schema, table.name)} or None

    def _rows_of(self, table: Table) -> str:
        return f"{contract.quoted(self._schema)}.{contract.quoted(table.name)}"

    def _all(self, query: str, *given: str) -> list[Any]:
        def ask() -> list[Any]:
            found = self._connection.execute(query, given or None)
            return list(found.fetchall()) if found.description else []

        return self._asked(ask)

    def _streamed(self, query: str) -> Iterator[Any]:
        cursor = self._connection.cursor("sweep")
        try:
            self._asked(lambda: cursor.execute(query))
            while some := self._asked(lambda: cursor.fetchmany(_AT_ONCE)):
                yield from some
        finally:
            cursor.close()

    @contextmanager
    def _in_one_snapshot(self) -> Iterator[None]:
        """What is asked while rows still arrive sees the same state as they do."""
        self._n_under_way += 1
        try:
            yield
        finally:
            self._n_under_way -= 1
            # Nothing was written, and a connection that is lost has nothing to end.
            if not self._n_under_way and not self._connection.closed:
                self._asked(self._connection.rollback)

    def _asked(self, ask: Callable[[], _Given]) -> _Given:
        try:
            return ask()
        except self._psycopg.Error as error:
            raise LedgerError(
                f"`{self.name}` cannot be read: {first_line(error)}",
                help="see whether it is there and can be reached",
            ) from error


def _taken_apart(url: str) -> tuple[str, str]:
    """The address as the driver reads it, and the schema that it names."""
    parts = urlsplit(url)
    said = parse_qsl(parts.query, keep_blank_values=True)
    schema = next((value for key, value in said if key == "schema"), "")
    # The driver takes a plus for a plus: what is encoded is encoded with percent signs alone.
    rest = urlencode([one for one in said if one[0] != "schema"], quote_via=quote)
    # `urlunsplit` leaves the two strokes out where no host is named.
    return f"postgresql://{parts.netloc}{parts.path}{'?' if rest else ''}{rest}", schema


def _named(psycopg: Any, url: str, plain: str, schema: str) -> str:
    """Where the driver will really go, without user and password: two hosts never share a name.

    Raises:
        InputError: the address cannot be taken apart, so that a part of a password might be taken for a host.
    """
    try:
        told = psycopg.conninfo.conninfo_to_dict(plain)
    except psycopg.Error:
        told = {"port": "unread"}
    host, port, database = (str(told.get(key, "")) for key in ("host", "port", "dbname"))
    if (
        urlsplit(url).fragment
        or "@" in host + database
        or not (port + "0").replace(",", "").isdigit()
    ):
        raise InputError(
            "the address of the database cannot be read",
            pointer="--source",
            help="write / ? # @ and % in a user or password as %2F %3F %23 %40 and %25",
        )
    where = f"{quote(host, safe=',:')}{':' if port else ''}{port}/{quote(database)}"
    return f"postgresql://{where}{f'?schema={schema}' if schema else ''}"
