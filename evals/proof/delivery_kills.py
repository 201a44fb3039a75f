"""kill -9 at random moments: no acknowledged decision is lost, none is without its effect, none is delivered twice or not at all.

`python -m evals.proof.delivery_kills [--full]`; with `--full` 1,000 kills, else 100; on SQLite and on PostgreSQL.
First two victims that are wrong on purpose are run, so that the checker is known to see both faults.
A further half is a pair of steps and a check: see `Half`.
"""

from __future__ import annotations

import multiprocessing
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from evals.proof import delivery_victim as victim
from evals.proof import delivery_world as world
from evals.proof.table import ROOT, Table
from skill.model.decision import Surface
from skill.policy.decide import decide
from skill.policy.reaching import UNASKED
from skill.store import outbox, tables
from skill.store.engine import Store

FULL, SHORT, TO_BE_CAUGHT = 1_000, 100, 40
MOST_SAID = 3
"""A victim lives until it has said up to so much, and then for a part of the time that one more would take, or of two."""
_HERE = "evals.proof.delivery_victim"


@dataclass
class Told:
    """What victims said before they were killed."""

    decided: dict[str, str] = field(default_factory=dict)
    """Id of a decision, and of its effect."""
    handed: list[str] = field(default_factory=list)
    """Ids of effects, in the order that the receiver got them."""
    last: int = 0
    """Number of the last account that was acknowledged."""
    n_kills: int = 0
    pace: float = 0.02
    """How many seconds lie between two things that are said, by the last that were heard."""

    def hear(self, said: bytes) -> None:
        """One message of a victim."""
        what, *ids = said.decode().split()
        if what == "decided":
            self.last = max(self.last, int(ids[0]))
            self.decided[ids[1]] = ids[2]
        elif what == "handed":
            self.handed.append(ids[0])


@dataclass(frozen=True)
class Half:
    """What is killed and how it is checked; a further one for plays needs no more than this."""

    name: str
    steps: tuple[str, ...]
    """Functions of a victim by their dotted names: each is a `delivery_victim.Step`."""
    check: Callable[[Store, Told], dict[str, int]]
    """How many there are of each fault."""
    mend: Callable[[Store, Told, Path], None] | None = None
    """Runs once after the last kill and before the check, as a server that starts again would."""


def check_decisions(store: Store, told: Told) -> dict[str, int]:
    """Faults of decisions: acknowledged and lost; without its effect or showing; an effect without its decision, or twice."""
    d, e, s = tables.decisions.c, tables.effects.c, tables.showings.c
    mine = (e.tenant == d.tenant, e.decision == d.id)
    with store.reading() as connection:
        kept = set(connection.execute(select(d.id)).scalars())
        effects = {row.id: row.decision for row in connection.execute(select(e.id, e.decision))}
        bare = (
            select(func.count())
            .select_from(tables.decisions)
            .where(~select(e.id).where(*mine).exists())
        )
        n_bare = int(connection.execute(bare).scalar() or 0)
        shown = set(connection.execute(select(s.effect)).scalars())
        twice = select(e.account).group_by(e.account).having(func.count() > 1)
        n_twice = len(connection.execute(twice).all())
    return {
        "acknowledged decisions lost": sum(
            one not in kept or effect not in effects for one, effect in told.decided.items()
        ),
        "decisions without their effect": n_bare,
        "effects without their decision or showing": sum(
            made_by not in kept or one not in shown for one, made_by in effects.items()
        ),
        "effects of one occasion twice": n_twice,
        "books that do not balance": int(not outbox.counts(store, world.TENANT).holds),
    }


def check_deliveries(store: Store, told: Told) -> dict[str, int]:
    """Faults of deliveries, once everything was gone on with: not delivered, or delivered to nobody."""
    e = tables.effects.c
    with store.reading() as connection:
        states = {row.id: row.state for row in connection.execute(select(e.id, e.state))}
    handed = set(told.handed)
    return {
        "effects that were not delivered": sum(s != "delivered" for s in states.values()),
        "told as delivered, and no receiver has it": sum(
            s == "delivered" and one not in handed for one, s in states.items()
        ),
        "receivers with something that nobody decided": len(handed - set(states)),
    }


def deliver_the_rest(store: Store, told: Told, world_at: Path) -> None:
    """A victim's delivering, in this process and to its end."""
    book, ready = pickle.loads(world_at.read_bytes())
    scene = victim.Scene(
        store, book, ready, lambda what, *ids: told.hear(" ".join((what, *ids)).encode())
    )
    while outbox.counts(store, world.TENANT).pending:
        victim.delivered(scene, 0)


