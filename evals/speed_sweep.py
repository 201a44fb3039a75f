"""A sweep in seconds: our statement against one written by hand over ten million readings, and how it grows with accounts.

`python -m evals.speed_sweep`, or with a number of accounts, and a folder that keeps what was made up for the next time.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from evals import sweep_data, sweep_topics
from skill.sources.warehouse.engines import Row
from skill.sources.warehouse.engines.duckdb import MEMORY, THREADS, DuckDB

TODAY = date(2026, 11, 21)
MANY, FEW = 1_000_000, 100_000
RUNS = 5
MOST_RATIO, MOST_GROWTH, MOST_MIB = 1.5, 12.0, 1024
BY_HAND = Path(__file__).with_name("sweep_by_hand.sql")
Line = tuple[str, str, str, bool | None]
"""A figure, its value, its goal, and whether it is reached; None where it is only told."""


class Run(NamedTuple):
    """One sweep in a process of its own."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    n_rows: int
    digest: str


def main() -> None:
    """Print every figure; in the process of one run, that run alone."""
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(_run(sys.argv[2], Path(sys.argv[3]))))
        return
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    for figure, value, goal, ok in measure(many, kept=kept):
        verdict = "" if ok is None else ("ok" if ok else "short")
        print(f"{figure:<66} {value:<28} {verdict:<6} {goal}", flush=True)


def measure(many: int = MANY, *, runs: int = RUNS, kept: Path | None = None) -> Iterator[Line]:
    """Every figure with its goal.

    Args:
        many: accounts, with ten readings each; the growth is from a tenth of them.
        runs: of each; the median counts.
        kept: where the made-up accounts are kept; nowhere if None.
    """
    with tempfile.TemporaryDirectory() as fresh:
        folder = kept or Path(fresh)
        yield from _against_hand(_made(folder, many), runs, many)
        yield from _growth(_made(folder, many // 10), _made(folder, many), runs, many)


def _made(folder: Path, n: int) -> Path:
    made = folder / str(n)
    if not (made / "events.parquet").is_file():
        sweep_data.write(made, sweep_topics.playbook(TODAY), n)
    return made


def _against_hand(folder: Path, runs: int, n: int) -> Iterator[Line]:
    found = _alternately({"ours": folder, "by hand": folder, "by hand, all memory": folder}, runs)
    ours, hand, free = found["ours"], found["by hand"], found["by hand, all memory"]
    same = len({(one.n_rows, one.digest) for some in found.values() for one in some}) == 1
    where = f"{n:,} accounts, 8 thresholds"
    yield f"accounts with a row that holds, {where}", f"{ours[0].n_rows:,}", "", None
    yield "both statements say the same", "yes" if same else "no", "yes", same
    yield from _told("our statement", ours)
    yield from _told(f"by hand, within {MEMORY} as ours", hand)
    yield from _told("by hand, with all the memory it takes", free)
    ratio = _median(ours) / _median(free)
    yield "ours / by hand within the same memory", f"{_median(ours) / _median(hand):.2f}", "", None
    yield "ours / by hand with all memory", f"{ratio:.2f}", f"<= {MOST_RATIO}", ratio <= MOST_RATIO
    peak = max(one.peak_mib for one in ours)
    yield (
        "our peak memory, whole process",
        f"{peak:,.0f} MiB",
        f"< {MOST_MIB:,} MiB",
        peak < MOST_MIB,
    )


def _growth(few: Path, many: Path, runs: int, n: int) -> Iterator[Line]:
    found = _alternately({"ours": few, "ours again": many}, runs)
    small, large = _median(found["ours"]), _median(found["ours again"])
    yield f"seconds, {n // 10:,} accounts", f"{small:.2f} s", "", None
    yield f"seconds, {n:,} accounts", f"{large:.2f} s", "", None
    yield "ten times the accounts take", f"{large / small:.1f} x", f"<= {MOST_GROWTH:g} x", large / small <= MOST_GROWTH  # fmt: skip


def _told(what: str, runs: list[Run]) -> Iterator[Line]:
    cpu = statistics.median(one.cpu_seconds for one in runs)
    peak = max(one.peak_mib for one in runs)
    yield f"{what}, median of {len(runs)}", f"{_median(runs):.2f} s", "", None
    yield f"{what}, processor time and peak", f"{cpu:.2f} s, {peak:,.0f} MiB", "", None


def _median(runs: list[Run]) -> float:
    return statistics.median(one.seconds for one in runs)


def _alternately(what: dict[str, Path], runs: int) -> dict[str, list[Run]]:
    """Each in turn, so that whatever else the machine does falls on all of them."""
    found: dict[str, list[Run]] = {name: [] for name in what}
    for number in range(runs):
        for name, folder in what.items():
            print(
                f"  run {number + 1} of {runs}: {name} ...", end="\r", file=sys.stderr, flush=True
            )
            command = [sys.executable, "-m", "evals.speed_sweep", "--run", name, str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(Run(*json.loads(done.stdout)))
    print(" " * 60, end="\r", file=sys.stderr)
    return found


def _run(what: str, folder: Path) -> Run:
    rows = _ours(folder) if what.startswith("ours") else _by_hand(folder, what)
    before, started = os.times(), time.perf_counter()
    n_rows, digest = digest_of(rows)
    took, after = time.perf_counter() - started, os.times()
    cpu = after.user + after.system - before.user - before.system
    return Run(took, cpu, _peak_mib(), n_rows, digest)


def _peak_mib() -> float:
    """The most memory that this process had; where the system says so, without that of the one that began it."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(x for x in status.read_text("utf-8").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def digest_of(rows: Iterable[Row]) -> tuple[int, str]:
    """How many rows there are, and a digest of all of them in their order."""
    found, n_rows = hashlib.sha256(), 0
    for account, told in rows:
        found.update(repr((account, told)).encode())
        n_rows += 1
    return n_rows, found.hexdigest()[:16]


def _ours(folder: Path) -> Iterable[Row]:
    engine = DuckDB(str(folder))
    return engine.rows(sweep_topics.playbook(TODAY), sweep_data.NOW)


def _by_hand(folder: Path, what: str) -> Iterator[Row]:
    connection: Any = sweep_data.connected()
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET preserve_insertion_order = false")
    if "all memory" not in what:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
    with tempfile.TemporaryDirectory() as spilled:
        connection.execute(f"SET temp_directory = '{spilled}'")
        found = connection.execute(BY_HAND.read_text("utf-8").replace("{folder}", str(folder)))
        while some := found.fetchmany(2_048):
            for account, *told in some:
                yield account, tuple(told)
        connection.close()


if __name__ == "__main__":
    main()
