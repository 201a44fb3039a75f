"""Pace: where a meter will stand when its period ends, if it goes on as it did since the period began.

Mirrors `skill.policy.signals.paces`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from skill.model.rules import Window
from skill.policy import gate
from skill.policy.signals.paces import AT_LEAST_GONE
from skill.sources.warehouse.asked import Asked
from skill.sources.warehouse.courses import Meter
from skill.sources.warehouse.edges import EPOCH, Span
from skill.sources.warehouse.levels import in_parts
from skill.sources.warehouse.limits import limit_of
from skill.sources.warehouse.numbers import big, reaches

_TICK = timedelta(microseconds=1)


def pace(asked: Asked, meter: Meter, window: Window) -> str:
    """`on pace to pass the limit`; what is unlimited is never passed, and what never resets has no pace."""
    bar = limit_of(asked, meter.name)
    known = asked.playbook.meters.get(meter.name)
    start = gate.period_start(known, asked.now)
    end = gate.period_end(known, start)
    if end is None:
        return f"CASE WHEN {bar} = 0 THEN FALSE END"

    def passes(span: Span) -> str:
        used = meter.last_of(span).above
        on_the_way = _on_the_way(used, meter.time_of(span), bar, start, (end - start) // _TICK)
        return f"{used} >= {bar} OR {on_the_way}"

    if window.kind in ("each", "sustained"):
        told = in_parts(asked, meter, window, passes)
    else:
        told = passes(Span(meter.fresh_from))
    return f"CASE WHEN {bar} = 0 THEN FALSE WHEN {bar} IS NOT NULL THEN {told} END"


def _on_the_way(used: str, at: str, bar: str, start: datetime, whole: int) -> str:
    """Whether enough of the period has passed, and so much was used that all of it would reach the limit."""
    gone = f"({at} - {(start - EPOCH) // _TICK})"
    earliest = -int(-AT_LEAST_GONE * whole // 1)
    return f"({gone} >= {earliest} AND {reaches(used, big(whole), bar, gone)})"
