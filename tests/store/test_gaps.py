"""The gap log: one row for one question, no count lost, bounded, forgotten in time; and nobody's data in it."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from skill.errors import InputError, LedgerError
from skill.gaps import keep as keep_entries
from skill.model.account import Account, Customer, Fact, Owner, Person
from skill.model.answer import Answer, AnswerText, Candidate
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.policy.gap import form_of, words_of
from skill.policy.redact import LONGEST, redact
from skill.store.engine import Store
from skill.store.gaps import (
    Noted,
    Picked,
    find,
    forget,
    gap_id,
    keep,
    page,
    refuse_pick,
    settle,
)
from skill.store.ledger import Recorded, new_decision_id, record
from skill.store.tables import gap_picks

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CHAT = Candidate(key="chat-notifications", name="Chat notifications")


def noted(form: str = "post to our chat room", *, at: datetime = NOON, **more: object) -> Noted:
    fields = {
        "tenant": "acme",
        "form": form,
        "question": f"Can we {form}?",
        "words": form,
        "outcome": "which",
        "candidates": (CHAT,),
        "topics_version": "sha256:1",
        "at": at,
        **more,
    }
    return Noted.model_validate(fields)


def picked(
    form: str = "post to our chat room", feature: str = CHAT.key, tenant: str = "acme"
) -> Picked:
    return Picked(tenant=tenant, form=form, feature=feature, at=NOON)


def entry(
    question: str,
    *,
    outcome: Outcome = Outcome.WHICH,
    at: datetime = NOON,
    conversation: tuple[str, ...] = (),
    features: tuple[str, ...] = (),
    customer: Customer | None = None,
) -> Recorded:
    """An answered question, as the server hands it over."""
    decision_id = new_decision_id(at)
    shown = (CHAT,) if outcome is Outcome.WHICH else ()
    meaning = Meaning(outcome=outcome, features=features, candidates=tuple(c.key for c in shown))
    return Recorded(
        id=decision_id,
        tenant="acme",
        at=at,
        scope="end_user",
        question=question,
        conversation=conversation,
        customer=customer or Customer(account=Account(id="acc_1"), person=Person(id="u_1")),
        surface=Surface.IN_PRODUCT,
        decision=Decision(
            topics_version="sha256:1", surface=Surface.IN_PRODUCT, now=at, meaning=meaning
        ),
        answer=Answer(
            decision_id=decision_id,
            topics_version="sha256:1",
            triggered=True,
            answer=AnswerText(text="Which?"),
            candidates=shown,
        ),
    )


def listed(store: Store, **more: object) -> list[tuple[str, int]]:
    return [(g.question, g.n_asked) for g in page(store, "acme", **more).items]  # type: ignore[arg-type]


def test_the_same_question_of_ten_people_is_one_gap_with_first_and_last_time(store: Store) -> None:
    for hour in range(10):
        keep(store, [noted(at=NOON + timedelta(hours=hour))], [])

    (gap,) = page(store, "acme").items
    assert (gap.n_asked, gap.state, gap.candidates) == (10, "open", (CHAT,))
    assert (gap.first_at, gap.last_at) == (NOON, NOON + timedelta(hours=9))
    assert gap.proposed is None


def test_what_was_shown_is_that_of_the_last_time_whatever_arrives_later(store: Store) -> None:
    newer = noted(at=NOON, topics_version="sha256:2", outcome="not_found", candidates=())
    keep(store, [newer], [])
    keep(store, [noted(at=NOON - timedelta(hours=1))], [])

    (gap,) = page(store, "acme").items
    assert (gap.topics_version, gap.outcome, gap.candidates) == ("sha256:2", "not_found", ())
    assert (gap.first_at, gap.last_at) == (NOON - timedelta(hours=1), NOON)


def test_a_gap_belongs_to_its_tenant_alone(store: Store) -> None:
    keep(store, [noted(), noted(tenant="other")], [picked()])

    assert gap_id("acme", "x") != gap_id("other", "x")
    assert page(store, "other").items[0].picked == ()
    assert find(store, "other", gap_id("acme", "post to our chat room")) is None
    assert not settle(
        store, "other", gap_id("acme", "post to our chat room"), "refused", by="x", at=NOON
    )


def test_picks_are_counted_and_the_most_frequent_is_proposed(store: Store) -> None:
    keep(store, [noted()], [picked(feature="webhooks"), picked(), picked()])
    keep(store, [], [picked()])

    (gap,) = page(store, "acme", picked=True).items
    assert [(p.feature, p.n_picked) for p in gap.picked] == [(CHAT.key, 3), ("webhooks", 1)]
    assert gap.proposed == CHAT.key
    assert page(store, "acme", picked=False).items == ()


def test_a_refused_pick_is_counted_on_and_never_proposed_again(store: Store) -> None:
    keep(store, [noted()], [picked(), picked(), picked(feature="webhooks")])
    gap = gap_id("acme", "post to our chat room")

    assert refuse_pick(store, "acme", gap, CHAT.key)
    assert not refuse_pick(store, "acme", gap, CHAT.key)
    keep(store, [], [picked()])

    found = find(store, "acme", gap)
    assert found is not None
    assert found.proposed == "webhooks"
    assert found.picked[0].n_picked == 3


def test_a_refused_gap_stays_refused_however_often_it_is_asked(store: Store) -> None:
    keep(store, [noted()], [])
    gap = gap_id("acme", "post to our chat room")
    assert settle(store, "acme", gap, "refused", by="ada", at=NOON)

    keep(store, [noted(topics_version="sha256:9")], [picked()])

    assert page(store, "acme").items == ()
    (found,) = page(store, "acme", state="refused").items
    assert (found.n_asked, found.settled_by, found.settled_at) == (2, "ada", NOON)


def test_an_approved_gap_is_open_again_only_where_newer_topics_do_not_help(store: Store) -> None:
    keep(store, [noted()], [])
    gap = gap_id("acme", "post to our chat room")
    done = {"by": "ada", "at": NOON, "feature": CHAT.key, "topics_version": "sha256:1"}
    assert settle(store, "acme", gap, "approved", **done)  # type: ignore[arg-type]
    assert not settle(store, "acme", gap, "refused", by="ben", at=NOON)

    keep(store, [noted()], [])
    assert page(store, "acme").items == ()
    keep(store, [noted(topics_version="sha256:2")], [])

    assert [g.n_asked for g in page(store, "acme").items] == [3]


def test_pages_go_from_the_most_asked_on_and_leave_nothing_out(store: Store) -> None:
    for number in range(7):
        keep(store, [noted(f"thing {number}")] * (1 + number % 3), [])

    found, cursor = [], None
    while True:
        some = page(store, "acme", cursor=cursor, n=2)
        found += some.items
        cursor = some.next_cursor
        if cursor is None:
            break

    assert [g.n_asked for g in found] == [3, 3, 2, 2, 1, 1, 1] or len(found) == 7
    assert sorted(g.n_asked for g in found) == [1, 1, 1, 2, 2, 3, 3]
    assert [g.n_asked for g in found] == sorted((g.n_asked for g in found), reverse=True)
    assert len({g.id for g in found}) == 7


@pytest.mark.parametrize("cursor", ["", "1", "x-gap_1", "1-gap_" + "g" * 24, "٣-gap_" + "0" * 24])
def test_a_cursor_of_somebody_else_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        page(store, "acme", cursor=cursor)


def test_two_servers_that_count_at_once_lose_nothing(
    store: Store, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["store"]
    other = Store.open(request.getfixturevalue(f"{kind}_url"))
    faults: list[BaseException] = []

    def count(through: Store, forms: list[str]) -> None:
        try:
            for _ in range(20):
                keep(through, [noted(form) for form in forms], [picked(form) for form in forms])
        except BaseException as error:  # noqa: BLE001 - a thread's fault is looked at below
            faults.append(error)

    threads = [
        threading.Thread(target=count, args=(through, forms))
        for through in (store, other)
        for forms in (["a", "b", "c"], ["c", "b", "a"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()

    assert faults == []
    assert [g.n_asked for g in page(store, "acme").items] == [80, 80, 80]
    assert [g.picked[0].n_picked for g in page(store, "acme").items] == [80, 80, 80]


def test_a_flood_lets_go_of_what_few_have_asked_and_keeps_the_rest(store: Store) -> None:
    keep(store, [noted("often")] * 3 + [noted("meant")], [picked("meant")])
    keep(store, [noted("approved")], [])
    approved = gap_id("acme", "approved")
    assert settle(store, "acme", approved, "approved", by="ada", at=NOON)
    for number in range(20):
        at = NOON + timedelta(minutes=number)
        keep(store, [noted(f"flood {number}", at=at)], [], most=5)
    keep(store, [noted("theirs", tenant="other")], [], most=5)

    assert listed(store) == [("Can we often?", 3), *listed(store)[1:]]
    assert {question for question, _ in listed(store)} == {
        "Can we often?",
        "Can we meant?",
        "Can we flood 17?",
        "Can we flood 18?",
        "Can we flood 19?",
    }
    assert find(store, "acme", approved) is None
    assert len(page(store, "other").items) == 1


def test_a_pick_goes_with_its_gap_and_none_is_kept_without_one(store: Store) -> None:
    keep(store, [noted()], [picked(), picked("never asked")])
    forget(store, NOON + timedelta(days=1))

    with store.reading() as connection:
        assert connection.execute(select(gap_picks)).all() == []


def test_what_is_old_is_forgotten_and_of_a_refusal_only_that_it_was(store: Store) -> None:
    keep(store, [noted("old"), noted("refused"), noted("new", at=NOON + timedelta(days=2))], [])
    refused = gap_id("acme", "refused")
    settle(store, "acme", refused, "refused", by="ada", at=NOON)

    assert forget(store, NOON + timedelta(days=1)) == 2
    assert forget(store, NOON + timedelta(days=1)) == 0

    assert listed(store) == [("Can we new?", 1)]
    assert find(store, "acme", refused) is None
    keep(store, [noted("refused", at=NOON + timedelta(days=3))], [])
    assert listed(store, state="refused") == [("Can we refused?", 2)]
    assert listed(store) == [("Can we new?", 1)]


def test_a_store_that_cannot_be_written_says_so(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("DROP TABLE gap_picks"))

    with pytest.raises(LedgerError):
        keep(store, [noted()], [picked()])
    assert page_is_empty(store)


def page_is_empty(store: Store) -> bool:
    with store.reading() as connection:
        return connection.execute(text("SELECT count(*) FROM gaps")).scalar() == 0


def test_the_next_question_in_the_conversation_is_what_was_picked(store: Store) -> None:
    first = entry("Can we post to our chat room?")
    then = entry(
        "Chat notifications",
        outcome=Outcome.FEATURE,
        features=(CHAT.key,),
        conversation=(first.question,),
        at=NOON + timedelta(minutes=1),
    )
    for one in (first, then):
        record(store, one)
        keep_entries(store, [one])

    (gap,) = page(store, "acme").items
    assert (gap.words, gap.proposed, gap.picked[0].n_picked) == (
        "post to our chat room",
        CHAT.key,
        1,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"conversation": ()},
        {"conversation": ("another question",)},
        {"at": NOON + timedelta(hours=2)},
        {"features": ("webhooks",)},
        {"outcome": Outcome.NOT_FOUND, "features": ()},
        {"customer": Customer(account=Account(id="acc_1"), person=Person(id="u_2"))},
    ],
)
def test_another_question_another_person_or_much_later_is_no_pick(
    store: Store, change: dict[str, object]
) -> None:
    first = entry("Can we post to our chat room?")
    fields = {
        "outcome": Outcome.FEATURE,
        "features": (CHAT.key,),
        "conversation": (first.question,),
        "at": NOON + timedelta(minutes=1),
        **change,
    }
    then = entry("Chat notifications", **fields)  # type: ignore[arg-type]
    for one in (first, then):
        record(store, one)
        keep_entries(store, [one])

    assert page(store, "acme", picked=True).items == ()


@pytest.mark.parametrize(
    ("outcome", "question", "is_gap"),
    [
        (Outcome.WHICH, "Can we post to our chat room?", True),
        (Outcome.NOT_FOUND, "Can the robots whistle when tea is ready?", True),
        (Outcome.NOT_SOLD, "Can you make the robots whistle when our tea is ready?", True),
        (Outcome.NOT_SOLD, "Quantum teleporter", False),
        (Outcome.FEATURE, "Can I export to Salesforce?", False),
        (Outcome.OUTSIDE, "Hello!", False),
    ],
)
def test_a_gap_is_what_was_not_found_or_asked_back(
    store: Store, outcome: Outcome, question: str, is_gap: bool
) -> None:
    keep_entries(store, [entry(question, outcome=outcome)])

    assert bool(page(store, "acme").items) == is_gap


def test_a_follow_up_has_no_words_of_its_own(store: Store) -> None:
    keep_entries(store, [entry("and for my whole team?", conversation=("Do you have robots?",))])

    assert page(store, "acme").items == ()


def test_questions_that_differ_in_how_they_begin_are_one(store: Store) -> None:
    said = [
        "Can we post to our chat room?",
        "how do I POST to our chat-room",
        "post to our chat room",
    ]
    keep_entries(store, [entry(question) for question in said])

    assert [(g.question, g.n_asked) for g in page(store, "acme").items] == [(said[0], 3)]


CANARIES = [
    "Grace Hopper",
    "grace.hopper@navy.example",
    "Hopper",
    "acc_canary_77",
    "u_canary_9",
    "Zebulon",
    "Löwenherz",
    "Kestrelworks",
    "zebulon@sellers.example",
    "jane.roe@mail.example.org",
    "+49 30 9018 2036",
    "(555) 010-4477",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "https://app.example/reset?token=canary",
    "sk-canary1234567890abcd",
    "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl",
    "hunter2canary",
    "778812345",
    "203.0.113.77",
    "1984-02-29",
    "550e8400-e29b-41d4-a716-446655440000",
]
"""Planted in questions; none may be found again."""

ASKER = Customer(
    account=Account(
        id="acc_canary_77",
        admins=("Richard Löwenherz",),
        owner=Owner(name="Zebulon Pike", email="zebulon@sellers.example"),
        traits={"company name": "Kestrelworks GmbH", "segment": "smb"},
    ),
    person=Person(id="u_canary_9", name="Grace Hopper", email="grace.hopper@navy.example"),
    facts=(Fact(name="segment", value="smb", as_of=NOON),),
)


def spellings(planted: str) -> list[str]:
    plain = planted.replace("ö", "o")
    digits = "".join(c for c in planted if c.isdigit())
    bare = [digits] if len(digits) >= 7 and not any(c.isalpha() for c in planted) else []
    return [planted, planted.lower(), planted.upper(), plain, *bare]


def planted_questions() -> list[str]:
    out = []
    for planted in CANARIES:
        for spelt in spellings(planted):
            label = "my password is " if planted == "hunter2canary" else ""
            out += [
                f"Can the robots whistle for {label}{spelt}",
                f"{label}{spelt}: do you have singing kettles?",
                f"Is there a dance for the kettle, {label}{spelt}, in 12 seats?",
            ]
    return out


def test_nothing_of_twenty_planted_secrets_is_in_the_file_of_the_database(tmp_path: Path) -> None:
    path = tmp_path / "gaps.db"
    store = Store.open(f"sqlite:///{path}")
    questions = planted_questions()
    for question in questions:
        keep_entries(store, [entry(question, customer=ASKER)])
    kept = [g.model_dump_json() for g in page(store, "acme", n=200).items]
    store.close()
    raw = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    found = (raw.decode("utf-8", "replace") + "".join(kept)).lower()

    assert len(CANARIES) >= 20
    assert "kettle" in found
    assert "12 seats" in found
    leaked = {s for c in CANARIES for s in spellings(c) if s.lower() in found}
    assert leaked == set()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT sum(n_asked) FROM gaps").fetchone()[0] == len(questions)


SNIPPETS = st.sampled_from(
    [*CANARIES, "[email]", "[", "]", "@", " at ", " dot ", "12 seats", "50,000"]
)
TEXTS = st.lists(st.one_of(st.text(max_size=20), SNIPPETS), max_size=30).map("".join)


@given(said=TEXTS, names=st.lists(st.text(max_size=8), max_size=4))
def test_redacting_again_changes_nothing_and_never_fails(said: str, names: list[str]) -> None:
    once = redact(said, names)

    assert redact(once, names) == once
    assert len(once) <= LONGEST
    assert once == " ".join(once.split())
    assert form_of(once) == form_of(once.upper()) or not once.isascii()
    assert len(words_of(once)) <= 60


@given(
    before=st.text(alphabet="abc ,.(", max_size=30),
    name=st.text(alphabet="abcdefgäöüéß", min_size=3, max_size=10),
    after=st.text(alphabet="abc ,.?)", max_size=30),
)
def test_a_known_name_is_never_kept_as_a_word(before: str, name: str, after: str) -> None:
    kept = redact(f"{before} {name} {after}", [name])

    assert f" {name} " not in f" {kept} "


@given(
    digits=st.text(alphabet="123456789", min_size=7, max_size=20),
    gap=st.sampled_from(["", " ", "-", "."]),
)
def test_a_long_run_of_digits_is_never_kept_however_it_is_spaced(digits: str, gap: str) -> None:
    kept = redact(f"call {gap.join(digits)} now", [])

    assert sum(c.isdigit() for c in kept) == 0


@pytest.mark.parametrize(
    "said",
    [
        "we need 50,000 API calls for 12 seats",
        "EUR 25,000.50 and 1,200,000 runs and 1000000 rows",
        "24/7 support, ISO 27001, SOC 2, OAuth2 and O365",
        "does it work with monday.com",
        "from 5,000-10,000 users on Starter",
    ],
)
def test_amounts_and_words_that_carry_meaning_stay(said: str) -> None:
    assert redact(said, ["Grace Hopper", "grace@gmail.com", "7"]) == said
