"""One meaning in every place: the same accounts swept by each engine, and by the policy itself, account by account.

`python -m evals.proof.sweep_digests`, or with a number of accounts. What needs a server or Spark is left out, and said.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from evals import sweep_data, sweep_load, sweep_topics
from evals.proof.table import ROOT, Table
from skill.compiler.folder import Compiler
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy.signals import signals
from skill.policy.signals.record import Record
from skill.sources.warehouse.engines import Engine, Row, open_engine
from skill.store.engine import Store

TODAY = date(2026, 11, 21)
ACCOUNTS = 5_000
TENANT = "sweep"
POSTGRES = os.environ.get("TACTFUL_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
_TOLD = {Truth.TRUE: 1, Truth.FALSE: 0, Truth.UNKNOWN: None}
Opener = Callable[[ExitStack, Path], Engine]


class Digest(NamedTuple):
    """Everything that a sweep says, so that two of them can be compared."""

    n_accounts: int
    n_holding: int
    """Rows of thresholds that hold, of all accounts together."""
    digest: str


def main() -> None:
    """Print and write the table."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
    table = Table("sweep_digests")
    run(table, n)
    table.finish()


def run(table: Table, n: int = ACCOUNTS) -> None:
    """Both sets of Topics in every place that there is here."""
    eight = sweep_topics.playbook(TODAY)
    sample = Compiler().compile_folder(ROOT / "topics", TODAY).playbook
    for name, playbook in (("eight forms", eight), ("sample Topics", sample)):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made) / "usage"
            sweep_data.write(folder, playbook, n)
            _compare(table, f"{name}, {n:,} accounts", playbook, folder)


def _compare(table: Table, what: str, playbook: Playbook, folder: Path) -> None:
    wanted = digest_of(_by_policy(playbook, folder))
    table.add(f"{what}: the policy, one account at a time", _said(wanted))
    for name, (lacking, opener) in _engines().items():
        if lacking:
            table.add(f"{what}: {name}", f"left out: {lacking}")
            continue
        with ExitStack() as opened:
            engine = opener(opened, folder)
            opened.callback(engine.close)
            started = time.perf_counter()
            found = digest_of(engine.rows(playbook, sweep_data.NOW, only_holding=False))
            took = time.perf_counter() - started
        table.add(f"{what}: {name}", f"{_said(found)} in {took:.1f} s", "equal", found == wanted)


def _said(one: Digest) -> str:
    return f"{one.n_accounts:,} accounts, {one.n_holding:,} rows hold, {one.digest}"


def digest_of(rows: Iterable[Row]) -> Digest:
    """Of all rows in their order."""
    found, n_accounts, n_holding = hashlib.sha256(), 0, 0
    for account, told in rows:
        found.update(repr((account, told)).encode())
        n_accounts += 1
        n_holding += sum(one == 1 for one in told)
    return Digest(n_accounts, n_holding, found.hexdigest()[:16])


def _by_policy(playbook: Playbook, folder: Path) -> Iterator[Row]:
    for customer in sweep_data.customers(folder):
        reached = signals.moments(Record(playbook, customer, sweep_data.NOW))
        found = signals.signals(playbook, customer, sweep_data.NOW, reached)
        yield customer.account.id, tuple(_TOLD[one.truth] for one in found)


def _engines() -> dict[str, tuple[str, Opener]]:
    """By name: what is lacking here, and how it is filled and opened."""
    no_server = _no_server()
    no_spark = "" if importlib.util.find_spec("pyspark") else "Spark is not installed"
    return {
        "DuckDB over Parquet": ("", lambda o, f: _elsewhere(o, f, f"parquet:{f}")),
        "own store, SQLite": ("", _own_sqlite),
        "own store, PostgreSQL": (no_server, _own_postgres),
        "tables in PostgreSQL": (no_server, _postgres),
        "Spark over Parquet": (no_spark, lambda o, f: _elsewhere(o, f, f"spark:{f}")),
    }


def _no_server() -> str:
    try:
        with _connected():
            return ""
    except ModuleNotFoundError:
        return "the driver of PostgreSQL is not installed"
    except importlib.import_module("psycopg").OperationalError:
        return "no PostgreSQL at TACTFUL_TEST_POSTGRES_URL"


def _connected() -> Any:
    driver = importlib.import_module("psycopg")
    return driver.connect(POSTGRES, autocommit=True, connect_timeout=3)


def _elsewhere(opened: ExitStack, folder: Path, url: str) -> Engine:
    # A store of our own stands beside every source, and is not asked here.
    store = Store.open(f"sqlite:///{folder.parent}/beside.db")
    opened.callback(store.close)
    return open_engine(url, store=store, tenant=TENANT)


def _own_sqlite(opened: ExitStack, folder: Path) -> Engine:
    store = Store.open(f"sqlite:///{folder.parent}/own.db")
    opened.callback(store.close)
    sweep_load.into_store(folder, store, TENANT)
    return open_engine(None, store=store, tenant=TENANT)


def _own_postgres(opened: ExitStack, folder: Path) -> Engine:
    schema = opened.enter_context(_schema())
    mark = "&" if "?" in POSTGRES else "?"
    store = Store.open(f"{POSTGRES}{mark}options=-csearch_path%3D{schema}")
    opened.callback(store.close)
    sweep_load.into_store(folder, store, TENANT)
    return open_engine(None, store=store, tenant=TENANT)


def _postgres(opened: ExitStack, folder: Path) -> Engine:
    schema = opened.enter_context(_schema())
    sweep_load.into_postgres(folder, POSTGRES, schema)
    mark = "&" if "?" in POSTGRES else "?"
    return _elsewhere(opened, folder, f"{POSTGRES}{mark}schema={schema}")


@contextmanager
def _schema() -> Iterator[str]:
    """A schema of its own, gone afterwards."""
    name = f"tactful_{uuid.uuid4().hex}"
    with _connected() as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
    try:
        yield name
    finally:
        with _connected() as connection:
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


if __name__ == "__main__":
    main()
