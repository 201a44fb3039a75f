"""Text from foreign files made plain: it never leaves its cell, and never makes a heading, a slot, a comment, HTML or a link."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from skill.compiler.wording import wording_problem
from skill.model.common import slug

_WORDS = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s]+|(?<=[a-zA-Z])-(?=[a-zA-Z])"
)
_UNSAFE = re.compile(r"[,;:|<>{}\[\]`*#\\]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
"""The beginning of HTML or of a comment; `latency < 5 ms` is none."""
_JOINERS = "\u200c\u200d"
"""Invisible letters that some scripts and emoji need."""
_MAX_NAME = 120
_TOLD_NAME = re.compile(r"\w+(?:[ &.'+/-]{1,3}\w+)*")


def one_line(text: str) -> str:
    """Text without line ends, control characters, NUL, half characters and marks that turn the reading direction."""
    kept = "".join(c if c.isprintable() or c in _JOINERS else " " for c in text)
    return " ".join(kept.split())


def cell(text: str) -> str:
    """Text that stays inside one table cell and holds no slot, tag, comment or link."""
    safe = one_line(text).replace("|", "\\|").replace("{", "(").replace("}", ")")
    return _TAG.sub("\u2039", safe).replace("](", "] (")


def sentence(text: Any) -> str:
    """A description of the file as one line; nothing where there is none."""
    return one_line(text) if isinstance(text, str) else ""


def plain_name(text: str) -> str:
    """A name that can be a heading and stand in a list: signs that the language reads are left out."""
    name = " ".join(_UNSAFE.sub(" ", one_line(text)).split()).strip("\"'-+ ")
    return name[:_MAX_NAME].strip()


def title(original: str, *, keep_key: bool = True) -> str:
    """A name as people read it: `brandedReports` is `Branded reports`; acronyms stay capital.

    With `keep_key` the readable name has the same key as the original, or the original stands.
    """
    plain = _UNSAFE.sub(" ", one_line(original)[:_MAX_NAME])
    words = [w for w in _WORDS.split(plain) if w]
    all_capitals = plain.upper() == plain
    said = [w if not all_capitals and len(w) > 1 and w.upper() == w else w.lower() for w in words]
    name = " ".join(said)
    name = name[:1].upper() + name[1:]
    if not keep_key or slug(name) == slug(original):
        return name
    kept = " ".join(plain.split())
    capital = kept[:1].upper() + kept[1:]
    return capital if slug(capital) == slug(original) else kept


def owner_name(text: str) -> str:
    """Who owns a Topic, as front matter can hold it; somebody to be named where the text names nobody."""
    name = " ".join(re.sub(r"[#\"'|{}<>`\\]", " ", one_line(text)).split())[:_MAX_NAME].strip()
    return name if slug(name) else "somebody to be named"


def told_name(text: str) -> str:
    """A name as a sentence for customers may hold it, or nothing where it could be read as anything else."""
    name = one_line(text)
    fits = len(name) <= 60 and _TOLD_NAME.fullmatch(name) and wording_problem(name) is None
    return name if fits else ""


def number(value: Decimal) -> str:
    """An exact amount: `1,000`, `0.5`."""
    return f"{value:,f}"


def money(value: Decimal) -> str:
    """An exact amount as the language reads it back: `49`, `29.50`, `0.002`, and `1.49` for 1.490.

    A point before three digits that end in zero is refused by the language, because some read it as a thousand.
    """
    if value == value.to_integral_value():
        return f"{int(value):,}"
    bare = f"{value.normalize():,f}"
    whole, _, rest = bare.partition(".")
    return f"{whole}.{rest}0" if len(rest) == 1 else bare


def shown(text: object, most: int = 60) -> str:
    """A value of the file as a message shows it: one line, and short."""
    line = one_line(str(text))
    return line if len(line) <= most else line[: most - 1] + "…"
