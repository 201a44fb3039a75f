"""What the table of made-up accounts is written in: an account's story, how it uses each meter, what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

Property = str | int | float | bool | None
Billing = Literal["monthly", "yearly"]


class Monthly(NamedTuple):
    """A meter that starts afresh with each month."""

    total: int
    """What an ordinary month of today comes to."""
    rhythm: Literal["working days", "every day", "month start"] = "working days"
    """`month start`: four fifths on the first day, as a payroll run does it."""
    growth: float = 0.04
    """Share by which each month is larger than the one before."""
    cap: int | None = None
    """A hard limit: nothing is counted past it."""
    odd_day: int = 0
    """A wrong count, three days ago, that was put right a day later: a spike that means nothing."""


class Standing(NamedTuple):
    """A meter that never starts afresh."""

    now: float
    was: float
    """Where it stood before it began to grow."""
    days: int = 90
    """For how long it has been growing."""


class Habit(NamedTuple):
    """Something that happens in each week, in working hours."""

    name: str
    per_week: int
    weeks: int = 12
    properties: Mapping[str, Property] = {}


class Lately(NamedTuple):
    """Something that happened a few times in the last hours."""

    name: str
    n: int
    hours: int
    properties: Mapping[str, Property] = {}


@dataclass(frozen=True)
class Story:
    """One account, told in a row: why it is there, who asks, and in what it differs from the usual account."""

    id: str
    why: str
    people: Mapping[str, str]
    """Role of each person, by the id that is also the first name."""
    admin: str = ""
    """First name of who can buy, where none of `people` can."""
    plan: str | None = "starter"
    bundles: tuple[str, ...] = ()
    region: str = "EU"
    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    traits: Mapping[str, Property] = field(default_factory=lambda: SMALL)
    owner: str = ""
    """First name of the account's human at Fernway; empty where nobody is set on it."""
    limits: Mapping[str, Decimal | None] = field(default_factory=dict)
    billing: Billing = "monthly"
    """How a paid plan is billed; an account without one has no bills."""
    billing_day: int | None = 1
    """On which day of the month a month of it begins; None where nobody wrote that down."""
    renews_in: int | None = None
    """In how many days a paid year ends."""
    grandfathered: bool = False
    """What it pays was agreed long ago and stands on no price list."""
    grants: tuple[tuple[str, str, int | None], ...] = ()
    """Name, where it came from, and in how many days it ends (ended, where negative)."""
    meters: Mapping[str, Monthly | Standing] = field(default_factory=dict)
    does: tuple[Habit | Lately, ...] = ()
    facts: Mapping[str, int | bool] = field(default_factory=dict)
    past: tuple[tuple[str, str, int], ...] = ()
    """Kind, offer, and how many days ago."""
    tickets: tuple[tuple[str, int, int | None], ...] = ()
    """Category, and how many days ago it was opened and closed."""
    incidents: tuple[tuple[str, int, int | None], ...] = ()
    """What it touches, and how many days ago it began and ended."""
    opted_out: tuple[str, ...] = ()
    last_read: int = 0
    """How many days ago usage was last reported."""


SMALL: Mapping[str, Property] = {
    "segment": "smb",
    "touch": "low",
    "industry": "services",
    "team-size": 9,
}
"""Who most of Fernway's customers are: small, and served by the product itself."""
LARGE: Mapping[str, Property] = {
    "segment": "enterprise",
    "touch": "high",
    "industry": "retail",
    "yearly-revenue": 48_000,
    "team-size": 64,
}
"""Who a person at Fernway looks after."""

_FREE: Mapping[str, Monthly | Standing] = {
    "runs": Monthly(160),
    "seats": Standing(1, 1),
    "dashboards": Standing(0, 0),
    "reports": Standing(1, 0),
    "storage": Standing(0.3, 0.1),
}
USUAL_METERS: Mapping[str | None, Mapping[str, Monthly | Standing]] = {
    None: {"seats": Standing(1, 1)},
    "free": _FREE,
    "starter": {
        "api_calls": Monthly(18_000),
        "runs": Monthly(1_900),
        "seats": Standing(5, 4),
        "dashboards": Standing(2, 1),
        "reports": Standing(5, 2),
        "storage": Standing(3.1, 1.6),
    },
    "team": {
        "api_calls": Monthly(52_000),
        "runs": Monthly(9_000),
        "seats": Standing(14, 11),
        "dashboards": Standing(8, 5),
        "reports": Standing(26, 17),
        "storage": Standing(41, 28),
    },
    "business": {
        "api_calls": Monthly(180_000),
        "runs": Monthly(38_000),
        "seats": Standing(46, 40),
        "dashboards": Standing(22, 18),
        "reports": Standing(61, 47),
        "storage": Standing(320, 250),
    },
}
"""How an account of each plan uses what is counted, well within its limits."""
USUAL_HABITS = (Habit("run_succeeded", 11, weeks=5), Habit("dashboard_viewed", 2, weeks=6))
"""What every account with a paid plan does; one event of a run stands for a batch of them."""
USUAL_FACTS: Mapping[str, int | bool] = {
    "successful_runs": 140,
    "active_regions": 1,
    "stable_weeks_since_upgrade": 20,
    "unpaid_invoice": False,
}
