"""Search by words: stems as a dictionary would group them, and BM25 over passages and the sections they stand in."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """The stem under which the forms of a word meet: `exports` and `exporting` are both `export`."""
    return str(_stemmer().stemWord(word))


class Bm25:
    """Passages as bags of stems, scored against a query's stems.

    Source: Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond".
    """

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._n = len(texts)
        self._known = {word for text in texts for word in text}
        self._index: Any = None
        if self._known:
            import bm25s

            self._index = bm25s.BM25()
            self._index.index([list(text) for text in texts], show_progress=False)

    def scores(self, query: Sequence[str]) -> Scores:
        """One score a passage, 0 where no word is shared."""
        asked = [word for word in dict.fromkeys(query) if word in self._known]
        if not asked:
            return np.zeros(self._n, dtype=np.float32)
        return np.asarray(self._index.get_scores(asked), dtype=np.float32)


class InSections:
    """Passages scored by their own words and, as much, by those of the whole section that they stand in.

    A paragraph that says `it` and `this` is about what its neighbours name, or what the section is about.
    """

    def __init__(
        self,
        headings: Sequence[Sequence[str]],
        bodies: Sequence[Sequence[str]],
        abouts: Sequence[Sequence[str]],
        sections: Sequence[Hashable],
    ) -> None:
        """Index passages.

        Args:
            headings: stems of the heading that each passage stands under.
            bodies: stems of each passage without its heading.
            abouts: stems of what each passage's section is about, said elsewhere.
            sections: for each passage what tells its section from others.
        """
        whole: dict[Hashable, list[str]] = {}
        for heading, body, about, section in zip(headings, bodies, abouts, sections, strict=True):
            whole.setdefault(section, [*heading, *about]).extend(body)
        place = {section: at for at, section in enumerate(whole)}
        self._section_of = np.asarray([place[section] for section in sections], dtype=np.intp)
        self._passages = Bm25(
            [[*heading, *body] for heading, body in zip(headings, bodies, strict=True)]
        )
        self._sections = Bm25(list(whole.values()))

    def scores(self, query: Sequence[str]) -> Scores:
        """One score a passage, 0 where its whole section shares no word."""
        own, whole = self._passages.scores(query), self._sections.scores(query)
        found: Scores = own + whole[self._section_of]
        return found
