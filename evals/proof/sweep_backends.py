"""Engines that hold made-up tables: SQLite and DuckDB in memory, a schema of PostgreSQL, Spark on this machine."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from evals.proof.sweep_worlds import World
from skill.sources.warehouse import tables
from skill.sources.warehouse.dialects import Dialect, Told, sqlite_functions

POSTGRES = "postgresql://postgres@127.0.0.1:5432/test"


class Backend(Protocol):
    """An engine that holds tables and is asked one statement."""

    told: Told
    """Its dialect, and how it keeps moments."""

    def load(self, world: World) -> None:
        """Hold these tables and no others."""

    def ask(self, text: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement."""


class InSqlite:
    """SQLite in memory."""

    told = Told(Dialect.SQLITE, moments_are_text=True)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        for name, (n_arguments, function) in sqlite_functions().items():
            connection.create_function(name, n_arguments, function, deterministic=True)

    def load(self, world: World) -> None:
        """Moments as fixed-width text; whole numbers as such."""
        for table in tables.TABLES:
            names = ", ".join(f'"{c.name}"' for c in table.columns)
            marks = ", ".join("?" for _ in table.columns)
            self.connection.execute(f"DROP TABLE IF EXISTS {table.name}")
            self.connection.execute(f"CREATE TABLE {table.name} ({names})")
            told = [
                [_in_sqlite(row[c.name]) for c in table.columns] for row in world.tables[table.name]
            ]
            self.connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", told)

    def ask(self, text: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement."""
        return self.connection.execute(text).fetchall()


def _in_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


_TYPES = {"text": "VARCHAR", "moment": "TIMESTAMP", "number": "DOUBLE PRECISION"}


class InDuckdb:
    """DuckDB in memory."""

    told = Told(Dialect.DUCKDB, moments_are_text=False)

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def load(self, world: World) -> None:
        """Numbers as doubles, as a Parquet file mostly has them."""
        for table in tables.TABLES:
            names = ", ".join(f'"{c.name}" {_TYPES[c.type]}' for c in table.columns)
            self.connection.execute(f"CREATE OR REPLACE TABLE {table.name} ({names})")
            rows = world.tables[table.name]
            told = [[_in_duckdb(row[c.name]) for row in rows] for c in table.columns]
            marks = ", ".join("unnest(?)" for _ in table.columns)
            if rows:
                self.connection.execute(f"INSERT INTO {table.name} SELECT {marks}", told)

    def ask(self, text: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement."""
        found: Sequence[tuple[Any, ...]] = self.connection.execute(text).fetchall()
        return found


def _in_duckdb(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value


class InPostgres:
    """A schema of PostgreSQL; its moments as timestamps, or as the text that our own store keeps."""

    def __init__(self, connection: Any, *, moments_are_text: bool) -> None:
        self.connection = connection
        self.told = Told(Dialect.POSTGRES, moments_are_text)

    def load(self, world: World) -> None:
        """Numbers as exact ones."""
        for table in tables.TABLES:
            at = "VARCHAR" if self.told.moments_are_text else "TIMESTAMP"
            types = {"text": "VARCHAR", "moment": at, "number": "NUMERIC"}
            names = ", ".join(f'"{c.name}" {types[c.type]}' for c in table.columns)
            self.connection.execute(f"DROP TABLE IF EXISTS {table.name}")
            self.connection.execute(f"CREATE TABLE {table.name} ({names})")
            with self.connection.cursor().copy(f"COPY {table.name} FROM STDIN") as copy:
                for row in world.tables[table.name]:
                    copy.write_row([self._value(row[c.name]) for c in table.columns])

    def _value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        if self.told.moments_are_text:
            return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return value.astimezone(UTC).replace(tzinfo=None)

    def ask(self, text: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement."""
        found: Sequence[tuple[Any, ...]] = self.connection.execute(text).fetchall()
        return found


class InSpark:
    """Spark on this machine."""

    told = Told(Dialect.SPARK, moments_are_text=False)

    def __init__(self, session: Any) -> None:
        self.session = session

    def load(self, world: World) -> None:
        """Numbers as doubles; moments in UTC, which is the session's time zone."""
        self.session.catalog.clearCache()
        types = {"text": "string", "moment": "timestamp", "number": "double"}
        for table in tables.TABLES:
            schema = ", ".join(f"`{c.name}` {types[c.type]}" for c in table.columns)
            rows = [
                tuple(float(v) if isinstance(v, Decimal) else v for v in (row[c.name] for c in table.columns))
                for row in world.tables[table.name]
            ]  # fmt: skip
            frame = self.session.createDataFrame(rows, schema).coalesce(1).cache()
            frame.count()
            frame.createOrReplaceTempView(table.name)

    def ask(self, text: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement."""
        return [tuple(row) for row in self.session.sql(text).collect()]


@contextmanager
def sqlite() -> Iterator[Backend]:
    """SQLite in memory."""
    with closing(sqlite3.connect(":memory:")) as connection:
        yield InSqlite(connection)


@contextmanager
def duckdb() -> Iterator[Backend]:
    """DuckDB in memory, with two threads."""
    import duckdb as library

    with closing(library.connect(config={"threads": 2})) as connection:
        yield InDuckdb(connection)


@contextmanager
def postgres(*, moments_are_text: bool = False) -> Iterator[Backend]:
    """A schema of its own in PostgreSQL, dropped afterwards."""
    import psycopg

    url = os.environ.get("TACTFUL_TEST_POSTGRES_URL", POSTGRES)
    schema = f"tactful_{uuid.uuid4().hex}"
    with closing(psycopg.connect(url, autocommit=True, connect_timeout=3)) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        connection.execute(f'SET search_path TO "{schema}"')
        try:
            yield InPostgres(connection, moments_are_text=moments_are_text)
        finally:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


@contextmanager
def spark() -> Iterator[Backend]:
    """Spark in local mode."""
    SparkSession = import_module("pyspark.sql").SparkSession  # may not be installed
    settings = {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false", "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        # Few rows and long statements: compiling those to bytecode costs more than it saves.
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("one meaning")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield InSpark(session)
    finally:
        session.stop()


ENGINES: Mapping[str, Callable[[], AbstractContextManager[Backend]]] = {
    "sqlite": sqlite,
    "duckdb": duckdb,
    "postgres": postgres,
    "postgres, moments as text": partial(postgres, moments_are_text=True),
    "spark": spark,
}
