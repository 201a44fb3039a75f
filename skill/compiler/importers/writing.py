"""Topics written by a program: readable names that keep their key, safe table cells, sections in the language's form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from skill.errors import InputError
from skill.model.common import slug

_WORDS = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s]+|(?<=[a-zA-Z])-(?=[a-zA-Z])"
)
_UNSAFE = re.compile(r"[,;:|<>{}\[\]`*#\\]")
GENERATED = "generated: yes"


def title(original: str, *, keep_key: bool = True) -> str:
    """A name as people read it: `brandedReports` is `Branded reports`; acronyms stay capital.

    With `keep_key` the readable name has the same key as the original, or the original stands.
    """
    plain = _UNSAFE.sub(" ", original)
    words = [w for w in _WORDS.split(plain) if w]
    all_capitals = plain.upper() == plain
    said = [w if not all_capitals and len(w) > 1 and w.upper() == w else w.lower() for w in words]
    name = " ".join(said) or original
    name = name[:1].upper() + name[1:]
    if not keep_key or slug(name) == slug(original):
        return name
    kept = " ".join(plain.split())
    capital = kept[:1].upper() + kept[1:]
    return capital if slug(capital) == slug(original) else kept


def cell(text: str) -> str:
    """Text that stays inside one table cell and holds no slot."""
    return " ".join(text.replace("|", "\\|").replace("{", "(").replace("}", ")").split())


def sentence(text: Any) -> str:
    """A description of the file as one line; nothing where there is none."""
    return cell(str(text)) if isinstance(text, str) and text.strip() else ""


def number(value: Decimal) -> str:
    """An exact amount: `1,000`, `0.5`."""
    return f"{value:,f}"


class Topics:
    """One Topic file while it is written."""

    def __init__(self, kind: str, heading: str, today: date, *, owner: str) -> None:
        review = today.replace(year=today.year + 1, day=min(today.day, 28))
        self._lines = [
            "---",
            f"kind: {kind}",
            f"owner: {cell(owner)}",
            f"review_by: {review.isoformat()}",
            GENERATED,
            "---",
            f"# {cell(heading)}",
        ]

    def words(self, *quotes: tuple[str, str]) -> None:
        """Customer wording under the present heading."""
        self._lines += ["", "### What customers can read", ""]
        for i, (label, text) in enumerate(quotes):
            self._lines += [">"] if i else []
            self._lines.append(f"> **{label}:** {text}")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table whose rows are things."""
        self._lines += ["", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
        self._lines += [f"| {' | '.join(row)} |" for row in rows]

    def thing(
        self, name: str, rows: Sequence[tuple[str, str]], *, unlocks: Sequence[str] = ()
    ) -> None:
        """A heading with its table, and a bullet list of what it unlocks."""
        self._lines += ["", f"## {name}"]
        self.table(("Field", "Value"), rows)
        if unlocks:
            self._lines += ["", "### Unlocks", "", *(f"- {u}" for u in unlocks)]

    def text(self) -> str:
        """The whole file."""
        return "\n".join(self._lines) + "\n"


def write_folder(files: dict[str, str], out: Path) -> None:
    """The files of one folder of Topics, all of them or none; only generated files are ever replaced.

    Raises:
        InputError: a file of that name is there and was written by a person, or the folder cannot be written.
    """
    for name in files:
        present = out / name
        if present.exists() and not _is_generated(present):
            raise InputError(
                f"{present} is there already and was not generated",
                pointer=str(present),
                help="choose another folder with --out",
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
        staged = []
        for name, text in files.items():
            part = out / f".{name}.part"
            part.write_text(text, encoding="utf-8")
            staged.append((part, out / name))
        for part, target in staged:
            part.replace(target)
    except OSError as wrong:
        raise InputError(f"cannot write {out}: {wrong.strerror}", pointer=str(out)) from wrong


def _is_generated(path: Path) -> bool:
    try:
        return GENERATED in path.read_text(encoding="utf-8")[:500]
    except (OSError, UnicodeDecodeError):
        return False
