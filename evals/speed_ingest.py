"""How fast entries are taken in, beside the same rows written by a bare `executemany` in the same run."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from skill.api.events import Sent, read_batch
from skill.compiler.folder import Compiler
from skill.sample import sample_topics
from skill.sources.entries import Checks
from skill.store.engine import Store
from skill.store.usage import take

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BATCH = 500
GOAL = 5_000
"""Entries a second, on the embedded store, each batch durable when it is acknowledged."""

Row = tuple[str, str, str, bool | None]


def main() -> None:
    """Print every figure."""
    n = int(os.environ.get("SPEED_INGEST_N", "50000"))
    for figure, value, goal, ok in measure(n):
        verdict = "" if ok is None else ("ok" if ok else "short")
        print(f"{figure:<58} {value:<34} {verdict:<6} {goal}")


def measure(n: int = 50_000) -> Iterator[Row]:
    """Every figure with its goal, for so many entries."""
    bodies = list(_bodies(n))
    checks = _checks()
    with tempfile.TemporaryDirectory(prefix="tactful-ingest-") as folder:
        bare = n / _bare(Path(folder) / "bare.db", bodies)
        store = Store.open(f"sqlite:///{folder}/tactful.db")
        first = n / _taken(store, bodies, checks)
        again = n / _taken(store, bodies, checks)
        synced = _synchronous(store)
        store.close()
    yield (
        f"entries taken in a second, batches of {BATCH}",
        f"{first:,.0f}",
        f">= {GOAL:,}",
        first >= GOAL,
    )
    yield "the same again, duplicates only", f"{again:,.0f}", f">= {GOAL:,}", again >= GOAL
    yield "rows a second by a bare executemany, synced as often", f"{bare:,.0f}", "", None
    yield "ratio to the bare one", f"{bare / first:.1f} x", "", None
    yield "SQLite's `synchronous` while it was measured", synced, "", None


def _bodies(n: int) -> Iterator[bytes]:
    """Batches as they are sent: four readings to one event."""
    for start in range(0, n, BATCH):
        usage: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for number in range(start, min(start + BATCH, n)):
            at = (NOW - timedelta(seconds=number)).isoformat()
            entry = {"id": f"entry-{number}", "account": f"acc_{number % 997}", "at": at}
            if number % 5:
                usage.append({**entry, "meter": "api_calls", "value": number})
            else:
                said = {"name": "csv_export", "properties": {"rows": number, "to": "crm"}}
                events.append({**entry, "person": "u_1", **said})
        yield json.dumps({"usage": usage, "events": events}).encode()


def _checks() -> Checks:
    playbook = Compiler().compile_folder(sample_topics(), date(2026, 11, 21)).playbook
    return Checks(now=NOW, meters={m.key: m.unit for m in playbook.meters.values()})


def _taken(store: Store, bodies: list[bytes], checks: Checks) -> float:
    """Seconds from the body's bytes to the last commit."""
    started = time.perf_counter()
    for body in bodies:
        batch = read_batch(Sent(body, "application/json"), checks)
        take(store, "acme", batch.placed, refused=batch.refused, now=NOW)
    return time.perf_counter() - started


def _bare(path: Path, bodies: list[bytes]) -> float:
    """Seconds for the same rows and the same index, parsed and written without a look at them."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE entries (tenant TEXT, id TEXT, account TEXT, at TEXT, body TEXT,"
        " PRIMARY KEY (tenant, id))"
    )
    connection.execute("CREATE INDEX by_account ON entries (tenant, account, at)")
    started = time.perf_counter()
    for body in bodies:
        sent = json.loads(body)
        rows = [
            ("acme", one["id"], one["account"], one["at"], json.dumps(one))
            for one in (*sent["usage"], *sent["events"])
        ]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.close()
    return took


def _synchronous(store: Store) -> str:
    with store.reading() as connection:
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    return {1: "NORMAL", 2: "FULL"}.get(level or 0, str(level))


if __name__ == "__main__":
    main()
