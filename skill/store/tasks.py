"""Owner tasks kept: one open task per account and play, joined by every further cause, and closed by a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.errors import Conflicting, LedgerError
from skill.model.common import Frozen
from skill.model.delivery import Effect
from skill.model.task import Internal, OwnerTask
from skill.store import announcing
from skill.store.canonical import canonical
from skill.store.cursors import cursor_of, read_cursor
from skill.store.engine import Store
from skill.store.tables import tasks

TaskState = Literal["open", "snoozed", "done", "not_useful"]
Which = Literal["open", "due", "snoozed", "done", "not_useful"]
"""What a list shows: `open` are those to do now, `due` those of them whose time has come."""
What = Literal["done", "snoozed", "not_useful"]
Outcome = Literal["", "call_scheduled"]
"""How a task ended, where that is told to other systems."""

_OPEN = ("open", "snoozed")
_TRIES = 5
_MOST_REASONS = 200


class Act(Frozen):
    """What a person did with a task."""

    what: What
    at: AwareDatetime
    by: str
    until: AwareDatetime | None = None
    """Of a snooze."""
    reason: str = ""
    """In their own words; internal."""
    key: str = ""
    """The caller's Idempotency-Key."""
    outcome: Outcome = ""
    """Of what is done: how it ended, where that is told to other systems."""


class StoredTask(Frozen):
    """A task as it stands."""

    task: OwnerTask
    state: TaskState
    state_at: AwareDatetime
    snoozed_until: AwareDatetime | None = None
    acts: tuple[Act, ...] = ()
    """What was done with it, the oldest first."""


class TaskPage(Frozen):
    """Some tasks, those due first, and where the next ones begin."""

    items: tuple[StoredTask, ...]
    next_cursor: str | None = None


class Kept(NamedTuple):
    """Where an effect's task is now."""

    id: str
    what: Literal["new", "joined", "known"]
    """A task of its own; a further cause of one that is open; there since before, open or closed."""


class Closed(Frozen):
    """A task that its owner found not useful, and why."""

    id: str
    account: str
    reason: str
    by: str
    at: AwareDatetime


def put_task(store: Store, tenant: str, effect: Effect, task: OwnerTask) -> Kept:
    """Keep a task; the same effect again changes nothing, also after its task was closed.

    Where the account has an open task of the same play, this one joins it: its cause is added, the figures are the
    new ones, and the earlier due date holds.

    Raises:
        LedgerError: the store cannot be written.
    """
    with store.writing() as connection:
        return put_in(connection, tenant, effect, task)


def put_in(connection: Connection, tenant: str, effect: Effect, task: OwnerTask) -> Kept:
    """The same in a writing transaction of the caller's."""
    known = _holding(connection, tenant, task, effect.id)
    if known is not None:
        return Kept(known, "known")
    for _ in range(_TRIES):
        if connection.execute(_insert(connection), _row(tenant, task)).first() is not None:
            return Kept(task.id, "new")
        found = connection.execute(_locked(tenant, tasks.c.open_key == _open_key(task))).first()
        if found is None:
            # It was closed a moment ago, or this very effect was kept by somebody else.
            known = _holding(connection, tenant, task, effect.id)
            if known is not None:
                return Kept(known, "known")
            continue
        stored = _stored(found)
        if any(cause.effect == effect.id for cause in stored.task.causes):
            return Kept(found.id, "known")
        _write(connection, tenant, stored.model_copy(update={"task": joined(stored.task, task)}))
        return Kept(found.id, "joined")
    raise LedgerError("a task could neither be kept nor join the open one", help="try it again")


