"""A product's own name and its plans in a question: frame around the feature, or all that was said."""

from __future__ import annotations

import re

from skill.model.decision import Meaning, Outcome
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.retrieval import concepts as general
from skill.retrieval.question import Question, Wants
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
_ENDS = (
    r"\s*(?:$|[?.!,;:)]|\b(?:and|or|is|do|does|can|now|yet|already|too|have|has|include|includes|come|comes"
    r"|get|offer|with|for|if|plans?)\b)"
)


def frame_pattern(playbook: Playbook) -> re.Pattern[str] | None:
    """What is frame in this product alone: its own name, and its plans (`on Starter`, `in the Team plan`)."""
    names = [re.escape(plan.name) for plan in _plans(playbook) if plan.name]
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


def about_a_plan(question: Question, playbook: Playbook) -> Meaning | None:
    """A plan that is named alone stands for what it adds to the plan before it; the highest one named counts."""
    text = question.text.casefold()
    plans = _plans(playbook)
    for at in range(len(plans) - 1, -1, -1):
        name = plans[at].name.casefold()
        if not name or not _stands(name, text):
            continue
        before = set(plans[at - 1].unlocks) if at else set()
        unlocked = [key for key in plans[at].unlocks if key in playbook.features]
        added = [key for key in unlocked if key not in before] or unlocked
        if added:
            wants: Wants = "price" if question.wants == "price" else "access"
            why = f"plan `{plans[at].name}`, by what it adds"
            return Meaning(
                outcome=Outcome.FEATURE,
                features=tuple(added[:MAX_ADDED]),
                wants=wants,
                reasons=(why,),
            )
    return None


def compared(text: str, playbook: Playbook) -> Meaning | None:
    """Two plans held against each other: what the higher one adds to the lower; None where that is not asked."""
    if not _COMPARES.search(text):
        return None
    low = text.casefold()
    named = [p for p in _plans(playbook) if p.name and _stands(p.name, low)]
    if len(named) < 2:
        return None
    below = set(named[-2].unlocks)
    added = [k for k in named[-1].unlocks if k not in below and k in playbook.features]
    if not added:
        return None
    why = f"plan `{named[-1].name}` against `{named[-2].name}`, by what it adds"
    return Meaning(outcome=Outcome.FEATURE, features=tuple(added[:MAX_ADDED]), reasons=(why,))


def _stands(name: str, low: str) -> bool:
    return bool(re.search(rf"\b{re.escape(name.casefold())}\b", low))


def _plans(playbook: Playbook) -> list[Bundle]:
    plans = [bundle for bundle in playbook.bundles.values() if bundle.sold_as is SoldAs.PLAN]
    return sorted(plans, key=lambda bundle: bundle.position)
