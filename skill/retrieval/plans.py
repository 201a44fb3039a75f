"""A product's own name and its plans in a question: frame around the feature, or all that was said."""

from __future__ import annotations

import re

from skill.model.decision import Meaning, Outcome
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.retrieval import concepts as general
from skill.retrieval.question import Question, Wants, read
from skill.retrieval.words import stems, words

MIN_HOUSE = 3
"""A product's own name stands in at least so many descriptions."""
MAX_ADDED = 3
"""So many features stand for a plan that is asked about as a whole."""

_COMPARES = re.compile(
    r"\b(?:difference|differences|differ|differs|compare|compared|comparing|comparison|versus|vs|better|against"
    r"|instead of|rather than|which (?:one )?(?:has|is|gives|offers|do|should)|(?:not|nothing) (?:have |get )?(?:on|in|with))\b|n't (?:have |get )?(?:on|in|with)\b",
    re.IGNORECASE,
)
_KINDS = "plan|tier|edition|package|subscription|version"
_KIND = rf"(?:(?:{_KINDS}|pricing plan|account|workspace|contract|membership)s?)"
_SO = (
    r"(?:(?:hi|hello|hey|so|ok|okay|and|please|remind me|can you|could you|tell me|show me|list|let me know|i want to know"
    r"|i'd like to (?:know|see)|i would like to (?:know|see)|just) )*"
)
_NOW = r"(?: (?:currently|right now|now|today|at the moment|presently|exactly|actually|already|please))*"
_OURS = rf"(?:my|our|this|the|my team's)(?: current| present| existing| own)? {_KIND}"
_WHICH = re.compile(
    _SO
    + r"(?:"
    + "|".join(
        (
            rf"(?:which|what)(?: kind of| sort of)? {_KIND} (?:am i|are we|do (?:i|we)|have (?:i|we)|is (?:my|our) (?:account|team|company|workspace|organi[sz]ation))(?: (?:on|in|have|having|got|use|using|subscribed to|paying for|pay for))?",
            rf"(?:what|which)(?:'s| is| are|s)? {_OURS}(?: called)?",
        )
    )
    + r")"
    + _NOW
)
"""The whole question: which plan the asker has."""
_OWN = re.compile(
    _SO
    + r"(?:"
    + "|".join(
        (
            rf"what(?:'s| is| are|s)?(?: all)?(?: currently)?(?: included| available| part)?(?: in| on| of| with| for) {_OURS}",
            rf"what (?:all )?(?:do|can|did) (?:i|we)(?: currently| already| actually)? (?:have|get|use)(?: access to| included)?(?: (?:in|on|with|from|under|for) {_OURS})?",
            rf"what (?:all )?does {_OURS} (?:include|cover|contain|offer|come with|have|give (?:me|us))",
            rf"(?:what|which) (?:features|functions|things|limits)(?: do (?:i|we) have| (?:i|we) have| are (?:included|available|there))?(?: (?:in|on|with|under|for) {_OURS})?",
            rf"(?:what|which) (?:features|functions|things|limits) does {_OURS} (?:have|include|cover|offer|come with)",
            rf"(?:me )?(?:everything|all|all the features|all of the features|the features|all features|what)(?: that)?(?:'s| is| are)?(?: included| available| there)?(?: in| on| of| with) {_OURS}",
            rf"{_OURS}(?: details)?",
        )
    )
    + r")"
    + _NOW
)
"""The whole question, without its punctuation: the asker's own plan is meant and nothing besides."""
_THERE = r"(?:are there|is there|do you (?:have|offer|sell)|exist|are (?:available|offered)|can (?:i|we) (?:choose|pick|get|buy|choose from)|have you got)"
_EVERY = re.compile(
    _SO
    + r"(?:"
    + "|".join(
        (
            rf"(?:which|what)(?: kinds? of| sorts? of| different| other)? (?:pricing )?(?:{_KINDS})s {_THERE}",
            rf"(?:what are|compare|explain|what is the difference between|what's the difference between|how do)(?: all)?(?: of)?(?: the| your)?(?: different| available| various| pricing)* (?:{_KINDS})s(?: differ)?(?: you (?:have|offer))?",
            rf"(?:all )?(?:the|your|available)(?: different| available| pricing)* (?:{_KINDS})s",
            rf"(?:do you have|are there) (?:any )?(?:other|more|different) (?:{_KINDS})s",
        )
    )
    + r")"
    + _NOW
)
"""The whole question: the plans that there are."""
_ENDS = (
    r"\s*(?:$|[?.!,;:)]|\b(?:and|or|is|do|does|can|now|yet|already|too|have|has|include|includes|come|comes"
    r"|get|offer|with|for|if|plans?)\b)"
)


