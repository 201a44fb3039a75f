"""What is kept about a customer, and how it comes back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.model.account import Account, Customer, Fact, Incident, Past, Person, Right, Ticket
from skill.store.accounts import Beside, get_customer, put_account, put_person
from skill.store.canonical import customer_from, customer_text
from skill.store.engine import Store
from skill.store.usage import EventEntry, UsageEntry, add_usage

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=400)


def customer(store: Store, tenant: str = "acme", person: str = "u_1") -> Customer:
    return get_customer(store, tenant, "acc_1", person, since=LONG_AGO).customer


def reading(entry_id: str = "r1", value: str = "10", at: datetime = NOON) -> UsageEntry:
    return UsageEntry(id=entry_id, account="acc_1", meter="api_calls", at=at, value=Decimal(value))


def event(entry_id: str = "e1", name: str = "csv_export", person: str | None = None) -> EventEntry:
    return EventEntry(id=entry_id, account="acc_1", person=person, name=name, at=NOON)


def test_an_account_comes_back_as_it_was_put(store: Store) -> None:
    account = Account(
        id="acc_1",
        plan="Starter",
        grants=(Right(name="sso", until=NOON),),
        limits={"api_calls": Decimal("1.50"), "seats": None},
        traits={"segment": "smb", "revenue": 0.1},
    )
    beside = Beside(
        facts=(Fact(name="paid", value=Decimal("1.10"), as_of=NOON),),
        tickets=(Ticket(id="t1", opened_at=NOON),),
        incidents=(Incident(id="i1", started_at=NOON, touches=("api",)),),
        history=(Past(kind="decline", offer="pack", at=NOON),),
    )

    put_account(store, "acme", account, beside, at=NOON)
    put_person(store, "acme", "acc_1", Person(id="u_1", role="admin"), at=NOON)

    assert customer(store) == Customer(
        tenant="acme",
        account=account,
        person=Person(id="u_1", role="admin"),
        facts=beside.facts,
        tickets=beside.tickets or (),
        incidents=beside.incidents or (),
        history=beside.history,
    )


def test_an_unknown_account_is_said_to_be_unknown(store: Store) -> None:
    known = get_customer(store, "acme", "acc_9", "u_9", since=LONG_AGO)

    assert not known.account_known
    assert not known.person_known
    assert known.customer.account.plan is None


def test_another_tenants_account_of_the_same_id_is_another_account(store: Store) -> None:
    put_account(store, "acme", Account(id="acc_1", plan="team"), Beside(), at=NOON)
    put_account(store, "rival", Account(id="acc_1", plan="starter"), Beside(), at=NOON)
    add_usage(store, "rival", [reading()], [event()])

    assert customer(store).account.plan == "team"
    assert customer(store).usage == ()
    assert customer(store).events == ()


def test_a_person_has_a_role_of_its_own_in_each_account(store: Store) -> None:
    put_person(store, "acme", "acc_1", Person(id="u_1", role="admin"), at=NOON)
    put_person(store, "acme", "acc_2", Person(id="u_1", role="member"), at=NOON)

    assert customer(store).person.role == "admin"


def test_an_older_fact_does_not_replace_a_newer_one(store: Store) -> None:
    for hours, value in ((2, "new"), (1, "old")):
        fact = Fact(name="segment", value=value, as_of=NOON + timedelta(hours=hours))
        put_account(store, "acme", Account(id="acc_1"), Beside(facts=(fact,)), at=NOON)

    assert [fact.value for fact in customer(store).facts] == ["new"]


def test_tickets_that_are_sent_replace_those_kept_and_absent_ones_leave_them(store: Store) -> None:
    put_account(
        store,
        "acme",
        Account(id="acc_1"),
        Beside(tickets=(Ticket(id="t1", opened_at=NOON),)),
        at=NOON,
    )
    put_account(store, "acme", Account(id="acc_1"), Beside(), at=NOON)
    assert [ticket.id for ticket in customer(store).tickets] == ["t1"]

    put_account(store, "acme", Account(id="acc_1"), Beside(tickets=()), at=NOON)
    assert customer(store).tickets == ()


def test_a_decline_is_kept_however_often_the_account_is_sent(store: Store) -> None:
    declined = Past(kind="decline", offer="pack", at=NOON)
    put_account(store, "acme", Account(id="acc_1"), Beside(history=(declined, declined)), at=NOON)
    put_account(store, "acme", Account(id="acc_1"), Beside(), at=NOON)

    assert customer(store).history == (declined,)


def test_the_same_event_again_is_no_fault_and_counts_once(store: Store) -> None:
    assert add_usage(store, "acme", [reading()], [event()]).accepted == 2

    again = add_usage(store, "acme", [reading(value="10.0")], [event()])

    assert (again.accepted, again.duplicates, len(customer(store).events)) == (0, 1, 1)
    assert [conflict.pointer for conflict in again.conflicts] == ["/usage/0"]


def test_an_id_with_other_content_is_a_conflict_and_the_first_stays(store: Store) -> None:
    add_usage(store, "acme", [], [event()])

    taken = add_usage(store, "acme", [], [event("e2"), event(name="other"), event(person="u_2")])

    assert taken.accepted == 1
    assert [conflict.pointer for conflict in taken.conflicts] == ["/events/1", "/events/2"]
    assert {one.name for one in customer(store).events} == {"csv_export"}


def test_a_batch_that_repeats_itself_counts_each_id_once(store: Store) -> None:
    taken = add_usage(store, "acme", [reading(), reading(), reading(value="11")], [])

    assert (taken.accepted, taken.duplicates, len(taken.conflicts)) == (1, 1, 1)


def test_a_thousand_events_reported_by_eight_at_once_are_kept_once(store: Store) -> None:
    batch = [event(f"e{n}") for n in range(1000)]
    taken: list[int] = []

    def report() -> None:
        taken.append(len(add_usage(store, "acme", [], batch).conflicts))

    threads = [threading.Thread(target=report) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert taken == [0] * 8
    assert len(customer(store).events) == 1000


def test_old_readings_are_left_out(store: Store) -> None:
    add_usage(store, "acme", [reading(), reading("r0", at=LONG_AGO - timedelta(days=1))], [])

    assert [one.at for one in customer(store).usage] == [NOON]


values = st.one_of(
    st.text(max_size=20).filter(lambda t: "\0" not in t and t.isprintable()),
    st.integers(),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False),
)


@given(st.lists(values, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_fact_comes_back_of_the_same_type_and_value(given_values: list[object]) -> None:
    facts = tuple(Fact(name=str(n), value=v, as_of=NOON) for n, v in enumerate(given_values))  # type: ignore[arg-type]
    before = Customer(facts=facts)

    after = customer_from(customer_text(before))

    assert after == before
    assert [str(f.value) for f in after.facts] == [str(f.value) for f in facts]
    assert [type(f.value) for f in after.facts] == [type(f.value) for f in facts]
