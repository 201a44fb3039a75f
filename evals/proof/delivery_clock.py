"""Clocks that change: no moment of asking, however the clock jumps, shows more than the cap in any of its windows.

`python -m evals.proof.delivery_clock [--full]`; with `--full` 2,000 runs, else 100. Each run asks some 24 times around a change
to or from summer time, around a leap day, or with a clock that is set back; both databases' store is the same code, so SQLite is used.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from evals.proof import delivery_world as world
from evals.proof.table import ROOT, Table
from skill.model.decision import Decision, Surface
from skill.model.playbook import Playbook
from skill.store import claims, ledger, showings
from skill.store.claims import Again, Claimed, Lost
from skill.store.engine import Store
from skill.store.ledger import Recorded

FULL, SHORT = 2_000, 100
QUESTIONS = 24
_ACCOUNT = "acc_1"
WINDOW = timedelta(days=30)
BACK = (timedelta(seconds=1), timedelta(hours=1), timedelta(days=31), timedelta(days=60))
Chance = random.Random


class Run(NamedTuple):
    """The moments of asking, in the order of asking; and how far the clock was off at each of them."""

    kind: str
    moments: Sequence[datetime]
    """As the clock showed them."""
    true: Sequence[datetime]
    """As they really were."""


def summer_time(chance: Chance) -> Run:
    """Hours around a change of the clocks, told in the zone that changes; both of the hours that come twice."""
    zone, day = chance.choice(
        [
            ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
            ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC)),
        ]
    )
    start = day.replace(tzinfo=ZoneInfo(zone)) - WINDOW - timedelta(hours=chance.randrange(48))
    truly = sorted(start.astimezone(UTC) + _around(chance) for _ in range(QUESTIONS))
    told = [one.astimezone(ZoneInfo(zone)) for one in truly]
    return Run("summer time", told, truly)


def leap_day(chance: Chance) -> Run:
    """Around the 29th of February."""
    start = datetime(2028, 2, 29, tzinfo=UTC) - timedelta(hours=chance.randrange(31 * 24))
    truly = sorted(start + _around(chance) for _ in range(QUESTIONS))
    return Run("leap day", truly, truly)


def set_back(chance: Chance) -> Run:
    """A clock that jumps back, by a second or by two months, and is right again before it shows the same moment twice.

    One that stays wrong for longer than it jumped cannot be told from one that is right, by anybody without another clock.
    """
    back = chance.choice(BACK)
    jump = world.NOON + _around(chance)
    while_wrong = [jump + chance.random() * back for _ in range(QUESTIONS // 3)]
    others = [world.NOON + _around(chance) for _ in range(QUESTIONS - len(while_wrong))]
    truly = sorted([*others, *while_wrong])
    told = [at - back if jump <= at < jump + back else at for at in truly]
    return Run("clock set back", told, truly)


def _around(chance: Chance) -> timedelta:
    """Near the window's own edges as often as anywhere in two months."""
    edge = chance.choice([timedelta(0), WINDOW, WINDOW + timedelta(days=7)])
    near = timedelta(seconds=chance.randrange(-7_200, 7_200))
    return chance.choice([edge + near, timedelta(minutes=chance.randrange(60 * 24 * 60))])


KINDS: tuple[Callable[[Chance], Run], ...] = (summer_time, leap_day, set_back)


def runs(n: int, seed: int) -> Iterator[Run]:
    """So many, of each kind in turn."""
    for number in range(n):
        yield KINDS[number % len(KINDS)](random.Random(f"{seed}/{number}"))


def most_in_a_window(shown: Sequence[datetime]) -> int:
    """The most showings in any window of the cap, to the minute; every window that counts begins with a showing."""
    window = WINDOW - claims.CLOCKS_APART
    return max((sum(at <= one < at + window for one in shown) for at in shown), default=0)


def shown_in(store: Store, book: Playbook, run: Run, tenant: str, *, forgets: bool = False) -> int:
    """The most that one run shows in a window of real time; `forgets` is a naive reader with a naive claim."""
    world.fill(store, [_ACCOUNT], tenant)
    truly: list[datetime] = []
    is_right = True
    for at, real in zip(run.moments, run.true, strict=True):
        if is_right:
            _somebody_else(store, tenant, real - timedelta(seconds=1))
        is_right = at == real
        reads = _until(at) if forgets else None
        claim = _unguarded if forgets else claims.claim
        kept = world.asked(store, book, _ACCOUNT, tenant=tenant, now=at, reads=reads, claim=claim)
        truly += [real] * kept.n_shown
    n = len(showings.of_account(store, tenant, _ACCOUNT))
    assert n == len(truly), "what was shown is what was claimed"
    return most_in_a_window(truly)


def _somebody_else(store: Store, tenant: str, at: datetime) -> None:
    """A question of somebody else, a moment ago: a clock that is set back is seen by what was decided before."""
    other = world.customer("acc_other", tenant)
    decision = Decision(topics_version="", surface=Surface.IN_PRODUCT, now=at, meaning=world.ASKED)
    claims.claim(store, world.entry_of(other, decision), seen=0)


def _unguarded(store: Store, entry: Recorded, **left: Any) -> Claimed | Lost | Again:
    """A claim that believes whatever the clock shows."""
    return claims.claim(store, entry.model_copy(update={"scope": ledger.SWEEP}), **left)


def _until(at: datetime) -> Callable[[datetime], bool]:
    """A reader that believes only in the past: what lies ahead of the clock does not count."""
    return lambda shown_at: shown_at <= at


def proof(table: Table, n: int, seed: int = 8) -> None:
    """First a reader who forgets what lies ahead, who must breach the cap; then ours."""
    book = world.playbook(ROOT / "topics")
    with tempfile.TemporaryDirectory(prefix="tactful-clock-") as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'clock.db'}")
        caught = sum(
            shown_in(store, book, run, f"naive_{i}", forgets=True) > world.CAP
            for i, run in enumerate(runs(60, seed))
        )
        table.add(
            "a reader that forgets what lies ahead: cap breached",
            f"{caught} of 60 runs",
            "> 0",
            caught > 0,
        )
        breaches: Counter[str] = Counter()
        full: Counter[str] = Counter()
        for i, run in enumerate(runs(n, seed + 1)):
            most = shown_in(store, book, run, f"run_{i}")
            breaches[run.kind] += most > world.CAP
            full[run.kind] += most == world.CAP
        store.close()
    for kind in full:
        said = (
            f"{breaches[kind]} of {n // len(KINDS):,} runs; in {full[kind]:,} the cap was reached"
        )
        table.add(f"{kind}: cap breached", said, "0", breaches[kind] == 0)


def main(arguments: list[str]) -> None:
    """The figures, printed and written."""
    table = Table("delivery_clock")
    proof(table, FULL if "--full" in arguments else SHORT)
    table.finish()


if __name__ == "__main__":
    main(sys.argv[1:])
