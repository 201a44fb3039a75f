"""The compiled Topics: one typed, immutable Playbook, whose version is the digest of its sources."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from skill.model.common import Frozen
from skill.model.money import Price
from skill.model.rules import Count, Holds, Rule, Threshold, Window
from skill.model.topic import Note, Quote, Span, Topic


class SoldAs(StrEnum):
    """The kinds of offer (`Sold as`)."""

    PLAN = "plan"
    ADD_ON = "add-on"
    SEATS = "seats"
    CREDITS = "credits"
    TRIAL = "trial"
    BOOST = "boost"
    SERVICES = "services"
    BUNDLE = "bundle"
    PARTNER = "partner"


class Limit(Frozen):
    """How much of a meter comes with a bundle."""

    meter: str
    """Key of the meter."""
    value: Decimal | None
    """None is unlimited."""
    extends: bool = False
    """True for `+10,000`: added to what the plan gives."""
    per: str = ""
    """`month`, `day`, or a scope such as `workspace`; empty where it is a plain count."""
    unit: str = ""
    """The word behind the number where the writer gave one."""
    text: str
    """The amount as written (`50,000 per month`): what the `{limit}` slot shows."""
    span: Span


class Setting(Frozen):
    """A value that is no number: `support hours: 9 to 5`."""

    feature: str
    value: str
    span: Span


class Overage(Frozen):
    """What use past a limit costs: one row for each meter and currency."""

    meter: str
    """Key of the meter."""
    price: Price
    """For each unit past the limit, in the meter's period."""


class Meter(Frozen):
    """What is counted."""

    key: str
    name: str
    also_called: tuple[str, ...] = ()
    unit: str
    counts: str = ""
    resets: str = ""
    """`monthly`, `yearly`, `never`; empty where the Topic does not say."""
    hard: bool = True
    """Refused past the limit, or continued past it."""
    max_age_hours: Decimal | None = None
    span: Span


class Saving(Frozen):
    """How much time one use saves, as its Topic says."""

    figure: Decimal
    unit: Literal["second", "minute", "hour"]


class Worth(Frozen):
    """What of a feature's use is told to its users as value."""

    counts: Count
    """An event, or a fact that the product reports."""
    text: str
    """What is counted, as written: `events: run_succeeded`."""
    each: Saving | None = None
    """The time that each one saves; what is multiplied by it is told as `about`."""
    span: Span


class Feature(Frozen):
    """Something a person can do."""

    key: str
    name: str
    what_it_does: str = ""
    also_called: tuple[str, ...] = ()
    kind: Literal["switch", "metered", "setting"] = "switch"
    meters: tuple[str, ...] = ()
    """Keys of the meters that count its use."""
    free_for_all: bool = False
    free_for: tuple[str, ...] = ()
    """Keys of audiences that have it whatever their plan."""
    only_for: tuple[str, ...] = ()
    """Keys of the audiences it is for; empty is everybody. Nobody else has it, and nobody else is offered it."""
    needs_role: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Keys of features that do the job for free today."""
    formerly: tuple[str, ...] = ()
    """Keys of earlier names: what was recorded under them is about this feature."""
    worth: Worth | None = None
    """What of its use counts as value; nothing where no Topic says so."""
    quotes: tuple[Quote, ...] = ()
    notes: tuple[Note, ...] = ()
    topic: str
    span: Span


class Bundle(Frozen):
    """Something that is sold: a plan, an add-on or any other kind of offer."""

    key: str
    name: str
    sold_as: SoldAs
    family: str = ""
    """Key of the family that it says it belongs to; empty where it says none."""
    position: int
    """Place among all bundles in reading order: plans are offered in this order."""
    description: str = ""
    """What `Helps with` says."""
    also_called: tuple[str, ...] = ()
    unlocks: tuple[str, ...] = ()
    """Keys of features, those of included plans among them."""
    includes: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    available_on: tuple[str, ...] = ()
    """Plans on which an extra is sold; empty is every plan, and none."""
    sold_to: tuple[str, ...] = ()
    """Keys of the audiences it is sold to; empty is everybody."""
    can_move_from: tuple[str, ...] = ()
    """Plans from which a plan can be reached; empty is every plan before it."""
    needs: tuple[str, ...] = ()
    not_together_with: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    settings: tuple[Setting, ...] = ()
    overage: str = ""
    """As written."""
    overages: tuple[Overage, ...] = ()
    """`overage`, read."""
    try_it: str = ""
    who_can_buy: tuple[str, ...] = ()
    """Roles that may buy; empty is anyone."""
    billed_to: str = ""
    regions: tuple[str, ...] = ()
    only_when_ready: bool = False
    prefer: str = ""
    how_to_undo: str = ""
    link: str = ""
    checkout: str = ""
    """The host's own page where exactly this is bought; empty where it has none."""
    sold_until: str = ""
    reviewed_by: str = ""
    formerly: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    notes: tuple[Note, ...] = ()
    topic: str
    span: Span
    review_by: str = ""
    """Once this day has passed the price is shown without a way to buy."""

    @property
    def family_key(self) -> str:
        """The family that its showings are counted by: its kind, where it names none."""
        return self.family or self.sold_as.value