def joined(old: OwnerTask, new: OwnerTask) -> OwnerTask:
    """An open task with a further cause: its own identity and due date, and the figures of now.

    An offer stays proposed where the new cause brings none; an unpaid invoice takes it away.
    """
    stays = new.kind == "question" and old.kind == "offer"
    inside = Internal(
        talking_points=_both(new.internal.talking_points, old.internal.talking_points),
        do_not=_both(new.internal.do_not, old.internal.do_not),
    )
    return new.model_copy(
        update={
            "id": old.id,
            "title": old.title,
            "causes": (*old.causes, *new.causes),
            "answered": _both(old.answered, new.answered),
            "internal": inside,
            "created_at": old.created_at,
            "due_at": min(old.due_at, new.due_at),
            "contacts": _both(old.contacts, new.contacts),
            **({"kind": old.kind, "proposal": old.proposal, "note": old.note} if stays else {}),
        }
    )


def _both(first: Sequence[Any], second: Sequence[Any]) -> tuple[Any, ...]:
    return (*first, *(one for one in second if one not in first))


def find(store: Store, tenant: str, task: str) -> StoredTask | None:
    """The task with this id, if this tenant has it."""
    with store.reading() as connection:
        wanted = select(tasks).where(tasks.c.tenant == tenant, tasks.c.id == task)
        row = connection.execute(wanted).first()
    return None if row is None else _stored(row)


def page(
    store: Store,
    tenant: str,
    now: datetime,
    *,
    which: Which = "open",
    owner: str | None = None,
    account: str | None = None,
    cursor: str | None = None,
    n: int = 50,
) -> TaskPage:
    """The tasks of a tenant, those due first.

    Args:
        store: the database.
        tenant: whose.
        now: what is due, and which snoozed ones are open again.
        which: `open` are those to do now; `due` those of them whose time has come.
        owner: only those of this owner: their address, or their name where there is none.
        account: only those of this account.
        cursor: the `next_cursor` of the page before.
        n: how many at most.

    Raises:
        InputError: the cursor is none of ours.
    """
    c = tasks.c
    wanted = select(tasks).where(c.tenant == tenant, _which(which, now))
    if owner is not None:
        wanted = wanted.where(c.owner == owner)
    if account is not None:
        wanted = wanted.where(c.account == account)
    if cursor is not None:
        due, last = read_cursor(cursor)
        wanted = wanted.where(or_(c.due_at > due, and_(c.due_at == due, c.id > last)))
    with store.reading() as connection:
        rows = connection.execute(wanted.order_by(c.due_at, c.id).limit(n + 1)).all()
    items = tuple(_stored(row) for row in rows[:n])
    more = len(rows) > n and bool(items)
    return TaskPage(
        items=items, next_cursor=cursor_of(rows[n - 1].due_at, rows[n - 1].id) if more else None
    )


def act(store: Store, tenant: str, task: str, done: Act) -> StoredTask | None:
    """Write down what a person did with a task; None where there is no such task.

    The same act again, or the same Idempotency-Key, changes nothing.

    Raises:
        Conflicting: it is closed in another way, or the key came before with another act.
    """
    with store.writing() as connection:
        row = connection.execute(_locked(tenant, tasks.c.id == task)).first()
        if row is None:
            return None
        stored = _stored(row)
        if _is_again(stored, done):
            return stored
        after = stored.model_copy(
            update={
                "state": done.what,
                "state_at": done.at,
                "snoozed_until": done.until if done.what == "snoozed" else None,
                "acts": (*stored.acts, done),
            }
        )
        _write(connection, tenant, after)
        if done.outcome == "call_scheduled":
            about = stored.task.proposal
            offer = about.bundle if about is not None else ""
            announcing.called(connection, tenant, stored.task.account, offer, task, done.at)
        return after


def not_useful(store: Store, tenant: str, play: str) -> int:
    """How many tasks of a play were found not useful: what a report and a writer of plays look at."""
    c = tasks.c
    wanted = select(func.count()).where(c.tenant == tenant, c.play == play, c.state == "not_useful")
    with store.reading() as connection:
        return connection.execute(wanted).scalar_one()


