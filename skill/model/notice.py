"""A notice: the words with which an offer that nobody asked for reaches one person, every piece with its evidence."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import AwareDatetime

from skill.model.account import Customer
from skill.model.answer import Answer, FactView, QuoteView, RecommendedOffer, Sentence
from skill.model.common import Frozen
from skill.model.decision import Decision, Offer
from skill.model.delivery import Effect
from skill.model.playbook import Play, Playbook


class Leaving(NamedTuple):
    """An effect on its way out, with everything that its words are made of: read and judged a moment ago."""

    effect: Effect
    playbook: Playbook
    customer: Customer
    """Without the showing that this very effect reserved."""
    decision: Decision
    offer: Offer | None
    """What the effect is about, as it would be made now; None for an owner task without one."""
    play: Play | None


class Cause(Frozen):
    """Why am I seeing this: the signal that caused it, and where in the Topics it is written that it does."""

    signal: str
    """Key of the signal."""
    line: str
    """The row of the Topic, as `usage-thresholds.md:12`."""
    play: str = ""
    decision: str = ""
    """Id of the decision that it was made with."""
    at: AwareDatetime
    """When that was decided."""
    said: Sentence | None = None
    """The same in the Topic's words, where it has words for it."""


class Notice(Frozen):
    """One notification: a title, what it says, what can be done, and why it is shown."""

    effect: str
    """Id of the effect: whoever gets it twice has it once."""
    account: str
    person: str
    offer: str
    """Key of the bundle."""
    category: str = ""
    """Category of its play, of which a person may opt out; empty is `offers`."""
    title: Sentence
    """The name of what is offered."""
    why: Cause
    as_of: AwareDatetime
    """Of when its figures are."""
    answer: Answer
    """The same as an answer's body, which the verifier proves: its sentences are what is shown."""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What it says."""
        return self.answer.answer.sentences

    @property
    def text(self) -> str:
        """What it says, a blank line between its sentences."""
        return self.answer.answer.text

    @property
    def lang(self) -> str:
        """The language of its first sentence."""
        return self.sentences[0].lang

    @property
    def topics_version(self) -> str:
        """The Topics that it was composed from."""
        return self.answer.topics_version

    @property
    def recommended(self) -> RecommendedOffer:
        """The offer with its price and its action."""
        return self.answer.recommended_offers[0]

    @property
    def quotes(self) -> tuple[QuoteView, ...]:
        """What it quotes."""
        return self.answer.quotes

    @property
    def facts(self) -> tuple[FactView, ...]:
        """What its figures are."""
        return self.answer.facts

    def shown(self) -> dict[str, Any]:
        """What an inbox shows and keeps: title, text, why, cause, action and figures, with the proof beside."""
        body = self.answer.body()
        offer = body["recommended_offers"][0]
        return {
            "title": self.title.text,
            "lang": self.lang,
            "text": self.text,
            "sentences": body["answer"]["sentences"],
            "why": self.why.said.text if self.why.said is not None else "",
            "cause": {
                "kind": "signal",
                "name": self.why.signal,
                "line": self.why.line,
                "play": self.why.play,
                "decision": self.why.decision,
                "at": self.why.at.isoformat(),
            },
            "offer": offer,
            "action": offer["action"],
            "as_of": self.as_of.isoformat(),
            "quotes": body["quotes"],
            "facts": body["facts"],
            "topics_version": self.topics_version,
        }
