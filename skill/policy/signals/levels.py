"""Levels: a value against a figure, a share of the account's own limit or what is left of it, over each window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from skill.model.common import plain_number
from skill.model.decision import EffectiveLimit
from skill.model.rules import Count, Holds, Truth, Window
from skill.policy.signals.found import (
    COMPARISONS,
    Found,
    Off,
    Part,
    lacking,
    plain_figure,
    shown,
    truth_of,
    unknown,
)
from skill.policy.signals.record import Course, Last, Record
from skill.policy.signals.windows import over_spans, said

_TRUE, _FALSE, _UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
OF_LIMIT = ("at_least_percent_of_limit", "at_most_left")
Test = Callable[[Decimal, datetime], bool]
"""Whether a value that was told at a moment holds."""
Bar = tuple[str, Decimal]
"""How a value is compared, and with what."""


def bar_of(record: Record, meter: str, holds: Holds) -> Bar | Found:
    """The figure that a reading is compared with; what is known already where there is none to reach.

    An unlimited meter is never near its limit, and neither is one of which the account has none at all.
    """
    figure = plain_figure(holds)
    if holds.op in COMPARISONS:
        return holds.op, figure
    if holds.op == "at_least_percent_of_commit":
        commit = record.commit(meter)
        if commit is None or commit < 0:
            return unknown(f"commit of {meter}")
        return ("at_least", figure * commit) if commit else Found(_FALSE)
    limit = limit_of(record, meter)
    if isinstance(limit, Found):
        return limit
    if holds.op == "at_least_percent_of_limit":
        return "at_least", figure * limit
    return "at_least", limit - figure


def limit_of(record: Record, meter: str) -> Decimal | Found:
    """The limit in figures; false where there is none to reach, unknown where nobody can say."""
    limit = record.limit(meter)
    if limit is None:
        return unknown(f"limit of {meter}")
    return Found(_FALSE) if not limit.value else limit.value


def meter_level(count: Count, holds: Holds, window: Window, unit: str) -> Part:
    """A meter against its figure over its window."""
    name = count.name

    def judge(record: Record) -> Found:
        bar = bar_of(record, name, holds)
        course = record.course(name)
        if isinstance(bar, Found):
            if bar.truth is _UNKNOWN and not course.is_fresh:
                return unknown(*bar.missing, f"usage of {name}")
            return bar
        op, figure = bar
        compare = COMPARISONS[op]
        found = over(
            record, course, window, lambda v, _: compare(v, figure), lambda v: lacking(v, figure, unit), f"usage of {name}"
        )  # fmt: skip
        if found.truth is not _TRUE:
            return found
        value = shown_value(course, window, lambda v: compare(v, figure), record)
        return Found(_TRUE, limit_figures(value, record.limit(name)) | in_words(window))

    return judge


def course_level(
    course_of: Callable[[Record], Course], name: str, holds: Holds, window: Window, unit: str
) -> Part:
    """A ratio or the numbers of a fact against a plain figure over a window."""
    compare, figure = COMPARISONS[holds.op], plain_figure(holds)

    def judge(record: Record) -> Found:
        course = course_of(record)
        found = over(
            record, course, window, lambda v, _: compare(v, figure), lambda v: lacking(v, figure, unit), name
        )  # fmt: skip
        if found.truth is not _TRUE:
            return found
        value = shown_value(course, window, lambda v: compare(v, figure), record)
        return Found(_TRUE, {"value": shown(value)} | in_words(window))

    return judge


def over(
    record: Record,
    course: Course,
    window: Window,
    test: Test,
    off: Callable[[Decimal], Off | None],
    name: str,
) -> Found:
    """A course over a window: its newest value now, any value lately, or the last value of enough parts.

    Without a fresh newest value it is unknown, however much is known of the past.
    """
    newest = course.newest
    if newest is None:
        return unknown(name)
    if window.kind in ("now", "period"):
        holds = test(newest, course.ats[-1])
        return Found(truth_of(holds), distance=None if holds else off(newest))
    if window.kind == "last":
        told = [v for v in course.within(record.lately(window)) if v is not None]
        if not told:
            return unknown(f"{name} within {said(window)}")
        holds = any(test(v, course.ats[-1]) for v in told)
        return Found(truth_of(holds), distance=None if holds else _nearest(told, off))
    return _in_parts(record, course, window, test, name)


def _nearest(values: Iterable[Decimal], off: Callable[[Decimal], Off | None]) -> Off | None:  # fmt: skip
    found = [d for v in values if (d := off(v)) is not None]
    return min(found, key=lambda d: d[0], default=None)


def _in_parts(record: Record, course: Course, window: Window, test: Test, name: str) -> Found:
    """Enough days or weeks that hold by their last value; a sustained part ends with the meter's period."""

    def judge(last: Last) -> Truth:
        if last is None or last[1] is None:
            return _UNKNOWN
        return truth_of(test(last[1], last[0]))

    truth, lacks = over_spans(window, record.lasts(course, window), judge)
    if truth is _UNKNOWN:
        return unknown(f"{name} on {window.n} {window.unit}s")
    distance = (Decimal(lacks), f"{window.unit}s") if lacks else None
    return Found(truth, distance=distance)


def shown_value(
    course: Course, window: Window, test: Callable[[Decimal], bool], record: Record
) -> Decimal:
    """The value to tell of: the newest, or the newest that holds where one at any time lately is enough."""
    if window.kind == "last":
        told = course.within(record.lately(window))
        return next(v for v in reversed(told) if v is not None and test(v))
    assert course.newest is not None
    return course.newest


def in_words(window: Window) -> dict[str, str]:
    """The slot of a window; a value of now has none."""
    return {} if window.kind == "now" else {"window": said(window)}


def limit_figures(used: Decimal, limit: EffectiveLimit | None) -> dict[str, str]:
    """Slots about the use of a meter: how much, of how much, how much is left, and the share in whole percent."""
    figures = {"value": plain_number(used), "used": plain_number(used)}
    if limit is not None and limit.value is not None:
        figures["limit"] = plain_number(limit.value)
        figures["left"] = plain_number(max(limit.value - used, Decimal(0)))
        if limit.value > 0:
            figures["percent"] = f"{int(used * 100 / limit.value)}%"
    return figures
