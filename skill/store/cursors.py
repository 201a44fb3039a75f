"""Where the next page of a list begins: the moment and the id of the last line, as text that callers hand back."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from skill.errors import InputError
from skill.store.canonical import canonical


def cursor_of(at: datetime, last: str) -> str:
    """The cursor behind the line with this moment and id."""
    text = canonical([at.astimezone(UTC).isoformat(), last])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """The moment and the id that a cursor stands for.

    Raises:
        InputError: the cursor is none of ours.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, last = json.loads(text)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(last, str) or "\0" in last:
            raise ValueError(cursor)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            "the cursor is none that this list gave out",
            pointer="?cursor",
            help="use `next_cursor` of the page before as it stands, or leave it out",
        ) from error
    return moment, last
