"""The outbox: effects written with the decision that made them, taken up once, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.model.delivery import Effect
from skill.store import showings
from skill.store.canonical import model_text
from skill.store.engine import Store
from skill.store.tables import decisions, effects
from skill.store.tables import showings as shown

QUEUED = ("pending", "started")
TO_PEOPLE = ("in_app", "email", "owner_task")
"""Channels that a stop keeps from leaving; what tells other systems what happened goes on."""


class Counts(NamedTuple):
    """What was decided, and what became of it: decided = delivered + suppressed + pending + failed."""

    decided: int
    """As the decisions themselves say."""
    delivered: int
    suppressed: int
    """Each with its reason."""
    pending: int
    """Written down, or taken up."""
    failed: int
    """Each with its reason, after all tries."""

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing was made up."""
        return self.decided == sum(self[1:])


def insert(connection: Connection, given: Sequence[Effect]) -> tuple[str, ...]:
    """Write effects down in the caller's transaction; one whose id is there is left as it is.

    Each that is new is counted by its decision too, where it names one.

    Returns:
        The ids that are new.
    """
    if not given:
        return ()
    into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # In one order, so that no two writers of the same effects wait in a circle.
    rows = [_row(one) for one in sorted(given, key=lambda one: (one.tenant, one.id))]
    written = into(effects).values(rows).on_conflict_do_nothing().returning(effects.c.id)
    new = set(connection.execute(written).scalars())
    made = {(one.tenant, one.id): one.decision for one in given if one.id in new}
    made_by = Counter((tenant, decision) for (tenant, _), decision in made.items() if decision)
    d = decisions.c
    for (tenant, decision), n in sorted(made_by.items()):
        one = (d.tenant == tenant, d.id == decision)
        connection.execute(update(decisions).where(*one).values(n_effects=d.n_effects + n))
    return tuple(one.id for one in given if one.id in new)


def due(store: Store, now: datetime, *, n: int = 100) -> tuple[Effect, ...]:
    """Effects of all tenants that nobody has taken up and whose time has come, the oldest first."""
    c = effects.c
    wanted = select(effects).where(c.state == "pending", c.due_at <= now)
    return _read(store, wanted.order_by(c.due_at, c.tenant, c.id).limit(n))


def begun(store: Store, before: datetime, *, n: int = 100) -> tuple[Effect, ...]:
    """Effects that were taken up before this moment and have not ended: whoever did may have died."""
    c = effects.c
    wanted = select(effects).where(c.state == "started", c.state_at < before)
    return _read(store, wanted.order_by(c.state_at, c.tenant, c.id).limit(n))


def take_up(store: Store, tenant: str, effect: str, *, at: datetime) -> bool:
    """Start with a pending effect; of several who try, one is told that it did."""
    with store.writing() as connection:
        return _turn(connection, tenant, effect, ("pending",), state="started", at=at)


def put_off(store: Store, tenant: str, effect: str, until: datetime, *, at: datetime) -> bool:
    """Lay it back until later, as in quiet hours."""
    with store.writing() as connection:
        return _turn(connection, tenant, effect, QUEUED, state="pending", at=at, due_at=until)


def delivered(store: Store, tenant: str, effect: str, *, at: datetime, spent: bool = False) -> bool:
    """It is with its receiver, even where a stop was pulled while it left: what has left has left.

    Args:
        store: the database.
        tenant: whose.
        effect: its id.
        at: when.
        spent: whether delivering it was displaying it, as with an email; a notification is spent when it is displayed.
    """
    with store.writing() as connection:
        return delivered_in(connection, tenant, effect, at=at, spent=spent)


def delivered_in(
    connection: Connection, tenant: str, effect: str, *, at: datetime, spent: bool = False
) -> bool:
    """The same in a transaction of the caller's."""
    before = (*QUEUED, "suppressed")
    done = _turn(connection, tenant, effect, before, state="delivered", at=at, reason="")
    if done and spent:
        showings.spend_in(connection, tenant, effect, at=at)
    return done


def suppressed(store: Store, tenant: str, effect: str, reason: str, *, at: datetime) -> bool:
    """Keep it from leaving, with the reason; its reserved showing is returned."""
    return _end(store, tenant, effect, state="suppressed", reason=reason, at=at)


