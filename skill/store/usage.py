"""Usage and product events as they are reported: each kept once, by the producer's own id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy import Connection, RowMapping, Table, select

from skill.model.account import Event, Reading
from skill.model.common import Frozen
from skill.store.canonical import model_text
from skill.store.engine import Store, put
from skill.store.tables import events, readings

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An id from outside: 1 to 200 characters, none of them invisible controls."""

_AT_ONCE = 500
"""Ids in one query: below every database's bound on parameters."""


class UsageEntry(Reading):
    """A reading as it is reported."""

    id: Id
    """From the producer, so that a retry is known as one."""
    account: Id


class EventEntry(Event):
    """An event as it is reported."""

    id: Id
    account: Id
    person: Id | None = None


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


def add_usage(
    store: Store, tenant: str, usage: Sequence[UsageEntry], happened: Sequence[EventEntry]
) -> Taken:
    """Keep readings and events that are new; entries in conflict are left out and named."""
    used = [_reading_row(tenant, entry) for entry in usage]
    events_rows = [_event_row(tenant, entry) for entry in happened]
    with store.writing() as connection:
        parts = [
            _add(connection, readings, tenant, used, "usage"),
            _add(connection, events, tenant, events_rows, "events"),
        ]
    return Taken(
        accepted=sum(part.accepted for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        conflicts=tuple(conflict for part in parts for conflict in part.conflicts),
    )


def _reading_row(tenant: str, entry: UsageEntry) -> dict[str, Any]:
    body = Reading(meter=entry.meter, at=entry.at, value=entry.value)
    return {
        "tenant": tenant,
        "id": entry.id,
        "account": entry.account,
        "at": entry.at,
        "body": model_text(body),
    }


def _event_row(tenant: str, entry: EventEntry) -> dict[str, Any]:
    body = Event(id=entry.id, name=entry.name, at=entry.at, properties=entry.properties)
    return {
        "tenant": tenant,
        "id": entry.id,
        "account": entry.account,
        "person": entry.person or "",
        "at": entry.at,
        "body": model_text(body),
    }


def _add(
    connection: Connection, table: Table, tenant: str, rows: list[dict[str, Any]], name: str
) -> Taken:
    before = _kept(connection, table, tenant, rows).keys()
    put(connection, table, rows, replace=False)
    # Read again: another writer may have been first between the two.
    kept = _kept(connection, table, tenant, rows)
    conflicts, duplicates, seen = [], 0, set(before)
    for place, row in enumerate(rows):
        if kept[row["id"]] != _content(row):
            conflicts.append(Conflict(pointer=f"/{name}/{place}", id=row["id"]))
        elif row["id"] in seen:
            duplicates += 1
        seen.add(row["id"])
    return Taken(
        accepted=len(rows) - duplicates - len(conflicts),
        duplicates=duplicates,
        conflicts=tuple(conflicts),
    )


def _content(row: Mapping[str, Any] | RowMapping) -> tuple[str, ...]:
    return (row["account"], row.get("person", ""), row["body"])


def _kept(
    connection: Connection, table: Table, tenant: str, rows: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    kept: dict[str, tuple[str, ...]] = {}
    for ids in _in_parts([row["id"] for row in rows]):
        wanted = select(table).where(table.c.tenant == tenant, table.c.id.in_(ids))
        for row in connection.execute(wanted).mappings():
            kept[row["id"]] = _content(row)
    return kept


def _in_parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
