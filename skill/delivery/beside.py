"""Where plays are kept: beside the store, in a file or a schema of their own, so that neither waits for the other."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Place(NamedTuple):
    """An address as the engine reads it."""

    url: str
    schema: str | None
    """Of PostgreSQL."""


def place_beside(database: str) -> Place:
    """The place of the plays of a store: `tactful-plays.db` in the same folder, or the schema `tactful_plays`."""
    if database.startswith("sqlite"):
        return Place(f"sqlite:///{_file_beside(database)}", None)
    scheme, _, rest = database.partition("://")
    return Place(f"{scheme.partition('+')[0]}://{rest}", _schema_beside(database))


def _file_beside(database: str) -> Path:
    """The file of the plays, in the folder of the store's; readers and the writer do not wait for each other."""
    path = Path(database.partition(":///")[2].partition("?")[0])
    beside = path.with_name(f"{path.stem}-plays.db")
    beside.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(beside, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    return beside


def _schema_beside(database: str) -> str:
    """`tactful_plays`, or that of the schema which the URL names."""
    options = parse_qs(urlsplit(database).query).get("options", [""])[0]
    _, found, schema = options.partition("search_path=")
    return f"{schema.split(',')[0].split()[0]}_plays" if found else "tactful_plays"
