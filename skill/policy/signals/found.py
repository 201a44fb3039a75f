"""What judging one count of a threshold gives: its value of truth, figures, evidence, what was missing, and how far off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import NamedTuple

from skill.model.common import plain_number
from skill.model.rules import Holds, Truth
from skill.policy.signals.record import Record

_PLACES = 4
"""Digits behind the point that a measured value may have and still be told as it is."""
NOTHING: Mapping[str, str] = MappingProxyType({})
Off = tuple[Decimal, str]
"""How far a count is from holding: the figure that is missing, and its unit."""


class Found(NamedTuple):
    """One count of a row, judged."""

    truth: Truth
    figures: Mapping[str, str] = NOTHING
    """Slots that its wording may use; they are told only where the whole row holds."""
    evidence: tuple[str, ...] = ()
    """Names of the facts it was judged from, where they are not what its count names."""
    missing: tuple[str, ...] = ()
    """What was wanted and not known."""
    distance: Off | None = None
    """How far a false one is from holding; None where no figure says so, as with an unlimited meter."""


Part = Callable[[Record], Found]
"""One count of a row, compiled: what it says about an account at a moment."""


def unknown(*missing: str, evidence: tuple[str, ...] = ()) -> Found:
    """Nobody can say, for want of these."""
    return Found(Truth.UNKNOWN, missing=missing, evidence=evidence)


def never(*missing: str) -> Part:
    """A count that this form cannot be judged of: unknown, whoever is asked about."""
    found = unknown(*missing)
    return lambda _: found


_TRUE, _FALSE, _UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def truth_of(holds: bool) -> Truth:
    """True or false."""
    return _TRUE if holds else _FALSE


def all_of(values: Iterable[Truth]) -> Truth:
    """`and` in Kleene's logic: one false is enough, and unknown stays unknown beside what is true."""
    found = set(values)
    if _FALSE in found:
        return _FALSE
    return _UNKNOWN if _UNKNOWN in found else _TRUE


COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "at_least": ge,
    "more_than": gt,
    "at_most": le,
    "less_than": lt,
}
"""A value against its figure: `at least` and `at most` hold exactly on it."""


def lacking(value: Decimal, bar: Decimal, unit: str) -> Off:
    """How far a value is from its figure, whichever side it has to come from."""
    return abs(bar - value), unit


def shown(value: Decimal) -> str:
    """A value as people read it; a quotient that goes on and on is told to two places."""
    exponent = value.as_tuple().exponent
    is_long = isinstance(exponent, int) and exponent < -_PLACES
    return plain_number(round(value, 2) if is_long else value)


def plain_figure(holds: Holds) -> Decimal:
    """The figure of a form that has one."""
    return holds.figures[0] if holds.figures else Decimal(0)


def milestone_of(value: Decimal, milestones: tuple[Decimal, ...]) -> Decimal | None:
    """The last milestone that a value stands at or past."""
    return max((m for m in milestones if m <= value), default=None)
