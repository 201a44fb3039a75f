"""What a `Prefer` row says: before which other bundles a writer would rather see this one, if it names any."""

from __future__ import annotations

import re
from functools import lru_cache

_BEFORE = re.compile(r"\s*before\s+(?P<names>.+)", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=1024)
def preferred_before(text: str) -> tuple[str, ...]:
    """The names behind `before`, as written: `before Connect Pack, Analytics Pack`; none where it is words for the team."""
    found = _BEFORE.fullmatch(text)
    if found is None:
        return ()
    names = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", found["names"].strip())
    return tuple(name for name in names if name)
