"""The ledger: every decision with all it was made from, written before its answer leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, Row, Select, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from skill.errors import LedgerError
from skill.model.account import Customer
from skill.model.answer import Answer, AnswerText
from skill.model.common import Frozen
from skill.model.decision import Decision, Surface
from skill.model.preview import Billed
from skill.model.shadow import Would
from skill.store.canonical import canonical, customer_from, customer_text, model_text
from skill.store.cursors import cursor_of, read_cursor
from skill.store.engine import Store
from skill.store.tables import decisions

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that looks like a digit."""

SWEEP = "sweep"
"""The scope of a decision that nobody asked for."""


class Recorded(Frozen):
    """One decision and every input it was made from."""

    id: str
    tenant: str
    at: AwareDatetime
    scope: str
    """What the credential that asked may do; `sweep` where nobody asked."""
    question: str
    """Empty where nobody asked: then `answer` holds no words, as they are composed when it leaves."""
    conversation: tuple[str, ...] = ()
    customer: Customer
    """As it was known at that moment."""
    surface: Surface
    max_offers: int = 2
    allow_unreviewed: bool = False
    billed: dict[str, Billed] = Field(default_factory=dict)
    """What the billing provider said of an offer, by the key of its bundle: nobody asks it again about this decision."""
    unpriced: dict[str, str] = Field(default_factory=dict)
    """Why it said no price of an offer, by the key of its bundle."""
    decision: Decision
    answer: Answer
    request_key: str | None = None
    """The caller's `Idempotency-Key`."""
    picked: str | None = None
    """What the person chose among the features that were asked back about, as it was sent."""
    would: tuple[Would, ...] = ()
    """What it would have shown, were it not for shadow mode."""
    spoken: dict[str, Any] | None = None
    """What a model took for the answer, and what of it was thrown away; none where none was asked."""


def unasked(
    customer: Customer, decision: Decision, decision_id: str, *, would: tuple[Would, ...] = ()
) -> Recorded:
    """A decision that nobody asked for, as it is recorded: no question, and no words yet."""
    return Recorded(
        id=decision_id,
        tenant=customer.tenant,
        at=decision.now,
        scope=SWEEP,
        question="",
        customer=customer,
        surface=decision.surface,
        decision=decision,
        would=would,
        answer=Answer(
            decision_id=decision_id,
            topics_version=decision.topics_version,
            triggered=bool(decision.offers),
            answer=AnswerText(text=""),
        ),
    )


class Listed(Frozen):
    """One line of the list of decisions."""

    id: str
    at: AwareDatetime
    account: str
    person: str
    scope: str
    surface: str
    topics_version: str
    question: str
    triggered: bool
    feature: str | None
    access: str | None
    offers: tuple[str, ...]


class Page(Frozen):
    """Some lines, and where the next ones begin."""

    items: tuple[Listed, ...]
    next_cursor: str | None = None


