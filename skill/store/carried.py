"""What reserved events change in the facts that restraint reads, whatever order they come in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, tuple_

from skill.model.account import Fact, Incident, Past, Ticket
from skill.model.common import slug
from skill.store import announcing, tables
from skill.store.canonical import canonical, fact_text, model_text
from skill.store.engine import put
from skill.store.reserved import (
    RESERVED,
    Happened,
    Reserved,
    Span,
    incident_of,
    joined,
    of_incident,
    of_ticket,
    ticket_of,
    told_by,
)

Key = tuple[str, str, str]
"""Account, kind, and the id of the thing."""

_FACT_OF = {"invoice": "unpaid_invoice", "checkout": "checkout_open"}
"""The fact that is true while one of these is open. Source: skill/policy/restraint.py."""

_LASTING_HOURS = Decimal(87_600)
"""Ten years: what events told stays true until the next event, and does not grow old in between."""

_AT_ONCE = 200
"""Keys of three parts in one query: below every database's bound on parameters."""


def apply(connection: Connection, tenant: str, entries: Iterable[Happened]) -> None:
    """Carry newly kept events over to tickets, incidents, history, facts and moves.

    Args:
        connection: the transaction that keeps the events.
        tenant: whose.
        entries: each for the first time; those whose name is not reserved are passed over.
    """
    told: dict[Key, Span] = {}
    past: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for entry in entries:
        meaning = RESERVED.get(entry.name)
        if meaning is None:
            continue
        if meaning.kind in ("merge", "move"):
            moved.append(_move(tenant, entry, meaning))
            continue
        for key, span in _spans_told(entry, meaning):
            told[key] = joined(told.get(key, Span()), span)
        if meaning.kind in ("reply", "purchase"):
            past.append(_past(tenant, entry, meaning))
        if meaning.kind == "purchase":
            offer = slug(str(entry.properties["offer"]))
            announcing.closed(connection, tenant, entry.account, offer, "accepted", entry.at)
    if told:
        _keep_spans(connection, tenant, told)
    put(connection, tables.history, past, replace=False)
    put(connection, tables.moves, moved, replace=False)


def _spans_told(entry: Happened, meaning: Reserved) -> Iterable[tuple[Key, Span]]:
    said = entry.properties
    if meaning.kind in ("ticket", "incident", "invoice", "checkout"):
        yield (
            (entry.account, meaning.kind, str(said[meaning.kind])),
            told_by(meaning, entry.at, said),
        )
    elif meaning.kind == "purchase" and said.get("checkout"):
        yield (entry.account, "checkout", str(said["checkout"])), Span(ended_at=entry.at)


def _past(tenant: str, entry: Happened, meaning: Reserved) -> dict[str, Any]:
    said = entry.properties
    offer = said.get("offer")
    told: dict[str, Any] = {"kind": "acceptance", "receipt": str(said.get("receipt") or "")}
    if meaning.kind == "reply":
        told = {"kind": "reply", "channel": str(said.get("channel") or "email")}
    past = Past.model_validate({**told, "offer": str(offer) if offer else None, "at": entry.at})
    text = model_text(past)
    return {
        "tenant": tenant,
        "account": entry.account,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "at": past.at,
        "body": text,
    }


def _move(tenant: str, entry: Happened, meaning: Reserved) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "target": str(entry.properties["into"]),
        "person": entry.person if meaning.kind == "move" else "",
        "source": str(entry.properties["from"]),
        "at": entry.at,
    }


def _keep_spans(connection: Connection, tenant: str, told: Mapping[Key, Span]) -> None:
    """Join what was told with what is kept, one writer at a time for each thing."""
    counted = {(account, kind) for account, kind, _ in told if kind in _FACT_OF}
    # A fact is made from all things of an account, so there the whole account is locked.
    keys = sorted({*told, *((account, "", "") for account, _ in counted)})
    _lock(connection, tenant, keys)
    known = _spans_at(connection, tenant, keys)
    for key, span in _sent_before(connection, tenant, keys, known).items():
        known[key] = joined(known.get(key, Span()), span)
    whole = {key: joined(known.get(key, Span()), span) for key, span in told.items()}
    put(connection, tables.spans, [_span_row(tenant, key, span) for key, span in whole.items()])
    _keep_things(connection, tenant, whole)
    _keep_facts(connection, tenant, sorted(counted))


