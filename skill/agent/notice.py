"""A notice without a model: the signal's own words, the price, and who can decide, each quoted and filled from facts."""

from __future__ import annotations

from skill.agent.composer import Composer
from skill.agent.languages import ORIGINAL, Speech
from skill.agent.slots import of_signal
from skill.agent.views import feature_views
from skill.compiler.languages import reading_order
from skill.errors import GroundingError
from skill.model.answer import Answer, AnswerText, FeatureView, Sentence
from skill.model.decision import Access, Offer, Outcome, Reason, Verdict
from skill.model.notice import Cause, Leaving, Notice
from skill.policy import gate


def compose_notice(leaving: Leaving, *, allow_unreviewed: bool = False) -> Notice:
    """The notice for an effect; it is not proven yet.

    Raises:
        GroundingError: the Topics have no words for it that these facts can fill.
    """
    offer = leaving.offer
    if offer is None:
        raise GroundingError("there is no offer to tell of", pointer=leaving.effect.id)
    return Writer(leaving, offer, allow_unreviewed=allow_unreviewed).notice()


class Writer(Composer):
    """Composes as for an answer, about one offer; what it is about is judged by the gate, as nobody asked."""

    def __init__(self, leaving: Leaving, offer: Offer, *, allow_unreviewed: bool) -> None:
        about = _about(leaving, offer)
        meaning = leaving.decision.meaning.model_copy(
            update={"outcome": Outcome.FEATURE, "features": (about.feature,)}
        )
        unlocks = offer.unlocks or ((about.feature,) if about.verdict is Verdict.DENIED else ())
        told = offer.model_copy(update={"unlocks": unlocks})
        decision = leaving.decision.model_copy(
            update={"meaning": meaning, "accesses": (about,), "offers": (told,)}
        )
        super().__init__(
            leaving.playbook, decision, leaving.customer, allow_unreviewed=allow_unreviewed
        )
        self.leaving = leaving
        self.offer = told

    def notice(self) -> Notice:
        """The whole notice."""
        signal = self._say_notice()
        values = self._offer_values(self.offer)
        self._say_prices(self.offer, values)
        if self.offer.action.kind == "ask_admin":
            places = self._places(None, self.offer)
            self._say(self.words.choose("Ask your admin", places, values), values)
        effect, decision = self.leaving.effect, self.decision
        shown = self._offer(self.offer)
        answer = Answer(
            decision_id=effect.decision,
            topics_version=decision.topics_version,
            triggered=True,
            answer=AnswerText(
                text="\n\n".join(s.text for s in self.sentences), sentences=tuple(self.sentences)
            ),
            feature=self._feature(),
            recommended_offers=(shown,),
            quotes=self.evidence.quotes,
            facts=self.evidence.facts,
        )
        row = next(t for t in self.playbook.thresholds if t.key == signal)
        said = Sentence(text=shown.why.text, kind="quote", evidence=shown.why.evidence, lang=shown.why.lang)  # fmt: skip
        return Notice(
            effect=effect.id,
            account=effect.account,
            person=effect.person,
            offer=self.offer.bundle,
            category=self.leaving.play.category if self.leaving.play is not None else "",
            title=self._title(),
            why=Cause(
                signal=signal,
                line=str(row.span),
                play=effect.play,
                decision=effect.decision,
                at=effect.created_at,
                said=said if shown.why.text else None,
            ),
            as_of=decision.now,
            answer=answer,
        )

    def _feature(self) -> FeatureView:
        """What the offer is for, as programs read it."""
        return feature_views(self.playbook, self.decision, self.customer)[0]

    def _say_notice(self) -> str:
        """The words of the first signal that has some and speaks for this offer; says which it was."""
        speaking = self.offer.signals
        mine = [self.leaving.effect.rule, *speaking] if self.leaving.effect.rule in speaking else speaking  # fmt: skip
        for key in mine:
            signal = next(s for s in self.decision.signals if s.key == key)
            values = self._offer_values(self.offer) | of_signal(signal, self.decision)
            for label in ("Notice", "Why you"):
                places = [self.playbook.notices, *self._places(None, self.offer)]
                quote = self.words.choose(label, places, values, (key,))
                if quote is not None and quote.subject == key:
                    self._say(quote, values)
                    return key
        raise GroundingError(
            f"no `Notice` words for {' or '.join(mine) or 'any signal'} can be filled",
            pointer=self.leaving.effect.id,
            help="write a quote `**Notice SIGNAL:** ...` beside the thresholds",
        )

    def _title(self) -> Sentence:
        """The name of the offer, in the first of the reader's languages that has one."""
        name = self.playbook.bundles[self.offer.bundle].name
        for lang in reading_order(self.customer.person.locale):
            said = Speech(self.playbook, lang).name("bundle", name)
            if lang in self.playbook.translations and said != name:
                return Sentence(text=said, kind="fact", lang=lang)
        return Sentence(text=name, kind="fact", lang=ORIGINAL)


def _about(leaving: Leaving, offer: Offer) -> Access:
    """What the offer is for, as the gate sees it: the limit that it lifts, or the feature that it brings."""
    feature = offer.feature or next(iter(offer.unlocks), "")
    if feature not in leaving.playbook.features:
        raise GroundingError(
            f"no Topic says what `{offer.bundle}` would change here", pointer=leaving.effect.id
        )
    if offer.lifts is None:
        return Access(feature=feature, verdict=Verdict.DENIED, reason=Reason.NOT_IN_PLAN)
    limit = gate.effective_limit(
        leaving.playbook, leaving.customer, offer.lifts, leaving.decision.now
    )
    return Access(
        feature=feature, verdict=Verdict.LIMITED, reason=Reason.LIMIT_REACHED, limit=limit
    )
