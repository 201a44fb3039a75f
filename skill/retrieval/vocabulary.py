"""The words of one product: how each is written, how rare it is, and how near the words of a question come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import cdist

from skill.retrieval import concepts as general
from skill.retrieval.embed import Embedder
from skill.retrieval.question import Question, Token
from skill.retrieval.words import Joins

Row = npt.NDArray[np.float32]
Rows = npt.NDArray[np.float32]

MAX_WORDS = 60
"""So many different words of a question are compared; a longer one says no more."""
_MISTYPED = 0.9
"""What a word counts that is one slip away from one of ours."""
_SLIP = 0.79
"""Least similarity of a slip: one letter in five."""
_TWO_SLIPS, _LONG = 0.74, 8
"""The same for two slips in a long word that begins alike (`aprovall`, but never `internal` for `external`)."""
_SYNONYM = 0.75
_MEANING_FROM, _MEANING_TO = 0.4, 0.8
"""Cosine of two words from which they share some meaning, and the most that counts."""


@dataclass(frozen=True)
class Compared:
    """A question's words against all words of a product."""

    weights: Row
    """How much each word of the question says, in 0..1."""
    exact: Rows
    """(words of the question, words of the product): the same word or a slip of it."""
    soft: Rows
    """The same, with synonyms and words of like meaning."""


class Vocabulary:
    """All words of a product's names and descriptions."""

    def __init__(self, texts: Sequence[Sequence[Token]], embedder: Embedder) -> None:
        self._embedder = embedder
        self._joins = Joins([[token.stem for token in text] for text in texts])
        self._known = general.known()
        self.ids: dict[str, int] = {}
        surface: list[str] = []
        forms: set[tuple[str, int]] = set()
        for text in texts:
            for stem, at in self._joins.apply([token.stem for token in text]):
                if stem not in self.ids:
                    self.ids[stem] = len(self.ids)
                    surface.append(text[at].word)
            forms.update(
                (token.word, self.ids[token.stem]) for token in text if token.stem in self.ids
            )
        written = sorted((word, at) for word, at in forms if len(word) > 3)
        self._written = [word for word, _ in written]
        self._initial = np.asarray([word[0] for word in self._written], dtype=np.str_)
        self._written_id = np.asarray([at for _, at in written], dtype=np.intp)
        self._vectors = np.ascontiguousarray(embedder.words(surface).T)
        self._senses = general.synonyms()
        self._by_sense: dict[int, list[int]] = {}
        for stem, at in self.ids.items():
            for group in self._senses.get(stem, ()):
                self._by_sense.setdefault(group, []).append(at)
        self.idf = np.ones(len(self.ids), dtype=np.float32)

    def weighted(self, text: Sequence[Token]) -> list[tuple[int, float]]:
        """The words of a name or description with their weights, in order."""
        found = self._joins.apply([token.stem for token in text])
        return [(self.ids[stem], text[at].weight) for stem, at in found if stem in self.ids]

    def count(self, members: Sequence[set[int]]) -> None:
        """Learns how rare each word is from the words of each entry."""
        counts = np.zeros(len(self.ids), dtype=np.float32)
        for ids in members:
            counts[list(ids)] += 1
        n = max(len(members), 1)
        self.idf = (np.log1p(n / np.maximum(counts, 1)) / np.log1p(n)).astype(np.float32)

    def spoken(self, question: Question) -> list[int]:
        """The question's words in order, -1 for one that this product does not have."""
        found = self._joins.apply([token.stem for token in question.tokens])
        return [self.ids.get(stem, -1) for stem, _ in found]

    def compare(self, question: Question) -> Compared:
        """The question's words against all of ours: the same, a slip, a synonym, or alike in meaning."""
        best: dict[str, Token] = {}
        for stem, at in self._joins.apply([token.stem for token in question.tokens]):
            token = question.tokens[at]
            if stem not in best or token.weight > best[stem].weight:
                best[stem] = token
        stems = list(best)[:MAX_WORDS]
        weights = np.asarray(
            [best[stem].weight * (0.4 + 0.6 * self._rarity(stem)) for stem in stems]
        )
        exact = self._exact(stems, [best[stem].word for stem in stems])
        soft = self._softly(exact, stems, [best[stem].word for stem in stems], weights)
        return Compared(weights.astype(np.float32), exact, soft)

    def _rarity(self, stem: str) -> float:
        return float(self.idf[self.ids[stem]]) if stem in self.ids else 1.0

    def _exact(self, stems: Sequence[str], written: Sequence[str]) -> Rows:
        out = np.zeros((len(stems), len(self.ids)), dtype=np.float32)
        strange: list[int] = []
        for at, stem in enumerate(stems):
            if stem in self.ids:
                out[at, self.ids[stem]] = 1.0
            elif len(stem) >= 4 and not stem.isdigit() and stem not in self._known:
                strange.append(at)
        if strange and self._written:
            near = cdist(
                [written[at] for at in strange],
                self._written,
                scorer=DamerauLevenshtein.normalized_similarity,
                score_cutoff=_TWO_SLIPS,
            )
            for at, line in zip(strange, near, strict=True):
                alike = self._initial == written[at][0] if len(written[at]) >= _LONG else False
                slips = (line >= _SLIP) | ((line > 0) & alike)
                np.maximum.at(out[at], self._written_id[slips], _MISTYPED)
        return out

    def _softly(
        self,
        exact: Rows,
        stems: Sequence[str],
        written: Sequence[str],
        weights: npt.NDArray[np.float64],
    ) -> Rows:
        soft = exact.copy()
        for at, stem in enumerate(stems):
            for group in self._senses.get(stem, ()):
                others = self._by_sense.get(group, [])
                soft[at, others] = np.maximum(soft[at, others], _SYNONYM)
        said = [at for at in range(len(stems)) if weights[at] >= 0.15]
        if self._embedder.dim and said:
            vectors = self._embedder.words([written[at] for at in said])
            cosine = np.einsum("ik,kj->ij", vectors, self._vectors)
            meaning = np.clip((cosine - _MEANING_FROM) / (1 - _MEANING_FROM), 0, _MEANING_TO)
            soft[said] = np.maximum(soft[said], meaning)
        return soft
