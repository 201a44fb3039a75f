"""Measured: one count of a row as it stands now, whether it holds or not - value, limit, as-of, and what a pace comes to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from skill.model.account import Fact
from skill.model.common import slug
from skill.model.readiness import Allowance, Amount, Measured
from skill.model.rules import Count, Holds, Truth, Window
from skill.policy import rules
from skill.policy.account.allowances import allowance, projection, share_of
from skill.policy.signals.counts import KINDS, UNIT, Times, happenings, in_one
from skill.policy.signals.found import COMPARISONS, Found, plain_figure
from skill.policy.signals.growth import GREW, rose_by, rose_by_share, used_within
from skill.policy.signals.levels import Bar, bar_of
from skill.policy.signals.record import Course, Record
from skill.policy.signals.told import date_of
from skill.policy.signals.windows import Span, lately, start_of, until

COUNTED = ("daily", "weekly", "monthly", "yearly")
"""Resets of a meter that counts up and begins again: in a window it is what was used that matters."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A count of a row, and whether it holds of the record."""

    count: Count
    holds: Holds
    window: Window
    truth: Truth
    record: Record

    @property
    def in_parts(self) -> bool:
        """Whether the window is told in parts: sustained days, each of some weeks."""
        return self.window.kind in ("each", "sustained")


class Shown(NamedTuple):
    """What is to be seen of a count: its value, of when it is, and how much it grew."""

    value: Decimal | str | None = None
    unit: str = ""
    as_of: datetime | None = None
    stale: bool = False
    grown: Amount | None = None


def measured(count: Count, holds: Holds, window: Window, found: Found, record: Record) -> Measured:
    """One count with its figures, from what was judged of it and the record it was judged from."""
    asked = Asked(count, holds, window, found.truth, record)
    shown = _shown(asked)
    limit = _allowance_of(asked)
    pace = projection(record, count.name) if holds.op == "on_pace" else (None, None)
    return Measured(
        counts=counts_words(count, record),
        truth=found.truth,
        value=shown.value,
        unit=shown.unit,
        limit=limit,
        share=share_of(shown.value, limit),
        grown=shown.grown,
        projected=pace[0],
        projected_day=pace[1],
        as_of=shown.as_of,
        stale=shown.stale,
        missing=found.missing,
        distance=_distance(found),
    )


def _distance(found: Found) -> Amount | None:
    if found.truth is not Truth.FALSE or found.distance is None:
        return None
    figure, unit = found.distance
    return Amount(figure=figure, unit=unit)


def counts_words(count: Count, record: Record) -> str:
    """What is counted, as a Topic says it."""
    playbook, name = record.playbook, count.name
    meters, features, bundles = playbook.meters, playbook.features, playbook.bundles
    match count.what:
        case "meter":
            return meters[name].name if name in meters else name
        case "ratio":
            both = (meters[m].name if m in meters else m for m in (name, count.other))
            return "ratio: " + " / ".join(both)
        case "attempts":
            return f"attempts: {features[name].name if name in features else name}"
        case "attempts_in":
            return f"attempts: anything in {bundles[name].name if name in bundles else name}"
        case "events":
            where = " and ".join(f"{key} is {value}" for key, value in count.where)
            return f"events: {name}" + (f" where {where}" if where else "")
        case _:
            return f"{count.what}: {name}"


def _shown(asked: Asked) -> Shown:
    count, holds, record = asked.count, asked.holds, asked.record
    if count.what in KINDS:
        return _happened(asked)
    if count.what == "fact":
        return _told(asked)
    if count.what == "ratio":
        return _of_course(asked, record.ratio(count.name, count.other), _bar(holds), "")
    meter = record.playbook.meters.get(count.name)
    course = record.course(count.name)
    unit = meter.unit if meter else count.name
    resets = meter is not None and meter.resets in COUNTED
    if resets and holds.op in COMPARISONS and asked.window.kind in ("last", "each"):
        shown = _of_course(asked, course, None, unit)
        used = used_within(course, _span(asked)) if course.is_fresh else None
        return shown._replace(value=used)
    return _of_course(asked, course, _bar_of_meter(asked), unit)


def _bar(holds: Holds) -> Bar | None:
    return (holds.op, plain_figure(holds)) if holds.op in COMPARISONS else None


def _bar_of_meter(asked: Asked) -> Bar | None:
    if asked.holds.op in (*GREW, "crosses", "on_pace"):
        return None
    bar = bar_of(asked.record, asked.count.name, asked.holds)
    return None if isinstance(bar, Found) else bar


