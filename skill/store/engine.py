"""The door to the database: opened once, migrated when behind, read and written in transactions."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from skill.errors import LedgerError, SettingsError
from skill.store import migrations

_BUSY_MS = 10_000
_SWITCH_TRIES = 250
"""Five seconds in all: several processes may open a new database at once."""
"""How long a writer waits for another process; longer than any write of ours takes."""

_WRITES = "tactful_writes"
TELLS = "tactful_tells"
"""Options of a writing transaction."""


class Store:
    """An open database. Safe to share between threads; `close` it when done."""

    def __init__(self, engine: Engine, *, tells: bool = False) -> None:
        self._engine = engine
        self._options = {_WRITES: True, TELLS: tells}
        # SQLite has one writer: waiting here is fair and cheap, waiting in SQLite is neither.
        one_writer = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[Any] = threading.Lock() if one_writer else nullcontext()

    @classmethod
    def open(cls, url: str, *, tells: bool = False) -> Store:
        """The database at `url`, at the newest version of its tables.

        Args:
            url: SQLAlchemy's address of it.
            tells: whether other systems are told what happens: only then is it written down for them.

        Raises:
            SettingsError: the URL cannot be read, or its driver is not installed.
            LedgerError: the database cannot be opened, or was made by a newer Tactful.
        """
        store = cls(_engine(url), tells=tells)
        try:
            with store.reading() as connection:
                at = migrations.version_of(connection)
            if at != migrations.HEAD:
                with store.writing() as connection:
                    migrations.migrate(connection)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with _as_ledger_errors("read"), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole, or not at all."""
        with (
            _as_ledger_errors("written"),
            self._turn,
            self._engine.connect() as connection,
            connection.execution_options(**self._options).begin(),
        ):
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def put(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    replace: bool = True,
    newer: str = "",
) -> None:
    """Insert rows; one with a known key replaces the old one, or is left out.

    Args:
        connection: a writing transaction.
        table: where to.
        rows: all with the same columns.
        replace: whether a row with a known key replaces the old one.
        newer: a time column; an old row that is newer than the given one stays.
    """
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    if replace:
        values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        where = table.c[newer] <= statement.excluded[newer] if newer else None
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=where)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, list(rows))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(url, parsed.database)
        return create_engine(
            parsed,
            pool_size=8,
            max_overflow=32,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5},
        )
    except (ArgumentError, NoSuchModuleError) as error:
        # The message would repeat the URL with its password.
        raise SettingsError(
            "TACTFUL_DATABASE_URL cannot be read", pointer="TACTFUL_DATABASE_URL"
        ) from error
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"the driver `{error.name}` for this database is not installed",
            pointer="TACTFUL_DATABASE_URL",
            help="pip install 'tactful[postgres]'",
        ) from error


def _sqlite(url: str, database: str | None) -> Engine:
    if not database or database == ":memory:":
        raise SettingsError(
            "TACTFUL_DATABASE_URL names no file", help="use sqlite:////path/to/file.db"
        )
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"cannot make the folder of the database `{database}`: {error.strerror}",
            help="set TACTFUL_DATA_DIR to a folder that can be written",
        ) from error
    engine = create_engine(url, pool_size=8, max_overflow=40)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and only before some statements.
    # Source: SQLAlchemy 2.1, "Transactions with SQLite and the sqlite3 driver".
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    _write_ahead(connection)
    # FULL: what was acknowledged stays through a power cut too; it costs a third of a millisecond a commit.
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    """Switch to the write-ahead log; SQLite does not wait for another process that is switching, so we do."""
    for waited in range(_SWITCH_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if waited == _SWITCH_TRIES - 1:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that first reads could not upgrade under another writer.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _as_ledger_errors(done: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise LedgerError(
            f"the database cannot be {done}: {_first_line(error.orig)}",
            help="see whether it is there, reachable, and has space; `tactful doctor` looks",
        ) from error
    except SQLAlchemyError as error:
        raise LedgerError(f"the database cannot be {done}: {_first_line(error)}") from error


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
