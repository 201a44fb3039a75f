"""The people of an account, each as a customer of their own, for what nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from skill.model.account import Person
from skill.model.playbook import Playbook
from skill.policy.reaching import Fired, Reach, reach
from skill.policy.recipients import recipients, unreached
from skill.sources.own import Met, read_customer
from skill.store.accounts import people_of
from skill.store.engine import Store


class Reading(NamedTuple):
    """Where people, and what restrains for each of them, are read."""

    store: Store
    playbook: Playbook
    is_own: bool
    """Whether the account came from our own store, which then knows its people."""
    shadow: bool = False
    """Reach nobody, and tell who would have been reached."""


def reach_of(
    reading: Reading, fired: Fired, stops: frozenset[str], new_id: Callable[[], str]
) -> tuple[Reach, int]:
    """Whom a signal of this account reaches, on what is known now; with the number of showings that this rests on.

    Where the account comes from somewhere else and nobody in it is known here, its owner is told.
    """
    account = fired.account
    people = people_of(reading.store, account.tenant, account.account.id)
    met = [_as(reading, fired, person) for person in recipients(reading.playbook, people)]
    found = reach(
        reading.playbook,
        fired,
        [one.customer for one in met],
        nobody="" if met else unreached(people),
        owner_instead=not reading.is_own and not people,
        stops=stops,
        new_id=new_id,
        shadow=reading.shadow,
    )
    # Who was read before something else was shown knows less than the others: then the claim is lost, and all are read again.
    return found, min((one.n_showings for one in met), default=0)


def _as(reading: Reading, fired: Fired, person: Person) -> Met:
    """This person in the account, with what restrains read afresh."""
    account, now = fired.account, fired.decision.now
    own = read_customer(
        reading.store,
        tenant=account.tenant,
        account=account.account.id,
        person=person.id,
        now=now,
    )
    told = own.customer
    customer = account.model_copy(
        update={
            "person": told.person,
            "history": told.history,
            "tickets": told.tickets,
            "incidents": told.incidents,
        }
    )
    return Met(customer, own.n_showings)
