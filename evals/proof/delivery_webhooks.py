"""Webhooks in any order and to receivers that are down: nothing is lost, nothing counts twice.

`python -m evals.proof.delivery_webhooks [N]`: what comes in with 30 % duplicates in random order leaves the state of the run in order;
what goes out while its receiver is down for a simulated day is all delivered within the window, once after its id.
"""

from __future__ import annotations

import heapq
import ipaddress
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from sqlalchemy import select

from evals.proof.table import Table
from skill.delivery.outgoing import NotTaken, Outgoing
from skill.delivery.tries import RETRY_AFTER, next_try
from skill.delivery.webhooks import Webhooks
from skill.settings import Secret
from skill.store.engine import Store
from skill.store.tables import facts, history, incidents, tickets
from skill.store.usage import EventEntry, add_usage

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DUPLICATES = 0.3
DOWN = timedelta(days=1)
ACCOUNTS = 50
_AT_ONCE = 50


def arriving(n: int, chance: Random) -> list[EventEntry]:
    """What help desk, status page and billing report of some accounts, in the order in which it happened."""
    out: list[EventEntry] = []
    for i in range(n):
        account = f"acc_{chance.randrange(ACCOUNTS)}"
        kind, begins, ends = chance.choice(
            (
                ("ticket", "ticket.opened", "ticket.closed"),
                ("incident", "incident.started", "incident.ended"),
                ("invoice", "invoice.overdue", "invoice.paid"),
                ("checkout", "checkout.opened", "checkout.closed"),
            )
        )
        name = chance.choice((begins, ends))
        thing = {kind: f"{kind}_{chance.randrange(40)}"}
        at = NOW - timedelta(days=30) + timedelta(minutes=i)
        out.append(EventEntry(id=f"e{i}", account=account, name=name, at=at, properties={**thing}))
    return out


def state(store: Store) -> list[object]:
    """Everything that restraint reads of what was reported."""
    out: list[object] = []
    with store.reading() as connection:
        for table in (tickets, incidents, facts, history):
            keys = [*table.primary_key]
            rows = connection.execute(select(table).order_by(*keys)).all()
            out += [tuple(row) for row in rows]
    return out


def told(entries: Sequence[EventEntry]) -> list[object]:
    """What is known after these were reported, some at once."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'in.db'}")
        for start in range(0, len(entries), _AT_ONCE):
            add_usage(store, "default", (), entries[start : start + _AT_ONCE])
        found = state(store)
        store.close()
    return found


def mixed_up(entries: Sequence[EventEntry], chance: Random) -> list[EventEntry]:
    """The same, three in ten of them twice, in any order."""
    again = chance.sample(list(entries), int(len(entries) * DUPLICATES))
    out = [*entries, *again]
    chance.shuffle(out)
    return out


def in_any_order(n: int) -> tuple[int, bool, bool]:
    """How many were sent, whether the state is that of the run in order, and whether a naive reader would have differed."""
    chance = Random(11)
    ordered = arriving(n, chance)
    sent = mixed_up(ordered, chance)
    naive = {(e.account, str(e.properties)): e.name for e in ordered}
    naive_mixed = {(e.account, str(e.properties)): e.name for e in sent}
    return len(sent), told(ordered) == told(sent), naive != naive_mixed


class _Down:
    """A receiver that is away until a simulated moment, and sometimes dies between taking a message and saying so."""

    def __init__(self, until: datetime, chance: Random) -> None:
        self.now = NOW
        self.until = until
        self.chance = chance
        self.got: dict[str, int] = {}
        self.arrived = 0

    def takes(self, key: str) -> int:
        """The status it answers."""
        if self.now < self.until:
            return 503
        self.arrived += 1
        self.got[key] = self.got.get(key, 0) + 1
        return 500 if self.got[key] == 1 and self.chance.random() < DUPLICATES else 200


@contextmanager
def _receiver(down: _Down) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            json.loads(body)
            self.send_response(down.takes(self.headers["webhook-id"]))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Ten thousand lines would say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/in"
    finally:
        server.shutdown()
        server.server_close()


def while_down(n: int) -> tuple[int, int, timedelta, int]:
    """How many messages reached a receiver that was down for a day, how many were given up, the latest, and how many came twice."""
    down = _Down(NOW + DOWN, Random(12))
    out = Outgoing(allowed=[ipaddress.ip_network("127.0.0.0/8")])
    hooks = Webhooks(out, [Secret(SECRET)])
    # Spread over the day, so that some are new and others are at their last tries when it comes back.
    begun = {f"eff_{i}": NOW + DOWN * i / n for i in range(n)}
    queue = [(at, key, 1) for key, at in begun.items()]
    heapq.heapify(queue)
    given_up, latest = 0, timedelta()
    with _receiver(down) as url:
        while queue:
            at, key, tries = heapq.heappop(queue)
            down.now = at
            sent = hooks.send(url, key, "upsell_offer_sent", begun[key], {"account": key}, at)
            if not isinstance(sent, NotTaken):
                latest = max(latest, at - begun[key])
                continue
            later = next_try(tries, at, asked_for=sent.asked_for) if sent.again else None
            if later is None:
                given_up += 1
            else:
                heapq.heappush(queue, (later, key, tries + 1))
    out.close()
    return len(down.got), given_up, latest, down.arrived - len(down.got)


def run(table: Table, n: int) -> None:
    """The rows of the proof."""
    sent, same, naive = in_any_order(n)
    table.add("webhooks in: a reader that believes the last one differs", "yes" if naive else "no", "yes", naive)  # fmt: skip
    table.add(f"webhooks in: state after {sent:,} in any order, 30 % twice", "that of the run in order" if same else "another", "that of the run in order", same)  # fmt: skip
    reached, given_up, latest, twice = while_down(n)
    window = sum(RETRY_AFTER, timedelta())
    table.add("webhooks out: delivered though the receiver was down for a day", f"{reached:,} of {n:,}; {given_up} given up; the last after {latest}, window {window}", "all", reached == n and not given_up)  # fmt: skip
    table.add("webhooks out: told twice, known by their id", f"{twice:,}; distinct after id {reached:,}")  # fmt: skip


if __name__ == "__main__":
    run(Table("delivery-webhooks"), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