class Trait(Frozen):
    """Something known about an account: its type and how old it may be."""

    key: str
    name: str
    type: str
    values: tuple[str, ...] = ()
    max_age_hours: Decimal | None = None
    span: Span


class Role(Frozen):
    """What a person in an account may do about offers."""

    key: str
    name: str
    can_buy: bool
    is_told: bool
    """False: this person never sees an offer."""
    span: Span


class Audience(Frozen):
    """Who someone is: a named rule over facts."""

    key: str
    name: str
    rule: Rule
    span: Span


class Moment(Frozen):
    """A milestone of the account's journey, measured by a rule or a named event."""

    key: str
    name: str
    when: str
    """As written: what is counted, when it holds, and over which time."""
    count: Count | None = None
    holds: Holds | None = None
    window: Window | None = None
    span: Span


class Article(Frozen):
    """A help page: its text is for readers, and quoted only to who has the feature it needs."""

    key: str
    heading: str
    needs: tuple[str, ...] = ()
    internal: bool = False
    passages: tuple[Quote, ...] = ()
    span: Span


class Cap(Frozen):
    """At most so many offers in a rolling window."""

    n: int
    window_hours: Decimal
    per: Literal["person", "account"] = "person"
    of_family: bool = False
    """Offers of one family are counted, not all."""
    unless: Literal["", "asked", "limit_reached", "ready"] = ""
    """What lifts it."""


class Due(Frozen):
    """By when a task is to be done: hours, or working days."""

    n: Decimal
    unit: Literal["hours", "working days"]


class FollowUp(Frozen):
    """What comes after: a channel, a delay, and the outcomes that call for it."""

    channel: Literal["in_app", "owner_task", "email"]
    after_hours: Decimal
    when: tuple[Literal["dismissed", "ignored", "declined"], ...] = ()
    """Empty is whatever the outcome."""


class Variant(Frozen):
    """A wording under test, and the share of people who see it."""

    name: str
    share: Decimal
    """In 0..1."""


class QuietHours(Frozen):
    """Local hours without messages, in the person's own time zone; the end is exclusive and may be the next day.

    Hours that begin when they end are none: then only the weekends are quiet.
    """

    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Local time as `19:00`."""
    end: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    weekends: bool = False


class JourneyWindow(Frozen):
    """The part of a customer's journey in which a play is used unasked: it narrows, and never makes anybody ready."""

    kind: Literal["onboarding", "adoption", "pre_renewal", "post_incident", "moment"]
    moment: str = ""
    """Key of the moment that opens it, where it is one of the writer's own."""
    hours: Decimal | None = None
    """How long before the renewal, or after the pause that follows an incident, it is open."""


