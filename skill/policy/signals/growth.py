"""Growth: the newest value against the one at the window's start, what was used in between, and milestones crossed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Context, Decimal

from skill.model.common import plain_number
from skill.model.rules import Holds, Truth, Window
from skill.policy.signals.found import (
    COMPARISONS,
    Found,
    Off,
    Part,
    lacking,
    milestone_of,
    plain_figure,
    shown,
    truth_of,
    unknown,
)
from skill.policy.signals.levels import in_words
from skill.policy.signals.record import LONG_AGO, Course, Record
from skill.policy.signals.windows import Span, over_spans, said, until

GREW = ("grew", "grew_percent")
_plain = Context(prec=18).plus
"""A difference or a quotient in its first 18 digits: it may go on for ever, and a growth of just a half shall be one."""
_TICK = timedelta(microseconds=1)
CourseOf = Callable[[Record], Course]
Rise = Callable[[Course, Span], Decimal | None]
"""How much a course rose in a span of time; None where its value at the start is not known."""


def rose_by(course: Course, span: Span) -> Decimal | None:
    """The value that stands at the end, less the one that stood at the start."""
    before, after = _around(course, span)
    return None if before is None or after is None else _plain(after - before)


def rose_by_share(course: Course, span: Span) -> Decimal | None:
    """The same as a share of the value at the start; from nothing no share can be told."""
    before, after = _around(course, span)
    return None if not before or after is None else _plain((after - before) / before)


def _around(course: Course, span: Span) -> tuple[Decimal | None, Decimal | None]:
    return course.standing(span.start), _standing_before(course, span.end)


def used_within(course: Course, span: Span) -> Decimal | None:
    """What a meter that resets counted in a span of time: every rise, and all that stands after a reset."""
    last = course.standing(span.start)
    if last is None:
        return None
    total = Decimal(0)
    # What stood at the start is counted from, whichever of several readings of that moment came last.
    for value in course.within(Span(span.start + _TICK, span.end)):
        if value is not None:
            total += value - last if value >= last else value
            last = value
    return total


def _standing_before(course: Course, end: datetime) -> Decimal | None:
    found = course.last_of(Span(LONG_AGO, end))  # the end is exclusive
    return None if found is None else found[1]


def growth(course_of: CourseOf, name: str, holds: Holds, window: Window, unit: str) -> Part:
    """`grew by at least ...`: unknown without a value at or before the window's start."""
    is_share = holds.op == "grew_percent"
    rise = rose_by_share if is_share else rose_by
    return rising(course_of, name, "at_least", plain_figure(holds), window, rise, unit)


def rising(
    course_of: CourseOf,
    name: str,
    comparison: str,
    figure: Decimal,
    window: Window,
    rise: Rise,
    unit: str,
) -> Part:
    """A rise over a window, or over each of its parts, against a figure."""
    compare, is_share = COMPARISONS[comparison], rise is rose_by_share
    in_parts = window.kind in ("each", "sustained")

    def part(course: Course, span: Span) -> Truth:
        risen = rise(course, span)
        return Truth.UNKNOWN if risen is None else truth_of(compare(risen, figure))

    def whole(course: Course, record: Record) -> Found:
        span = record.lately(window) if window.kind == "last" else _period(course, record)
        risen = rise(course, span)
        if risen is None:
            return unknown(f"{name} before {said(window)}")
        if not compare(risen, figure):
            return Found(Truth.FALSE, distance=_off(risen, figure, is_share, unit))
        return Found(Truth.TRUE, {"grown": _grown(risen, is_share)})

    def parts(course: Course, record: Record) -> Found:
        of = record.spans(window)
        truth, lacks = over_spans(window, of, lambda span: part(course, span))
        if truth is Truth.UNKNOWN:
            return unknown(f"{name} before {said(window)}")
        distance = (Decimal(lacks), f"{window.unit}s") if lacks else None
        return Found(truth, distance=distance)

    def judge(record: Record) -> Found:
        course = course_of(record)
        newest = course.newest
        if newest is None:
            return unknown(name)
        found = (parts if in_parts else whole)(course, record)
        if found.truth is not Truth.TRUE:
            return found
        figures = {"value": shown(newest), **in_words(window), **found.figures}
        return Found(Truth.TRUE, figures)

    return judge


def _period(course: Course, record: Record) -> Span:
    """This period of the meter: from its reset to now."""
    return Span(course.began, until(record.now))


def _off(risen: Decimal, figure: Decimal, is_share: bool, unit: str) -> Off:
    return lacking(risen * 100, figure * 100, "%") if is_share else lacking(risen, figure, unit)


def _grown(risen: Decimal, is_share: bool) -> str:
    return f"{int(risen * 100)}%" if is_share else shown(risen)


def milestones(course_of: CourseOf, name: str, holds: Holds, window: Window, unit: str) -> Part:
    """`crosses 4, 10`: holds while the value stands at or past a milestone below which it was seen before.

    Over `now` at any time before, over a window since its start. Which one stands crossed is a figure, by
    which a signal fires once for each. Where nobody saw it below, nobody can say when it was crossed.
    """
    figures = holds.figures

    def judge(record: Record) -> Found:
        course = course_of(record)
        newest = course.newest
        if newest is None:
            return unknown(name)
        crossed = milestone_of(newest, figures)
        if crossed is None:
            return Found(Truth.FALSE, distance=lacking(newest, figures[0], unit))
        before, is_whole = _seen_before(course, window, record)
        if not any(v < crossed for v in before):
            if is_whole:
                return Found(Truth.FALSE, distance=_to_next(newest, figures, unit))
            return unknown(f"{name} below {plain_number(crossed)}")
        told = {"value": shown(newest), "milestone": plain_number(crossed)}
        return Found(Truth.TRUE, told | in_words(window))

    return judge


def _seen_before(course: Course, window: Window, record: Record) -> tuple[list[Decimal], bool]:
    """What was seen within the window, the value that stood at its start among it; and whether that one is known."""
    if window.kind == "now":
        return [v for v in course.values if v is not None], False
    span = record.lately(window) if window.kind == "last" else _period(course, record)
    first = course.standing(span.start)
    seen = [v for v in course.within(span) if v is not None]
    return ([*seen] if first is None else [first, *seen]), first is not None


def _to_next(value: Decimal, figures: tuple[Decimal, ...], unit: str) -> Off | None:
    further = [f for f in figures if f > value]
    return lacking(value, further[0], unit) if further else None
