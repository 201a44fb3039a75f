"""The record of one account at one moment: its readings, events and facts in order, and the limits that apply to it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property
from operator import lt
from typing import NamedTuple

from skill.model.account import Customer, Event, Fact
from skill.model.common import slug
from skill.model.decision import EffectiveLimit
from skill.model.playbook import Meter, Playbook
from skill.model.rules import Window
from skill.policy import gate, rules
from skill.policy.past import NO_READINGS, Past, past_of
from skill.policy.signals import windows
from skill.policy.signals.windows import Span

LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""When the period of a meter began that never resets."""


class Course(NamedTuple):
    """The values of one thing over time, the oldest first; of values at one moment the highest stands last."""

    ats: Sequence[datetime] = ()
    values: Sequence[Decimal | None] = ()
    """None where there was no value: a ratio whose denominator was zero."""
    is_fresh: bool = False
    """Whether the newest is of this period and not older than its maximum age."""
    began: datetime = LONG_AGO
    """When the present period began: what stands before it says nothing about this one."""

    @property
    def newest(self) -> Decimal | None:
        """The present value; None where it is stale, was never told, or is no number."""
        return self.values[-1] if self.is_fresh else None

    def standing(self, at: datetime) -> Decimal | None:
        """The value that stood at a moment: the last one told until then."""
        place = bisect_right(self.ats, at)
        return self.values[place - 1] if place else None

    def within(self, span: Span) -> Sequence[Decimal | None]:
        """What was told in a span of time, in order."""
        return self.values[bisect_left(self.ats, span.start) : bisect_left(self.ats, span.end)]

    def last_of(self, span: Span) -> Last:
        """The last that was told in a span of time, and when."""
        if not self.ats:
            return None
        place = len(self.ats) if self.ats[-1] < span.end else bisect_left(self.ats, span.end)
        if not place or self.ats[place - 1] < span.start:
            return None
        return self.ats[place - 1], self.values[place - 1]


Last = tuple[datetime, Decimal | None] | None
"""The last that was told in a part of a window, and when; None where nothing was."""


