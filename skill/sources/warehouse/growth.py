"""Growth: the newest value against the one at the window's start, what was used in between, milestones crossed.

Mirrors `skill.policy.signals.growth`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from skill.model.rules import Holds, Window
from skill.policy.signals.found import plain_figure
from skill.sources.warehouse import numbers
from skill.sources.warehouse.asked import Asked, Pass, quoted, readings
from skill.sources.warehouse.courses import Course, Meter
from skill.sources.warehouse.edges import Span, lately
from skill.sources.warehouse.numbers import NOTHING, Value, only_if


def growth(asked: Asked, course: Course, holds: Holds, window: Window) -> str:
    """`grew by at least ...`: unknown without a value at or before the window's start."""
    figure = plain_figure(holds)
    rise = numbers.rose_by_share if holds.op == "grew_percent" else numbers.rose_by

    def grew(span: Span) -> str:
        if span.start is None:  # a period that never began
            return NOTHING
        after = course.last_of(Span(end=span.end)) if span.end is not None else course.newest
        return rise(course.standing(span.start), after, figure)

    return rising(asked, course, window, grew)


def used(asked: Asked, meter: Meter, op: str, figure: Decimal, window: Window) -> str:
    """What a meter that resets counted, against a figure: every rise, and all that stands after a reset."""
    steps = asked.over("steps", lambda of: _steps(asked, of))
    mine = f"t.name = {quoted(meter.name)}"
    first = steps.ask(f"MIN(CASE WHEN {mine} THEN t.at END)", name=meter.name)

    def counted(span: Span) -> str:
        assert span.start is not None
        start = asked.row_edge(span.start)
        end = f" AND t.at < {asked.row_edge(span.end)}" if span.end is not None else ""
        within = f"CASE WHEN {mine} AND t.at > {start}{end} THEN t.rise END"
        total = f"COALESCE({steps.ask(f'SUM({within})', name=meter.name)}, 0)"
        return only_if(f"{first} <= {start}", numbers.against(op, Value(total), figure))

    return rising(asked, meter, window, counted)


def rising(asked: Asked, course: Course, window: Window, holds: Callable[[Span], str]) -> str:
    """A rise over a window, or over each of its parts."""
    if window.kind in ("each", "sustained"):
        of = asked.spans(window)
        needed = window.at_least if window.kind == "sustained" else window.n
        told = NOTHING if of is None else numbers.enough([holds(span) for span in of], needed)
    else:
        told = holds(_whole(asked, course, window))
    return only_if(course.newest.is_known, told)


def _whole(asked: Asked, course: Course, window: Window) -> Span:
    return lately(window, asked.now) if window.kind == "last" else Span(course.began)


def milestones(asked: Asked, course: Course, holds: Holds, window: Window) -> str:
    """`crosses 4, 10`: at or past a milestone below which it was seen before; unknown where nobody saw it below."""
    newest = course.newest
    span = Span() if window.kind == "now" else _whole(asked, course, window)
    first = course.standing(span.start) if span.start is not None else None
    cases = [f"WHEN NOT {newest.is_known} THEN NULL"]
    for figure in sorted(set(holds.figures), reverse=True):
        below = [course.any("less_than", figure, span)]
        after = ""
        if first is not None:
            below.append(numbers.against("less_than", first, figure))
            after = f" WHEN {first.is_known} THEN FALSE"
        crossed = f"CASE WHEN {numbers.any_of(below)} THEN TRUE{after} END"
        cases.append(f"WHEN {numbers.against('at_least', newest, figure)} THEN {crossed}")
    return f"CASE {' '.join(cases)} ELSE FALSE END"


def _steps(asked: Asked, of: Pass) -> str:
    """Each reading with what was counted since the one before; after a reset all that stands."""
    before = (
        "SELECT r.account AS account, r.meter AS name, r.at AS at, r.v AS v, "
        "LAG(r.v) OVER (PARTITION BY r.account, r.meter ORDER BY r.at, r.v) AS was "
        f"FROM ({readings(asked, of)}) AS r"
    )
    return (
        "SELECT s.account AS account, s.name AS name, s.at AS at, "
        f"CASE WHEN s.v >= s.was THEN s.v - s.was ELSE s.v END AS rise FROM ({before}) AS s"
    )
