"""A proof's table: figure, value, goal and verdict, printed and written to out/proof/NAME.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


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
