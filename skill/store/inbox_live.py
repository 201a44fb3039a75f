"""What open streams need to know: who may see something else now than a moment ago, and what that is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, func, or_, select, tuple_

from skill.store import tables
from skill.store.engine import Store
from skill.store.inbox import Counted, as_notification, count_in, learned, mine
from skill.store.preferences import Who
from skill.store.tables import notifications

MOST = 500
"""Notifications of one person that a stream follows: those that changed last."""
_AT_ONCE = 200
"""Accounts in one query: below every database's bound on parameters."""

Change = tuple[Who, str, datetime]
"""Whose notification changed or came back, and when."""


class Signs(NamedTuple):
    """By what one sees that something changed, without reading anybody's inbox."""

    changes: frozenset[Change]
    stops: Mapping[str, frozenset[str]]
    """What is stopped, by tenant."""
    accounts: Mapping[tuple[str, str], tuple[int, datetime | None]]
    """How often an account bought something, and when it was told anew."""


NOTHING = Signs(frozenset(), {}, {})


class Snapshot(NamedTuple):
    """What one person can see at a moment."""

    counted: Counted
    rows: Mapping[str, Row[Any]]
    states: Mapping[str, str]
    """As they stand at that moment: one that was put off comes back without any change."""
    gone: frozenset[str]
    """What was placed and is off the list."""


def signs(store: Store, watched: Collection[Who], *, since: datetime, now: datetime) -> Signs:
    """What changed since a moment, as far as it may concern these people.

    Args:
        store: the database.
        watched: who has a stream open.
        since: changes after it are told, those that were told before among them.
        now: a notification that was put off until then has come back.
    """
    c = notifications.c
    woken = and_(c.snoozed_until > since, c.snoozed_until <= now)
    rows = select(c.tenant, c.account, c.person, c.id, c.changed_at, c.snoozed_until)
    changes: set[Change] = set()
    with store.reading() as connection:
        for row in connection.execute(rows.where(or_(c.changed_at > since, woken))):
            who = Who(row.tenant, row.account, row.person)
            if who not in watched:
                continue
            changes.add((who, row.id, row.changed_at))
            if row.snoozed_until is not None and row.snoozed_until <= now:
                changes.add((who, row.id, row.snoozed_until))
        s = tables.stops.c
        stops: dict[str, set[str]] = {}
        tenants = sorted({who.tenant for who in watched})
        for part in _in_parts(tenants):
            for tenant, offer in connection.execute(
                select(s.tenant, s.offer).where(s.tenant.in_(part))
            ):
                stops.setdefault(tenant, set()).add(offer)
        accounts: dict[tuple[str, str], tuple[int, datetime | None]] = {}
        pairs = sorted({(who.tenant, who.account) for who in watched})
        for part in _in_parts(pairs):
            accounts |= _of_accounts(connection, part)
    return Signs(frozenset(changes), {t: frozenset(o) for t, o in stops.items()}, accounts)


def concerned(before: Signs, after: Signs, watched: Iterable[Who]) -> frozenset[Who]:
    """Whose inbox has to be read again."""
    changed = {who for who, *_ in after.changes - before.changes}
    for who in watched:
        account = (who.tenant, who.account)
        stopped = before.stops.get(who.tenant) != after.stops.get(who.tenant)
        if stopped or before.accounts.get(account) != after.accounts.get(account):
            changed.add(who)
    return frozenset(changed)


def snapshot(store: Store, who: Who, *, now: datetime) -> Snapshot:
    """What this person can see now, and what is off the list."""
    c = notifications.c
    theirs = (c.tenant == who.tenant, c.account == who.account, c.person == who.person)
    newest = (c.changed_at.desc(), c.id)
    with store.reading() as connection:
        known = learned(connection, who)
        standing = select(notifications).where(*mine(who, known)).order_by(*newest).limit(MOST)
        rows = {row.id: row for row in connection.execute(standing)}
        every = select(c.id).where(*theirs).order_by(*newest).limit(MOST)
        ids = set(connection.execute(every).scalars())
        counted = count_in(connection, who, known, now)
    states = {key: as_notification(row, now).state for key, row in rows.items()}
    return Snapshot(counted, rows, states, frozenset(ids - rows.keys()))


def _of_accounts(connection: Any, pairs: Sequence[Any]) -> dict[Any, Any]:
    a, h = tables.accounts.c, tables.history.c
    told = select(a.tenant, a.id, a.updated_at).where(tuple_(a.tenant, a.id).in_(pairs))
    bought = (
        select(h.tenant, h.account, func.count())
        .where(tuple_(h.tenant, h.account).in_(pairs), h.body.contains('"kind":"acceptance"'))
        .group_by(h.tenant, h.account)
    )
    times = {(tenant, account): at for tenant, account, at in connection.execute(told)}
    counts = {(tenant, account): n for tenant, account, n in connection.execute(bought)}
    return {pair: (counts.get(pair, 0), times.get(pair)) for pair in pairs}


def _in_parts(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
