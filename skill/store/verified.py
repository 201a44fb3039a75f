"""What each source said last: kept so that it serves while the source is down, and joined so that order never matters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, bindparam, select, tuple_

from skill.model.account import Fact, Reading, Right
from skill.model.common import Frozen
from skill.store.canonical import canonical, fact_from, fact_text, model_text
from skill.store.counts import add_counts
from skill.store.engine import Store, put
from skill.store.tables import verified

_AT_ONCE = 200
"""Keys of two parts in one query: below every database's bound on parameters."""

# Built once: making the statement takes longer than running it.
_LAST = select(verified).where(
    verified.c.tenant == bindparam("tenant"),
    tuple_(verified.c.source, verified.c.subject).in_(bindparam("wanted", expanding=True)),
)


class Told(Frozen):
    """All that a source says of one account, as it was at one moment."""

    as_of: AwareDatetime
    """When it was so, by the source's own clock where it has one."""
    facts: tuple[Fact, ...] = ()
    """Each with its own `as_of`, which may be older."""
    grants: tuple[Right, ...] = ()
    removals: tuple[Right, ...] = ()
    readings: tuple[Reading, ...] = ()

    def in_order(self) -> Told:
        """The same, said in one order."""
        return Told(
            as_of=self.as_of,
            facts=tuple(sorted(set(self.facts), key=fact_text)),
            grants=tuple(sorted(set(self.grants), key=model_text)),
            removals=tuple(sorted(set(self.removals), key=model_text)),
            readings=tuple(sorted(set(self.readings), key=model_text)),
        )

    def parts(self) -> frozenset[tuple[str, str]]:
        """What is said, without when and in no order."""
        return frozenset(
            (kind, text)
            for kind, texts in (
                ("fact", map(fact_text, self.facts)),
                ("grant", map(model_text, self.grants)),
                ("removal", map(model_text, self.removals)),
                ("reading", map(model_text, self.readings)),
            )
            for text in texts
        )


class Verified(Frozen):
    """The last that a source said, and whether something newer is known to be true over there."""

    told: Told | None = None
    """None as long as it said nothing whole."""
    whole: bool = True
    """Whether it was read in full, and not told by a message of theirs."""
    due_at: AwareDatetime | None = None
    """Something changed then, or two messages of that moment disagree: it must be read in full."""
    by: str = ""
    """The id of the message that told it; empty where it was read."""

    @property
    def as_of(self) -> datetime | None:
        """When it was so; None as long as nothing whole was said."""
        return None if self.told is None else self.told.as_of

    @property
    def due(self) -> bool:
        """Whether it must be read in full before it counts as the present state."""
        return self.told is None or self.due_at is not None


NOTHING = Verified()
"""What is known of somebody about whom a source said nothing yet."""


def joined(one: Verified, other: Verified) -> Verified:
    """What both know together: the same for any order, and nothing new if joined twice.

    The newer word counts, so that an older message never takes a right away. Of one moment, which has whole seconds at
    some sources, a full reading counts before a message; messages that disagree are both kept, as nobody knows which
    came last, and a full reading is due.
    """
    due = max((at for at in (one.due_at, other.due_at) if at is not None), default=None)
    if one.told is None and other.told is None:
        newest = Verified(by=max(one.by, other.by))
    elif one.told is None or other.told is None:
        newest = other if one.told is None else one
    elif one.told.as_of != other.told.as_of:
        newest = max(one, other, key=_moment)
    else:
        if one.told.parts() != other.told.parts():
            due = max(due or one.told.as_of, one.told.as_of)
        newest = _of_one_moment(one, other)
    if due is not None and newest.told is not None and due < newest.told.as_of:
        due = None
    told = None if newest.told is None else newest.told.in_order()
    return newest.model_copy(update={"due_at": due, "told": told})


def _moment(one: Verified) -> datetime:
    assert one.told is not None
    return one.told.as_of


def _of_one_moment(one: Verified, other: Verified) -> Verified:
    if one.whole != other.whole:
        return one if one.whole else other
    assert one.told is not None
    assert other.told is not None
    told = Told(
        as_of=one.told.as_of,
        facts=(*one.told.facts, *other.told.facts),
        grants=(*one.told.grants, *other.told.grants),
        removals=(*one.told.removals, *other.told.removals),
        readings=(*one.told.readings, *other.told.readings),
    )
    return Verified(told=told, whole=one.whole, by=max(one.by, other.by))


class LastTold:
    """What the sources said last of one tenant's accounts."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self.tenant = tenant

    def read(self, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Verified]:
        """By source and subject; whoever nothing was said of is not among them."""
        found: dict[tuple[str, str], Verified] = {}
        if not wanted:
            return found
        with self._store.reading() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                part = list(wanted[start : start + _AT_ONCE])
                asked = {"tenant": self.tenant, "wanted": part}
                for row in connection.execute(_LAST, asked):
                    found[row.source, row.subject] = _from(row)
        return found

    def keep(self, source: str, subject: str, said: Verified) -> Verified:
        """Join what was said with what is kept; what both know together."""
        with self._store.writing() as connection:
            return self._keep(connection, source, subject, said)[1]

    def take(
        self, source: str, subject: str, said: Verified, *, now: datetime
    ) -> tuple[bool, Verified]:
        """Keep what a message says, and count it; whether it said anything new, and what is known now."""
        with self._store.writing() as connection:
            before, after = self._keep(connection, source, subject, said)
            is_new = after != before
            add_counts(
                connection,
                self.tenant,
                now,
                received=1,
                accepted=int(is_new),
                duplicates=int(not is_new),
                refused={},
            )
        return is_new, after

    def _keep(
        self, connection: Connection, source: str, subject: str, said: Verified
    ) -> tuple[Verified, Verified]:
        key = {"tenant": self.tenant, "source": source, "subject": subject}
        # The row is there before it is locked, so two writers of somebody new wait for each other too.
        put(connection, verified, [{**key, **_row(NOTHING)}], replace=False)
        mine = select(verified).filter_by(**key).with_for_update()
        before = _from(connection.execute(mine).one())
        after = joined(before, said)
        if after != before:
            put(connection, verified, [{**key, **_row(after)}])
        return before, after


def _row(one: Verified) -> dict[str, Any]:
    told = one.told
    body = {
        "whole": one.whole,
        "by": one.by,
        "facts": [json.loads(fact_text(fact)) for fact in (told.facts if told else ())],
        **{
            name: [each.model_dump(mode="json") for each in (getattr(told, name) if told else ())]
            for name in ("grants", "removals", "readings")
        },
    }
    return {"as_of": one.as_of, "due_at": one.due_at, "body": canonical(body)}


def _from(row: Row[Any]) -> Verified:
    body = json.loads(row.body)
    told = None
    if row.as_of is not None:
        told = Told(
            as_of=row.as_of,
            facts=tuple(fact_from(json.dumps(fact)) for fact in body["facts"]),
            grants=tuple(Right.model_validate(each) for each in body["grants"]),
            removals=tuple(Right.model_validate(each) for each in body["removals"]),
            readings=tuple(Reading.model_validate(each) for each in body["readings"]),
        )
    return Verified(told=told, whole=body["whole"], due_at=row.due_at, by=body["by"])
