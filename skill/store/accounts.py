"""Accounts and people with what is known about them, and one customer read back whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    SelectBase,
    String,
    Table,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from skill.model.account import (
    Account,
    Customer,
    Event,
    Fact,
    Incident,
    Past,
    Person,
    Reading,
    Ticket,
)
from skill.model.common import Frozen
from skill.model.delivery import Showing
from skill.model.preferences import Preferences
from skill.store import tables
from skill.store.canonical import fact_from, fact_text, model_text
from skill.store.engine import Store, put
from skill.store.reserved import EVERYBODY
from skill.store.showings import COUNTED, as_past

_Read = TypeVar("_Read")

# One call for all rows of a kind: a busy account has thousands of events.
_ACCOUNTS = TypeAdapter(tuple[Account, ...])
_PEOPLE = TypeAdapter(tuple[Person, ...])
_PREFERENCES = TypeAdapter(tuple[Preferences, ...])
_READINGS = TypeAdapter(tuple[Reading, ...])
_EVENTS = TypeAdapter(tuple[Event, ...])
_HISTORY = TypeAdapter(tuple[Past, ...])
_TICKETS = TypeAdapter(tuple[Ticket, ...])
_INCIDENTS = TypeAdapter(tuple[Incident, ...])


class Beside(Frozen):
    """What is sent beside an account's own fields."""

    facts: tuple[Fact, ...] = ()
    """Each replaces the one of its name, unless that is newer."""
    tickets: tuple[Ticket, ...] | None = None
    """All of them, replacing those kept; None leaves them."""
    incidents: tuple[Incident, ...] | None = None
    """All of them, replacing those kept; None leaves them."""
    history: tuple[Past, ...] = ()
    """Added to what is kept: a decline is never forgotten by sending an account again."""


class Known(Frozen):
    """A customer as the store knows it, and how much of it is known at all."""

    customer: Customer
    account_known: bool
    person_known: bool
    n_showings: int = 0
    """How many showings the account had when it was read: what a claim made on this view follows."""


def put_account(
    store: Store, tenant: str, account: Account, beside: Beside, *, at: datetime
) -> None:
    """Keep an account as it is at this time; what was kept of its own fields is replaced."""
    row = {"tenant": tenant, "id": account.id, "body": model_text(account), "updated_at": at}
    owner = {"tenant": tenant, "account": account.id}
    facts = [
        {**owner, "name": fact.name, "as_of": fact.as_of, "body": fact_text(fact)}
        for fact in beside.facts
    ]
    past = [
        {**owner, "digest": hashlib.sha256(text.encode()).hexdigest(), "at": one.at, "body": text}
        for one, text in ((one, model_text(one)) for one in beside.history)
    ]
    with store.writing() as connection:
        put(connection, tables.accounts, [row])
        put(connection, tables.facts, facts, newer="as_of")
        put(connection, tables.history, past, replace=False)
        _replace(connection, tables.tickets, owner, beside.tickets)
        _replace(connection, tables.incidents, owner, beside.incidents)


def put_person(store: Store, tenant: str, account: str, person: Person, *, at: datetime) -> None:
    """Keep a person of an account; the same id in another account has its own role there."""
    row = {
        "tenant": tenant,
        "account": account,
        "id": person.id,
        "body": model_text(person),
        "updated_at": at,
    }
    with store.writing() as connection:
        put(connection, tables.people, [row])


def get_customer(store: Store, tenant: str, account: str, person: str, *, since: datetime) -> Known:
    """A customer as the store knows it.

    Args:
        store: the database.
        tenant: whose customer.
        account: id of the account.
        person: id of the person.
        since: older readings and events are left out.
    """
    with store.reading() as connection:
        asked = {"tenant": tenant, "account": account, "person": person, "since": since}
        rows = connection.execute(_EVERYTHING, asked).all()

    bodies: dict[str, list[str]] = {}
    shown: list[Past] = []
    for row in rows:
        if row.kind == "showing":
            shown.append(_shown(row.body, row.place))
        else:
            bodies.setdefault(row.kind, []).append(row.body)

    def read(kind: str, many: TypeAdapter[tuple[_Read, ...]]) -> tuple[_Read, ...]:
        return many.validate_json(f"[{','.join(bodies.get(kind, ()))}]")

    accounts = read("account", _ACCOUNTS)
    people = read("person", _PEOPLE)
    who = _with_opt_outs(people[0] if people else Person(id=person), read("former", _PEOPLE))
    # What was chosen before holds until they choose anew.
    before = read("chosen before", _PREFERENCES)[::-1]
    who = _as_chosen(who, next(iter(read("chosen", _PREFERENCES)), Preferences.together(before)))
    customer = Customer(
        tenant=tenant,
        account=accounts[0] if accounts else Account(id=account),
        person=who,
        facts=tuple(fact_from(body) for body in bodies.get("fact", ())),
        usage=read("reading", _READINGS),
        events=read("event", _EVENTS),
        # The same may have been sent for an account and for the one that it was merged into.
        # Of showings each counts, even where two are alike.
        history=(*dict.fromkeys(read("past", _HISTORY)), *shown),
        tickets=read("ticket", _TICKETS),
        incidents=read("incident", _INCIDENTS),
    )
    return Known(
        customer=customer,
        account_known=bool(accounts),
        person_known=bool(people),
        n_showings=int(bodies["last showing"][0] or 0),
    )


