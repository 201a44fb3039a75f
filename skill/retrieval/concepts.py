"""General SaaS vocabulary: what things are usually called, and how people ask for them without the name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from skill.retrieval.embed import Embedder, Vectors, dots
from skill.retrieval.question import Question, Token, name_tokens

Row = npt.NDArray[np.float32]

_RIDGE = 1.0
"""Weight of the penalty; flat between 0.3 and 3 when ways were left out one fold in ten."""


@dataclass(frozen=True)
class Concept:
    """One thing that many products sell, under many names."""

    key: str
    names: tuple[str, ...]
    ways: tuple[str, ...]
    """How people say it who do not know the name."""


@lru_cache(maxsize=1)
def _data() -> Any:
    return json.loads(
        files("skill.retrieval").joinpath("concepts.json").read_text(encoding="utf-8")
    )


@lru_cache(maxsize=1)
def load() -> tuple[Concept, ...]:
    """All concepts of the data file, in its order."""
    return tuple(
        Concept(c["key"], tuple(c["names"]), tuple(c["ways"])) for c in _data()["concepts"]
    )


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """The stems of all names and ways: words of the trade or of every day, no inventions and no typing errors."""
    return frozenset(
        t.stem for c in load() for text in (*c.names, *c.ways) for t in name_tokens(text)
    )


@lru_cache(maxsize=1)
def same() -> dict[str, tuple[tuple[int, frozenset[str]], ...]]:
    """Names that mean one and the same thing: for a stem, the groups and whole names that hold it."""
    found: dict[str, set[tuple[int, frozenset[str]]]] = {}
    for group, names in enumerate(_data()["same"]):
        for name in names:
            bare = bare_stems(name_tokens(name))
            for stem in bare:
                found.setdefault(stem, set()).add((group, bare))
    return {
        stem: tuple(sorted(pairs, key=lambda p: (p[0], sorted(p[1]))))
        for stem, pairs in found.items()
    }


def bare_stems(tokens: Sequence[Token]) -> frozenset[str]:
    """The stems of a name without the words that hold it together."""
    kept = frozenset(t.stem for t in tokens if t.weight > 0.1)
    return kept or frozenset(t.stem for t in tokens)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, frozenset[int]]:
    """For each stem the groups of words that it shares a sense with."""
    found: dict[str, set[int]] = {}
    for at, group in enumerate(_data()["synonyms"]):
        for word in group:
            for token in name_tokens(word):
                found.setdefault(token.stem, set()).add(at)
    return {stem: frozenset(groups) for stem, groups in found.items()}


class Concepts:
    """Which concepts a question speaks of: a linear reading of its vector, learned from all names and ways at start."""

    def __init__(self, embedder: Embedder, concepts: Sequence[Concept]) -> None:
        self.concepts = tuple(concepts)
        self._embedder = embedder
        self.names: list[tuple[int, tuple[str, ...]]] = []
        texts: list[tuple[Token, ...]] = []
        written: list[str] = []
        owner: list[int] = []
        is_name: list[bool] = []
        for at, concept in enumerate(self.concepts):
            for text in (*concept.names, *concept.ways):
                tokens = name_tokens(text)
                texts.append(tokens)
                owner.append(at)
                written.append(" ".join(t.word for t in tokens))
                is_name.append(text in concept.names)
                if is_name[-1]:
                    self.names.append((at, tuple(t.stem for t in tokens)))
        self._owner = np.asarray(owner)
        self._is_name = np.asarray(is_name)
        self._vocabulary: dict[str, int] = {}
        for tokens in texts:
            for token in tokens:
                self._vocabulary.setdefault(token.stem, len(self._vocabulary))
        self._starts = np.searchsorted(self._owner, np.arange(len(self.concepts))).astype(np.intp)
        self._idf = self._rarity(texts)
        self._postings, self._masses = self._index(texts)
        if embedder.dim:
            self._vectors = embedder.embed(written)
            self._reading = np.ascontiguousarray(
                _ridge(self._vectors, self._owner, len(self.concepts)).T
            )

    @property
    def stems(self) -> frozenset[str]:
        """Every word that the concepts know: such a word is no typing error."""
        return frozenset(self._vocabulary)

    def scores(self, question: Question, vector: Row) -> tuple[Row, Row, Row]:
        """For each concept: the linear reading of the question, and the words of its best name and way."""
        bag = self._bag(question.tokens)
        strange = sum(
            t.weight for t in question.tokens if t.stem not in self._vocabulary and not t.framed
        )
        mass = sum(bag.values()) + strange
        by_name = np.zeros(len(self.concepts), dtype=np.float32)
        by_way = np.zeros(len(self.concepts), dtype=np.float32)
        if mass > 0:
            there = np.zeros(len(self._owner), dtype=np.float32)
            back = np.zeros(len(self._owner), dtype=np.float32)
            for at, weight in bag.items():
                where, masses = self._postings[at]
                there[where] += weight
                back[where] += masses
            there /= mass
            back /= self._masses
            both = 2 * there * back / (there + back + 1e-6)
            by_name = np.maximum.reduceat(both * self._is_name, self._starts)
            by_way = np.maximum.reduceat(both * ~self._is_name, self._starts)
        reading = dots(self._reading, vector) if self._embedder.dim else by_way * 0.3
        return reading, by_name, by_way

    def texts_of(self, chosen: npt.NDArray[np.intp]) -> tuple[Vectors, npt.NDArray[np.intp]]:
        """The vectors of all names and ways of these concepts, with the place where each concept's begin."""
        ends = np.append(self._starts[1:], len(self._owner))
        if not self._embedder.dim or not len(chosen):
            return np.zeros((0, self._embedder.dim), dtype=np.float32), np.zeros(0, dtype=np.intp)
        rows = [np.arange(self._starts[at], ends[at]) for at in chosen]
        starts = np.concatenate([[0], np.cumsum([len(r) for r in rows])[:-1]]).astype(np.intp)
        return np.ascontiguousarray(self._vectors[np.concatenate(rows)]), starts

    def _bag(self, tokens: Sequence[Token]) -> dict[int, float]:
        bag: dict[int, float] = {}
        for token in tokens:
            at = self._vocabulary.get(token.stem)
            if at is not None:
                bag[at] = max(bag.get(at, 0.0), max(token.weight, 0.02) * float(self._idf[at]))
        return bag

    def _index(
        self, texts: Sequence[Sequence[Token]]
    ) -> tuple[list[tuple[npt.NDArray[np.intp], Row]], Row]:
        """For each word the texts that hold it with its weight there, and the whole weight of each text."""
        found: list[list[tuple[int, float]]] = [[] for _ in self._vocabulary]
        masses = np.full(len(texts), 1e-6, dtype=np.float32)
        for row, tokens in enumerate(texts):
            for at, weight in self._bag(tokens).items():
                found[at].append((row, weight))
                masses[row] += weight
        lists = [
            (
                np.asarray([r for r, _ in pairs], dtype=np.intp),
                np.asarray([w for _, w in pairs], dtype=np.float32),
            )
            for pairs in found
        ]
        return lists, masses

    def _rarity(self, texts: Sequence[Sequence[Token]]) -> Row:
        seen: list[set[int]] = [set() for _ in self.concepts]
        for tokens, owner in zip(texts, self._owner, strict=True):
            seen[owner].update(self._vocabulary[token.stem] for token in tokens)
        count = np.zeros(len(self._vocabulary), dtype=np.float32)
        for words in seen:
            count[list(words)] += 1
        n = len(self.concepts)
        rare: Row = (np.log1p(n / count) / np.log1p(n)).astype(np.float32)
        return rare


_MADE: dict[str, Concepts] = {}


def table(embedder: Embedder) -> Concepts:
    """The concepts as this embedder reads them, made once for each embedder."""
    if embedder.digest not in _MADE:
        _MADE[embedder.digest] = Concepts(embedder, load())
    return _MADE[embedder.digest]


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = (rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)).astype(np.float32)
    return unit


def _ridge(rows: Vectors, owner: npt.NDArray[np.int_], n: int) -> Vectors:
    """Ridge regression of concept membership on vectors; a concept with many texts does not weigh more by that."""
    weight = 1 / np.sqrt(np.sqrt(np.bincount(owner, minlength=n)[owner]))
    left = (rows * weight[:, None]).astype(np.float64)
    right = (np.eye(n)[owner] - 1 / n) * weight[:, None]
    return np.linalg.solve(left.T @ left + _RIDGE * np.eye(rows.shape[1]), left.T @ right).astype(
        np.float32
    )
