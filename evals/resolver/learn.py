"""What is learned, and how: an order from evidence, and probabilities from signs; always the same from the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Row = npt.NDArray[np.float64]

ORDER_RIDGE = 2.0
SHARE_RIDGE = 2.0
"""Weights of the penalties, in weighted questions; flat within a factor of three on products left out."""
_STEPS = 40


@dataclass(frozen=True)
class Choice:
    """One question among the entries of one product."""

    rows: npt.NDArray[np.floating[Any]]
    """(entries, evidence)."""
    meant: npt.NDArray[np.bool_]
    """Entries that stand for what is meant."""
    weight: float


def order(choices: Sequence[Choice], start: Row | None = None) -> Row:
    """Weights under which what is meant comes first: a conditional logit.

    Each step solves a quadratic with the curvature of all entries, and is halved until the loss is smaller.
    Source: McFadden 1974, "Conditional Logit Analysis of Qualitative Choice Behavior".
    """
    rows = np.concatenate([c.rows for c in choices]).astype(np.float64)
    meant = np.concatenate([c.meant for c in choices])
    lengths = np.asarray([len(c.rows) for c in choices])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    owner = np.asarray([c.weight for c in choices])
    weight = np.repeat(owner, lengths)
    n = rows.shape[1]
    found = np.zeros(n) if start is None else start

    def loss(at: Row) -> float:
        scores = rows @ at
        right = _log_sums(np.where(meant, scores, -np.inf), starts, lengths)
        every = _log_sums(scores, starts, lengths)
        return float(owner @ (every - right) + ORDER_RIDGE / 2 * at @ at)

    now = loss(found)
    for _ in range(_STEPS):
        scores = rows @ found
        every = _shares(scores, starts, lengths)
        right = _shares(np.where(meant, scores, -np.inf), starts, lengths)
        slope = rows.T @ (weight * (every - right)) + ORDER_RIDGE * found
        mean = np.add.reduceat(rows * every[:, None], starts)
        curve = (rows * (weight * every)[:, None]).T @ rows - (mean * owner[:, None]).T @ mean
        step = np.linalg.solve(curve + ORDER_RIDGE * np.eye(n), slope)
        while (then := loss(found - step)) > now and float(np.abs(step).max()) > 1e-6:
            step = step / 2
        if now - then < 1e-5:
            break
        found, now = found - step, then
    return found


def share(signs: Row, true: npt.NDArray[np.bool_], weight: Row) -> Row:
    """Weights (the last stands alone) that give the probability of being true: a ridge logistic regression."""
    rows = np.hstack([signs, np.ones((len(signs), 1))])
    ridge = SHARE_RIDGE * np.eye(rows.shape[1])
    ridge[-1, -1] = 1e-3
    found = np.zeros(rows.shape[1])

    def loss(at: Row) -> float:
        total = rows @ at
        each = np.logaddexp(0.0, np.where(true, -total, total))
        return float(weight @ each + at @ ridge @ at / 2)

    now = loss(found)
    for _ in range(_STEPS):
        p = probability(signs, found)
        slope = rows.T @ (weight * (p - true)) + ridge @ found
        curve = (rows * (weight * p * (1 - p))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curve, slope)
        while (then := loss(found - step)) > now and float(np.abs(step).max()) > 1e-6:
            step = step / 2
        if now - then < 1e-6:
            break
        found, now = found - step, then
    return found


def probability(signs: Row, weights: Row) -> Row:
    """The probabilities that weights give to rows of signs."""
    total = np.clip(signs @ weights[:-1] + weights[-1], -30, 30)
    out: Row = 1 / (1 + np.exp(-total))
    return out


def _log_sums(scores: Row, starts: npt.NDArray[np.int_], lengths: npt.NDArray[np.int_]) -> Row:
    top = np.maximum.reduceat(scores, starts)
    out: Row = top + np.log(np.add.reduceat(np.exp(scores - np.repeat(top, lengths)), starts))
    return out


def _shares(scores: Row, starts: npt.NDArray[np.int_], lengths: npt.NDArray[np.int_]) -> Row:
    top = np.repeat(np.maximum.reduceat(scores, starts), lengths)
    raised = np.exp(scores - top)
    out: Row = raised / np.repeat(np.add.reduceat(raised, starts), lengths)
    return out