def new_decision_id(at: datetime) -> str:
    """An id that sorts by time and cannot be guessed: `dec_`, 48 bits of time, 80 of chance."""
    number = int(at.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "dec_" + "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def record(store: Store, entry: Recorded) -> bool:
    """Keep a decision; once this returns, it is kept.

    Returns:
        False where this caller's request key was already used: the earlier decision stands.

    Raises:
        LedgerError: it could not be kept, or its id is taken; then its answer must not leave.
    """
    row = row_of(entry)
    with store.writing() as connection:
        return record_in(connection, entry, row)


def record_in(connection: Connection, entry: Recorded, row: Mapping[str, Any]) -> bool:
    """The same in a transaction of the caller's: kept once that is.

    Args:
        connection: a writing transaction.
        entry: the decision.
        row: what `row_of` made of it, before the transaction began.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = insert(decisions).values(row).on_conflict_do_nothing().returning(decisions.c.id)
    if connection.execute(kept).first() is not None:
        return True
    if entry.request_key is None:
        raise LedgerError(f"there is already a decision `{entry.id}`")
    return False


def finish(store: Store, entry: Recorded) -> None:
    """Keep how the answer of a recorded decision was worded in the end; what was decided stays.

    Raises:
        LedgerError: it could not be kept.
    """
    row = row_of(entry)
    with store.writing() as connection:
        finish_in(connection, entry, row)


def finish_in(connection: Connection, entry: Recorded, row: Mapping[str, Any]) -> None:
    """The same in a transaction of the caller's."""
    said = {name: row[name] for name in ("inputs", "decision", "answer")}
    one = (decisions.c.tenant == entry.tenant, decisions.c.id == entry.id)
    connection.execute(update(decisions).where(*one).values(said))


def newest_at(connection: Connection, tenant: str) -> datetime | None:
    """The latest moment at which anything was decided for a tenant."""
    last = select(func.max(decisions.c.at)).where(decisions.c.tenant == tenant)
    found: datetime | None = connection.execute(last).scalar()
    return found


def find(store: Store, tenant: str, decision_id: str) -> Recorded | None:
    """The decision with this id, if this tenant has it."""
    return _one(
        store,
        select(decisions).where(decisions.c.tenant == tenant, decisions.c.id == decision_id),
    )


def find_request(
    store: Store, tenant: str, scope: str, account: str, person: str, request_key: str
) -> Recorded | None:
    """The decision that this caller's request key has already led to."""
    return _one(
        store,
        select(decisions).where(
            decisions.c.tenant == tenant,
            decisions.c.scope == scope,
            decisions.c.account == account,
            decisions.c.person == person,
            decisions.c.request_key == request_key,
        ),
    )


def page(
    store: Store,
    tenant: str,
    *,
    account: str | None = None,
    person: str | None = None,
    cursor: str | None = None,
    n: int = 50,
) -> Page:
    """Decisions of a tenant, the newest first.

    Args:
        store: the database.
        tenant: whose decisions.
        account: only about this account.
        person: only about this person.
        cursor: the `next_cursor` of the page before.
        n: how many at most.

    Raises:
        InputError: the cursor is none of ours.
    """
    wanted = select(decisions).where(decisions.c.tenant == tenant)
    if account is not None:
        wanted = wanted.where(decisions.c.account == account)
    if person is not None:
        wanted = wanted.where(decisions.c.person == person)
    if cursor is not None:
        at, last = read_cursor(cursor)
        older = and_(decisions.c.at == at, decisions.c.id < last)
        wanted = wanted.where(or_(decisions.c.at < at, older))
    wanted = wanted.order_by(decisions.c.at.desc(), decisions.c.id.desc()).limit(n + 1)
    with store.reading() as connection:
        rows = connection.execute(wanted).all()
    items = tuple(_listed(row) for row in rows[:n])
    more = len(rows) > n and bool(items)
    return Page(items=items, next_cursor=cursor_of(items[-1].at, items[-1].id) if more else None)


def _one(store: Store, wanted: Select[Any]) -> Recorded | None:
    with store.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else _recorded(row)


def row_of(entry: Recorded) -> Mapping[str, Any]:
    """A decision as it is kept: made before the transaction, which then is short.

    Raises:
        LedgerError: it cannot be written down.
    """
    try:
        return _row(entry)
    except (ValueError, UnicodeError) as error:
        raise LedgerError(f"decision `{entry.id}` cannot be written down: {error}") from error


def _row(entry: Recorded) -> Mapping[str, Any]:
    inputs = {
        "conversation": entry.conversation,
        "customer": json.loads(customer_text(entry.customer)),
        "max_offers": entry.max_offers,
        "allow_unreviewed": entry.allow_unreviewed,
        **_said_of_prices(entry),
        **({"spoken": entry.spoken} if entry.spoken is not None else {}),
        **({"picked": entry.picked} if entry.picked is not None else {}),
        **({"would": [w.model_dump(mode="json") for w in entry.would]} if entry.would else {}),
    }
    return {
        "tenant": entry.tenant,
        "id": entry.id,
        "at": entry.at,
        "account": entry.customer.account.id,
        "person": entry.customer.person.id,
        "scope": entry.scope,
        "surface": entry.surface.value,
        "topics_version": entry.decision.topics_version,
        "question": entry.question,
        "inputs": canonical(inputs),
        "decision": model_text(entry.decision),
        "answer": model_text(entry.answer),
        "request_key": entry.request_key,
    }


def _said_of_prices(entry: Recorded) -> dict[str, Any]:
    """What the billing provider said and did not say, where it was asked."""
    billed = {key: one.model_dump(mode="json") for key, one in entry.billed.items()}
    return {
        **({"billed": billed} if billed else {}),
        **({"unpriced": entry.unpriced} if entry.unpriced else {}),
    }


def _recorded(row: Row[Any]) -> Recorded:
    inputs = json.loads(row.inputs)
    return Recorded(
        id=row.id,
        tenant=row.tenant,
        at=row.at,
        scope=row.scope,
        question=row.question,
        conversation=inputs["conversation"],
        customer=customer_from(canonical(inputs["customer"])),
        surface=row.surface,
        max_offers=inputs["max_offers"],
        allow_unreviewed=inputs["allow_unreviewed"],
        billed=inputs.get("billed") or {},
        unpriced=inputs.get("unpriced") or {},
        spoken=inputs.get("spoken"),
        picked=inputs.get("picked"),
        would=inputs.get("would") or (),
        decision=Decision.model_validate_json(row.decision),
        answer=Answer.model_validate_json(row.answer),
        request_key=row.request_key,
    )


def _listed(row: Row[Any]) -> Listed:
    answer = json.loads(row.answer)
    feature = answer["feature"] or {}
    if row.scope == SWEEP:
        offers = tuple(offer["bundle"] for offer in json.loads(row.decision)["offers"])
    else:
        offers = tuple(offer["id"] for offer in answer["recommended_offers"])
    return Listed(
        id=row.id,
        at=row.at,
        account=row.account,
        person=row.person,
        scope=row.scope,
        surface=row.surface,
        topics_version=row.topics_version,
        question=row.question,
        triggered=answer["triggered"],
        feature=feature.get("key"),
        access=feature.get("access"),
        offers=offers,
    )