def _of_course(asked: Asked, course: Course, bar: Bar | None, unit: str) -> Shown:
    """The newest value; over a rolling window the newest that holds, or else the one that comes nearest."""
    as_of = course.ats[-1] if course.ats else None
    if not course.is_fresh:
        return Shown(unit=unit, as_of=as_of, stale=as_of is not None)
    value = course.newest
    if asked.window.kind == "last" and bar is not None:
        compare, figure = COMPARISONS[bar[0]], bar[1]
        span = lately(asked.window, asked.record.now)
        recent = [v for v in reversed(course.within(span)) if v is not None]
        if asked.truth is Truth.TRUE:
            value = next((v for v in recent if compare(v, figure)), value)
        else:
            value = min(recent, key=lambda v: abs(figure - v), default=value)
    return Shown(value, unit, as_of, False, _grown(asked, course, unit))


def _grown(asked: Asked, course: Course, unit: str) -> Amount | None:
    if asked.holds.op not in GREW or asked.in_parts:
        return None
    now = asked.record.now
    of_window = asked.window.kind == "last"
    span = lately(asked.window, now) if of_window else Span(course.began, until(now))
    is_share = asked.holds.op == "grew_percent"
    risen = rose_by_share(course, span) if is_share else rose_by(course, span)
    if risen is None:
        return None
    return Amount(figure=risen * 100, unit="%") if is_share else Amount(figure=risen, unit=unit)


def _span(asked: Asked) -> Span:
    """A window as one span, that of its parts together where it is told in parts."""
    record = asked.record
    if asked.in_parts:
        return Span(record.spans(asked.window)[-1].start, until(record.now))
    return lately(asked.window, record.now)


def _happened(asked: Asked) -> Shown:
    """How often in the whole window, and when last; of what did not happen, when anything was last heard."""
    record, window = asked.record, asked.window
    if not record.hears_events:
        return Shown(unit=UNIT)
    times = happenings(asked.count, record.playbook)(record)
    span = in_one(window, record)
    if asked.in_parts:
        span = Span(record.spans(window)[-1].start, record.now)
    n = _between(times, span)
    heard = (e.at for e in record.customer.events if e.at < record.now)
    as_of = times[-1] if n else max(heard, default=None)
    return Shown(Decimal(n), UNIT, as_of, False, _risen(asked, times, n, span))


def _between(times: Times, span: Span) -> int:
    return bisect_left(times, span.end) - bisect_left(times, span.start)


def _risen(asked: Asked, times: Times, n: int, span: Span) -> Amount | None:
    """Against the equally long time before; nothing where that was not heard, or of nothing a share is asked."""
    if asked.holds.op not in GREW or asked.window.kind != "last":
        return None
    earlier = Span(start_of(asked.window, span.start), span.start)
    before = _between(times, earlier)
    is_share = asked.holds.op == "grew_percent"
    if asked.record.heard_since > earlier.start or (is_share and not before):
        return None
    if is_share:
        return Amount(figure=Decimal(100 * (n - before)) / before, unit="%")
    return Amount(figure=Decimal(n - before), unit=UNIT)


def _told(asked: Asked) -> Shown:
    """A word, the whole days until a date, or a number; a trait has no date of its own."""
    record, holds = asked.record, asked.holds
    key = slug(asked.count.name)
    as_of = max((f.as_of for f in _facts(key, record)), default=None)
    value = record.known(key)
    if value is None:
        return Shown(as_of=as_of, stale=as_of is not None)
    day = date_of(value, record)
    if holds.op != "is" and day is not None:
        today = record.now.astimezone(record.zone).date()
        return Shown(Decimal((day - today).days), "days", as_of)
    if holds.op == "is" or rules.number_of(value) is None:
        return Shown(str(value), "", as_of)
    unit = holds.word if holds.op in COMPARISONS else ""
    return _of_course(asked, record.fact_course(key), _bar(holds), unit)._replace(as_of=as_of)


def _facts(key: str, record: Record) -> Sequence[Fact]:
    return [f for f in record.customer.facts if slug(f.name) == key and f.as_of <= record.now]


def _allowance_of(asked: Asked) -> Allowance | None:
    if asked.count.what != "meter":
        return None
    if asked.holds.op == "at_least_percent_of_commit":
        commit = asked.record.commit(asked.count.name)
        return None if commit is None else Allowance(value=commit, source="commit")
    return allowance(asked.record, asked.count.name)