def not_useful_reasons(
    store: Store, tenant: str, play: str, *, n: int = _MOST_REASONS
) -> tuple[Closed, ...]:
    """Why tasks of a play were found not useful, the newest first."""
    c = tasks.c
    wanted = select(tasks).where(c.tenant == tenant, c.play == play, c.state == "not_useful")
    with store.reading() as connection:
        rows = connection.execute(wanted.order_by(c.state_at.desc(), c.id).limit(n)).all()
    stored = (_stored(row) for row in rows)
    return tuple(
        Closed(id=s.task.id, account=s.task.account, reason=last.reason, by=last.by, at=last.at)
        for s in stored
        for last in s.acts[-1:]
    )


# -- rows -----------------------------------------------------------------------------------------------------


def _is_again(stored: StoredTask, done: Act) -> bool:
    """Whether this act was done before; refused where it contradicts what was."""
    keyed = next((a for a in stored.acts if done.key and a.key == done.key), None)
    if keyed is not None:
        if (keyed.what, keyed.until, keyed.reason) != (done.what, done.until, done.reason):
            raise Conflicting("this Idempotency-Key came before with another act", [])
        return True
    if stored.state not in ("done", "not_useful"):
        return False
    if stored.state != done.what:
        said = "done" if stored.state == "done" else "not useful"
        raise Conflicting(f"this task is closed: {said}", [])
    return True


def _which(which: Which, now: datetime) -> ColumnElement[bool]:
    c = tasks.c
    if which == "snoozed":
        return and_(c.state == "snoozed", c.snoozed_until > now)
    if which not in ("open", "due"):
        return c.state == which
    to_do = or_(c.state == "open", and_(c.state == "snoozed", c.snoozed_until <= now))
    return and_(to_do, c.due_at <= now) if which == "due" else to_do


def _holding(connection: Connection, tenant: str, task: OwnerTask, effect: str) -> str | None:
    """The id of the task that this effect made or joined, open or closed."""
    c = tasks.c
    wanted = select(c.id, c.body).where(
        c.tenant == tenant, c.account == task.account, c.play == task.play
    )
    for row in connection.execute(wanted):
        if row.id == effect or any(
            cause["effect"] == effect for cause in json.loads(row.body)["task"]["causes"]
        ):
            return str(row.id)
    return None


def _locked(tenant: str, one: ColumnElement[bool]) -> Select[Any]:
    return select(tasks).where(tasks.c.tenant == tenant, one).with_for_update()


def _open_key(task: OwnerTask) -> str:
    # No id holds a control character, so nothing else has this key.
    return f"{task.account}\n{task.play}"


def _owner(task: OwnerTask) -> str:
    return (task.owner.email or task.owner.name)[:400] if task.owner else ""


def _row(tenant: str, task: OwnerTask) -> dict[str, Any]:
    fresh = StoredTask(task=task, state="open", state_at=task.created_at)
    return {"tenant": tenant, "id": task.id, "created_at": task.created_at, **_changing(fresh)}


def _changing(stored: StoredTask) -> dict[str, Any]:
    """The columns that change with a task."""
    task = stored.task
    body = {
        "task": task.model_dump(mode="json"),
        "acts": [a.model_dump(mode="json") for a in stored.acts],
    }
    return {
        "account": task.account,
        "play": task.play,
        "open_key": _open_key(task) if stored.state in _OPEN else None,
        "state": stored.state,
        "state_at": stored.state_at,
        "due_at": task.due_at,
        "snoozed_until": stored.snoozed_until,
        "owner": _owner(task),
        "body": canonical(body),
    }


def _write(connection: Connection, tenant: str, stored: StoredTask) -> None:
    one = (tasks.c.tenant == tenant, tasks.c.id == stored.task.id)
    connection.execute(update(tasks).where(*one).values(_changing(stored)))


def _stored(row: Row[Any]) -> StoredTask:
    body = json.loads(row.body)
    return StoredTask.model_validate(
        {
            **body,
            "state": row.state,
            "state_at": row.state_at,
            "snoozed_until": row.snoozed_until,
        }
    )


def _insert(connection: Connection) -> Any:
    """An insert that is left out, and gives nothing back, where its id or its open key is taken."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(tasks).on_conflict_do_nothing().returning(tasks.c.id)
