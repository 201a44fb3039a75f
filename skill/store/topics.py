"""Published Topics: versions kept by digest, which one is current, and who made it so; one writer wins."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.errors import Conflicting, InputError, LedgerError, NotFound, Outdated, Unconditional
from skill.model.common import Frozen
from skill.store.engine import Store, put
from skill.store.tables import topic_acts, topic_current, topic_files, topic_texts

_PREFIX = re.compile(r"(?:sha256:)?([0-9a-f]{4,64})")
"""A version, or as much of it as people copy; four digits tell a few hundred versions apart."""

_AT_ONCE = 500
"""Names in one query: below every database's bound on parameters."""


class Expected(Frozen):
    """What a writer believes is current; where it is not so, nothing is changed.

    Source: RFC 9110, sections 13.1.1 (`If-Match`) and 13.1.2 (`If-None-Match`).
    """

    said: Literal["nothing", "versions", "anything", "none_yet"] = "nothing"
    """`nothing` was said; one of these `versions`; `anything` (`*`); `none_yet` (`If-None-Match: *`)."""
    versions: tuple[str, ...] = ()

    def refuse_unless_met(self, current: str | None) -> None:
        """Go on only where it is as expected.

        Raises:
            Outdated: something else is current.
            Unconditional: something is current, and the writer does not say what they replace.
        """
        met = {
            "nothing": True,
            "versions": current in self.versions,
            "anything": current is not None,
            "none_yet": current is None,
        }
        if not met[self.said]:
            raise _outdated(current)
        if self.said == "nothing" and current is not None:
            raise Unconditional(
                f"say which version you replace: {current} is current",
                current=current,
                help=f'send `If-Match: "{current}"`',
            )


def _outdated(current: str | None) -> Outdated:
    if current is None:
        return Outdated(
            "nothing is published yet, so there is no version to replace",
            current=None,
            help="name no version, or send `If-None-Match: *`",
        )
    return Outdated(
        f"the version you named is not current: {current} is",
        current=current,
        help="look at what changed since, then name the version that is current",
    )


class Act(Frozen):
    """One line of the history: who made which version current, and what was current before."""

    sequence: int
    """1 for a tenant's first act, and one more for each."""
    act: Literal["publish", "rollback"]
    version: str
    previous: str | None = None
    at: AwareDatetime
    by: str
    """The credential's subject, or a name from the command line."""
    note: str = ""


class Wanted(Frozen):
    """An act that somebody wants: what `make_current` needs beside the expectation."""

    act: Literal["publish", "rollback"]
    version: str
    at: AwareDatetime
    by: str
    note: str = ""
    request_key: str | None = None
    """The caller's `Idempotency-Key`."""


class Made(Frozen):
    """What became of it."""

    act: Act
    """The newest act: the one that was made, or the one that had made this version current already."""
    changed: bool
    """Whether another version is current now than before."""


class Current(Frozen):
    """The version that is current, and the act that made it so."""

    version: str
    sequence: int


class ActPage(Frozen):
    """Some acts, the newest first, and where the next ones begin."""

    items: tuple[Act, ...]
    next_cursor: str | None = None


def make_current(
    store: Store,
    tenant: str,
    wanted: Wanted,
    expected: Expected,
    *,
    files: Mapping[str, str] | None = None,
) -> Made:
    """Make a version current, in one transaction with its line of history; of several at once one wins.

    Args:
        store: the database.
        tenant: whose Topics.
        wanted: the act.
        expected: what the writer believes is current.
        files: texts of the version by name; None where it is kept already.

    Raises:
        Outdated: something else is current than was expected; nothing was changed.
        Unconditional: nothing was expected, and something is current.
        Conflicting: this writer's request key came before with another act.
    """
    with store.writing() as connection:
        before = _locked(connection, tenant)
        if before is None:
            expected.refuse_unless_met(None)
            if _claimed(connection, tenant, wanted.version):
                return Made(act=_added(connection, tenant, wanted, None, files), changed=True)
            # Somebody else was first, in this very moment: now theirs is current.
            before = _locked(connection, tenant)
            if before is None:
                raise LedgerError("the current version came and went; try again")
        again = _made_before(connection, tenant, wanted)
        if again is not None:
            return Made(act=again, changed=True)
        expected.refuse_unless_met(before.version)
        if before.version == wanted.version:
            return Made(act=_act(connection, tenant, before.sequence), changed=False)
        return Made(act=_added(connection, tenant, wanted, before, files), changed=True)


