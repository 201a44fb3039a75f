"""From evidence to an order: which feature comes first, how surely, and whether the right one is among the first three."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skill.retrieval.entries import Groups
from skill.retrieval.match import AT, EVIDENCE, Evidence, Matcher
from skill.retrieval.question import Question

Row = npt.NDArray[np.float64]

_PLAIN = (
    "share_first", "share_second", "share_third", "lead", "score", "label_said", "label_explains", "label_is_all",
    "in_order", "text_explains", "text_explains_softly", "text_said", "cos_both", "cos_label", "concept",
    "concept_named", "concept_way", "concept_against", "label_softly", "name_mass", "names_explain", "concept_share",
    "concept_here", "concept_near", "unexplained", "words", "name_like", "name_explained", "name_said",
    "said_and_explained", "name_unexplained", "second_explains", "name_lead", "alike", "alike_unnamed", "name_half",
    "wish", "wish_explained", "rival", "well_named", "wholly_named", "well_told", "named_at_all", "same_named", "elsewhere",
    "agree", "lead_cos", "lead_whole", "lead_near", "lead_here", "lead_way", "lead_told", "lead_softly",
)  # fmt: skip
_AGAIN = (
    "share_first", "lead", "score", "cos_both", "concept", "concept_way", "concept_near", "concept_here",
    "text_explains_softly", "label_softly", "words", "agree", "lead_near", "lead_here", "lead_way", "lead_cos", "lead_told",
)  # fmt: skip
"""Signs that weigh differently where no name was said: they count a second time there."""
_AGAIN_AT = [_PLAIN.index(name) for name in _AGAIN]
SIGNS = (*_PLAIN, *(f"unnamed: {name}" for name in _AGAIN))
"""What the two judgements of sureness are made from, in the order of their weights."""


RIVALS = 6
"""So many of the first are held against each other."""
_LEADS = (
    "cos_both",
    "cos_whole",
    "concept_near",
    "concept_here",
    "concept_way",
    "text_explains_softly",
    "label_softly",
)
_VOICES = tuple(AT[name] for name in (*_LEADS, "cos_label", "concept", "text_said"))
"""Evidence of different kinds: where all of it points to one entry, that is seldom wrong."""


class Ranked(NamedTuple):
    """One feature, or a limit that no feature counts by, with the entry that speaks best for it."""

    entry: int
    feature: str | None
    score: float


@dataclass(frozen=True)
class Ranking:
    """The order of what may be meant."""

    order: tuple[Ranked, ...]
    right: float
    """Probability that the first is meant."""
    among: float
    """Probability that one of the first three is meant."""
    evidence: Evidence

    def of(self, name: str, place: int = 0) -> float:
        """One piece of evidence for the entry at a place of the order."""
        return float(self.evidence.rows[self.order[place].entry, AT[name]])


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned from questions about made-up products; see evals/resolver/train.py."""

    evidence: Row
    """What each piece of evidence counts, in the order of `EVIDENCE`."""
    right: Row
    """From signs to the probability that the first is meant; the last weight stands alone."""
    among: Row
    """The same for the first three."""
    sure: float
    """Answered as one feature from this probability on."""
    ask: float
    """Asked back from this probability that the right one is among three."""

    def probability(self, found: Row, weights: Row) -> float:
        """The probability that these weights give to these signs."""
        total = float(np.einsum("i,i->", weights[:-1], found)) + float(weights[-1])
        return float(1 / (1 + np.exp(-total)))


@lru_cache(maxsize=8)
def learned(embedder: str) -> Learned:
    """What was learned with this embedder; vectors of another one are read as `wordllama`'s."""
    text = files("skill.retrieval").joinpath("weights.json").read_text(encoding="utf-8")
    rungs: dict[str, Any] = json.loads(text)
    found = rungs.get(embedder, rungs["wordllama"])
    return Learned(
        np.asarray([found["evidence"][name] for name in EVIDENCE]),
        np.asarray([found["right"][name] for name in (*SIGNS, "bias")]),
        np.asarray([found["among"][name] for name in (*SIGNS, "bias")]),
        found["sure"],
        found["ask"],
    )


def rank(matcher: Matcher, question: Question, known: Learned | None = None) -> Ranking:
    """The order of a product's features for one question, by what was learned with its embedder."""
    known = known or learned(matcher.embedder.name)
    evidence = matcher.evidence(question)
    order = ordered(matcher, evidence, known.evidence)
    found = signs(order, matcher, evidence, question)
    right = known.probability(found, known.right)
    return Ranking(order, right, known.probability(found, known.among), evidence)


