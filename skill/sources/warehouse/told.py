"""Told facts: what a word is, how many days there are until a date, and numbers that were reported with a day.

Mirrors `skill.policy.signals.told`.
"""

from __future__ import annotations

import math

from skill.model.common import slug
from skill.model.rules import Count, Holds, Window, days_in
from skill.policy.signals.found import COMPARISONS, plain_figure
from skill.policy.signals.growth import GREW
from skill.sources.warehouse.asked import Asked, quoted
from skill.sources.warehouse.courses import fact
from skill.sources.warehouse.growth import growth, milestones
from skill.sources.warehouse.levels import course_level
from skill.sources.warehouse.numbers import NOTHING


def told(asked: Asked, count: Count, holds: Holds, window: Window) -> str:
    """A fact against its word, figure or date over its window."""
    key = slug(count.name)
    if holds.op == "is":
        return f"{asked.known(key, 'key')} = {quoted(slug(holds.word))}"
    day, instant = asked.known(key, "day"), asked.known(key, "instant")
    return (
        f"CASE WHEN {day} IS NOT NULL THEN {_until(asked, day, holds, is_date=True)} "
        f"WHEN {instant} IS NOT NULL THEN {_until(asked, instant, holds, is_date=False)} "
        f"ELSE {_numbers(asked, key, holds, window)} END"
    )


def _numbers(asked: Asked, key: str, holds: Holds, window: Window) -> str:
    course = fact(asked, key)
    if holds.op in COMPARISONS:
        return course_level(asked, course, holds.op, plain_figure(holds), window)
    if holds.op in GREW:
        return growth(asked, course, holds, window)
    if holds.op == "crosses" and window.kind not in ("each", "sustained"):
        return milestones(asked, course, holds, window)
    return NOTHING


def _until(asked: Asked, at: str, holds: Holds, *, is_date: bool) -> str:
    """The whole days until a date against a figure, as the days between which it lies; a passed one lies ahead no more."""
    if holds.op not in COMPARISONS:
        return NOTHING
    bar = plain_figure(holds) * (days_in(holds) or 1)
    first = {
        "at_least": math.ceil(bar),
        "more_than": math.floor(bar) + 1,
        "at_most": math.floor(bar) + 1,
        "less_than": math.ceil(bar),
    }[holds.op]
    today, other = (asked.day(-n, is_date=is_date) for n in (0, first))
    sign = ">=" if holds.op in ("at_least", "more_than") else "<"
    return f"{at} >= {today} AND {at} {sign} {other}"
