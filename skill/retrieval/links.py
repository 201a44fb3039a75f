"""How the entries of a product are tied to general vocabulary, and what a question says of them through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skill.retrieval import concepts as general
from skill.retrieval.embed import dots
from skill.retrieval.question import Question, Token

Row = npt.NDArray[np.float32]
Rows = npt.NDArray[np.float32]

SHARPNESS = 30.0
"""How much the first concept of a question outweighs the second; readings lie between 0 and 0.3."""
_PRESENT = 0.5
"""A concept is sold here if its name makes up so much of an entry's name."""


@dataclass(frozen=True)
class Through:
    """What general vocabulary says for each entry."""

    reading: Row
    """The linear reading of the question."""
    share: Row
    """The same as a share among all concepts."""
    here: Row
    """The same as a share among the concepts that this product sells."""
    named: Row
    """How well the words of a concept's name agree."""
    way: Row
    """How well the words of a way of saying agree."""
    near: Row
    """Cosine of the nearest name or way."""
    against: Row
    """How much better the words agree with a concept that the entry is not."""


class Links:
    """Ties between entries and concepts, made once from the entries' names."""

    def __init__(
        self,
        labels: Sequence[Sequence[tuple[str, float]]],
        owners: Sequence[int],
        n_entries: int,
        concepts: general.Concepts,
    ) -> None:
        self._concepts = concepts
        self._n = n_entries
        self.ties = np.zeros((len(concepts.concepts), n_entries), dtype=np.float32)
        starting: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for at, name in concepts.names:
            if name:
                starting.setdefault(name[0], []).append((at, name))
        for owner, pairs in zip(owners, labels, strict=True):
            label = dict(pairs)
            for stem in label:
                for at, name in starting.get(stem, ()):
                    self.ties[at, owner] = max(self.ties[at, owner], _agreement(name, label))
        self._present = (self.ties.max(axis=1, initial=0) >= _PRESENT).astype(np.float32)
        self._tied = np.flatnonzero(self.ties.max(axis=1, initial=0) > 0)
        # Entry by entry, as few of all pairs are tied.
        self._tied_entry, self._tied_concept = np.nonzero(self.ties.T)
        self._tie = self.ties[self._tied_concept, self._tied_entry]
        self._starts = np.flatnonzero(np.diff(self._tied_entry, prepend=-1))
        self._texts = concepts.texts_of(self._tied)
        self.kin = _kin(labels, owners)

    def through(self, question: Question, vector: Row) -> Through:
        """What the question says of each entry without its name."""
        reading, by_name, by_way = self._concepts.scores(question, vector)
        share = np.exp((reading - reading.max()) * SHARPNESS)
        here = share * self._present
        of_concepts = (
            np.maximum(reading, 0),
            share / share.sum(),
            here / max(float(here.sum()), 1e-6),
            by_name,
            by_way,
            self._nearest(vector),
        )
        reads, shares, sold, named, way, near = self._best(np.stack(of_concepts))
        against = np.asarray(by_name.max() - named, dtype=np.float32)
        return Through(reads, shares, sold, named, way, near, against)

    def same_name(self, question: Question) -> tuple[Row, float]:
        """Share of the question that is a name meaning the same as the entry's; and the best that means none here."""
        told: dict[str, float] = {}
        for token in question.tokens:
            told[token.stem] = max(told.get(token.stem, 0.0), token.weight)
        total = sum(told.values()) + 1e-6
        out = np.zeros(self._n, dtype=np.float32)
        elsewhere = 0.0
        for stem in told:
            for group, name in general.same().get(stem, ()):
                if not name <= told.keys():
                    continue
                share = sum(told[part] for part in name) / total
                here = self.kin.get(group)
                if here is None:
                    elsewhere = max(elsewhere, share)
                else:
                    out[here] = np.maximum(out[here], np.float32(share))
        return out, elsewhere

    def _best(self, of_concepts: Rows) -> Rows:
        """(what is said, entries): for each entry the most that is said of a concept it is tied to, 0 or more."""
        out = np.zeros((len(of_concepts), self._n), dtype=np.float32)
        if len(self._starts):
            told = of_concepts[:, self._tied_concept] * self._tie
            out[:, self._tied_entry[self._starts]] = np.maximum.reduceat(told, self._starts, axis=1)
        return out

    def _nearest(self, vector: Row) -> Row:
        """For each concept the cosine of its nearest name or way, 0 where it is tied to nothing here."""
        vectors, starts = self._texts
        out = np.zeros(len(self.ties), dtype=np.float32)
        if len(vector) and len(starts):
            near = np.maximum.reduceat(dots(vectors, vector), starts)
            out[self._tied] = np.maximum(near, 0)
        return out


def _agreement(name: tuple[str, ...], label: dict[str, float]) -> float:
    """Share of a label that a concept's whole name explains; 0 where the name is not whole in it."""
    if not all(stem in label for stem in name):
        return 0.0
    return sum(label[stem] for stem in set(name)) / (sum(label.values()) + 1e-6)


def _kin(
    labels: Sequence[Sequence[tuple[str, float]]], owners: Sequence[int]
) -> dict[int, npt.NDArray[np.intp]]:
    """For each group of names that mean the same, the entries that go by one of them."""
    found: dict[int, set[int]] = {}
    for owner, pairs in zip(owners, labels, strict=True):
        bare = general.bare_stems([Token(stem, stem, weight, False) for stem, weight in pairs])
        for stem in bare:
            for group, name in general.same().get(stem, ()):
                if name == bare:
                    found.setdefault(group, set()).add(owner)
    return {group: np.asarray(sorted(entries)) for group, entries in found.items()}
