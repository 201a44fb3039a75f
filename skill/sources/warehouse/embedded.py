"""What SQLite lacks: exact products, keys, numbers and dates in text, as functions that its engine registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from skill.model.common import slug
from skill.policy.rules import number_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Whole = int | str
"""An integer; as text where it has more than 64 bits."""


def _reaches(a: Whole | None, b: Whole | None, c: Whole | None, d: Whole | None) -> int | None:
    if a is None or b is None or c is None or d is None:
        return None
    return int(int(a) * int(b) >= int(c) * int(d))


def _times(a: Whole | None, b: Whole | None) -> str | None:
    return None if a is None or b is None else str(int(a) * int(b))


def _minus(a: Whole | None, b: Whole | None) -> str | None:
    return None if a is None or b is None else str(int(a) - int(b))


def _key(text: object) -> str | None:
    return None if text is None else slug(str(text))


def _number(text: object) -> int | None:
    number = None if text is None else number_of(str(text))
    return None if number is None or abs(number) >= 4 * 10**12 else round(number * 1_000_000)


def _date(text: str | None) -> date | datetime | None:
    if text is None or text[4:5] != "-":
        return None
    try:
        if len(text) == len("2026-11-21"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _day(text: str | None) -> str | None:
    found = _date(text)
    if found is None or (isinstance(found, datetime) and found.tzinfo is not None):
        return None
    return found.isoformat()[:10]


def _instant(text: str | None) -> str | None:
    found = _date(text)
    if not isinstance(found, datetime) or found.tzinfo is None:
        return None
    return found.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _microseconds(text: str | None) -> int | None:
    if text is None:
        return None
    gone = datetime.fromisoformat(text) - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


FUNCTIONS: Mapping[str, tuple[int, Callable[..., int | str | None]]] = {
    "tactful_reaches": (4, _reaches),
    "tactful_times": (2, _times),
    "tactful_minus": (2, _minus),
    "tactful_key": (1, _key),
    "tactful_number": (1, _number),
    "tactful_day": (1, _day),
    "tactful_instant": (1, _instant),
    "tactful_microseconds": (1, _microseconds),
}
"""By name: how many arguments each has, and what it does. All of them are deterministic."""