class Record:
    """Everything that thresholds ask about one account, put in order once and only as far as it is asked for."""

    def __init__(self, playbook: Playbook, customer: Customer, now: datetime) -> None:
        self.playbook = playbook
        self.customer = customer
        self.now = now.astimezone(UTC)
        self._courses: dict[str, Course] = {}
        self._spans: dict[tuple[str, str, int], tuple[Span, ...]] = {}
        self._limits: dict[str, EffectiveLimit | None] = {}
        self._rolling: dict[tuple[str, int], Span] = {}
        self._lasts: dict[tuple[int, str, str, int], tuple[Course, tuple[Last, ...]]] = {}
        self._starts: dict[str, datetime] = {}
        self._ends: dict[str, datetime | None] = {}
        self.counted: dict[str, object] = {}
        """What thresholds found that several rows count alike, by what they count."""
        self._lately: dict[tuple[str, int], Span] = {}
        self.paced: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {}
        """What is told of the use and the pace of each meter: several rows ask for the same."""

    @cached_property
    def zone(self) -> tzinfo:
        """The account's own time zone, from its trait or fact `time zone`; UTC where none is told."""
        told = self.known("time-zone")
        return windows.zone_of(str(told) if told else None)

    @cached_property
    def past(self) -> Past:
        """What was told of the account, in order, whenever it is asked about."""
        return past_of(self.customer)

    def course(self, meter: str) -> Course:
        """The readings of a meter until now."""
        course = self._courses.get(meter)
        if course is None:
            course = self._courses[meter] = self._course_of(meter)
        return course

    def _course_of(self, meter: str) -> Course:
        heard = "usage" not in self.customer.unavailable
        readings = self.past.readings.get(meter, NO_READINGS) if heard else NO_READINGS
        ats, values = readings
        if ats and ats[-1] > self.now:
            until = bisect_right(ats, self.now)
            ats, values = ats[:until], values[:until]
        known = self.playbook.meters.get(meter)
        began = self._began(known)
        hours = (known.max_age_hours if known else None) or gate.DEFAULT_MAX_AGE_HOURS
        newest = ats[-1] if ats else LONG_AGO
        is_young = self.now - newest <= timedelta(hours=float(hours))
        return Course(ats, values, bool(ats) and newest >= began and is_young, began)

    def _began(self, meter: Meter | None) -> datetime:
        """When the present period of a meter began: the same for all that reset alike."""
        resets = meter.resets if meter else ""
        if resets not in self._starts:
            self._starts[resets] = gate.period_start(meter, self.now)
        return self._starts[resets]

    def ratio(self, above: str, below: str) -> Course:
        """One meter over another, at each moment at which either was read and both stood."""
        name = f"{above} / {below}"
        if name not in self._courses:
            over, under = self.course(above), self.course(below)
            ats = sorted({*over.ats, *under.ats})
            pairs = [(at, over.standing(at), under.standing(at)) for at in ats]
            both = [(at, _share(a, b)) for at, a, b in pairs if a is not None and b is not None]
            self._courses[name] = Course(
                [at for at, _ in both],
                [value for _, value in both],
                over.is_fresh and under.is_fresh,
                max(over.began, under.began),
            )
        return self._courses[name]

    def limit(self, meter: str) -> EffectiveLimit | None:
        """The limit of a meter that applies to this account, without usage; None where nobody can say."""
        if meter not in self._limits:
            unread = "account" in self.customer.unavailable
            self._limits[meter] = (
                None if unread else gate.effective_limit(self.playbook, self._bare, meter, self.now)
            )
        return self._limits[meter]

    def period_end(self, meter: str) -> datetime | None:
        """When the present period of a meter ends; None where it never resets, or nobody says when."""
        if meter not in self._ends:
            known = self.playbook.meters.get(meter)
            self._ends[meter] = gate.period_end(known, self.course(meter).began)
        return self._ends[meter]

    @cached_property
    def _bare(self) -> Customer:
        """The account alone: its limits need no reading."""
        return self.customer.model_copy(update={"usage": ()})

    def commit(self, meter: str) -> Decimal | None:
        """What the contract commits to of a meter: the fact or trait `METER commit`."""
        told = self.known(f"{meter}-commit")
        return None if told is None else rules.number_of(told)

    @cached_property
    def _told(self) -> Mapping[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.customer.facts:
            if fact.as_of <= self.now:
                found.setdefault(slug(fact.name), []).append(fact)
        return found

    def known(self, subject: str) -> str | Decimal | None:
        """What is known under this key now, as rules know it; None where nothing fresh is."""
        told = self._told.get(subject, ())
        return rules.believed(subject, told, self.playbook, self.customer, self.now)

    def fact_course(self, subject: str) -> Course:
        """The numbers told of a fact; a trait, which has no date, stands as one value of now."""
        newest = self.known(subject)
        number = None if newest is None else rules.number_of(newest)
        told = [
            (f.as_of, rules.number_of(value))
            for f in self._told.get(subject, ())
            if (value := rules.plain(f.value)) is not None
        ] or [(self.now, number)]
        numbers = [(at, value) for at, value in told if value is not None]
        course = in_order([at for at, _ in numbers], [value for _, value in numbers], self.now)
        return Course(course.ats, course.values, number is not None)

    @cached_property
    def hears_events(self) -> bool:
        """Whether the product reports events of this account at all: without any, a count of none says nothing."""
        return bool(self.customer.events) and "events" not in self.customer.unavailable

    @cached_property
    def heard_since(self) -> datetime:
        """Since when events of this account are reported: the oldest of any name."""
        return self.past.heard_since

    def events(self, name: str) -> Sequence[Event]:
        """The events of a name, in the order they arrived."""
        return self.past.events.get(name, ())

    @cached_property
    def month_start(self) -> datetime:
        """When this calendar month began."""
        return windows.month_start(self.now)

    def rolling(self, window: Window) -> Span:
        """A rolling window that ends with now, exclusive."""
        key = window.unit, window.n
        span = self._rolling.get(key)
        if span is None:
            span = self._rolling[key] = Span(windows.start_of(window, self.now), self.now)
        return span

    def lately(self, window: Window) -> Span:
        """A rolling window that takes in what was told just now."""
        key = window.unit, window.n
        if key not in self._lately:
            self._lately[key] = windows.lately(window, self.now)
        return self._lately[key]

    def spans(self, window: Window) -> tuple[Span, ...]:
        """The parts of a window, the newest first, where the account is."""
        key = window.kind, window.unit, window.n
        if key not in self._spans:
            self._spans[key] = windows.spans(window, self.now, self.zone)
        return self._spans[key]

    def lasts(self, course: Course, window: Window) -> tuple[Last, ...]:
        """The last that a course was told in each part of a window, the newest part first.

        Of sustained parts only those count that reach into the course's present period; the others are left out.
        """
        key = id(course.ats), window.kind, window.unit, window.n
        kept = self._lasts.get(key)
        if kept is None or kept[0].ats is not course.ats or kept[0].began != course.began:
            parts: Iterable[Span] = self.spans(window)
            if window.kind == "sustained":
                began = course.began
                parts = [Span(max(p.start, began), p.end) for p in parts if p.end > began]
            kept = self._lasts[key] = course, tuple([course.last_of(part) for part in parts])
        return kept[1]


def in_order(ats: list[datetime], values: list[Decimal], now: datetime) -> Course:
    """Values as a course until now, whatever order they arrived in."""
    if not all(map(lt, ats, ats[1:])):
        pairs = sorted(zip(ats, values, strict=True))
        ats, values = [at for at, _ in pairs], [value for _, value in pairs]
    until = bisect_right(ats, now)
    return Course(ats[:until], values[:until]) if until < len(ats) else Course(ats, values)


def _share(above: Decimal, below: Decimal) -> Decimal | None:
    return above / below if below else None
