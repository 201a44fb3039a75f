"""Parquet, read by DuckDB in parts; the library is loaded when a file of this kind is read, and not before."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skill.errors import InputError

EXTRA = "parquet"
"""Of the distribution: `pip install 'tactful[parquet]'`."""

_AT_ONCE = 2_048
"""Rows in memory; as many as DuckDB hands on at a time."""

_MEMORY = "256MB"


def read_rows(path: Path) -> Iterator[tuple[int, list[str], Sequence[object]]]:
    """Each row with its number from 1, the names of the columns, and its values.

    A time without a zone is taken as UTC, as Parquet's own writers mean it.

    Raises:
        InputError: the library is not installed, or the file cannot be read.
    """
    connection = _connected()
    try:
        found = _asked(connection, path, "SELECT * FROM read_parquet(?)")
        names = [str(column[0]) for column in found.description]
        number = 0
        while rows := found.fetchmany(_AT_ONCE):
            for row in rows:
                number += 1
                yield number, names, [_plain(value) for value in row]
    finally:
        connection.close()


def count_rows(path: Path) -> int:
    """How many rows there are, from the file's own directory.

    Raises:
        InputError: as `read_rows`.
    """
    connection = _connected()
    try:
        return int(_asked(connection, path, "SELECT count(*) FROM read_parquet(?)").fetchone()[0])
    finally:
        connection.close()


def _connected() -> Any:
    # By name: the library is optional, so there may be no types of it to check against.
    try:
        duckdb = importlib.import_module("duckdb")
    except ModuleNotFoundError as error:
        raise InputError(
            "Parquet needs a library that is not installed",
            pointer="FILE",
            help=f"pip install 'tactful[{EXTRA}]'",
        ) from error
    settings = {"threads": 1, "memory_limit": _MEMORY, "autoinstall_known_extensions": False}
    return duckdb.connect(config=settings)


def _asked(connection: Any, path: Path, question: str) -> Any:
    if not path.is_file():
        raise InputError(f"cannot read {path}: no such file", pointer="FILE")
    wrong: type[Exception] = importlib.import_module("duckdb").Error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(question, [str(path)])
    except wrong as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"cannot read {path}: {first}", pointer="FILE") from error


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
