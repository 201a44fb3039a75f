"""The value receipt: exact counts in the window, `about` only for what is multiplied, and nothing for what nobody told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.model.account import Customer, Event
from skill.model.playbook import Playbook, Saving
from skill.model.receipt import Receipt
from skill.policy.value.receipt import receipt, saved
from tests.conftest import NOW

FEATURES = """---
kind: features
owner: team@fernway.example
review_by: 2027-03-31
---
# What it does

## Runs

| Field | Value |
|---|---|
| What it does | Runs a workflow. |
| Counts as value | events: run_succeeded where kind is batch |
| Each saves | 17.5 minutes |
| Free for all | yes |

## Reports

| Field | Value |
|---|---|
| What it does | Keeps reports. |
| Counts as value | fact: reports_read |
| Free for all | yes |
"""
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def topics() -> Playbook:
    compiled = Compiler().compile_sources({"features.md": FEATURES}, date(2026, 11, 21))
    assert compiled.diagnostics == ()
    return compiled.playbook


def run(n: int, at: datetime, kind: str = "batch") -> Event:
    return Event(id=f"e{n}", name="run_succeeded", at=at, properties={"kind": kind})


def fact(value: Any, ago: timedelta = DAY, hours: int | None = None) -> dict[str, Any]:
    return {"name": "reports_read", "value": value, "as_of": NOW - ago, "max_age_hours": hours}


def told(topics: Playbook, *events: Event, facts: list[dict[str, Any]] | None = None) -> Receipt:
    long_ago = Event(id="e0", name="sign_in", at=NOW - 300 * DAY)
    customer = Customer.model_validate({"events": (long_ago, *events), "facts": facts or []})
    return receipt(topics, customer, NOW)


def test_124_runs_are_counted_and_about_36_hours_are_what_they_save(topics: Playbook) -> None:
    runs = [run(n, NOW - timedelta(hours=n + 1)) for n in range(124)]
    (line,) = told(topics, *runs).lines
    assert (line.count, line.window) == (124, "the last 30 days")
    assert line.saved is not None
    assert (line.saved.text, line.saved.seconds) == ("36 hours", Decimal("130200"))
    assert line.saved.each == "17.5 minutes"
    assert (line.topic, line.line) == ("features.md", 13)
    assert line.counts == "events: run_succeeded where kind is batch"
    assert line.as_of == NOW - timedelta(hours=1)


def test_the_window_begins_to_the_second_and_now_is_outside(topics: Playbook) -> None:
    start = NOW - 30 * DAY
    edges = [start, start - timedelta(seconds=1), NOW - timedelta(seconds=1), NOW, NOW + DAY]
    (line,) = told(topics, *(run(n, at) for n, at in enumerate(edges))).lines
    assert line.count == 2


def test_only_what_the_topic_counts_is_counted(topics: Playbook) -> None:
    assert told(topics, run(1, NOW - DAY, kind="single")).lines == ()


def test_none_in_the_window_is_known_where_events_were_reported_all_along(
    topics: Playbook,
) -> None:
    found = told(topics)
    assert found.lines == ()
    assert found.missing == ("fact: reports_read",)


def test_nothing_reported_is_unknown_and_never_a_zero(topics: Playbook) -> None:
    for customer in (Customer(), Customer(unavailable=("events",), events=(run(1, NOW - DAY),))):
        found = receipt(topics, customer, NOW)
        assert found.lines == ()
        assert "events: run_succeeded where kind is batch" in found.missing


def test_where_events_are_reported_only_lately_the_window_says_so(topics: Playbook) -> None:
    customer = Customer(events=(run(1, NOW - 5 * DAY - timedelta(hours=1)), run(2, NOW - DAY)))
    (line,) = receipt(topics, customer, NOW).lines
    assert (line.count, line.window) == (2, "the last 6 days")
    assert line.since == NOW - 5 * DAY - timedelta(hours=1)


def test_a_fact_stands_as_it_was_told_last(topics: Playbook) -> None:
    facts = [fact(40, 2 * DAY), fact(41), fact(99, -DAY)]
    (line,) = told(topics, facts=facts).lines
    assert (line.count, line.window, line.source, line.saved) == (41, "", "facts", None)
    assert line.as_of == NOW - DAY


@pytest.mark.parametrize(
    "one",
    [fact("many"), fact(None), fact(0), fact(-3), fact(9, 31 * DAY), fact(9, DAY, hours=3)],
    ids=["words", "nothing", "zero", "less than none", "before the window", "too old"],
)
def test_a_fact_that_says_no_present_figure_has_no_line(
    topics: Playbook, one: dict[str, Any]
) -> None:
    assert told(topics, facts=[one]).lines == ()


@pytest.mark.parametrize(
    ("figure", "unit", "count", "text"),
    [
        ("17", "minute", 17, "289 minutes"),
        ("17", "minute", 18, "5 hours"),
        ("1", "hour", 1, "60 minutes"),
        ("30", "second", 9, "270 seconds"),
        ("30", "second", 10, "5 minutes"),
        ("1", "second", 1, "1 second"),
        ("90", "minute", 1_000, "1500 hours"),
        ("2.5", "hour", 1, "150 minutes"),
    ],
)
def test_time_is_told_in_the_largest_unit_of_which_there_are_five(
    figure: str, unit: Any, count: int, text: str
) -> None:
    found = saved(Saving(figure=Decimal(figure), unit=unit), Decimal(count))
    assert found is not None
    assert found.text == text


def test_less_than_a_second_is_not_told_as_none() -> None:
    assert saved(Saving(figure=Decimal("0.4"), unit="second"), Decimal(1)) is None


times = st.lists(st.integers(-5, 60 * 24).map(lambda h: NOW - timedelta(hours=h)), max_size=60)


@given(times)
def test_a_count_is_what_a_plain_second_count_says(topics: Playbook, found: list[datetime]) -> None:
    said = told(topics, *(run(n, at) for n, at in enumerate(found))).lines
    within = [at for at in found if NOW - 30 * DAY <= at < NOW]
    assert [line.count for line in said] == ([len(within)] if within else [])
    for line in said:
        assert line.saved is not None
        assert line.saved.seconds == len(within) * Decimal("17.5") * 60


def test_the_sample_company_tells_what_its_runs_saved(fernway: Playbook) -> None:
    from skill.sample import find_person

    (line,) = receipt(fernway, find_person("ada", NOW), NOW).lines
    assert (line.name, line.topic) == ("Automation runs", "features.md")
    assert line.saved is not None
