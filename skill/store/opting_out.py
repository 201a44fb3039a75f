"""A person chooses what they want to hear of: kept, and at once nothing else that waits for them leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from skill.model.delivery import Effect
from skill.model.preferences import MESSAGED, Preferences, is_off
from skill.store import showings
from skill.store.engine import Store
from skill.store.outbox import QUEUED
from skill.store.preferences import Who, preferences_in, put_preferences_in
from skill.store.tables import effects, notifications

REASON = "opted out"
"""Why what was queued is suppressed."""


def choose(
    store: Store,
    who: Who,
    change: Callable[[Preferences], Preferences],
    categories: Mapping[str, str],
    *,
    at: datetime,
) -> Preferences:
    """Keep what a person chose and suppress what is queued for them against it, in one transaction.

    What they switch on again comes with the next occasion: what was suppressed stays so.

    Args:
        store: the database.
        who: the person.
        change: from what they chose before to what they choose now.
        categories: of each play, by its key; a play without one is about `offers`.
        at: when.
    """
    with store.writing() as connection:
        before = preferences_in(connection, who)
        chosen = change(before)
        put_preferences_in(connection, who, chosen, at=at)
        if set(chosen.entries) - set(before.entries):
            _suppress(connection, who, chosen.entries, categories, at)
    return chosen


def _suppress(
    connection: Connection,
    who: Who,
    entries: tuple[str, ...],
    categories: Mapping[str, str],
    at: datetime,
) -> None:
    e, n = effects.c, notifications.c
    mine = (e.tenant == who.tenant, e.account == who.account, e.person == who.person)
    unseen = select(n.id).where(
        n.tenant == who.tenant,
        n.account == who.account,
        n.person == who.person,
        n.shown_at.is_(None),
        n.state != "withdrawn",
    )
    waiting = e.state.in_(QUEUED) | e.id.in_(unseen)
    found = select(e.id, e.state, e.body).where(*mine, waiting, e.channel.in_(MESSAGED))
    for row in connection.execute(found.order_by(e.id)).all():
        effect = Effect.model_validate_json(row.body)
        if not is_off(entries, effect.channel, categories.get(effect.play, "")):
            continue
        own = (e.tenant == who.tenant, e.id == row.id, e.state.in_(QUEUED))
        ended = {"state": "suppressed", "reason": REASON, "state_at": at}
        connection.execute(update(effects).where(*own).values(ended))
        # What stands in the inbox and was never displayed is not displayed any more.
        placed = (n.tenant == who.tenant, n.id == row.id, n.shown_at.is_(None))
        off = {"state": "withdrawn", "changed_at": at}
        connection.execute(update(notifications).where(*placed).values(off))
        showings.give_back_in(connection, who.tenant, row.id, at=at)
