"""Offers where none may be made: made-up worlds put into each situation in which nothing may be sold, and what is offered there.

A naive seller decides the same worlds, and has to be found out in every situation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings

from evals.proof.law_worlds import NOW, World, worlds
from evals.proof.laws import steps
from skill.model.account import Customer, Event, Past, Reading, Right, Ticket
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.money import PriceKind

Put = Callable[[World], World | None]
"""A world put into a situation; None where it cannot be."""
NEED = Decimal(10**6)
_ANY_PRICE = (PriceKind.CONTACT, PriceKind.FREE)


@dataclass
class Judged:
    """One situation: in how many worlds it was looked at, and what was offered there."""

    n: int = 0
    n_elsewhere: int = 0
    """Of them, worlds in which an offer is made where nothing is changed."""
    offered: list[str] = field(default_factory=list)
    """Offers that may not be made."""


def _asks(world: World) -> bool:
    return world.meaning.outcome is Outcome.FEATURE


def _account(world: World, **changes: object) -> World:
    account = world.customer.account.model_copy(update=changes)
    return replace(world, customer=world.customer.model_copy(update={"account": account}))


def _customer(world: World, **changes: object) -> World:
    return replace(world, customer=world.customer.model_copy(update=changes))


def has_access(world: World) -> World | None:
    """The asker was granted what they ask about."""
    if not _asks(world):
        return None
    keys = world.meaning.features
    account = world.customer.account
    kept = tuple(r for r in account.removals if r.name not in keys)
    rights = (*account.grants, *(Right(name=key) for key in keys))
    asked = world.meaning.model_copy(update={"meter": None, "need": None, "wants": "access"})
    return replace(
        _account(_customer(world, usage=()), grants=rights, removals=kept), meaning=asked
    )


def limit_covers_it(world: World) -> World | None:
    """The amount asked about fits into the limit that was agreed, or is just all of it."""
    if not _asks(world):
        return None
    metered = next((k for k in world.meaning.features if world.playbook.features[k].meters), None)
    if metered is None:
        return None
    meter = world.playbook.features[metered].meters[0]
    there = has_access(replace(world, meaning=_of_one(metered)))
    if there is None:
        return None
    need = NEED if world.max_offers % 2 else NEED / 2
    asked = there.meaning.model_copy(update={"meter": meter, "need": need, "wants": "enough"})
    return replace(_account(there, limits={meter: NEED}), meaning=asked)


def _of_one(feature: str) -> Meaning:
    return Meaning(outcome=Outcome.FEATURE, features=(feature,))


def not_sold(world: World) -> World | None:
    """They hold a plan that no Topic knows, so that nobody can say what is sold to them."""
    return _account(world, plan="platinum", grants=(), bundles=())


def not_sold_in_their_currency(world: World) -> World | None:
    """They pay in a currency that no price line is in; what has no price, or is free, may still be talked about."""
    return _account(world, currency="CHF")


def suppressed(world: World) -> World | None:
    """A situation of restraint holds: which, differs from world to world."""
    who = world.customer
    never = tuple(
        Past(kind="never", offer=key, at=NOW - timedelta(days=1)) for key in world.playbook.bundles
    )
    ticket = Ticket(id="t", opened_at=NOW - timedelta(hours=3))
    ways: tuple[World, ...] = (
        _customer(world, tickets=(ticket,)),
        _customer(world, person=who.person.model_copy(update={"opted_out": ("offers",)})),
        replace(world, surface=Surface.PUBLIC_DIRECTORY),
        _customer(world, history=(*who.history, *never)),
    )
    return ways[(len(who.usage) + len(who.events) + world.max_offers) % len(ways)]


def fact_unknown(world: World) -> World | None:
    """A fact is missing without which nobody can say that an offer is right: which, differs from world to world."""
    ways = (
        _account(world, traits={}),  # whether a person looks after them, which both companies ask
        _customer(world, unavailable=("account",)),
        _customer(world, unavailable=("history",)),
        _stale(world),
    )
    return ways[(len(world.customer.usage) + world.max_offers) % len(ways)]


def _stale(world: World) -> World:
    """Nobody asked, and all that is known of their use is from long ago."""
    long_ago = NOW - timedelta(days=400)
    meters = world.playbook.meters
    usage = tuple(Reading(meter=key, at=long_ago, value=NEED) for key in meters)
    heard = (Event(id="e", name="page_closed", at=long_ago),)
    meaning = Meaning(outcome=Outcome.SIGNAL)
    bare = _account(world, traits={"segment": "smb", "touch": "low"})
    return replace(_customer(bare, usage=usage, events=heard, facts=()), meaning=meaning)


SITUATIONS: Mapping[str, Put] = {
    "has access": has_access,
    "the limit covers it": limit_covers_it,
    "not sold: an unknown plan": not_sold,
    "not sold: no price in their currency": not_sold_in_their_currency,
    "suppressed": suppressed,
    "a fact is unknown": fact_unknown,
}


def against(situation: str, world: World, made: Decision) -> Iterator[str]:
    """The offers of a decision that may not be made in this situation."""
    for offer in made.offers:
        if situation == "not sold: no price in their currency":
            lines = [p for b in steps(world, offer) for p in b.prices if p.kind not in _ANY_PRICE]
            if all(p.currency in (None, "CHF") for p in lines):
                continue
        yield f"{world.company}: {offer.bundle} is offered to {world.customer.account.plan}"


def judge(
    n_worlds: int,
    decided: Callable[[World], Decision] = World.decided,
    progress: Callable[[int], None] = lambda _: None,
) -> Mapping[str, Judged]:
    """So many made-up worlds, each put into every situation that it can be in."""
    found = {name: Judged() for name in SITUATIONS}
    seen = 0

    @settings(
        max_examples=n_worlds,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds())
    def every_situation(world: World) -> None:
        nonlocal seen
        seen += 1
        progress(seen)
        elsewhere = bool(world.decided().offers)
        for name, put in SITUATIONS.items():
            there = put(world)
            if there is None:
                continue
            one = found[name]
            one.n += 1
            one.n_elsewhere += elsewhere
            one.offered += against(name, there, decided(there))

    every_situation()
    return found


def seller(world: World) -> Decision:
    """A naive decider that forgets who is asked about: it decides for an account against which nothing speaks."""
    free = Customer.model_validate(
        {
            "account": {"plan": "starter", "region": "EU", "currency": "EUR",
                        "traits": {"segment": "smb", "touch": "low"}},
            "person": {"role": "admin"},
            "facts": [{"name": n, "value": 40, "as_of": NOW - timedelta(hours=1)}
                      for n in ("successful_runs", "boards_shared")],
        }
    )  # fmt: skip
    return replace(world, surface=Surface.IN_PRODUCT, max_offers=2).decided(free)
