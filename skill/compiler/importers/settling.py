"""Pages that compile: what the language refuses is taken out row by row, and told with where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from skill.compiler.fields import COLUMNS
from skill.compiler.folder import Compiler
from skill.compiler.importers.plain import shown
from skill.compiler.importers.writing import Line, Page, Place, Thing, row_text, write
from skill.compiler.text import cells_of
from skill.errors import InputError
from skill.model.topic import Diagnostic, Severity

_MAX_ROUNDS = 40
"""Each round takes something out; a row that names what fell out before it falls in the next one."""


_ELSEWHERE = re.compile(r", and in \d+ more places?$")
_SAFE_TO_BLANK = ("meters", "restraint")
"""Without an optional cell these say less or are stricter; a signal without its audience would reach more people."""


def settled(
    pages: Mapping[str, Page],
    *,
    today: date,
    beside: Mapping[str, str] | None = None,
    told: Sequence[str] = (),
) -> tuple[dict[str, Page], list[str]]:
    """The pages without what does not compile, and a line for each part that was taken out.

    Args:
        pages: By file name.
        today: The day of the import.
        told: What was not carried over already: a price that was told once is not told again.
        beside: Topics that stand in the folder already; they may be named, and are not judged.

    Raises:
        InputError: something refuses to compile that belongs to no row.
    """
    kept = dict(pages)
    lost: list[str] = []
    errors: list[Diagnostic] = []
    for _ in range(_MAX_ROUNDS):
        kept = {name: _priced(page, lost, told) for name, page in kept.items()}
        written = {name: write(page, today) for name, page in kept.items()}
        sources = {**(beside or {}), **{name: w.text for name, w in written.items()}}
        errors = [
            d
            for d in Compiler().compile_sources(sources, today).diagnostics
            if d.severity is Severity.ERROR and d.span.file in written
        ]
        if not errors:
            return kept, lost
        refused: dict[str, dict[Place, Diagnostic]] = {}
        for error in errors:
            place = written[error.span.file].places.get(error.span.line)
            if place is not None:
                refused.setdefault(error.span.file, {}).setdefault(place, error)
        if not refused:
            break
        for name, places in refused.items():
            kept[name] = _without(kept[name], places, lost)
            if not (kept[name].rows or kept[name].things or kept[name].words):
                del kept[name]
    raise InputError(
        f"the Topics made from this do not compile: {errors[0].message}",
        pointer=str(errors[0].span),
    )


def _priced(page: Page, lost: list[str], told: Sequence[str]) -> Page:
    """Bundles that say what they cost: where no price could be read, a person tells it."""
    if page.kind != "product-bundles":
        return page
    things = []
    for thing in page.things:
        if not any(row.cells[:1] == ("Price",) for row in thing.rows):
            where = thing.origin or f"`{shown(thing.name)}`"
            if not any("price" in x.lower() and x.startswith(where) for x in (*told, *lost)):
                lost.append(f"{where}: it has no price, and says `contact us` until you write one")
            thing = replace(thing, rows=(*thing.rows, Line(("Price", "contact us"))))
        things.append(thing)
    return replace(page, things=tuple(things))


def _without(page: Page, places: Mapping[Place, Diagnostic], lost: list[str]) -> Page:
    """A page without the parts at these places."""
    if page.columns:
        rows = []
        for i, row in enumerate(page.rows):
            why = places.get((i,))
            left = _without_cell(page, row, why) if why else row
            if why:
                lost.append(_told(row.origin, why))
            if left:
                rows.append(left)
        return replace(page, rows=tuple(rows))
    things = []
    for i, thing in enumerate(page.things):
        if (i, -1) in places:
            lost.append(_told(thing.origin or f"`{shown(thing.name)}`", places[i, -1]))
            continue
        whole = _without_rows(i, thing, places, lost)
        if whole is not None:
            things.append(whole)
    return replace(page, things=tuple(things))


_RESTRICTS = (
    "Available on",
    "Sold to",
    "Only for",
    "Who can buy",
    "Regions",
    "Can move from",
    "Needs",
)
"""Rows without which a thing would reach more people than it should."""


def _without_rows(
    i: int, thing: Thing, places: Mapping[Place, Diagnostic], lost: list[str]
) -> Thing | None:
    """The thing without the rows that are refused; nothing of it where that would lift a restriction."""
    mine = {place: why for place, why in places.items() if place[0] == i}
    if not mine:
        return thing
    lists = (thing.rows, thing.unlocks)
    for (_, which, n), why in mine.items():
        row = lists[which][n]
        lost.append(_told(row.origin or f"`{shown(thing.name)}`", why))
    rows, unlocks = (
        tuple(row for n, row in enumerate(part) if (i, which, n) not in mine)
        for which, part in enumerate(lists)
    )
    before, after = ({row.cells[0] for row in part} for part in (thing.rows, rows))
    lifted = sorted((before - after) & set(_RESTRICTS))
    if lifted:
        where = thing.origin or f"`{shown(thing.name)}`"
        lost.append(f"{where}: left out whole, since without `{lifted[0]}` everybody could have it")
        return None
    return replace(thing, rows=rows, unlocks=unlocks)


def _without_cell(page: Page, row: Line, why: Diagnostic) -> Line | None:
    """The row without the cell that is refused, where the table can do without it; else no row at all."""
    if page.kind not in _SAFE_TO_BLANK:
        return None
    starts = [column for _, column in cells_of(row_text(row))]
    at = max((n for n, start in enumerate(starts) if start <= why.span.column), default=-1)
    if at < 0 or page.columns[at] not in COLUMNS[page.kind][1] or not row.cells[at]:
        return None
    return replace(row, cells=(*row.cells[:at], "", *row.cells[at + 1 :]))


def _told(origin: str, why: Diagnostic) -> str:
    message = _ELSEWHERE.sub("", why.message)
    return f"{origin}: {message}" if origin else message
