"""Makes `skill/retrieval/weights.json` from made-up products, and tells how well it does on products left out.

    python -m evals.resolver.train            print the tables and write the weights
    python -m evals.resolver.train --check    print the tables; fail where the weights are not those of the repository

Nothing here is random: the same data gives the same weights. No real pricing is read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.resolver import gather, learn
from evals.resolver.gather import MIX, Sample
from skill.errors import RetrievalError
from skill.retrieval.doubt import must_ask
from skill.retrieval.embed import Embedder, LexicalOnly
from skill.retrieval.ladder import opened
from skill.retrieval.match import EVIDENCE
from skill.retrieval.rank import SIGNS, Learned, Order, Ranking, ordered, signs
from skill.retrieval.resolve import ASK_NAME
from skill.settings import Embeddings, Rung

WEIGHTS = Path(__file__).parents[2] / "skill" / "retrieval" / "weights.json"
LOCAL: tuple[Rung, ...] = ("minilm", "wordllama")
"""Embedders that need nobody else's machine."""
MASS = 3000.0
"""All questions together count so much against the penalties."""
GRID = tuple(round(0.40 + 0.02 * n, 2) for n in range(29))
GRID_ASK = tuple(round(0.20 + 0.02 * n, 2) for n in range(16))
WRONG, WRONG_IN_STYLE = 0.01, 0.03
"""Most that may be answered wrongly as if sure: of everything asked, and of any style with 30 questions or more."""
ASKED_FOREIGN = 0.10
"""Most of what is not sold, asked by name, that may be asked back."""
OPEN = (
    "partly", "loosely", "said", "way", "nearly a way", "foreign way", "absent", "bare, described", "bare, said", "removed, said",
)  # fmt: skip
"""Styles in which words were left out or nothing of the product's own decides: twice the share is allowed in them."""


@dataclass(frozen=True)
class Judged:
    """One sample as it comes out with weights that never saw its product."""

    sample: Sample
    order: Order
    signs: learn.Row
    right: float = 0.0
    among: float = 0.0
    doubt: str = ""
    """Why it may not be answered as sure, whatever its probability."""

    @property
    def first(self) -> bool:
        """True where the first is what is meant."""
        return self.sample.found(self.order, 1)

    @property
    def near(self) -> bool:
        """True where one of the first three is."""
        return self.sample.found(self.order, 3)


def main() -> None:
    """Train for each embedder that is here, print what comes of it, and write or check the weights."""
    options = argparse.ArgumentParser()
    options.add_argument("--check", action="store_true")
    told = options.parse_args()
    present = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    made = dict(present)
    for embedder in rungs():
        made[embedder.name] = written(trained(embedder))
    text = json.dumps(made, indent=1) + "\n"
    if told.check:
        sys.exit(0 if made == present else "the weights differ from those of the repository")
    WEIGHTS.write_text(text, encoding="utf-8")
    print(f"written to {WEIGHTS.name}")


def rungs() -> list[Embedder]:
    """The embedders that are here, words alone last."""
    out: list[Embedder] = []
    settings = Embeddings.from_env()
    for rung in LOCAL:
        try:
            out.append(opened(rung, settings))
        except RetrievalError as missing:
            print(f"{rung} is left out: {missing}")
    return [*out, LexicalOnly("asked for")]


def trained(embedder: Embedder) -> Learned:
    """What is learned with one embedder; prints the tables of products left out."""
    samples = gather.gather(embedder)
    products = sorted({s.world.product.name for s in samples})
    print(f"\n== {embedder.name}: {len(samples)} questions on {len(products)} made-up products")
    weight = weights_of(samples)
    order = order_of(samples, weight)
    judged = left_out_orders(samples, weight, products, order)
    judged = left_out_shares(judged, weight, products)
    right, among = shares_of(judged, weight)
    sure = chosen_sure(judged)
    ask = chosen_ask(judged, sure)
    table(judged, sure, ask)
    return Learned(order, right, among, sure, ask)


def weights_of(samples: Sequence[Sample]) -> learn.Row:
    """What each question counts: its style's part of the mix, divided among the style's questions."""
    count = Counter(s.case.kind for s in samples)
    total = sum(MIX[kind] for kind in count)
    return np.asarray([MASS * MIX[s.case.kind] / total / count[s.case.kind] for s in samples])


def order_of(
    samples: Sequence[Sample], weight: learn.Row, start: learn.Row | None = None
) -> learn.Row:
    """The weights of evidence from these samples; what is not sold has no order to learn."""
    choices = [
        learn.Choice(s.evidence.rows, s.meant, w)
        for s, w in zip(samples, weight, strict=True)
        if s.meant.any()
    ]
    return learn.order(choices, start)


def left_out_orders(
    samples: Sequence[Sample], weight: learn.Row, products: Sequence[str], whole: learn.Row
) -> list[Judged]:
    """Each sample in the order that the other products teach, with the signs of that order.

    The search starts from the weights of all products to be quick; where it ends does not depend on that.
    """
    names = np.asarray([s.world.product.name for s in samples])
    out: list[Judged | None] = [None] * len(samples)
    for product in products:
        others = np.flatnonzero(names != product).tolist()
        found = order_of([samples[i] for i in others], weight[others], whole)
        for i in np.flatnonzero(names == product).tolist():
            s = samples[i]
            order = ordered(s.world.matcher, s.evidence, found)
            out[i] = Judged(s, order, signs(order, s.world.matcher, s.evidence, s.question))
    return [one for one in out if one is not None]


