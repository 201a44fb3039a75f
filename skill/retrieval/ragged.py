"""Lists of weighted words of different length, compared with one question at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Row = npt.NDArray[np.float32]
Rows = npt.NDArray[np.float32]


class Ragged:
    """Lists of weighted words of different length, as one flat array with starts."""

    def __init__(self, lists: Sequence[Sequence[tuple[int, float]]], idf: Row) -> None:
        filled = [pairs or [(0, 0.0)] for pairs in lists]
        self.ids = np.asarray([i for pairs in filled for i, _ in pairs], dtype=np.intp)
        self.weights = (
            np.asarray([w for pairs in filled for _, w in pairs], dtype=np.float32) * idf[self.ids]
        )
        self.starts = np.concatenate([[0], np.cumsum([len(p) for p in filled])[:-1]]).astype(
            np.intp
        )
        self.total = np.add.reduceat(self.weights, self.starts) + 1e-6

    def share(self, said: Row) -> Row:
        """How much of each list is said, in 0..1."""
        out: Row = self.mass(said) / self.total
        return out

    def mass(self, said: Row) -> Row:
        """How much of each list is said, as the sum of its words' weights."""
        out: Row = np.add.reduceat(self.weights * said[self.ids], self.starts)
        return out

    def best(self, similar: Rows) -> Rows:
        """For each question word and list, how well the list's nearest word agrees."""
        kept = similar[:, self.ids] * (self.weights > 0)
        out: Rows = np.maximum.reduceat(kept, self.starts, axis=1)
        return out

    def pairs(self) -> list[tuple[Row, Row]]:
        ends = [*self.starts[1:], len(self.ids)]
        return [(self.ids[a:b], self.weights[a:b]) for a, b in zip(self.starts, ends, strict=True)]
