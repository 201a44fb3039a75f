"""Sweeps and what they leave: how far each got, which signals hold since when, and which have fired."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, select, update

from skill.errors import LedgerError
from skill.model.common import Frozen
from skill.model.rules import State
from skill.store.canonical import canonical
from skill.store.claims import Claim, claim_all
from skill.store.engine import Store, put
from skill.store.tables import signal_states, signals_fired, sweeps


class SweepKey(NamedTuple):
    """What makes two sweeps the same one: the same day's is done once."""

    tenant: str
    day: str
    """In UTC: `2026-11-21`."""
    source: str
    """Where the usage is: `own`, or an address without its password."""
    version: str
    """Of the Topics."""


class Standing(Frozen):
    """How far a sweep got."""

    at: datetime
    """The moment that it judges by; the same however often it goes on."""
    position: str = ""
    """The last account whose effects are kept; empty at the start."""
    finished_at: datetime | None = None
    found: dict[str, int] = {}  # noqa: RUF012 - pydantic copies the defaults of its fields
    """What was found so far, by name."""


class Effects(NamedTuple):
    """What the judgement of one account leaves."""

    account: str
    states: Mapping[str, State]
    fired: Sequence[tuple[str, str, Mapping[str, Any]]]
    """Key of the signal, key of its offer, and what is told of it."""


class Fired(Frozen):
    """A signal that came to hold, in some sweep."""

    account: str
    signal: str
    at: datetime
    offer: str
    body: dict[str, Any]
    """The signal with its figures, and what was decided about its offer."""


def begin(store: Store, key: SweepKey, now: datetime) -> Standing:
    """Where this day's sweep stands: at its start, where it broke off, or at its end."""
    row = {**key._asdict(), "at": now, "position": "", "finished_at": None, "body": "{}"}
    with store.writing() as connection:
        put(connection, sweeps, [row], replace=False)
        found = connection.execute(select(sweeps).where(*_this(key))).one()
    return Standing(
        at=found.at,
        position=found.position,
        finished_at=found.finished_at,
        found=json.loads(found.body),
    )


def keep(
    store: Store,
    key: SweepKey,
    effects: Sequence[Effects],
    *,
    before: Standing,
    position: str,
    found: Mapping[str, int],
    finished_at: datetime | None = None,
    claims: Sequence[Claim] = (),
) -> Standing:
    """Keep the effects of some accounts, what they lead to, and how far the sweep got, in one transaction: all, or nothing.

    Raises:
        LedgerError: somebody else went on with the same sweep meanwhile; nothing was kept.
        NotKept: something was shown to an account since it was read; nothing was kept.
    """
    after = Standing(at=before.at, position=position, finished_at=finished_at, found=dict(found))
    values = {
        "position": position,
        "finished_at": finished_at,
        "body": canonical(after.found),
    }
    still = (
        *_this(key),
        sweeps.c.position == before.position,
        sweeps.c.body == canonical(before.found),
    )
    with store.writing() as connection:
        moved = connection.execute(update(sweeps).where(*still).values(**values))
        if moved.rowcount != 1:
            raise LedgerError(
                f"another sweep of `{key.day}` is under way",
                help="let it end; the same sweep again then goes on where it got to",
            )
        _put_states(connection, key, effects, before.at)
        _put_fired(connection, key, effects, before.at)
        claim_all(connection, claims)
    return after


def _this(key: SweepKey) -> tuple[Any, ...]:
    return tuple(sweeps.c[name] == value for name, value in key._asdict().items())


def _put_states(
    connection: Connection, key: SweepKey, effects: Sequence[Effects], at: datetime
) -> None:
    known = _states(connection, key, [one.account for one in effects])
    rows = []
    for one in effects:
        before = known.get(one.account, {})
        for signal, state in one.states.items():
            if not state.holds:
                continue
            old = before.get(signal)
            crossed = "" if state.milestone is None else str(state.milestone)
            # A higher milestone is a new beginning; what went on holding began when it began.
            since = old[1] if old is not None and old[0] == crossed else at
            rows.append(
                {
                    "tenant": key.tenant,
                    "account": one.account,
                    "signal": signal,
                    "source": key.source,
                    "milestone": crossed,
                    "since": since,
                    "judged_at": at,
                }
            )
    accounts = [one.account for one in effects]
    mine = _mine(signal_states, key)
    for some in _in_parts(accounts):
        connection.execute(delete(signal_states).where(*mine, signal_states.c.account.in_(some)))
    put(connection, signal_states, rows)


