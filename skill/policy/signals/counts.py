"""Counts: how often something happened in a window - events, attempts at features, views of pages."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from skill.model.account import Event
from skill.model.common import plain_number, slug
from skill.model.playbook import Playbook
from skill.model.rules import Count, Holds, Truth, Window
from skill.policy.signals.found import (
    COMPARISONS,
    Found,
    Part,
    lacking,
    milestone_of,
    never,
    plain_figure,
    truth_of,
    unknown,
)
from skill.policy.signals.growth import GREW
from skill.policy.signals.record import LONG_AGO, Record
from skill.policy.signals.windows import Span, over_spans, said, start_of

KINDS = ("events", "attempts", "attempts_in", "views")
UNIT = "times"
_TRUE, _FALSE = Truth.TRUE, Truth.FALSE
Times = Sequence[datetime]
"""When it happened, the oldest first, before now: the end of a window is exclusive."""


def happening(count: Count, holds: Holds, window: Window, playbook: Playbook) -> Part:
    """What happens against its figure over its window; unknown where the product reports no events at all."""
    times_of = happenings(count, playbook)
    compare, figure = COMPARISONS.get(holds.op), plain_figure(holds)
    missing = f"events for {count.name}"
    if holds.op in GREW:
        judge = _growth(times_of, holds, window, missing)
    elif holds.op == "crosses" and window.kind not in ("each", "sustained"):
        judge = _milestones(times_of, holds, window)
    elif compare is None:
        return never(f"{count.name} over {said(window)}")
    elif window.kind in ("each", "sustained"):
        judge = _in_parts(times_of, lambda n: compare(n, figure), window)
    else:

        def judge(record: Record) -> Found:
            n = _in(times_of(record), in_one(window, record))
            if compare(n, figure):
                return Found(_TRUE, _figures(n, window))
            return Found(_FALSE, distance=lacking(n, figure, UNIT))

    return lambda record: judge(record) if record.hears_events else unknown(missing)


def happenings(count: Count, playbook: Playbook) -> Callable[[Record], Times]:
    """Attempts arrive as the event `attempt` with the property `feature`, views as `view` with `page`."""
    of_kind = _of_kind(count, playbook)

    def times(record: Record) -> Times:
        found = of_kind(record)
        if not found or found[-1] < record.now:
            return found
        return found[: bisect_left(found, record.now)]

    return times


def _of_kind(count: Count, playbook: Playbook) -> Callable[[Record], Times]:
    """When it happened, whenever it is asked."""
    name = count.name
    if count.what == "views":
        page = slug(name)
        return lambda record: record.past.times_about("view", "page", page)
    if count.what == "attempts":
        return lambda record: record.past.times_about("attempt", "feature", name)
    if count.what == "attempts_in":
        features = tuple(dict.fromkeys(playbook.bundles[name].unlocks))
        return lambda record: _merged(
            record.past.times_about("attempt", "feature", f) for f in features
        )
    wanted = [(key, slug(value)) for key, value in count.where]
    if not wanted:
        return lambda record: record.past.times(name)
    if len(wanted) == 1:
        (key, value), *_ = wanted
        return lambda record: record.past.times_about(name, key, value)
    return lambda record: sorted(
        e.at for e in record.events(name) if all(_said(e, k) == v for k, v in wanted)
    )


def _merged(several: Iterable[Times]) -> Times:
    return sorted(at for times in several for at in times)


def _said(event: Event, key: str) -> str:
    value = event.properties.get(key)
    return "" if value is None else slug(str(value))


def _in(times: Times, span: Span) -> Decimal:
    n_until = bisect_left(times, span.end) if times and times[-1] >= span.end else len(times)
    return Decimal(n_until - bisect_left(times, span.start, 0, n_until))


def _each(times: Times, parts: Iterable[Span]) -> list[Decimal]:
    """How often in each part, the newest first; where one ends the next one begins."""
    found: list[Decimal] = []
    end, n_until = None, len(times)
    for part in parts:
        if part.end != end:
            n_until = bisect_left(times, part.end)
        n_before = bisect_left(times, part.start, 0, n_until)
        found.append(Decimal(n_until - n_before))
        end, n_until = part.start, n_before
    return found


def in_one(window: Window, record: Record) -> Span:
    """A window that is not told in parts: rolling, this calendar month, or all that is known until now."""
    if window.kind == "now":
        return Span(LONG_AGO, record.now)
    return record.rolling(window) if window.kind == "last" else Span(record.month_start, record.now)


def _in_parts(times_of: Callable[[Record], Times], test: Callable[[Decimal], bool],
              window: Window) -> Part:  # fmt: skip
    """Regularity and days in a row of days: enough parts with enough in each."""

    def judge(record: Record) -> Found:
        times = times_of(record)
        parts = record.spans(window)
        truth, lacks = over_spans(window, _each(times, parts), lambda n: truth_of(test(n)))
        if truth is not _TRUE:
            return Found(truth, distance=(Decimal(lacks), f"{window.unit}s"))
        return Found(truth, _figures(_in(times, Span(parts[-1].start, record.now)), window))

    return judge


def _growth(times_of: Callable[[Record], Times], holds: Holds, window: Window,
            missing: str) -> Part:  # fmt: skip
    """How often in the window against how often in the time of the same length before it.

    Unknown where events were not reported yet when that earlier time began, and as a share of nothing.
    """
    figure = plain_figure(holds)
    is_share = holds.op == "grew_percent"
    if window.kind != "last":
        return never(f"{missing} over {said(window)}")

    def judge(record: Record) -> Found:
        times = times_of(record)
        now = in_one(window, record)
        earlier = Span(start_of(window, now.start), now.start)
        n, before = _in(times, now), _in(times, earlier)
        if record.heard_since > earlier.start or (is_share and not before):
            return unknown(f"{missing} before {said(window)}")
        risen = (n - before) / before if is_share else n - before
        if risen < figure:
            rest = 100 * (figure - risen) if is_share else figure - risen
            return Found(_FALSE, distance=(rest, "%" if is_share else UNIT))
        grown = f"{int(risen * 100)}%" if is_share else plain_number(risen)
        return Found(_TRUE, _figures(n, window) | {"grown": grown})

    return judge


def _milestones(times_of: Callable[[Record], Times], holds: Holds, window: Window) -> Part:
    """Every window starts from none, so what stands at or past a milestone has crossed it."""

    def judge(record: Record) -> Found:
        n = _in(times_of(record), in_one(window, record))
        crossed = milestone_of(n, holds.figures)
        if crossed is None:
            return Found(_FALSE, distance=lacking(n, holds.figures[0], UNIT))
        return Found(_TRUE, _figures(n, window) | {"milestone": plain_number(crossed)})

    return judge


def _figures(n: Decimal, window: Window) -> dict[str, str]:
    told = plain_number(n)
    return {"count": told, "value": told, "window": said(window)}
