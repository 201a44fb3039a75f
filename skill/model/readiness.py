"""What is told of one account: every signal with its figures, how far each is from holding, and every limit with its use."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import PlainSerializer

from skill.model.common import Frozen
from skill.model.rules import Truth


def _written(value: Decimal) -> str:
    """An exact decimal without an exponent: `100`, never `1E+2`."""
    return format(value, "f")


Figure = Annotated[Decimal, PlainSerializer(_written, return_type=str, when_used="json")]
"""An exact decimal; a string in JSON."""
Level = Literal["quiet", "warming", "ready", "unknown"]


class Amount(Frozen):
    """A figure with its unit."""

    figure: Figure
    unit: str
    """A meter's unit, `times`, `%`, `days` or another unit of time; empty for a bare number."""


class Allowance(Frozen):
    """The limit that applies to the account, and from where it has it."""

    value: Figure | Literal["unlimited"]
    source: str
    """`plan`, `add-on`, `grant`, or several as `plan and add-on`; `override`; `commit` for what a contract commits to."""
    names: tuple[str, ...] = ()
    """Names of the bundles that give it."""
    topic: str = ""
    """File of the Topic that says the value, where one row does."""
    line: int | None = None


class Measured(Frozen):
    """One count, as it stands now."""

    counts: str
    """What is counted, as a Topic says it: `seats`, `events: csv_export`."""
    truth: Truth
    value: Figure | str | None = None
    """The figure that is compared; a word or a date's days for a fact; nothing where it is not known."""
    unit: str = ""
    limit: Allowance | None = None
    """Of a meter; nothing where nobody knows it, and for what has none."""
    share: Figure | None = None
    """Of the limit, to four places; past 1 where more is used."""
    grown: Amount | None = None
    """How much it grew over the window, where that is compared; negative where it fell."""
    projected: Figure | None = None
    """What is used when the period ends, if it goes on like this; of a pace that is old enough to tell."""
    projected_day: date | None = None
    """The day on which the limit is reached at this pace, where the account is."""
    as_of: datetime | None = None
    """When the newest reading, event or fact it rests on was so; for a count of none, the newest event of any name."""
    stale: bool = False
    """Whether something was told that is too old to count, or was told before the meter began again."""
    missing: tuple[str, ...] = ()
    """What was wanted and not known."""
    distance: Amount | None = None
    """How far a false one is from holding; nothing where no figure says so, as with an unlimited meter."""


class SignalTold(Measured):
    """One row of the thresholds. Its figures are those of the count that decides it; `truth` is the whole row's."""

    key: str
    name: str
    means: Literal["warming", "ready"]
    offer: str
    """Key of the bundle that it speaks for."""
    offer_name: str
    holds_when: str = ""
    """As the Topic says it: `at least 80% of limit`."""
    window: str
    """As the Topic says it: `3 of the last 7 days`."""
    audience: str = ""
    """Name of the audience that it asks for; empty is everybody."""
    in_audience: Truth | None = None
    """Whether the account belongs to it; nothing where it asks for none."""
    holding_since: datetime | None = None
    """When it came to hold, as the sweeps saw it; nothing where it does not hold, or no sweep has seen it."""
    beside: tuple[Measured, ...] = ()
    """The further counts of a row that joins several with `and`."""
    topic: str
    line: int


class MomentTold(Frozen):
    """One moment of the journey."""

    key: str
    name: str
    truth: Truth
    """Whether it is reached."""
    when: str
    """As the Topic says it."""
    measured: Measured | None = None
    """Its figures, where a Topic measures it and no fact of its own name tells it."""
    topic: str
    line: int


class OfferReadiness(Frozen):
    """The verdict for one offer that signals speak for."""

    offer: str
    name: str
    level: Level
    signals: tuple[str, ...] = ()
    """Keys of the signals that hold for it."""
    held: bool = False
    """Whether the account has it already."""


class HeldBack(Frozen):
    """Why nothing would be offered now, however ready the account is."""

    because: str
    until: datetime | None = None
    """Nothing where it lasts until it is over."""
    topic: str = ""
    line: int | None = None


class AccountReadiness(Frozen):
    """How ready an account is, and everything that it rests on."""

    account: str
    plan: str | None
    """Key of the plan; nothing where none is held."""
    plan_name: str
    """Empty where no Topic knows the plan."""
    at: datetime
    """The moment that it is told of."""
    topics_version: str
    upsell_readiness: Level
    """Ready where it is ready for any offer; unknown where only what is not known could make it so."""
    offers: tuple[OfferReadiness, ...] = ()
    signals: tuple[SignalTold, ...] = ()
    """Those that hold, then those that are unknown, then those that do not hold, the nearest first."""
    journey: tuple[MomentTold, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    """What keeps offers back that nobody asked for."""
    unavailable: tuple[str, ...] = ()
    """Sources that could not be read; `account` where nobody can say what the account holds."""


class Watched(Frozen):
    """One meter of one account against its limit."""

    account: str
    plan: str
    """Name of the plan, or what stands in its place; empty where none is held."""
    meter: str
    """Key of the meter."""
    name: str
    unit: str
    used: Figure | None = None
    limit: Figure
    source: str
    """Where the limit comes from, as in `Allowance`."""
    share: Figure | None = None
    """Of the limit, to four places."""
    changes: tuple[Figure | None, ...] = ()
    """How much came on top in each week, the latest first; nothing where it was not read then."""
    projected: Figure | None = None
    projected_day: date | None = None
    """The day on which the limit is reached at this pace; nothing where it is not, or the meter never begins again."""
    as_of: datetime | None = None
    stale: bool = False
    """Whether the newest reading is too old to count."""
