"""What a play does next: the cases that a product manager wrote down, and the laws that hold for any course."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skill.compiler import grammar
from skill.model.account import Customer, Past, Ticket
from skill.model.playbook import FollowUp, Play
from skill.model.topic import Span
from skill.policy.sequence import STANDS, Course, Done, Move, Send, Wait, happened, next_move

DECIDED = datetime(2026, 3, 27, 10, tzinfo=UTC)
CASES = [
    (file.stem, case)
    for file in sorted(Path(__file__).parents[1].glob("cases/sequence/*.yaml"))
    for case in yaml.safe_load(file.read_text())
]
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def at(text: str) -> datetime:
    parts = {UNITS[unit]: int(n) for n, unit in re.findall(r"(\d+)([dhm])", text)}
    return DECIDED + timedelta(**parts)


def play(then: str | None) -> Play:
    follow_ups: tuple[FollowUp, ...] = (grammar.read_then(then),) if then else ()
    span = Span(file="expansion-playbooks.md", line=1, end_line=1)
    return Play(
        key="p", name="P", applies_to=None, channel="in_app", follow_ups=follow_ups, span=span
    )


def came_of(told: dict[str, str]) -> Customer:
    history, tickets = [], []
    for when, what in told.items():
        kind, _, of = what.partition(" of ")
        if kind == "ticket":
            tickets.append(Ticket(id="t", opened_at=at(when)))
            continue
        offer = {"": "team", "another offer": "extra-seats", "its family": "business"}[of]
        named = {"offer": None if kind == "reply" else offer}
        history.append(Past.model_validate({"kind": kind, "at": at(when), **named}))
    return Customer(history=tuple(history), tickets=tuple(tickets))


def said(move: Move) -> str:
    match move:
        case Send(channel):
            return f"send {channel}"
        case Wait(until):
            return f"wait until {until.isoformat()}"
        case Done(because, bought):
            return f"done: {because}" + ("; siblings are closed" if bought else "")


def wanted(text: str) -> str:
    _, waits, until = text.partition("wait until ")
    return f"wait until {at(until).isoformat()}" if waits else text


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{f}: {c['says']}" for f, c in CASES])
def test_a_play_does_what_its_case_says(file: str, case: dict[str, Any]) -> None:
    course = Course(
        channel=case.get("channel", "in_app"),
        decided_at=DECIDED,
        due_at=at(case.get("due", "0d")),
        sent_at=at(case["sent"]) if "sent" in case else None,
        followed_at=at(case["followed"]) if "followed" in case else None,
        follows=case.get("follows", False),
        is_open=case.get("open", False),
    )
    came = happened(came_of(case.get("came", {})), "team", DECIDED, {"team", "business"})
    got = {when: said(next_move(play(case.get("then")), course, came, at(when))) for when in case["looks"]}  # fmt: skip
    assert got == {when: wanted(move) for when, move in case["looks"].items()}


KINDS = (
    "click",
    "dismissal",
    "decline",
    "not_now",
    "never",
    "acceptance",
    "reply",
    "checkout_open",
)
HOURS = st.integers(min_value=0, max_value=24 * 20)
PASTS = st.lists(st.tuples(st.sampled_from(KINDS), HOURS), max_size=5)
THENS = st.sampled_from(
    [None, "email after 2 days, if dismissed or ignored", "email after 1 day", "email after 3 hours, if declined"]
)  # fmt: skip


def told(pasts: list[tuple[str, int]]) -> tuple[Past, ...]:
    made = [
        Past.model_validate({"kind": kind, "offer": "team", "at": DECIDED + timedelta(hours=hours)})
        for kind, hours in pasts
    ]
    return tuple(sorted(made, key=lambda past: past.at))


@given(THENS, PASTS, HOURS, st.booleans())
def test_at_most_one_email_whatever_happens_and_a_play_always_ends(
    then: str | None, pasts: list[tuple[str, int]], due: int, is_open: bool
) -> None:
    course = Course(channel="in_app", decided_at=DECIDED, due_at=DECIDED + timedelta(hours=due))
    course = course._replace(is_open=is_open)
    now, sent = DECIDED, []
    for _ in range(500):
        move = next_move(play(then), course, told(pasts), now)
        match move:
            case Send(channel):
                sent.append(channel)
                sent_first = {"sent_at": now} if channel == "in_app" else {"followed_at": now}
                course = course._replace(**sent_first)
            case Wait(until):
                assert until > now
                now = until
            case Done():
                break
    else:
        raise AssertionError("it never ends")
    assert sent.count("email") <= 1
    assert sent.count("in_app") <= 1
    assert now <= DECIDED + timedelta(hours=due) + STANDS + timedelta(days=1)


@given(THENS, PASTS, HOURS)
def test_nothing_is_sent_after_what_ends_a_play(
    then: str | None, pasts: list[tuple[str, int]], later: int
) -> None:
    came = told(pasts)
    now = DECIDED + timedelta(hours=later)
    course = Course(channel="in_app", decided_at=DECIDED, due_at=DECIDED, sent_at=DECIDED)
    move = next_move(play(then), course, came, now)
    ends = ("never", "reply", "acceptance")
    if any(past.kind in ends and past.at <= now for past in came):
        assert not isinstance(move, Send)


@given(THENS, PASTS, HOURS)
def test_what_comes_later_is_not_seen_now(
    then: str | None, pasts: list[tuple[str, int]], later: int
) -> None:
    now = DECIDED + timedelta(hours=later)
    course = Course(channel="in_app", decided_at=DECIDED, due_at=DECIDED, sent_at=DECIDED)
    came = told(pasts)
    known = tuple(past for past in came if past.at <= now)
    assert next_move(play(then), course, came, now) == next_move(play(then), course, known, now)
