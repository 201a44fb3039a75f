"""The verifier of connective prose against claims that other people wrote and judged.

WiCE: 349 claims of an encyclopedia, each with numbered evidence sentences, those that support it marked, and a verdict.
The company's names are empty here, and the claims are long and worded freely: this measures how much of what is not
supported is stopped on foreign ground, and what that strictness costs.

Source: Kamoi et al. 2023, "WiCE: Real-World Entailment for Claims in Wikipedia".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.proof.table import Row
from skill.agent.claims import Claim, Names, unproven

CLAIMS = Path(__file__).parents[3] / "shared" / "data" / "grounding" / "claims.jsonl"
_TELLING = re.compile(r"\d|(?<=\s)[A-Z]")
"""A number, or a name or date: a capital behind a blank."""
_FIXED = frozenset(("figure", "date", "name"))


@dataclass(frozen=True)
class Judged:
    """One claim with its evidence and what people said of it."""

    text: str
    label: str
    """supported, partially_supported or not_supported."""
    passage: tuple[str, ...]
    marked: tuple[str, ...]
    """The sentences that support it, as far as anything does."""


def claims(path: Path = CLAIMS) -> Iterator[Judged]:
    """The claims in their order."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        marked = dict.fromkeys(s for group in row["gold_quotes"] for s in group)
        yield Judged(row["claim"], row["label"], tuple(row["passage"]), tuple(marked))


def rows(judged: Iterable[Judged]) -> list[Row]:
    """What is stopped of what is not supported, and what is wrongly stopped of what is, in a table's rows."""
    names = Names()
    every = list(judged)
    wrong = [j for j in every if j.label != "supported" and _TELLING.search(j.text)]
    right = [j for j in every if j.label == "supported"]
    with_marks = [j for j in wrong if j.marked]
    made: list[Row] = []
    for judge, by in ((_anything, "any check"), (_fixed, "figures, dates and names alone")):
        for given, source in (("the whole evidence", _passage), ("the marked sentences", _marked)):
            stopped = [j for j in wrong if judge(unproven(j.text, source(j), names))]
            made.append(
                _row(f"not or partly supported, stopped by {by}, given {given}", stopped, wrong)
            )
            kept = [j for j in right if judge(unproven(j.text, source(j), names))]
            made.append(_row(f"supported, wrongly stopped by {by}, given {given}", kept, right))
    bare = [j for j in wrong if j.label == "not_supported"]
    stopped = [j for j in bare if _fixed(unproven(j.text, j.passage, names))]
    made.append(
        _row("not supported at all, stopped by figures, dates and names alone", stopped, bare)
    )
    made.append(
        Row("not or partly supported with any marked sentence", f"{len(with_marks)}", "", "")
    )
    return made


def _passage(judged: Judged) -> tuple[str, ...]:
    return judged.passage


def _marked(judged: Judged) -> tuple[str, ...]:
    return judged.marked


def _anything(found: tuple[Claim, ...]) -> bool:
    return bool(found)


def _fixed(found: tuple[Claim, ...]) -> bool:
    return any(claim.what in _FIXED for claim in found)


def _row(figure: str, some: list[Judged], of: list[Judged]) -> Row:
    share = len(some) / len(of) if of else 0.0
    return Row(figure, f"{len(some)} of {len(of)} ({share:.1%})", "", "")


if __name__ == "__main__":
    for row in rows(claims()):
        print(f"  {row.figure}: {row.value}")
