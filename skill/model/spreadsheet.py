"""Tables as CSV for spreadsheets: no cell of ours is ever computed by the program that opens it.

Source: RFC 4180 (CSV); OWASP "CSV Injection" (what a cell must not begin with).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | int | float | Decimal | bool | None

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
"""What some spreadsheet takes for the beginning of a formula, also behind blanks and in its wide form."""
_NUMBER = re.compile(r"[+-]?\d[\d.,]*%?")


def written(rows: Iterable[Sequence[Cell]]) -> str:
    """These rows as CSV; a text that would begin a formula has an apostrophe before it, which spreadsheets do not show."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe(cell: Cell) -> str:
    """One cell as text. A number stays one, below zero too."""
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else str(cell)
    # A NUL ends the cell for some readers, and begins another for others.
    text = text.replace("\0", "")
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
