"""A folder of Parquet files, asked by DuckDB within bounds on memory and threads."""

from __future__ import annotations

import bisect
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

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
from skill.sources.warehouse.engines.folder import Folder
from skill.sources.warehouse.tables import TABLES, Table

MEMORY = "768MB"
"""Of DuckDB's own; with Python and its buffers a sweep of a million accounts stays under a gigabyte."""
THREADS = 2
ACCOUNTS_AT_ONCE = 250_000
"""In one statement. Aggregates of a million accounts outgrow the memory above, and writing them out costs more than
reading the files again. Source: evals/speed_sweep.py, where four ranges took 5.8 s against 10.0 s in one."""
_SAMPLE = 20_000
"""Accounts that are looked at to cut all of them into ranges of about the same size."""
_BESIDE = "beside_"
"""How the tables are called in which accounts are set aside."""
_AT_ONCE = 2_048
"""Rows in memory; as many as DuckDB hands on at a time."""

TYPES = contract.Types(
    kinds={
        "text": ("varchar", "enum"),
        "moment": ("timestamp",),
        "number": (
            "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger",
            "ubigint", "float", "double", "decimal",
        ),
    },
    plain={"text": "VARCHAR", "moment": "TIMESTAMP", "number": "DOUBLE"},
    in_utc={"timestamp with time zone": "timezone('UTC', {})", "timestamp_": "CAST({} AS TIMESTAMP)"},
)  # fmt: skip
_Given = TypeVar("_Given")


class DuckDB:
    """Parquet files in a folder; see `Engine`."""

    def __init__(
        self,
        where: str,
        complete: Completed = as_told,
        *,
        threads: int = THREADS,
        memory: str = MEMORY,
    ) -> None:
        """Opened at once, with every table looked at.

        Args:
            where: the folder.
            complete: adds to an account what our own store alone knows of it.
            threads: at most so many at once.
            memory: DuckDB's own bound, as it writes it.

        Raises:
            InputError: DuckDB is not installed; or a file, table or column is missing or of a wrong type.
        """
        self._folder = Folder(Path(where))
        self._complete = complete
        self._holding: list[str] = []
        self._beside: frozenset[str] = frozenset()
        self._duckdb = library("duckdb", "parquet", "a folder of Parquet files")
        # What outgrows the memory is written here, and not where the command was called.
        self._spilled = tempfile.TemporaryDirectory(prefix="tactful-")
        self._connection = self._duckdb.connect(
            config={
                "temp_directory": self._spilled.name,
                "threads": threads,
                "memory_limit": memory,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
            }
        )
        self.name = self._folder.name
        try:
            tables = contract.prelude(TYPES, self.name, self._columns, self._rows_of)
            self._prelude = contract.keyed(tables, self._all)
        except BaseException:
            self.close()
            raise

    def zones(self) -> tuple[str, ...]:
        """See `Engine`."""
        found = self._all(asking.zones_statement(Dialect.DUCKDB, self._prelude))
        return tuple(str(name) for (name,) in found if name is not None)

    def count(self) -> int:
        """See `Engine`."""
        found = self._all(f"SELECT count(*) FROM ({self._prelude['accounts']})")
        return int(found[0][0])

    def rows(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> Iterator[Row]:
        """See `Engine`; one statement a range of accounts, so that its aggregates fit into memory."""
        zones = self.zones()
        edges = self._edges(after)
        for start, end in zip([after, *edges], [*edges, ""], strict=True):
            found = self._streamed(self._text(playbook, now, zones, start, end, only_holding))
            if not only_holding:
                yield from read(found)
                continue
            rows = list(read(found))
            self._holding = [account for account, _ in rows]
            yield from rows

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterator[Customer]:
        """See `Engine`; whoever holds in the same range is set aside first, so that the files are read once for all."""
        if not self._beside.issuperset(accounts):
            self._set_aside({*accounts, *self._holding})
        beside = {table.name: f"FROM {_BESIDE}{table.name}" for table in TABLES}
        for customer in reading.read(self._all, beside, accounts):
            yield self._complete(customer, now)

    def text(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> str:
        """See `Engine`; over all accounts at once."""
        return self._text(playbook, now, self.zones(), after, "", only_holding)

    def close(self) -> None:
        """See `Engine`."""
        self._connection.close()
        self._spilled.cleanup()

    def _text(
        self,
        playbook: Playbook,
        now: datetime,
        zones: tuple[str, ...],
        after: str,
        until: str,
        only_holding: bool,
    ) -> str:
        return asking.statement(
            playbook,
            now,
            dialect=Dialect.DUCKDB,
            zones=zones,
            prelude=contract.within(self._prelude, after, until),
            after=after,
            only_holding=only_holding,
        )

    def _edges(self, after: str) -> list[str]:
        """The last accounts of all ranges but the last one."""
        n_ranges = -(-self.count() // ACCOUNTS_AT_ONCE)
        if n_ranges < 2:
            return []
        sample = self._all(
            f"SELECT DISTINCT account FROM (SELECT account FROM ({self._prelude['accounts']}) "
            f"USING SAMPLE reservoir({_SAMPLE} ROWS) REPEATABLE (1)) ORDER BY account"
        )
        ids = [account for (account,) in sample]
        edges = [ids[len(ids) * part // n_ranges] for part in range(1, n_ranges)]
        return edges[bisect.bisect_right(edges, after) :]

    def _set_aside(self, accounts: set[str]) -> None:
        self._all(f"CREATE OR REPLACE TEMP TABLE {_BESIDE} (account VARCHAR)")
        # One list is one value; rows one by one would be as many statements.
        self._all(f"INSERT INTO {_BESIDE} SELECT unnest($1)", [sorted(accounts)])
        for name, body in self._prelude.items():
            self._all(
                f"CREATE OR REPLACE TEMP TABLE {_BESIDE}{name} AS "
                f"FROM ({body}) SEMI JOIN {_BESIDE} USING (account) ORDER BY account"
            )
        self._beside = frozenset(accounts)

    def _columns(self, table: Table) -> Mapping[str, str] | None:
        if self._folder.files(table) is None:
            return None
        try:
            found = self._all(f"DESCRIBE SELECT * FROM {self._rows_of(table)}")
        except LedgerError as error:
            raise InputError(error.detail, pointer="--source") from error
        return {str(name): str(kind) for name, kind, *_ in found}

    def _rows_of(self, table: Table) -> str:
        return f"read_parquet({contract.text(str(self._folder.files(table)))})"

    def _all(self, query: str, given: Sequence[object] = ()) -> list[Any]:
        return self._asked(lambda: self._connection.execute(query, given).fetchall())

    def _streamed(self, query: str) -> Iterator[Any]:
        cursor = self._connection.cursor()
        try:
            found = self._asked(lambda: cursor.execute(query))
            while some := self._asked(lambda: found.fetchmany(_AT_ONCE)):
                yield from some
        finally:
            cursor.close()

    def _asked(self, ask: Callable[[], _Given]) -> _Given:
        try:
            return ask()
        except self._duckdb.Error as error:
            raise LedgerError(f"`{self.name}` cannot be read: {first_line(error)}") from error
