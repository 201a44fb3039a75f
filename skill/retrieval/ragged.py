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
        self._owner = np.repeat(np.arange(len(filled)), lengths)
        self._counts = self._weights > 0
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
        """How much of the question's weight each list explains, by the nearest word of the list.

        `similar` is 0 or more, and 0 nearly everywhere: only lists that hold a word that is near at all are looked at.
        """
        near_at_all: npt.NDArray[np.bool_] = np.any(similar, axis=0)
        held = np.flatnonzero(near_at_all[self._ids] & self._counts)
        best = np.zeros((len(similar), len(self._starts)), dtype=np.float32)
        if len(held):
            owner = self._owner[held]
            # What `np.diff` with `prepend` finds, in a third of its time.
            begins = np.ones(len(owner), dtype=np.bool_)
            np.not_equal(owner[1:], owner[:-1], out=begins[1:])
            starts = begins.nonzero()[0]
            near = similar[:, self._ids[held]]
            best[:, owner[starts]] = np.maximum.reduceat(near, starts, axis=1)
        out: Row = np.einsum("i,ij->j", weights, best)
        return out

    def pairs(self) -> list[tuple[npt.NDArray[np.intp], Row]]:
        """Each list as its words and weights."""
        ends = [*self._starts[1:], len(self._ids)]
        return [
            (self._ids[a:b], self._weights[a:b]) for a, b in zip(self._starts, ends, strict=True)
        ]
