"""From evidence to an order: which feature comes first, how surely, and whether the right one is among the first three."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from skill.retrieval.entries import Entry
from skill.retrieval.match import AT, EVIDENCE, Evidence, Matcher
from skill.retrieval.question import Question

Row = npt.NDArray[np.float64]

SIGNS = (
    "share_first", "share_second", "share_third", "lead", "score", "label_said", "label_explains", "label_is_all",
    "in_order", "text_explains", "text_explains_softly", "text_said", "cos_both", "cos_label", "concept",
    "concept_named", "concept_way", "concept_against", "label_softly", "name_mass", "names_explain", "concept_share",
    "concept_here", "concept_near", "unexplained", "words", "name_like", "name_explained", "name_said",
    "said_and_explained", "name_unexplained", "second_explains", "name_lead", "alike", "alike_unnamed", "name_half",
    "wish", "wish_explained", "rival", "well_named", "wholly_named", "well_told", "named_at_all", "same_named", "elsewhere",
)  # fmt: skip
"""What the two judgements of sureness are made from, in the order of their weights."""


@dataclass(frozen=True)
class Ranked:
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


@lru_cache(maxsize=1)
def weights() -> dict[str, Any]:
    """What was learned; see evals/resolver/train.py."""
    text = files("skill.retrieval").joinpath("weights.json").read_text(encoding="utf-8")
    learned: dict[str, Any] = json.loads(text)
    return learned


def rank(matcher: Matcher, question: Question) -> Ranking:
    """The order of a product's features for one question."""
    learned = weights()
    evidence = matcher.evidence(question)
    score = np.asarray([learned["evidence"][name] for name in EVIDENCE])
    order = grouped(matcher.entries, np.einsum("ij,j->i", evidence.rows, score))
    order = longest_name_first(order, matcher, evidence)
    found = signs(order, matcher, evidence, question)
    return Ranking(
        order, _share(found, learned["right"]), _share(found, learned["among"]), evidence
    )


def grouped(entries: Sequence[Entry], scores: npt.NDArray[np.floating[Any]]) -> tuple[Ranked, ...]:
    """Best first, one place for each feature: a limit and an add-on count with the feature they stand for."""
    own = {
        entry.key: float(score)
        for entry, score in zip(entries, scores, strict=True)
        if entry.kind == "feature"
    }
    best: dict[str, Ranked] = {}
    for at, entry in enumerate(entries):
        feature = (
            max(entry.features, key=lambda key: own.get(key, -99.0)) if entry.features else None
        )
        group = (
            f"bundle:{entry.key}"
            if entry.kind == "bundle" and len(entry.features) > 1
            else feature or f"meter:{entry.key}"
        )
        if group not in best or scores[at] > best[group].score:
            best[group] = Ranked(at, feature, float(scores[at]))
    return tuple(sorted(best.values(), key=lambda r: (-r.score, r.entry)))


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
    return np.asarray(
        [
            share[0], share[1], share[2], lead, scores[0] / 10,
            *(first[AT[n]] for n in SIGNS[5:24]),
            evidence.unexplained, np.log1p(question.n_content), name, name * explains, name * said, explains * said,
            name * evidence.unexplained, second[AT["label_explains"]], name * lead, alike,
            alike * (1 - first[AT["in_order"]]), name * max(0.0, 0.8 - named), wish, wish * first[AT["text_explains"]],
            rival, max(0.0, named - 0.5), max(0.0, named - 0.8), max(0.0, told - 0.6), named,
            first[AT["same_named"]], evidence.elsewhere,
        ],
        dtype=np.float64,
    )  # fmt: skip


def _share(found: Row, learned: dict[str, float]) -> float:
    total = (
        sum(learned[name] * float(value) for name, value in zip(SIGNS, found, strict=True))
        + learned["bias"]
    )
    return float(1 / (1 + np.exp(-total)))