def current(store: Store, tenant: str) -> Current | None:
    """The version that is current for this tenant, if any was ever published."""
    return currents(store, [tenant]).get(tenant)


def currents(store: Store, tenants: Iterable[str]) -> dict[str, Current]:
    """The current version of each of these tenants; those without one are left out."""
    wanted = sorted(set(tenants))
    found: dict[str, Current] = {}
    with store.reading() as connection:
        for start in range(0, len(wanted), _AT_ONCE):
            some = topic_current.c.tenant.in_(wanted[start : start + _AT_ONCE])
            for row in connection.execute(select(topic_current).where(some)):
                found[row.tenant] = Current(version=row.version, sequence=row.sequence)
    return found


def lately_published(store: Store, n: int) -> tuple[str, ...]:
    """Some tenants that have published, those of the newest acts first."""
    joined = topic_current.join(
        topic_acts,
        (topic_acts.c.tenant == topic_current.c.tenant)
        & (topic_acts.c.sequence == topic_current.c.sequence),
    )
    newest = select(topic_current.c.tenant).select_from(joined)
    newest = newest.order_by(topic_acts.c.at.desc(), topic_current.c.tenant).limit(n)
    with store.reading() as connection:
        return tuple(connection.execute(newest).scalars())


def files_of(store: Store, tenant: str, version: str) -> dict[str, str]:
    """The texts of a version by the names of their files, byte for byte as they were published.

    Raises:
        LedgerError: a text is gone or is not what its digest says.
    """
    wanted = (
        select(topic_files.c.name, topic_files.c.digest, topic_texts.c.text)
        .outerjoin(
            topic_texts,
            (topic_texts.c.tenant == topic_files.c.tenant)
            & (topic_texts.c.digest == topic_files.c.digest),
        )
        .where(topic_files.c.tenant == tenant, topic_files.c.version == version)
        .order_by(topic_files.c.name)
    )
    with store.reading() as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        if row.text is None or _digest(row.text) != row.digest:
            raise LedgerError(f"the text of `{row.name}` in version {version} is not whole")
    return {row.name: row.text for row in rows}


def find_version(store: Store, tenant: str, given: str) -> str:
    """The stored version that a full digest, or the beginning of one, means.

    Raises:
        InputError: it is no digest, or several versions begin like it.
        NotFound: this tenant has no such version.
    """
    match = _PREFIX.fullmatch(given.strip().lower())
    if match is None:
        raise InputError(
            f"`{given[:80]}` is no version",
            pointer="version",
            help="give the digest of the history, or at least its first four digits",
        )
    wanted = (
        select(topic_files.c.version)
        .where(
            topic_files.c.tenant == tenant,
            topic_files.c.version.startswith(f"sha256:{match[1]}", autoescape=True),
        )
        .distinct()
        .order_by(topic_files.c.version)
        .limit(4)
    )
    with store.reading() as connection:
        found = list(connection.execute(wanted).scalars())
    if not found:
        raise NotFound(f"no stored version begins with `{match[1]}`")
    if len(found) > 1:
        some = ", ".join(version[:23] for version in found)
        raise InputError(
            f"several versions begin with `{match[1]}`",
            pointer="version",
            help=f"say more of it: {some}",
        )
    return str(found[0])


def acts(store: Store, tenant: str, *, before: int | None = None, n: int = 50) -> ActPage:
    """The history of a tenant, the newest act first; `before` is the sequence of the last act seen."""
    wanted = select(topic_acts).where(topic_acts.c.tenant == tenant)
    if before is not None:
        wanted = wanted.where(topic_acts.c.sequence < before)
    wanted = wanted.order_by(topic_acts.c.sequence.desc()).limit(n + 1)
    with store.reading() as connection:
        rows = connection.execute(wanted).all()
    items = tuple(_read(row) for row in rows[:n])
    more = len(rows) > n and bool(items)
    return ActPage(items=items, next_cursor=str(items[-1].sequence) if more else None)


