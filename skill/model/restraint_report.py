"""The restraint and the shadow report: what was kept back and why, what was shown, and what would have been."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pydantic import AwareDatetime

from skill.model.common import Frozen
from skill.model.shadow import Would


class Kept(NamedTuple):
    """An offer that was found in a decision and not made."""

    offer: str
    because: str
    alone: bool
    """Whether it would have been made but for this reason."""
    until: datetime | None
    line: str
    """Its place in the Topics, as `restraint.md:12`; empty where no line says it."""


class Judged(NamedTuple):
    """What a report reads of one recorded decision."""

    id: str
    account: str
    person: str
    at: datetime
    is_asked: bool
    """False where nobody asked, and a sweep judged."""
    offers: tuple[str, ...]
    in_shadow: tuple[str, ...]
    """Offers that would have been made, were it not for shadow mode."""
    withheld: tuple[Kept, ...]
    held: tuple[str, ...]
    """Reasons that kept everything back."""
    play: str
    n_effects: int = 0
    """How many effects were written with it, or follow one that was."""
    would: tuple[Would, ...] = ()


class Impression(NamedTuple):
    """A showing, as a report reads it."""

    account: str
    person: str
    channel: str
    at: datetime
    """When it was displayed; before that when it was decided."""


class Reason(Frozen):
    """One reason for which offers were kept back that would have been made without it."""

    because: str
    """The situation, in the Topic's words."""
    rule: str = ""
    """What the Topic then says, in its words: `until it is closed, then 24 hours`."""
    line: str = ""
    """Where that stands, as `restraint.md:12`."""
    n_offers: int
    n_decisions: int
    n_accounts: int
    n_persons: int
    until: AwareDatetime | None = None
    """The latest moment until which it holds; None where none of them has an end."""
    n_open: int = 0
    """How many of these offers had no end: until something happens, or for ever."""


class ByKey(Frozen):
    """An offer or a play: how often it was made, and kept back."""

    key: str
    made: int = 0
    withheld: int = 0


class Held(Frozen):
    """Accounts that a bound of the workspace kept all offers from."""

    n_decisions: int = 0
    n_accounts: int = 0


class Untold(Frozen):
    """Signals that came to hold and that nobody was told of, for one reason."""

    because: str
    n: int
    n_accounts: int


class Signals(Frozen):
    """Signals that came to hold."""

    n: int = 0
    n_told: int = 0
    untold: tuple[Untold, ...] = ()
    """The most frequent reasons first."""


class Suppressed(Frozen):
    """Effects that were decided and kept from leaving when their time came, for one reason."""

    channel: str
    because: str
    n: int


class Shown(Frozen):
    """Showings by one channel, by what became of them."""

    channel: str
    reserved: int = 0
    spent: int = 0
    returned: int = 0


class Prompts(Frozen):
    """How much accounts were shown; accounts that were shown nothing are not counted."""

    n_accounts: int = 0
    median: Decimal = Decimal(0)
    most: int = 0


class Attention(Frozen):
    """What the showings took of people's attention."""

    spent: Decimal = Decimal(0)
    """Of everybody, in the whole time."""
    n_persons: int = 0
    budget: Decimal | None = None
    """Of one person within the window; None is without bound."""
    hours: Decimal | None = None
    """The window of the budget."""
    most: Decimal = Decimal(0)
    """The most that one person was shown within a window; in the whole time where there is none."""


class Outbox(Frozen):
    """What was decided to leave, and what became of it: decided = delivered + suppressed + pending + failed."""

    decided: int = 0
    delivered: int = 0
    suppressed: int = 0
    pending: int = 0
    failed: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing was made up."""
        return self.decided == self.delivered + self.suppressed + self.pending + self.failed


class Left(NamedTuple):
    """What the store counts by itself."""

    outbox: Outbox
    suppressed: tuple[Suppressed, ...]
    n_deferred: int
    """Put off to a later time: by the recipient's quiet hours, or because a mail server was away."""
    shown: tuple[Shown, ...]


class Bounds(NamedTuple):
    """What a report needs to know of the Topics as they are now."""

    rules: Mapping[str, str] = {}
    """What a line of the restraint Topic says, by its place."""
    plays: Mapping[str, str] = {}
    """The place of a play, by its name."""
    cost: Mapping[str, Decimal] = {}
    budget: Decimal | None = None
    hours: Decimal | None = None


class RestraintReport(Frozen):
    """What restraint did in a span of time: offered, kept back and why, and how much anybody was shown."""

    tenant: str
    since: AwareDatetime
    until: AwareDatetime
    """Exclusive."""
    n_questions: int
    n_unasked: int
    """Decisions of sweeps that reached somebody."""
    n_possible: int
    """Decisions in which an offer was made, or was kept back by nothing but restraint."""
    n_offering: int
    """Decisions in which an offer was made."""
    n_offers: int
    n_withheld: int
    """Offers that would have been made but for restraint."""
    n_no_offer: int
    """Offers that were found and could not have been made anyway: not sold there, not ready yet, a smaller step came first."""
    reasons: tuple[Reason, ...]
    """Those that kept most back first."""
    offers: tuple[ByKey, ...]
    plays: tuple[ByKey, ...]
    held_out: Held
    stopped: Held
    stops: tuple[str, ...] = ()
    """What is stopped at the end: keys of bundles, `*` for all."""
    signals: Signals
    n_deferred: int
    suppressed: tuple[Suppressed, ...]
    shown: tuple[Shown, ...]
    prompts: Prompts
    attention: Attention
    outbox: Outbox
    in_shadow: int = 0
    """Decisions that were made in shadow mode: the shadow report tells of them."""


class WouldShow(Frozen):
    """What would have reached people, by one channel or about one offer."""

    key: str
    n: int
    n_accounts: int
    n_persons: int


class Wording(Frozen):
    """Words that would have been shown, with every figure blanked."""

    text: str
    n: int


class ShadowReport(Frozen):
    """What would have been shown while nothing was."""

    tenant: str
    since: AwareDatetime
    until: AwareDatetime
    """Exclusive."""
    n_decisions: int
    """Made in shadow mode."""
    n_questions: int
    n_would: int
    """Decisions that would have shown something."""
    n_showings: int
    """Offers that would have been shown; a task for an owner is none."""
    n_tasks: int
    offers: tuple[WouldShow, ...]
    channels: tuple[WouldShow, ...]
    wordings: tuple[Wording, ...]
    """The ten most frequent."""
    n_unworded: int = 0
    """Whose words could not be made again: their Topics are gone, or say it otherwise."""
    prompts: Prompts
    reasons: tuple[Reason, ...]
    """What restraint would have kept back from whoever asked, or would have been told."""
    signals: Signals = Signals()
    """Signals that came to hold in this time and would have reached nobody, and why."""
    n_leaked: int
    """Showings and effects to people that came of these decisions all the same: none, or something is broken."""
