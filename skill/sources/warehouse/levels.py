"""Levels: a value against a figure, a share of the account's own limit or what is left of it, over each window.

Mirrors `skill.policy.signals.levels`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from skill.model.rules import Holds, Window
from skill.policy.signals.found import COMPARISONS, plain_figure
from skill.sources.warehouse import numbers
from skill.sources.warehouse.asked import Asked
from skill.sources.warehouse.courses import Course, Meter
from skill.sources.warehouse.edges import Day, Span, lately
from skill.sources.warehouse.limits import commit_of, limit_of
from skill.sources.warehouse.numbers import NO, NOTHING, Value, only_if

Test = Callable[[Value], str]
"""Whether a value holds."""


def meter_level(asked: Asked, course: Meter, holds: Holds, window: Window) -> str:
    """A meter against its figure, limit or commit; what is known without a reading goes before it."""
    figure = plain_figure(holds)
    if holds.op in COMPARISONS:
        return course_level(asked, course, holds.op, figure, window)
    if holds.op == "at_least_percent_of_commit":
        bar = commit_of(asked, course.name)

        def test(value: Value) -> str:
            return numbers.against_share("at_least", value.above, figure, bar)
    else:
        bar = limit_of(asked, course.name)
        left = f"{bar} - {numbers.millionths(figure)}"
        is_share = holds.op == "at_least_percent_of_limit"

        def test(value: Value) -> str:
            if is_share:
                return numbers.against_share("at_least", value.above, figure, bar)
            return f"{value.above} >= {left}"

    told = over(asked, course, window, test, lambda span: test(course.extreme("at_least", span)))
    return f"CASE WHEN {bar} = 0 THEN FALSE WHEN {bar} IS NOT NULL THEN {told} END"


def course_level(asked: Asked, course: Course, op: str, figure: Decimal, window: Window) -> str:
    """A course against a plain figure."""
    return over(
        asked,
        course,
        window,
        lambda value: numbers.against(op, value, figure),
        lambda span: course.any(op, figure, span),
    )


def over(
    asked: Asked, course: Course, window: Window, test: Test, any_of: Callable[[Span], str]
) -> str:
    """A course over a window: its newest value now, any value lately, or the last value of enough parts."""
    newest = course.newest
    if window.kind in ("now", "period"):
        return test(newest)
    if window.kind == "last":
        return only_if(newest.is_known, any_of(lately(window, asked.now)))
    return in_parts(asked, course, window, lambda span: test(course.last_of(span)))


def in_parts(asked: Asked, course: Course, window: Window, holds: Callable[[Span], str]) -> str:
    """Enough days or weeks that hold by their last value; a sustained part ends with the meter's period."""
    of = asked.spans(window)
    if of is None:
        return NOTHING
    began = course.began if window.kind == "sustained" else None
    parts = [holds(span) if began is None else _since(asked, span, began, holds) for span in of]
    needed = window.at_least if window.kind == "sustained" else window.n
    return only_if(course.newest.is_known, numbers.enough(parts, needed))


def _since(asked: Asked, span: Span, began: datetime, holds: Callable[[Span], str]) -> str:
    """A part of which only what lies after the meter's reset counts; false where none of it does."""
    start, end = span.start, span.end
    if asked.earliest(start) >= began:
        return holds(span)
    if isinstance(start, Day):
        told = holds(Span(start, end, began))
        return (
            told
            if end is None
            else f"CASE WHEN {asked.edge(end)} <= {asked.at(began)} THEN FALSE ELSE {told} END"
        )
    if isinstance(end, datetime) and end <= began:
        return NO
    return holds(Span(began, end))
