"""Told facts: what a word is, how many days there are until a date, and numbers that were reported with a day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from skill.model.common import plain_number, slug
from skill.model.playbook import Playbook
from skill.model.rules import Count, Holds, Truth, Window, days_in, is_of_time
from skill.policy.signals.found import (
    COMPARISONS,
    Found,
    Part,
    lacking,
    never,
    plain_figure,
    truth_of,
)
from skill.policy.signals.found import unknown as not_known
from skill.policy.signals.growth import GREW, growth, milestones
from skill.policy.signals.levels import course_level
from skill.policy.signals.record import Record
from skill.policy.signals.windows import said

DATE = "date."
"""How the evidence of a fact of time begins: a row with no other evidence may only narrow."""


def told(count: Count, holds: Holds, window: Window, playbook: Playbook) -> Part:
    """A fact against its word, figure or date over its window."""
    name, key = count.name, slug(count.name)
    dates = {key for key, trait in playbook.traits.items() if trait.type.lower() == "date"}
    of_time = is_of_time(count, holds, dates)
    evidence = (f"{DATE}{name}",) if of_time else ()
    missing = f"fact {name}"
    unit = "%" if holds.op == "grew_percent" else holds.word
    numbers: Part
    if holds.op in COMPARISONS:
        numbers = course_level(lambda r: r.fact_course(key), missing, holds, window, unit)
    elif holds.op in GREW:
        numbers = growth(lambda r: r.fact_course(key), missing, holds, window, unit)
    elif holds.op == "crosses" and window.kind not in ("each", "sustained"):
        numbers = milestones(lambda r: r.fact_course(key), missing, holds, window, unit)
    else:
        numbers = never(f"{name} over {said(window)}")

    def judge(record: Record) -> Found:
        value = record.known(key)
        if value is None:
            return not_known(missing, evidence=evidence)
        if holds.op == "is":
            holds_so = slug(str(value)) == slug(holds.word)
            return Found(truth_of(holds_so), evidence=evidence)
        day = date_of(value, record)
        if day is not None:
            return _until(name, day, holds, record)
        found = numbers(record)
        return found._replace(evidence=evidence) if of_time else found

    return judge


def date_of(value: str | Decimal, record: Record) -> date | None:
    """The day that a fact names, where the account is; None where it is no date."""
    if not isinstance(value, str) or value[4:5] != "-":
        return None
    try:
        if len(value) == len("2026-11-21"):
            return date.fromisoformat(value)
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at.astimezone(record.zone).date() if at.tzinfo else at.date()


def _until(name: str, day: date, holds: Holds, record: Record) -> Found:
    """The whole days until a date against a figure; a day that has passed lies ahead no more."""
    evidence = (f"{DATE}{name}",)
    compare = COMPARISONS.get(holds.op)
    if compare is None:
        return not_known(f"number of {name}", evidence=evidence)
    left = Decimal((day - record.now.astimezone(record.zone).date()).days)
    bar = plain_figure(holds) * (days_in(holds) or 1)
    if left < 0:
        return Found(Truth.FALSE, evidence=evidence)
    if not compare(left, bar):
        return Found(Truth.FALSE, evidence=evidence, distance=lacking(left, bar, "days"))
    return Found(Truth.TRUE, {"value": plain_number(left)}, evidence)
