"""What a single cell of a comparison says: yes, no, as much as you like, or a price that stands in the wrong row."""

from __future__ import annotations

import re

_YES = "✓ ✔ ✔️ ☑ ☑️ ✅ ● • yes y true included include full wahr ja"
_NO = "- \u2013 \u2014 ✗ ✘ ❌ ✖ ✖️ ☐ ○ no n none false n/a na 0 falsch nein"
YES = frozenset(_YES.split())
NO = frozenset(_NO.split()) | {"", "not included", "not available"}
_CROSS = ("x", "\u00d7")
_UNLIMITED = ("unlimited", "∞", "no limit", "without limit", "as many as you like", "infinite")
_PRICE = re.compile(r"[$€£]\s?\d|\d\s?[$€£]|\b[A-Z]{3}\s\d|\d\s?(?:USD|EUR|GBP|CHF)\b")


def is_crossed(cell: str) -> bool:
    """An `x`, which is a mark for yes in some tables and for no in others."""
    return cell.lower() in _CROSS


def is_unlimited(cell: str) -> bool:
    """Whether a cell says that there is no limit."""
    return cell.lower().strip(" .") in _UNLIMITED


def says_price(cell: str) -> bool:
    """Whether an amount of money stands in a cell."""
    return bool(_PRICE.search(cell))


def is_said(cell: str) -> bool:
    """Whether a cell is what stands in a comparison: a mark, an amount, nothing, a price or a very short text."""
    low = cell.lower().strip(" .")
    known = low in YES or low in NO or is_crossed(low) or is_unlimited(low) or says_price(cell)
    return known or bool(re.match(r"[\d.,]+", cell)) or low in ("contact us", "custom", "free")
