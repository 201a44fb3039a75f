"""The recorded result of `decide`: access, offers with their witness, what was withheld, and the whole trace."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from skill.model.common import Frozen
from skill.model.money import Price
from skill.model.order import Place
from skill.model.playbook import SoldAs
from skill.model.rules import Truth
from skill.model.topic import Span


class Surface(StrEnum):
    """Where the answer will be shown."""

    IN_PRODUCT = "in_product"
    SUPPORT_COPILOT = "support_copilot"
    PUBLIC_DIRECTORY = "public_directory"


class Outcome(StrEnum):
    """What the question turned out to mean."""

    FEATURE = "feature"
    """One feature, or several that were each named."""
    WHICH = "which"
    """One of at most three; the answer asks back."""
    NOT_FOUND = "not_found"
    """Nothing matches, yet it may be sold under another name."""
    NOT_SOLD = "not_sold"
    """Surely no such thing."""
    PLANS = "plans"
    """The plans themselves: the asker's own, or which there are."""
    BARGAIN = "bargain"
    """A better price is asked for, which nobody but a person can settle."""
    OUTSIDE = "outside"
    """Not about the product's features: the host goes on alone."""
    SIGNAL = "signal"
    """Nobody asked: what the account did makes it ready."""


class Meaning(Frozen):
    """Which feature or limit a question is about, or honestly none; with the reasons for the trace."""

    outcome: Outcome
    features: tuple[str, ...] = ()
    """Keys in the order they were asked; the first is answered first."""
    meter: str | None = None
    """Key of the limit that is meant, where an amount is asked about."""
    need: Decimal | None = None
    """The amount wanted, in the meter's unit."""
    plans: tuple[str, ...] = ()
    """Keys of the plans that are asked about as a whole, the lower one first; `features` then holds what the last adds."""
    wants: Literal[
        "access", "limit", "enough", "more", "price", "what", "which_plan", "own_plan"
    ] = "access"
    """Access to it; the present limit; whether an amount is covered; more than now; what it costs; what it is.

    With the outcome `plans`: which there are (`access`), which the asker has (`which_plan`), and with what (`own_plan`)."""
    partly: bool = False
    """True where the message asks more than these features: other questions in it were not surely understood."""
    picked: bool = False
    """True where the person was asked back and picked the feature; nothing was guessed."""
    candidates: tuple[str, ...] = ()
    """Keys of features: those asked back about, or the nearest ones."""
    reasons: tuple[str, ...] = ()
    """Why, in short sentences for the trace."""


class Verdict(StrEnum):
    """The gate's answer."""

    GRANTED = "granted"
    LIMITED = "limited"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why the gate answers so."""

    GRANTED = "granted"
    NOT_IN_PLAN = "not_in_plan"
    LIMIT_REACHED = "limit_reached"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    TRIAL_ENDED = "trial_ended"
    UNKNOWN_FEATURE = "unknown_feature"
    NOT_FOUND = "not_found"
    SOURCE_UNAVAILABLE = "source_unavailable"


class Entitlement(Frozen):
    """One source of a right, as it was found."""

    feature: str
    source: str
    """`plan`, `bundle`, `grant`, `removal`, `free for all`."""
    name: str
    """Key of the plan or bundle, or where the grant came from."""
    span: Span | None = None


class EffectiveLimit(Frozen):
    """The limit that applies to this account, and what is used of it."""

    meter: str
    value: Decimal | None
    """None is unlimited."""
    source: str
    """`plan`, `plan and add-on`, `override`."""
    bundle: str = ""
    """Key of the bundle whose row gave the value; empty for an override."""
    text: str = ""
    """As written, where one row gave it."""
    span: Span | None = None
    used: Decimal | None = None
    used_as_of: datetime | None = None
    stale: bool = False


class Step(Frozen):
    """One purchase on the way."""

    bundle: str
    quantity: int = 1
    """How many units of an extension are needed."""


class Unlock(Frozen):
    """One way that leads to what was asked: one purchase, or a plan and then an add-on."""

    steps: tuple[Step, ...]

    @property
    def bundle(self) -> str:
        """The bundle that holds what was asked: the last step."""
        return self.steps[-1].bundle


class Access(Frozen):
    """The gate's answer for one feature."""

    feature: str
    verdict: Verdict
    reason: Reason
    entitlements: tuple[Entitlement, ...] = ()
    limit: EffectiveLimit | None = None
    """Where a limit was asked about or reached."""
    need: Decimal | None = None
    covered: Truth = Truth.UNKNOWN
    """Whether `need` fits into the limit."""
    unlocks: tuple[Unlock, ...] = ()
    """Ways that lead to it, the smallest first."""


