"""What falls exactly on an edge, or arrives twice for one moment: said the same whatever the order and however it is divided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from skill.model.account import Customer, Event, Fact
from skill.model.playbook import Playbook
from skill.model.rules import Count, Holds, Truth, Window
from skill.policy import rules
from skill.policy.signals.counts import happening
from skill.policy.signals.growth import rose_by, rose_by_share, used_within
from skill.policy.signals.record import Course, Record
from skill.policy.signals.windows import Span

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEEK = Span(NOON - timedelta(days=7), NOON)
BEFORE, AFTER = WEEK.start, NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("first", "last", "share"),
    [((4, 6), (4, 4), "0.5"), ((8, 3), (4, 1), "0.5"), ((11, 7), (33, 14), "0.5"), ((1, 3), (2, 3), "1")],
)  # fmt: skip
def test_a_growth_of_just_so_much_is_just_so_much_whatever_thirds_it_is_made_of(
    first: tuple[int, int], last: tuple[int, int], share: str
) -> None:
    values = [Decimal(a) / Decimal(b) for a, b in (first, last)]
    assert rose_by_share(Course([BEFORE, AFTER], values), WEEK) == Decimal(share)


def test_a_difference_of_thirds_is_exact() -> None:
    values = [Decimal(1) / 3, Decimal(7) / 3]
    assert rose_by(Course([BEFORE, AFTER], values), WEEK) == 2


def test_readings_of_the_very_start_are_what_is_counted_from() -> None:
    tied = Course([BEFORE, BEFORE, AFTER], [Decimal(8), Decimal(9), Decimal(10)])
    assert used_within(tied, WEEK) == 1


def test_large_figures_are_told_apart() -> None:
    values = [Decimal(10) ** 14, Decimal(10) ** 14 + 1]
    assert rose_by(Course([BEFORE, AFTER], values), WEEK) == 1


def test_of_facts_of_one_moment_the_order_of_arrival_says_nothing() -> None:
    told = [Fact(name="queue", value=value, as_of=NOON) for value in ("7", "9", "8")]
    found = {
        rules.believed("queue", some, Playbook(version="v"), Customer(), NOON)
        for some in permutations(told)
    }
    assert found == {"9"}


def test_a_property_that_is_null_is_no_word() -> None:
    count = Count(what="events", name="done", where=(("kind", "none"),))
    holds = Holds(op="at_least", figures=(Decimal(1),))
    part = happening(count, holds, Window(kind="last", n=7, unit="day"), Playbook(version="v"))
    event = Event(id="e", name="done", at=AFTER, properties={"kind": None})
    record = Record(Playbook(version="v"), Customer(events=(event,)), NOON)
    assert part(record).truth is Truth.FALSE
