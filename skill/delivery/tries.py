"""When something that was not taken is tried again. Source: Standard Webhooks, "Deliverability and reliability"."""

from __future__ import annotations

from datetime import datetime, timedelta

RETRY_AFTER = tuple(
    timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after a try the next one comes: ten tries over three days."""


def next_try(tries: int, last: datetime, *, asked_for: timedelta | None = None) -> datetime | None:
    """When it is tried again after so many tries; None where it is given up.

    Args:
        tries: how often it was tried, 1 or more.
        last: when that was.
        asked_for: how long the receiver asks to be left alone; at most a day is believed.
    """
    if tries > len(RETRY_AFTER):
        return None
    wait = RETRY_AFTER[max(tries, 1) - 1]
    if asked_for is not None:
        wait = min(max(wait, asked_for), RETRY_AFTER[-1])
    return last + wait
