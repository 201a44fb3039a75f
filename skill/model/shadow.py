"""Shadow mode: what a decision would have shown, kept beside it for a report and nobody else."""

from __future__ import annotations

from skill.model.common import Frozen
from skill.model.delivery import Channel


class Would(Frozen):
    """One thing that would have reached somebody, were it not for shadow mode."""

    channel: Channel
    """By which way: `answer` is an offer inside the answer to a question."""
    offer: str = ""
    """Key of the bundle; empty where a task names none."""
    person: str = ""
    """Whom it would have reached; empty for the account's owner."""
    signal: str = ""
    """Key of the signal that would have caused it; empty where somebody asked."""
