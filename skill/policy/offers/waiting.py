"""Waiting as a free way: the limit is used up, and begins again in a few days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from skill.model.decision import Access, Meaning, Verdict
from skill.model.free_way import Wait
from skill.model.playbook import Playbook
from skill.policy import gate

SOON = timedelta(days=3)
"""Nobody who needs it this week is told to wait longer."""


def wait(playbook: Playbook, found: Access, meaning: Meaning, now: datetime) -> Wait | None:
    """The day to wait for; nothing where the limit is not used up, never begins again, or would be too small then too."""
    limit = found.limit
    if found.verdict is not Verdict.LIMITED or limit is None or limit.value is None:
        return None
    used_up = limit.used is not None and limit.used >= limit.value > 0
    too_much = meaning.wants == "more" or (found.need is not None and found.need > limit.value)
    if not used_up or too_much:
        return None
    meter = playbook.meters.get(limit.meter)
    end = gate.period_end(meter, gate.period_start(meter, now))
    if end is None or end - now > SOON:
        return None
    days = (end.date() - now.astimezone(UTC).date()).days
    return Wait(meter=limit.meter, day=end.date(), n_days=days)
