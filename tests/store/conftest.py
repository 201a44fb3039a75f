"""A fresh database for each test: a SQLite file, and a PostgreSQL schema of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from skill.store.engine import Store

POSTGRES = os.environ.get("TACTFUL_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


def no_server(reason: str) -> None:
    """Skip for want of a server, or fail where servers are required."""
    if os.environ.get("TACTFUL_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL schema, dropped afterwards."""
    psycopg = pytest.importorskip("psycopg")
    schema = f"tactful_{uuid.uuid4().hex}"
    try:
        connection = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        no_server(f"no PostgreSQL at TACTFUL_TEST_POSTGRES_URL: {error}")
    with connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        mark = "&" if "?" in POSTGRES else "?"
        yield f"{POSTGRES}{mark}options=-csearch_path%3D{schema}"
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'deep' / 'tactful.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An open, empty store of each kind."""
    opened = Store.open(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.close()
