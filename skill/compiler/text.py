"""Text as it stands in a Topic file: what a quote says, where a cell begins, and the digest of the whole."""

from __future__ import annotations

import hashlib
import re

LABEL = re.compile(
    r"\*\* ?(?P<label>[^*\n]{1,120}?) ?:\s?\*\*\s*|\*\* ?(?P<late>[^*\n]{1,120}?) ?\*\* ?:\s*"
)
"""The bold label in front of a quote; the colon may stand behind the bold."""
MARKER = re.compile(r"^(?:[-*+]|\d+[.)])\s+")
"""The sign in front of a list item."""


_LINE_END = re.compile(r"\r\n|\n|\r")


def lines_of(text: str) -> list[str]:
    """The lines of a text as Markdown and editors count them: a form feed or a line separator ends none."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def digest_of(text: str) -> str:
    """The digest by which an answer names the Topic file it quotes."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def quoted_text(lines: list[str]) -> str:
    """What a `>` quote says: its lines without the quote sign, soft breaks as one space, list items kept apart.

    Used when a quote is made and again when an answer is proven, so both read a file the same way.
    """
    said = ""
    for line in lines:
        bare = unquoted(line)
        if not bare:
            said = said.rstrip() + "\n\n" if said else said
        elif MARKER.match(bare) and said and not said.endswith("\n"):
            said += "\n" + bare
        else:
            said += bare if not said or said.endswith("\n") else " " + bare
    return said.strip()


def without_label(said: str) -> str:
    """A quote's text behind its bold label: the template."""
    match = LABEL.match(said)
    return said[match.end() :].strip() if match else said


def unquoted(line: str) -> str:
    """A line without its quote sign."""
    bare = line.strip()
    return bare[1:].strip() if bare.startswith(">") else bare


def cells_of(line: str) -> list[tuple[str, int]]:
    """The cells of a table row: text with escaped pipes undone, and the column (from 1) where it starts."""
    body = line.strip()
    begin = line.find("|") + 1 if body.startswith("|") else len(line) - len(line.lstrip())
    stop = line.rstrip()
    if stop.endswith("|") and not stop.endswith("\\|") and len(stop) > begin:
        stop = stop[:-1]
    cells: list[tuple[str, int]] = []
    at = begin
    for i in range(begin, len(stop) + 1):
        is_end = i == len(stop)
        if is_end or (stop[i] == "|" and stop[i - 1] != "\\"):
            raw = stop[at:i]
            text = raw.strip()
            lead = len(raw) - len(raw.lstrip()) if text else min(1, len(raw))
            cells.append((text.replace("\\|", "|"), at + lead + 1))
            at = i + 1
    return cells
