"""What is known about one customer at one moment: account, person, dated facts, usage, events and history."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, field_validator

from skill.model.common import Frozen, slug
from skill.model.playbook import QuietHours


def _key(name: str) -> str:
    """Names of plans, bundles and features arrive as written or as keys; both mean the same thing."""
    key = slug(name)
    if not key:
        raise ValueError("a name needs at least one letter or digit")
    return key


Key = Annotated[str, AfterValidator(_key)]


def _in_utc(at: datetime) -> datetime:
    """The same moment in UTC: what is compared thousands of times is turned once."""
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of the range of the calendar in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Right(Frozen):
    """One grant or removal of a feature or bundle, with where it came from."""

    name: Key
    source: str = "account"
    until: AwareDatetime | None = None
    """Exclusive end; None is open."""


def _right(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Owner(Frozen):
    """The account's human on the selling side."""

    name: str
    email: str = ""
    time_zone: str = "UTC"


Quantity = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


def _limit(value: Any) -> Any:
    return None if value == "unlimited" else value


def _currency(code: str | None) -> str | None:
    """Hosts write `eur` too; a code is one in capitals."""
    return code.strip().upper() or None if code is not None else None


class Account(Frozen):
    """The customer: what is held, where, and what is known about it."""

    id: str = "acc_unnamed"
    plan: str | None = None
    """Key of the plan; None means that none is held, which is legal."""
    bundles: tuple[Key, ...] = ()
    """Keys of what is held beside the plan."""
    region: str | None = None
    currency: Annotated[str | None, AfterValidator(_currency)] = None
    """ISO 4217, in capitals."""
    grants: tuple[Annotated[Right, BeforeValidator(_right)], ...] = ()
    removals: tuple[Annotated[Right, BeforeValidator(_right)], ...] = ()
    limits: dict[Key, Annotated[Quantity | None, BeforeValidator(_limit)]] = {}
    """Overrides by meter; None is unlimited."""
    traits: dict[Key, str | int | float | bool | None] = {}
    owner: Owner | None = None
    admins: tuple[str, ...] = ()
    """Names of people in the account who can buy."""

    @field_validator("plan")
    @classmethod
    def _plan_key(cls, plan: str | None) -> str | None:
        return slug(plan) or plan if plan else None


class Person(Frozen):
    """Who asks."""

    id: str = "u_unnamed"
    role: str | None = None
    """Key of a role; None is not known."""
    name: str = ""
    email: str = ""
    locale: str = "en"
    time_zone: str = "UTC"
    opted_out: tuple[str, ...] = ()
    """Categories of messages, channels (`email`), or `all`."""
    quiet: QuietHours | None = None
    """Hours of this person's own in which no message arrives, beside those of the Topics."""

    @field_validator("role")
    @classmethod
    def _role_key(cls, role: str | None) -> str | None:
        return slug(role) if role else None


class Fact(Frozen):
    """A value with its source and age."""

    name: str
    value: str | int | Decimal | bool | None
    source: str = "request"
    as_of: Moment
    max_age_hours: Decimal | None = None


class Reading(Frozen):
    """A meter's value at a time; the newest counts."""

    meter: Key
    at: Moment
    value: Quantity


class Event(Frozen):
    """Something that happened in the product."""

    id: str
    name: str
    at: Moment
    properties: dict[str, str | int | float | bool | None] = {}


def _is_empty(text: str) -> bool:
    return not text


class Past(Frozen):
    """What became of an earlier offer."""

    kind: Literal[
        "impression",
        "dismissal",
        "decline",
        "not_now",
        "never",
        "acceptance",
        "click",
        "reply",
        "checkout_open",
    ]
    offer: Key | None = None
    at: Moment
    channel: str = "in_app"
    person: Annotated[str, Field(exclude_if=_is_empty)] = ""
    """Id of the person it reached; empty where nobody was named."""
    note: str = ""
    receipt: Annotated[str, Field(exclude_if=_is_empty)] = ""
    """Of an acceptance: the billing provider's own id of it. Left out of the text where there is none: an entry has no
    other identity than its text, and an older one keeps its own."""


class Ticket(Frozen):
    """A support ticket; open while `closed_at` is None."""

    id: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    category: str = ""


class Incident(Frozen):
    """An outage or fault; under way while `ended_at` is None."""

    id: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    touches: tuple[str, ...] = ()


class Customer(Frozen):
    """Everything about one account and person that a decision is made from; also the account file's shape."""

    account: Account = Account()
    person: Person = Person()
    facts: tuple[Fact, ...] = ()
    usage: tuple[Reading, ...] = ()
    events: tuple[Event, ...] = ()
    history: tuple[Past, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    incidents: tuple[Incident, ...] = ()
    now: AwareDatetime | None = None
    """The moment of asking; only a made-up account carries its own."""
    tenant: str = "default"
    unavailable: tuple[str, ...] = ()
    """Sources that could not be read; with `account` among them nothing is known of rights, and nothing is offered."""

    def at(self, now: datetime) -> Customer:
        """The same customer, asked about at `now`."""
        return self.model_copy(update={"now": now})
