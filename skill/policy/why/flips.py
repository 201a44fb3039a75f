"""Flips: the smallest set of changes after which an offer is made, found and proven by deciding again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from skill.policy.why.cases import Case, Option, applied

MOST_CHANGES = 3
"""More changes than this at once explain nothing to anybody."""
MOST_CANDIDATES = 16
"""At most so many changes are tried for an offer: alone, in pairs and in threes that is at most 696 decisions."""

MOST_DECISIONS = 2_000
"""At most so many decisions are made for one report, whatever it is about; for one offer alone that is enough."""


class Flip(NamedTuple):
    """What came of the search for one offer."""

    changes: tuple[Option, ...] = ()
    """The smallest set; empty where none of the sets leads to the offer."""
    n_candidates: int = 0
    n_left_out: int = 0
    n_tried: int = 0
    is_whole: bool = True
    """False where the report's decisions were spent before every set was tried."""


class Tried:
    """What is offered after a set of changes; each set is decided once, whatever is asked about it."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._offered: dict[frozenset[str], frozenset[str]] = {}
        self._known: dict[str, Option] = {}

    def one(self, option: Option) -> Option:
        """The change that this sentence stands for: one sentence never stands for two, wherever it is asked for."""
        known = self._known.setdefault(option.change.said, option)
        return known._replace(change=option.change)

    def offered(self, chosen: tuple[Option, ...]) -> frozenset[str] | None:
        """Keys of every bundle that is offered then, steps on the way to one among them; None once too much was decided."""
        key = frozenset(o.change.said for o in chosen)
        if key not in self._offered:
            if len(self._offered) >= MOST_DECISIONS:
                return None
            made = applied(self._case, chosen).decided().offers
            self._offered[key] = frozenset(s.bundle for o in made for s in o.unlock.steps)
        return self._offered[key]


def candidates(options: Iterable[Option]) -> tuple[tuple[Option, ...], int]:
    """The changes that are tried, and how many are left out: the first of each slot before any second one."""
    slots: dict[str, dict[str, Option]] = {}
    for one in options:
        slots.setdefault(one.slot, {}).setdefault(one.change.said, one)
    rounds: list[Option] = []
    rows = [list(slot.values()) for slot in slots.values()]
    for n in range(max(map(len, rows), default=0)):
        rounds += [row[n] for row in rows if n < len(row)]
    return tuple(rounds[:MOST_CANDIDATES]), max(len(rounds) - MOST_CANDIDATES, 0)


def sets(options: tuple[Option, ...], size: int) -> Iterator[tuple[Option, ...]]:
    """Every set of this size whose changes do not contradict each other."""
    for chosen in combinations(options, size):
        if len({o.slot for o in chosen}) == size:
            yield chosen


def smallest(key: str, options: Iterable[Option], tried: Tried) -> Flip:
    """The smallest set of changes after which this bundle is offered: one, then two, then three."""
    found, left_out = candidates(tried.one(o) for o in options)
    n = 0
    for size in range(1, MOST_CHANGES + 1):
        for chosen in sets(found, size):
            after = tried.offered(chosen)
            if after is None:
                return Flip((), len(found), left_out, n, is_whole=False)
            n += 1
            if key in after:
                return Flip(chosen, len(found), left_out, n)
    return Flip((), len(found), left_out, n)