class Play(Frozen):
    """An entry of the playbook: for whom, which channel, and whether offers are held back."""

    key: str
    name: str
    applies_to: Rule | None
    channel: Literal["in_app", "owner_task", "email", "none"]
    holds_offers_back: bool = False
    """The question is answered and no offer is shown: a person helps instead."""
    in_the_product: str = ""
    category: str = ""
    """Key of the category of message that a person may opt out of; empty is `offers`."""
    journey: JourneyWindow | None = None
    """Open always, where there is none. It has no say when somebody asks."""
    only_offers: tuple[str, ...] = ()
    """Keys of the bundles that it is used for unasked; empty is any."""
    at_most: str = ""
    cap: Cap | None = None
    """`at_most`, read."""
    due: str = ""
    within: Due | None = None
    """`due`, read."""
    if_not_an_admin: str = ""
    then: tuple[str, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    """`then`, read."""
    variants: tuple[Variant, ...] = ()
    quotes: tuple[Quote, ...] = ()
    notes: tuple[Note, ...] = ()
    span: Span


class Restraint(Frozen):
    """A situation in which we stay quiet."""

    situation: str
    kind: Literal[
        "open_ticket",
        "incident",
        "unresolved_bug",
        "customer_said",
        "any_offer_shown",
        "this_offer_shown",
        "moment_not_reached",
        "frequency_cap",
        "quiet_hours",
        "closed_in_a_row",
        "unpaid_invoice",
        "checkout_open",
        "person_replied",
        "audience",
        "opted_out",
        "outcome",
    ]
    subject: str = ""
    """What the customer said, the key of the audience or moment, or what became of an offer."""
    of_this_offer: bool = False
    """Of an outcome: it keeps back the very offer that it is about, and no other."""
    of_family: bool = False
    """Of a frequency cap: offers of one family are counted, and only such are kept back."""
    n: int = 0
    window_hours: Decimal | None = None
    """The rolling window of a frequency cap."""
    per: Literal["person", "account"] = "person"
    """Whose showings and answers count: this person's, or those of everybody in the account."""
    pause: str
    """The writer's words for how long."""
    pause_hours: Decimal | None = None
    """How long after the situation (or its end); None is for ever, or until it is over."""
    until_over: bool = False
    explain: bool = False
    """The feature is explained instead."""
    until_ready: bool = False
    """A ready signal ends it."""
    quiet: QuietHours | None = None
    unless: Literal["", "asked", "limit_reached", "ready"] = ""
    """What lifts the pause."""
    span: Span


class Translation(Frozen):
    """What the sibling files of one language say: wording and names, never a price, limit or rule."""

    quotes: dict[str, Quote] = {}
    """By the place of the original quote, as `product-bundles:180`."""
    features: dict[str, str] = {}
    """Names of features in this language, by key."""
    bundles: dict[str, str] = {}
    """Names of bundles in this language, by key."""
    words: dict[str, str] = {}
    """Words that stand in facts (`per workspace`, `unlimited`) in this language, by their key."""


class Outreach(Frozen):
    """The workspace's own bounds: who is never offered anything, and how much attention offers may take."""

    holdout: Decimal = Decimal(0)
    """The share of accounts that are held out, in 0..1."""
    holdout_salt: str = ""
    """Another word makes other groups."""
    shadow: bool = False
    """Everything is decided and recorded, and nothing is shown."""
    attention_cost: dict[str, Decimal] = {}
    """What a showing costs, by channel; 1 on a channel that is not named."""
    attention_budget: Decimal | None = None
    """How much attention offers may take of one person within the window; None is without bound."""
    attention_hours: Decimal | None = None
    """The rolling window of the budget."""
    spans: dict[str, Span] = {}
    """Where each of these stands, by its key in the front matter."""


class Playbook(Frozen):
    """Everything the skill may say or do, compiled from one folder of Topics."""

    version: str
    """`sha256:` and the digest of all sources, names included."""
    features: dict[str, Feature] = {}
    bundles: dict[str, Bundle] = {}
    meters: dict[str, Meter] = {}
    traits: dict[str, Trait] = {}
    roles: dict[str, Role] = {}
    audiences: dict[str, Audience] = {}
    moments: dict[str, Moment] = {}
    thresholds: tuple[Threshold, ...] = ()
    plays: tuple[Play, ...] = ()
    restraints: tuple[Restraint, ...] = ()
    articles: tuple[Article, ...] = ()
    defaults: tuple[Quote, ...] = ()
    """Words used where play, bundle and feature have none; a folder's own stand before the built-in ones."""
    notices: tuple[Quote, ...] = ()
    translations: dict[str, Translation] = {}
    """By language as the sibling files name it (`de`, `de-AT`)."""
    settings: dict[str, str] = {}
    outreach: Outreach = Outreach()
    """The settings that bound offers, read."""
    topics: tuple[Topic, ...] = ()
    """The sources, read and placed."""
