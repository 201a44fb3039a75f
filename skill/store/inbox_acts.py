"""What a person does with a notification: each act once, told to the history, and taken back without a remainder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import AwareDatetime, model_validator
from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.errors import Conflicting, InputError, NotFound
from skill.model.account import Past
from skill.model.announcement import Outcome
from skill.model.common import Frozen
from skill.store import announcing, tables
from skill.store.canonical import canonical, model_text
from skill.store.engine import Store, put
from skill.store.inbox import Close, Notification, as_notification, learned, mine
from skill.store.preferences import Who
from skill.store.tables import notification_acts as acts
from skill.store.tables import notifications

Kind = Literal["read", "archive", "snooze", "dismiss", "click"]
Reason = Literal[
    "not_needed", "too_expensive", "no_budget", "not_my_decision", "bad_moment", "have_another", "other",
]  # fmt: skip
"""Why not now, as it is picked from a list."""

LONGEST_SNOOZE = timedelta(days=366)
_CHANNEL = "in_app"
_KEY_TAKEN = "this Idempotency-Key came before with another request"
_TICK = timedelta(microseconds=1)


class Act(Frozen):
    """One thing that a person does with a notification."""

    kind: Kind
    until: AwareDatetime | None = None
    """Of a snooze: when it comes back."""
    how: Close | None = None
    """Of a dismissal: closed, "not now", or "don't show this again"."""
    reason: Reason | None = None
    """Picked from the list."""
    note: str = ""
    """Typed; redacted by whoever hands it over."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind == "snooze") != (self.until is not None):
            raise ValueError("a snooze needs `until`, and nothing else has it")
        if (self.kind == "dismiss") != (self.how is not None):
            raise ValueError("a dismissal needs `how`, and nothing else has it")
        return self

    @property
    def past(self) -> str:
        """What restraint calls it; empty where the act says nothing about the offer."""
        return self.how or ("click" if self.kind == "click" else "")


def act(
    store: Store,
    who: Who,
    notification: str,
    done: Act,
    *,
    at: datetime,
    request_key: str | None = None,
) -> Notification:
    """Do something with a notification and tell the history, in one transaction.

    Doing what is done already changes nothing, and the same request key is the same act.

    Raises:
        NotFound: this person has no such notification, or it was taken off the list.
        InputError: a snooze that ends in the past, or too far ahead.
        Conflicting: the request key came before with another act, or what was dismissed is to be put off.
    """
    with store.writing() as connection:
        row = _locked(connection, who, notification)
        if _came_before(connection, who, notification, done.model_dump(mode="json"), request_key):
            return as_notification(row, at)
        row = _visible(connection, who, notification)
        changed = _CHANGES[done.kind](row, done, at)
        said = {"said": done.model_dump(mode="json"), "before": None, "digest": ""}
        if changed:
            digest = _tell(connection, who, row, done, at)
            said |= {"before": _before(row), "digest": digest}
            _change(connection, row, changed, at)
        if changed or request_key is not None:
            _note(connection, who, notification, done.kind, said, at, request_key)
        return as_notification(_locked(connection, who, notification), at)


def undo(
    store: Store,
    who: Who,
    notification: str,
    *,
    at: datetime,
    request_key: str | None = None,
) -> Notification:
    """Take back the last thing that was done with a notification, and what it told the history; a click stays.

    The act itself is remembered, with when it was taken back.

    Raises:
        NotFound: this person has no such notification, or it was taken off the list.
        Conflicting: there is nothing to take back, or the request key came before with something else.
    """
    with store.writing() as connection:
        row = _locked(connection, who, notification)
        if _came_before(connection, who, notification, "undo", request_key):
            return as_notification(row, at)
        row = _visible(connection, who, notification)
        last = _last(connection, who, notification)
        if last is None:
            raise Conflicting("there is nothing to take back", ())
        said = json.loads(last.body)
        if said["digest"]:
            h = tables.history.c
            told = (h.tenant == who.tenant, h.account == who.account, h.digest == said["digest"])
            connection.execute(delete(tables.history).where(*told))
        taken = (
            acts.c.tenant == who.tenant,
            acts.c.notification == notification,
            acts.c.n == last.n,
        )
        connection.execute(update(acts).where(*taken).values(undone_at=at))
        _change(connection, row, _from_before(row, said["before"]), at)
        _touch(connection, who, row, said["said"].get("how"), at)
        told_back = {"said": "undo", "before": None, "digest": "", "of": last.n}
        _note(connection, who, notification, "undo", told_back, at, request_key)
        return as_notification(_locked(connection, who, notification), at)


def _locked(connection: Connection, who: Who, notification: str) -> Row[Any]:
    """The notification, which nobody else changes meanwhile."""
    c = notifications.c
    own = (c.tenant == who.tenant, c.id == notification)
    theirs = (c.account == who.account, c.person == who.person)
    wanted = select(notifications).where(*own, *theirs).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(f"there is no notification `{notification}`")
    return row


def _visible(connection: Connection, who: Who, notification: str) -> Row[Any]:
    standing = mine(who, learned(connection, who))
    wanted = select(notifications).where(*standing, notifications.c.id == notification)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(f"the notification `{notification}` was taken off the list")
    return row


def _came_before(
    connection: Connection, who: Who, notification: str, said: object, key: str | None
) -> bool:
    """Whether this very act came with this key before.

    Raises:
        Conflicting: another one did.
    """
    if key is None:
        return False
    a = acts.c
    mine_with = (a.tenant == who.tenant, a.account == who.account, a.person == who.person)
    earlier = connection.execute(select(acts).where(*mine_with, a.request_key == key)).one_or_none()
    if earlier is None:
        return False
    if earlier.notification != notification or json.loads(earlier.body)["said"] != said:
        raise Conflicting(_KEY_TAKEN, ())
    return True


