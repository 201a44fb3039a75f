"""Spreadsheets as Topics: tables of bundles, features, signals, meters and restraint, and comparisons of plans.

Nothing is guessed: a cell that the language cannot hold is left out and told with file, row and column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from skill.compiler import grammar
from skill.compiler.importers.columns import Known, is_price, recognize
from skill.compiler.importers.comparison import read_comparison
from skill.compiler.importers.drafts import (
    RESTRAINT_COLUMNS,
    SIGNAL_COLUMNS,
    Draft,
    Gathered,
)
from skill.compiler.importers.plain import plain_name, shown
from skill.compiler.importers.prices_said import NoPrice, Terms, said_price, terms_of, with_columns
from skill.compiler.importers.sheets import Row, Sheet, read_sheet
from skill.compiler.importers.writing import Imported, Line
from skill.model.common import slug
from skill.model.playbook import SoldAs

_ORDER = ("features", "meters", "comparison", "bundles", "signals", "restraint")
"""Names are made before they are used, whatever the order of the files."""
_EVERYTHING = re.compile(
    r"^(?:everything|all(?: features)?) (?:in|of|from) (?P<plan>.+?)(?:,? plus)?:?$", re.IGNORECASE
)
_LISTED = (
    "Includes",
    "Available on",
    "Can move from",
    "Needs",
    "Not together with",
    "Contains",
    "Regions",
    "Formerly",
    "Who can buy",
)
_TEXTS = (
    "Overage",
    "Try it",
    "Billed to",
    "Only when ready",
    "Prefer",
    "Helps with",
    "How to undo",
    "Link",
    "Sold until",
    "Reviewed by",
)
_NOT_A_PLAN = ("Available on", "Needs", "Not together with")
_MAX_AMOUNT_OF = re.compile(
    r"^(?:max(?:imum)?|number of|limit(?: of| on)?:?)\s+(.+)$|^(.+?)\s+limit$", re.IGNORECASE
)


def import_sheets(
    paths: Sequence[Path],
    *,
    today: date,
    name: str = "",
    owner: str = "",
    beside: Mapping[str, str] | None = None,
) -> Imported:
    """The Topics of one or more spreadsheets, together one folder.

    Args:
        paths: CSV or TSV files.
        today: The day of the import.
        name: The product's name, where it is known.
        owner: Who looks after the Topics.
        beside: Topics of the folder already; their names may be used.

    Raises:
        InputError: a file that cannot be read, or that holds no table we know.
    """
    draft = Draft(name=name, owner=owner)
    read_tables(draft, [read_sheet(path) for path in paths])
    return draft.imported(today=today, beside=beside)


def read_tables(draft: Draft, sheets: Sequence[Sheet]) -> None:
    """Everything of these sheets into the draft. Raises InputError where one holds no table we know."""
    read = [(sheet, recognize(sheet)) for sheet in sheets]
    for sheet, known in read:
        draft.took.append(
            f"{sheet.name}: a table of {_called(known)}, separated by {sheet.separated_by}"
        )
        draft.took += [f"{sheet.name}: {said}" for said in known.took]
        draft.took += [
            f"{sheet.name} row {row.number}: above the header, not read: `{shown(' '.join(row.cells))}`"
            for row in sheet.rows
            if row.number < known.header.number
        ]
    for sheet, known in sorted(read, key=lambda pair: _ORDER.index(pair[1].table)):
        _READERS[known.table](draft, sheet, known)


def _called(known: Known) -> str:
    return "features by plan" if known.table == "comparison" else known.table


def _rows(sheet: Sheet, known: Known) -> list[tuple[Row, str]]:
    """The rows below the header, each with its place for messages."""
    below = [row for row in sheet.rows if row.number > known.header.number]
    return [(row, f"{sheet.name} row {row.number}") for row in below]


def _unknown_columns(draft: Draft, sheet: Sheet, known: Known) -> None:
    draft.lost += [
        f"{sheet.name}, column `{shown(text)}`: a table of {known.table} has no such column"
        for text in known.others.values()
    ]


def _surplus(draft: Draft, known: Known, row: Row, where: str) -> None:
    """Cells beyond the header belong to no column."""
    extra = [c for c in row.cells[len(known.header.cells) :] if c.strip()]
    if extra:
        draft.lost.append(f"{where}: cells beyond the header: `{shown(', '.join(extra))}`")


# -- features -------------------------------------------------------------------------------------------------


def _features(draft: Draft, sheet: Sheet, known: Known) -> None:
    _unknown_columns(draft, sheet, known)
    for row, where in _rows(sheet, known):
        _surplus(draft, known, row, where)
        name = draft.new_name(draft.features, known.cell(row, "Name"), where)
        feature = draft.feature(name, where) if name else None
        if feature is None:
            continue
        feature.add("What it does", known.cell(row, "What it does"), f"{where}, `What it does`")
        called = ", ".join(_parts(known.cell(row, "Also called")))
        feature.add("Also called", called, f"{where}, `Also called`")
        for column in ("Needs role", "Alternatives", "Formerly"):
            for part in _parts(known.cell(row, column)):
                feature.add(column, part, f"{where}, `{column}`")
        kind = known.cell(row, "Kind")
        if kind and slug(kind) not in ("switch", "yes-no", "boolean"):
            feature.add("Kind", kind, f"{where}, `Kind`")
        feature.add("Free for all", known.cell(row, "Free for all"), f"{where}, `Free for all`")


def _parts(text: str) -> list[str]:
    """The parts of a cell that lists: on lines of their own, or behind semicolons or commas."""
    return [part.strip(" •-\t") for part in re.split(r"[\n;,]", text) if part.strip(" •-\t")]


# -- what is sold -----------------------------------------------------------------------------------------------


def _bundles(draft: Draft, sheet: Sheet, known: Known) -> None:
    priced = {at: terms_of(text) for at, text in known.others.items() if is_price(text)}
    limits = {
        at: (m[1] or m[2])
        for at, text in known.others.items()
        if at not in priced and (m := _MAX_AMOUNT_OF.match(text))
    }
    draft.lost += [
        f"{sheet.name}, column `{shown(text)}`: a table of bundles has no such column"
        for at, text in known.others.items()
        if at not in priced and at not in limits
    ]
    assumed: list[str] = []
    made: list[tuple[Row, str, Gathered]] = []
    for row, where in _rows(sheet, known):
        _surplus(draft, known, row, where)
        said = known.cell(row, "Name")
        if slug(plain_name(said)) in {slug(b.name) for _, _, b in made}:
            draft.took.append(f"{where}: `{shown(said)}` again; what it says is added to the first")
        bundle = draft.bundle(said, where)
        if bundle is not None:
            made.append((row, where, bundle))
    for row, where, bundle in made:
        _sold_as(draft, known, row, where, bundle, assumed)
        _prices(draft, known, row, where, bundle, priced)
        _limits(draft, known, row, where, bundle, limits)
        _unlocks(draft, known, row, where, bundle)
        _rest(known, row, where, bundle)
    if assumed:
        draft.took.append(
            f"{sheet.name}: nothing says how they are sold, taken for plans: {', '.join(assumed)}"
        )


def _sold_as(
    draft: Draft, known: Known, row: Row, where: str, bundle: Gathered, assumed: list[str]
) -> None:
    said = known.cell(row, "Sold as")
    word = (
        slug(said)
        .replace("addon", "add-on")
        .removesuffix("s" if slug(said) in ("plans", "add-ons") else "")
    )
    if bundle.has("Sold as"):
        if word and ("Sold as", word) not in [line.cells for line in bundle.rows]:
            draft.lost.append(
                f"{where}, `Sold as`: `{shown(said)}`, and it was said before otherwise"
            )
        return
    if word in set(SoldAs):
        bundle.add("Sold as", word, f"{where}, `Sold as`")
        return
    header = slug(known.header.cell(known.columns["Name"]))
    is_extra = header.startswith("add-on") or any(known.cell(row, c) for c in _NOT_A_PLAN)
    bundle.add("Sold as", "add-on" if is_extra else "plan", where)
    if said:
        taken = "an add-on" if is_extra else "a plan"
        draft.lost.append(
            f"{where}, `Sold as`: unknown way to sell `{shown(said)}`; taken for {taken}"
        )
    elif not is_extra:
        assumed.append(f"`{bundle.name}`")


def _prices(
    draft: Draft, known: Known, row: Row, where: str, bundle: Gathered, priced: Mapping[int, Terms]
) -> None:
    for at, terms in priced.items():
        header = known.others[at]
        for cell in filter(None, re.split(r"[\n;]", row.cell(at))):
            place = f"{where}, `{shown(header)}`"
            try:
                own = (known.cell(row, c) for c in ("Currency", "Unit", "Period"))
                bundle.add("Price", said_price(cell, with_columns(terms, *own)), place)
            except NoPrice as wrong:
                why = f" ({wrong})" if str(wrong) else ""
                draft.lost.append(f"{place}: unreadable price `{shown(cell)}`{why}")


def _limits(
    draft: Draft, known: Known, row: Row, where: str, bundle: Gathered, limits: Mapping[int, str]
) -> None:
    said = [
        (name, amount, f"{where}, `Limits`")
        for name, amount in grammar.entries(known.cell(row, "Limits").replace("\n", ";"))
    ]
    said += [
        (name, row.cell(at), f"{where}, `{shown(known.others[at])}`")
        for at, name in limits.items()
        if row.cell(at) not in ("", "-", "\u2013", "\u2014")
    ]
    for name, amount, place in said:
        if not amount:
            draft.lost.append(f"{place}: `{shown(name)}` is no limit; write it like `seats: 10`")
            continue
        try:
            read = grammar.read_amount(amount)
            if re.match(r"\+?[1-9]\d{0,2}\.\d{3}(?![\d.,])", amount):
                raise grammar.Unreadable(amount, "")
        except grammar.Unreadable:
            draft.lost.append(f"{place}: unreadable limit `{shown(amount)}`")
            continue
        resets = {"month": "monthly", "year": "yearly", "day": "daily"}.get(read.per, "")
        meter = draft.meter(name, place, unit=read.unit or "unit", resets=resets)
        if meter:
            bundle.add("Limits", f"{meter}: {amount}", place)


def _unlocks(draft: Draft, known: Known, row: Row, where: str, bundle: Gathered) -> None:
    place = f"{where}, `Unlocks`"
    for part in _parts(known.cell(row, "Unlocks")):
        everything = _EVERYTHING.match(part)
        if everything:
            bundle.add("Includes", plain_name(everything["plan"].removesuffix(" plan")), place)
            continue
        is_new = slug(plain_name(part)) not in draft.features
        feature = draft.feature(part, place)
        if feature is not None:
            bundle.unlock(feature.name, place)
            if is_new:
                draft.took.append(
                    f"{place}: the feature `{feature.name}` is made from its name alone"
                )


def _rest(known: Known, row: Row, where: str, bundle: Gathered) -> None:
    for column in _LISTED:
        for part in _parts(known.cell(row, column)):
            bundle.add(column, part, f"{where}, `{column}`")
    for name, value in grammar.entries(known.cell(row, "Settings").replace("\n", ";")):
        bundle.add("Settings", f"{name}: {value}" if value else name, f"{where}, `Settings`")
    for column in _TEXTS:
        bundle.add(column, known.cell(row, column), f"{where}, `{column}`")


# -- tables whose rows are things ---------------------------------------------------------------------------------


def _meters(draft: Draft, sheet: Sheet, known: Known) -> None:
    _unknown_columns(draft, sheet, known)
    for row, where in _rows(sheet, known):
        _surplus(draft, known, row, where)
        name = draft.new_name(draft.meters, known.cell(row, "Meter"), where)
        if not name:
            continue
        unit, counts, resets, hard, age = (
            known.cell(row, c) for c in ("Unit", "Counts", "Resets", "Limit is", "Maximum age")
        )
        resets = {"month": "monthly", "year": "yearly", "day": "daily"}.get(slug(resets), resets)
        for missing, value in (("Unit", unit), ("Counts", counts)):
            if not value:
                draft.took.append(f"{where}: it has no `{missing}`; the name stands there")
        cells = (name, unit or "unit", counts or name, resets.lower(), hard.lower(), age)
        draft.meters[slug(name)] = Line(cells, where)


def _signals(draft: Draft, sheet: Sheet, known: Known) -> None:
    _unknown_columns(draft, sheet, known)
    for row, where in _rows(sheet, known):
        _surplus(draft, known, row, where)
        draft.signals.append(Line(tuple(known.cell(row, c) for c in SIGNAL_COLUMNS), where))


def _restraint(draft: Draft, sheet: Sheet, known: Known) -> None:
    _unknown_columns(draft, sheet, known)
    for row, where in _rows(sheet, known):
        _surplus(draft, known, row, where)
        draft.restraint.append(Line(tuple(known.cell(row, c) for c in RESTRAINT_COLUMNS), where))


_READERS = {
    "features": _features,
    "bundles": _bundles,
    "comparison": read_comparison,
    "meters": _meters,
    "signals": _signals,
    "restraint": _restraint,
}
