"""What an offer would cost this account: now, with it, at which use it becomes cheaper, and what all of that rests on."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from skill.model.common import Frozen

Tax = Literal["excluded", "included", "not_said"]


class Ground(Frozen):
    """One fact that a cost was computed from."""

    name: str
    """`plan`, `bundle`, `grant`, `removal`, `region`, `currency`, `limit.METER`, `trait.KEY` or `usage.METER`."""
    value: str
    source: str
    """`account`, `usage` or `facts`."""
    as_of: str | None = None
    """ISO 8601; a trait of the account has no date."""


class CostLine(Frozen):
    """One line of a monthly bill, as a Topic prices it."""

    bundle: str
    what: Literal["price", "overage", "once"]
    text: str
    """The price as written."""
    source: str
    """The line of the Topic, as `product-bundles.md:58`."""
    units: Decimal
    """For how many units: people, calls past the limit, or one."""
    per: str = ""
    """The unit, as written; empty where it is the whole thing."""
    amount: Decimal
    """A month, or once; rounded half up to the currency's smallest coin."""


class Cost(Frozen):
    """What an account pays a month in one state, at one use."""

    month: Decimal | None
    """None where a figure is missing; never zero for that."""
    lines: tuple[CostLine, ...] = ()
    """What is known of it, `once` included, which is no part of `month`."""
    missing: tuple[str, ...] = ()
    """Why it is not known."""
    refused: tuple[str, ...] = ()
    """Keys of meters of which no such use is possible: it is past a hard limit."""


class Compared(Frozen):
    """Staying against the offer, at one use."""

    use: Literal["now", "projected"]
    now: Cost
    then: Cost
    difference: Decimal | None = None
    """What the offer adds a month; below zero where it saves. Known even where the whole is not, if the rest stays as it is."""
    cheaper: Literal["stay", "offer", "equal"] | None = None
    """None where it is not known, or where one of the two does not allow this use."""


class BreakEven(Frozen):
    """From which use on the offer costs no more than staying, all other use being as it is."""

    meter: str
    at: Decimal
    """The first whole unit a month at which it costs no more."""
    until: Decimal | None = None
    """The last whole unit at which that holds; None where it holds for all use beyond."""
    exact: bool
    """Whether both cost the same there, to the last coin."""


class FirstPeriod(Frozen):
    """What the first, partial billing period adds: the price of the offer for the days that are left of it."""

    zone: str
    """The billing zone, in which days begin."""
    start: str
    """The first day of the billing period."""
    today: str
    end: str
    """The first day of the next one."""
    days: int
    """Days left, today included."""
    of_days: int
    whole: Decimal
    """What a whole period would add."""
    amount: Decimal
    """What the days that are left add, rounded half up to the smallest coin."""


class Terms(Frozen):
    """Who can buy one bundle, who is billed for it, and how it is undone, as its Topic says."""

    bundle: str
    who_can_buy: tuple[str, ...] = ()
    """Names of roles; empty is anyone."""
    billed_to: str = ""
    """As written; empty where the Topic does not say."""
    how_to_undo: str = ""
    source: str
    """The place of the bundle, as `product-bundles.md:58`."""


class UnitPrice(Frozen):
    """What the billing provider asks for one unit of a bundle."""

    bundle: str
    amount: Decimal | None = None
    """None where it has no single amount for each unit."""
    period: Literal["month", "year", "once", ""] = ""
    """Empty where it is another one."""
    price_id: str
    """The provider's id of the price."""


class Billed(Frozen):
    """The next invoice with this change in it, as the billing provider says it would be."""

    source: str
    """Who says so: `stripe`."""
    as_of: str
    """When it was asked; ISO 8601, by the provider's clock."""
    currency: str
    first: Decimal
    """What the change adds for the days that are left of the running period: charges less credits."""
    further: Decimal
    """Everything else on that invoice."""
    subtotal: Decimal
    """Both, before tax that comes on top and before anything that is taken off the whole."""
    tax: Decimal
    """All tax on it."""
    tax_is: Tax
    """Whether it comes on top of the subtotal or stands inside it; not said where there is none, or both."""
    total: Decimal
    prorated_at: str | None = None
    """The moment from which the days that are left are counted; ISO 8601."""
    units: tuple[UnitPrice, ...] = ()
    has_page: bool = False
    """Whether a page of the provider's can be opened where exactly this is bought."""


class CostPreview(Frozen):
    """What an offer would cost an account a month, proven from price lines and dated facts."""

    offer: str
    steps: tuple[tuple[str, int], ...]
    """Each purchase, with how many units of it."""
    currency: str | None
    """ISO 4217; None where nobody can say in which the account pays."""
    period: Literal["month"] = "month"
    compared: tuple[Compared, ...] = ()
    """At the present use, and at the projected one where there is a pace to go by."""
    once: Decimal | None = None
    """What is paid one time, beside the months; None where there is nothing, or it is not known."""
    break_even: tuple[BreakEven, ...] = ()
    first_period: FirstPeriod | None = None
    billed: Billed | None = None
    """What the billing provider says, where it is asked: this account's own invoice, on whatever terms it is."""
    tax: Tax = "not_said"
    own_terms: bool = False
    """The account is on terms of its own (legacy plan, own limits): no list price is said to be what it pays now."""
    fresh: bool = True
    """False where a price is past its review date or no longer sold: then nothing is said to be the price."""
    terms: tuple[Terms, ...] = ()
    """Who can buy, who is billed and how it is undone, for each purchase."""
    grounds: tuple[Ground, ...] = ()
    as_of: str
    """Of when it is; ISO 8601."""

    @property
    def now(self) -> Compared:
        """The comparison at the present use."""
        return self.compared[0]
