"""The month's recount: each count finds what is planted, and lets pass what the rows let pass."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from evals.proof.delivery_recount import (
    Delivery,
    Rows,
    Showing,
    cap_breaches,
    quiet_breaches,
    rows_of,
    second_letters,
)
from tests.conftest import ROOT

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ROWS = rows_of((ROOT / "topics" / "restraint.md").read_text("utf-8"))
FIRST = Showing("a", "u_1", "team", "in_app", AT, AT + DAY, "eff_1")


def test_the_rows_are_read_as_they_are_written() -> None:
    seven, fourteen, thirty = (timedelta(days=n) for n in (7, 14, 30))
    assert Rows(seven, fourteen, 3, thirty, seven, time(19), time(8)) == ROWS


def test_a_topic_that_says_it_otherwise_is_not_guessed() -> None:
    with pytest.raises(AssertionError, match="otherwise"):
        rows_of("| Any offer was shown | a while | the customer asked |")


@pytest.mark.parametrize(
    ("days", "more", "breaches"),
    [
        (7, {"offer": "pack"}, 1),  # it was displayed a day after it was decided
        (8, {"offer": "pack"}, 0),
        (14, {}, 1),
        (15, {}, 0),
        (1, {"channel": "answer"}, 0),
        (1, {"person": "u_2"}, 0),
        (3, {"follows": "eff_1", "channel": "email"}, 0),
    ],
)
def test_a_second_showing_counts_from_the_display_of_the_first(
    days: int, more: dict[str, str], breaches: int
) -> None:
    second = FIRST._replace(at=AT + days * DAY, seen_at=None, effect="eff_2", **more)
    assert len(cap_breaches([second, FIRST], ROWS)) == breaches


def test_what_was_asked_for_fills_the_cap_of_what_was_not() -> None:
    asked = [
        FIRST._replace(at=AT + n * DAY, seen_at=AT + n * DAY, offer=f"o{n}", channel="answer", effect=f"e{n}")
        for n in range(3)
    ]  # fmt: skip
    late = FIRST._replace(at=AT + 20 * DAY, seen_at=None, effect="eff_9")
    assert cap_breaches(asked, ROWS) == []
    (found,) = cap_breaches([*asked, late], ROWS)
    assert "3 were shown within 30 days" in found


@pytest.mark.parametrize(
    ("hour", "zone", "breaches"),
    [(9, "Europe/Berlin", 0), (18, "Europe/Berlin", 1), (18, "", 0), (9, "America/New_York", 1)],
)
def test_a_delivery_is_judged_by_the_recipients_own_clock(
    hour: int, zone: str, breaches: int
) -> None:
    one = Delivery(AT.replace(hour=hour), "in_app", "eff_1", "a", "u_1", zone)
    assert len(quiet_breaches([one], ROWS)) == breaches
    assert len(quiet_breaches([one._replace(at=one.at + 5 * DAY)], ROWS)) == 1


def test_one_letter_may_follow_and_no_second_one() -> None:
    note = Delivery(AT, "in_app", "eff_1", "a", "u_1", "")
    letter = note._replace(channel="email", effect="eff_2", follows="eff_1")
    assert second_letters([note, letter]) == []
    assert second_letters([note, letter, letter._replace(effect="eff_3")])
    assert second_letters([note, note])
    assert second_letters([note, letter, letter._replace(effect="eff_4", follows="eff_2")])