def find_act(store: Store, tenant: str, by: str, request_key: str) -> Act | None:
    """The act that this writer's request key has already led to."""
    with store.reading() as connection:
        return _keyed(connection, tenant, by, request_key)


def _locked(connection: Connection, tenant: str) -> Current | None:
    # PostgreSQL keeps the row for us until the end; SQLite has given us the whole database already.
    row = connection.execute(
        select(topic_current).where(topic_current.c.tenant == tenant).with_for_update()
    ).one_or_none()
    return None if row is None else Current(version=row.version, sequence=row.sequence)


def _claimed(connection: Connection, tenant: str, version: str) -> bool:
    """Whether we are the first; PostgreSQL waits here for whoever is at it as well."""
    row = {"tenant": tenant, "version": version, "sequence": 1}
    kept = _insert(connection, topic_current).values(row).on_conflict_do_nothing()
    return connection.execute(kept.returning(topic_current.c.tenant)).first() is not None


def _added(
    connection: Connection,
    tenant: str,
    wanted: Wanted,
    before: Current | None,
    files: Mapping[str, str] | None,
) -> Act:
    if files is not None:
        _keep(connection, tenant, wanted.version, files)
    sequence = before.sequence + 1 if before else 1
    if before is not None:
        connection.execute(
            update(topic_current)
            .where(topic_current.c.tenant == tenant)
            .values(version=wanted.version, sequence=sequence)
        )
    previous = before.version if before else None
    row = {**wanted.model_dump(), "tenant": tenant, "sequence": sequence, "previous": previous}
    connection.execute(topic_acts.insert().values(row))
    return _act(connection, tenant, sequence)


def _keep(connection: Connection, tenant: str, version: str, files: Mapping[str, str]) -> None:
    """Keep texts and names; what is there already is left as it is, because digests name their content."""
    digests = {name: _digest(text) for name, text in files.items()}
    texts = {digests[name]: text for name, text in files.items()}
    put(
        connection,
        topic_texts,
        [{"tenant": tenant, "digest": d, "text": texts[d]} for d in sorted(texts)],
        replace=False,
    )
    put(
        connection,
        topic_files,
        [
            {"tenant": tenant, "version": version, "name": name, "digest": digests[name]}
            for name in sorted(files)
        ],
        replace=False,
    )


def _made_before(connection: Connection, tenant: str, wanted: Wanted) -> Act | None:
    """The act of the same request key. Raises Conflicting where that was another one."""
    if wanted.request_key is None:
        return None
    act = _keyed(connection, tenant, wanted.by, wanted.request_key)
    if act is not None:
        refuse_other(act, wanted.act, wanted.version)
    return act


def refuse_other(act: Act, wanted: str, version: str | None) -> None:
    """Refuse a request key that came before with another act; a version of None may be any.

    Raises:
        Conflicting: it did.
    """
    if act.act != wanted or version not in (None, act.version):
        raise Conflicting(
            "this Idempotency-Key came before with another request", (), version=act.version
        )


def _keyed(connection: Connection, tenant: str, by: str, request_key: str) -> Act | None:
    c = topic_acts.c
    same = (c.tenant == tenant, c.by == by, c.request_key == request_key)
    row = connection.execute(select(topic_acts).where(*same)).one_or_none()
    return None if row is None else _read(row)


def _act(connection: Connection, tenant: str, sequence: int) -> Act:
    c = topic_acts.c
    return _read(
        connection.execute(
            select(topic_acts).where(c.tenant == tenant, c.sequence == sequence)
        ).one()
    )


def _read(row: Row[Any]) -> Act:
    fields = {name: getattr(row, name) for name in Act.model_fields}
    return Act.model_validate(fields)


def _insert(connection: Connection, table: Table) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
