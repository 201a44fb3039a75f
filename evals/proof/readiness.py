"""The proof of readiness: one rule for one account or a million, on every engine; how fast; and what a reader sees.

`python -m evals.proof.readiness [--full] [PART ...]`; with `--full` the property test takes 20,000 accounts and the sweep a million.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from importlib.util import find_spec

from evals import speed, speed_ingest, speed_sweep
from evals.proof import one_meaning, sweep_backends, sweep_digests
from evals.proof.sweep_company import company
from evals.proof.table import Table, measure
from skill.cli.readiness_text import lines_of
from skill.compiler.folder import Compiler
from skill.model.account import Person
from skill.policy.account.account_readiness import told
from skill.sample import sample_customers, sample_topics

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
EIGHTHS = 8
READERS = ("mulberry-payroll", "fieldnote", "northmoor")
"""On pace past a limit, growing on a small plan, and looked after by a person."""
Line = tuple[str, str, str, bool | None]


def meaning(table: Table, *, full: bool) -> None:
    """Made-up accounts, every form of a threshold: the policy and each engine say the same, or are counted apart.

    Each eighth of the accounts is judged by each eighth of the rows: so every form meets thousands of accounts.
    """
    engines = [
        e for e in sweep_backends.ENGINES if e != "spark" or find_spec("pyspark") is not None
    ]
    if "spark" not in engines:
        table.add("one meaning: spark", "left out: pyspark is not installed")
    book, n = company(), (20_000 if full else 2_000) // EIGHTHS
    found = [
        one_meaning.run(
            n,
            engines,
            seed=1_000 * part,
            playbook=book.model_copy(update={"thresholds": book.thresholds[part::EIGHTHS]}),
            progress=_progress,
        )
        for part in range(EIGHTHS)
    ]
    judged = sum(one.n_accounts * one.n_rows for one in found)
    true, unknown = (sum(getattr(one, name) for one in found) for name in ("n_true", "n_unknown"))
    known = f"{true / judged:.0%} true, {unknown / judged:.0%} unknown"
    accounts = sum(one.n_accounts for one in found)
    table.add(
        "one meaning: accounts, and rows judged of them", f"{accounts:,}, {judged:,}: {known}"
    )
    for engine in engines:
        apart = sum(a.engine == engine for one in found for a in one.apart)
        seconds = sum(one.seconds[engine] for one in found)
        table.add(f"one meaning: {engine}, rows judged otherwise", f"{apart} of {judged:,} in {seconds:.0f} s", "0", apart == 0)  # fmt: skip


def digests(table: Table, *, full: bool) -> None:
    """The same made-up data swept in every place."""
    sweep_digests.run(table, 5_000 if full else 1_000)


def quick(table: Table, *, full: bool) -> None:
    """Single account, ingest, and the sweep against the same question written by hand."""
    _add(table, speed.judging())
    _add(table, speed_ingest.measure(50_000 if full else 10_000))
    _add(table, speed_sweep.measure(1_000_000 if full else 100_000, runs=5 if full else 2))


def readers(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """What `tactful readiness` prints of three accounts of the sample company."""
    playbook = Compiler().compile_folder(sample_topics(), date(2026, 11, 21)).playbook
    known = {c.account.id: c for c in sample_customers(NOW)}
    for name in READERS:
        found = told(playbook, known[name].model_copy(update={"person": Person()}), NOW)
        print()
        for line in lines_of(found):
            print(line)
        holding = sum(one.truth == "true" for one in found.signals)
        table.add(
            f"readers: {name}",
            f"{found.upsell_readiness}, {holding} of {len(found.signals)} signals hold",
        )


def _add(table: Table, lines: Iterable[Line]) -> None:
    for figure, value, goal, ok in lines:
        table.add(figure, value, goal, ok)


def _progress(done: str) -> None:
    print(f"\r  {done}", end="", file=sys.stderr, flush=True)


PARTS: dict[str, Callable[..., None]] = {
    "meaning": meaning,
    "digests": digests,
    "speed": quick,
    "readers": readers,
}
"""What is measured, in this order."""


def main(arguments: Sequence[str]) -> int:
    """Measure those named, or all; 2 where a part is unknown. A figure that falls short is told, and no failure."""
    return measure("readiness", PARTS, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
