"""Why an offer was not made: every condition that failed, and the smallest change after which it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from skill.model.common import Frozen
from skill.model.decision import Outcome, Surface
from skill.model.playbook import SoldAs
from skill.model.readiness import Amount
from skill.model.rules import Truth


class Condition(Frozen):
    """One condition of an offer that failed: what is so, and what would have to be."""

    kind: Literal[
        "access",
        "question",
        "sold_to_plan",
        "region",
        "currency",
        "date",
        "audience",
        "held",
        "play",
        "person",
        "witness",
        "restraint",
        "surface",
        "ready",
        "signal",
        "smaller_first",
        "unasked",
        "other",
    ]
    """In the order of the house: what is asked, who it is sold to, restraint, the moment, other offers."""
    name: str
    """The condition in a few words, such as `sold in this region`."""
    value: str
    """What is so now."""
    needed: str
    """What would have to be so."""
    truth: Truth = Truth.FALSE
    """False where it is known not to hold; unknown where nobody can say, and unknown never sells."""
    until: datetime | None = None
    """When it ends by itself, where it does."""
    distance: Amount | None = None
    """Of a signal: how far it is from holding, where a figure says so."""
    topic: str = ""
    """File of the Topic that asks for it; empty where no Topic does."""
    line: int | None = None


class Change(Frozen):
    """One thing that would be otherwise: of the customer, the person or the moment, never of the Topics."""

    kind: Literal[
        "time",
        "plan",
        "bundle",
        "right",
        "region",
        "currency",
        "role",
        "trait",
        "fact",
        "reading",
        "event",
        "ticket",
        "incident",
        "opt_out",
        "history",
        "source",
        "surface",
        "room",
    ]
    said: str
    """A sentence without its full stop, with figures: `seats read 8 where 7 are read now`."""
    topic: str = ""
    """File of the Topic whose condition it meets; empty where no Topic asks for it."""
    line: int | None = None


class NotOffered(Frozen):
    """One bundle that was not offered."""

    offer: str
    """Key of the bundle."""
    name: str
    sold_as: SoldAs
    failed: tuple[Condition, ...]
    """Every condition that failed, in the order of the house."""
    flips: bool
    """Whether some of the changes that were tried lead to this offer."""
    changes: tuple[Change, ...] = ()
    """The smallest set of changes after which the offer is made; proven by deciding again."""
    still: tuple[Condition, ...] = ()
    """Where nothing flips it: what would fail even after the first change of each failed condition."""
    n_candidates: int = 0
    """How many changes could meet one of the failed conditions and were tried, alone and together."""
    n_left_out: int = 0
    """How many more were not tried, because there were too many."""
    n_tried: int = 0
    """How many sets of changes were decided again."""
    is_whole: bool = True
    """False where too much had been decided for the other offers before every set was tried: ask for this one alone."""


class WhyNot(Frozen):
    """What was offered in answer to one question, and why everything else was not."""

    decision_id: str = ""
    """Empty where the question was not recorded."""
    at: datetime
    """The moment that it was decided for."""
    topics_version: str
    recorded_version: str = ""
    """The version that the recorded decision was made from, where that is another one."""
    account: str
    person: str
    surface: Surface
    question: str = ""
    outcome: Outcome
    features: tuple[str, ...] = ()
    """Keys of the features that were asked about."""
    offered: tuple[str, ...] = ()
    """Keys of the bundles that were offered, steps on the way to one among them."""
    not_offered: tuple[NotOffered, ...] = ()
    """In the order of the Topics."""
    most_changes: int
    """At most so many changes are put together."""
    most_candidates: int
    """At most so many changes are tried for an offer."""
