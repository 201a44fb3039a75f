"""Preferences: what a person chose, kept by account, and carried along where an account was merged or the person moved."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, String, bindparam, literal, select

from skill.model.preferences import Preferences
from skill.store.accounts import origins_of
from skill.store.canonical import model_text
from skill.store.engine import Store, put
from skill.store.tables import preferences


class Who(NamedTuple):
    """A person of an account of a tenant."""

    tenant: str
    account: str
    person: str


def get_preferences(store: Store, who: Who) -> Preferences:
    """What this person chose; what they chose in an account before holds until they choose anew."""
    with store.reading() as connection:
        return preferences_in(connection, who)


def preferences_in(connection: Connection, who: Who) -> Preferences:
    """The same in a transaction of the caller's."""
    rows = connection.execute(_CHOSEN, who._asdict()).all()
    found = {row.account: Preferences.model_validate_json(row.body) for row in rows}
    return found.get(who.account) or Preferences.together(list(found.values()))


def put_preferences_in(
    connection: Connection, who: Who, chosen: Preferences, *, at: datetime
) -> None:
    """Keep what this person chose, in place of what they chose before."""
    row = {**who._asdict(), "changed_at": at, "body": model_text(chosen)}
    put(connection, preferences, [row])


_CHOSEN = (
    select(preferences.c.account, preferences.c.body)
    .where(
        preferences.c.tenant == bindparam("tenant", type_=String()),
        preferences.c.person == bindparam("person", type_=String()),
        preferences.c.account.in_(
            origins_of("lived", literal(""), bindparam("person", type_=String()))
        ),
    )
    .order_by(preferences.c.changed_at.desc(), preferences.c.account)
)
