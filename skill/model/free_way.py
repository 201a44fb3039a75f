"""Ways that cost nothing: doing it today with what is there, or waiting for a day that is near."""

from __future__ import annotations

from datetime import date

from skill.model.common import Frozen


class Wait(Frozen):
    """A limit that is used up begins again so soon that waiting solves the question."""

    meter: str
    """Key of the meter."""
    day: date
    """The day on which it begins again, in UTC as meters are."""
    n_days: int
    """How many days until then; 1 is tomorrow."""
