"""The gap log: what was asked and not found, counted by its form; what people then picked; what a writer decided."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, and_, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.errors import InputError
from skill.model.answer import Candidate
from skill.model.common import Frozen
from skill.store.canonical import canonical
from skill.store.engine import Store
from skill.store.tables import gap_picks, gaps

MOST_GAPS = 5_000
"""Kept of one tenant: more than anybody reads. Past it those asked least, and longest ago, make room."""

State = Literal["open", "approved", "refused"]

_CURSOR = re.compile(r"(0|[1-9]\d{0,9})-(gap_[0-9a-f]{24})", re.ASCII)
_AT_ONCE = 400
"""Ids in one query: below every database's bound on parameters."""


class Noted(Frozen):
    """One question without an answer, redacted by whoever hands it over."""

    tenant: str
    form: str
    """The same question has the same form."""
    question: str
    words: str
    outcome: str
    candidates: tuple[Candidate, ...] = ()
    """What was shown."""
    topics_version: str
    at: AwareDatetime

    @property
    def gap(self) -> str:
        """The id of its gap."""
        return gap_id(self.tenant, self.form)


class Picked(Frozen):
    """Somebody who was asked back, or shown what is near, meant this feature."""

    tenant: str
    form: str
    """Of the question that was asked back about."""
    feature: str
    at: AwareDatetime

    @property
    def gap(self) -> str:
        """The id of the gap."""
        return gap_id(self.tenant, self.form)


class Pick(Frozen):
    """How often these words meant this feature."""

    feature: str
    n_picked: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    state: Literal["open", "refused"] = "open"


class Gap(Frozen):
    """A question that people asked and that the Topics have no answer to."""

    id: str
    question: str
    """As one of them asked it, without what says who they are."""
    words: str
    """What is proposed as an "Also called"; empty where a person must say it."""
    outcome: str
    """Of the last time: `which`, `not_found` or `not_sold`."""
    candidates: tuple[Candidate, ...] = ()
    """What was shown the last time."""
    topics_version: str
    """Of the last time."""
    n_asked: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    state: State = "open"
    feature: str | None = None
    """What it was approved as."""
    settled_by: str | None = None
    settled_at: AwareDatetime | None = None
    picked: tuple[Pick, ...] = ()
    """What people meant by it, the most frequent first."""
    proposed: str | None = None
    """The feature that was picked most often and not refused."""


class GapPage(Frozen):
    """Some gaps, those asked most often first, and where the next ones begin."""

    items: tuple[Gap, ...]
    next_cursor: str | None = None


def gap_id(tenant: str, form: str) -> str:
    """The id of the gap of a form: whoever counts it arrives at the same one, and another tenant at another."""
    digest = hashlib.sha256(json.dumps([tenant, form]).encode("utf-8", "replace")).hexdigest()
    return f"gap_{digest[:24]}"


def keep(
    store: Store, noted: Sequence[Noted], picked: Sequence[Picked], *, most: int = MOST_GAPS
) -> None:
    """Count questions and picks, in one transaction; nothing is lost where several servers count at once.

    A pick of a question that is not kept is no news. An approved gap that is asked again under newer Topics is
    open again: the word that was approved did not help, or never came there.

    Raises:
        LedgerError: the store cannot be written.
    """
    if not noted and not picked:
        return
    rows = _gap_rows(noted)
    with store.writing() as connection:
        if rows:
            connection.execute(_counted(connection), rows)
        _keep_picks(connection, picked)
        for tenant in sorted({row["tenant"] for row in rows}):
            _make_room(connection, tenant, most)


def page(
    store: Store,
    tenant: str,
    *,
    state: State = "open",
    picked: bool | None = None,
    cursor: str | None = None,
    n: int = 50,
) -> GapPage:
    """The gaps of a tenant, those asked most often first.

    Args:
        store: the database.
        tenant: whose.
        state: what was decided about them.
        picked: only those with a proposal, or only those without one.
        cursor: the `next_cursor` of the page before.
        n: how many at most.

    Raises:
        InputError: the cursor is none of ours.
    """
    c = gaps.c
    wanted = select(gaps).where(c.tenant == tenant, c.state == state, c.question != "")
    if picked is not None:
        wanted = wanted.where(_has_pick() if picked else ~_has_pick())
    if cursor is not None:
        n_asked, last = _read_cursor(cursor)
        wanted = wanted.where(or_(c.n_asked < n_asked, and_(c.n_asked == n_asked, c.id > last)))
    wanted = wanted.order_by(c.n_asked.desc(), c.id).limit(n + 1)
    with store.reading() as connection:
        rows = connection.execute(wanted).all()
        found = _picks(connection, tenant, [row.id for row in rows[:n]])
    items = tuple(_gap(row, found.get(row.id, ())) for row in rows[:n])
    more = len(rows) > n and bool(items)
    return GapPage(items=items, next_cursor=f"{items[-1].n_asked}-{items[-1].id}" if more else None)


