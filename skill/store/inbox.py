"""The inbox: notifications as they were placed for one person, listed and counted as they stand at a moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, ConfigDict
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from skill.model.account import Account, Past
from skill.model.answer import ActionView
from skill.model.common import Frozen
from skill.model.delivery import Effect
from skill.model.preferences import is_off
from skill.store import showings, stops, tables
from skill.store.canonical import canonical
from skill.store.cursors import cursor_of, read_cursor
from skill.store.engine import Store
from skill.store.preferences import Who, preferences_in
from skill.store.tables import notifications

State = Literal["unread", "read", "archived", "snoozed"]
Close = Literal["dismissal", "not_now", "never"]
Put = Literal["placed", "already", "refused"]

_LATE = timedelta(days=1)
"""Purchases are often told in a batch of the day: one of the day before the decision was not known to it."""


class NotedCause(Frozen):
    """The question or signal that caused a notification."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["question", "signal"]
    name: str


class Shown(Frozen):
    """What of a composed notice is shown; whatever else it holds is kept and goes nowhere."""

    model_config = ConfigDict(extra="ignore")

    title: str
    text: str
    why: str
    """Why this person sees it, with the figures."""
    cause: NotedCause
    action: ActionView | None = None
    """What the person can do."""
    as_of: AwareDatetime | None = None
    """Of the oldest figure in it."""
    lang: str = "en"


class Closed(Frozen):
    """How the person closed it, and what they said."""

    how: Close
    reason: str = ""
    """Picked from the list."""
    note: str = ""
    """Typed."""
    at: AwareDatetime


class Notification(Shown):
    """A notification in somebody's inbox."""

    model_config = ConfigDict(extra="ignore")

    id: str
    offer: str
    """Key of the bundle that it is about."""
    at: AwareDatetime
    state: State
    snoozed_until: AwareDatetime | None = None
    closed: Closed | None = None
    """None unless it was dismissed; taken back with `undo`."""


class Counted(Frozen):
    """How many there are of each state."""

    unread: int = 0
    read: int = 0
    archived: int = 0
    snoozed: int = 0


class NotificationPage(Frozen):
    """Some notifications, the newest first, and where the next ones begin."""

    items: tuple[Notification, ...]
    next_cursor: str | None = None


class Learned(NamedTuple):
    """What came to be known since a notification was placed, which takes it off the list."""

    stopped: frozenset[str]
    """Offers; empty text stops all."""
    bought: Mapping[str, datetime]
    """Offers with when they were taken last."""
    plan: str | None
    never: frozenset[str]
    """Offers that this person never wants to see again."""


def put_notification(
    store: Store, effect: Effect, body: Mapping[str, Any], now: datetime, *, category: str = ""
) -> Put:
    """Place a composed notice in the inbox of the effect's person, once.

    Args:
        store: the database.
        effect: whose id the notification has.
        body: the notice as JSON; `Shown` is what is read of it.
        now: when.
        category: of the play; empty is `offers`.

    Returns:
        `refused` where this person never wants to see the offer again, or switched such messages off.

    Raises:
        ValidationError: the body lacks something that has to be shown.
        LedgerError: it cannot be kept.
    """
    with store.writing() as connection:
        return put_notification_in(connection, effect, body, now, category=category)


def put_notification_in(
    connection: Connection,
    effect: Effect,
    body: Mapping[str, Any],
    now: datetime,
    *,
    category: str = "",
) -> Put:
    """The same in a transaction of the caller's."""
    Shown.model_validate(body)
    n = notifications.c
    there = select(n.id).where(n.tenant == effect.tenant, n.id == effect.id)
    if connection.execute(there).first() is not None:
        return "already"
    who = Who(effect.tenant, effect.account, effect.person)
    unwanted = is_off(preferences_in(connection, who).entries, "in_app", category)
    if unwanted or effect.offer in learned(connection, who).never:
        return "refused"
    row = {
        "tenant": effect.tenant,
        "id": effect.id,
        "account": effect.account,
        "person": effect.person,
        "offer": effect.offer,
        "at": now,
        "state": "unread",
        "changed_at": now,
        "bought_from": effect.created_at - _LATE,
        "body": canonical({"notice": dict(body), "closed": None}),
    }
    connection.execute(insert(notifications).values(row))
    return "placed"


def page(
    store: Store,
    who: Who,
    *,
    now: datetime,
    state: State | None = None,
    cursor: str | None = None,
    n: int = 50,
) -> NotificationPage:
    """A person's notifications, the newest first; being listed is being displayed.

    Args:
        store: the database.
        who: whose.
        now: the moment.
        state: only those; without one the unread and the read.
        cursor: the `next_cursor` of the page before.
        n: how many at most.

    Raises:
        InputError: the cursor is none of ours.
    """
    c = notifications.c
    with store.reading() as connection:
        wanted = mine(who, learned(connection, who))
        wanted += [_state(now) == state] if state else [_state(now).in_(("unread", "read"))]
        if cursor is not None:
            at, last = read_cursor(cursor)
            wanted.append(or_(c.at < at, and_(c.at == at, c.id < last)))
        listed = select(notifications).where(*wanted).order_by(c.at.desc(), c.id.desc())
        rows = connection.execute(listed.limit(n + 1)).all()
    display(store, who, rows[:n], at=now)
    more = len(rows) > n
    return NotificationPage(
        items=tuple(as_notification(row, now) for row in rows[:n]),
        next_cursor=cursor_of(rows[n - 1].at, rows[n - 1].id) if more else None,
    )


