"""Which of several media types a caller wants, by their `Accept` header.

Source: RFC 9110, section 12.5.1: the most specific range that fits a type says how much it is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping


def preferred(accept: str, offered: Mapping[str, str]) -> str | None:
    """The name of the media type that is wanted most; the first of those wanted alike, None where none is."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    best: tuple[float, str] | None = None
    for name, media in offered.items():
        fitting = [(_width(said, media), q) for said, q in ranges if _width(said, media)]
        wanted = max(fitting)[1] if fitting else 0.0
        if wanted > 0 and (best is None or wanted > best[0]):
            best = (wanted, name)
    return best[1] if best else None


def _range(part: str) -> tuple[str, float]:
    said, *parameters = (p.strip().lower() for p in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return said, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return said, 0.0
    return said, 1.0


def _width(said: str, media: str) -> int:
    """How closely a range names a type: 3 the type itself, 2 its family, 1 anything, 0 not at all."""
    if said == media:
        return 3
    if said == f"{media.partition('/')[0]}/*":
        return 2
    return 1 if said == "*/*" else 0
