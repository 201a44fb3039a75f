"""The library: passages found by words and by vectors, in two indexes, and the resolver beside them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from skill.errors import RetrievalError
from skill.model.playbook import Playbook
from skill.model.topic import Note, Quote
from skill.retrieval.embed import Embedder, LexicalOnly, Vectors
from skill.retrieval.frames import FUNCTION
from skill.retrieval.ladder import Ladder, told
from skill.retrieval.lexical import InSections, Scores
from skill.retrieval.passages import Passage, Scope, content_digest, passages
from skill.retrieval.resolve import Resolver
from skill.retrieval.vector import InMemory, Near, Places, Shelf, best_places, open_chroma
from skill.retrieval.words import clean, stems, words
from skill.settings import Embeddings

_DEPTH = 200
"""So many of each order are fused."""
_BY_MEANING = 0.4
"""What the nearest vector counts where the best words count 1. Chosen by `evals/proof/retrieval.py` on two sets of
documents; between 0.2 and 0.5 the first passages of the smaller one differ by no more than one question."""
MAX_HITS = 100


@dataclass(frozen=True)
class Hit:
    """A passage that was found, and how."""

    passage: Quote | Note
    score: float
    """How well its words and its meaning fit, measured against the best ones; comparable inside one search only."""
    found_by: tuple[str, ...]
    """`words` (its own or its section's), `vectors` or both."""


class Library:
    """Everything of one playbook that can be found; made once, then only read."""

    def __init__(self, playbook: Playbook, data_dir: Path | None, ladder: Ladder) -> None:
        self._playbook = playbook
        self._data_dir = data_dir
        self._ladder = ladder
        self._indexes: dict[Scope, _Index] = {}
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls,
        playbook: Playbook,
        *,
        data_dir: Path | None = None,
        embedder: Embedder | None = None,
        embeddings: Embeddings | None = None,
    ) -> Library:
        """The library of a playbook; nothing is indexed before it is first asked for.

        Args:
            playbook: whose passages.
            data_dir: where vectors of passages are kept, in Chroma; without it everything stays in memory.
            embedder: the one for everything, whatever is configured.
            embeddings: what decides which one runs; those of the environment if None.

        Raises:
            SettingsError: the environment names an embedder that does not exist.
        """
        if embedder is not None:
            return cls(playbook, data_dir, Ladder.only(embedder))
        return cls(playbook, data_dir, Ladder.of(embeddings or Embeddings.from_env()))

    @cached_property
    def resolver(self) -> Resolver:
        """Which feature or limit a question is about."""
        return Resolver(self._playbook, self._ladder.reader())

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
        allowed = index.allowed(features, reviewed)
        return index.search(query, max(0, min(limit, MAX_HITS)), allowed)

    def status(self) -> dict[str, str]:
        """What runs, for `tactful doctor`."""
        said = {"embedder": told(self._ladder.reader())}
        said["passages"] = "in Chroma at " + str(self._data_dir) if self._data_dir else "in memory"
        for scope in ("customers", "all"):
            index = self._indexes.get(scope)
            said[f"index {scope}"] = index.told if index is not None else "not asked for yet"
        return said

    def _index(self, scope: Scope) -> _Index:
        with self._lock:
            if scope not in self._indexes:
                self._indexes[scope] = _Index(self._playbook, scope, self._ladder, self._data_dir)
            return self._indexes[scope]


