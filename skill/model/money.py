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
    at_least: Decimal | None = None
    """The fewest units that can be bought."""
    excluding_tax: bool = False
    region: str = ""
    """Where this price holds; empty is everywhere."""
    text: str
    """The line as the writer wrote it: what a price slot is filled with."""
    span: Span
