"""Links of a witness that say the same of many accounts: made once, for what is immutable may be shared."""

from __future__ import annotations

from functools import lru_cache

from skill.model.decision import Check
from skill.model.rules import Truth


@lru_cache(maxsize=4_096)
def link(name: str, holds: Truth, because: str) -> Check:
    """A link in these words. Only for words that name nobody: what is kept here outlives the question."""
    return Check(name=name, holds=holds, because=because)
