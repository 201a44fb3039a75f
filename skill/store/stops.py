"""The kill switch: pulled and released by a person, at once, and over what is queued too."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from skill.model.delivery import Stop
from skill.store import outbox
from skill.store.canonical import model_text
from skill.store.engine import Store, put
from skill.store.tables import stops

REASON = "stopped"
"""Why what was queued is suppressed."""

EVERY = "*"
"""Among the keys of what is stopped: all of it."""


def pull(store: Store, tenant: str, stop: Stop) -> int:
    """Stop one offer, or all of a tenant, and keep what is queued from leaving, in one transaction.

    Returns:
        How many queued effects were suppressed.
    """
    row = {"tenant": tenant, "offer": stop.offer}
    with store.writing() as connection:
        put(connection, stops, [{**row, "since": stop.since, "body": model_text(stop)}])
        return outbox.suppress_queued(
            connection, tenant, offer=stop.offer, reason=REASON, at=stop.since
        )


def release(store: Store, tenant: str, offer: str = "") -> bool:
    """End a stop; what it suppressed stays suppressed.

    Returns:
        False where there was none.
    """
    one = (stops.c.tenant == tenant, stops.c.offer == offer)
    with store.writing() as connection:
        return connection.execute(delete(stops).where(*one)).rowcount == 1


def standing(store: Store, tenant: str) -> tuple[Stop, ...]:
    """The stops of a tenant; the one of all offers first."""
    with store.reading() as connection:
        return standing_in(connection, tenant)


def stopped(store: Store, tenant: str) -> frozenset[str]:
    """Keys of the bundles that are stopped, `*` for all: what a decision is given."""
    with store.reading() as connection:
        return stopped_in(connection, tenant)


def stopped_in(connection: Connection, tenant: str) -> frozenset[str]:
    """The same in a transaction of the caller's."""
    keys = connection.execute(select(stops.c.offer).where(stops.c.tenant == tenant)).scalars()
    return frozenset(key or EVERY for key in keys)


def standing_in(connection: Connection, tenant: str) -> tuple[Stop, ...]:
    """The same in a transaction of the caller's."""
    wanted = select(stops.c.body).where(stops.c.tenant == tenant).order_by(stops.c.offer)
    return tuple(Stop.model_validate_json(body) for body in connection.execute(wanted).scalars())
