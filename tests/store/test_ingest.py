"""What is taken in: kept once, counted exactly, and carried over to what restraint reads in any order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.model.account import Account, Customer, Incident, Past, Person, Ticket
from skill.store.accounts import Beside, get_customer, put_account, put_person
from skill.store.counts import DayCounts, count_refused, counts
from skill.store.engine import Store
from skill.store.reserved import Span, joined
from skill.store.usage import EventEntry, Placed, Taken, UsageEntry, add_usage, take

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=400)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def reading(entry_id: str = "r1", value: str = "10", source: str = "") -> Placed:
    entry = UsageEntry(
        id=entry_id, account="acc_1", meter="api_calls", at=NOON, value=Decimal(value)
    )
    return Placed(entry, f"/{entry_id}", source)


def event(
    entry_id: str,
    name: str,
    hours: float = 0,
    account: str = "acc_1",
    person: str | None = None,
    **properties: str,
) -> EventEntry:
    return EventEntry(
        id=entry_id,
        account=account,
        person=person,
        name=name,
        at=at(hours),
        properties=dict(properties),
    )


def send(
    store: Store, *sent: EventEntry | Placed, tenant: str = "acme", refused: Any = None
) -> Taken:
    placed = [one if isinstance(one, Placed) else Placed(one, f"/{one.id}") for one in sent]
    return take(store, tenant, placed, refused=refused or {}, now=NOON)


def customer(store: Store, account: str = "acc_1", person: str = "u_1") -> Customer:
    return get_customer(store, "acme", account, person, since=LONG_AGO).customer


def today(store: Store, tenant: str = "acme") -> DayCounts:
    items = counts(store, tenant).items
    return items[0] if items else DayCounts(day=NOON.date())


def adds_up(day: DayCounts) -> bool:
    return day.received == day.accepted + day.duplicates + sum(day.refused.values())


def facts(one: Customer) -> dict[str, object]:
    return {fact.name: fact.value for fact in one.facts}


# -- kept once, and counted ------------------------------------------------------------------------


def test_a_batch_is_counted_with_what_became_of_each_entry(store: Store) -> None:
    send(store, reading(), reading("r2"))
    send(store, reading(), reading("r2", "11"), refused={"bad_value": 3})

    day = today(store)
    assert (day.received, day.accepted, day.duplicates) == (7, 2, 1)
    assert day.refused == {"bad_value": 3, "conflict": 1}
    assert adds_up(day)


def test_an_id_is_unique_within_its_source_alone(store: Store) -> None:
    taken = send(store, reading(source="meter-a"), reading(value="11", source="meter-b"))
    again = send(store, reading(source="meter-a"), reading(value="12", source="meter-b"))

    assert taken.accepted == 2
    assert (again.duplicates, len(again.conflicts)) == (1, 1)


def test_another_tenants_entries_are_counted_apart(store: Store) -> None:
    send(store, reading())
    send(store, reading(), tenant="rival")

    assert (today(store).accepted, today(store, "rival").accepted) == (1, 1)


def test_what_was_refused_whole_is_counted_too(store: Store) -> None:
    count_refused(store, "acme", NOON, {"unreadable": 1})

    assert today(store).refused == {"unreadable": 1}
    assert adds_up(today(store))


def test_days_are_listed_from_the_newest_and_turned_by_a_cursor(store: Store) -> None:
    for days in (2, 0, 1):
        count_refused(store, "acme", NOON - timedelta(days=days), {"unreadable": days + 1})

    first = counts(store, "acme", n=2)
    rest = counts(store, "acme", n=2, cursor=first.next_cursor)

    assert [one.received for one in (*first.items, *rest.items)] == [1, 2, 3]
    assert rest.next_cursor is None


def test_the_sum_is_wrong_where_one_entry_is_forgotten() -> None:
    assert not adds_up(DayCounts(day=NOON.date(), received=3, accepted=1, duplicates=1))


entries = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(["1", "2"]), st.sampled_from(["", "s"])),
    max_size=12,
)


@given(st.lists(st.tuples(entries, st.sampled_from(["", "bad_value", "bad_time"])), max_size=5))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_after_any_batches_the_counts_add_up(
    store: Store, batches: list[tuple[list[tuple[str, str, str]], str]]
) -> None:
    tenant = os.urandom(8).hex()
    n, told = 0, Counter[str]()
    for sent, reason in batches:
        refused = {reason: 2} if reason else {}
        taken = send(store, *(reading(*one) for one in sent), tenant=tenant, refused=refused)
        told.update(accepted=taken.accepted, duplicates=taken.duplicates)
        n += len(sent) + sum(refused.values())

    day = today(store, tenant)
    assert adds_up(day)
    assert (day.received, day.accepted, day.duplicates) == (n, told["accepted"], told["duplicates"])


def test_eight_at_once_count_each_entry_once(store: Store) -> None:
    batch = [reading(f"r{n}") for n in range(300)]
    taken: list[Taken] = []
    threads = [threading.Thread(target=lambda: taken.append(send(store, *batch))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one.accepted for one in taken) == 300
    assert (today(store).accepted, today(store).duplicates) == (300, 2_100)
    assert adds_up(today(store))


KILLED = """
import os, signal, sys
from skill.store import usage
from skill.store.engine import Store
from tests.store.test_ingest import NOON, reading
counted = usage.add_counts
def die(*given, **more):
    counted(*given, **more)
    os.kill(os.getpid(), signal.SIGKILL)