class _Index:
    """One of the two indexes: customers' passages, or all of them. Its embedder is chosen once, when it is made."""

    def __init__(
        self, playbook: Playbook, scope: Scope, ladder: Ladder, data_dir: Path | None
    ) -> None:
        self.passages = passages(playbook, scope)
        self._who = _Allowed(self.passages)
        self._order = _ranks([one.key for one in self.passages])
        self._words = InSections(
            [_stems(one.passage.heading) for one in self.passages],
            [_stems(one.body) for one in self.passages],
            [_stems(one.about) for one in self.passages],
            [(one.passage.topic, one.passage.heading) for one in self.passages],
        )
        self._embedder: Embedder = LexicalOnly("there is nothing to embed")
        self._shelf: Shelf | None = None
        self._kept = ""
        if self.passages:
            self._open(scope, ladder, data_dir)
        self._trouble = "; ".join(one.why for one in ladder.passed)

    @property
    def told(self) -> str:
        """How many passages, how they are found, and what keeps a better way from running."""
        where = f"words and vectors in {self._shelf.kind}" if self._shelf else "words alone"
        said = [f"{len(self.passages)} passages, {where}", told(self._embedder)]
        return "; ".join(part for part in (*said, self._kept, self._trouble) if part)

    def allowed(self, features: frozenset[str] | None, reviewed: bool) -> Places | None:
        """The places of passages that may be found; None for all of them."""
        return self._who.places(features, reviewed)

    def search(self, query: str, limit: int, allowed: Places | None) -> tuple[Hit, ...]:
        text = clean(query)
        if not text or not limit or (allowed is not None and not len(allowed)):
            return ()
        scores = self._words.scores(_stems(text))
        by_words = self._by_words(scores, allowed)
        by_vectors = self._by_vectors(text, allowed)
        places, fused = _fused(scores, by_words, by_vectors)
        first = np.lexsort((self._order[places], -fused))[:limit]
        ways = {"words": set(by_words.tolist()), "vectors": {place for place, _ in by_vectors}}
        return tuple(
            Hit(
                self.passages[place].passage,
                score,
                tuple(way for way, found in ways.items() if place in found),
            )
            for place, score in zip(places[first].tolist(), fused[first].tolist(), strict=True)
        )

    def _by_words(self, scores: Scores, allowed: Places | None) -> Places:
        matched = scores > 0
        places = np.flatnonzero(matched) if allowed is None else allowed[matched[allowed]]
        return best_places(scores, places, self._order, _DEPTH)

    def _by_vectors(self, text: str, allowed: Places | None) -> Near:
        """Nothing where vectors cannot be had for this question: words alone answer it then."""
        if self._shelf is None:
            return ()
        try:
            query = self._embedder.embed([text])[0]
            found = self._shelf.near(query, _DEPTH, allowed)
        except RetrievalError as error:
            self._trouble = f"the last question by words alone: {error.detail}"
            return ()
        return found

    def _open(self, scope: Scope, ladder: Ladder, data_dir: Path | None) -> None:
        """Make or open the index by the first rung that can; one that cannot is given up for good."""
        while (embedder := ladder.embedder()).name != LexicalOnly.name:
            try:
                self._shelf = self._made(scope, embedder, data_dir)
            except RetrievalError as error:
                ladder.give_up(embedder, error.detail)
            else:
                break
        self._embedder = embedder

    def _made(self, scope: Scope, embedder: Embedder, data_dir: Path | None) -> Shelf:
        """The shelf in Chroma, or in memory where Chroma cannot be used. Raises where nothing can be embedded."""
        texts = [one.text for one in self.passages]
        failed: list[RetrievalError] = []

        def vectors() -> Vectors:
            try:
                return embedder.embed(texts)
            except RetrievalError as error:
                failed.append(error)
                raise

        if data_dir is not None:
            content = content_digest(self.passages, scope)[:24]
            try:
                return open_chroma(
                    data_dir / "index",
                    f"{scope}-{content}-{embedder.digest[:16]}",
                    [one.digest for one in self.passages],
                    vectors,
                    self._order,
                    {"embedder": embedder.name, "digest": embedder.digest},
                )
            except RetrievalError as error:
                if failed:
                    raise
                self._kept = error.detail
        return InMemory(vectors(), self._order)


class _Allowed:
    """Who may find what: for each feature its passages, so that nobody looks at every passage for a question."""

    def __init__(self, found: Sequence[Passage]) -> None:
        about: dict[str, list[int]] = {}
        for place, one in enumerate(found):
            for key in one.features:
                about.setdefault(key, []).append(place)
        self._about = {key: np.asarray(at, dtype=np.intp) for key, at in about.items()}
        # A how-to wants every one of its features; one about none is for nobody of whom features are spoken.
        wanted = [len(one.features) or len(about) + 1 if one.needs_all else 1 for one in found]
        self._wanted = np.asarray(wanted, dtype=np.intp)
        unseen = (isinstance(one.passage, Quote) and not one.passage.reviewed for one in found)
        self._reviewed = ~np.fromiter(unseen, dtype=np.bool_, count=len(found))
        self._all_reviewed = bool(self._reviewed.all())

    def places(self, features: frozenset[str] | None, reviewed: bool) -> Places | None:
        """The places that count, in order; None for all."""
        if features is None:
            if not reviewed or self._all_reviewed:
                return None
            return np.flatnonzero(self._reviewed)
        given = np.zeros(len(self._wanted), dtype=np.intp)
        for key in features & self._about.keys():
            given[self._about[key]] += 1
        seen = given >= self._wanted
        return np.flatnonzero(seen & self._reviewed if reviewed else seen)


def _fused(
    scores: Scores, by_words: Places, by_vectors: Near
) -> tuple[Places, npt.NDArray[np.float64]]:
    """The places that were found and how well each fits: its words as a share of the best ones, and where its meaning
    lies between the last and the nearest.

    Shares rather than ranks: where one passage has the words of the question and the next has hardly any, that is
    more than one rank. Every step is a single rounding, so that it comes out alike on every machine.
    """
    near = np.asarray([place for place, _ in by_vectors], dtype=np.intp)
    places = np.unique(np.concatenate([by_words, near]))
    fused = np.zeros(len(places), dtype=np.float64)
    if len(by_words):
        fused += scores[places].astype(np.float64) / np.float64(scores[by_words[0]])
    if len(near):
        cosine = np.asarray([score for _, score in by_vectors], dtype=np.float64)
        spread = cosine[0] - cosine[-1]
        if spread > 0:
            fused[np.searchsorted(places, near)] += _BY_MEANING * ((cosine - cosine[-1]) / spread)
    return places, fused


def _ranks(keys: Sequence[tuple[str, int, str]]) -> Places:
    """For each key its place among all of them, sorted."""
    ranks = np.empty(len(keys), dtype=np.intp)
    ranks[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return ranks


def _stems(text: str) -> list[str]:
    """The stems of a text without those of words that only hold a sentence together."""
    return [stem for stem, _, _ in stems(words(clean(text))) if stem not in _holding()]


@cache
def _holding() -> frozenset[str]:
    return frozenset(stem for word in FUNCTION for stem, _, _ in stems(words(word)))
