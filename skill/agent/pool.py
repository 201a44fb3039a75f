"""Everything that a reply may refer to: the decided answer's own sentences, and what tools found since; each by its id."""

from __future__ import annotations

from collections.abc import Iterable

from skill.agent.languages import Value
from skill.agent.slots import Evidence, told_fact
from skill.agent.wording import Wording
from skill.model.answer import Answer, FactView, FeatureView, QuoteView, Sentence
from skill.model.playbook import Playbook

_TOLD_BY = {"plan": "Only my plan", "limit": "Limit", "usage": "Used"}
"""Kinds of facts that can be told alone, and the label of their words."""

_OF_OTHERS = ("Plan limit",)
"""Labels of sentences whose figures belong to a plan and to nobody's account."""


class Pool:
    """Grows while one question is answered; nothing ever leaves it."""

    def __init__(self, playbook: Playbook, answer: Answer, wording: Wording) -> None:
        """Begin with what was decided: its sentences all have to be said."""
        self._playbook = playbook
        self._wording = wording
        self.answer = answer
        self.evidence = Evidence.going_on(playbook, answer.quotes, answer.facts)
        self.sentences: dict[str, Sentence] = {}
        """By the id of the quote that each one shows."""
        self.views: dict[str, FeatureView] = {}
        """What tools have found about further features, by the ids of the quotes and facts that tell it."""
        self._keep(answer.answer.sentences)
        self.must = tuple(self.sentences)
        """Ids of the decided answer's sentences, in their order."""

    def add(self, sentences: Iterable[Sentence], view: FeatureView | None = None) -> list[str]:
        """Take in what a tool found; the ids of its sentences, those that were there before among them."""
        found = list(sentences)
        decided = {id_ for key in self.must for id_ in self.sentences[key].evidence}
        self._keep(found)
        if view is not None:
            cited = dict.fromkeys(id_ for one in found for id_ in one.evidence)
            self.views.update(dict.fromkeys((i for i in cited if i not in decided), view))
        return [one.evidence[0] for one in found]

    def _keep(self, sentences: Iterable[Sentence]) -> None:
        for one in sentences:
            if one.evidence:
                self.sentences.setdefault(one.evidence[0], one)

    @property
    def facts(self) -> dict[str, FactView]:
        """The facts found so far, by id."""
        return {fact.id: fact for fact in self.evidence.facts}

    def figures(self) -> dict[str, FactView]:
        """The facts that the asker's own sentences rest on and that can be told alone, by id.

        A limit of a plan that is only compared is none of theirs, and is told by its quote alone.
        """
        quotes = {quote.id: quote for quote in self.evidence.quotes}
        own = {
            id_
            for key, one in self.sentences.items()
            if key in quotes and quotes[key].label not in _OF_OTHERS
            for id_ in one.evidence
        }
        return {
            id_: fact
            for id_, fact in self.facts.items()
            if id_ in own and fact.name.partition(".")[0] in _TOLD_BY
        }

    def texts(self) -> dict[str, str]:
        """What each id says: the evidence that prose is held against."""
        said = {id_: one.text for id_, one in self.sentences.items()}
        return said | {id_: told_fact(fact) for id_, fact in self.figures().items()}

    def figure(self, id_: str) -> Sentence | None:
        """A fact as a sentence, in the words of the Topics; None where it cannot be told alone."""
        fact = self.facts.get(id_)
        if fact is None:
            return None
        kind, _, key = fact.name.partition(".")
        value = Value(str(fact.value), fact.name, fact.source)
        meter = self._playbook.meters.get(key.partition(".")[0])
        values = {"plan": value, "limit": value, "used": value}
        if meter is not None:
            values["meter"] = Value(meter.name.replace("_", " "))
        label = _TOLD_BY.get(kind)
        if label is None or "." in key:
            return None
        quote = self._wording.choose(label, [self._playbook.defaults], values)
        if quote is None:
            return None
        text, ids = self.evidence.quote(quote, values)
        return Sentence(text=text, kind="quote", evidence=ids, lang=quote.lang)

    def used_by(self, sentences: Iterable[Sentence]) -> tuple[list[QuoteView], list[FactView]]:
        """The quotes and facts that these sentences and the decided answer rest on."""
        cited = {i for one in sentences for i in one.evidence}
        cited |= {i for offer in self.answer.recommended_offers for i in offer.why.evidence}
        cited |= {fact.id for fact in self.answer.facts}
        quotes = [q for q in self.evidence.quotes if q.id in cited]
        return quotes, [f for f in self.evidence.facts if f.id in cited]
