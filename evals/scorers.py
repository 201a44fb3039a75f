"""Small functions that each look at one thing in an answer and say whether it is as expected, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from pydantic import Field

from skill.agent.grounding import Prover
from skill.ask import Asked
from skill.model.common import Frozen, slug
from skill.model.decision import Reason, Surface, Verdict
from skill.model.playbook import Playbook


class Expect(Frozen):
    """What a turn should come to; what is left out is not looked at."""

    triggered: bool = True
    access: Verdict | None = None
    reason: Reason | None = None
    names_feature: str = ""
    """Key or name of the feature that the answer is about."""
    offers: tuple[str, ...] = ()
    """Keys of all offers, in their order; an empty list means that none is made."""
    quantity: int = 1
    """How many units of the first offer."""
    steps: tuple[str, ...] = ()
    """Keys of the purchases that the first offer takes."""
    action: Literal["link", "checkout", "ask_admin", "contact", "none"] = "none"
    """What the person can do about the first offer."""
    signals: tuple[str, ...] = ()
    """Signals that speak for the first offer."""
    no_offer_because: str = ""
    """How support is told why nothing was offered: its first words."""
    quotes_contain: tuple[str, ...] = ()
    """Words that are shown."""
    never_says: tuple[str, ...] = ()
    """Words that stand nowhere in what this person receives, programs included."""
    candidates_contain: tuple[str, ...] = ()
    """Keys of features that are asked back about."""
    handed_to: str | None = None
    """First name of the person at the company who takes over; null for nobody."""
    missing: tuple[str, ...] = ()
    """Names of what was not known."""


class Turn(Frozen):
    """One question, and what is expected of its answer."""

    question: str
    expect: Expect
    looks_up: tuple[dict[str, str], ...] = ()
    """What a model would look up for it: each a tool and its argument. Without a model nothing is looked up."""
    then_shown: tuple[str, ...] = ()
    """Words that are shown once it was looked up."""

    def expected(self, *, looked_up: bool) -> Expect:
        """What the answer should come to, with what was looked up or without it."""
        if not looked_up:
            return self.expect
        shown = (*self.expect.quotes_contain, *self.then_shown)
        return self.expect.model_copy(update={"quotes_contain": shown})


class Conversation(Frozen):
    """One fixture: who asks what, and why it is worth keeping."""

    id: str
    """The name of its file."""
    says: str
    """Why it exists, in one sentence."""
    as_: str = Field(alias="as")
    """A person of the sample company."""
    surface: Surface = Surface.IN_PRODUCT
    locale: str | None = None
    """The language to answer in; else the person's own."""
    turns: tuple[Turn, ...] = Field(min_length=1)


class Score(NamedTuple):
    """One thing that was looked at."""

    name: str
    value: bool
    reason: str
    """What was found, and what was expected where that differs."""


def _same(found: object, wanted: object) -> tuple[bool, str]:
    if found == wanted:
        return True, _said(found)
    return False, f"{_said(found)}, expected {_said(wanted)}"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "nothing" if value is None else str(value)


def _first(asked: Asked) -> dict[str, object]:
    """What the first offer is, or that there is none."""
    offers = asked.answer.recommended_offers
    if not offers:
        return {"quantity": None, "steps": (), "action": None, "signals": ()}
    first = offers[0]
    return {
        "quantity": first.quantity,
        "steps": tuple(step.id for step in first.steps),
        "action": first.action.kind,
        "signals": first.signals,
    }


