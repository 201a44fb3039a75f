"""Whole customers put into the store at once, as a host would report them piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from skill.model.account import Customer
from skill.store.accounts import Beside, put_account, put_person
from skill.store.engine import Store
from skill.store.usage import EventEntry, UsageEntry, add_usage


def put_customers(
    store: Store, tenant: str, customers: Iterable[Customer], *, at: datetime
) -> None:
    """Report these customers to the store; the people of an account stand together."""
    reported: set[str] = set()
    for customer in customers:
        account = customer.account.id
        if account not in reported:
            reported.add(account)
            _put_account(store, tenant, customer, at)
        put_person(store, tenant, account, customer.person, at=at)


def _put_account(store: Store, tenant: str, customer: Customer, at: datetime) -> None:
    account = customer.account
    beside = Beside(
        facts=customer.facts,
        tickets=customer.tickets,
        incidents=customer.incidents,
        history=customer.history,
    )
    put_account(store, tenant, account, beside, at=at)
    usage = [
        UsageEntry(id=f"{account.id}-{n}", account=account.id, **reading.model_dump())
        for n, reading in enumerate(customer.usage)
    ]
    events = [EventEntry(account=account.id, **event.model_dump()) for event in customer.events]
    add_usage(store, tenant, usage, events)
