"""Thresholds compiled: each row of usage-thresholds once to a closure, that says of any account whether it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from skill.model.decision import Signal
from skill.model.playbook import Moment, Playbook
from skill.model.rules import Count, Distance, Holds, Threshold, Truth, Window
from skill.policy import rules
from skill.policy.signals.counts import KINDS, happening
from skill.policy.signals.found import (
    COMPARISONS,
    NOTHING,
    Found,
    Part,
    all_of,
    never,
    plain_figure,
)
from skill.policy.signals.growth import GREW, growth, milestones, rising, used_within
from skill.policy.signals.levels import OF_LIMIT, course_level, meter_level
from skill.policy.signals.paces import pace
from skill.policy.signals.record import Course, Record
from skill.policy.signals.told import told
from skill.policy.signals.windows import said
from skill.policy.tables import of_playbook


class Judged(NamedTuple):
    """One row judged."""

    signal: Signal
    found: tuple[Found, ...]
    """What each of its counts said, and then its audience, where it has one."""

    @property
    def distances(self) -> tuple[Distance, ...]:
        """Of a false row, how far each count that fails is from holding, where a figure says so."""
        if self.signal.truth is not Truth.FALSE:
            return ()
        off = [f.distance for f in self.found if f.truth is Truth.FALSE and f.distance]
        return tuple(Distance(figure=figure, unit=unit) for figure, unit in off)


Judge = Callable[[Record, rules.Standing], Judged]
"""One row, compiled: what it says about an account; the standing is for audiences that name moments."""
_TRUE, _FALSE, _UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
_COUNTED = ("daily", "weekly", "monthly", "yearly")
"""Resets of a meter that counts up and begins again: lately, it is what was used that matters."""


@of_playbook
def compiled(playbook: Playbook) -> tuple[Judge, ...]:
    """Every threshold row of a playbook as a closure, in its order; kept for that very playbook.

    What several rows count alike, each for an offer or an audience of its own, is counted once of an account.
    """
    alike = Counter(_as_text(row, count) for row in playbook.thresholds for count in row.counts)
    parts: dict[str, Part] = {}

    def part(row: Threshold, count: Count) -> Part:
        text = _as_text(row, count)
        if text not in parts:
            made = part_of(count, row.holds, row.window, playbook)
            parts[text] = _once(text, made) if alike[text] > 1 else made
        return parts[text]

    return tuple(_row(row, [part(row, c) for c in row.counts], playbook) for row in playbook.thresholds)  # fmt: skip


def _as_text(row: Threshold, count: Count) -> str:
    """What is counted, when it holds and over which time: to the digit, for a figure is told as it was written."""
    return "".join(one.model_dump_json() for one in (count, row.holds, row.window))


def _once(text: str, part: Part) -> Part:
    def judge(record: Record) -> Found:
        found = record.counted.get(text)
        if found is None:
            found = record.counted[text] = part(record)
        assert isinstance(found, Found)
        return found

    return judge


@of_playbook
def compiled_moments(playbook: Playbook) -> Mapping[str, Part]:
    """The moments of the journey that are measured, by key; one that only its own fact tells is not among them."""
    found = {key: _moment(m, playbook) for key, m in playbook.moments.items()}
    return {key: part for key, part in found.items() if part is not None}


def _moment(moment: Moment, playbook: Playbook) -> Part | None:
    if moment.count is None or moment.holds is None or moment.window is None:
        return None
    return part_of(moment.count, moment.holds, moment.window, playbook)


def _row(row: Threshold, parts: list[Part], playbook: Playbook) -> Judge:
    audience = playbook.audiences[row.audience].rule if row.audience else None
    signal_of = _signals(row)
    if len(parts) == 1 and audience is None:
        (part,) = parts

        def judge_one(record: Record, _: rules.Standing) -> Judged:
            found = part(record)
            return Judged(signal_of((found,)), (found,))

        return judge_one

    def judge(record: Record, standing: rules.Standing) -> Judged:
        found = tuple([part(record) for part in parts])
        if audience is not None:
            value, missing = rules.judge(audience, playbook, record.customer, record.now, standing)
            found = (*found, Found(value, missing=missing))
        return Judged(signal_of(found), found)

    return judge


def _signals(row: Threshold) -> Callable[[tuple[Found, ...]], Signal]:
    """The signal of a row from what its counts say; one that does not hold says the same of most accounts.

    A count was judged from what it names, where it does not say otherwise itself; an audience names nothing.
    """
    same: dict[object, Signal] = {}
    usual: list[Signal] = []
    """The signal of a row that just does not hold."""
    named = [(_evidence(count),) for count in row.counts] + [()]
    first = named[0]

    def signal_of(found: tuple[Found, ...]) -> Signal:
        if len(found) == 1:
            truth, figures, evidence, missing, _ = found[0]
            if truth is _FALSE and not evidence and not missing:
                if not usual:
                    usual.append(_signal(row, truth, first))
                return usual[0]
            if not evidence and truth is not _UNKNOWN:
                evidence = first
        else:
            truth = all_of([one.truth for one in found])
            figures = {k: v for one in found for k, v in one.figures.items()}
            told = [
                own if one.truth is not _UNKNOWN and not one.evidence else one.evidence
                for one, own in zip(found, named, strict=False)
            ]
            evidence = tuple([e for some in told for e in some])
            unknown = [one for one in found if one.truth is _UNKNOWN]
            missing = tuple([m for one in unknown for m in one.missing])
        if truth is _TRUE:
            return _signal(row, truth, evidence, figures=figures)
        key = truth, evidence, missing
        signal = same.get(key)
        if signal is None:
            signal = same[key] = _signal(row, truth, evidence, missing=missing)
        return signal

    return signal_of


def _signal(
    row: Threshold,
    truth: Truth,
    evidence: tuple[str, ...],
    *,
    figures: Mapping[str, str] = NOTHING,
    missing: tuple[str, ...] = (),
) -> Signal:
    """The signal of a row: figures only where it holds, and what was missing wherever a part is unknown."""
    return Signal(
        key=row.key,
        truth=truth,
        means=row.means,
        offer=row.offer,
        figures=dict(figures),
        evidence=evidence,
        missing=tuple(dict.fromkeys(missing)),
        span=row.span,
    )


def _evidence(count: Count) -> str:
    return f"{_SOURCES.get(count.what, 'events')}.{_name(count)}"


_SOURCES = {"meter": "usage", "ratio": "usage", "fact": "fact"}
"""Where each count comes from, as its evidence begins; everything else is an event."""


def _name(count: Count) -> str:
    return f"{count.name} / {count.other}" if count.what == "ratio" else count.name


def _course_of(count: Count) -> Callable[[Record], Course]:
    if count.what == "ratio":
        return lambda record: record.ratio(count.name, count.other)
    return lambda record: record.course(count.name)


def part_of(count: Count, holds: Holds, window: Window, playbook: Playbook) -> Part:
    """One count of a row as a closure, by its form; what cannot be said of such a count is unknown, with the words for it."""
    if count.what in KINDS:
        return happening(count, holds, window, playbook)
    if count.what == "fact":
        return told(count, holds, window, playbook)
    is_meter, name = count.what == "meter", _name(count)
    course_of = _course_of(count)
    missing = f"usage of {name}" if is_meter else name
    meter = playbook.meters.get(name)
    unit = (meter.unit if meter else name) if is_meter else ""
    if holds.op in GREW:
        return growth(course_of, missing, holds, window, unit)
    if holds.op == "crosses" and window.kind not in ("each", "sustained"):
        return milestones(course_of, missing, holds, window, unit)
    if is_meter and holds.op == "on_pace":
        return pace(count, window, unit)
    if holds.op in COMPARISONS:
        if meter is not None and meter.resets in _COUNTED and window.kind in ("last", "each"):
            figure = plain_figure(holds)
            return rising(course_of, missing, holds.op, figure, window, used_within, unit)
        if not is_meter:
            return course_level(course_of, missing, holds, window, unit)
    if is_meter and holds.op in (*COMPARISONS, *OF_LIMIT, "at_least_percent_of_commit"):
        return meter_level(count, holds, window, unit)
    return never(f"{name} over {said(window)}")
