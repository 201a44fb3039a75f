"""The proof of delivery: the right channel, once, or not at all; through crowds, kills, bad clocks and receivers that are down.

`python -m evals.proof.delivery [--full] [PART ...]`; with `--full` the sizes of the goals, else those of CI.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evals.proof import (
    delivery_addresses,
    delivery_caps,
    delivery_clock,
    delivery_kills,
    delivery_month,
    delivery_plays,
    delivery_sequence,
    delivery_task,
    delivery_webhooks,
)
from evals.proof.table import Parts, Table, measure


def caps(table: Table, *, full: bool) -> None:
    """Crowds of two processes against one cap."""
    delivery_caps.proof(table, delivery_caps.FULL if full else delivery_caps.SHORT)


def kills(table: Table, *, full: bool) -> None:
    """Deciders killed at random moments."""
    delivery_kills.proof(table, delivery_kills.FULL if full else delivery_kills.SHORT)


def plays(table: Table, *, full: bool) -> None:
    """Workers killed in the middle of deliveries."""
    n = 200 if full else 20
    with delivery_plays.databases() as urls:
        for name, url in urls.items():
            found = delivery_plays.kill_workers(url, n)
            said = (
                f"{found.undelivered} undelivered, {found.left} left, {found.strange} twice after id,"
                f" of {found.decided}; {found.kills} kills, {found.again} came again under their id"
            )
            table.add(f"{name}: workers killed", said, "0, 0, 0", found.holds)


def clock(table: Table, *, full: bool) -> None:
    """Daylight saving, leap days, and clocks that are set back."""
    delivery_clock.proof(table, delivery_clock.FULL if full else delivery_clock.SHORT)


def webhooks(table: Table, *, full: bool) -> None:
    """In any order, and to a receiver that is down for a day."""
    delivery_webhooks.run(table, 10_000 if full else 1_000)


def addresses(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """Inward addresses in every spelling."""
    delivery_addresses.run(table)


def sequence(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """Week 2 at 85 %, week 3 upgraded and stable: its trace under a fixed clock."""
    with tempfile.TemporaryDirectory(prefix="tactful-sequence-") as folder:
        story = delivery_sequence.tell(f"sqlite:///{Path(folder) / 'tactful.db'}")
    print("\n".join(story.trace))
    table.add("the sequence: emails", str(len(story.letters.got)), "1", len(story.letters.got) == 1)


def task(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """An owner's task as a page, a picture and Markdown."""
    delivery_task.main()
    table.add("an owner's task", "out/proof/delivery/owner-task.{html,png,ics}")


def month(table: Table, *, full: bool) -> None:
    """A month of the sample company and its restraint report."""
    delivery_month.run(table, full)


PARTS: Parts = {
    part.__name__: part
    for part in (sequence, task, month, addresses, webhooks, caps, kills, plays, clock)
}
"""What is proven, in this order."""


def main(arguments: Sequence[str]) -> int:
    """Prove those named, or all; 2 where a part is unknown. A figure that falls short is told, and no failure."""
    return measure("delivery", PARTS, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
