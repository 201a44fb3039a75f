"""The ledger keeps a decision with all it was made from, and gives back equal objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from skill.errors import InputError, LedgerError
from skill.model.account import Account, Customer, Fact, Person, Reading
from skill.model.answer import Answer, AnswerText, FactView, FeatureView, Sentence
from skill.model.decision import (
    Access,
    Decision,
    EffectiveLimit,
    Meaning,
    Outcome,
    Reason,
    Surface,
    TraceStep,
    Verdict,
)
from skill.model.preview import Billed, UnitPrice
from skill.model.topic import Span
from skill.store.engine import Store
from skill.store.ledger import Recorded, find, find_request, new_decision_id, page, record
from skill.store.tables import decisions

BILLED = Billed(
    source="stripe",
    as_of="2026-11-21T12:00:00Z",
    currency="EUR",
    first=Decimal("22.10"),
    further=Decimal("99.00"),
    subtotal=Decimal("121.10"),
    tax=Decimal("0.00"),
    tax_is="not_said",
    total=Decimal("121.10"),
    units=(UnitPrice(bundle="team", amount=Decimal("99.00"), period="month", price_id="price_1"),),
)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def recorded(
    at: datetime = NOON, *, tenant: str = "acme", account: str = "acc_1", key: str | None = None
) -> Recorded:
    decision_id = new_decision_id(at)
    span = Span(file="product-bundles.md", line=24, end_line=25)
    limit = EffectiveLimit(meter="api_calls", value=Decimal("50000.10"), source="plan", span=span)
    return Recorded(
        id=decision_id,
        tenant=tenant,
        at=at,
        scope="end_user",
        question="can I export to Salesforce? ☂",
        conversation=("hello", "what do I have?"),
        customer=Customer(
            tenant=tenant,
            account=Account(id=account, plan="starter", traits={"yearly revenue": 25000.5}),
            person=Person(id="u_1", role="member"),
            facts=(
                Fact(name="api_calls.used", value=Decimal("41000.50"), as_of=NOON),
                Fact(name="segment", value="41000.50", as_of=NOON),
                Fact(name="paid", value=True, as_of=NOON),
                Fact(name="seats", value=7, as_of=NOON),
            ),
            usage=(Reading(meter="api_calls", at=NOON, value=Decimal("0.1")),),
        ),
        surface=Surface.IN_PRODUCT,
        decision=Decision(
            topics_version="sha256:9f2c",
            surface=Surface.IN_PRODUCT,
            now=at,
            meaning=Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",)),
            accesses=(
                Access(
                    feature="salesforce-export",
                    verdict=Verdict.DENIED,
                    reason=Reason.NOT_IN_PLAN,
                    limit=limit,
                ),
            ),
            trace=(TraceStep(verdict="gate", said="denied", where=("product-bundles.md:24",)),),
        ),
        answer=Answer(
            decision_id=decision_id,
            topics_version="sha256:9f2c",
            triggered=True,
            answer=AnswerText(text="No.", sentences=(Sentence(text="No.", kind="quote"),)),
            feature=FeatureView(
                key="salesforce-export", name="Salesforce export", access="denied", reason="x"
            ),
            facts=(FactView(id="f1", name="plan", value="Starter", source="account"),),
        ),
        request_key=key,
    )


def test_a_decision_read_back_is_equal_to_the_one_recorded(store: Store) -> None:
    entry = recorded()

    assert record(store, entry)

    assert find(store, "acme", entry.id) == entry


def test_exact_decimals_come_back_as_decimals_and_words_as_words(store: Store) -> None:
    entry = recorded()
    record(store, entry)

    kept = find(store, "acme", entry.id)

    assert kept is not None
    assert [repr(fact.value) for fact in kept.customer.facts] == [
        "Decimal('41000.50')",
        "'41000.50'",
        "True",
        "7",
    ]


def test_what_a_billing_provider_said_is_an_input_of_the_decision(store: Store) -> None:
    said = {"billed": {"team": BILLED}, "unpriced": {"pack": "it failed with APIError"}}
    entry = recorded().model_copy(update=said)
    record(store, entry)

    kept = find(store, "acme", entry.id)

    assert kept == entry
    assert str(kept.billed["team"].first) == "22.10"


def test_a_decision_for_which_nobody_was_asked_is_kept_as_it_always_was(store: Store) -> None:
    entry = recorded()
    record(store, entry)

    with store.reading() as connection:
        inputs = json.loads(str(connection.execute(select(decisions.c.inputs)).scalar_one()))

    assert {"billed", "unpriced"}.isdisjoint(inputs)
    kept = find(store, "acme", entry.id)
    assert kept is not None
    assert (kept.billed, kept.unpriced) == ({}, {})


def test_another_tenant_never_finds_a_decision(store: Store) -> None:
    entry = recorded()
    record(store, entry)

    assert find(store, "other", entry.id) is None
    assert page(store, "other").items == ()


def test_an_id_is_recorded_once(store: Store) -> None:
    entry = recorded()
    record(store, entry)

    with pytest.raises(LedgerError, match="already a decision"):
        record(store, entry)


def test_the_same_request_key_of_the_same_caller_keeps_the_first_decision(store: Store) -> None:
    first, second = recorded(key="k1"), recorded(key="k1")

    assert record(store, first)
    assert not record(store, second)

    assert find_request(store, "acme", "end_user", "acc_1", "u_1", "k1") == first
    assert find_request(store, "acme", "end_user", "acc_2", "u_1", "k1") is None


def test_pages_run_from_the_newest_to_the_oldest_without_gap_or_repeat(store: Store) -> None:
    entries = [recorded(NOON + timedelta(seconds=n // 2)) for n in range(7)]
    for entry in entries:
        record(store, entry)

    seen, cursor = [], None
    while True:
        part = page(store, "acme", cursor=cursor, n=3)
        seen += [item.id for item in part.items]
        cursor = part.next_cursor
        if cursor is None:
            break

    assert sorted(seen) == sorted(entry.id for entry in entries)
    times = {entry.id: entry.at for entry in entries}
    assert [times[i] for i in seen] == sorted(times.values(), reverse=True)


@pytest.mark.parametrize("cursor", ["x", "", "W10", "WyIyMDI2IiwgMV0", "\ud83d"])
def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        page(store, "acme", cursor=cursor)


def test_a_page_can_be_about_one_account(store: Store) -> None:
    record(store, recorded(account="acc_1"))
    record(store, recorded(account="acc_2"))

    assert [item.account for item in page(store, "acme", account="acc_2").items] == ["acc_2"]


def test_decision_ids_sort_by_time() -> None:
    ids = [new_decision_id(NOON + timedelta(milliseconds=n)) for n in range(50)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 50
