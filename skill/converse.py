"""The roof of a conversation with a model: the same decision as without one, worded more warmly, proven all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from skill.agent.loop import Agent, Heard, Question, Spoken, Tally
from skill.agent.pool import Pool
from skill.agent.reply import Composition
from skill.agent.tools import Person, Tools
from skill.agent.wording import Wording
from skill.ask import Asked, Workspace, as_known, ask
from skill.model.account import Customer
from skill.model.answer import Answer, AnswerText, FeatureView, Sentence
from skill.model.decision import Outcome, Surface
from skill.policy.decide import MAX_OFFERS
from skill.settings import ModelChoice, ModelWords
from skill.sources.billing import BillingPreview


@dataclass(frozen=True)
class Asking:
    """One question of one person, as `ask` takes it."""

    question: str
    customer: Customer
    now: datetime
    surface: Surface = Surface.IN_PRODUCT
    conversation: tuple[str, ...] = ()
    picked: str | None = None
    chosen: str | None = None
    replied: bool = False
    max_offers: int = MAX_OFFERS
    support: bool = False
    allow_unreviewed: bool = False
    decision_id: str = ""
    locale: str | None = None
    billing: BillingPreview | None = None
    """Who is asked what the offers would cost; nobody where it is None."""
    stops: frozenset[str] = frozenset()
    """Keys of bundles that nobody is to be offered now, or `*` for all."""
    shadow: bool = False
    """Decide and record as ever, and offer nothing."""

    def answered(self, workspace: Workspace, **other: Any) -> Asked:
        """The decision and its answer without a model; raises what `ask` raises."""
        how: dict[str, Any] = {**self.__dict__, **other}
        return ask(workspace, how.pop("question"), how.pop("customer"), **how)


@dataclass(frozen=True)
class Conversed:
    """What was decided and said, and what the model took for it; no tally where none was asked."""

    asked: Asked
    tally: Tally | None = None


async def converse(
    workspace: Workspace,
    asking: Asking,
    agent: Agent | None,
    *,
    asked: Asked | None = None,
    composition: ModelWords = "auto",
    choosing: ModelChoice = "answer",
    heard: Heard | None = None,
) -> Conversed:
    """Answer one question, worded by a model where there is one.

    What is decided is decided before the model is asked, and nothing it says changes that: it may put proven prose
    between the sentences, look up more, and say which of the features that were asked back about is meant.
    Where it fails, or says what nothing proves, the answer is the one without it, `degraded`.

    Args:
        workspace: the Topics.
        asking: who asks what, where and when.
        agent: words the answer; without one it is the decided answer.
        asked: the decided answer, where somebody has it already.
        composition: whether prose is let in; `auto` lets it in for a support copilot alone.
        choosing: what the model's choice among several features is good for.
        heard: is handed each sentence as soon as it is proven; none of them where the model took the question to mean
            something that was not decided yet, since that decision has to be recorded first.

    Raises:
        InputError: a question that cannot be read.
        GroundingError: not even the answer without a model could be proven; nothing of it may be shown.
    """
    asked = asked or asking.answered(workspace)
    # A price is not bargained about, so there is nothing for a model to word.
    bargain = asked.decision.meaning.outcome is Outcome.BARGAIN
    if agent is None or bargain or not asked.answer.triggered:
        return _told(Conversed(asked), heard)
    if composition == "auto":
        composition = "fluid" if asking.surface is Surface.SUPPORT_COPILOT else "strict"
    pool, question = _put(workspace, asking, asked.answer, composition, choosing)
    spoken = await agent.speak(question, heard)
    if spoken.choice is None:
        worded = _worded(workspace, asked.answer, pool, spoken)
        return Conversed(replace(asked, answer=worded), spoken.tally)
    offers = asking.max_offers if choosing == "offer" else 0
    # In a thread: prices may be asked for, and nobody else's answer waits for those.
    chosen = await asyncio.to_thread(
        asking.answered, workspace, chosen=spoken.choice, max_offers=offers
    )
    answer = _named(chosen.answer, spoken.tally)
    return Conversed(replace(chosen, answer=answer), spoken.tally)


def _put(
    workspace: Workspace,
    asking: Asking,
    answer: Answer,
    composition: Composition,
    choosing: ModelChoice,
) -> tuple[Pool, Question]:
    """The question as it is put to the model."""
    unreviewed = asking.allow_unreviewed
    customer = as_known(asking.customer, asking.surface, asking.locale)
    words = Wording(workspace.playbook, customer.person.locale, allow_unreviewed=unreviewed)
    shown = answer if choosing != "no" else answer.model_copy(update={"candidates": ()})
    pool = Pool(workspace.playbook, shown, words)
    person = Person(customer, asking.surface, asking.now, allow_unreviewed=unreviewed)
    return pool, Question(
        text=asking.question,
        earlier=asking.conversation,
        pool=pool,
        tools=Tools(workspace.playbook, workspace.library, person, pool),
        names=workspace.prover.names,
        proves=lambda sentences: _holds(workspace, answer, pool, sentences),
        composition=composition,
        # While it is asked which feature is meant, the candidates are all that can be meant.
        may_look_up=not answer.candidates and all(view.key for view in answer.features),
    )


def _worded(workspace: Workspace, answer: Answer, pool: Pool, spoken: Spoken) -> Answer:
    """The decided answer with the model's order and prose.

    Raises:
        GroundingError: it is not proven after all, though each part of it was; nothing more of it may be shown.
    """
    worded = _named(_of(answer, pool, spoken.sentences), spoken.tally)
    workspace.prover.demand(worded.body())
    return worded


def _holds(
    workspace: Workspace, answer: Answer, pool: Pool, sentences: tuple[Sentence, ...]
) -> bool:
    """Whether the answer that these sentences make is proven as a whole."""
    return workspace.prover.prove(_of(answer, pool, sentences).body()).holds


def _of(answer: Answer, pool: Pool, sentences: tuple[Sentence, ...]) -> Answer:
    """The decided answer with these sentences, and with everything that they rest on."""
    quotes, facts = pool.used_by(sentences)
    shown = {id_ for one in sentences for id_ in one.evidence}
    looked_up = [view for id_, view in pool.views.items() if id_ in shown]
    features = _with(answer.features, looked_up)
    text = "\n\n".join(one.text for one in sentences)
    changed = {
        "answer": AnswerText(text=text, sentences=sentences),
        "feature": features[0] if features else None,
        "features": features,
        "quotes": tuple(quotes),
        "facts": tuple(facts),
    }
    return answer.model_copy(update=changed)


def _named(answer: Answer, tally: Tally) -> Answer:
    """The answer without a model's words, with the name of the model that was asked."""
    said = answer.answer.model_copy(update={"model": tally.model, "degraded": bool(tally.failed)})
    return answer.model_copy(update={"answer": said})


def _with(
    features: tuple[FeatureView, ...], looked_up: Sequence[FeatureView]
) -> tuple[FeatureView, ...]:
    known = {view.key for view in features}
    return (*features, *dict.fromkeys(v for v in looked_up if v.key not in known))


def _told(done: Conversed, heard: Heard | None) -> Conversed:
    if heard is not None:
        for sentence in done.asked.answer.answer.sentences:
            heard(sentence)
    return done
