"""Reasons to doubt the first of an order: twins, a `not`, a name said only in part, a name that others use."""

from __future__ import annotations

import re

from skill.retrieval.match import Matcher
from skill.retrieval.question import Question
from skill.retrieval.rank import Ranking

TWIN = 0.75
"""Two descriptions that share so much of their words cannot be told apart by a description."""
SIBLING = 0.5
"""The same where only one of the two says `not`."""
NEAR_SIBLING = 0.3
"""The same where the question itself says `not`."""
CANDIDATES = 3
WHOLE_NAME = 0.8
"""A word that is so much of a name, and a name that explains so much of a question."""

_NEGATION = re.compile(r"\b(?:not|no|never|without|none|cannot)\b|n't\b", re.IGNORECASE)
_DENIALS = frozenset(
    ["not", "no", "never", "without", "dont", "doesnt", "arent", "isnt", "cannot", "cant", "wont"]
)
_BESIDE = re.compile(
    r"\b(?:but|that|which|who|and|or)\s+(?:\w+\s+){0,2}?(?:not|never|no|without|cannot|\w+n't)\b"
    r"|\bwithout\b|\bunless\b|\bnot (?:required|needed|necessary|mandatory|allowed|visible)\b",
    re.IGNORECASE,
)
"""A `not` that belongs to what is wished, though it stands in a clause of its own: `but aren't required`."""
_NAMES = ("names_explain", "same_named", "label_softly")


def must_ask(question: Question, ranking: Ranking, matcher: Matcher) -> str:
    """Why the first may not be answered as sure, however probable it looks; empty where nothing speaks against it."""
    if _same_name(ranking, matcher):
        return "several go by that name"
    if _twins(ranking, matcher):
        return "several have nearly the same description"
    if _denied(question, ranking, matcher):
        return "a `not` that words cannot place"
    if _half_named(question, ranking, matcher):
        return "a name that was said only in part"
    if _shared_name(question, ranking):
        return "a word that several names hold"
    return ""


def is_foreign(question: Question, ranking: Ranking) -> str:
    """Why a name is surely none of ours; empty where it may be."""
    if not question.name_like:
        return ""
    here = max(ranking.of(n) for n in (*_NAMES, "text_explains_softly"))
    if ranking.evidence.elsewhere >= 0.9 and here < 0.5:
        return "a thing that others sell under that name"
    if max(here, ranking.of("concept_named")) < 0.3:
        return "a name that shares no word with anything here"
    return ""


def _same_name(ranking: Ranking, matcher: Matcher) -> bool:
    """True where two features have the very name that was said, or names that mean the same."""
    if len(ranking.order) < 2:
        return False
    one, other = ranking.order[0].entry, ranking.order[1].entry
    if any(matcher.entries[at].kind != "feature" for at in (one, other)):
        return False
    if ranking.of("in_order") > 0:
        same = matcher.label(ranking.evidence, one) == matcher.label(ranking.evidence, other)
        return same and ranking.of("in_order", 1) > 0
    return min(ranking.of("same_named"), ranking.of("same_named", 1)) >= 0.8


def _twins(ranking: Ranking, matcher: Matcher) -> bool:
    """True where another one near the top says nearly the same of itself and the question names neither."""
    if ranking.of("in_order") > 0:
        return False
    one = ranking.order[0].entry
    for ranked in ranking.order[1:CANDIDATES]:
        alike = matcher.alike(one, ranked.entry)
        opposite = alike >= SIBLING and _negated(matcher, one) != _negated(matcher, ranked.entry)
        apart = matcher.told_apart(ranking.evidence, one, ranked.entry)
        if (alike >= TWIN or opposite) and not apart:
            return True
    return False


def _denied(question: Question, ranking: Ranking, matcher: Matcher) -> bool:
    """True where the question says `not` and another one near the top is a sibling."""
    denied = set(question.core.split()) & _DENIALS or _BESIDE.search(question.text)
    if not denied or ranking.of("in_order") > 0:
        return False
    one = ranking.order[0].entry
    return any(
        matcher.alike(one, ranked.entry) >= NEAR_SIBLING
        and (_negated(matcher, one) or _negated(matcher, ranked.entry))
        for ranked in ranking.order[1:CANDIDATES]
    )


def _half_named(question: Question, ranking: Ranking, matcher: Matcher) -> bool:
    """True where a name was said of which the first one's own names and description explain too little."""
    if not question.name_like or question.wants in ("limit", "enough", "more"):
        return False
    if (
        ranking.of("in_order") > 0
        and len(matcher.label(ranking.evidence, ranking.order[0].entry)) > 1
    ):
        return False
    named = max(ranking.of(n) for n in _NAMES)
    return max(named, 0.75 * ranking.of("text_explains_softly")) < 0.6


def _shared_name(question: Question, ranking: Ranking) -> bool:
    """True where one word was said that is no whole name, and the names of others hold it as well: `exports`."""
    if not question.name_like or question.n_content != 1:
        return False
    if question.wants in ("limit", "enough", "more"):
        return False
    if max(ranking.of("label_is_all"), ranking.of("same_named")) >= WHOLE_NAME:
        return False
    said = ranking.of("names_explain")
    others = range(1, min(CANDIDATES, len(ranking.order)))
    return said >= WHOLE_NAME and any(
        ranking.of("names_explain", at) >= 0.95 * said for at in others
    )


def _negated(matcher: Matcher, entry: int) -> bool:
    return bool(_NEGATION.search(matcher.entries[entry].description))
