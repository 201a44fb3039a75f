"""Signals: what each threshold row says about this account now; the order of judging on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from skill.model.account import Customer
from skill.model.decision import Signal
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy import rules
from skill.policy.signals.record import Record
from skill.policy.signals.thresholds import Judged, compiled, compiled_moments

_TRUE = Truth.TRUE
YES_WORDS = ("true", "yes", "reached", "1")
"""Words by which a fact says that a moment is reached."""


def moments(record: Record) -> dict[str, Truth]:
    """Every moment of the journey: reached, not, or unknown; its own fact goes before its rule."""
    measured = compiled_moments(record.playbook)
    found: dict[str, Truth] = {}
    for key in record.playbook.moments:
        own = record.known(key)
        if own is not None:
            found[key] = Truth.TRUE if str(own).lower() in YES_WORDS else Truth.FALSE
        else:
            found[key] = measured[key](record).truth if key in measured else Truth.UNKNOWN
    return found


def signals(
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    reached: Mapping[str, Truth] | None = None,
) -> tuple[Signal, ...]:
    """Every threshold row as a signal: true, false or unknown; unknown names what was missing.

    `reached` holds the moments of the journey, for audiences whose rules name them.
    """
    return tuple(one.signal for one in judged(Record(playbook, customer, now), reached))


def judged(record: Record, reached: Mapping[str, Truth] | None = None) -> tuple[Judged, ...]:
    """Every threshold row of a record that is at hand, with how far each false one is from holding."""
    standing = rules.Standing(moments=reached or {})
    return tuple([judge(record, standing) for judge in compiled(record.playbook)])


def standing(found: Sequence[Signal], ready: Truth, reached: Mapping[str, Truth]) -> rules.Standing:
    """What rules may ask about: readiness, signals and moments."""
    return rules.Standing(
        ready=ready, signals={s.key: s.truth for s in found}, moments=dict(reached)
    )


def holding(found: Sequence[Signal], offer: str) -> tuple[Signal, ...]:
    """The signals that hold for an offer, ready ones first."""
    mine = [s for s in found if s.truth is _TRUE and s.offer == offer]
    return tuple(sorted(mine, key=lambda s: s.means != "ready"))
