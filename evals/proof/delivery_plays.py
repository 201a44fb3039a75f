"""`kill -9` at random moments while plays are delivered: nothing undelivered, and nothing twice after id.

    python -m evals.proof.delivery_plays [KILLS] [DATABASE_URL]

Each round writes a few effects down, starts a worker (a process of its own, with the real outbox and the real engine),
and kills it at a random moment. The receiver is a file that only grows: what came twice is seen, not guessed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg

from skill.clock import now
from skill.delivery.engine import Engine, Tuned
from skill.delivery.plays import Dropped, Held, Sent
from skill.model.delivery import Channel, Effect, effect_id
from skill.policy.sequence import Course, Done, Move, next_move
from skill.store import outbox
from skill.store.engine import Store

TENANT = "acme"
EACH = 4
"""Effects written down before each kill."""
LIVES_S = 0.9
"""The longest that a worker lives; most are killed in the middle of something."""
TUNED = Tuned(at_once=4, polls_s=0.02, forgotten=timedelta(0), lease=timedelta(seconds=30))


class Found(NamedTuple):
    """What came of it."""

    kills: int
    decided: int
    undelivered: int
    again: int
    """Came more than once under the one id: the receiver knows it and drops it."""
    strange: int
    """Came under an id that nobody decided: a receiver would take it for another."""
    left: int
    """In the outbox and not delivered."""
    in_flight: int
    """Kills after which something was still on its way."""

    @property
    def holds(self) -> bool:
        """Nothing undelivered, nothing twice after id, and nothing left."""
        return not (self.undelivered or self.strange or self.left)


class Receiver:
    """A file that only grows, one id a line, on the disk before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def take(self, effect: str) -> None:
        """It is here now."""
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(handle, f"{effect}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def got(self) -> Counter[str]:
        """How often each id came."""
        return Counter(self.path.read_text().split()) if self.path.exists() else Counter()


class Posting:
    """Decides by the outbox alone, and posts: the engine and the outbox are what is tried here."""

    def __init__(self, store: Store, receiver: Receiver) -> None:
        self.store = store
        self.receiver = receiver

    def due(self, now: datetime, n: int) -> tuple[tuple[str, str], ...]:
        """What is to be done by now."""
        return tuple((one.tenant, one.id) for one in outbox.due(self.store, now, n=n))

    def take_up(self, tenant: str, effect: str, at: datetime) -> bool:
        """Mark it as begun."""
        return outbox.take_up(self.store, tenant, effect, at=at)

    def begun(self, before: datetime, n: int) -> tuple[tuple[str, str], ...]:
        """What was begun and has not ended."""
        return tuple((one.tenant, one.id) for one in outbox.begun(self.store, before, n=n))

    def next(self, tenant: str, effect: str) -> Move:
        """As the play of a letter goes: sent, and done."""
        found = outbox.find(self.store, tenant, effect)
        assert found is not None
        assert found.channel == "email"
        sent_at = found.due_at if found.state == "delivered" else None
        return next_move(None, Course("email", found.created_at, found.due_at, sent_at), (), now())

    def send(self, tenant: str, effect: str, channel: Channel) -> Sent | Held | Dropped:
        """Post it, then write down that it was."""
        assert channel == "email"
        self.receiver.take(effect)
        outbox.delivered(self.store, tenant, effect, at=now())
        return Sent()

    def wait(self, tenant: str, effect: str, until: datetime) -> None:
        """Nothing waits here."""

    def give_up(self, tenant: str, effect: str, because: str) -> None:
        """Nothing is given up here."""

    def done(self, tenant: str, effect: str, end: Done) -> None:
        """Nothing else to do."""


def kill_workers(url: str, kills: int, *, seed: int = 8) -> Found:
    """Kill so many workers at random moments, then let one finish, and count.

    The parent opens the database for a moment at a time and never holds it over a fork.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tactful-kills-") as folder:
        receiver = Receiver(Path(folder) / "got")
        wanted: list[str] = []
        in_flight = 0
        for n in range(kills):
            wanted += _write_down(url, n)
            worker = _begin(url, receiver)
            time.sleep(chance.random() * LIVES_S)
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
            in_flight += len(receiver.got()) < len(wanted)
        last = _begin(url, receiver)
        _, status = os.waitpid(last, 0)
        assert status == 0, f"the last worker ended with {status}"
        got = receiver.got()
    store = Store.open(url)
    try:
        kept = [outbox.find(store, TENANT, one) for one in wanted]
        left = sum(1 for one in kept if one is None or one.state != "delivered")
    finally:
        store.close()
    return Found(
        kills=kills,
        decided=len(wanted),
        undelivered=sum(1 for one in wanted if not got[one]),
        again=sum(1 for one in wanted if got[one] > 1),
        strange=len(set(got) - set(wanted)),
        left=left,
        in_flight=in_flight,
    )


def _write_down(url: str, n: int) -> list[str]:
    store = Store.open(url)
    at = now()
    made = [
        Effect(
            id=effect_id(TENANT, f"acc_{n}", "", "letter", "v", str(i)), tenant=TENANT,
            account=f"acc_{n}", person="", channel="email", created_at=at, due_at=at,
        )
        for i in range(EACH)
    ]  # fmt: skip
    try:
        with store.writing() as connection:
            outbox.insert(connection, made)
    finally:
        store.close()
    return [one.id for one in made]


def _begin(url: str, receiver: Receiver) -> int:
    """A worker in a process of its own: forked, so that a thousand start in a minute."""
    worker = os.fork()
    if worker:
        return worker
    try:
        store = Store.open(url)
        posting = Posting(store, receiver)
        engine = Engine.open(url, posting, posting, tuned=TUNED, scheduled=False)
        engine.drain(120)
        os._exit(0)
    finally:  # whatever broke: this process never returns into its parent's code
        traceback.print_exc()
        os._exit(1)


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """A SQLite file, and a schema of PostgreSQL where there is one; both gone afterwards."""
    server = os.environ.get(
        "TACTFUL_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test"
    )
    with tempfile.TemporaryDirectory(prefix="tactful-plays-") as folder:
        urls = {"SQLite": f"sqlite:///{folder}/tactful.db"}
        schema = f"tactful_{uuid.uuid4().hex}"
        try:
            connection = psycopg.connect(server, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError as error:
            print(f"PostgreSQL: not tried ({type(error).__name__})")
            yield urls
            return
        connection.execute(f'CREATE SCHEMA "{schema}"')
        mark = "&" if "?" in server else "?"
        urls["PostgreSQL"] = f"{server}{mark}options=-csearch_path%3D{schema}"
        connection.close()
        try:
            yield urls
        finally:
            with psycopg.connect(server, autocommit=True) as last:
                last.execute(f'DROP SCHEMA IF EXISTS "{schema}_plays" CASCADE')
                last.execute(f'DROP SCHEMA "{schema}" CASCADE')


def main() -> int:
    """Kill workers on each database, and print what came of it."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    holds = True
    with databases() as urls:
        if len(sys.argv) > 2:
            urls = {"database": sys.argv[2]}
        for name, url in urls.items():
            began = time.monotonic()
            found = kill_workers(url, kills)
            holds = holds and found.holds
            print(
                f"{name}: {found.kills} kill -9 ({found.in_flight} with something in flight),"
                f" {found.decided} effects: {found.undelivered} undelivered, {found.left} left in the outbox,"
                f" {found.strange} twice after id ({found.again} came again under the id they had),"
                f" in {time.monotonic() - began:.0f} s"
            )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