def shares_of(judged: Sequence[Judged], weight: learn.Row) -> tuple[learn.Row, learn.Row]:
    """The weights of the two probabilities."""
    rows = np.asarray([j.signs for j in judged])
    first, near = np.asarray([j.first for j in judged]), np.asarray([j.near for j in judged])
    return learn.share(rows, first, weight), learn.share(rows, near, weight)


def left_out_shares(
    judged: Sequence[Judged], weight: learn.Row, products: Sequence[str]
) -> list[Judged]:
    """Each sample with the probabilities that the other products teach, and why it may be doubted."""
    names = np.asarray([j.sample.world.product.name for j in judged])
    out = list(judged)
    for product in products:
        others = np.flatnonzero(names != product).tolist()
        right, among = shares_of([judged[i] for i in others], weight[others])
        for i in np.flatnonzero(names == product).tolist():
            j = judged[i]
            row = j.signs[None]
            first, near = (float(learn.probability(row, w)[0]) for w in (right, among))
            s = j.sample
            ranking = Ranking(j.order, first, near, s.evidence)
            doubt = must_ask(s.question, ranking, s.world.matcher)
            out[i] = Judged(s, j.order, j.signs, first, near, doubt)
    return out


def wrong_and_sure(judged: Sequence[Judged], sure: float) -> tuple[float, float, dict[str, float]]:
    """Shares answered and answered wrongly, of the mix; and the latter in each style with 30 questions or more."""
    answered = wrong = total = 0.0
    styles: dict[str, float] = {}
    for kind, part in MIX.items():
        of = [j for j in judged if j.sample.case.kind == kind]
        if not of:
            continue
        said = [j for j in of if j.right >= sure and not j.doubt]
        share = sum(not j.first for j in said) / len(of)
        answered += part * len(said) / len(of)
        wrong += part * share
        total += part
        if len(of) >= 30:
            styles[kind] = share
    return answered / total, wrong / total, styles


def chosen_sure(judged: Sequence[Judged]) -> float:
    """The lowest bound under which few enough are wrong; prints the whole curve."""
    print("sure from  answered  wrong and sure  worst style")
    chosen = GRID[-1]
    for sure in reversed(GRID):
        answered, wrong, styles = wrong_and_sure(judged, sure)
        bounded = {k: v / (2 if k in OPEN else 1) for k, v in styles.items()}
        worst = max(bounded, key=lambda kind: bounded[kind])
        fine = wrong <= WRONG and bounded[worst] <= WRONG_IN_STYLE
        if fine and sure <= chosen + 0.021:
            chosen = sure
        print(f"{sure:9.2f}  {answered:8.3f}  {wrong:14.4f}  {worst} {styles[worst]:.3f}")
    print(f"chosen: {chosen}, the lowest with at most {WRONG} wrong, {WRONG_IN_STYLE} in a style")
    return chosen


def chosen_ask(judged: Sequence[Judged], sure: float) -> float:
    """The lowest bound at which few names of foreign things are asked back."""
    unsure = [
        j.among
        for j in judged
        if j.sample.case.kind == "foreign" and (j.right < sure or j.doubt != "")
    ]
    n = sum(j.sample.case.kind == "foreign" for j in judged)
    fine = [a for a in GRID_ASK if sum(p >= a + ASK_NAME for p in unsure) <= ASKED_FOREIGN * n]
    return fine[0] if fine else GRID_ASK[-1]


def table(judged: Sequence[Judged], sure: float, ask: float) -> None:
    """What comes of each style on products left out: the ranking, and the outcome with all rules."""
    rows: dict[str, Counter[str]] = {kind: Counter() for kind in MIX}
    for j in judged:
        row = rows[j.sample.case.kind]
        row.update(n=1, first=j.first, near=j.near)
        row[outcome(j, sure, ask)] += 1
    print(f"asked back from {ask}\n{'style':<18}     n  first  in three  " + "  ".join(OUTCOMES))
    for kind, row in rows.items():
        if n := row["n"]:
            shares = "  ".join(f"{row[o] / n:{len(o)}.3f}" for o in OUTCOMES)
            print(f"{kind:<18} {n:5}  {row['first'] / n:.3f}     {row['near'] / n:.3f}  {shares}")


OUTCOMES = ("right", "asked with it", "asked without", "told none", "wrong and sure")


def outcome(j: Judged, sure: float, ask: float) -> str:
    """The outcome by the two bounds alone."""
    sold = bool(j.sample.case.key)
    if j.right >= sure and not j.doubt:
        return "right" if j.first else "wrong and sure"
    bound = ask + (ASK_NAME if j.sample.question.name_like else 0)
    if j.among >= bound:
        return "asked with it" if j.near else "asked without"
    return "told none" if sold else "right"


def written(known: Learned) -> dict[str, Any]:
    """What was learned, as it stands in the file."""
    named = dict(zip(EVIDENCE, known.evidence, strict=True))
    signed = (*SIGNS, "bias")
    return {
        "evidence": {k: round(float(v), 4) for k, v in named.items()},
        "right": {k: round(float(v), 4) for k, v in zip(signed, known.right, strict=True)},
        "among": {k: round(float(v), 4) for k, v in zip(signed, known.among, strict=True)},
        "sure": known.sure,
        "ask": known.ask,
    }


if __name__ == "__main__":
    main()
