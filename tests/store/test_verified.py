"""What each source said last, kept in both databases: whole, apart by tenant, and joined under any concurrency."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

from skill.model.account import Right
from skill.store.counts import counts
from skill.store.engine import Store
from skill.store.verified import NOTHING, LastTold, Told, Verified, joined
from tests.sources.told_by import NOON, fact, reading, told


def said(second: int, *names: str, by: str = "") -> Verified:
    grants = tuple(Right(name=name, source="billing") for name in names)
    return Verified(
        told=Told(as_of=NOON + timedelta(seconds=second), grants=grants), whole=not by, by=by
    )


def test_what_was_said_is_kept_as_it_was_said(store: Store) -> None:
    whole = told(
        "sso",
        removals=(Right(name="audit-log", source="?"),),
        facts=(fact("revenue", Decimal("1.50")), fact("tier", "1.50"), fact("gone", None)),
        readings=(reading("seats", 3),),
    ).in_order()
    kept = LastTold(store, "acme")

    kept.keep("billing", "acc_1", Verified(told=whole))

    wanted = [("billing", "acc_1"), ("billing", "acc_2"), ("flags", "acc_1")]
    assert kept.read(wanted) == {("billing", "acc_1"): Verified(told=whole)}
    assert LastTold(store, "rival").read(wanted) == {}


def test_many_accounts_are_read_at_once(store: Store) -> None:
    kept = LastTold(store, "acme")
    kept.keep("billing", "acc_499", said(0, "sso"))

    assert len(kept.read([("billing", f"acc_{n}") for n in range(500)])) == 1


def test_a_message_is_counted_and_an_older_one_changes_nothing(store: Store) -> None:
    kept = LastTold(store, "acme")

    newer = kept.take("stripe", "cus_1", said(2, "sso", by="evt_2"), now=NOON)
    older = kept.take("stripe", "cus_1", said(1, by="evt_1"), now=NOON)

    assert (newer[0], older[0]) == (True, False)
    assert older[1] == newer[1] == said(2, "sso", by="evt_2")
    (day,) = counts(store, "acme").items
    assert (day.received, day.accepted, day.duplicates) == (2, 1, 1)


def test_writers_at_the_same_moment_lose_nothing(store: Store) -> None:
    kept = LastTold(store, "acme")
    words = [said(n % 5, *"abc"[: n % 4], by=f"evt_{n}") for n in range(24)]
    known = NOTHING
    for word in words:
        known = joined(known, word)

    def keep(part: list[Verified]) -> None:
        for word in part:
            kept.keep("stripe", "cus_1", word)

    threads = [threading.Thread(target=keep, args=(words[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert kept.read([("stripe", "cus_1")])["stripe", "cus_1"] == known