def failed(store: Store, tenant: str, effect: str, reason: str, *, at: datetime) -> bool:
    """Give it up after all tries, with the reason; its reserved showing is returned."""
    return _end(store, tenant, effect, state="failed", reason=reason, at=at)


def suppress_queued(
    connection: Connection, tenant: str, *, offer: str, reason: str, at: datetime
) -> int:
    """Keep everything that is queued for people from leaving, of one offer or (empty) of all.

    Returns:
        How many effects that were.
    """
    c = effects.c
    queued = [c.tenant == tenant, c.state.in_(QUEUED), c.channel.in_(TO_PEOPLE)]
    if offer:
        queued.append(c.offer == offer)
    change = update(effects).where(*queued).values(state="suppressed", reason=reason, state_at=at)
    n = connection.execute(change).rowcount
    s = shown.c
    ended = select(c.id).where(c.tenant == tenant, c.state == "suppressed", c.reason == reason)
    reserved = (s.tenant == tenant, s.state == "reserved", s.effect.in_(ended))
    connection.execute(update(shown).where(*reserved).values(state="returned", state_at=at))
    return n


def find(store: Store, tenant: str, effect: str) -> Effect | None:
    """The effect with this id, if this tenant has it."""
    wanted = select(effects).where(effects.c.tenant == tenant, effects.c.id == effect)
    return next(iter(_read(store, wanted)), None)


def since(store: Store, tenant: str, effect: str) -> datetime | None:
    """Since when an effect is in its state: of a delivered one when it was."""
    c = effects.c
    wanted = select(c.state_at).where(c.tenant == tenant, c.id == effect)
    with store.reading() as connection:
        found: datetime | None = connection.execute(wanted).scalar()
    return found


def of_account(store: Store, tenant: str, account: str) -> tuple[Effect, ...]:
    """Every effect of an account, the newest first."""
    c = effects.c
    wanted = select(effects).where(c.tenant == tenant, c.account == account)
    return _read(store, wanted.order_by(c.created_at.desc(), c.id))


def counts(store: Store, tenant: str) -> Counts:
    """What was decided and what became of it; the law is that nothing is missing."""
    c = effects.c
    mine = (c.tenant == tenant, c.decision != "")
    by_state = select(c.state, func.count().label("n")).where(*mine).group_by(c.state)
    every = select(func.sum(decisions.c.n_effects)).where(decisions.c.tenant == tenant)
    with store.reading() as connection:
        found = {row.state: int(row.n) for row in connection.execute(by_state)}
        decided = int(connection.execute(every).scalar() or 0)
    queued = sum(found.get(state, 0) for state in QUEUED)
    return Counts(
        decided=decided,
        delivered=found.get("delivered", 0),
        suppressed=found.get("suppressed", 0),
        pending=queued,
        failed=found.get("failed", 0),
    )


def _end(store: Store, tenant: str, effect: str, *, state: str, reason: str, at: datetime) -> bool:
    with store.writing() as connection:
        done = _turn(connection, tenant, effect, QUEUED, state=state, at=at, reason=reason)
        if done:
            showings.give_back_in(connection, tenant, effect, at=at)
        return done


def _turn(
    connection: Connection,
    tenant: str,
    effect: str,
    before: Sequence[str],
    *,
    at: datetime,
    **values: Any,
) -> bool:
    c = effects.c
    one = (c.tenant == tenant, c.id == effect, c.state.in_(before))
    changed = connection.execute(update(effects).where(*one).values(state_at=at, **values))
    return changed.rowcount == 1


def _read(store: Store, wanted: Select[Any]) -> tuple[Effect, ...]:
    with store.reading() as connection:
        return tuple(_effect(row) for row in connection.execute(wanted))


def _row(one: Effect) -> Mapping[str, Any]:
    return {
        "tenant": one.tenant,
        "id": one.id,
        "account": one.account,
        "person": one.person,
        "channel": one.channel,
        "offer": one.offer,
        "decision": one.decision,
        "created_at": one.created_at,
        "due_at": one.due_at,
        "state": one.state,
        "state_at": one.created_at,
        "reason": one.reason,
        "body": model_text(one),
    }


def _effect(row: Row[Any]) -> Effect:
    # The body is the effect as it was written down; what became of it stands in its columns.
    changed = {"state": row.state, "reason": row.reason, "due_at": row.due_at}
    return Effect.model_validate_json(row.body).model_copy(update=changed)
