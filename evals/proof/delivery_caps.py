"""One cap under a crowd: requests of two processes decide about one account at once, and exactly the cap is shown.

`python -m evals.proof.delivery_caps [--full]`; with `--full` 64 requests x 200 rounds, else 16 x 10; SQLite and PostgreSQL.
The same crowd with a claim that reads and then writes is shown first, so that it is known to find a breach.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

from evals.proof import delivery_world as world
from evals.proof.table import ROOT, Table
from skill.model.playbook import Playbook
from skill.store import claims, outbox, showings
from skill.store.engine import Store

PROCESSES = 2
CLAIMS = {"naive": world.naive_claim, "ours": claims.claim}


class Crowd(NamedTuple):
    """How many ask at once, and how often."""

    requests: int
    rounds: int

    @property
    def accounts(self) -> list[str]:
        """A fresh account for each round."""
        return [f"acc_{n:04d}" for n in range(self.rounds)]


FULL, SHORT = Crowd(64, 200), Crowd(16, 10)


class Found(NamedTuple):
    """What came of all rounds."""

    shown: Mapping[int, int]
    """How many rounds ended with so many showings."""
    n_decisions: int
    n_tries: int
    seconds: float
    holds: bool
    """Whether the outbox accounts for everything."""

    @property
    def n_breaches(self) -> int:
        """Rounds in which more, or less, than the cap was shown."""
        return sum(n for shown, n in self.shown.items() if shown != world.CAP)


def crowd(url: str, book: Playbook, size: Crowd, how: str) -> Found:
    """All rounds, in two processes."""
    store = Store.open(url)
    world.fill(store, size.accounts)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    tries = context.Queue()
    begun = time.perf_counter()
    given = (url, book, size, how, barrier, tries)
    processes = [context.Process(target=_ask, args=given) for _ in range(PROCESSES)]
    for one in processes:
        one.start()
    told = [tries.get(timeout=3_600) for _ in processes]
    for one in processes:
        one.join()
    took = time.perf_counter() - begun
    shown = Counter(
        len(showings.past_of(store, world.TENANT, account).history) for account in size.accounts
    )
    holds = outbox.counts(store, world.TENANT).holds
    store.close()
    return Found(shown, sum(n for n, _ in told), sum(n for _, n in told), took, holds)


def _ask(url: str, book: Playbook, size: Crowd, how: str, barrier: Barrier, tries: Any) -> None:
    """One process's half of the crowd; both begin each round together."""
    store = Store.open(url)
    mine = size.requests // PROCESSES
    n_decisions = n_tries = 0
    with ThreadPoolExecutor(mine) as pool:
        for account in size.accounts:
            barrier.wait(timeout=600)
            made = [
                pool.submit(world.asked, store, book, account, claim=CLAIMS[how])
                for _ in range(mine)
            ]
            kept = [one.result() for one in made]
            n_decisions += len(kept)
            n_tries += sum(one.n_tries for one in kept)
    store.close()
    tries.put((n_decisions, n_tries))


def proof(table: Table, size: Crowd, kinds: tuple[str, ...] = ("sqlite", "postgres")) -> None:
    """Both databases; first what a naive claim does there."""
    book = world.playbook(ROOT / "topics")
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="tactful-caps-") as folder:
            with world.database(kind, Path(folder)) as url:
                naive = crowd(url, book, SHORT, "naive")
            said = f"{naive.n_breaches} of {SHORT.rounds} rounds, up to {max(naive.shown)} of {world.CAP}"
            table.add(f"{kind}: read, then write: cap breached", said, "> 0", naive.n_breaches > 0)
            with world.database(kind, Path(folder)) as url:
                ours = crowd(url, book, size, "ours")
            n = size.requests * size.rounds
            told = f"{ours.n_breaches} of {size.rounds} rounds of {size.requests} requests in {PROCESSES} processes"
            table.add(
                f"{kind}: rounds with not exactly the cap of {world.CAP}",
                told,
                "0",
                ours.n_breaches == 0,
            )
            table.add(
                f"{kind}: decisions kept",
                f"{ours.n_decisions:,} of {n:,}",
                f"{n:,}",
                ours.n_decisions == n,
            )
            more = ours.n_tries / max(1, ours.n_decisions)
            table.add(f"{kind}: decided again", f"{more:.2f} times each, {ours.seconds:.0f} s")


def main(arguments: list[str]) -> None:
    """The figures, printed and written."""
    table = Table("delivery_caps")
    proof(table, FULL if "--full" in arguments else SHORT)
    table.finish()


if __name__ == "__main__":
    main(sys.argv[1:])
