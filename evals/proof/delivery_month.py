"""A month of the sample company under a fixed clock: swept every day, asked some 300 questions, and reported about.

`python -m evals.proof.delivery_month [--full]`; with `--full` three months of other seeds. Customers and what they do are
made up from a seed; sweep, claims, outbox, release, inbox, tasks and the report are the real ones, and so are the Topics.
The caps are counted again from the showings alone, by the rows of `topics/restraint.md` as they are written there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from evals.proof.delivery_days import DAYS, START, TENANT, Month
from evals.proof.delivery_recount import (
    Delivery,
    Showing,
    cap_breaches,
    quiet_breaches,
    rows_of,
    second_letters,
)
from evals.proof.table import ROOT, Table
from skill import reports
from skill.ask import open_workspace
from skill.delivery.report_text import restraint_text
from skill.model.restraint_report import RestraintReport
from skill.sample import sample_topics
from skill.store import outbox, showings
from skill.store.engine import Store

SEED = 8
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """What came of a month."""

    report: RestraintReport
    showings: Sequence[Showing]
    deliveries: Sequence[Delivery]
    did: Counter[str]
    law: outbox.Counts
    seconds: float
    """Of one processor, whatever else runs beside."""


def tell(seed: int = SEED) -> Told:
    """A month in a database of its own, which is gone afterwards."""
    began = time.process_time()
    workspace = open_workspace(sample_topics(), data_dir=None, today=START.date())
    with tempfile.TemporaryDirectory(prefix="tactful-month-") as folder:
        store = Store.open(f"sqlite:///{folder}/tactful.db")
        try:
            month = Month(store, workspace, seed)
            month.run()
            end = START + DAYS * _DAY
            report = reports.restraint(store, TENANT, workspace.playbook, since=START, until=end)
            return Told(
                report,
                _showings(month),
                month.left,
                month.did,
                outbox.counts(store, TENANT),
                time.process_time() - began,
            )
        finally:
            store.close()


def _showings(month: Month) -> list[Showing]:
    found = []
    for account in month.accounts:
        follows = {e.id: e.follows for e in outbox.of_account(month.store, TENANT, account)}
        for kept in showings.of_account(month.store, TENANT, account):
            one = kept.showing
            if one.state in showings.COUNTED:
                seen = kept.state_at if one.state == "spent" else None
                found.append(Showing(account, one.person, one.offer, one.channel, one.at, seen, one.effect, follows.get(one.effect, "")))  # fmt: skip
    return found


def run(table: Table, full: bool) -> None:
    """The figures of one month, or of three; first each count is shown to find what is planted."""
    rows = rows_of((ROOT / "topics" / "restraint.md").read_text("utf-8"))
    for n in range(3 if full else 1):
        told = tell(SEED + n)
        print(restraint_text(told.report))
        if n == 0:
            _planted(table, told)
        name = f"month {n + 1}"
        report, law = told.report, told.law
        table.add(
            f"{name}: questions, offers made, offers kept back, notifications, letters, tasks",
            f"{report.n_questions}, {report.n_offers}, {report.n_withheld}, "
            + ", ".join(str(_left(told, channel)) for channel in ("in_app", "email"))
            + f", {law.delivered - len(told.deliveries)}",
        )
        table.add(
            f"{name}: held in quiet hours", str(told.did["held"]), "> 0", told.did["held"] > 0
        )
        caps = cap_breaches(told.showings, rows)
        table.add(
            f"{name}: caps breached, of {len(told.showings)} showings",
            str(len(caps)),
            "0",
            not caps,
        )
        quiet = quiet_breaches(told.deliveries, rows)
        table.add(
            f"{name}: quiet hours breached, of {len(told.deliveries)} deliveries",
            str(len(quiet)),
            "0",
            not quiet,
        )
        letters = second_letters(told.deliveries)
        table.add(f"{name}: second letters", str(len(letters)), "0", not letters)
        said = f"{law.decided} = {law.delivered} + {law.suppressed} + {law.pending} + {law.failed}"
        table.add(
            f"{name}: decided = delivered + suppressed + pending + failed", said, "holds", law.holds
        )
        same = report.outbox.model_dump() == law._asdict()
        table.add(f"{name}: the report says the same as the outbox", str(same), "True", same)
        table.add(
            f"{name}: seconds of one processor", f"{told.seconds:.0f}", "<= 60", told.seconds <= 60
        )
        for line in (*caps, *quiet, *letters):
            print(f"  {line}")


def _left(told: Told, channel: str) -> int:
    return sum(one.channel == channel for one in told.deliveries)


def _planted(table: Table, told: Told) -> None:
    """What each count says of a month in which one thing was done that must not be."""
    rows = rows_of((ROOT / "topics" / "restraint.md").read_text("utf-8"))
    shown = next(one for one in told.showings if one.channel == "in_app")
    again = shown._replace(at=shown.at + 2 * _DAY, seen_at=None, effect="eff_planted")
    n = len(cap_breaches([*told.showings, again], rows))
    table.add("the same offer planted two days later: caps breached", str(n), "> 0", n > 0)
    left = told.deliveries[0]
    night = left._replace(at=left.at.replace(hour=22), zone="Europe/Berlin", effect="eff_planted")
    n = len(quiet_breaches([*told.deliveries, night], rows))
    table.add("a delivery planted at night: quiet hours breached", str(n), "> 0", n > 0)
    letter = next((one for one in told.deliveries if one.channel == "email"), left)
    twice = [
        letter._replace(channel="email"),
        letter._replace(channel="email", effect="eff_planted"),
    ]
    n = len(second_letters([*told.deliveries, *twice]))
    table.add("a second letter planted: found", str(n), "> 0", n > 0)


def main(arguments: list[str]) -> int:
    """The report of the month, and the figures, printed and written."""
    table = Table("delivery_month")
    run(table, "--full" in arguments)
    table.finish()
    return 0 if all(row.verdict != "short" for row in table.rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