def people_of(store: Store, tenant: str, account: str) -> tuple[Person, ...]:
    """The people of an account that were told of, by id."""
    c = tables.people.c
    wanted = select(c.body).where(c.tenant == tenant, c.account == account).order_by(c.id)
    with store.reading() as connection:
        found = connection.execute(wanted).scalars().all()
    return _PEOPLE.validate_json(f"[{','.join(found)}]")


def _shown(body: str, state_at: str) -> Past:
    return as_past(Showing.model_validate_json(body), datetime.fromisoformat(state_at))


def _with_opt_outs(person: Person, former: Sequence[Person]) -> Person:
    """Who opted out in an account before has opted out in the next one too."""
    opted_out = dict.fromkeys(one for each in (person, *former) for one in each.opted_out)
    return person.model_copy(update={"opted_out": tuple(opted_out)})


def _everything() -> Select[Any]:
    """All there is about a customer in one query, which costs one way there and back."""
    t = tables
    tenant, account = bindparam("tenant", type_=String()), bindparam("account", type_=String())
    since = bindparam("since", type_=t.Moment())
    # What restrains follows an account that was merged, and a person who moved.
    merged = origins_of("merged", literal(""))
    origins = origins_of("origins", literal(""), bindparam("person", type_=String()))

    def part(
        kind: str,
        table: Table,
        order: str,
        *where: ColumnElement[bool],
        of: SelectBase | None = None,
    ) -> Select[Any]:
        owner = table.c.id if table is t.accounts else table.c.account
        return select(
            literal(kind).label("kind"),
            type_coerce(table.c[order], String).label("place"),
            table.c.body,
        ).where(table.c.tenant == tenant, owner == account if of is None else owner.in_(of), *where)

    parts = union_all(
        part("account", t.accounts, "id"),
        part("person", t.people, "id", t.people.c.id == bindparam("person")),
        part(
            "former",
            t.people,
            "id",
            t.people.c.id == bindparam("person"),
            t.people.c.account != account,
            of=origins,
        ),
        part("chosen", t.preferences, "changed_at", t.preferences.c.person == bindparam("person")),
        part(
            "chosen before",
            t.preferences,
            "changed_at",
            t.preferences.c.person == bindparam("person"),
            t.preferences.c.account != account,
            of=origins,
        ),
        part("fact", t.facts, "name"),
        part("reading", t.readings, "at", t.readings.c.at >= since),
        part("event", t.events, "at", t.events.c.at >= since),
        part("past", t.history, "at", of=origins),
        part("ticket", t.tickets, "id", of=merged),
        part("incident", t.incidents, "id", of=merged.union_all(select(literal(EVERYBODY)))),
        part(
            "showing",
            t.showings,
            "state_at",
            t.showings.c.state.in_(COUNTED),
            t.showings.c.at >= since,
            # What the others saw in an account that this person left is not theirs.
            or_(t.showings.c.person == bindparam("person"), t.showings.c.account.in_(merged)),
            of=origins,
        ),
        select(literal("last showing"), literal(""), cast(func.max(t.showings.c.n), String)).where(
            t.showings.c.tenant == tenant, t.showings.c.account == account
        ),
    ).subquery()
    return select(parts).order_by(parts.c.kind, parts.c.place, parts.c.body)


def _as_chosen(person: Person, chosen: Preferences) -> Person:
    """A person's own choice goes before what the product reports; an opt-out stands, whoever told of it."""
    own = {name: getattr(chosen, name) for name in ("locale", "time_zone")}
    own["quiet"] = chosen.quiet_hours
    said = {name: value for name, value in own.items() if value is not None}
    off = tuple(dict.fromkeys((*person.opted_out, *chosen.entries)))
    return person.model_copy(update={**said, "opted_out": off})


def origins_of(name: str, *people: ColumnElement[str]) -> Select[Any]:
    """This account, and all that were merged into it or left for it by these people, however long ago."""
    moves = tables.moves
    account = bindparam("account", type_=String())
    found = select(account.label("account")).cte(name, recursive=True)
    found = found.union(
        select(moves.c.source).where(
            moves.c.tenant == bindparam("tenant", type_=String()),
            moves.c.target == found.c.account,
            moves.c.person.in_(people),
        )
    )
    return select(found.c.account)


# Built once: making the statement takes longer than running it.
_EVERYTHING = _everything()


def _replace(
    connection: Connection,
    table: Table,
    owner: dict[str, str],
    given: Sequence[Ticket | Incident] | None,
) -> None:
    if given is None:
        return
    connection.execute(
        delete(table).where(table.c.tenant == owner["tenant"], table.c.account == owner["account"])
    )
    put(connection, table, [{**owner, "id": one.id, "body": model_text(one)} for one in given])
