"""The page of each finding: what it is, why it matters, and a wrong and a right example; one Markdown file a code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from skill.compiler.diagnostics import CODES
from skill.compiler.labels import nearest
from skill.model.common import slug

FOLDER = Path(__file__).with_name("pages")
"""Where the pages stand, as `T302.md`."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


@cache
def rule_page(code: str) -> str:
    """The page of a code, as Markdown.

    Raises:
        KeyError: there is no such code.
    """
    if code not in CODES:
        raise KeyError(code)
    return (FOLDER / f"{code}.md").read_text(encoding="utf-8")


def in_short(code: str) -> str:
    """What a finding is, in one sentence: the first of its page."""
    _, _, rest = rule_page(code).partition("\nSeverity: ")
    paragraph = rest.split("\n\n")[1]
    return _SENTENCE_END.split(paragraph, maxsplit=1)[0].strip()


def code_of(written: str) -> str | None:
    """The code that is meant by `T302`, `t302`, `price-in-wording` or `Price in wording`; None where none is."""
    return _by_word().get(slug(written))


def nearest_code(written: str) -> str | None:
    """The code that was most likely meant, or None."""
    words = _by_word()
    near = nearest(slug(written), words)
    return words[near] if near else None


@cache
def _by_word() -> dict[str, str]:
    """Every code by its key and by the key of its name."""
    codes = {slug(code): code for code in CODES}
    return codes | {name: code for code, (name, _) in CODES.items()}
