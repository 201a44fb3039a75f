"""The value receipt: what an account's use brought it lately, each figure with its source, window and how it was counted."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from skill.model.common import Frozen
from skill.model.readiness import Figure


class Saved(Frozen):
    """Time saved: so many, times what the Topic says that each one saves. An estimate, told as `about`."""

    seconds: Figure
    """The exact product."""
    text: str
    """As it is told: whole hours, minutes or seconds."""
    each: str
    """What each one saves, as the Topic says it: `17 minutes`."""


class ValueLine(Frozen):
    """One figure of value, of one feature."""

    feature: str
    """Key of the feature."""
    name: str
    counts: str
    """What is counted, as the Topic says it: `events: run_succeeded`."""
    source: Literal["events", "facts"]
    count: Figure
    """Exact; never nothing: what was not reported has no line."""
    window: str = ""
    """The time over which events were counted: `the last 30 days`; empty for a fact, which stands as it was told."""
    since: datetime | None = None
    """When the window begins, inclusive; later than asked for where events are reported only since then."""
    until: datetime
    """The moment of telling, exclusive."""
    as_of: datetime
    """When the last event of it happened, or the fact was so."""
    saved: Saved | None = None
    """Nothing where no Topic says what each one saves."""
    topic: str
    """File of the Topic whose row says what is counted."""
    line: int


class Receipt(Frozen):
    """What was brought in the window, a line for each feature that counts as value and was reported."""

    at: datetime
    days: int
    lines: tuple[ValueLine, ...] = ()
    missing: tuple[str, ...] = ()
    """What a Topic counts as value and nobody reported: unknown, and never told as none."""
