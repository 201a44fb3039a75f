"""A folder of Parquet files, asked by Spark on this machine: the same statement in a large warehouse's dialect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from skill.errors import LedgerError
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
from skill.sources.warehouse.tables import Table

_HERE = "127.0.0.1"
_SETTINGS = {
    "spark.driver.bindAddress": _HERE,
    "spark.driver.host": _HERE,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    # A name stands between the same marks as everywhere else.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    # Two hundred parts, its own choice, are for a cluster.
    "spark.sql.shuffle.partitions": "4",
}

TYPES = contract.Types(
    kinds={
        "text": ("string",),
        "moment": ("timestamp",),
        "number": ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal"),
    },
    plain={"text": "STRING", "moment": "TIMESTAMP_NTZ", "number": "DOUBLE"},
    in_utc={},
)
_Given = TypeVar("_Given")


class Spark:
    """Parquet files in a folder; see `Engine`."""

    def __init__(self, where: str, complete: Completed = as_told) -> None:
        """Started at once, with every table looked at.

        Args:
            where: the folder.
            complete: adds to an account what our own store alone knows of it.

        Raises:
            InputError: Spark is not installed; or a file, table or column is missing or of a wrong type.
            LedgerError: Spark does not start.
        """
        self._folder = Folder(Path(where))
        self._complete = complete
        library("pyspark", "spark", "Spark")
        sql = library("pyspark.sql", "spark", "Spark")
        self.name = f"spark:{self._folder.path}"
        self._session = self._asked(lambda: _started(sql))
        tables = contract.prelude(TYPES, self.name, self._columns, self._rows_of)
        self._prelude = contract.keyed(tables, self._all, _text)

    def zones(self) -> tuple[str, ...]:
        """See `Engine`."""
        found = self._all(asking.zones_statement(Dialect.SPARK, self._prelude))
        return tuple(str(name) for (name,) in found if name is not None)

    def count(self) -> int:
        """See `Engine`."""
        return int(self._all(f"SELECT count(*) FROM ({self._prelude['accounts']})")[0][0])

    def rows(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> Iterator[Row]:
        """See `Engine`."""
        query = self.text(playbook, now, after=after, only_holding=only_holding)
        found = self._asked(lambda: self._session.sql(query).toLocalIterator())
        while (row := self._asked(lambda: next(found, None))) is not None:
            yield from read([row])

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterator[Customer]:
        """See `Engine`."""
        for customer in reading.read(self._all, self._prelude, accounts, written=_text):
            yield self._complete(customer, now)

    def text(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> str:
        """See `Engine`."""
        return asking.statement(
            playbook,
            now,
            dialect=Dialect.SPARK,
            zones=self.zones(),
            prelude=self._prelude,
            after=after,
            only_holding=only_holding,
        )

    def close(self) -> None:
        """See `Engine`."""
        self._session.stop()

    def _columns(self, table: Table) -> Mapping[str, str] | None:
        if self._folder.files(table) is None:
            return None
        found = self._asked(
            lambda: self._session.sql(f"SELECT * FROM {self._rows_of(table)}").dtypes
        )
        return dict(found)

    def _rows_of(self, table: Table) -> str:
        return f"parquet.`{self._folder.files(table)}`"

    def _all(self, query: str) -> list[Any]:
        return self._asked(lambda: list(self._session.sql(query).collect()))

    def _asked(self, ask: Callable[[], _Given]) -> _Given:
        # By name: the library is optional, and what its other half, in Java, throws has a class of its own there.
        wrong = (
            library("pyspark.errors", "spark", "Spark").PySparkException,
            library("py4j.protocol", "spark", "Spark").Py4JError,
            ConnectionError,
        )
        try:
            return ask()
        except wrong as error:
            # Of an error in Java, Python's half only says that there was one.
            said = getattr(error, "java_exception", None) or error
            raise LedgerError(f"`{self.name}` cannot be read: {first_line(said)}") from error


def _text(value: str) -> str:
    """Text as Spark writes it: a backslash is the beginning of something there."""
    return contract.text(value.replace("\\", "\\\\"))


def _started(sql: Any) -> Any:
    os.environ.setdefault("SPARK_LOCAL_IP", _HERE)
    builder = sql.SparkSession.builder.master("local[2]").appName("tactful sweep")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
