"""Signals over time: each fires once when it comes to hold, and is resolved when it has stopped holding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from skill.model.decision import Signal
from skill.model.rules import State, Truth

States = Mapping[str, State]
"""The state of each signal of one account, by the signal's key."""
FRESH = State()


@dataclass(frozen=True, slots=True)
class After:
    """What a new judgement changed."""

    states: States
    """The states from now on: what the next judgement is compared with."""
    fired: tuple[Signal, ...]
    """Signals that came to hold, in the order of their rows; each is told once."""
    resolved: tuple[str, ...]
    """Keys of signals that have stopped holding, and may fire again."""


def after(before: States, now_signals: Sequence[Signal]) -> After:
    """The states after a judgement, with what fired and what was resolved.

    What is unknown neither fires nor resolves: a reading that came late makes nobody ready twice. A row that
    crosses milestones fires once for each; falling below one lets it fire again. A row that the Topics no
    longer hold is resolved, for nothing speaks for it any more.
    """
    states: dict[str, State] = {}
    fired: list[Signal] = []
    resolved: list[str] = []
    for signal in now_signals:
        state = before.get(signal.key, FRESH)
        if signal.truth is Truth.TRUE:
            crossed = milestone(signal)
            if not state.holds or _is_higher(crossed, state.milestone):
                fired.append(signal)
            states[signal.key] = State(holds=True, milestone=crossed)
            continue
        if signal.truth is Truth.FALSE and state.holds:
            resolved.append(signal.key)
            state = FRESH
        states[signal.key] = state
    gone = [key for key, state in before.items() if key not in states and state.holds]
    return After(states, tuple(fired), (*resolved, *gone))


def milestone(signal: Signal) -> Decimal | None:
    """The milestone that a signal's row has crossed; None for every other row."""
    told = signal.figures.get("milestone")
    return Decimal(told.replace(",", "")) if told else None


def _is_higher(crossed: Decimal | None, before: Decimal | None) -> bool:
    return crossed is not None and (before is None or crossed > before)
