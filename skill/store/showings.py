"""Showings: what every cap counts, each under its account's next number, so that two claims on one view cannot both be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.model.account import Past
from skill.model.delivery import Showing
from skill.store.canonical import model_text
from skill.store.engine import Store
from skill.store.tables import showings

COUNTED = ("reserved", "spent")
"""States that stand against a cap."""


class Kept(NamedTuple):
    """A showing as it is kept."""

    n: int
    """The nth of its account."""
    showing: Showing
    state_at: datetime
    """Since when it is in its state; of a spent one when it was displayed."""


class Read(NamedTuple):
    """What was shown to an account, and the number that a claim has to follow."""

    history: tuple[Past, ...]
    n: int


def past_of(store: Store, tenant: str, account: str) -> Read:
    """The showings of an account that count, as impressions; with the number of its last one, 0 where there is none."""
    kept = of_account(store, tenant, account)
    counted = [one for one in kept if one.showing.state in COUNTED]
    n = max((one.n for one in kept), default=0)
    return Read(tuple(as_past(one.showing, one.state_at) for one in counted), n)


def as_past(showing: Showing, state_at: datetime) -> Past:
    """A showing as restraint reads it: from its display on, and before that from its decision."""
    return Past(
        kind="impression",
        offer=showing.offer,
        # A display that was told by a clock behind ours happened after its decision all the same.
        at=max(showing.at, state_at),
        channel=showing.channel,
        person=showing.person,
    )


def seen(connection: Connection, tenant: str, account: str) -> int:
    """The number of an account's last showing, whatever became of it; 0 where there is none."""
    c = showings.c
    last = select(func.max(c.n)).where(c.tenant == tenant, c.account == account)
    return int(connection.execute(last).scalar() or 0)


def of_account(store: Store, tenant: str, account: str) -> tuple[Kept, ...]:
    """Every showing of an account, in order."""
    c = showings.c
    wanted = select(showings).where(c.tenant == tenant, c.account == account).order_by(c.n)
    with store.reading() as connection:
        return tuple(_kept(row) for row in connection.execute(wanted))


def of_effect(store: Store, tenant: str, effect: str) -> Kept | None:
    """The showing of an effect, if it has one."""
    wanted = select(showings).where(showings.c.tenant == tenant, showings.c.effect == effect)
    with store.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else _kept(row)


def write(connection: Connection, tenant: str, given: Sequence[Showing], after: int) -> bool:
    """Claim the numbers behind `after` for showings of one account.

    Returns:
        False where one of the numbers is taken, or an effect is shown already: then nothing of this transaction
        may be kept.
    """
    if not given:
        return True
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [_row(tenant, after + i, one) for i, one in enumerate(given, 1)]
    taken = insert(showings).values(rows).on_conflict_do_nothing().returning(showings.c.n)
    return len(connection.execute(taken).all()) == len(rows)


def shown_before(connection: Connection, tenant: str, wanted: Sequence[str]) -> str | None:
    """One of these effects that has a showing already, if there is one."""
    c = showings.c
    mine = (c.tenant == tenant, c.effect.in_(wanted))
    found = connection.execute(select(c.effect).where(*mine).limit(1)) if wanted else None
    return None if found is None else found.scalar()


def spend(store: Store, tenant: str, effect: str, *, at: datetime) -> bool:
    """It was displayed: its showing counts from now on. A returned one was displayed after all."""
    with store.writing() as connection:
        return spend_in(connection, tenant, effect, at=at)


def spend_in(connection: Connection, tenant: str, effect: str, *, at: datetime) -> bool:
    """The same in a transaction of the caller's."""
    return _turn(connection, tenant, effect, ("reserved", "returned"), "spent", at)


def give_back(store: Store, tenant: str, effect: str, *, at: datetime) -> bool:
    """It is never displayed: its showing no longer counts. One that was displayed stays spent."""
    with store.writing() as connection:
        return give_back_in(connection, tenant, effect, at=at)


def give_back_in(connection: Connection, tenant: str, effect: str, *, at: datetime) -> bool:
    """The same in a transaction of the caller's."""
    return _turn(connection, tenant, effect, ("reserved",), "returned", at)


def _turn(
    connection: Connection,
    tenant: str,
    effect: str,
    before: Sequence[str],
    state: str,
    at: datetime,
) -> bool:
    c = showings.c
    one = (c.tenant == tenant, c.effect == effect, c.state.in_(before))
    changed = connection.execute(update(showings).where(*one).values(state=state, state_at=at))
    return changed.rowcount == 1


def _row(tenant: str, n: int, one: Showing) -> Mapping[str, Any]:
    return {
        "tenant": tenant,
        "account": one.account,
        "n": n,
        "effect": one.effect,
        "person": one.person,
        "offer": one.offer,
        "family": one.family,
        "channel": one.channel,
        "play": one.play,
        "at": one.at,
        "state": one.state,
        "state_at": one.at,
        "body": model_text(one),
    }


def _kept(row: Row[Any]) -> Kept:
    # The body is the showing as it was claimed; what became of it stands in its columns.
    showing = Showing.model_validate_json(row.body)
    return Kept(row.n, showing.model_copy(update={"state": row.state}), row.state_at)