def find(store: Store, tenant: str, gap: str) -> Gap | None:
    """The gap with this id, if this tenant has it."""
    wanted = select(gaps).where(gaps.c.tenant == tenant, gaps.c.id == gap, gaps.c.question != "")
    with store.reading() as connection:
        row = connection.execute(wanted).one_or_none()
        return None if row is None else _gap(row, _picks(connection, tenant, [gap]).get(gap, ()))


def settle(
    store: Store,
    tenant: str,
    gap: str,
    state: Literal["approved", "refused"],
    *,
    by: str,
    at: datetime,
    feature: str | None = None,
    topics_version: str | None = None,
) -> bool:
    """Write down what a person decided about an open gap.

    Args:
        store: the database.
        tenant: whose.
        gap: its id.
        state: what was decided.
        by: who decided.
        at: when.
        feature: what it was approved as.
        topics_version: of the Topics that the word was approved for.

    Returns:
        False where it is not open: somebody else was first.
    """
    values: dict[str, Any] = {"state": state, "settled_by": by, "settled_at": at}
    values["feature"] = feature
    if topics_version is not None:
        values["topics_version"] = topics_version
    c = gaps.c
    one = (c.tenant == tenant, c.id == gap, c.state == "open")
    with store.writing() as connection:
        return connection.execute(update(gaps).where(*one).values(values)).rowcount == 1


def refuse_pick(store: Store, tenant: str, gap: str, feature: str) -> bool:
    """Remember that these words do not mean this feature; False where nobody picked it, or it is refused."""
    c = gap_picks.c
    one = (c.tenant == tenant, c.gap == gap, c.feature == feature, c.state == "open")
    with store.writing() as connection:
        return (
            connection.execute(update(gap_picks).where(*one).values(state="refused")).rowcount == 1
        )


def forget(store: Store, before: datetime) -> int:
    """Forget what nobody has asked since; of what was refused its words go, and that it was refused stays.

    Returns:
        How many gaps were forgotten.
    """
    c = gaps.c
    old = and_(c.last_at < before, c.question != "")
    blank = {"question": "", "words": "", "candidates": "[]"}
    with store.reading() as connection:
        if connection.execute(select(c.id).where(old).limit(1)).first() is None:
            return 0
    with store.writing() as connection:
        n_gone = connection.execute(delete(gaps).where(old, c.state != "refused")).rowcount
        n_blank = connection.execute(update(gaps).where(old).values(blank)).rowcount
        _drop_orphans(connection)
    return n_gone + n_blank


