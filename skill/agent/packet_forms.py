"""The forms that a packet is written in, by name and by media type."""

from __future__ import annotations

from collections.abc import Callable

from skill.agent.packet_html import as_html
from skill.agent.packet_text import as_markdown, as_text
from skill.model.packet import Packet

FORMS: dict[str, Callable[[Packet], str]] = {"md": as_markdown, "html": as_html, "txt": as_text}
MEDIA = {"html": "text/html", "md": "text/markdown", "txt": "text/plain"}
"""The media type of each form; the first is what whoever takes anything is given."""
