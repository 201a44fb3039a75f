"""Slots about a limit that begins again soon: the day, and how many days until then."""

from __future__ import annotations

from skill.agent.languages import Value, Values
from skill.model.decision import Decision
from skill.model.free_way import Wait

SOURCE = "calendar"
"""The day follows from how the meter resets and from the moment of asking."""


def of_wait(rests: Wait, decision: Decision) -> Values:
    """The day on which a meter begins again, and the days until then."""
    name = f"reset.{rests.meter}"
    return {
        "reset_day": Value(rests.day.isoformat(), name, SOURCE, decision.now),
        "reset_days": Value(str(rests.n_days), f"{name}.days", SOURCE, decision.now),
    }
