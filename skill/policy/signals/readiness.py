"""Readiness: quiet, warming or ready for an offer, from the signals that speak for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skill.model.decision import Readiness, Signal
from skill.model.readiness import Level
from skill.model.rules import Truth
from skill.policy.signals.told import DATE

_TRUE, _FALSE = Truth.TRUE, Truth.FALSE
_SUREST: tuple[Level, ...] = ("ready", "unknown", "warming")


def readiness(offer: str, found: Sequence[Signal]) -> Readiness:
    """The verdict for one offer.

    Ready takes one `ready` row or two `warming` rows that hold; unknown where only what is not known could make it so.
    A row that rests on a date alone counts for nothing here: it narrows a play or an audience, and makes nobody ready.
    Source: topics-format "How a threshold is said".
    """
    level, holding = level_of([s for s in found if s.offer == offer])
    return Readiness(offer=offer, level=level, signals=tuple([s.key for s in holding]))


def level_of(mine: Sequence[Signal]) -> tuple[Level, list[Signal]]:
    """The level that the signals of one offer make, and those of them that hold."""
    counted = [s for s in mine if s.truth is not _FALSE and not is_date_alone(s)]
    holding = [s for s in counted if s.truth is _TRUE]
    if _is_ready(holding):
        return "ready", holding
    if _is_ready(counted):
        return "unknown", holding
    return ("warming" if holding else "quiet"), holding


def surest(levels: Iterable[Level]) -> Level:
    """The level of an account, from those of its offers: ready, else unknown, else warming, else quiet."""
    of_offers = set(levels)
    return next((level for level in _SUREST if level in of_offers), "quiet")


def is_date_alone(signal: Signal) -> bool:
    """Whether a signal rests on the calendar and on nothing that the account did."""
    evidence = signal.evidence
    return bool(evidence) and all(e.startswith(DATE) for e in evidence)


def _is_ready(signals: Sequence[Signal]) -> bool:
    return any(s.means == "ready" for s in signals) or len(signals) > 1


def of_account(found: Sequence[Signal]) -> Truth:
    """Whether the account is ready for anything: what `upsell_readiness is ready` asks."""
    mine: dict[str, list[Signal]] = {}
    for signal in found:
        if signal.truth is not _FALSE:  # what does not hold makes nobody ready
            mine.setdefault(signal.offer, []).append(signal)
    levels = {level_of(own)[0] for own in mine.values()}
    if "ready" in levels:
        return Truth.TRUE
    return Truth.UNKNOWN if "unknown" in levels else Truth.FALSE
