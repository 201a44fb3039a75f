"""From evidence to an order: which feature comes first, how surely, and whether the right one is among the first three."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple, overload

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
_OF_FIRST = [AT[name] for name in _PLAIN[5:24]]
"""Signs that are the first one's evidence, as it is."""
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
_VOICES = [AT[name] for name in (*_LEADS, "cos_label", "concept", "text_said")]
"""Evidence of different kinds: where all of it points to one entry, that is seldom wrong."""


class Ranked(NamedTuple):
    """One feature, or a limit that no feature counts by, with the entry that speaks best for it."""

    entry: int
    feature: str | None
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Order(Sequence[Ranked]):
    """What may be meant, best first; a place is only made when somebody looks at it."""

    entries: npt.NDArray[np.intp]
    scores: Row
    features: Sequence[str | None]
    """For each entry, not for each place."""

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Ranked]:
        return (self._at(place) for place in range(len(self.entries)))

    @overload
    def __getitem__(self, place: int) -> Ranked: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Ranked, ...]: ...
    def __getitem__(self, place: int | slice) -> Ranked | tuple[Ranked, ...]:
        if isinstance(place, slice):
            return tuple(self._at(one) for one in range(*place.indices(len(self.entries))))
        return self._at(place)

    def _at(self, place: int) -> Ranked:
        entry = int(self.entries[place])
        return Ranked(entry, self.features[entry], float(self.scores[place]))

    def moved_up(self, place: int) -> Order:
        """The same with one of them before all others."""
        entries, scores = (
            np.concatenate([[row[place]], row[:place], row[place + 1 :]])
            for row in (self.entries, self.scores)
        )
        scores[0] = self.scores[0] + 1.0
        return Order(entries, scores, self.features)


@dataclass(frozen=True)
class Ranking:
    """The order of what may be meant."""

    order: Order
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


@lru_cache(maxsize=1)
def _weights() -> dict[str, Any]:
    text = files("skill.retrieval").joinpath("weights.json").read_text(encoding="utf-8")
    rungs: dict[str, Any] = json.loads(text)
    return rungs


def learned_with() -> frozenset[str]:
    """The embedders that weights and bounds were learned with; another one's cosines mean something else."""
    return frozenset(_weights())


@lru_cache(maxsize=8)
def learned(embedder: str) -> Learned:
    """What was learned with this embedder; vectors of another one are read as `wordllama`'s."""
    found = _weights().get(embedder, _weights()["wordllama"])
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


def ordered(matcher: Matcher, evidence: Evidence, weights: Row) -> Order:
    """What may be meant, best first."""
    scores = np.einsum("ij,j->i", evidence.rows, weights)
    return longest_name_first(grouped(matcher.groups, scores), matcher, evidence)


def grouped(groups: Groups, scores: Row) -> Order:
    """Best first, one place for each feature: a limit and an add-on count with the feature they stand for."""
    group, features = groups.of(scores)
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(group[order], return_index=True)
    best = order[np.sort(first)]
    return Order(best, scores[best], features)


def longest_name_first(order: Order, matcher: Matcher, evidence: Evidence) -> Order:
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
    return order.moved_up(
        max(longer, key=lambda p: (len(matcher.label(evidence, order[p].entry)), -p))
    )


def signs(order: Order, matcher: Matcher, evidence: Evidence, question: Question) -> Row:
    """What tells how sure the order is."""
    scores = order.scores
    share = np.exp(scores - scores[0])
    shares = [*(share[:3] / share.sum()).tolist(), 0.0, 0.0][:3]
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
    agree = int(np.count_nonzero((leads >= 0) & (first[_VOICES] > 0))) / len(_VOICES)
    plain = np.asarray(
        [
            *shares, lead, scores[0] / 10,
            *first[_OF_FIRST].tolist(),
            evidence.unexplained, np.log1p(question.n_content), name, name * explains, name * said, explains * said,
            name * evidence.unexplained, second[AT["label_explains"]], name * lead, alike,
            alike * (1 - first[AT["in_order"]]), name * max(0.0, 0.8 - named), wish, wish * first[AT["text_explains"]],
            rival, max(0.0, named - 0.5), max(0.0, named - 0.8), max(0.0, told - 0.6), named,
            first[AT["same_named"]], evidence.elsewhere, agree, *leads[: len(_LEADS)],
        ],
        dtype=np.float64,
    )  # fmt: skip
    return np.concatenate([plain, unnamed * plain[_AGAIN_AT]])


def _leads(order: Order, evidence: Evidence) -> Row:
    """How far the first is ahead of the next few, voice by voice; negative where one of them is ahead."""
    told = evidence.rows[order.entries[:RIVALS]][:, _VOICES]
    others = told[1:].max(axis=0) if len(order) > 1 else np.zeros(len(_VOICES))
    return np.asarray(told[0] - others, dtype=np.float64)