store = Store.open(sys.argv[1])
usage.take(store, "acme", [reading("kept")], refused={"bad_value": 1}, now=NOON)
usage.add_counts = die
usage.take(store, "acme", [reading(f"r{n}") for n in range(50)], refused={"bad_value": 1}, now=NOON)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_transaction_that_is_killed_leaves_neither_entries_nor_counts(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    ran = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert ran.returncode == -signal.SIGKILL

    store = Store.open(url)
    before = today(store)
    send(store, *(reading(f"r{n}") for n in range(50)), refused={"bad_value": 1})
    after = today(store)
    store.close()

    assert (before.received, before.accepted, before.refused) == (2, 1, {"bad_value": 1})
    assert (after.received, after.accepted, after.duplicates) == (53, 51, 0)
    assert adds_up(before)
    assert adds_up(after)


# -- what restraint reads --------------------------------------------------------------------------

STORY = (
    event("e1", "ticket.opened", 1, ticket="t1", category="bug"),
    event("e2", "ticket.closed", 2, ticket="t1"),
    event("e3", "ticket.opened", 3, ticket="t1"),
    event("e4", "incident.started", 1, incident="i1", touches="api, exports"),
    event("e5", "incident.ended", 4, incident="i1"),
)


def kept_after(store: Store, story: Sequence[EventEntry], account: str) -> Customer:
    for entry in story:
        changed = entry.model_copy(update={"account": account, "id": f"{account}-{entry.id}"})
        send(store, changed)
    return customer(store, account)


def test_events_come_in_any_order_and_leave_the_same_tickets_and_incidents(store: Store) -> None:
    found = {
        str((one.tickets, one.incidents))
        for n, story in enumerate(permutations(STORY))
        if n % 4 == 0
        for one in [kept_after(store, story, f"acc_{n}")]
    }

    assert len(found) == 1
    one = customer(store, "acc_0")
    assert one.tickets == (Ticket(id="t1", opened_at=at(1), category="bug"),)
    assert one.incidents == (
        Incident(id="i1", started_at=at(1), ended_at=at(4), touches=("api", "exports")),
    )


def test_a_ticket_that_is_closed_before_it_opens_is_closed(store: Store) -> None:
    send(store, STORY[1])
    assert customer(store).tickets == (Ticket(id="t1", opened_at=at(2), closed_at=at(2)),)

    send(store, STORY[0])
    assert customer(store).tickets == (
        Ticket(id="t1", opened_at=at(1), closed_at=at(2), category="bug"),
    )


def test_the_same_event_again_changes_nothing(store: Store) -> None:
    before = kept_after(store, STORY, "acc_1")

    assert kept_after(store, STORY, "acc_1") == before


def test_an_event_closes_a_ticket_that_was_sent_with_its_account(store: Store) -> None:
    sent = Beside(tickets=(Ticket(id="t1", opened_at=at(0), category="bug"),))
    put_account(store, "acme", Account(id="acc_1"), sent, at=NOON)

    send(store, STORY[1])

    assert customer(store).tickets == (
        Ticket(id="t1", opened_at=at(0), closed_at=at(2), category="bug"),
    )


def test_an_incident_of_everybody_is_everybodys(store: Store) -> None:
    send(store, event("e1", "incident.started", account="*", incident="i1"))

    assert [one.id for one in customer(store, "acc_7").incidents] == ["i1"]
    other = get_customer(store, "rival", "acc_7", "u_1", since=LONG_AGO).customer
    assert other.incidents == ()


MONEY = (
    event("e1", "invoice.overdue", 1, invoice="v1"),
    event("e2", "invoice.overdue", 2, invoice="v2"),
    event("e3", "invoice.paid", 3, invoice="v1"),
)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_an_invoice_is_unpaid_until_the_last_one_is_paid(
    store: Store, order: tuple[int, ...]
) -> None:
    for place in order:
        send(store, MONEY[place])
    assert facts(customer(store)) == {"unpaid_invoice": True}

    send(store, event("e4", "invoice.paid", 4, invoice="v2"))
    assert facts(customer(store)) == {"unpaid_invoice": False}
    (fact,) = customer(store).facts
    assert (fact.as_of, fact.source) == (at(4), "events")


@pytest.mark.parametrize("ends", ["checkout.closed", "purchase.made"])
@pytest.mark.parametrize("late", [False, True])
def test_a_checkout_is_open_until_it_is_closed_or_paid(store: Store, ends: str, late: bool) -> None:
    opened = event("e1", "checkout.opened", 1, checkout="c1", offer="Connect Pack")
    ended = event("e2", ends, 2, checkout="c1", offer="Connect Pack")
    for entry in (ended, opened) if late else (opened, ended):
        send(store, entry)

    assert facts(customer(store)) == {"checkout_open": False}
    bought = Past(kind="acceptance", offer="connect-pack", at=at(2))
    assert customer(store).history == ((bought,) if ends == "purchase.made" else ())


def test_the_receipt_of_a_purchase_is_kept_with_it(store: Store) -> None:
    send(store, event("e1", "purchase.made", offer="Connect Pack", receipt="in_1MxY"))

    bought = Past(kind="acceptance", offer="connect-pack", at=NOON, receipt="in_1MxY")
    assert customer(store).history == (bought,)


def test_without_a_receipt_an_entry_keeps_the_text_that_it_is_known_by() -> None:
    told = Past(kind="acceptance", offer="connect-pack", at=NOON)
    assert "receipt" not in told.model_dump_json()


def test_an_open_checkout_is_a_fact_that_does_not_grow_old(store: Store) -> None:
    send(store, event("e1", "checkout.opened", checkout="c1"))

    (fact,) = customer(store).facts
    assert (fact.value, fact.max_age_hours) == (True, Decimal(87_600))


def test_a_persons_reply_stands_in_the_history(store: Store) -> None:
    send(store, event("e1", "person.replied", person="u_1"))

    assert customer(store).history == (Past(kind="reply", at=NOON, channel="email"),)


def test_two_at_once_do_not_lose_each_others_invoice(store: Store) -> None:
    batches = [
        [event(f"o{n}", "invoice.overdue", n, invoice=f"v{n}") for n in range(40)],
        [event(f"p{n}", "invoice.paid", n + 100, invoice=f"v{n}") for n in range(1, 40)],
    ]
    threads = [
        threading.Thread(target=lambda one=one: [send(store, entry) for entry in one])
        for one in batches
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert facts(customer(store)) == {"unpaid_invoice": True}


times = st.none() | st.integers(0, 5).map(at)
spans = st.builds(
    Span,
    first_at=times,
    began_at=times,
    ended_at=times,
    about=st.dictionaries(
        st.sampled_from("ab"), st.tuples(st.sampled_from("12"), st.sampled_from("xy")), max_size=2
    ),
)


@given(spans, spans, spans)
def test_joining_has_no_order_and_no_repetition(a: Span, b: Span, c: Span) -> None:
    assert joined(a, b) == joined(b, a)
    assert joined(joined(a, b), c) == joined(a, joined(b, c))
    assert joined(joined(a, b), b) == joined(a, b)


# -- who moves where -------------------------------------------------------------------------------

DECLINED = Past(kind="never", offer="connect-pack", at=NOON)


def declined_in(store: Store, account: str, offer: str = "connect-pack") -> None:
    past = DECLINED.model_copy(update={"offer": offer})
    put_account(store, "acme", Account(id=account), Beside(history=(past,)), at=NOON)


def merged(entry_id: str, source: str, into: str) -> EventEntry:
    return event(entry_id, "account.merged", account=into, **{"from": source, "into": into})


def moved(entry_id: str, source: str, into: str, person: str = "u_1") -> EventEntry:
    return event(
        entry_id, "person.moved", account=into, person=person, **{"from": source, "into": into}
    )


def test_dismissals_follow_an_account_into_the_one_it_is_merged_into(store: Store) -> None:
    declined_in(store, "old")
    send(store, event("t", "ticket.opened", account="old", ticket="t1"), merged("m", "old", "new"))

    assert customer(store, "new").history == (DECLINED,)
    assert [ticket.id for ticket in customer(store, "new").tickets] == ["t1"]


def test_what_comes_after_a_merge_follows_it_too(store: Store) -> None:
    send(store, merged("m1", "b", "c"), merged("m2", "a", "b"), merged("m2", "a", "b"))
    declined_in(store, "a")

    assert customer(store, "c").history == (DECLINED,)
    assert customer(store, "a").history == (DECLINED,)


def test_accounts_that_were_merged_in_a_circle_share_what_restrains(store: Store) -> None:
    declined_in(store, "a")
    send(store, merged("m1", "a", "b"), merged("m2", "b", "a"))

    assert customer(store, "b").history == customer(store, "a").history == (DECLINED,)


def test_a_persons_dismissals_and_opt_outs_move_with_them_and_with_nobody_else(
    store: Store,
) -> None:
    declined_in(store, "old")
    put_person(store, "acme", "old", Person(id="u_1", role="admin", opted_out=("offers",)), at=NOON)
    put_person(store, "acme", "new", Person(id="u_1", role="member"), at=NOON)
    send(store, moved("m", "old", "new"))

    mover, colleague = customer(store, "new"), customer(store, "new", "u_2")
    assert mover.history == (DECLINED,)
    assert (mover.person.role, mover.person.opted_out) == ("member", ("offers",))
    assert (colleague.history, colleague.person.opted_out) == ((), ())


def test_the_tickets_of_a_former_account_stay_there(store: Store) -> None:
    send(store, event("t", "ticket.opened", account="old", ticket="t1"), moved("m", "old", "new"))

    assert customer(store, "new").tickets == ()


def test_what_was_sent_for_both_accounts_counts_once(store: Store) -> None:
    declined_in(store, "old")
    declined_in(store, "new")
    send(store, merged("m", "old", "new"))

    assert customer(store, "new").history == (DECLINED,)


def test_workspaces_of_one_account_share_its_dismissals(store: Store) -> None:
    declined_in(store, "acc_1", "connect-pack")
    for n in (1, 2):
        send(store, event(f"e{n}", "csv_export", workspace=f"w{n}"))
    declined_in(store, "acc_1", "growth")

    assert {past.offer for past in customer(store).history} == {"connect-pack", "growth"}
    assert {one.properties["workspace"] for one in customer(store).events} == {"w1", "w2"}


def test_entries_of_our_own_making_change_the_same_and_are_not_counted(store: Store) -> None:
    add_usage(store, "acme", [], [STORY[0]])

    assert [ticket.id for ticket in customer(store).tickets] == ["t1"]
    assert counts(store, "acme").items == ()
