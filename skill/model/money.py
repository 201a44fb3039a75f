"""Prices as they are sold: exact decimals with a currency, a unit and a period; never a float."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from skill.model.common import Frozen
from skill.model.topic import Span


class PriceKind(StrEnum):
    """How a price is to be understood."""

    FIXED = "fixed"
    """So much per unit and period."""
    FROM = "from"
    """A lower bound: shown as "from", never computed with."""
    ONE_TIME = "one_time"
    FREE = "free"
    CONTACT = "contact"
    """There is no public price."""


class Tier(Frozen):
    """A stretch of units with a price of its own; it begins where the one before it ends."""

    until: Decimal
    """The last unit of the stretch, counted from the first of all."""
    amount: Decimal
    """For each unit in it; zero where they are free."""


class Price(Frozen):
    """One price line of a bundle, exactly as its Topic states it."""

    kind: PriceKind
    currency: str | None = None
    """ISO 4217; None only for a price without an amount."""
    amount: Decimal | None = None
    per: str = ""
    """The unit: `seat`, `workspace`, `channel`; empty where there is none."""
    period: str = ""
    """`month`, `year`, or empty."""
    billed: str = ""
    """`month`, `year`, `once`, or empty."""
    first_free: Decimal | None = None
    """So many units are free before the price counts."""
    tiers: tuple[Tier, ...] = ()
    """Stretches with prices of their own, which come before the price counts; the lowest first."""
    each: Decimal | None = None
    """The amount is for so many units (`per 1,000 runs`), and in proportion for others; None is for one."""
    at_least: Decimal | None = None
    """The fewest units that can be bought."""
    excluding_tax: bool = False
    including_tax: bool = False
    """Neither is a price that does not say."""
    region: str = ""
    """Where this price holds; empty is everywhere."""
    text: str
    """The line as the writer wrote it: what a price slot is filled with."""
    span: Span


_NO_HUNDREDTHS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: n for n, codes in _NO_HUNDREDTHS.items() for code in codes.split(" ")}
"""Currencies whose smallest coin is no hundredth. Source: ISO 4217:2015, list one, minor units."""


def decimals(currency: str) -> int:
    """How many decimals an amount of this currency has: 2 for EUR, none for JPY, 3 for KWD."""
    return _DECIMALS.get(currency, 2)
