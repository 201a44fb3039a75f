"""What became of everything that was sent to us: exact counts per tenant, day and reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from skill.model.common import Frozen
from skill.store.engine import Store
from skill.store.tables import ingest_counts

RECEIVED, ACCEPTED, DUPLICATE = "received", "accepted", "duplicate"
_NO_REASON = (RECEIVED, ACCEPTED, DUPLICATE)


class DayCounts(Frozen):
    """What was received on one day: `received` is the sum of all that follows it."""

    day: date
    """In UTC, by our clock, whenever the entries say that they happened."""
    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    """Came before with the same content."""
    refused: dict[str, int] = {}  # noqa: RUF012 - pydantic copies the defaults of its fields
    """By reason; no reason that did not occur."""


class CountPage(Frozen):
    """Days, the newest first."""

    items: tuple[DayCounts, ...]
    next_cursor: str | None = None


def add_counts(
    connection: Connection,
    tenant: str,
    at: datetime,
    *,
    received: int,
    accepted: int = 0,
    duplicates: int = 0,
    refused: Mapping[str, int],
) -> None:
    """Count a batch in the transaction that keeps it, so that neither is there without the other."""
    day = at.astimezone(UTC).date().isoformat()
    given = {RECEIVED: received, ACCEPTED: accepted, DUPLICATE: duplicates, **refused}
    # In one order everywhere: two writers that wait for each other's rows would never end.
    rows = [
        {"tenant": tenant, "day": day, "outcome": outcome, "n": n}
        for outcome, n in sorted(given.items())
        if n
    ]
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(ingest_counts)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant", "day", "outcome"],
        set_={"n": ingest_counts.c.n + statement.excluded.n},
    )
    connection.execute(statement, rows)


def count_refused(store: Store, tenant: str, at: datetime, refused: Mapping[str, int]) -> None:
    """Count entries of which nothing was kept."""
    with store.writing() as connection:
        add_counts(connection, tenant, at, received=sum(refused.values()), refused=refused)


def counts(store: Store, tenant: str, *, cursor: str | None = None, n: int = 31) -> CountPage:
    """Days on which anything was received, the newest first.

    Args:
        store: the database.
        tenant: whose.
        cursor: only days before this one, as `next_cursor` said it.
        n: at most so many days.
    """
    mine = ingest_counts.c.tenant == tenant
    earlier = mine if cursor is None else mine & (ingest_counts.c.day < cursor)
    newest = (
        select(ingest_counts.c.day)
        .where(earlier)
        .distinct()
        .order_by(ingest_counts.c.day.desc())
        .limit(n + 1)
    )
    with store.reading() as connection:
        days = list(connection.execute(newest).scalars())
        wanted = select(ingest_counts).where(mine, ingest_counts.c.day.in_(days[:n]))
        found: dict[str, dict[str, int]] = {day: {} for day in days[:n]}
        for row in connection.execute(wanted):
            found[row.day][row.outcome] = row.n
    items = tuple(_day(day, by_outcome) for day, by_outcome in found.items())
    return CountPage(items=items, next_cursor=days[n - 1] if len(days) > n else None)


def _day(day: str, by_outcome: Mapping[str, int]) -> DayCounts:
    return DayCounts(
        day=date.fromisoformat(day),
        received=by_outcome.get(RECEIVED, 0),
        accepted=by_outcome.get(ACCEPTED, 0),
        duplicates=by_outcome.get(DUPLICATE, 0),
        refused={
            reason: by_outcome[reason] for reason in sorted(by_outcome) if reason not in _NO_REASON
        },
    )
