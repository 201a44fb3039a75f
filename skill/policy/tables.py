"""What follows from a Playbook alone: worked out once for each, and kept as long as that very Playbook is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.rules import Threshold

KEPT = 32
"""Playbooks whose tables are kept: a server holds a few, and an editor makes a new one with each word."""
Made = TypeVar("Made")


class _Known:
    """A playbook as a key: equal only to itself, so that a table never speaks for another one."""

    __slots__ = ("playbook",)

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook

    def __hash__(self) -> int:
        return hash(self.playbook.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.playbook is self.playbook


def of_playbook(make: Callable[[Playbook], Made]) -> Callable[[Playbook], Made]:
    """The same function, that works something out once for each Playbook."""
    kept = lru_cache(maxsize=KEPT)(lambda known: make(known.playbook))
    return lambda playbook: kept(_Known(playbook))


class Tables(NamedTuple):
    """What is looked up in a Playbook again and again, by what it is looked up with."""

    plans: tuple[Bundle, ...]
    """Every plan, in the order of the Topics."""
    holding: Mapping[str, tuple[Bundle, ...]]
    """By feature, the bundles that unlock it, in the order of the Topics."""
    raising: Mapping[str, tuple[Bundle, ...]]
    """By meter, the bundles with a row for it, in the order of the Topics."""
    unlocks: Mapping[str, frozenset[str]]
    """By bundle, the features that it unlocks."""
    rows: Mapping[str, tuple[Threshold, ...]]
    """By signal, its threshold row; two that were written alike are both there."""
    metered: Mapping[str, str]
    """By meter, the first feature that it limits."""


@of_playbook
def tables_of(playbook: Playbook) -> Tables:
    """The tables of a Playbook."""
    bundles = tuple(playbook.bundles.values())
    features = playbook.features.values()
    return Tables(
        plans=tuple(b for b in bundles if b.sold_as is SoldAs.PLAN),
        holding=_gathered((key, b) for b in bundles for key in dict.fromkeys(b.unlocks)),
        raising=_gathered((m, b) for b in bundles for m in dict.fromkeys(r.meter for r in b.limits)),
        unlocks={key: frozenset(b.unlocks) for key, b in playbook.bundles.items()},
        rows=_gathered((row.key, row) for row in playbook.thresholds),
        metered={m: f.key for f in reversed(tuple(features)) for m in reversed(f.meters)},
    )  # fmt: skip


def _gathered(pairs: Iterable[tuple[str, Made]]) -> Mapping[str, tuple[Made, ...]]:
    found: dict[str, list[Made]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