def ordered(matcher: Matcher, evidence: Evidence, weights: Row) -> tuple[Ranked, ...]:
    """What may be meant, best first."""
    scores = np.einsum("ij,j->i", evidence.rows, weights)
    return longest_name_first(grouped(matcher.groups, scores), matcher, evidence)


def grouped(groups: Groups, scores: npt.NDArray[np.floating[Any]]) -> tuple[Ranked, ...]:
    """Best first, one place for each feature: a limit and an add-on count with the feature they stand for."""
    group, feature = groups.of(scores)
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(group[order], return_index=True)
    best = order[np.sort(first)].tolist()
    return tuple(
        Ranked(at, feature[at], score)
        for at, score in zip(best, scores[best].tolist(), strict=True)
    )


def longest_name_first(
    order: tuple[Ranked, ...], matcher: Matcher, evidence: Evidence
) -> tuple[Ranked, ...]:
    """Where the first one's name is said inside a longer name that is said as well, the longer one is meant."""
    if len(order) < 2 or evidence.rows[order[0].entry, AT["in_order"]] <= 0:
        return order
    first = set(matcher.label(evidence, order[0].entry))
    longer = [
        place
        for place, ranked in enumerate(order[1:12], start=1)
        if evidence.rows[ranked.entry, AT["in_order"]] > 0
        and set(matcher.label(evidence, ranked.entry)) > first
    ]
    if not longer:
        return order
    place = max(longer, key=lambda p: (len(matcher.label(evidence, order[p].entry)), -p))
    moved = Ranked(order[place].entry, order[place].feature, order[0].score + 1.0)
    return (moved, *(r for p, r in enumerate(order) if p != place))


def signs(
    order: tuple[Ranked, ...], matcher: Matcher, evidence: Evidence, question: Question
) -> Row:
    """What tells how sure the order is."""
    scores = np.asarray([r.score for r in order])
    share = np.exp(scores - scores[0])
    share = np.pad(share / share.sum(), (0, 3))
    first = evidence.rows[order[0].entry]
    second = evidence.rows[order[1].entry] if len(order) > 1 else np.zeros(len(EVIDENCE))
    lead = min(scores[0] - scores[1], 6.0) / 6 if len(order) > 1 else 1.0
    name, wish = float(question.name_like), float(question.wish)
    explains, said = first[AT["label_explains"]], first[AT["label_said"]]
    named = max(first[AT["names_explain"]], first[AT["same_named"]])
    told = first[AT["text_explains_softly"]]
    rivals = [evidence.rows[r.entry, AT["text_explains_softly"]] for r in order[1:3]]
    rival = max(0.0, max(rivals, default=0.0) - told)
    alike = matcher.alike(order[0].entry, order[1].entry) if len(order) > 1 else 0.0
    leads = _leads(order, evidence)
    unnamed = (1 - first[AT["in_order"]]) * (1 - name)
    agree = float(((leads >= 0) & (first[list(_VOICES)] > 0)).mean())
    plain = np.asarray(
        [
            share[0], share[1], share[2], lead, scores[0] / 10,
            *(first[AT[n]] for n in SIGNS[5:24]),
            evidence.unexplained, np.log1p(question.n_content), name, name * explains, name * said, explains * said,
            name * evidence.unexplained, second[AT["label_explains"]], name * lead, alike,
            alike * (1 - first[AT["in_order"]]), name * max(0.0, 0.8 - named), wish, wish * first[AT["text_explains"]],
            rival, max(0.0, named - 0.5), max(0.0, named - 0.8), max(0.0, told - 0.6), named,
            first[AT["same_named"]], evidence.elsewhere, agree, *leads[: len(_LEADS)],
        ],
        dtype=np.float64,
    )  # fmt: skip
    return np.concatenate([plain, unnamed * plain[_AGAIN_AT]])


def _leads(order: tuple[Ranked, ...], evidence: Evidence) -> Row:
    """How far the first is ahead of the next few, voice by voice; negative where one of them is ahead."""
    told = evidence.rows[[ranked.entry for ranked in order[:RIVALS]]][:, _VOICES]
    others = told[1:].max(axis=0) if len(order) > 1 else np.zeros(len(_VOICES))
    return np.asarray(told[0] - others, dtype=np.float64)
