"""The library: passages found by words and by vectors, in two indexes, and the resolver beside them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from skill.errors import RetrievalError
from skill.model.playbook import Playbook
from skill.model.topic import Note, Quote
from skill.retrieval.embed import Embedder, LexicalOnly, best_embedder
from skill.retrieval.lexical import Bm25
from skill.retrieval.passages import Scope, content_digest, passages
from skill.retrieval.resolve import Resolver
from skill.retrieval.vector import InMemory, Near, Row, Shelf, open_chroma
from skill.retrieval.words import clean, stems, words

_DEPTH = 50
"""So many of each order are fused."""
_RANK = 60.0
"""Source: Cormack, Clarke & Buettcher 2009, "Reciprocal rank fusion", k = 60."""
MAX_HITS = 100


@dataclass(frozen=True)
class Hit:
    """A passage that was found, and how."""

    passage: Quote | Note
    score: float
    """Fused from the ranks; comparable inside one search only."""
    found_by: tuple[str, ...]
    """`words`, `vectors` or both."""


class Library:
    """Everything of one playbook that can be found; made once, then only read."""

    def __init__(self, playbook: Playbook, data_dir: Path | None, embedder: Embedder) -> None:
        self._playbook = playbook
        self._data_dir = data_dir
        self._embedder = embedder
        self._indexes: dict[Scope, _Index] = {}
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls, playbook: Playbook, *, data_dir: Path | None = None, embedder: Embedder | None = None
    ) -> Library:
        """The library of a playbook; nothing is indexed before it is first asked for.

        With `data_dir`, vectors of passages are kept there in Chroma; without, everything stays in memory.
        """
        return cls(playbook, data_dir, embedder or best_embedder())

    @cached_property
    def resolver(self) -> Resolver:
        """Which feature or limit a question is about."""
        return Resolver(self._playbook, self._embedder)

    def search(
        self,
        query: str,
        scope: Scope,
        *,
        limit: int = 5,
        features: frozenset[str] | None = None,
        reviewed: bool = True,
    ) -> tuple[Hit, ...]:
        """Passages that fit the query, best first.

        With `features`, only passages about them: a how-to that needs several only where all are given. Wording that
        nobody has reviewed is left out unless `reviewed` is False.
        """
        index = self._index(scope)
        allowed = [
            place
            for place, one in enumerate(index.passages)
            if (features is None or one.is_about(features))
            and not (reviewed and isinstance(one.passage, Quote) and not one.passage.reviewed)
        ]
        return index.search(query, max(0, min(limit, MAX_HITS)), allowed)

    def status(self) -> dict[str, str]:
        """What runs, for `tactful doctor`."""
        told = {"embedder": self._embedder.name}
        if isinstance(self._embedder, LexicalOnly):
            told["embedder"] = f"none, words alone: {self._embedder.reason}"
        elif self._embedder.dim:
            told["embedder"] += f", {self._embedder.dim} numbers, {self._embedder.digest[:12]}"
        told["passages"] = "in Chroma at " + str(self._data_dir) if self._data_dir else "in memory"
        for scope in ("customers", "all"):
            index = self._indexes.get(scope)
            told[f"index {scope}"] = index.told if index is not None else "not asked for yet"
        return told

    def _index(self, scope: Scope) -> _Index:
        with self._lock:
            if scope not in self._indexes:
                self._indexes[scope] = _Index(self._playbook, scope, self._embedder, self._data_dir)
            return self._indexes[scope]


class _Index:
    """One of the two indexes: customers' passages, or all of them."""

    def __init__(
        self, playbook: Playbook, scope: Scope, embedder: Embedder, data_dir: Path | None
    ) -> None:
        self.passages = passages(playbook, scope)
        self._embedder = embedder
        self._words = Bm25([_stems(one.text) for one in self.passages])
        self._shelf: Shelf | None = None
        self.told = f"{len(self.passages)} passages, words alone"
        if embedder.dim and self.passages:
            self._open(scope, data_dir)

    def search(self, query: str, limit: int, allowed: list[int]) -> tuple[Hit, ...]:
        text = clean(query)
        if not text or not limit or not allowed:
            return ()
        orders = {
            "words": self._by_words(text, allowed),
            "vectors": self._by_vectors(text, allowed),
        }
        fused: dict[int, float] = {}
        ways: dict[int, list[str]] = {}
        for way, order in orders.items():
            for rank, (place, _) in enumerate(order):
                fused[place] = fused.get(place, 0.0) + 1 / (_RANK + rank + 1)
                ways.setdefault(place, []).append(way)
        best = sorted(fused, key=lambda place: (-fused[place], place))[:limit]
        return tuple(Hit(self.passages[p].passage, fused[p], tuple(ways[p])) for p in best)

    def _by_words(self, text: str, allowed: list[int]) -> Near:
        scores = self._words.scores(_stems(text))
        found = [(place, float(scores[place])) for place in allowed if scores[place] > 0]
        return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:_DEPTH])

    def _by_vectors(self, text: str, allowed: list[int]) -> Near:
        if self._shelf is None:
            return ()
        query: Row = self._embedder.embed([text])[0]
        everything = len(allowed) == len(self.passages)
        try:
            return self._shelf.near(query, _DEPTH, None if everything else allowed)
        except RetrievalError as error:
            self._shelf = None
            self.told = f"{len(self.passages)} passages, words alone: {error.detail}"
            return ()

    def _open(self, scope: Scope, data_dir: Path | None) -> None:
        texts = [one.text for one in self.passages]
        if data_dir is None:
            self._shelf = InMemory(self._embedder.embed(texts))
        else:
            name = (
                f"{scope}-{content_digest(self.passages, scope)[:24]}-{self._embedder.digest[:16]}"
            )
            ids = [one.digest for one in self.passages]
            try:
                self._shelf = open_chroma(
                    data_dir / "index", name, ids, lambda: self._embedder.embed(texts)
                )
            except RetrievalError as error:
                self.told = f"{len(self.passages)} passages, words alone: {error.detail}"
                return
        self.told = f"{len(self.passages)} passages, words and vectors in {self._shelf.kind}"


def _stems(text: str) -> list[str]:
    return [stem for stem, _, _ in stems(words(clean(text)))]