class Signal(Frozen):
    """What one threshold says about this account now."""

    key: str
    truth: Truth
    means: Literal["warming", "ready"]
    offer: str
    figures: dict[str, str] = {}
    """Slots that its wording may use: count, value, percent, window, limit."""
    evidence: tuple[str, ...] = ()
    """Names of the facts it was judged from."""
    missing: tuple[str, ...] = ()
    span: Span


class Readiness(Frozen):
    """The verdict from signals, for one offer."""

    offer: str
    level: Literal["quiet", "warming", "ready", "unknown"]
    signals: tuple[str, ...] = ()


class Suppression(Frozen):
    """A named reason not to offer now."""

    because: str
    """The situation, in the Topic's words, or `held by a play`, `public surface`, `holdout`, `stopped`, `shadow`."""
    until: datetime | None = None
    topic: str = ""
    span: Span | None = None
    explain: bool = False
    """Education stands in for the offer: the feature is explained instead."""
    owner_task: bool = False
    """The account's owner gets a task instead."""


class Check(Frozen):
    """One link of a witness."""

    name: str
    holds: Truth
    because: str


class Action(Frozen):
    """What the person can do about an offer."""

    kind: Literal["link", "checkout", "ask_admin", "contact", "none"]
    href: str = ""
    allowed: bool = False


class Offer(Frozen):
    """What can be bought, with the proof that it may be named."""

    unlock: Unlock
    bundle: str
    kind: SoldAs
    price: Price | None = None
    """None where there is no public price."""
    prices: tuple[Price | None, ...] = ()
    """One for each step."""
    quantity: int = 1
    feature: str = ""
    """Key of the asked feature that it was found for."""
    unlocks: tuple[str, ...] = ()
    """The asked features that it unlocks."""
    lifts: str | None = None
    """Key of the meter whose limit it lifts."""
    signals: tuple[str, ...] = ()
    """Signals that hold for it."""
    witness: tuple[Check, ...] = ()
    action: Action


class Withheld(Frozen):
    """An offer that was found and not made, and why."""

    offer: str
    because: str
    still_a_way: bool = False
    """True where only a smaller step stands before it: it may be named as a way."""
    alone: bool = False
    """Whether this alone kept it back: but for this reason it would have been made."""
    until: datetime | None = None
    topic: str = ""
    span: Span | None = None


class TraceStep(Frozen):
    """One verdict on the way to the decision, in the order it was made."""

    verdict: str
    said: str
    where: tuple[str, ...] = ()
    """Places in Topics, as `file:line`."""


class Decision(Frozen):
    """What `decide` decided, from which everything shown is made."""

    topics_version: str
    surface: Surface
    now: datetime
    meaning: Meaning
    accesses: tuple[Access, ...] = ()
    """One for each asked feature, in order."""
    plans: tuple[str, ...] = ()
    """Keys of the plans to tell of, as wholes: the asker's own, those compared, or those that are sold to them."""
    offers: tuple[Offer, ...] = ()
    order: tuple[Place, ...] = ()
    """Every offer that was found, in order, with each term that it was placed by."""
    shadow: tuple[Offer, ...] = ()
    """What would have been offered, were it not for shadow mode; nobody but a report sees it."""
    withheld: tuple[Withheld, ...] = ()
    may_name_unlock: bool = False
    """False where nothing may be offered: then `unlocked_by` stays empty too."""
    play: str | None = None
    signals: tuple[Signal, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    missing: tuple[str, ...] = ()
    """Facts that were wanted and not known."""
    warnings: tuple[str, ...] = ()
    trace: tuple[TraceStep, ...] = ()