def _put_fired(
    connection: Connection, key: SweepKey, effects: Sequence[Effects], at: datetime
) -> None:
    rows = [
        {
            "tenant": key.tenant,
            "account": one.account,
            "signal": signal,
            "source": key.source,
            "at": at,
            "offer": offer,
            "body": canonical(told),
        }
        for one in effects
        for signal, offer, told in one.fired
    ]
    put(connection, signals_fired, rows, replace=False)


def states_of(store: Store, key: SweepKey, accounts: Sequence[str]) -> dict[str, dict[str, State]]:
    """Which signals of these accounts hold since they fired, by what this source said; nothing of one where none does."""
    with store.reading() as connection:
        known = _states(connection, key, accounts)
    return {
        account: {
            signal: State(holds=True, milestone=Decimal(crossed) if crossed else None)
            for signal, (crossed, _) in rows.items()
        }
        for account, rows in known.items()
    }


def holding_since(store: Store, tenant: str, account: str) -> dict[str, datetime]:
    """Since when each signal of an account holds, as the sweeps saw it: the first of those by several sources."""
    c = signal_states.c
    wanted = (
        select(c.signal, c.since)
        .where(c.tenant == tenant, c.account == account)
        .order_by(c.since.desc())
    )
    with store.reading() as connection:
        return {row.signal: row.since for row in connection.execute(wanted)}


def _states(
    connection: Connection, key: SweepKey, accounts: Sequence[str]
) -> dict[str, dict[str, tuple[str, datetime]]]:
    found: dict[str, dict[str, tuple[str, datetime]]] = {}
    for some in _in_parts(accounts):
        wanted = select(signal_states).where(
            *_mine(signal_states, key), signal_states.c.account.in_(some)
        )
        for row in connection.execute(wanted):
            found.setdefault(row.account, {})[row.signal] = (row.milestone, row.since)
    return found


def _mine(table: Table, key: SweepKey) -> tuple[Any, ...]:
    return table.c.tenant == key.tenant, table.c.source == key.source


def last_judged(store: Store, key: SweepKey) -> datetime | None:
    """The latest moment by which a signal was judged that holds, by what this source said."""
    wanted = select(signal_states.c.judged_at).where(*_mine(signal_states, key))
    with store.reading() as connection:
        found: datetime | None = connection.execute(
            wanted.order_by(signal_states.c.judged_at.desc()).limit(1)
        ).scalar()
    return found


def not_judged_since(
    store: Store, key: SweepKey, at: datetime, *, after: str = "", n: int
) -> tuple[str, ...]:
    """Accounts with a signal that held and was not looked at since then, in order; at most n."""
    c = signal_states.c
    wanted = (
        select(c.account)
        .where(*_mine(signal_states, key), c.judged_at < at, c.account > after)
        .distinct()
        .order_by(c.account)
        .limit(n)
    )
    with store.reading() as connection:
        return tuple(connection.execute(wanted).scalars())


def fired_in(store: Store, key: SweepKey, at: datetime) -> Iterator[Fired]:
    """The signals that fired in the sweep of this source that judged by this moment, by account."""
    c = signals_fired.c
    wanted = select(signals_fired).where(*_mine(signals_fired, key), c.at == at)
    with store.reading() as connection:
        for row in connection.execute(wanted.order_by(c.account, c.signal)):
            yield Fired(
                account=row.account,
                signal=row.signal,
                at=row.at.astimezone(UTC),
                offer=row.offer,
                body=json.loads(row.body),
            )


_AT_ONCE = 500
"""Ids in one query: below every database's bound on parameters."""


def _in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    every = list(ids)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
