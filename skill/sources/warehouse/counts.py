"""Counts: how often something happened in a window - events, attempts at features, views of pages.

Mirrors `skill.policy.signals.counts`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from skill.model.common import slug
from skill.model.rules import Count, Holds, Window
from skill.policy.rules import USED_WITHIN
from skill.policy.signals import windows
from skill.policy.signals.found import COMPARISONS, plain_figure
from skill.policy.signals.growth import GREW
from skill.sources.warehouse import numbers
from skill.sources.warehouse.asked import Asked, Pass, listed, quoted
from skill.sources.warehouse.edges import EPOCH, Span, since
from skill.sources.warehouse.numbers import NOTHING, Value, only_if

Times = Callable[[Span], Value]
"""How often it happened in a span, in millionths as every value."""


def happening(asked: Asked, count: Count, holds: Holds, window: Window) -> str:
    """What happens against its figure over its window; unknown where the product reports no events at all."""
    matches = _matches(asked, count)

    def times(span: Span) -> Value:
        return Value(f"{_often(asked, matches, span)} * {numbers.MILLION}")

    if holds.op in GREW:
        told = _growth(asked, times, holds, window)
    elif holds.op == "crosses" and window.kind not in ("each", "sustained"):
        told = numbers.against("at_least", times(_whole(asked, window)), min(holds.figures))
    elif holds.op not in COMPARISONS:
        return NOTHING
    elif window.kind in ("each", "sustained"):
        told = _in_parts(asked, times, holds, window)
    else:
        told = numbers.against(holds.op, times(_whole(asked, window)), plain_figure(holds))
    return only_if(f"{_heard_since(asked)} IS NOT NULL", told)


def used_lately(asked: Asked, feature: str) -> str:
    """Whether a feature was used lately; unknown where the product reports no events at all."""
    start, end = asked.at(since(asked.now - USED_WITHIN)), asked.at(asked.now)
    use = f"t.name = 'use' AND t.feature = {quoted(feature)} AND t.at > {start} AND t.at <= {end}"
    n = _events(asked).ask(f"COUNT(CASE WHEN {use} THEN 1 END)")
    return only_if(f"{_heard_since(asked)} IS NOT NULL", f"{n} > 0")


def _in_parts(asked: Asked, times: Times, holds: Holds, window: Window) -> str:
    of = asked.spans(window)
    if of is None:
        return NOTHING
    parts = [numbers.against(holds.op, times(span), plain_figure(holds)) for span in of]
    return numbers.enough(parts, window.at_least if window.kind == "sustained" else window.n)


def _growth(asked: Asked, times: Times, holds: Holds, window: Window) -> str:
    """How often in the window against the time of the same length before; unknown where no event is that old."""
    if window.kind != "last":
        return NOTHING
    start = windows.start_of(window, asked.now)
    earlier = Span(since(windows.start_of(window, start)), since(start))
    rise = numbers.rose_by_share if holds.op == "grew_percent" else numbers.rose_by
    told = rise(times(earlier), times(Span(since(start))), plain_figure(holds))
    assert isinstance(earlier.start, datetime)
    return only_if(f"{_heard_since(asked)} <= {asked.at(earlier.start)}", told)


def _whole(asked: Asked, window: Window) -> Span:
    if window.kind == "now":
        return Span()
    if window.kind == "last":
        return Span(since(windows.start_of(window, asked.now)))
    return Span(since(windows.month_start(asked.now)))


def _matches(asked: Asked, count: Count) -> str:
    """The condition that an event is one of those that are counted."""
    if count.what == "events":
        parts = [f"t.name = {quoted(count.name)}"]
        for key, value in count.where:
            parts.append(f"{_property(key)} = {quoted(slug(value))}")
        return " AND ".join(parts)
    if count.what == "views":
        return f"t.name = 'view' AND t.page = {quoted(slug(count.name))}"
    if count.what == "attempts":
        return f"t.name = 'attempt' AND t.feature = {quoted(count.name)}"
    features = asked.playbook.bundles[count.name].unlocks
    return f"t.name = 'attempt' AND t.feature IN ({listed(features or ('',))})"


def _property(key: str) -> str:
    """A property of an event as its key."""
    return f"COALESCE(tactful_key(tactful_property(t.properties, {quoted(key)})), '')"


def _often(asked: Asked, matches: str, span: Span) -> str:
    """How often something happened, before now: the end of a window is exclusive."""
    closed = span if span.end is not None else Span(span.start, asked.now)
    when = asked.within(closed)
    events = _events(asked, is_local=asked.is_local(span.start, span.end))
    return events.ask(f"COUNT(CASE WHEN {matches} AND {when} THEN 1 END)")


def _heard_since(asked: Asked) -> str:
    """Since when events of an account are reported: the oldest of any name, NULL where none ever was."""
    return _events(asked).ask("MIN(t.at)")


def _events(asked: Asked, *, is_local: bool = False) -> Pass:
    return asked.over("happened", lambda of: _rows(asked, of), is_local=is_local)


def _rows(asked: Asked, of: Pass) -> str:
    properties = ", e.properties AS properties" if _asks_properties(of) else ""
    return (
        "SELECT e.account AS account, e.name AS name, e.at AS at, e.feature AS feature, "
        f"e.page AS page{properties} FROM events AS e "
        f"WHERE e.at >= {asked.at(max(asked.since, EPOCH))}{asked.page('e')}"
    )


def _asks_properties(of: Pass) -> bool:
    return any("tactful_property" in aggregate for aggregate in of.columns)
