"""A proof's table: figure, value, goal and verdict, printed and written to out/proof/NAME.json."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


Parts = Mapping[str, Callable[..., None]]
"""Parts of a proof by name, in their order; each takes the table and whether all of it is wanted."""


@dataclass(frozen=True)
class Row:
    """One figure of a proof."""

    figure: str
    value: str
    goal: str
    verdict: str


@dataclass
class Table:
    """The figures of one proof in the order they were measured."""

    name: str
    rows: list[Row] = field(default_factory=list)

    def add(self, figure: str, value: str, goal: str = "", ok: bool | None = None) -> None:
        """One more figure; without a goal it is only told."""
        verdict = "" if ok is None else ("ok" if ok else "short")
        self.rows.append(Row(figure, value, goal, verdict))
        print(f"  {figure}: {value}{f'  (goal {goal}: {verdict})' if goal else ''}", flush=True)

    def finish(self) -> None:
        """Print the whole table and write it."""
        width = max(len(r.figure) for r in self.rows)
        wide = max(len(r.value) for r in self.rows)
        print(f"\n{self.name}\n{'figure':<{width}}  {'value':<{wide}}  verdict  goal")
        for row in self.rows:
            print(f"{row.figure:<{width}}  {row.value:<{wide}}  {row.verdict:<7}  {row.goal}")
        out = ROOT / "out" / "proof"
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"{self.name}.json"
        target.write_text(
            json.dumps([asdict(r) for r in self.rows], indent=1, ensure_ascii=False), "utf-8"
        )
        print(f"written to {target.relative_to(ROOT)}")


def measure(name: str, parts: Parts, arguments: Sequence[str]) -> int:
    """Measure the parts that are named, or all; 2 where one is unknown. A figure that falls short is told, and no failure."""
    names = [one for one in arguments if one != "--full"] or list(parts)
    unknown = [one for one in names if one not in parts]
    if unknown:
        print(f"no part `{unknown[0]}`; the parts are {', '.join(parts)}", file=sys.stderr)
        return 2
    table = Table(name)
    for one in names:
        began = time.monotonic()
        print(f"\n{one}", flush=True)
        parts[one](table, full="--full" in arguments)
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    table.finish()
    return 0
