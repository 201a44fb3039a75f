"""Notices as a play places them: an effect, its words, and a claimed showing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from skill.model.delivery import Cause, Effect, Showing
from skill.store import outbox, showings
from skill.store.engine import Store
from skill.store.inbox import Put, put_notification
from skill.store.preferences import Who

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA = Who("default", "acc_1", "u_admin")
BEN = Who("default", "acc_1", "u_member")

NOTICE: dict[str, Any] = {
    "title": "Your runs are nearly used up",
    "text": "You used 4,500 of 5,000 runs. Run Credits keeps things running.",
    "why": "4,500 of 5,000 runs (90%) as of 21 November 2026.",
    "cause": {"kind": "signal", "name": "runs-almost-used"},
    "action": {"kind": "link", "href": "/billing", "label": "See details", "allowed": True},
    "as_of": "2026-11-21T08:00:00Z",
    "lang": "en",
}


def effect(
    key: str = "eff_1",
    *,
    who: Who = ADA,
    offer: str = "run-credits",
    at: datetime = NOON,
    **more: Any,
) -> Effect:
    """An effect that is due at once."""
    fields = {
        "id": key,
        "tenant": who.tenant,
        "account": who.account,
        "person": who.person,
        "channel": "in_app",
        "offer": offer,
        "play": "self-serve",
        "rule": "runs-almost-used",
        "created_at": at,
        "due_at": at,
        **more,
    }
    return Effect.model_validate(fields)


def claimed(store: Store, given: Effect) -> None:
    """Write an effect down with its reserved showing, as the claim of a decision does."""
    cause = Cause(kind="signal", name=given.rule, at=given.created_at)
    showing = Showing(
        effect=given.id,
        account=given.account,
        person=given.person,
        offer=given.offer,
        family="credits",
        channel=given.channel,
        play=given.play,
        at=given.created_at,
        cause=cause,
    )
    with store.writing() as connection:
        outbox.insert(connection, [given])
        after = showings.seen(connection, given.tenant, given.account)
        assert showings.write(connection, given.tenant, [showing], after)


def place(
    store: Store,
    key: str = "eff_1",
    *,
    who: Who = ADA,
    offer: str = "run-credits",
    at: datetime = NOON,
    **more: Any,
) -> Put:
    """Claim an effect and place its notice."""
    given = effect(key, who=who, offer=offer, at=at, **more)
    claimed(store, given)
    return put_notification(store, given, NOTICE, at)