def triggered(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Whether the skill answers at all, or leaves the host's assistant alone."""
    return _same(asked.answer.triggered, expect.triggered)


def access(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """The gate's answer."""
    view = asked.answer.feature
    return _same(view and view.access, expect.access)


def reason(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Why the gate answers so."""
    view = asked.answer.feature
    return _same(view and view.reason, expect.reason)


def names_feature(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Which feature the answer is about."""
    view = asked.answer.feature
    return _same(view and view.key, slug(expect.names_feature))


def offers(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Exactly these offers, in this order."""
    return _same(tuple(o.id for o in asked.answer.recommended_offers), expect.offers)


def quantity(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """How many units of the first offer are needed."""
    return _same(_first(asked)["quantity"], expect.quantity)


def steps(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """The purchases that the first offer takes, in their order."""
    return _same(_first(asked)["steps"], expect.steps)


def action(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """What this person can do about the first offer."""
    return _same(_first(asked)["action"], expect.action)


def signals(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """The signals that speak for the first offer."""
    return _same(_first(asked)["signals"], expect.signals)


def no_offer_because(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Support learns why; the person who asked does not."""
    withheld = asked.decision.withheld
    found = withheld[0].because if withheld and not asked.decision.offers else ""
    if not found.startswith(expect.no_offer_because):
        return False, f"{found or 'no reason'}, expected {expect.no_offer_because}"
    told = asked.decision.surface is Surface.SUPPORT_COPILOT
    if (asked.answer.withheld is not None) is not told:
        return False, "the person who asked is told why" if not told else "support is not told why"
    return True, found


def quotes_contain(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Each of these stands in what is shown."""
    shown = _shown(asked)
    lacking = tuple(words for words in expect.quotes_contain if words not in shown)
    return not lacking, f"not shown: {' / '.join(lacking)}" if lacking else "all shown"


def never_says(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """None of these leaves, in words or in what programs read."""
    body = json.dumps(asked.answer.body(), ensure_ascii=False).casefold()
    said = tuple(words for words in expect.never_says if words.casefold() in body)
    return not said, f"says {' / '.join(said)}" if said else "says none of it"


def candidates_contain(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """These features are asked back about."""
    found = tuple(c.key for c in asked.answer.candidates)
    wanted = {slug(name) for name in expect.candidates_contain}
    return wanted <= set(found), _said(found)


def handed_to(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """Who takes over."""
    return _same((asked.answer.handoff or {}).get("name"), expect.handed_to)


def missing(asked: Asked, expect: Expect) -> tuple[bool, str]:
    """What was wanted and not known, as this person is told."""
    found = asked.answer.missing
    return set(expect.missing) <= set(found), _said(found)


SCORERS: dict[str, Callable[[Asked, Expect], tuple[bool, str]]] = {
    scorer.__name__: scorer
    for scorer in (
        triggered,
        access,
        reason,
        names_feature,
        offers,
        quantity,
        steps,
        action,
        signals,
        no_offer_because,
        quotes_contain,
        never_says,
        candidates_contain,
        handed_to,
        missing,
    )
}
"""A scorer for each field of `Expect`, by its name."""


def scores(asked: Asked, expect: Expect, playbook: Playbook) -> Iterator[Score]:
    """What was expected, field by field, and what holds for every answer."""
    for name, scorer in SCORERS.items():
        if name in expect.model_fields_set:
            yield Score(name, *scorer(asked, expect))
    yield proven(asked, playbook)
    yield keeps_inside(asked, playbook)
    yield offers_nothing_by_the_way(asked)


def proven(asked: Asked, playbook: Playbook) -> Score:
    """Everything shown stands in a Topic or a fact."""
    proof = Prover(playbook).prove(asked.answer.body())
    problems = "; ".join(f"{p.where}: {p.said}" for p in proof.problems)
    return Score("proven", proof.holds, problems or f"{proof.n_quotes} quotes")


def keeps_inside(asked: Asked, playbook: Playbook) -> Score:
    """No internal note is part of what is shown."""
    shown = _shown(asked)
    sections = [section for topic in playbook.topics for section in topic.sections]
    notes = (note.text for section in sections for note in section.notes if len(note.text) > 20)
    leak = next((note for note in notes if note in shown), None)
    return Score("keeps_inside", leak is None, f"shows `{leak}`" if leak else "no internal note")


def offers_nothing_by_the_way(asked: Asked) -> Score:
    """Where nothing is offered, no price and no way to buy leaves either."""
    answer = asked.answer
    if answer.recommended_offers:
        return Score("no_offer_by_the_way", True, "an offer is made")
    views = (*answer.features, *([answer.feature] if answer.feature else []))
    named = [way for view in views for way in view.unlocked_by]
    priced = [fact.name for fact in answer.facts if fact.name.startswith("price.")]
    return Score("no_offer_by_the_way", not named + priced, ", ".join(named + priced) or "none")


def _shown(asked: Asked) -> str:
    """Everything that a person reads: the answer, and why each offer is there."""
    whys = (offer.why.text for offer in asked.answer.recommended_offers)
    return "\n\n".join((asked.answer.answer.text, *whys))
