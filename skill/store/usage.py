"""Usage and product events as they are reported: each kept once, by the producer's own id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import Connection, RowMapping, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from skill.model.account import Event, Reading
from skill.model.common import Frozen
from skill.store import carried
from skill.store.canonical import canonical
from skill.store.counts import add_counts
from skill.store.engine import Store
from skill.store.reserved import Happened
from skill.store.tables import events, readings

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An id from outside: 1 to 200 characters, none of them invisible controls."""

LONGEST_SOURCE = 190
"""Characters; with an id behind it, it fits a key."""

CONFLICT = "conflict"
"""The reason of a refusal that only the store can know."""

_AT_ONCE = 500
"""Ids in one query: below every database's bound on parameters."""

_BEHIND_SOURCE = "\x1f"
"""Stands in no id and in no source, so no source and id can be taken for another pair."""


_OF_READING, _OF_EVENT = set(Reading.model_fields), set(Event.model_fields)
"""What is kept as the body: the text of a `Reading` or an `Event`, and nothing of how it came."""


class UsageEntry(Reading):
    """A reading as it is reported."""

    id: Id
    """From the producer, so that a retry is known as one."""
    account: Id
    unit: Id | None = None
    """What it counts in, to be compared with the meter's own; it is not kept."""


class EventEntry(Event):
    """An event as it is reported."""

    id: Id
    account: Id
    person: Id | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place in what was sent."""

    entry: UsageEntry | EventEntry
    pointer: str
    """`/usage/3` of a body, or a line of a file: how a refusal names it."""
    source: str = ""
    """Who reports it: ids are unique per source. Empty where there is only one."""


class Conflict(Frozen):
    """An id that came before with other content; what came first stays."""

    pointer: str
    """`/usage/3` or `/events/0`."""
    id: str


class Taken(Frozen):
    """What became of a batch."""

    accepted: int
    duplicates: int
    """The same id with the same content: nothing to do, and no fault."""
    conflicts: tuple[Conflict, ...] = ()


def take(
    store: Store,
    tenant: str,
    placed: Sequence[Placed],
    *,
    refused: Mapping[str, int],
    now: datetime,
) -> Taken:
    """Keep what is new, and count everything, in one transaction: all of it is there, or nothing is.

    Args:
        store: the database.
        tenant: whose; from the credential alone.
        placed: the entries that can be kept.
        refused: how many more were sent and cannot be kept, by reason.
        now: the moment of receipt.
    """
    with store.writing() as connection:
        taken = _keep(connection, tenant, placed)
        add_counts(
            connection,
            tenant,
            now,
            received=len(placed) + sum(refused.values()),
            accepted=taken.accepted,
            duplicates=taken.duplicates,
            refused=Counter({CONFLICT: len(taken.conflicts)}) + Counter(refused),
        )
    return taken


def add_usage(
    store: Store, tenant: str, usage: Sequence[UsageEntry], happened: Sequence[EventEntry]
) -> Taken:
    """Keep readings and events of our own making, which nobody sent and nobody counts."""
    placed = [Placed(entry, f"/usage/{n}") for n, entry in enumerate(usage)]
    placed += [Placed(entry, f"/events/{n}") for n, entry in enumerate(happened)]
    with store.writing() as connection:
        return _keep(connection, tenant, placed)


def _keep(connection: Connection, tenant: str, placed: Sequence[Placed]) -> Taken:
    used = [one for one in placed if isinstance(one.entry, UsageEntry)]
    happened = [one for one in placed if isinstance(one.entry, EventEntry)]
    parts = [
        _add(connection, readings, used, [_reading_row(tenant, one) for one in used])[0],
    ]
    taken, new = _add(connection, events, happened, [_event_row(tenant, one) for one in happened])
    parts.append(taken)
    carried.apply(connection, tenant, [_happened(one.entry) for one in new])
    return Taken(
        accepted=sum(part.accepted for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        conflicts=tuple(conflict for part in parts for conflict in part.conflicts),
    )


def _happened(entry: UsageEntry | EventEntry) -> Happened:
    assert isinstance(entry, EventEntry)
    return Happened(entry.account, entry.person or "", entry.name, entry.at, entry.properties)


def _reading_row(tenant: str, one: Placed) -> dict[str, Any]:
    entry = one.entry
    assert isinstance(entry, UsageEntry)
    return {
        "tenant": tenant,
        "id": _row_id(one),
        "account": entry.account,
        "at": entry.at,
        "body": canonical(entry.model_dump(mode="json", include=_OF_READING)),
        "source": one.source,
    }


def _event_row(tenant: str, one: Placed) -> dict[str, Any]:
    entry = one.entry
    assert isinstance(entry, EventEntry)
    return {
        "tenant": tenant,
        "id": _row_id(one),
        "account": entry.account,
        "person": entry.person or "",
        "at": entry.at,
        "body": canonical(entry.model_dump(mode="json", include=_OF_EVENT)),
        "source": one.source,
    }


def _row_id(one: Placed) -> str:
    return f"{one.source}{_BEHIND_SOURCE}{one.entry.id}" if one.source else one.entry.id


def _add(
    connection: Connection, table: Table, placed: Sequence[Placed], rows: list[dict[str, Any]]
) -> tuple[Taken, list[Placed]]:
    """What became of the rows, and those that are new."""
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        first.setdefault(row["id"], row)
    inserted = _insert(connection, table, first)
    kept = {key: _content(row) for key, row in first.items() if key in inserted}
    kept |= _kept(connection, table, [row for key, row in first.items() if key not in inserted])
    conflicts, new, duplicates = [], [], 0
    for one, row in zip(placed, rows, strict=True):
        key = row["id"]
        if row is first[key] and key in inserted:
            new.append(one)
        elif kept[key] == _content(row):
            duplicates += 1
        else:
            conflicts.append(Conflict(pointer=one.pointer, id=one.entry.id))
    taken = Taken(accepted=len(new), duplicates=duplicates, conflicts=tuple(conflicts))
    return taken, new


def _insert(connection: Connection, table: Table, rows: Mapping[str, dict[str, Any]]) -> set[str]:
    """Insert rows with a new id, and say which: a second writer of the same moment is told none of them."""
    if not rows:
        return set()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    statement = insert(table).on_conflict_do_nothing(index_elements=keys).returning(table.c.id)
    # In one order everywhere: two writers that wait for each other's rows would never end.
    ordered = [rows[key] for key in sorted(rows)]
    return set(connection.execute(statement, ordered).scalars())


def _content(row: Mapping[str, Any] | RowMapping) -> tuple[str, ...]:
    return (row["account"], row.get("person", ""), row["body"])


def _kept(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    kept: dict[str, tuple[str, ...]] = {}
    for ids in _in_parts([row["id"] for row in rows]):
        wanted = select(table).where(table.c.tenant == rows[0]["tenant"], table.c.id.in_(ids))
        for row in connection.execute(wanted).mappings():
            kept[row["id"]] = _content(row)
    return kept


def _in_parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
