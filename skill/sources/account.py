"""An account of our own store without a person: what its readiness is told from."""

from __future__ import annotations

from datetime import datetime

from skill.errors import NotFound
from skill.model.account import Customer
from skill.model.playbook import Playbook
from skill.sources.configured import Sources
from skill.sources.own import customer_of
from skill.store.engine import Store

NOBODY = ""
"""The id of no person: nothing can be told about somebody without one."""


def account_of(
    store: Store,
    *,
    tenant: str,
    account: str,
    now: datetime,
    sources: Sources | None = None,
    playbook: Playbook | None = None,
) -> Customer:
    """What we know about this account now, whoever asks.

    One of which only usage or events were reported is known too: its limits are not, and nothing is sold to it.
    Other sources are asked about accounts that we know, and about no others.

    Args:
        store: where it is kept.
        tenant: whose account.
        account: its id.
        now: the moment that is told of.
        sources: who else is asked about it; what they say is laid over what we keep.
        playbook: the features and meters that they are asked about.

    Raises:
        NotFound: this tenant has told us nothing about an account of that id.
    """
    customer = customer_of(store, tenant=tenant, account=account, person=NOBODY, now=now)
    told = (customer.usage, customer.events, customer.facts, customer.tickets, customer.history)
    if "account" in customer.unavailable and not any(told):
        raise NotFound("there is no such account")
    return customer if sources is None else sources.over(customer, store, now, playbook)
