"""Caps, quiet hours and letters counted again: from showings and deliveries alone, by the rows as the Topic has them written.

Nothing of the policy is used: the rows are read with a pattern, and the windows are counted here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

ASKED = "answer"
"""The channel of what was asked for: `unless the customer asked` stands in each of the rows that are counted here."""
_ROWS = {
    "any": r"\| Any offer was shown \| (\d+) days \| the customer asked \|",
    "this": r"\| This offer was shown \| (\d+) days \| the customer asked \|",
    "cap": r"\| (\d+) offers in (\d+) days \| (\d+) days \| the customer asked \|",
    "quiet": r"\| Quiet hours \| (\d\d:\d\d) to (\d\d:\d\d), and weekends, in the person's own time zone \|",
}
_SATURDAY = 5


class Rows(NamedTuple):
    """What the restraint Topic says."""

    any_offer: timedelta
    this_offer: timedelta
    n: int
    window: timedelta
    pause: timedelta
    quiet_from: time
    quiet_to: time


class Showing(NamedTuple):
    """What one person was shown."""

    account: str
    person: str
    offer: str
    channel: str
    at: datetime
    """When it was decided."""
    seen_at: datetime | None
    """When it was displayed."""
    effect: str
    follows: str = ""
    """The effect that it follows up, of one piece with it."""


class Delivery(NamedTuple):
    """What reached a screen or a mailbox."""

    at: datetime
    channel: str
    effect: str
    account: str
    person: str
    zone: str
    follows: str = ""
    """The effect that it follows up."""


def rows_of(topic: str) -> Rows:
    """The rows of the restraint Topic that bound how often and when; each of them has to be there."""
    found = {name: re.search(pattern, topic) for name, pattern in _ROWS.items()}
    missing = [name for name, match in found.items() if match is None]
    assert not missing, f"the restraint Topic says these rows otherwise by now: {missing}"
    said = {name: match.groups() for name, match in found.items() if match is not None}
    n, window, pause = map(int, said["cap"])
    return Rows(
        any_offer=timedelta(days=int(said["any"][0])),
        this_offer=timedelta(days=int(said["this"][0])),
        n=n,
        window=timedelta(days=window),
        pause=timedelta(days=pause),
        quiet_from=time.fromisoformat(said["quiet"][0]),
        quiet_to=time.fromisoformat(said["quiet"][1]),
    )


def cap_breaches(showings: Sequence[Showing], rows: Rows) -> list[str]:
    """Everything shown to somebody who had not asked although a row kept it back, by what they had been shown until then."""
    persons: dict[tuple[str, str], list[Showing]] = {}
    for one in sorted(showings, key=lambda one: one.at):
        persons.setdefault((one.account, one.person), []).append(one)
    return [found for own in persons.values() for found in _breaches(own, rows)]


def _breaches(own: Sequence[Showing], rows: Rows) -> Iterator[str]:
    for place, one in enumerate(own):
        if one.channel == ASKED:
            continue
        before = [b for b in own[:place] if b.effect != one.effect]
        # What it follows starts no pause for it, and counts all the same.
        others = [b for b in before if b.effect != one.follows]
        who = f"{one.account}/{one.person} {one.offer} by {one.channel} at {one.at:%d %b %H:%M}"
        if any(one.at - _shown(b, one.at) < rows.any_offer for b in others):
            yield f"{who}: something was shown less than {rows.any_offer.days} days before"
        same = [b for b in others if b.offer == one.offer]
        if any(one.at - _shown(b, one.at) < rows.this_offer for b in same):
            yield f"{who}: the same was shown less than {rows.this_offer.days} days before"
        recent = [b for b in before if one.at - _shown(b, one.at) < rows.window]
        if len(recent) >= rows.n:
            yield f"{who}: {len(recent)} were shown within {rows.window.days} days"


def _shown(before: Showing, at: datetime) -> datetime:
    """When it was displayed, as far as that was known then; else when it was decided."""
    return before.seen_at if before.seen_at is not None and before.seen_at <= at else before.at


def quiet_breaches(deliveries: Sequence[Delivery], rows: Rows) -> list[str]:
    """Everything that reached somebody while their own clock was in the quiet hours."""
    return [
        f"{one.account}/{one.person} by {one.channel} at {one.at:%d %b %H:%M} UTC"
        for one in deliveries
        if _is_quiet(one.at.astimezone(ZoneInfo(one.zone or "UTC")), rows)
    ]


def _is_quiet(local: datetime, rows: Rows) -> bool:
    late = local.time() >= rows.quiet_from or local.time() < rows.quiet_to
    return late or local.weekday() >= _SATURDAY


def second_letters(deliveries: Sequence[Delivery]) -> list[str]:
    """Everything that was followed up more than once, or delivered twice under one id, or a letter that follows a letter."""
    letters = [one for one in deliveries if one.channel == "email"]
    by_id: Mapping[str, int] = Counter(one.effect for one in deliveries)
    by_first: Mapping[str, int] = Counter(one.follows or one.effect for one in letters)
    ids = {one.effect for one in letters}
    return [
        *(f"effect {id_}: {n} deliveries" for id_, n in by_id.items() if n > 1),
        *(f"effect {id_}: {n} letters" for id_, n in by_first.items() if n > 1),
        *(f"effect {one.effect}: follows a letter" for one in letters if one.follows in ids),
    ]
