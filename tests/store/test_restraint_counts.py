"""What the reports read: in the order of accounts, a page at a time, only of the span, and the same from both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from skill.model.decision import Suppression, Withheld
from skill.model.restraint_report import Outbox
from skill.model.shadow import Would
from skill.model.topic import Span
from skill.store import outbox, restraint_counts, showings
from skill.store.claims import Claimed, claim
from skill.store.engine import Store
from skill.store.ledger import find, record
from tests.store.made import NOON, TENANT, decided, effect, showing

DAY = timedelta(days=1)
SPAN = (NOON - DAY, NOON + DAY)
TICKET = Withheld(
    offer="team",
    because="Open support ticket",
    alone=True,
    until=NOON + DAY,
    span=Span(file="restraint.md", line=12, end_line=12),
)


def claimed(store: Store, account: str, n: int, **more: Any) -> None:
    """A decision with a showing and its effect."""
    entry = decided(account, at=more.get("at", NOON))
    one = effect(f"eff_{account}_{n}", account=account, decision=entry.id, **more.get("effect", {}))
    own = showing(one.id, account=account, at=entry.at, channel=one.channel)
    done = claim(store, entry, showings=[own], effects=[one], seen=n)
    assert isinstance(done, Claimed)


@pytest.mark.parametrize("n", [1, 2, 3, 500])
def test_every_decision_of_the_span_is_read_once_whatever_the_page(store: Store, n: int) -> None:
    kept = [decided(f"acc_{i % 3}", at=NOON + timedelta(minutes=i % 2)) for i in range(7)]
    for one in [*kept, decided("acc_0", at=NOON + DAY), decided("acc_0", at=NOON - 2 * DAY)]:
        record(store, one)
    record(store, decided("acc_0").model_copy(update={"tenant": "other"}))
    read = list(restraint_counts.judged_between(store, TENANT, *SPAN, n=n))
    assert [(one.account, one.at, one.id) for one in read] == sorted(
        (one.customer.account.id, one.at, one.id) for one in kept
    )


def test_a_decision_is_read_with_its_reasons_and_lines(store: Store) -> None:
    entry = decided()
    held = Suppression(because="Open support ticket")
    judged = entry.decision.model_copy(
        update={"withheld": (TICKET,), "suppressions": (held,), "play": "self-serve"}
    )
    record(store, entry.model_copy(update={"decision": judged}))
    (one,) = restraint_counts.judged_between(store, TENANT, *SPAN)
    assert (one.is_asked, one.held, one.play) == (True, ("Open support ticket",), "self-serve")
    (kept,) = one.withheld
    assert (kept.offer, kept.alone, kept.until) == ("team", True, NOON + DAY)
    assert (kept.because, kept.line) == ("Open support ticket", "restraint.md:12")


def test_what_would_have_been_shown_is_kept_with_the_decision(store: Store) -> None:
    would = (Would(channel="in_app", offer="team", person="u_1", signal="seats"),)
    entry = decided().model_copy(update={"would": would})
    record(store, entry)
    record(store, decided("acc_2"))
    kept = find(store, TENANT, entry.id)
    assert kept is not None
    assert kept.would == would
    read = restraint_counts.judged_between(store, TENANT, *SPAN)
    assert [one.would for one in read] == [would, ()]


def test_the_outbox_of_the_span_adds_up(store: Store) -> None:
    long_ago = NOON - 3 * DAY
    claimed(store, "acc_9", 0, at=long_ago, effect={"created_at": long_ago, "due_at": long_ago})
    for n, account in enumerate(("acc_1", "acc_2", "acc_3", "acc_4")):
        claimed(store, account, 0, effect={"due_at": NOON + n * timedelta(hours=8)})
    outbox.delivered(store, TENANT, "eff_acc_1_0", at=NOON)
    outbox.suppressed(store, TENANT, "eff_acc_2_0", "Any offer was shown", at=NOON)
    outbox.failed(store, TENANT, "eff_acc_3_0", "nobody took it", at=NOON)
    left = restraint_counts.left_between(store, TENANT, *SPAN)
    assert left.outbox == Outbox(decided=4, delivered=1, suppressed=1, pending=1, failed=1)
    assert left.outbox.holds
    assert [(s.channel, s.because, s.n) for s in left.suppressed] == [
        ("in_app", "Any offer was shown", 1)
    ]
    assert left.n_deferred == 3


def test_a_lost_effect_does_not_add_up(store: Store) -> None:
    claimed(store, "acc_1", 0)
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM effects")
    assert not restraint_counts.left_between(store, TENANT, *SPAN).outbox.holds


@pytest.mark.parametrize("n", [1, 500])
def test_showings_are_told_by_channel_and_state_and_only_those_that_count_are_read(
    store: Store, n: int
) -> None:
    for account in ("acc_1", "acc_2"):
        claimed(store, account, 0)
        claimed(store, account, 1, effect={"channel": "email"})
    showings.spend(store, TENANT, "eff_acc_1_0", at=NOON + timedelta(hours=1))
    showings.give_back(store, TENANT, "eff_acc_2_1", at=NOON)
    shown = restraint_counts.left_between(store, TENANT, *SPAN).shown
    assert [(one.channel, one.reserved, one.spent, one.returned) for one in shown] == [
        ("email", 1, 0, 1),
        ("in_app", 1, 1, 0),
    ]
    read = list(restraint_counts.shown_between(store, TENANT, *SPAN, n=n))
    assert [(one.account, one.channel) for one in read] == [
        ("acc_1", "in_app"),
        ("acc_1", "email"),
        ("acc_2", "in_app"),
    ]
    assert read[0].at == NOON + timedelta(hours=1)
