"""How likely an offer is taken: the Topics' own priors until enough was offered to count what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from skill.model.common import slug
from skill.model.playbook import Bundle, Playbook

ENOUGH = 100
"""Showings before counting goes before the prior: a share of 5 % is then known to about four points either way."""
_PRIOR = re.compile(r'\s*(?:"(?P<quoted>[^"]+)"|(?P<name>[^,"]+?))\s+(?P<share>\d+(?:\.\d+)?)\s?%')


class Came(NamedTuple):
    """What came of an offer so far."""

    n_shown: int
    n_taken: int


Outcomes = Mapping[str, Came]
"""What came of each bundle's offers, by its key."""
NONE_YET: Outcomes = MappingProxyType({})


class Chance(NamedTuple):
    """The share of those offered who take it, and where that is from; none where no Topic says and too few were asked."""

    share: Decimal | None
    source: str


def chance(playbook: Playbook, bundle: Bundle, outcomes: Outcomes = NONE_YET) -> Chance:
    """How likely this bundle is taken by who is offered it."""
    came = outcomes.get(bundle.key)
    if came is not None and came.n_shown >= ENOUGH:
        share = Decimal(came.n_taken) / came.n_shown
        return Chance(share, f"{came.n_taken} of {came.n_shown} who were offered it")
    own = _priors(playbook.settings.get("priors", "")).get(bundle.key)
    if own is not None:
        return Chance(own, f"prior of `{bundle.name}`{_place(playbook, 'priors')}")
    general = _PERCENT.fullmatch(playbook.settings.get("prior", "").strip())
    if general is not None:
        return Chance(Decimal(general["share"]) / 100, f"prior{_place(playbook, 'prior')}")
    return Chance(None, "no Topic holds a prior for it")


_PERCENT = re.compile(r"(?P<share>\d+(?:\.\d+)?)\s?%")


@lru_cache(maxsize=64)
def _priors(text: str) -> Mapping[str, Decimal]:
    """`Team 8%, Connect Pack 12%` by key; the compiler has made sure of its form."""
    return {
        slug(found["quoted"] or found["name"].lstrip(", ")): Decimal(found["share"]) / 100
        for found in _PRIOR.finditer(text)
    }


def _place(playbook: Playbook, key: str) -> str:
    places = (t.places[key] for t in playbook.topics if key in t.settings and key in t.places)
    place = next(places, None)
    return f" ({place})" if place is not None else ""
