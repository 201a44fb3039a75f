"""An answer without a model: quotes chosen by label and filled from facts; every sentence carries its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from skill.agent import cost_words, plan_words, views
from skill.agent.languages import ORIGINAL, Value, Values, listed
from skill.agent.prices import action_label, price_view
from skill.agent.slots import (
    PERSONAL,
    Evidence,
    of_access,
    of_account,
    of_offer,
    of_price,
    of_quantity,
    of_signal,
)
from skill.agent.waits import of_wait
from skill.agent.wording import Wording
from skill.compiler.languages import reading_order
from skill.compiler.wording import wording_problem
from skill.model.account import Customer
from skill.model.answer import (
    ActionView,
    Answer,
    AnswerText,
    Candidate,
    RecommendedOffer,
    Sentence,
    StepView,
    Why,
)
from skill.model.decision import Access, Decision, Offer, Outcome, Reason, Surface, Verdict
from skill.model.playbook import Playbook, SoldAs
from skill.model.preview import Billed, CostPreview
from skill.model.rules import Truth
from skill.model.topic import Quote
from skill.policy.offers import waiting
from skill.policy.prices import costs, pricing
from skill.policy.prices.bills import units_in
from skill.policy.value.delta import delta


class Composer:
    """Puts one answer together; used once."""

    def __init__(
        self,
        playbook: Playbook,
        decision: Decision,
        customer: Customer,
        *,
        support: bool = False,
        allow_unreviewed: bool = False,
        evidence: Evidence | None = None,
        billed: Mapping[str, Billed] | None = None,
    ) -> None:
        """Begin an answer; with `evidence` it goes on with the numbers of another."""
        self.playbook = playbook
        self.decision = decision
        self.customer = customer
        self.support = support
        self.billed = billed or {}
        self.evidence = evidence or Evidence(playbook)
        self.words = Wording(playbook, customer.person.locale, allow_unreviewed=allow_unreviewed)
        self.account = self._fit_here(of_account(playbook, customer))
        self.sentences: list[Sentence] = []
        self._costs: dict[str, CostPreview] = {}
        play = next((p for p in playbook.plays if p.key == decision.play), None)
        self.play = play

    def answer(self, decision_id: str, passages: Sequence[Quote] = ()) -> Answer:
        """The whole answer. `passages` are help texts for features this person has, best first."""
        decision = self.decision
        outcome = decision.meaning.outcome
        candidates = views.candidates(self.playbook, decision)
        features = views.feature_views(self.playbook, decision, self.customer)
        if decision.plans:
            for label, values in plan_words.said(self.playbook, decision, self.account):
                self._say(self.words.choose(label, [self.playbook.defaults], values), values)
            self._note_facts(self.account)
        elif outcome is Outcome.FEATURE:
            for found in decision.accesses:
                self._say_what(found)
                self._say_access(found)
            self._say_passages(passages)
            if decision.meaning.partly:
                self._say_default("Not all")
        elif outcome is Outcome.BARGAIN:
            self._say_default("Not mine to say")
        elif outcome not in (Outcome.OUTSIDE, Outcome.PLANS):
            self._say_nothing_found(outcome, candidates)
        offers = tuple(self._offer(offer) for offer in decision.offers)
        self._say_offers()
        return Answer(
            decision_id=decision_id,
            topics_version=decision.topics_version,
            triggered=outcome is not Outcome.OUTSIDE,
            answer=AnswerText(
                text="\n\n".join(s.text for s in self.sentences), sentences=tuple(self.sentences)
            ),
            feature=features[0] if features else None,
            features=features,
            candidates=candidates,
            recommended_offers=offers,
            quotes=self.evidence.quotes,
            facts=self.evidence.facts,
            handoff=views.handoff(decision, self.customer, self.play),
            missing=decision.missing if self.support else views.missing(decision),
            withheld=views.withheld(decision) if self.support else None,
            talking_points=views.talking_points(self.playbook, decision, self.play)
            if self.support
            else None,
        )

    def _of_access(self, found: Access) -> Values:
        return self._fit_here(of_access(self.playbook, self.customer, self.decision, found))

    def _fit_here(self, values: Values) -> Values:
        """Nothing about the account itself where anybody may read along."""
        if self.decision.surface is not Surface.PUBLIC_DIRECTORY:
            return values
        return {
            slot: value
            for slot, value in values.items()
            if slot not in PERSONAL and value.source not in ("account", "override")
        }

    # -- choosing words -----------------------------------------------------------------------------------

    def _places(self, found: Access | None, offer: Offer | None) -> Iterator[Sequence[Quote]]:
        """Where words are looked for, in order: play, bundle, feature, defaults."""
        if self.play is not None:
            yield self.play.quotes
        if offer is not None:
            yield self.playbook.bundles[offer.bundle].quotes
        elif found is not None and found.limit is not None and found.limit.bundle:
            yield self.playbook.bundles[found.limit.bundle].quotes
        if found is not None:
            yield self.playbook.features[found.feature].quotes
        yield self.playbook.defaults

    def _say(
        self,
        quote: Quote | None,
        values: Values,
        *,
        asks: bool = False,
        also: Sequence[Value] = (),
    ) -> None:
        """Say a quote once; `also` are facts it rests on that fill none of its slots."""
        if quote is None:
            return
        text, ids = self.evidence.quote(quote, values)
        ids = (*ids, *(self.evidence.fact(value) for value in also))
        for i, said in enumerate(self.sentences):
            if said.text == text:  # said once, with the evidence of both
                both = tuple(dict.fromkeys((*said.evidence, *ids)))
                self.sentences[i] = said.model_copy(update={"evidence": both})
                return
        self.sentences.append(
            Sentence(
                text=text,
                kind="question" if asks else "quote",
                evidence=ids,
                lang=quote.lang,
            )
        )

    # -- what is said -------------------------------------------------------------------------------------

    def _say_access(self, found: Access) -> None:
        offer = next((o for o in self.decision.offers if self._is_for(o, found)), None)
        values = self.account | self._of_access(found)
        if offer is not None:
            values |= of_offer(self.playbook, offer) | self._signal_values(offer)
        label, subjects = self._label(found, offer)
        quote = self.words.choose(label, self._places(found, offer), values, subjects)
        if (
            quote is None
        ):  # words that need a figure nobody may see here give way to words without one
            plain = "Answer without offer" if found.verdict is Verdict.DENIED else "Have it"
            quote = self.words.choose(plain, self._places(found, None), values, (found.feature,))
        self._say_free_way(found, values, quote)
        self._say(quote, values)
        self._note_facts(values)

    def _say_free_way(self, found: Access, values: Values, next_said: Quote | None) -> None:
        """First what costs nothing: the limit begins again soon, or something that is there does the job today."""
        rests = waiting.wait(self.playbook, found, self.decision.meaning, self.decision.now)
        if rests is not None and self.decision.surface is not Surface.PUBLIC_DIRECTORY:
            day = of_wait(rests, self.decision)
            own = values | day
            quote = self.words.choose("Wait", self._places(found, None), own, (rests.meter,))
            if quote is not None:
                self._say(quote, own)
                for value in day.values():
                    self.evidence.fact(value)
        told_anyway = next_said is not None and "workaround" in next_said.slots
        if found.verdict is Verdict.DENIED and "workaround" in values and not told_anyway:
            places = self._places(found, None)
            self._say(self.words.choose("Today", places, values, (found.feature,)), values)

    def _say_default(self, label: str) -> None:
        self._say(self.words.choose(label, [self.playbook.defaults], self.account), self.account)

    def _say_what(self, found: Access) -> None:
        """What a feature is, for somebody who asks that, where its description may be shown as it stands."""
        feature = self.playbook.features[found.feature]
        if self.decision.meaning.wants != "what":
            return
        values = self.account | self._of_access(found)
        if feature.what_it_does and wording_problem(feature.what_it_does) is None:
            values |= {"description": Value(feature.what_it_does)}
        places = (feature.quotes, self.playbook.defaults)
        self._say(self.words.choose("What it is", places, values, (feature.key,)), values)

    @staticmethod
    def _is_for(offer: Offer, found: Access) -> bool:
        """Whether an offer answers this very verdict: it was found for it, or unlocks it too."""
        if offer.lifts is not None:
            return offer.feature == found.feature
        return found.verdict is Verdict.DENIED and found.feature in offer.unlocks

    def _label(self, found: Access, offer: Offer | None) -> tuple[str, tuple[str, ...]]:
        """Which words fit the verdict, and what may stand behind their label."""
        meter = (found.limit.meter,) if found.limit else ()
        if found.verdict is Verdict.UNKNOWN:
            return "Cannot say", ()
        if found.reason is Reason.ROLE_NOT_ALLOWED:
            return "Role", (found.feature,)
        if found.verdict is Verdict.DENIED:
            if offer is None:
                teaches = any(s.explain for s in self.decision.suppressions)
                return ("Explain" if teaches else "Answer without offer"), (found.feature,)
            two = len(offer.unlock.steps) > 1
            return ("Two steps" if two else "Answer"), (found.feature,)
        if found.verdict is Verdict.LIMITED:
            return ("More" if offer else "More without offer"), meter
        if found.limit is None:
            return "Have it", (found.feature,)
        return ("Covered" if found.covered is Truth.TRUE and found.need else "Limit"), meter

    def _note_facts(self, values: Values) -> None:
        """The facts that the verdict rests on are told, whether or not the words used them."""
        for slot in ("plan", "limit", "used"):
            value = values.get(slot)
            if value is not None and value.fact:
                self.evidence.fact(value)

    def passages(self, found: Sequence[Quote]) -> tuple[Sentence, ...]:
        """Help texts as sentences, those that may be shown; for whoever composes no whole answer."""
        for passage in found:
            if self.words.may_show(passage):
                self._say(self.words.in_their_language(passage, {}), {})
        return tuple(self.sentences)

    def _say_passages(self, passages: Sequence[Quote]) -> None:
        granted = any(a.verdict is Verdict.GRANTED for a in self.decision.accesses)
        for passage in passages[:1] if granted else ():
            if self.words.may_show(passage):
                self._say(self.words.in_their_language(passage, {}), {})

    def _say_nothing_found(self, outcome: Outcome, candidates: tuple[Candidate, ...]) -> None:
        values = dict(self.account)
        if candidates:
            names = tuple(c.name for c in candidates)
            values["options"] = Value(listed(names, "or"), parts=names)
        label = {Outcome.NOT_SOLD: "Not sold", Outcome.WHICH: "Which one"}.get(outcome, "Not found")
        quote = self.words.choose(label, [self.playbook.defaults], values)
        self._say(quote, values, asks=outcome is Outcome.WHICH)
        self._note_facts(values)

    def _say_offers(self) -> None:
        """For each offer: why now, in the person's own figures, what it costs, and who can decide."""
        for offer in self.decision.offers:
            values = self._offer_values(offer)
            places = list(self._places(None, offer))
            why = self._why_quote(offer, places)
            if why is not None:
                self._say(*why)
            self._say_prices(offer, values)
            if offer.action.kind == "ask_admin":
                self._say(self.words.choose("Ask your admin", places, values), values)
            self._say_cost(offer, values)

    def _say_prices(self, offer: Offer, values: Values) -> None:
        """What each purchase costs, in its own words: nobody learns of a second price later."""
        if None in offer.prices:
            return  # the price of one of two purchases would pass for that of both
        for step, price in zip(offer.unlock.steps, offer.prices, strict=True):
            bundle = self.playbook.bundles[step.bundle]
            lines = pricing.lines_of(bundle, self.customer.account, price) if price else ()
            label = "Step price" if len(offer.prices) > 1 or len(lines) > 1 else "Price"
            several = offer.quantity > 1 and step is offer.unlock.steps[-1]
            for line in lines:
                said = values | of_price(bundle, line)
                # `2 at EUR 8 per seat` would be the price of two seats, where each purchase is of five.
                is_each = several and units_in(self.playbook, bundle, line) == 1
                many = of_quantity(offer) if several else {}
                if is_each:
                    said |= many
                places = [bundle.quotes, self.playbook.defaults]
                quote = self.words.choose("Several" if is_each else label, places, said)
                self._say(quote, said, also=() if is_each else tuple(many.values()))

    def _say_cost(self, offer: Offer, values: Values) -> None:
        """What it comes to for this account, and the one thing more that helps most to decide."""
        cost = self._cost(offer)
        if cost is None or self.decision.surface is Surface.PUBLIC_DIRECTORY:
            return
        choose = partial(self._cost_quote, offer)
        for quote, own, also in cost_words.said(self.playbook, offer, cost, values, choose):
            self._say(quote, own, also=also)

    def _cost_quote(
        self, offer: Offer, label: str, values: Values, subjects: tuple[str, ...]
    ) -> Quote | None:
        """Words about the cost of an offer. Beside another offer they must say of which one they speak."""
        places = self._places(None, offer)
        if len(self.decision.offers) > 1:
            bundle = self.playbook.bundles[offer.bundle]
            places = (
                [q for q in quotes if "bundle" in q.slots or q in bundle.quotes]
                for quotes in places
            )
        return self.words.choose(label, places, values, subjects)

    def _cost(self, offer: Offer) -> CostPreview | None:
        """What the offer would cost; None where it has no price, and so none to be taken for theirs."""
        if offer.price is None:
            return None
        if offer.bundle not in self._costs:
            self._costs[offer.bundle] = costs.expected(
                self.playbook, self.customer, offer, self.decision.now
            )
        return self._costs[offer.bundle]

    def _offer_values(self, offer: Offer) -> Values:
        values = {**self.account, **of_offer(self.playbook, offer)}
        found = next((a for a in self.decision.accesses if self._is_for(offer, a)), None)
        if found is not None:
            values |= self._of_access(found)
        return values | self._signal_values(offer)

    def _signal_values(self, offer: Offer) -> Values:
        """The figures of the signals that speak for an offer, behind the signal's key: `{manual-export.count}`."""
        return {
            f"{signal.key}.{name}": value
            for signal in self.decision.signals
            if signal.key in offer.signals and self._is_about(signal.key, offer)
            for name, value in of_signal(signal, self.decision).items()
        }

    def _why_quote(
        self, offer: Offer, places: list[Sequence[Quote]]
    ) -> tuple[Quote, Values] | None:
        for key in offer.signals:
            if not self._is_about(key, offer):
                continue
            signal = next(s for s in self.decision.signals if s.key == key)
            values = self._offer_values(offer) | of_signal(signal, self.decision)
            quote = self.words.choose("Why you", places, values, (key,))
            if quote is not None and quote.subject == key:
                return quote, values
        return None

    def _is_about(self, signal: str, offer: Offer) -> bool:
        """Whether a signal is a reason for this question: a plan is not offered for API calls to who asked for sign-in.

        An extra does one job, and every signal that speaks for it is about that job.
        """
        bundle = self.playbook.bundles[offer.bundle]
        if bundle.sold_as not in (SoldAs.PLAN, SoldAs.TRIAL):
            return True
        row = next(t for t in self.playbook.thresholds if t.key == signal)
        asked = set(offer.unlocks) | {
            a.feature for a in self.decision.accesses if self._is_for(offer, a)
        }
        meters = {m for f in asked for m in self.playbook.features[f].meters}
        return any(
            (c.what == "meter" and c.name in meters)
            or (c.what == "attempts" and c.name in asked)
            or c.what == "attempts_in"
            for c in row.counts
        )

    # -- what programs read -------------------------------------------------------------------------------

    def _offer(self, offer: Offer) -> RecommendedOffer:
        bundle = self.playbook.bundles[offer.bundle]
        found = next((a for a in self.decision.accesses if self._is_for(offer, a)), None)
        places = list(self._places(found, offer))
        label, subjects = self._label(found, offer) if found else ("Answer", ())
        why = self._why_quote(offer, places)
        if why is None:
            values = self._offer_values(offer)
            quote = self.words.choose(label, places, values, subjects)
            why = (quote, values) if quote is not None else None
        text, ids = self.evidence.quote(*why) if why else ("", ())
        said_in = why[0].lang if why else ORIGINAL
        button, lang = action_label(self.playbook, offer.action.kind, reading_order(said_in))
        names = [self.playbook.bundles[s.bundle] for s in offer.unlock.steps]
        steps = tuple(
            StepView(
                id=b.key, name=b.name, price=price_view(p, self.playbook, self.customer.account)
            )
            for b, p in zip(names, offer.prices, strict=True)
        )
        return RecommendedOffer(
            id=offer.bundle,
            name=bundle.name,
            kind=offer.kind.value,
            price=price_view(offer.price, self.playbook, self.customer.account),
            quantity=offer.quantity,
            why=Why(text=text, evidence=ids, lang=said_in),
            signals=offer.signals,
            unlocks=offer.unlocks,
            lifts=offer.lifts,
            delta=delta(self.playbook, self.customer, offer, self.decision.now),
            steps=steps if len(steps) > 1 else (),
            preview=self._preview(offer),
            action=ActionView(
                kind=offer.action.kind,
                href=offer.action.href or None,
                label=button,
                allowed=offer.action.allowed,
                lang=lang,
            ),
        )

    def _preview(self, offer: Offer) -> dict[str, Any]:
        """What the offer would cost a month, as programs read it."""
        made = self._cost(offer)
        if made is None:
            return {}
        billed = self.billed.get(offer.bundle)
        shown = made.model_copy(update={"billed": billed}).model_dump(mode="json")
        # As it is kept: told again, an answer is the same byte for byte.
        whole: dict[str, Any] = json.loads(json.dumps(shown, sort_keys=True))
        return whole