def _gap_rows(noted: Sequence[Noted]) -> list[dict[str, Any]]:
    """One row for each gap, with its count: in the order of their keys, so that two servers never wait in a circle."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(noted, key=lambda one: one.at):
        key = (one.tenant, one.gap)
        first = {"n_asked": 0, "first_at": one.at, "question": one.question, "words": one.words}
        row = rows.get(key, first)
        rows[key] = {
            "tenant": one.tenant,
            "id": one.gap,
            "question": row["question"],
            "words": row["words"],
            "outcome": one.outcome,
            "candidates": canonical([c.model_dump() for c in one.candidates]),
            "topics_version": one.topics_version,
            "n_asked": row["n_asked"] + 1,
            "first_at": row["first_at"],
            "last_at": one.at,
            "state": "open",
        }
    return [rows[key] for key in sorted(rows)]


def _counted(connection: Connection) -> Any:
    """A new gap, or one more of it; what was shown is that of the last time, and a decision stays."""
    statement = _insert(connection, gaps)
    new, old = statement.excluded, gaps.c
    newer = new.last_at >= old.last_at
    names = ("outcome", "candidates", "topics_version", "last_at")
    reopened = and_(old.state == "approved", old.topics_version != new.topics_version, newer)
    values: dict[str, Any] = {name: case((newer, new[name]), else_=old[name]) for name in names}
    values |= {
        # Somebody's first words stay, so that a writer finds again what they have seen.
        "question": case((old.question == "", new.question), else_=old.question),
        "words": case((old.question == "", new.words), else_=old.words),
        "n_asked": old.n_asked + new.n_asked,
        "first_at": case((new.first_at < old.first_at, new.first_at), else_=old.first_at),
        "state": case((reopened, "open"), else_=old.state),
    }
    return statement.on_conflict_do_update(index_elements=["tenant", "id"], set_=values)


def _keep_picks(connection: Connection, picked: Sequence[Picked]) -> None:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in sorted(picked, key=lambda one: one.at):
        key = (one.tenant, one.gap, one.feature)
        row = rows.get(key, {"n_picked": 0, "first_at": one.at})
        rows[key] = {
            "tenant": one.tenant,
            "gap": one.gap,
            "feature": one.feature,
            "n_picked": row["n_picked"] + 1,
            "first_at": row["first_at"],
            "last_at": one.at,
            "state": "open",
        }
    kept = _there(connection, {(tenant, gap) for tenant, gap, _ in rows})
    wanted = [rows[key] for key in sorted(rows) if key[:2] in kept]
    if not wanted:
        return
    statement = _insert(connection, gap_picks)
    new, old = statement.excluded, gap_picks.c
    values = {
        "n_picked": old.n_picked + new.n_picked,
        "first_at": case((new.first_at < old.first_at, new.first_at), else_=old.first_at),
        "last_at": case((new.last_at > old.last_at, new.last_at), else_=old.last_at),
    }
    keys = ["tenant", "gap", "feature"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), wanted)


def _there(connection: Connection, keys: set[tuple[str, str]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    wanted = sorted(keys)
    for start in range(0, len(wanted), _AT_ONCE):
        some = tuple_(gaps.c.tenant, gaps.c.id).in_(wanted[start : start + _AT_ONCE])
        rows = connection.execute(select(gaps.c.tenant, gaps.c.id).where(some))
        found |= {(row.tenant, row.id) for row in rows}
    return found


def _make_room(connection: Connection, tenant: str, most: int) -> None:
    """Let go of what is worth least: first what was decided, then what nobody picked and few have asked."""
    c = gaps.c
    own = select(func.count()).select_from(gaps).where(c.tenant == tenant)
    too_many = connection.execute(own).scalar_one() - most
    if too_many <= 0:
        return
    worth = case((c.state == "approved", 0), (~_has_pick() & (c.state == "open"), 1), else_=2)
    # The newest of those asked once goes last of them: what comes in now is never what is let go, but for a tie.
    least = select(c.id).where(c.tenant == tenant)
    least = least.order_by(worth, c.n_asked, c.last_at, c.id).limit(too_many)
    gone = list(connection.execute(least).scalars())
    for start in range(0, len(gone), _AT_ONCE):
        some = gone[start : start + _AT_ONCE]
        connection.execute(delete(gaps).where(c.tenant == tenant, c.id.in_(some)))
    _drop_orphans(connection)


def _drop_orphans(connection: Connection) -> None:
    theirs = (gaps.c.tenant == gap_picks.c.tenant) & (gaps.c.id == gap_picks.c.gap)
    connection.execute(delete(gap_picks).where(~select(gaps.c.id).where(theirs).exists()))


def _has_pick() -> Any:
    p = gap_picks.c
    own = (p.tenant == gaps.c.tenant, p.gap == gaps.c.id, p.state == "open")
    return select(p.gap).where(*own).exists()


def _picks(connection: Connection, tenant: str, ids: Sequence[str]) -> Mapping[str, Iterable[Pick]]:
    p = gap_picks.c
    wanted = select(gap_picks).where(p.tenant == tenant, p.gap.in_(ids))
    found: dict[str, list[Pick]] = {}
    for row in connection.execute(wanted.order_by(p.gap, p.n_picked.desc(), p.feature)):
        fields = {name: getattr(row, name) for name in Pick.model_fields}
        found.setdefault(row.gap, []).append(Pick.model_validate(fields))
    return found


def _gap(row: Row[Any], picked: Iterable[Pick]) -> Gap:
    kept = {
        name: getattr(row, name)
        for name in Gap.model_fields
        if name not in ("candidates", "picked", "proposed")
    }
    picks = tuple(picked)
    proposed = next((pick.feature for pick in picks if pick.state == "open"), None)
    candidates = [Candidate.model_validate(one) for one in json.loads(row.candidates)]
    return Gap.model_validate(
        {**kept, "candidates": tuple(candidates), "picked": picks, "proposed": proposed}
    )


def _read_cursor(cursor: str) -> tuple[int, str]:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InputError(
            "the cursor is none that this list gave out",
            pointer="?cursor",
            help="use `next_cursor` of the page before as it stands, or leave it out",
        )
    return min(int(match[1]), 2**31 - 1), match[2]


def _insert(connection: Connection, table: Any) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
