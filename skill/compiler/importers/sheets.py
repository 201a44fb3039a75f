"""A CSV or TSV file as rows of cells: any delimiter, UTF-8 with or without its mark, and Excel's UTF-16."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from skill.compiler.importers.files import read_bounded
from skill.errors import InputError

MAX_BYTES = 2_000_000
MAX_ROWS = 5_000
DELIMITERS = ",;\t|"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}


@dataclass(frozen=True)
class Row:
    """The cells of one row, and its number as the spreadsheet shows it (from 1)."""

    number: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """The text of a column (from 0); empty where the row is shorter."""
        return self.cells[column].strip() if column < len(self.cells) else ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in any cell."""
        return not any(c.strip() for c in self.cells)


@dataclass(frozen=True)
class Sheet:
    """A file of rows."""

    name: str
    rows: tuple[Row, ...]
    separated_by: str
    """`commas`, `semicolons`, `tabs` or `pipes`."""


def read_sheet(path: Path) -> Sheet:
    """The rows of a file.

    Raises:
        InputError: not a file, too large, not text, or no table; says which and where.
    """
    raw = read_bounded(path, MAX_BYTES)
    return sheet_of(path.name, _text(raw, path))


def _text(raw: bytes, path: Path) -> str:
    encoding = "utf-8-sig"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif raw[1:2] == b"\0" or raw[:1] == b"\0":
        encoding = "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise InputError(
            f"{path}:{line} is not {'UTF-8' if encoding == 'utf-8-sig' else 'UTF-16'} text",
            pointer=f"{path}:{line}",
            help="save it as CSV UTF-8 in the spreadsheet program",
        ) from wrong


def sheet_of(name: str, text: str) -> Sheet:
    """The rows of a text. Raises InputError where a quote is never closed or there are too many rows."""
    text, delimiter = _delimiter(text)
    rows: list[Row] = []
    first = 1 if delimiter.startswith("sep=") else 0
    delimiter = delimiter.removeprefix("sep=")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, 1 + first):
            if number > MAX_ROWS:
                raise InputError(f"{name} has more than {MAX_ROWS:,} rows", pointer=name)
            rows.append(Row(number, tuple(cells)))
    except csv.Error as wrong:
        raise InputError(
            f"{name}, line {reader.line_num}: {wrong}", pointer=f"{name}:{reader.line_num}"
        ) from wrong
    filled = tuple(row for row in rows if not row.is_empty)
    if not filled:
        raise InputError(f"{name} is empty", pointer=name)
    return Sheet(name, filled, _NAMES[delimiter])


def _delimiter(text: str) -> tuple[str, str]:
    """The text, and what separates its cells; Excel's own first line `sep=;` says it and is no row.

    The sniffer is asked first. It may be wrong about short files, so its answer must stand in the first line.
    """
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"')
    if said.lower().startswith("sep=") and said[4:] in DELIMITERS and len(said) == 5:
        return rest, f"sep={said[4:]}"
    if first.strip().lower() == "sep=":
        return rest, "sep=\t"
    try:
        found = csv.Sniffer().sniff(text[:20_000], delimiters=DELIMITERS).delimiter
    except csv.Error:
        found = ""
    head = next((line for line in text.splitlines() if line.strip()), "")
    if found and found in head:
        return text, found
    return text, max(DELIMITERS, key=lambda d: (head.count(d), d == ","))