def frame_pattern(playbook: Playbook) -> re.Pattern[str] | None:
    """What is frame in this product alone: its own name, and its plans (`on Starter`, `in the Team plan`)."""
    names = [re.escape(name) for plan in _plans(playbook) for name in _names(plan)]
    parts: list[str] = []
    if names:
        plans = "|".join(sorted(names, key=len, reverse=True))
        parts.append(
            r"\b(?:on|in|to|with|from|under|than|within|have|has|using|for|does|is) (?:the |our |my |a |an )?"
            rf"(?:{plans})(?: (?:{_KINDS}))?(?={_ENDS})|\b(?:{plans}) (?:{_KINDS})s?\b"
        )
    house = house_name(playbook)
    if house:
        parts.append(rf"\b{re.escape(house)}(?:'s)?\b")
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def house_name(playbook: Playbook) -> str:
    """The product's own name: the invented word with a capital that most descriptions hold inside a sentence."""
    known = general.known()
    count: dict[str, int] = {}
    for feature in playbook.features.values():
        for word in set(re.findall(r"(?<=[a-z,] )[A-Z][a-zA-Z]{3,}\b", feature.what_it_does)):
            if not {stem for stem, _, _ in stems(words(word))} <= known:
                count[word] = count.get(word, 0) + 1
    ordered = sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
    if not ordered or ordered[0][1] < MIN_HOUSE:
        return ""
    second = ordered[1][1] if len(ordered) > 1 else 0
    return ordered[0][0] if ordered[0][1] >= 1.5 * second else ""


def as_wholes(text: str) -> Meaning | None:
    """The asker's own plan, or the plans that there are, asked about as wholes; None where neither is."""
    said = " ".join(re.sub(r"[^\w'$%€£-]+", " ", text).casefold().split())
    for pattern, wants in ((_WHICH, "which_plan"), (_OWN, "own_plan")):
        if pattern.fullmatch(said):
            why = "the asker's own plan"
            return Meaning(outcome=Outcome.PLANS, wants=wants, reasons=(why,))
    if _EVERY.fullmatch(said):
        return Meaning(outcome=Outcome.PLANS, reasons=("which plans there are",))
    return None


def about_a_plan(question: Question, playbook: Playbook) -> Meaning | None:
    """A plan that is named alone: what it holds, by what it adds to the plan before it; the highest one named counts."""
    plans = _plans(playbook)
    named = [plan for plan in plans if _stands(plan, question.text)]
    if not named:
        return None
    plan = named[-1]
    before = set(plans[plans.index(plan) - 1].unlocks) if plan is not plans[0] else set[str]()
    why = f"plan `{plan.name}`, by what it adds"
    wants: Wants = "price" if question.wants == "price" else "access"
    return _of_plans((plan,), _added(plan, before, playbook), wants, why)


def is_all_plan(question: Question, playbook: Playbook) -> bool:
    """True where nothing is left of a question but the name of a plan: `what would Team cost us?`."""
    text = question.text
    for plan in _plans(playbook):
        for name in _names(plan):
            text = re.sub(_said(name), " ", text)
    return text != question.text and not read(text).core


def compared(text: str, playbook: Playbook) -> Meaning | None:
    """Two plans held against each other: what the higher one adds to the lower; None where that is not asked."""
    if not _COMPARES.search(text):
        return None
    named = [plan for plan in _plans(playbook) if _stands(plan, text)]
    if len(named) < 2:
        return None
    lower, higher = named[-2:]
    why = f"plan `{higher.name}` against `{lower.name}`, by what it adds"
    return _of_plans((lower, higher), _added(higher, set(lower.unlocks), playbook), "access", why)


def _of_plans(plans: tuple[Bundle, ...], added: list[str], wants: Wants, why: str) -> Meaning:
    """Plans asked about: what the last one adds is asked for, where it adds anything."""
    keys = tuple(plan.key for plan in plans)
    if not added:
        return Meaning(outcome=Outcome.PLANS, plans=keys, reasons=(why,))
    return Meaning(
        outcome=Outcome.FEATURE,
        features=tuple(added[:MAX_ADDED]),
        plans=keys,
        wants=wants,
        reasons=(why,),
    )


def _added(plan: Bundle, before: set[str], playbook: Playbook) -> list[str]:
    unlocked = [key for key in plan.unlocks if key in playbook.features]
    return [key for key in unlocked if key not in before] or unlocked


def _stands(plan: Bundle, text: str) -> bool:
    return any(re.search(_said(name), text, re.IGNORECASE) for name in _names(plan))


def _names(plan: Bundle) -> list[str]:
    return [name for name in (plan.name, *plan.also_called) if name]


def _said(name: str) -> str:
    """A plan's name where it is one: it may be a word of every day, and `my team` is not `Team`."""
    return rf"(?<!\bmy )(?<!\bour )(?<!\byour )\b{re.escape(name)}\b"


def _plans(playbook: Playbook) -> list[Bundle]:
    plans = [bundle for bundle in playbook.bundles.values() if bundle.sold_as is SoldAs.PLAN]
    return sorted(plans, key=lambda bundle: bundle.position)