def _read(row: Row[Any], _: Act, __: datetime) -> dict[str, Any]:
    done = row.state != "unread" and row.snoozed_until is None
    return {} if done or row.state == "archived" else {"state": "read", "snoozed_until": None}


def _archive(row: Row[Any], _: Act, __: datetime) -> dict[str, Any]:
    return {} if row.state == "archived" else {"state": "archived", "snoozed_until": None}


def _snooze(row: Row[Any], done: Act, at: datetime) -> dict[str, Any]:
    until = done.until
    assert until is not None
    if not at < until <= at + LONGEST_SNOOZE:
        raise InputError(
            "`until` must lie ahead, within a year", pointer="until", help="name a later moment"
        )
    if row.closed_at is not None:
        raise Conflicting("it was dismissed; take that back first", ())
    # It comes back as something new.
    same = row.snoozed_until == until and row.state == "unread"
    return {} if same else {"state": "unread", "snoozed_until": until}


def _dismiss(row: Row[Any], done: Act, at: datetime) -> dict[str, Any]:
    body = json.loads(row.body)
    closed = {"how": done.how, "reason": done.reason or "", "note": done.note}
    if body["closed"] is not None and {**body["closed"], "at": None} == {**closed, "at": None}:
        return {}
    when = at.isoformat().replace("+00:00", "Z")
    text = canonical({**body, "closed": {**closed, "at": when}})
    return {"state": "archived", "snoozed_until": None, "closed_at": at, "body": text}


def _click(row: Row[Any], _: Act, __: datetime) -> dict[str, Any]:
    return {"state": "read" if row.state == "unread" else row.state, "snoozed_until": None}


_CHANGES = {
    "read": _read,
    "archive": _archive,
    "snooze": _snooze,
    "dismiss": _dismiss,
    "click": _click,
}


def _tell(connection: Connection, who: Who, row: Row[Any], done: Act, at: datetime) -> str:
    """Write an act into the history, where it says something about the offer; the digest of its entry."""
    if not done.past:
        return ""
    note = ": ".join(part for part in (done.reason or "", done.note) if part)
    past = Past.model_validate(
        {
            "kind": done.past,
            "offer": row.offer or None,
            "at": at,
            "channel": _CHANNEL,
            "person": who.person,
            "note": note,
        }
    )
    text = model_text(past)
    entry = {
        "tenant": who.tenant,
        "account": who.account,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "at": past.at,
        "body": text,
    }
    put(connection, tables.history, [entry], replace=False)
    if done.how is not None:
        outcome: Outcome = "declined" if done.how == "never" else "dismissed"
        announcing.closed(connection, who.tenant, who.account, row.offer, outcome, at, person=who.person)  # fmt: skip
    _touch(connection, who, row, done.how, at)
    return str(entry["digest"])


def _touch(connection: Connection, who: Who, row: Row[Any], how: str | None, at: datetime) -> None:
    """After a "never" the others about this offer come or go too, which open streams should hear."""
    if how != "never":
        return
    c = notifications.c
    own = (c.tenant == who.tenant, c.account == who.account, c.person == who.person)
    others = (c.offer == row.offer, c.id != row.id, c.state != "withdrawn")
    connection.execute(update(notifications).where(*own, *others).values(changed_at=at))


def _change(
    connection: Connection, row: Row[Any], changed: Mapping[str, Any], at: datetime
) -> None:
    c = notifications.c
    # Later than its last change, also by a clock that was set back.
    when = max(at, row.changed_at + _TICK)
    one = (c.tenant == row.tenant, c.id == row.id)
    connection.execute(update(notifications).where(*one).values(**changed, changed_at=when))


def _before(row: Row[Any]) -> dict[str, Any]:
    """What undo needs."""
    return {
        "state": row.state,
        "snoozed_until": row.snoozed_until.isoformat() if row.snoozed_until else None,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "closed": json.loads(row.body)["closed"],
    }


def _from_before(row: Row[Any], before: Mapping[str, Any]) -> dict[str, Any]:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(before[name]) if before[name] else None

    return {
        "state": before["state"],
        "snoozed_until": moment("snoozed_until"),
        "closed_at": moment("closed_at"),
        "body": canonical({**json.loads(row.body), "closed": before["closed"]}),
    }


def _last(connection: Connection, who: Who, notification: str) -> Row[Any] | None:
    """The last act that changed something, can be taken back, and was not."""
    a = acts.c
    wanted = (
        select(acts)
        .where(a.tenant == who.tenant, a.notification == notification, a.undone_at.is_(None))
        .where(a.act.in_(("read", "archive", "snooze", "dismiss")))
        .order_by(a.n.desc())
    )
    rows = connection.execute(wanted).all()
    return next((row for row in rows if json.loads(row.body)["before"] is not None), None)


def _note(
    connection: Connection,
    who: Who,
    notification: str,
    kind: str,
    said: Mapping[str, Any],
    at: datetime,
    request_key: str | None,
) -> None:
    a = acts.c
    of_this = (a.tenant == who.tenant, a.notification == notification)
    last = connection.execute(select(func.max(a.n)).where(*of_this)).scalar() or 0
    row = {
        "tenant": who.tenant,
        "notification": notification,
        "n": last + 1,
        "account": who.account,
        "person": who.person,
        "act": kind,
        "at": at,
        "request_key": request_key,
        "body": canonical(said),
    }
    into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = into(acts).values(row).on_conflict_do_nothing().returning(a.n)
    if connection.execute(kept).first() is None:
        # At the same moment, with another notification.
        raise Conflicting(_KEY_TAKEN, ())
