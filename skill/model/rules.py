"""Rules and thresholds as trees: read once by the compiler, judged by the policy, never as text again."""

from __future__ import annotations

from collections.abc import Set
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from skill.model.common import Frozen, slug
from skill.model.topic import Span


class Truth(StrEnum):
    """The three values of a rule; unknown never sells."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Compare(Frozen):
    """`TRAIT is VALUE`, `TRAIT is at least 25,000`: one fact against one value."""

    op: Literal["is", "is_not", "at_least", "at_most", "more_than", "less_than"]
    subject: str
    """Key of what is asked about: a trait, `role`, `plan`, ..., or the audience, moment, signal, bundle or feature."""
    value: str | Decimal
    """A key for words, an exact number for amounts."""
    currency: str | None = None
    about: Literal["fact", "audience", "moment", "signal", "use"] = "fact"
    """What `subject` names: anything but a fact is `true` or not; `use` is a feature that was used lately."""
    kind: Literal["compare"] = "compare"


class Both(Frozen):
    """All parts hold; without parts it is everybody."""

    parts: tuple[Rule, ...]
    kind: Literal["and"] = "and"


class Either(Frozen):
    """At least one part holds."""

    parts: tuple[Rule, ...]
    kind: Literal["or"] = "or"


Rule = Compare | Both | Either


class Count(Frozen):
    """What a threshold counts: a meter's reading, attempts at a feature, views of a page, events, or a fact."""

    what: Literal["meter", "attempts", "attempts_in", "views", "events", "fact", "ratio"]
    name: str
    """Key of the meter, feature, bundle or fact; the name of the event or page."""
    other: str = ""
    """The second meter of a ratio."""
    where: tuple[tuple[str, str], ...] = ()
    """Properties that an event must have."""


class Holds(Frozen):
    """When it holds: a comparison with a figure, or with the share of the limit that applies."""

    op: Literal[
        "at_least_percent_of_limit",
        "at_least_percent_of_commit",
        "at_least",
        "more_than",
        "at_most_left",
        "at_most",
        "less_than",
        "crosses",
        "grew_percent",
        "grew",
        "on_pace",
        "is",
    ]
    figures: tuple[Decimal, ...] = ()
    word: str = ""
    """The value of `is`, or the unit of a duration."""


class Window(Frozen):
    """Over which time: now, this period, the last N units, N of the last M days, each of the last N weeks."""

    kind: Literal["now", "period", "last", "sustained", "each"]
    n: int = 0
    """Length of the window in `unit`; for `sustained`, of how many."""
    at_least: int = 0
    """For `sustained`: on how many of them."""
    unit: Literal["hour", "day", "week", "month", ""] = ""


DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
"""Days in a unit of the calendar; shorter units measure how long something takes, and are no dates."""
_COMPARED = ("at_least", "more_than", "at_most", "less_than")


def days_in(holds: Holds) -> int | None:
    """Days in the unit that a figure is compared in; None where it is no unit of the calendar."""
    return DAYS.get(holds.word.lower().removesuffix("s")) if holds.op in _COMPARED else None


def is_of_time(count: Count, holds: Holds, dates: Set[str]) -> bool:
    """Whether a count rests on the calendar alone: a fact compared in days or longer, or a trait that is a date.

    `dates` are the keys of the traits that are dates.
    """
    is_date = days_in(holds) is not None or slug(count.name) in dates
    return count.what == "fact" and is_date


class Threshold(Frozen):
    """One row of usage-thresholds: when a signal holds, what it means, and for which offer."""

    key: str
    signal: str
    counts: tuple[Count, ...]
    """Two counts joined with `and` must both hold."""
    holds: Holds
    window: Window
    means: Literal["warming", "ready"]
    offer: str
    """Key of the bundle that the signal speaks for."""
    audience: str = ""
    span: Span


class Distance(Frozen):
    """How far a false row is from holding: the figure that is missing, in the row's own unit."""

    figure: Decimal
    """Never negative; zero where `more than` or `less than` stands exactly on its figure."""
    unit: str
    """The meter's unit, `times`, `%`, `days` or another unit of time; empty for a bare number."""


class State(Frozen):
    """Where a signal stands after everything that was known so far: whether it fired and has not stopped holding."""

    holds: bool = False
    """True from the moment it fired until it was known not to hold."""
    milestone: Decimal | None = None
    """The milestone that stands crossed, for a row that `crosses` some; a higher one fires again."""
