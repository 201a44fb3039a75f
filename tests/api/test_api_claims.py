"""What an answer shows is claimed with its decision before it leaves; what a person is to help with is the owner's task."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from skill.clock import now
from skill.store import outbox, showings
from tests.api.doors import ADA, SUPPORT
from tests.api.test_api_stops import BIG, QUESTION, client, offered, store_of
from tests.store.made import decided

__all__ = ["client"]


def test_each_offer_in_an_answer_is_a_showing_that_is_spent(client: TestClient) -> None:
    made = offered(client)
    kept = showings.of_account(store_of(client), "default", "acc_1")
    assert [one.showing.offer for one in kept] == made
    assert {(one.showing.channel, one.showing.state) for one in kept} == {("answer", "spent")}
    assert {one.showing.cause.name for one in kept} == {QUESTION["question"]}
    assert {one.showing.person for one in kept} == {"u_admin"}


def test_the_next_question_knows_what_was_shown(client: TestClient) -> None:
    made = offered(client)
    again = client.post("/v1/ask", json=QUESTION, headers=ADA).json()
    kept = client.get(f"/v1/decisions/{again['decision_id']}", headers=SUPPORT).json()
    shown = [one for one in kept["customer"]["history"] if one["kind"] == "impression"]
    assert [one["offer"] for one in shown] == made


def test_the_same_request_key_shows_nothing_twice(client: TestClient) -> None:
    headers = {**ADA, "Idempotency-Key": "k-1"}
    first, second = (client.post("/v1/ask", json=QUESTION, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    n = len(showings.of_account(store_of(client), "default", "acc_1"))
    assert n == len(first.json()["recommended_offers"])


def test_a_stream_is_claimed_too(client: TestClient) -> None:
    headers = {**ADA, "Accept": "text/event-stream"}
    told = client.post("/v1/ask", json=QUESTION, headers=headers)
    assert told.status_code == 200
    assert showings.of_account(store_of(client), "default", "acc_1")


def test_where_a_person_helps_the_owner_is_told_what_was_asked_once_a_day(
    client: TestClient,
) -> None:
    answers = [client.post("/v1/ask", json=QUESTION, headers=BIG).json() for _ in range(3)]
    assert [answer["recommended_offers"] for answer in answers] == [[], [], []]
    (task,) = outbox.of_account(store_of(client), "default", "acc_big")
    assert (task.channel, task.person, task.rule) == ("owner_task", "", "question")
    assert task.decision == answers[0]["decision_id"]
    assert task.body["question"] == QUESTION["question"]
    assert task.offer
    assert outbox.counts(store_of(client), "default").holds


def test_a_question_that_nothing_would_be_sold_for_is_no_task(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": "How do I build a form?"}, headers=BIG)
    assert outbox.of_account(store_of(client), "default", "acc_big") == ()


def test_questions_asked_at_once_are_each_answered_and_each_showing_has_its_number(
    client: TestClient,
) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: offered(client), range(12)))
    kept = showings.of_account(store_of(client), "default", "acc_1")
    assert [one.n for one in kept] == list(range(1, len(kept) + 1))
    assert len(kept) == sum(map(len, made))


def test_where_others_are_quicker_each_time_the_answer_leaves_without_an_offer(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skill.store.showings.write", lambda *given: not given[2])
    assert offered(client) == []
    assert showings.of_account(store_of(client), "default", "acc_1") == ()


def test_a_clock_that_was_set_back_shows_nothing(client: TestClient) -> None:
    from skill.store.ledger import record

    ahead = decided(at=now() + timedelta(hours=2)).model_copy(update={"tenant": "default"})
    assert offered(client)
    record(store_of(client), ahead)
    assert offered(client) == []