def _keep_things(connection: Connection, tenant: str, whole: Mapping[Key, Span]) -> None:
    tickets, incidents = [], []
    for (account, kind, key), span in whole.items():
        row = {"tenant": tenant, "account": account, "id": key}
        if kind == "ticket":
            tickets.append({**row, "body": model_text(ticket_of(key, span))})
        elif kind == "incident":
            incidents.append({**row, "body": model_text(incident_of(key, span))})
    put(connection, tables.tickets, tickets)
    put(connection, tables.incidents, incidents)


def _keep_facts(connection: Connection, tenant: str, counted: Sequence[tuple[str, str]]) -> None:
    """Whether any invoice is unpaid, and any checkout open, as of the newest event about them."""
    table = tables.spans
    rows = []
    for account, kind in counted:
        wanted = select(table).where(
            table.c.tenant == tenant, table.c.account == account, table.c.kind == kind
        )
        spans = [_span_from(row) for row in connection.execute(wanted).mappings()]
        fact = Fact(
            name=_FACT_OF[kind],
            value=any(span.is_open for span in spans),
            source="events",
            as_of=max(span.last_at for span in spans),
            max_age_hours=_LASTING_HOURS,
        )
        rows.append(
            {
                "tenant": tenant,
                "account": account,
                "name": fact.name,
                "as_of": fact.as_of,
                "body": fact_text(fact),
            }
        )
    put(connection, tables.facts, rows, newer="as_of")


def _lock(connection: Connection, tenant: str, keys: Sequence[Key]) -> None:
    """Rows to wait for, made where there are none; in one order, so that no two writers wait in a circle."""
    put(connection, tables.spans, [_span_row(tenant, key, Span()) for key in keys], replace=False)
    if connection.dialect.name == "sqlite":
        return  # It has one writer.
    table = tables.spans
    for part in _in_parts(keys):
        connection.execute(
            select(table.c.id)
            .where(
                table.c.tenant == tenant,
                tuple_(table.c.account, table.c.kind, table.c.id).in_(part),
            )
            .order_by(table.c.account, table.c.kind, table.c.id)
            .with_for_update()
        ).all()


def _spans_at(connection: Connection, tenant: str, keys: Sequence[Key]) -> dict[Key, Span]:
    table = tables.spans
    found: dict[Key, Span] = {}
    for part in _in_parts(keys):
        wanted = select(table).where(
            table.c.tenant == tenant,
            tuple_(table.c.account, table.c.kind, table.c.id).in_(part),
        )
        for row in connection.execute(wanted).mappings():
            found[row["account"], row["kind"], row["id"]] = _span_from(row)
    return found


def _sent_before(
    connection: Connection, tenant: str, keys: Sequence[Key], known: Mapping[Key, Span]
) -> dict[Key, Span]:
    """Tickets and incidents as they were sent whole with their account.

    What we wrote ourselves from `known` is no news: of something that was only closed it has a beginning that nobody told.
    """
    found: dict[Key, Span] = {}
    for kind, table in (("ticket", tables.tickets), ("incident", tables.incidents)):
        for part in _in_parts([key for key in keys if key[1] == kind]):
            pairs = [(account, key) for account, _, key in part]
            wanted = select(table).where(
                table.c.tenant == tenant, tuple_(table.c.account, table.c.id).in_(pairs)
            )
            for row in connection.execute(wanted).mappings():
                key = (row["account"], kind, row["id"])
                if row["body"] != _written(key, known.get(key, Span())):
                    found[key] = (
                        of_ticket(Ticket.model_validate_json(row["body"]))
                        if kind == "ticket"
                        else of_incident(Incident.model_validate_json(row["body"]))
                    )
    return found


def _written(key: Key, span: Span) -> str:
    """The ticket or incident as we write it down from events; nothing where none was told."""
    if span.began_at is None and span.ended_at is None:
        return ""
    _, kind, name = key
    return model_text(ticket_of(name, span) if kind == "ticket" else incident_of(name, span))


def _span_row(tenant: str, key: Key, span: Span) -> dict[str, Any]:
    account, kind, thing = key
    return {
        "tenant": tenant,
        "account": account,
        "kind": kind,
        "id": thing,
        "first_at": span.first_at,
        "began_at": span.began_at,
        "ended_at": span.ended_at,
        "body": canonical({name: list(told) for name, told in span.about.items()}),
    }


def _span_from(row: Mapping[Any, Any]) -> Span:
    about = {name: (at, said) for name, (at, said) in json.loads(row["body"]).items()}
    return Span(row["first_at"], row["began_at"], row["ended_at"], about)


def _in_parts(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
