"""The shape shared by all frozen types, the key of a thing with a name, and the look of a number."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, and refusing any field it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=16_384)
def slug(name: str) -> str:
    """The key of a thing with this name: `auditLogAPI` and `Audit log API` are both `audit-log-api`.

    Lower case, split before a capital that follows a lower-case letter or a digit, every run of other
    characters one hyphen. A name without any Latin letter or digit keeps its own letters.

    Source: topics-format "Keys, versions, languages".
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    key = _OTHER.sub("-", _CAMEL.sub("-", plain).lower()).strip("-")
    return key or "-".join(re.findall(r"\w+", name.casefold()))


def plain_number(value: Decimal) -> str:
    """An exact number as people read it: `50,000`, `0.5`."""
    if value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value.normalize():,f}"
