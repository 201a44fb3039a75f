"""The forms that a packet is written in, by name and by media type, and which one a reader's program asks for."""

from __future__ import annotations

from collections.abc import Callable

from skill.agent.packet_html import as_html
from skill.agent.packet_text import as_markdown, as_text
from skill.model.packet import Packet

FORMS: dict[str, Callable[[Packet], str]] = {"md": as_markdown, "html": as_html, "txt": as_text}
MEDIA = {"html": "text/html", "md": "text/markdown", "txt": "text/plain"}
"""The media type of each form; the first is what whoever takes anything is given."""


def form_for(accept: str) -> str | None:
    """The form that an `Accept` header prefers; None where it takes none of ours.

    Source: RFC 9110, section 12.5.1: the most specific range that fits a type says how much it is wanted.
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    best: tuple[float, str] | None = None
    for form, media in MEDIA.items():
        fitting = [(_width(said, media), q) for said, q in ranges if _width(said, media)]
        wanted = max(fitting)[1] if fitting else 0.0
        if wanted > 0 and (best is None or wanted > best[0]):
            best = (wanted, form)
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
