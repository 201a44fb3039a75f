"""Tables whose rows are things: which columns they have, and what a row lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from skill.compiler import grammar
from skill.compiler.diagnostics import finding
from skill.compiler.fields import COLUMNS
from skill.compiler.labels import nearest, nearest_help, sure
from skill.compiler.names import Names
from skill.model.common import slug
from skill.model.topic import Cell, Row, Section

T = TypeVar("T")


def table_rows(section: Section, table: str, names: Names) -> list[Row]:
    """The rows of a table, by the columns it should have.

    A misspelt column is told once, at its heading, and read as what it was meant to be; an empty cell that is
    required is told at its row.
    """
    required, further = COLUMNS[table]
    known = {slug(name): name for name in (*required, *further)}
    meant: dict[str, str] = {}
    for header in _tables(section):
        meant |= _columns(section.heading or table, header, required, known, names)
    rows = [_read_as(row, meant) for row in section.rows]
    rows = [row for row in rows if any(cell.text for cell in row.cells.values())]
    for row in rows:
        if not row.n_lacking:
            _told_empty(row, required, names)
    return rows


def read_rows(rows: Sequence[Row], read: Callable[[Row, Names], T | None], names: Names) -> list[T]:
    """The things of a table's rows; a row that cannot be read was told.

    Where a row has cells too few, nobody knows which one is missing: that is told, once, and nothing is read.
    """
    out: list[T] = []
    for row in rows:
        mark = names.mark()
        thing = read(row, names)
        if row.n_lacking:
            names.rewind(mark)
            _too_few(row, names)
        elif thing is not None:
            out.append(thing)
    return out


def _too_few(row: Row, names: Names) -> None:
    first = next(iter(row.cells.values()))
    names.found.append(
        finding(
            "T102",
            first.span,
            f"`{first.text}` has {row.n_lacking} cell{'s' if row.n_lacking > 1 else ''} too few",
            "put a pipe between every two cells, also around an empty one",
            width=max(len(first.text), 1),
        )
    )


def _tables(section: Section) -> Iterator[list[Cell]]:
    """The header of each table of a section."""
    for line in dict.fromkeys(c.span.line for c in section.columns):
        yield [c for c in section.columns if c.span.line == line]


def _columns(
    where: str,
    header: Sequence[Cell],
    required: Sequence[str],
    known: dict[str, str],
    names: Names,
) -> dict[str, str]:
    """Tell what is wrong with a header; returns what each misspelt column was meant to be."""
    there = {slug(cell.text) for cell in header}
    missing = [name for key, name in known.items() if key not in there]
    meant: dict[str, str] = {}
    n_unknown = 0
    for cell in header:
        if slug(cell.text) in known:
            continue
        n_unknown += 1
        names.found.append(
            finding(
                "T102",
                cell.span,
                f"unknown column `{cell.text}` in `{where}`",
                nearest_help(cell.text, missing or known.values()),
                width=len(cell.text),
                replacement=sure(cell.text, missing),
            )
        )
        near = nearest(cell.text, missing)
        if near:
            meant[slug(cell.text)] = slug(near)
    for name in required:
        if slug(name) not in there and n_unknown == 0:
            names.found.append(
                finding(
                    "T104",
                    header[0].span,
                    f"the table `{where}` has no column `{name}`",
                    "its columns are: " + ", ".join(known.values()),
                    width=len(header[0].text),
                )
            )
    return meant


def _read_as(row: Row, meant: dict[str, str]) -> Row:
    if not meant:
        return row
    cells = {meant.get(key, key): cell for key, cell in row.cells.items()}
    return row.model_copy(update={"cells": cells})


def _told_empty(row: Row, required: Sequence[str], names: Names) -> None:
    first = cell(row, required[0])
    for name in required:
        at = row.cells.get(slug(name))
        if at is not None and not at.text:
            said = f"`{first.text}`" if first.text else "this row"
            names.found.append(
                finding("T104", at.span, f"{said} has no `{name}`", f"fill in the cell `{name}`")
            )


def cell(row: Row, name: str) -> Cell:
    """The cell of this column; an empty one where the table has no such column."""
    return row.cells.get(slug(name)) or Cell(text="", span=row.span)


def phrase(
    read: Callable[[str], T], at: Cell, what: str, names: Names, *, code: str = "T201"
) -> T | None:
    """What a cell says, by one form of the grammar; None where it is empty, or cannot be read and was told."""
    if not at.text:
        return None
    try:
        return read(at.text)
    except grammar.Unreadable as wrong:
        names.found.append(
            finding(
                code,
                at.span,
                f"unreadable {what} `{at.text}`",
                f"write it like `{wrong.nearest}`",
                width=len(at.text),
            )
        )
        return None
