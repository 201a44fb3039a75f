"""A customer from our own store: what was reported to us about an account and a person, and what other sources add."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from skill.model.account import Customer, Person
from skill.model.playbook import Playbook
from skill.sources.configured import Sources
from skill.store.accounts import get_customer
from skill.store.engine import Store

LOOK_BACK = timedelta(days=400)
"""A year and a month: the longest window of a rule is a year, told apart by its last period."""


class Met(NamedTuple):
    """A customer as they are known now, and how many showings their account had at that moment."""

    customer: Customer
    n_showings: int
    """What a claim that rests on this customer follows."""


def customer_of(
    store: Store,
    *,
    tenant: str,
    account: str,
    person: str,
    now: datetime,
    role: str | None = None,
    locale: str | None = None,
    sources: Sources | None = None,
    playbook: Playbook | None = None,
) -> Customer:
    """What we know about this account and person now.

    An account that nobody has told us about is marked unavailable: its question is answered, and
    nothing is offered.

    Args:
        store: where it is kept.
        tenant: whose customer; from the credential alone.
        account: id of the account.
        person: id of the person.
        now: the moment of asking.
        role: the role that the credential states; it is newer than the one kept.
        locale: the language that this person reads now, where the host says it.
        sources: who else is asked about this customer; what they say is laid over what we keep.
        playbook: the features and meters that they are asked about.
    """
    return read_customer(
        store,
        tenant=tenant,
        account=account,
        person=person,
        now=now,
        role=role,
        locale=locale,
        sources=sources,
        playbook=playbook,
    ).customer


def read_customer(
    store: Store,
    *,
    tenant: str,
    account: str,
    person: str,
    now: datetime,
    role: str | None = None,
    locale: str | None = None,
    sources: Sources | None = None,
    playbook: Playbook | None = None,
) -> Met:
    """The same as `customer_of`, for whoever will claim what is shown."""
    known = get_customer(store, tenant, account, person, since=now - LOOK_BACK)
    customer = known.customer
    said = {"role": role, "locale": locale}
    changed = {key: value for key, value in said.items() if value is not None}
    if changed:
        who = Person.model_validate({**customer.person.model_dump(), **changed})
        customer = customer.model_copy(update={"person": who})
    if not known.account_known:
        customer = customer.model_copy(update={"unavailable": ("account",)})
    customer = customer.at(now)
    if sources is not None:
        customer = sources.over(customer, store, now, playbook)
    return Met(customer, known.n_showings)
