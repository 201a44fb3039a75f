"""Search by words: stems as a dictionary would group them, and BM25 over passages."""

from __future__ import annotations

from collections.abc import Sequence
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
