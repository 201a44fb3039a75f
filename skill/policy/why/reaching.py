"""Reaching: what would have to be read, to happen or to be told, so that one count of a Topic holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from skill.model.common import plain_number, slug
from skill.model.rules import Count, Holds, Window, days_in
from skill.model.topic import Span
from skill.policy import rules
from skill.policy.account.measured import COUNTED, counts_words
from skill.policy.signals.counts import KINDS, happenings, in_one
from skill.policy.signals.found import COMPARISONS, Found, plain_figure
from skill.policy.signals.growth import GREW, used_within
from skill.policy.signals.levels import bar_of, limit_of
from skill.policy.signals.paces import pace_of
from skill.policy.signals.record import Record
from skill.policy.signals.told import date_of
from skill.policy.signals.windows import lately, said, start_of
from skill.policy.why import changes
from skill.policy.why.cases import Case, Option
from skill.policy.why.changes import JUST_NOW, Value

_WHOLE = Decimal(1)
_TICK = timedelta(microseconds=1)


def reaching(
    count: Count, holds: Holds, window: Window, case: Case, record: Record, span: Span
) -> Iterator[Option]:
    """The change after which a count holds, where one is known; whether it does is proven by deciding again."""
    if count.what in KINDS:
        yield from _by_events(count, holds, window, record, span)
    elif count.what == "fact":
        yield from _by_fact(count, holds, case, record, span)
    elif count.what == "meter":
        yield from _by_reading(count.name, holds, window, record, span)
    elif count.what == "ratio" and holds.op in COMPARISONS:
        below = record.course(count.other).newest
        if below:
            figure = _past(plain_figure(holds) * below, holds.op)
            yield _reads(count.name, {JUST_NOW: figure}, record, span)


def used_up(meter: str, record: Record, span: Span) -> Option | None:
    """A hard limit is reached by a fresh reading; None where there is none to reach."""
    limit = limit_of(record, meter)
    known = record.playbook.meters.get(meter)
    if isinstance(limit, Found) or known is None or not known.hard:
        return None
    return _reads(meter, {JUST_NOW: limit}, record, span)


def _meter(meter: str, record: Record) -> str:
    known = record.playbook.meters.get(meter)
    return known.name if known else meter


def _reads(
    meter: str, values: Mapping[timedelta, Decimal], record: Record, span: Span, when: str = ""
) -> Option:  # fmt: skip
    newest = record.course(meter).newest
    value = plain_number(next(iter(values.values())))
    now = (
        f"{plain_number(newest)} are read now"
        if newest is not None
        else "no fresh reading is known"
    )
    said_so = f"{_meter(meter, record)} read {value}{when} where {now}"
    return changes.reads(meter, said_so, span, values)


def _past(bar: Decimal, op: str) -> Decimal:
    """The nearest whole figure that holds: what is counted is counted in whole units."""
    if op in ("at_most", "less_than"):
        whole = bar.to_integral_value(rounding=ROUND_FLOOR)
        return whole - _WHOLE if op == "less_than" and whole == bar else whole
    whole = bar.to_integral_value(rounding=ROUND_CEILING)
    return whole + _WHOLE if op == "more_than" and whole == bar else whole


def _by_reading(
    meter: str, holds: Holds, window: Window, record: Record, span: Span
) -> Iterator[Option]:
    if holds.op == "on_pace":
        yield from _on_pace(meter, window, record, span)
        return
    figure = _grown(meter, holds, window, record)
    known = record.playbook.meters.get(meter)
    counted = known is not None and known.resets in COUNTED
    if figure is not None:
        yield _reads(meter, {JUST_NOW: figure}, record, span)
    elif holds.op == "crosses":
        newest = record.course(meter).newest
        further = [f for f in holds.figures if newest is None or f > newest]
        if further and window.kind not in ("each", "sustained"):
            yield _reads(meter, {JUST_NOW: further[0]}, record, span)
    elif holds.op not in GREW:
        bar = bar_of(record, meter, holds)
        if isinstance(bar, Found):
            return
        target = _past(bar[1], bar[0])
        if counted and holds.op in COMPARISONS and window.kind in ("last", "each"):
            yield from _used(meter, target, window, record, span)
        elif window.kind in ("now", "period", "last"):
            yield _reads(meter, {JUST_NOW: target}, record, span)
        else:
            yield from _on_days(meter, bar, target, window, record, span)


def _grown(meter: str, holds: Holds, window: Window, record: Record) -> Decimal | None:
    """What a meter has to read so that it grew enough; None for any other form, or where its start is not known."""
    course = record.course(meter)
    if holds.op not in GREW or window.kind not in ("last", "period"):
        return None
    since = start_of(window, record.now) if window.kind == "last" else course.began
    before = course.standing(since)
    if before is None or (holds.op == "grew_percent" and not before):
        return None
    rise = plain_figure(holds) * (before if holds.op == "grew_percent" else _WHOLE)
    return _past(before + rise, "at_least")


def _used(
    meter: str, target: Decimal, window: Window, record: Record, span: Span
) -> Iterator[Option]:
    """So much is used in the window of a meter that begins again."""
    course = record.course(meter)
    used = used_within(course, lately(window, record.now)) if window.kind == "last" else None
    if used is not None and course.newest is not None:
        yield _reads(meter, {JUST_NOW: course.newest + target - used}, record, span)


def _on_pace(meter: str, window: Window, record: Record, span: Span) -> Iterator[Option]:
    """The least reading that comes to the limit by the end of the period; the limit itself where it is too early."""
    limit = limit_of(record, meter)
    if isinstance(limit, Found) or window.kind not in ("now", "period", "last"):
        return
    pace = pace_of(record, meter, limit, record.now)
    if pace is None:
        return
    enough = limit if pace.is_early else limit * pace.gone / pace.whole
    yield _reads(meter, {JUST_NOW: _past(enough, "at_least")}, record, span)


def _on_days(
    meter: str, bar: tuple[str, Decimal], target: Decimal, window: Window, record: Record, span: Span
) -> Iterator[Option]:  # fmt: skip
    """So much is read at the end of enough days or weeks, the newest first."""
    course, compare = record.course(meter), COMPARISONS[bar[0]]
    needed = window.at_least if window.kind == "sustained" else window.n
    values: dict[timedelta, Decimal] = {}
    held = 0
    for n, part in enumerate(record.spans(window)):
        last = course.last_of(part)
        if last is not None and last[1] is not None and compare(last[1], bar[1]):
            held += 1
        elif held + len(values) < needed and part.start >= course.began:
            ago = JUST_NOW if n == 0 else record.now - part.end + _TICK
            values[ago] = target
    values = dict(list(values.items())[: max(needed - held, 0)])
    if values:
        n_days = len(values)
        unit = window.unit if n_days == 1 else f"{window.unit}s"
        when = f" on {n_days}{' more' if held else ''} of {said(window)}"
        yield _reads(meter, values, record, span, when if unit else "")


def _by_events(
    count: Count, holds: Holds, window: Window, record: Record, span: Span
) -> Iterator[Option]:
    name, properties = _event(count, record)
    if name is None:
        return
    times = happenings(count, record.playbook)(record)
    words = _words(count, record)
    if window.kind in ("each", "sustained"):
        least = _fewest(holds, 0, 0)
        if least is None:
            return
        needed = window.at_least if window.kind == "sustained" else window.n
        parts = record.spans(window)[:needed]
        each = "each" if window.kind == "each" else f"{needed}"
        said_so = f"{words} {_times(least)} in {each} of {said(window)}"
        often = [(record.now - part.start, least) for part in parts]
        yield changes.happens(name, properties, often, said_so, span)
        return
    span_of = in_one(window, record)
    n = sum(span_of.start <= at < span_of.end for at in times)
    before = 0
    if holds.op in GREW:
        if window.kind != "last":
            return
        earlier = start_of(window, span_of.start)
        before = sum(earlier <= at < span_of.start for at in times)
    least = _fewest(holds, before, n)
    if least is None or least <= n:
        return
    over = "" if window.kind == "now" else f" in {said(window)}"
    said_so = f"{words} {_times(least)}{over} where it was {_times(n)}"
    yield changes.happens(name, properties, [(JUST_NOW, least - n)], said_so, span)


def _times(n: int) -> str:
    return {0: "never", 1: "once"}.get(n, f"{n} times")


def _fewest(holds: Holds, before: int, now: int) -> int | None:
    """How often it has to happen; None for a form that more of it does not bring to hold."""
    figure = plain_figure(holds)
    match holds.op:
        case "at_least" | "more_than":
            return int(_past(figure, holds.op))
        case "crosses":
            return next((int(_past(f, "at_least")) for f in holds.figures if f > now), None)
        case "grew":
            return int(_past(before + figure, "at_least"))
        case "grew_percent":
            return int(_past(before * (1 + figure), "at_least")) if before else None
        case _:
            return None


def _words(count: Count, record: Record) -> str:
    """What happens, in the present: `Salesforce export is tried`."""
    named = counts_words(count, record).partition(": ")[2]
    match count.what:
        case "views":
            return f"the page `{named}` is viewed"
        case "attempts":
            return f"{named} is tried"
        case "attempts_in":
            return f"a feature of {named.removeprefix('anything in ')} is tried"
        case _:
            return f"`{named}` happens"


def _event(count: Count, record: Record) -> tuple[str | None, dict[str, str]]:
    """The event that is counted, and the properties that it must have."""
    if count.what == "events":
        return count.name, dict(count.where)
    if count.what == "views":
        return "view", {"page": count.name}
    if count.what == "attempts":
        return "attempt", {"feature": count.name}
    bundle = record.playbook.bundles.get(count.name)
    features = bundle.unlocks if bundle else ()
    return ("attempt", {"feature": features[0]}) if features else (None, {})


def _by_fact(
    count: Count, holds: Holds, case: Case, record: Record, span: Span
) -> Iterator[Option]:
    key = slug(count.name)
    known = record.known(key)
    was = "not known" if known is None else known if isinstance(known, str) else plain_number(known)
    value = _fact_value(count, holds, known, record)
    if value is not None:
        yield changes.trait_is(case, count.name, value, was, span)


def _fact_value(
    count: Count, holds: Holds, known: str | Decimal | None, record: Record
) -> Value | None:
    """The word, figure or date that holds; None for a form that one value of now does not bring to hold."""
    figure = plain_figure(holds)
    if holds.op == "is":
        return holds.word
    trait = record.playbook.traits.get(slug(count.name))
    is_date = trait is not None and trait.type.lower() == "date"
    if is_date or (known is not None and date_of(known, record) is not None):
        if holds.op not in COMPARISONS:
            return None
        days = int(_past(figure * (days_in(holds) or 1), holds.op))
        return (record.now.astimezone(record.zone).date() + timedelta(days=days)).isoformat()
    if holds.op in COMPARISONS:
        return _past(figure, holds.op) if figure == figure.to_integral_value() else figure
    if holds.op == "crosses":
        number = None if known is None else rules.number_of(known)
        return next((f for f in holds.figures if number is None or f > number), None)
    return None