DECISIONS = Half("decisions", (f"{_HERE}:decided",), check_decisions)
DELIVERIES = Half(
    "decisions and deliveries",
    (f"{_HERE}:decided", f"{_HERE}:delivered"),
    lambda store, told: {**check_decisions(store, told), **check_deliveries(store, told)},
    deliver_the_rest,
)
WRONG = (
    Half("acknowledged before it is kept", (f"{_HERE}:decided_early",), check_decisions),
    Half("decision and effect in two transactions", (f"{_HERE}:decided_in_two",), check_decisions),
)


def killed(url: str, world_at: Path, half: Half, n: int, seed: int) -> tuple[Told, dict[str, int]]:
    """So many victims, one after the other on one database; what they said, and what is wrong with what is left."""
    Store.open(url).close()
    chance = random.Random(seed)
    told = Told()
    context = multiprocessing.get_context("forkserver")
    # Imported once for all victims, with what opening a database would import.
    doors = ["sqlite3", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"]
    context.set_forkserver_preload([*doors, _HERE, *{one.partition(":")[0] for one in half.steps}])
    for _ in range(n):
        reader, writer = context.Pipe(duplex=False)
        start = max(0, told.last - victim.GOES_BACK)
        one = context.Process(target=victim.run, args=(url, world_at, start, half.steps, writer))
        one.start()
        writer.close()
        _kill(one, reader, chance.randint(0, MOST_SAID), chance.uniform(0, 2), told)
    store = Store.open(url)
    try:
        if half.mend is not None:
            half.mend(store, told, world_at)
        return told, half.check(store, told)
    finally:
        store.close()


def _kill(one: Any, reader: Connection, n_said: int, more: float, told: Told) -> None:
    """Kill it once it has said so much, and so much of the next; everything that it said before is heard."""
    try:
        assert reader.recv_bytes() == victim.READY
        for _ in range(n_said):
            begun = time.perf_counter()
            told.hear(reader.recv_bytes())
            told.pace += (time.perf_counter() - begun - told.pace) / 4
        time.sleep(more * told.pace)
        one.kill()
        while True:
            told.hear(reader.recv_bytes())
    except (EOFError, OSError):
        # It died in the middle of a word, or had said everything.
        told.n_kills += 1
    finally:
        one.kill()
        one.join()
        reader.close()


def prepared(folder: Path) -> Path:
    """The Topics and somebody whom a signal reaches, for the victims to read."""
    from skill.sample import sample_customers

    book = world.playbook(ROOT / "topics")
    for customer in sample_customers(world.NOON):
        made = decide(book, customer, UNASKED, surface=Surface.IN_PRODUCT, now=world.NOON)
        if made.offers and made.offers[0].signals:
            target = folder / "world.pickle"
            target.write_bytes(pickle.dumps((book, customer)))
            return target
    raise AssertionError("the sample company has nobody whom a signal reaches")


def proof(
    table: Table,
    n: int,
    kinds: Sequence[str] = ("sqlite", "postgres"),
    halves: Sequence[Half] = (DELIVERIES,),
    seed: int = 8,
) -> None:
    """First the victims that are wrong, then ours; each on a database of its own."""
    with tempfile.TemporaryDirectory(prefix="tactful-kills-") as where:
        folder = Path(where)
        world_at = prepared(folder)
        for kind in kinds:
            for half in WRONG:
                with world.database(kind, folder) as url:
                    _, faults = killed(url, world_at, half, TO_BE_CAUGHT, seed)
                found = sum(faults.values())
                said = ", ".join(f"{n} {what}" for what, n in faults.items() if n) or "nothing"
                table.add(f"{kind}: {half.name}: caught", said, "> 0", found > 0)
            for half in halves:
                begun = time.perf_counter()
                with world.database(kind, folder) as url:
                    told, faults = killed(url, world_at, half, n, seed)
                took = time.perf_counter() - begun
                done = f"{told.n_kills:,} kills, {len(told.decided):,} acknowledged decisions, {len(told.handed):,} handed over, {took:.0f} s"
                table.add(f"{kind}: {half.name}", done, f"{n:,} kills", told.n_kills == n)
                for what, n_found in faults.items():
                    table.add(f"{kind}: {what}", str(n_found), "0", n_found == 0)


def main(arguments: list[str]) -> None:
    """The figures, printed and written."""
    table = Table("delivery_kills")
    proof(table, FULL if "--full" in arguments else SHORT)
    table.finish()


if __name__ == "__main__":
    main(sys.argv[1:])
