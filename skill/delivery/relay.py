"""The relay: takes what is due out of the outbox, in a transaction of the outbox, and starts its play."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from skill.delivery.plays import Outbox

AT_ONCE = 200
"""Effects taken up in one go."""
FORGOTTEN = timedelta(minutes=2)
"""What was begun longer ago than this has a play that is known, or never got one."""


def relay(outbox: Outbox, start: Callable[[str, str], None], now: datetime) -> int:
    """Take up everything that is due, and start the play of each; says how many.

    An effect is taken up first and its play started behind it. Whoever dies between the two leaves an effect that was
    begun and has no play: `remind` finds it. Starting a play twice is one, by its id.
    """
    n = 0
    while found := outbox.due(now, AT_ONCE):
        taken = 0
        for tenant, effect in found:
            if outbox.take_up(tenant, effect, now):
                start(tenant, effect)
                taken += 1
        n += taken
        if not taken:  # somebody else is at it
            break
    return n


def remind(
    outbox: Outbox,
    start: Callable[[str, str], None],
    now: datetime,
    forgotten: timedelta = FORGOTTEN,
) -> int:
    """Start the play of everything that was begun a while ago and has not ended, where it has none; says how many were looked at."""
    found = outbox.begun(now - forgotten, AT_ONCE)
    for tenant, effect in found:
        start(tenant, effect)
    return len(found)
