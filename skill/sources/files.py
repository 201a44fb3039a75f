"""Files of entries, read line by line in bounded memory: JSON Lines, and CSV with a header row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from skill.errors import InputError
from skill.sources.entries import Checks, Unfit, read_row, unfit
from skill.sources.envelopes import read_envelope
from skill.sources.faults import nearest
from skill.sources.parquet import count_rows, read_rows
from skill.store.usage import Placed

LONGEST_LINE = 256 * 1024
"""Bytes; as many as a whole body over HTTP may have."""

COLUMNS = ("id", "account", "meter", "event", "at", "value", "unit", "person", "properties")
"""Of a table. `properties` holds a JSON object; a column `properties.color` holds one of them."""

_PROPERTY = "properties."
_ONE = "properties"
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a file."""

    number: int
    """Counted from 1, the header row included; of Parquet the row."""
    raw: object
    """As it was parsed; the text of the line where it could not be; None where it is too long."""
    unfit: Unfit | None = None
    """Why it could not be parsed."""

    def read(self, checks: Checks) -> Placed | Unfit:
        """The entry, or why it cannot be kept."""
        if self.unfit is not None:
            return self.unfit
        place = (self.number,)
        if isinstance(self.raw, Mapping) and "specversion" in self.raw:
            return read_envelope(self.raw, place, checks)
        return read_row(self.raw, place, checks)


def lines_of(path: Path) -> Iterator[Line]:
    """The entries of a file, by its ending: `.jsonl`, `.ndjson`, `.csv` or `.parquet`.

    Raises:
        InputError: it cannot be read, is of another kind, has a column that is not known, or needs a
            library that is not installed.
    """
    return _readers(path)[0](path)


def count_lines(path: Path) -> int:
    """About how many entries a file has, for a progress bar.

    Raises:
        InputError: as `lines_of`.
    """
    return _readers(path)[1](path)


def _readers(path: Path) -> tuple[Callable[[Path], Iterator[Line]], Callable[[Path], int]]:
    known: dict[str, tuple[Callable[[Path], Iterator[Line]], Callable[[Path], int]]] = {
        ".jsonl": (_json_lines, _count_breaks),
        ".ndjson": (_json_lines, _count_breaks),
        ".csv": (_csv_lines, _count_breaks),
        ".parquet": (_parquet_lines, count_rows),
    }
    found = known.get(path.suffix.lower())
    if found is None:
        raise InputError(
            f"`{path.name}` is of no kind that is read here",
            pointer="FILE",
            help=f"name it {', '.join(known)}, as what it holds",
        )
    return found


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", pointer="FILE") from error


def _count_breaks(path: Path) -> int:
    with _opened(path) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def _texts(file: BinaryIO) -> Iterator[tuple[int, str | Line]]:
    """Each line that is not empty with its number; one that is too long is passed over up to its end."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            wrong = unfit("too_long", (), f"the line is longer than {LONGEST_LINE:,} bytes")
            yield number, Line(number, None, wrong)
            continue
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
        except UnicodeDecodeError:
            said = line.decode("utf-8", "backslashreplace").strip("\r\n")
            yield number, Line(number, said, unfit("bad_row", (), "the line is not UTF-8 text"))
            continue
        if text.strip():
            yield number, text


def _json_lines(path: Path) -> Iterator[Line]:
    with _opened(path) as file:
        for number, text in _texts(file):
            if isinstance(text, Line):
                yield text
                continue
            try:
                raw = json.loads(text)
            except json.JSONDecodeError as error:
                wrong = f"the line is not JSON at character {error.pos + 1}"
                yield Line(number, text, unfit("not_json", (), wrong))
            except (ValueError, RecursionError):
                yield Line(number, text, unfit("not_json", (), "the line cannot be read as JSON"))
            else:
                yield Line(number, raw)


def _csv_lines(path: Path) -> Iterator[Line]:
    """Each physical line is a row: no field of ours holds a line break, and a lost quote costs one row."""
    with _opened(path) as file:
        texts = _texts(file)
        first = next(texts, None)
        header = _cells(first[1]) if first is not None and isinstance(first[1], str) else None
        if header is None:
            raise InputError(f"{path} has no header row", pointer="FILE", help=_help_columns())
        names = _known_columns(path, header)
        for number, text in texts:
            if isinstance(text, Line):
                yield text
                continue
            cells = _cells(text)
            if cells is None or len(cells) != len(names):
                n = "a quote that does not end" if cells is None else f"{len(cells)} fields"
                wrong = unfit("bad_row", (), f"the row has {n}, and the header {len(names)} fields")
                yield Line(number, text, wrong)
                continue
            filled = {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""}
            yield Line(number, *_row(filled))


def _parquet_lines(path: Path) -> Iterator[Line]:
    for number, names, cells in read_rows(path):
        if number == 1:
            _known_columns(path, names)
        filled = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        yield Line(number, *_row(filled))


def _cells(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None


def _known_columns(path: Path, header: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    for name in names:
        if name not in COLUMNS and not name.startswith(_PROPERTY):
            raise InputError(
                f"{path} has the column `{name[:60]}`, which is not known",
                pointer="FILE",
                help=nearest(name, COLUMNS),
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path} has the column `{twice}` twice", pointer="FILE")
    return names


def _help_columns() -> str:
    return f"name the columns in the first line: {', '.join(COLUMNS)}"


def _row(filled: Mapping[str, object]) -> tuple[object, Unfit | None]:
    """The entry of a row, with its properties put together."""
    raw = {name: cell for name, cell in filled.items() if not name.startswith(_PROPERTY)}
    single = {
        name.removeprefix(_PROPERTY): cell
        for name, cell in filled.items()
        if name.startswith(_PROPERTY)
    }
    whole: object = raw.get(_ONE, {})
    if isinstance(whole, str):
        try:
            whole = json.loads(whole)
        except (ValueError, RecursionError):
            return dict(filled), unfit("bad_row", (_ONE,), "is not JSON")
    if single and isinstance(whole, Mapping):
        whole = {**whole, **single}
    if whole != {}:
        raw[_ONE] = whole
    return raw, None
