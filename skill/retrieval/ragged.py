"""Lists of weighted words of different length, compared with one question at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Row = npt.NDArray[np.float32]
Rows = npt.NDArray[np.float32]


class Ragged:
    """One flat array of words and weights with the start of each list."""

    def __init__(self, lists: Sequence[Sequence[tuple[int, float]]], idf: Row) -> None:
        filled = [pairs or [(0, 0.0)] for pairs in lists]
        self._ids = np.asarray([i for pairs in filled for i, _ in pairs], dtype=np.intp)
        plain = np.asarray([w for pairs in filled for _, w in pairs], dtype=np.float32)
        self._weights: Row = (plain * idf[self._ids]).astype(np.float32)
        lengths = [len(pairs) for pairs in filled]
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
        sums: Row = np.add.reduceat(self._weights, self._starts)
        self._total: Row = (sums + 1e-6).astype(np.float32)

    def share(self, said: Row) -> Row:
        """How much of each list is said, in 0..1."""
        out: Row = self.mass(said) / self._total
        return out

    def mass(self, said: Row) -> Row:
        """How much of each list is said, as the sum of its words' weights."""
        out: Row = np.add.reduceat(self._weights * said[self._ids], self._starts)
        return out

    def explained(self, weights: Row, similar: Rows) -> Row:
        """How much of the question's weight each list explains, by the nearest word of the list."""
        kept = similar[:, self._ids] * (self._weights > 0)
        out: Row = np.einsum("i,ij->j", weights, np.maximum.reduceat(kept, self._starts, axis=1))
        return out

    def pairs(self) -> list[tuple[npt.NDArray[np.intp], Row]]:
        """Each list as its words and weights."""
        ends = [*self._starts[1:], len(self._ids)]
        return [
            (self._ids[a:b], self._weights[a:b]) for a, b in zip(self._starts, ends, strict=True)
        ]
