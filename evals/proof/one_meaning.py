"""One meaning: every row of every made-up account, judged alone and in a sweep by each engine, must be the same.

`python -m evals.proof.one_meaning 20000` asks SQLite, DuckDB and PostgreSQL, and Spark where it is installed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from typing import NamedTuple

from evals.proof import sweep_worlds
from evals.proof.sweep_backends import ENGINES, Backend
from evals.proof.sweep_company import company
from evals.proof.sweep_worlds import MOMENTS, ZONES, World
from skill.model.playbook import Playbook
from skill.model.rules import Threshold, Truth
from skill.policy.signals import signals
from skill.policy.signals.record import Record
from skill.sources.warehouse.dialects import Dialect, Told
from skill.sources.warehouse.statement import statement

PER_STATEMENT = {Dialect.SPARK: 15}
"""Rows of one statement: a Playbook of more is told in several. Spark plans long ones slowly."""
MOST_ROWS = 60
PER_BATCH = 250
"""At least so many accounts are asked about by one statement, and at most sixteen times as many."""
Truths = Mapping[str, tuple[int | None, ...]]
"""What each row says of an account: 1, 0, or None where nobody can say."""
Compiled = Callable[[Playbook, datetime, Told], str]


def compiled(playbook: Playbook, now: datetime, told: Told) -> str:
    """The statement that is proven: all accounts, whether a row holds or not."""
    return statement(
        playbook,
        now,
        dialect=told.dialect,
        zones=ZONES,
        only_holding=False,
        moments_are_text=told.moments_are_text,
    )


@dataclass
class Figures:
    """What came of it."""

    n_accounts: int = 0
    n_rows: int = 0
    n_judged: int = 0
    """Rows of accounts, judged by all engines together."""
    n_true: int = 0
    n_unknown: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    apart: list[Apart] = field(default_factory=list)


class Apart(NamedTuple):
    """A row that an engine judged otherwise than the policy does."""

    engine: str
    account: str
    row: int
    alone: int | None
    swept: int | None
    now: datetime


def chunks(playbook: Playbook, size: int) -> Iterator[Playbook]:
    """The same company with some of its rows each."""
    rows: Sequence[Threshold] = playbook.thresholds
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        yield playbook.model_copy(update={"thresholds": tuple(some)})


def alone(playbook: Playbook, world: World) -> Truths:
    """What the policy says of each account by itself."""
    numbers = {Truth.TRUE: 1, Truth.FALSE: 0, Truth.UNKNOWN: None}
    found = {}
    for customer in world.customers:
        reached = signals.moments(Record(playbook, customer, world.now))
        told = signals.signals(playbook, customer, world.now, reached)
        found[customer.account.id] = tuple(numbers[signal.truth] for signal in told)
    return found


class Asking:
    """Statements, each told once for a moment and an engine."""

    def __init__(self, playbook: Playbook, compiled: Compiled = compiled) -> None:
        self.playbook = playbook
        self.compiled = compiled
        self._texts: dict[tuple[datetime, Told], list[str]] = {}

    def swept(self, backend: Backend, now: datetime) -> Truths:
        """What an engine says of every account that it holds."""
        key = now, backend.told
        if key not in self._texts:
            size = PER_STATEMENT.get(backend.told.dialect, MOST_ROWS)
            parts = chunks(self.playbook, size)
            self._texts[key] = [self.compiled(part, now, backend.told) for part in parts]
        found: dict[str, tuple[int | None, ...]] = {}
        for text in self._texts[key]:
            for account, *told in backend.ask(text):
                found[account] = (*found.get(account, ()), *told)
        return found


def run(
    n: int,
    engines: Sequence[str],
    *,
    seed: int = 6,
    moments: Sequence[datetime] = MOMENTS,
    playbook: Playbook | None = None,
    asked: Compiled = compiled,
    progress: Callable[[str], None] = lambda _: None,
) -> Figures:
    """So many accounts, every row of each, by the policy and by each engine."""
    book = playbook or company()
    asking, figures = Asking(book, asked), Figures(n_rows=len(book.thresholds))
    size = min(max(-(-n // len(moments)), PER_BATCH), 16 * PER_BATCH)
    batches = [(number, min(size, n - start)) for number, start in enumerate(range(0, n, size))]
    worlds: list[tuple[World, Truths]] = []
    for number, size in batches:
        now = moments[number % len(moments)]
        made = sweep_worlds.world(seed + number, size, now, book)
        worlds.append((made, alone(book, made)))
        _count(figures, worlds[-1][1])
        progress(f"{figures.n_accounts:,} of {n:,} accounts, each by itself")
        if len(worlds) == len(moments) or number == len(batches) - 1:
            for engine in engines:
                progress(f"{figures.n_accounts:,} of {n:,} accounts, {engine}")
                _compare(engine, asking, worlds, figures)
            worlds.clear()
    return figures


def _count(figures: Figures, told: Truths) -> None:
    figures.n_accounts += len(told)
    for row in told.values():
        figures.n_true += row.count(1)
        figures.n_unknown += row.count(None)


def _compare(
    engine: str, asking: Asking, worlds: Sequence[tuple[World, Truths]], figures: Figures
) -> None:
    started = time.perf_counter()
    with ENGINES[engine]() as backend:
        for world, wanted in worlds:
            backend.load(world)
            found = asking.swept(backend, world.now)
            figures.n_judged += sum(len(row) for row in found.values())
            figures.apart += _apart(engine, world, wanted, found)
    spent = time.perf_counter() - started
    figures.seconds[engine] = figures.seconds.get(engine, 0) + spent


def _apart(engine: str, world: World, wanted: Truths, found: Truths) -> Iterator[Apart]:
    for account, rows in wanted.items():
        told = found.get(account, ())
        if told == rows:
            continue
        for n, value in enumerate(rows):
            swept = told[n] if n < len(told) else -1
            if swept != value:
                yield Apart(engine, account, n, value, swept, world.now)


def main(arguments: Sequence[str]) -> int:
    """`one_meaning [ACCOUNTS] [ENGINE ...]`."""
    n = int(arguments[0]) if arguments else 20_000
    installed = [e for e in ENGINES if e != "spark" or find_spec("pyspark") is not None]
    engines = list(arguments[1:]) or installed
    if "spark" not in engines:
        print("spark: not asked, pyspark is not installed")

    def progress(done: str) -> None:
        print(f"\r{done:<60}", end="", file=sys.stderr, flush=True)

    figures = run(n, engines, progress=progress)
    print(file=sys.stderr)
    told = figures.n_accounts * figures.n_rows
    print(f"{figures.n_accounts:,} accounts x {figures.n_rows} rows: {figures.n_true / told:.0%} true, {figures.n_unknown / told:.0%} unknown")  # fmt: skip
    for engine, seconds in figures.seconds.items():
        apart = [a for a in figures.apart if a.engine == engine]
        print(f"{engine}: {len(apart)} rows judged otherwise, {seconds:.1f} s")
    for a in figures.apart[:20]:
        print(a)
    return 1 if figures.apart else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
