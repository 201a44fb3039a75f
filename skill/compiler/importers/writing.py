"""Topics written by a program: pages of things and rows that remember where they came from, and the folder they go to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from skill.compiler.importers.plain import cell, owner_name
from skill.errors import InputError

GENERATED = "generated: yes"
FIELDS = ("Field", "Value")


@dataclass(frozen=True)
class Line:
    """A row of a table, or a bullet, and where in the imported file it came from."""

    cells: tuple[str, ...]
    origin: str = ""
    words: tuple[tuple[str, str], ...] = ()
    """Wording of ours that goes with this row, such as a signal's notice."""


@dataclass(frozen=True)
class Thing:
    """A heading with its table, what it unlocks, its words, and notes that stay inside."""

    name: str
    rows: tuple[Line, ...]
    unlocks: tuple[Line, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = FIELDS
    origin: str = ""


@dataclass(frozen=True)
class Page:
    """One Topic file before it is text."""

    kind: str
    heading: str
    owner: str
    about: str = ""
    words: tuple[tuple[str, str], ...] = ()
    """Wording of ours with its slots; nothing of the imported file stands in it unchecked."""
    columns: tuple[str, ...] = ()
    rows: tuple[Line, ...] = ()
    things: tuple[Thing, ...] = ()


Place = tuple[int, ...]
"""`(row,)` of a page's own table, or `(thing, -1)`, `(thing, 0, row)`, `(thing, 1, bullet)`."""


@dataclass(frozen=True)
class Written:
    """A page as text, and the part of the page that each line (from 1) shows."""

    text: str
    places: Mapping[int, Place]


@dataclass(frozen=True)
class Imported:
    """What an import made: its pages by file name, what was not carried over, and what was taken for what."""

    name: str
    pages: Mapping[str, Page]
    today: date
    lost: tuple[str, ...] = ()
    took: tuple[str, ...] = ()

    @property
    def files(self) -> dict[str, str]:
        """The text of each Topic file by its name."""
        return {name: write(page, self.today).text for name, page in self.pages.items()}

    def count(self, kind: str) -> int:
        """How many things or rows there are of a kind."""
        of_kind = [page for page in self.pages.values() if page.kind == kind]
        return sum(len(page.things) + len(page.rows) for page in of_kind)


def row_text(row: Line) -> str:
    """A row of a table as it is written."""
    return f"| {' | '.join(map(cell, row.cells))} |"


class _Writer:
    """Lines of one file while they are written, with the place each of them shows."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: dict[int, Place] = {}

    def line(self, text: str, place: Place | None = None) -> None:
        self.lines.append(text)
        if place is not None:
            self.places[len(self.lines)] = place

    def words(self, quotes: Sequence[tuple[str, str]]) -> None:
        self.lines += ["", "### What customers can read", ""]
        for i, (label, text) in enumerate(quotes):
            self.lines += [">"] if i else []
            self.lines.append(f"> **{label}:** {text}")

    def table(self, columns: Sequence[str], rows: Sequence[Line], at: Place) -> None:
        self.lines += ["", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
        for i, row in enumerate(rows):
            # A field whose value is made of nothing that can be shown says nothing, and is not written.
            if tuple(columns) != FIELDS or cell(row.cells[1]):
                self.line(row_text(row), (*at, i))

    def thing(self, i: int, thing: Thing) -> None:
        self.line("")
        self.line(f"## {cell(thing.name)}", (i, -1))
        self.table(thing.columns, thing.rows, (i, 0))
        if thing.unlocks:
            self.lines += ["", "### Unlocks", ""]
            for n, bullet in enumerate(thing.unlocks):
                self.line(f"- {cell(bullet.cells[0])}", (i, 1, n))
        if thing.words:
            self.words(thing.words)
        if thing.notes:
            self.lines += ["", "### Internal only", ""]
            self.lines += [f"- {cell(note).lstrip('> ')}" for note in thing.notes]


def write(page: Page, today: date) -> Written:
    """The text of a page: front matter with `generated: yes` and a review date a year ahead, then its things."""
    review = today.replace(year=today.year + 1, day=min(today.day, 28))
    out = _Writer()
    out.lines += [
        "---",
        f"kind: {page.kind}",
        f"owner: {owner_name(page.owner)}",
        f"review_by: {review.isoformat()}",
        GENERATED,
        "---",
        f"# {cell(page.heading)}",
    ]
    if page.about:
        out.lines += ["", page.about]
    if page.columns:
        out.table(page.columns, page.rows, ())
    words = (*page.words, *(quote for row in page.rows for quote in row.words))
    if words:
        out.words(words)
    for i, thing in enumerate(page.things):
        out.thing(i, thing)
    return Written("\n".join(out.lines) + "\n", out.places)


def write_folder(files: Mapping[str, str], out: Path) -> None:
    """The files of one folder of Topics, all of them or none; only generated files are ever replaced.

    Raises:
        InputError: a file of that name is there and was written by a person, or the folder cannot be written.
    """
    for name in files:
        present = out / name
        if os.path.lexists(present) and not _is_generated(present):
            raise InputError(
                f"{present} is there already and was not generated",
                pointer=str(present),
                help="choose another folder with --out",
            )
    staged: list[tuple[Path, Path]] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            part = out / f".{name}.part"
            staged.append((part, out / name))
            # A name that is there already, a planted link above all, is no place to write to.
            part.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(
                os.open(part, flags, 0o644), "w", encoding="utf-8", newline="\n"
            ) as file:
                file.write(text)
        for part, target in staged:
            part.replace(target)
    except OSError as wrong:
        for part, _ in staged:
            part.unlink(missing_ok=True)
        raise InputError(f"cannot write {out}: {wrong.strerror}", pointer=str(out)) from wrong


def _is_generated(path: Path) -> bool:
    """Whether the front matter of a file says that a program wrote it and nobody has reviewed it yet."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        return False
    return GENERATED in lines[1 : lines.index("---", 1)]
