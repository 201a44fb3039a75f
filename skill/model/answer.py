"""The answer as the outside sees it: the body of `POST /v1/ask`, every sentence with its evidence."""

from __future__ import annotations

from typing import Any, Literal

from skill.model.common import Frozen
from skill.model.delta import DeltaLine


class Sentence(Frozen):
    """One piece of the answer: a quote filled in, a fact, connective prose or a question."""

    text: str
    kind: Literal["quote", "fact", "connective", "question"]
    evidence: tuple[str, ...] = ()
    """Ids of quotes and facts in this answer."""
    lang: str = "en"
    """The language of its words (BCP 47): an answer may mix them."""


class AnswerText(Frozen):
    """What is shown; `text` is its sentences joined by one blank line."""

    text: str
    sentences: tuple[Sentence, ...] = ()
    degraded: bool = False
    """True where a model was configured and could not be used."""
    model: str | None = None


class WaitView(Frozen):
    """A free way: a limit that is used up begins again soon."""

    kind: Literal["wait"] = "wait"
    meter: str
    """Key of the meter."""
    day: str
    """The day on which it begins again, as 2026-12-01."""
    n_days: int


class FeatureView(Frozen):
    """The gate's answer for one feature, as shown."""

    key: str | None
    """None where the question named nothing that is known."""
    name: str | None
    access: Literal["granted", "limited", "denied", "unknown"]
    reason: str
    unlocked_by: tuple[str, ...] = ()
    alternatives: tuple[str | WaitView, ...] = ()
    """Free ways, to be shown first: keys of features that do the job today, and a day that is worth waiting for."""


class Candidate(Frozen):
    """A feature that may be meant."""

    key: str
    name: str


class PriceView(Frozen):
    """Money as programs read it: the amount is an exact decimal string."""

    currency: str
    amount: str
    per: str | None = None
    period: str | None = None
    billed: str | None = None
    from_: bool = False
    """Sent as `from`: true for a lower bound."""
    text: str = ""
    """The price line of the Topic, as written."""


class Why(Frozen):
    """Why this offer, in the Topic's words."""

    text: str
    evidence: tuple[str, ...] = ()
    lang: str = "en"


class ActionView(Frozen):
    """What the person can do."""

    kind: Literal["link", "checkout", "ask_admin", "contact", "none"]
    href: str | None = None
    label: str = ""
    allowed: bool = False
    lang: str = "en"
    """The language of `label`."""


class StepView(Frozen):
    """One purchase of an offer that takes two."""

    id: str
    name: str
    price: PriceView | None = None


class RecommendedOffer(Frozen):
    """An offer with its price, reason and action, as shown to this person."""

    id: str
    name: str
    kind: str
    price: PriceView | None = None
    quantity: int = 1
    why: Why
    signals: tuple[str, ...] = ()
    unlocks: tuple[str, ...] = ()
    lifts: str | None = None
    delta: tuple[DeltaLine, ...] = ()
    """What it would change, side by side with what is held now; what was asked about is marked."""
    preview: dict[str, Any] = {}
    steps: tuple[StepView, ...] = ()
    action: ActionView


class QuoteView(Frozen):
    """A quote with everything needed to prove it: filling `slots` into `template` gives the shown text."""

    id: str
    topic: str
    heading: str
    label: str
    lines: tuple[int, int]
    template: str
    slots: dict[str, str] = {}
    digest: str
    lang: str = "en"


class FactView(Frozen):
    """A value that was used, where it came from and of when it is."""

    id: str
    name: str
    value: str | int | float | bool | None
    source: str
    """`account`, `usage`, `events`, or a place in a Topic as `file.md:12`."""
    as_of: str | None = None


class WithheldView(Frozen):
    """For support: an offer that was not made, and why."""

    offer: str
    because: str
    until: str | None = None
    topic: str = ""
    lines: tuple[int, int] | None = None


class TalkingPoint(Frozen):
    """For support: an internal note, never part of a `text`."""

    text: str
    topic: str
    heading: str
    lines: tuple[int, int]


class Answer(Frozen):
    """The whole body of an answer."""

    decision_id: str
    topics_version: str
    triggered: bool
    answer: AnswerText
    feature: FeatureView | None = None
    features: tuple[FeatureView, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    recommended_offers: tuple[RecommendedOffer, ...] = ()
    quotes: tuple[QuoteView, ...] = ()
    facts: tuple[FactView, ...] = ()
    handoff: dict[str, Any] | None = None
    missing: tuple[str, ...] = ()
    withheld: tuple[WithheldView, ...] | None = None
    """Only for support."""
    talking_points: tuple[TalkingPoint, ...] | None = None
    """Only for support."""

    def body(self) -> dict[str, Any]:
        """The JSON body: keys only for support are left out for everybody else."""
        data = self.model_dump(mode="json")
        for offer in data["recommended_offers"]:
            for price in [offer["price"], *(step["price"] for step in offer["steps"])]:
                if price is not None:
                    price["from"] = price.pop("from_")
            if not offer["steps"]:
                del offer["steps"]
        for key in ("withheld", "talking_points"):
            if data[key] is None:
                del data[key]
        if len(self.features) < 2:
            del data["features"]
        if not self.candidates:
            del data["candidates"]
        return data
