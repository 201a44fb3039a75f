"""Who of an account's people may be told of an offer that nobody asked for."""

from __future__ import annotations

from collections.abc import Iterable

from skill.model.account import Person
from skill.model.playbook import Playbook

_ALL_OFFERS = frozenset({"all", "offers"})
"""Who opted out of one of these is told of none; what is narrower is judged with the decision."""

NOBODY_KNOWN = "no person of this account is known"
NOBODY_BUYS = "nobody known in this account may buy and is told of offers"


def recipients(playbook: Playbook, people: Iterable[Person]) -> tuple[Person, ...]:
    """The people who can act on an offer and did not opt out; whether one may be made to them is decided for each.

    A role that nobody told, or that no Topic knows, is none that may buy.
    """
    return tuple(p for p in people if _may_buy(playbook, p) and _ALL_OFFERS.isdisjoint(p.opted_out))


def unreached(people: Iterable[Person]) -> str:
    """Why nobody of these people was told."""
    return NOBODY_BUYS if any(True for _ in people) else NOBODY_KNOWN


def _may_buy(playbook: Playbook, person: Person) -> bool:
    role = playbook.roles.get(person.role or "")
    return role is not None and role.can_buy and role.is_told
