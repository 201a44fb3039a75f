"""What the reports of restraint read: decisions and showings account by account, a page at a time, and counts of what left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, case, func, or_, select

from skill.model.restraint_report import (
    Impression,
    Judged,
    Kept,
    Left,
    Outbox,
    Shown,
    Suppressed,
)
from skill.model.shadow import Would
from skill.store.engine import Store
from skill.store.ledger import SWEEP
from skill.store.outbox import QUEUED, TO_PEOPLE
from skill.store.showings import COUNTED
from skill.store.tables import decisions, effects, showings, signals_fired

PAGE = 500
"""Rows in memory at once."""
_TO_SOMEBODY = ("in_app", "email")
_WOULD = '"would":[{'
"""Stands in the inputs of a decision that would have shown something, were it not for shadow mode."""
_REASONS = 100
"""Different reasons that are told of what was kept from leaving."""


def judged_between(
    store: Store, tenant: str, since: datetime, until: datetime, *, n: int = PAGE
) -> Iterator[Judged]:
    """Every decision of a span of time, those of one account together; never more than a page in memory."""
    c = decisions.c
    # The inputs hold the whole customer, and are read only where something would have been shown.
    inputs = case((c.inputs.like(f"%{_WOULD}%"), c.inputs)).label("inputs")
    columns = (c.id, c.account, c.person, c.at, c.scope, c.decision, c.n_effects, inputs)
    wanted = select(*columns).where(c.tenant == tenant, c.at >= since, c.at < until)
    for row in _by_keys(store, wanted, decisions, ("account", "at", "id"), n):
        yield _judged(row)


def shown_between(
    store: Store, tenant: str, since: datetime, until: datetime, *, n: int = PAGE
) -> Iterator[Impression]:
    """Every showing that counts of a span of time, those of one account together."""
    c = showings.c
    columns = (c.account, c.n, c.person, c.channel, c.at, c.state_at)
    inside = (c.tenant == tenant, c.at >= since, c.at < until, c.state.in_(COUNTED))
    for row in _by_keys(store, select(*columns).where(*inside), showings, ("account", "n"), n):
        yield Impression(row.account, row.person, row.channel, max(row.at, row.state_at))


def fired_between(
    store: Store, tenant: str, since: datetime, until: datetime, *, n: int = PAGE
) -> Iterator[tuple[str, str, bool]]:
    """Every signal that came to hold: its account, why nobody was told, and whether somebody was."""
    c = signals_fired.c
    wanted = select(c.account, c.signal, c.source, c.at, c.body).where(
        c.tenant == tenant, c.at >= since, c.at < until
    )
    for row in _by_keys(store, wanted, signals_fired, ("account", "signal", "source", "at"), n):
        told = json.loads(row.body)
        reached = bool(told.get("reached"))
        because = "" if reached else told.get("because") or told.get("unreached") or ""
        yield row.account, because, reached


def left_between(store: Store, tenant: str, since: datetime, until: datetime) -> Left:
    """What the decisions of a span of time left, and what became of it, as of one moment."""
    with store.reading() as connection:
        return Left(
            outbox=_outbox(connection, tenant, since, until),
            suppressed=_suppressed(connection, tenant, since, until),
            n_deferred=_deferred(connection, tenant, since, until),
            shown=_shown(connection, tenant, since, until),
        )


def _by_keys(
    store: Store, wanted: Select[Any], table: Table, keys: tuple[str, ...], n: int
) -> Iterator[Row[Any]]:
    """The rows in the order of these columns: each page begins behind the last row of the one before."""
    columns = [table.c[key] for key in keys]
    page = wanted.order_by(*columns).limit(n)
    last: Row[Any] | None = None
    while True:
        following = page if last is None else page.where(_behind(columns, keys, last))
        with store.reading() as connection:
            rows = connection.execute(following).all()
        yield from rows
        if len(rows) < n:
            return
        last = rows[-1]


def _behind(columns: list[Any], keys: tuple[str, ...], last: Row[Any]) -> Any:
    """Behind a row: the first column that differs is greater. Written out, as the two databases compare rows alike so."""
    values = [getattr(last, key) for key in keys]
    ways = []
    for place, column in enumerate(columns):
        same = [columns[i] == values[i] for i in range(place)]
        ways.append(and_(*same, column > values[place]))
    # The first column alone lets the index find the place.
    return and_(columns[0] >= values[0], or_(*ways))


def _judged(row: Row[Any]) -> Judged:
    told: Mapping[str, Any] = json.loads(row.decision)
    would = json.loads(row.inputs).get("would", ()) if row.inputs is not None else ()
    return Judged(
        id=row.id,
        account=row.account,
        person=row.person,
        at=row.at,
        is_asked=row.scope != SWEEP,
        offers=tuple(one["bundle"] for one in told["offers"]),
        in_shadow=tuple(one["bundle"] for one in told.get("shadow", ())),
        withheld=tuple(_kept(one) for one in told["withheld"]),
        held=tuple(one["because"] for one in told["suppressions"]),
        play=told.get("play") or "",
        n_effects=row.n_effects,
        would=tuple(Would.model_validate(one) for one in would),
    )


def _kept(told: Mapping[str, Any]) -> Kept:
    span, until = told.get("span"), told.get("until")
    return Kept(
        offer=told["offer"],
        because=told["because"],
        alone=told.get("alone", False),
        until=datetime.fromisoformat(until) if until else None,
        line=f"{span['file']}:{span['line']}" if span else told.get("topic", ""),
    )


def _outbox(connection: Connection, tenant: str, since: datetime, until: datetime) -> Outbox:
    d, e = decisions.c, effects.c
    mine = (d.tenant == tenant, d.at >= since, d.at < until)
    its = and_(d.tenant == e.tenant, d.id == e.decision)
    found: dict[str, int] = {}
    joined = select(e.state, func.count()).select_from(decisions.join(effects, its))
    for state, n in connection.execute(joined.where(*mine).group_by(e.state)):
        found[state] = int(n)
    decided = connection.execute(select(func.sum(d.n_effects)).where(*mine)).scalar()
    return Outbox(
        decided=int(decided or 0),
        delivered=found.get("delivered", 0),
        suppressed=found.get("suppressed", 0),
        pending=sum(found.get(state, 0) for state in QUEUED),
        failed=found.get("failed", 0),
    )


def _suppressed(
    connection: Connection, tenant: str, since: datetime, until: datetime
) -> tuple[Suppressed, ...]:
    c = effects.c
    n = func.count().label("n")
    ended = (c.state == "suppressed", c.channel.in_(TO_PEOPLE))
    wanted = (
        select(c.channel, c.reason, n)
        .where(c.tenant == tenant, c.created_at >= since, c.created_at < until, *ended)
        .group_by(c.channel, c.reason)
        .order_by(n.desc(), c.channel, c.reason)
        .limit(_REASONS)
    )
    found = connection.execute(wanted)
    return tuple(Suppressed(channel=r.channel, because=r.reason, n=r.n) for r in found)


def _deferred(connection: Connection, tenant: str, since: datetime, until: datetime) -> int:
    """Effects that were laid back to a later time: by quiet hours, or because a mail server was away."""
    c = effects.c
    mine = (c.tenant == tenant, c.created_at >= since, c.created_at < until)
    later = (c.channel.in_(_TO_SOMEBODY), c.due_at > c.created_at)
    return int(connection.execute(select(func.count()).where(*mine, *later)).scalar() or 0)


def _shown(
    connection: Connection, tenant: str, since: datetime, until: datetime
) -> tuple[Shown, ...]:
    c = showings.c
    mine = (c.tenant == tenant, c.at >= since, c.at < until)
    counted = select(c.channel, c.state, func.count().label("n")).where(*mine)
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(counted.group_by(c.channel, c.state)):
        found.setdefault(row.channel, {})[row.state] = int(row.n)
    return tuple(Shown(channel=key, **n) for key, n in sorted(found.items()))