def count(store: Store, who: Who, *, now: datetime) -> Counted:
    """How many notifications of each state a person has; a count displays none of them."""
    with store.reading() as connection:
        return count_in(connection, who, learned(connection, who), now)


def count_in(connection: Connection, who: Who, known: Learned, now: datetime) -> Counted:
    """The same in a transaction of the caller's."""
    state = _state(now)
    wanted = select(state.label("state"), func.count().label("n")).where(*mine(who, known))
    rows = connection.execute(wanted.group_by(state)).all()
    return Counted.model_validate({row.state: row.n for row in rows})


def display(store: Store, who: Who, rows: Iterable[Row[Any]], *, at: datetime) -> None:
    """Mark those that are displayed for the first time, and spend their showings."""
    new = sorted(row.id for row in rows if row.shown_at is None)
    if not new:
        return
    c = notifications.c
    with store.writing() as connection:
        for each in new:
            one = (c.tenant == who.tenant, c.id == each, c.shown_at.is_(None))
            first = connection.execute(update(notifications).where(*one).values(shown_at=at))
            if first.rowcount == 1:
                showings.spend_in(connection, who.tenant, each, at=at)


def withdraw(
    connection: Connection,
    tenant: str,
    account: str,
    *,
    at: datetime,
    offer: str = "",
    ids: Sequence[str] = (),
) -> int:
    """Take notifications off every list for good, as when a play closes what it has become.

    Args:
        connection: a writing transaction.
        tenant: whose customer.
        account: id of the account.
        at: when.
        offer: all about this offer.
        ids: these.

    Returns:
        How many that were.
    """
    c = notifications.c
    meant = or_(c.id.in_(ids), c.offer == offer if offer else false())
    standing = (c.tenant == tenant, c.account == account, c.state != "withdrawn", meant)
    gone = update(notifications).where(*standing).values(state="withdrawn", changed_at=at)
    return connection.execute(gone).rowcount


def learned(connection: Connection, who: Who) -> Learned:
    """What takes notifications of this person off the list now."""
    h, a = tables.history.c, tables.accounts.c
    told = or_(h.body.contains('"kind":"acceptance"'), h.body.contains('"kind":"never"'))
    of_account = (h.tenant == who.tenant, h.account == who.account, told)
    past = [
        Past.model_validate_json(body)
        for body in connection.execute(select(h.body).where(*of_account)).scalars()
    ]
    bought: dict[str, datetime] = {}
    for one in past:
        if one.kind == "acceptance" and one.offer:
            bought[one.offer] = max(one.at, bought.get(one.offer, one.at))
    never = {p.offer for p in past if p.kind == "never" and p.person in ("", who.person)}
    told_whole = select(a.body).where(a.tenant == who.tenant, a.id == who.account)
    account = connection.execute(told_whole).scalar()
    return Learned(
        stopped=frozenset(s.offer for s in stops.standing_in(connection, who.tenant)),
        bought=bought,
        plan=Account.model_validate_json(account).plan if account else None,
        never=frozenset(offer for offer in never if offer),
    )


def as_notification(row: Row[Any], now: datetime) -> Notification:
    """A row as the person sees it at this moment."""
    body = json.loads(row.body)
    asleep = row.snoozed_until is not None and row.snoozed_until > now
    return Notification.model_validate(
        {
            **Shown.model_validate(body["notice"]).model_dump(),
            "id": row.id,
            "offer": row.offer,
            "at": row.at,
            "state": "snoozed" if asleep and row.state != "archived" else row.state,
            "snoozed_until": row.snoozed_until if asleep else None,
            "closed": body["closed"],
        }
    )


def mine(who: Who, known: Learned) -> list[ColumnElement[bool]]:
    """A person's notifications without those that what was learned takes off the list."""
    c = notifications.c
    wanted: list[ColumnElement[bool]] = [
        c.tenant == who.tenant,
        c.account == who.account,
        c.person == who.person,
        c.state != "withdrawn",
    ]
    if "" in known.stopped:
        wanted.append(false())
    gone = sorted(known.stopped | ({known.plan} if known.plan else set()))
    if gone:
        wanted.append(c.offer.not_in(gone))
    wanted += [or_(c.offer != o, c.bought_from > at) for o, at in sorted(known.bought.items())]
    if known.never:
        wanted.append(or_(c.offer.not_in(sorted(known.never)), c.closed_at.is_not(None)))
    return wanted


def _state(now: datetime) -> ColumnElement[str]:
    c = notifications.c
    asleep = and_(c.snoozed_until.is_not(None), c.snoozed_until > now, c.state != "archived")
    return case((asleep, literal("snoozed")), else_=c.state)
