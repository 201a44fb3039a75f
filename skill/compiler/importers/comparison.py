"""The table that stands on many pricing pages: one row a feature, one column a plan, with marks, amounts and texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from skill.compiler import grammar
from skill.compiler.amounts import is_time_unit
from skill.compiler.importers.columns import Known, is_price
from skill.compiler.importers.drafts import Draft, Gathered
from skill.compiler.importers.marks import NO, YES, is_crossed, is_unlimited, says_price
from skill.compiler.importers.plain import plain_name, shown
from skill.compiler.importers.prices_said import NoPrice, said_price, terms_of
from skill.compiler.importers.sheets import Row, Sheet
from skill.model.common import slug

_WITH_PRICE = re.compile(
    r"^(?P<name>[^($€£\d]+?)\s*[\s(:\u2013-]\s*\(?(?P<price>(?:[$€£]|[A-Z]{3} ?\d).*?)\)?$"
)
_NO_AMOUNT = re.compile(r"\d+\s*(?:/|to|x|[\u2013-])\s*\d+|[\d.,]+\s?%|\d+x\b")
"""`24/7`, `9 to 5`, `99.9%` and `3x faster` say how, and not how many."""
_LATER = ("soon", "coming soon", "planned", "beta", "tbd", "later")
_APART = (
    "add-on",
    "addon",
    "add on",
    "optional",
    "extra",
    "available",
    "available as add-on",
    "paid",
)


def read_comparison(draft: Draft, sheet: Sheet, known: Known) -> None:
    """Plans, features, meters and settings of a comparison table."""
    plans = _plans(draft, sheet, known)
    rows = [row for row in sheet.rows if row.number > known.header.number]
    cells = [row.cell(at).lower() for row in rows for at in plans]
    is_x_yes = _x_is_yes(cells)
    if any(is_crossed(c) for c in cells):
        taken = "included" if is_x_yes else "not included"
        draft.took.append(f"{sheet.name}: `x` is taken for {taken}")
    for row in rows:
        _read_row(draft, sheet, known, row, plans, is_x_yes)


def _x_is_yes(cells: Iterable[str]) -> bool:
    """A table that marks with `x` and leaves the rest empty means yes; beside a check mark, x means no."""
    return not any(cell in YES for cell in cells)


def _plans(draft: Draft, sheet: Sheet, known: Known) -> dict[int, Gathered]:
    plans: dict[int, Gathered] = {}
    for at, text in known.others.items():
        origin = f"{sheet.name} column `{shown(text)}`"
        priced = _WITH_PRICE.match(text)
        name = draft.new_name(draft.bundles, priced["name"] if priced else text, origin)
        plan = draft.bundle(name, origin) if name else None
        if plan is None:
            continue
        plan.add("Sold as", "plan")
        plans[at] = plan
        if priced:
            _price(draft, plan, priced["price"], "price", origin)
    names = ", ".join(f"`{p.name}`" for p in plans.values())
    draft.took.append(f"{sheet.name}: {names} are taken for plans, in this order")
    return plans


def _read_row(
    draft: Draft, sheet: Sheet, known: Known, row: Row, plans: dict[int, Gathered], is_x_yes: bool
) -> None:
    said = row.cell(0)
    where = f"{sheet.name} row {row.number}"
    values = {at: row.cell(at) for at in plans}
    if not said:
        if any(values.values()):
            draft.lost.append(f"{where}: it has values and no name")
        return
    if is_price(said):
        for at, value in values.items():
            if value:
                _price(draft, plans[at], value, said, f"{where}, `{plans[at].name}`")
        return
    if not any(values.values()) and not any(known.cell(row, c) for c in ("What it does",)):
        draft.took.append(f"{where}: `{shown(said)}` has no values and is taken for a heading")
        return
    name = draft.new_name(draft.features, said, where) if _is_twice(draft, said, where) else said
    feature = draft.feature(name, where)
    if feature is None:
        return
    for column in ("What it does", "Also called", "Needs role"):
        feature.add(column, known.cell(row, column))
    kinds = set()
    for at, value in values.items():
        cell = f"{where}, `{plans[at].name}`"
        kinds.add(_cell(draft, feature, plans[at], value, cell, is_x_yes))
    if "metered" in kinds:
        feature.add("Kind", f"metered {draft.meter(feature.name, where)}")
    elif "setting" in kinds:
        feature.add("Kind", "setting")


def _is_twice(draft: Draft, said: str, where: str) -> bool:
    """Whether an earlier row of the same table has this name; one of another file is the same feature."""
    file = where.split(" row ")[0]
    present = draft.features.get(slug(plain_name(said)))
    return present is not None and present.origin.startswith(f"{file} row ")


def _cell(
    draft: Draft, feature: Gathered, plan: Gathered, value: str, where: str, is_x_yes: bool
) -> str:
    """What one cell says of a feature in a plan: nothing, `switch`, `metered` or `setting`."""
    low = value.lower().strip(" .")
    if low in NO or (is_crossed(low) and not is_x_yes):
        return ""
    if low in YES or is_crossed(low):
        plan.unlock(feature.name, where)
        return "switch"
    if low in _LATER or low in _APART or says_price(value):
        why = "a price in a row of features" if says_price(value) else "neither yes nor no"
        draft.lost.append(f"{where}: `{shown(value)}` is {why}; taken for not included")
        return ""
    amount = "unlimited" if is_unlimited(low) else value
    if is_unlimited(low) or re.match(r"[\d.,]", value):
        return _amount(draft, feature, plan, amount, where)
    plan.unlock(feature.name, where)
    plan.add("Settings", f"{feature.name}: {value.replace(';', ',')}", where)
    return "setting"


def _amount(draft: Draft, feature: Gathered, plan: Gathered, amount: str, where: str) -> str:
    if _NO_AMOUNT.match(amount) or _is_time(amount):
        plan.unlock(feature.name, where)
        plan.add("Settings", f"{feature.name}: {amount.replace(';', ',')}", where)
        return "setting"
    form = " per ".join(part.strip() for part in amount.split("/"))
    form = re.sub(r"\bper mo\b", "per month", form)
    try:
        read = grammar.read_amount(form)
        if re.match(r"[1-9]\d{0,2}\.\d{3}(?![\d.,])", form):
            raise grammar.Unreadable(form, "")
    except grammar.Unreadable:
        draft.lost.append(f"{where}: unreadable amount `{shown(amount)}`; included without a limit")
        plan.unlock(feature.name, where)
        return "switch"
    if read.value == 0:
        return ""
    resets = {"month": "monthly", "year": "yearly", "day": "daily"}.get(read.per, "")
    meter = draft.meter(feature.name, where, unit=read.unit or "unit", resets=resets)
    plan.unlock(feature.name, where)
    plan.add("Limits", f"{meter}: {form}", where)
    return "metered"


def _is_time(amount: str) -> bool:
    """A span of time, such as `30 days` of history: a setting, since nothing is counted up to it."""
    span = re.fullmatch(r"[\d.,]+\s*([a-z]+)", amount.lower())
    return span is not None and is_time_unit(span[1])


def _price(draft: Draft, plan: Gathered, value: str, header: str, where: str) -> None:
    try:
        plan.add("Price", said_price(value, terms_of(header)), where)
    except NoPrice as wrong:
        why = f" ({wrong})" if str(wrong) else ""
        draft.lost.append(f"{where}: unreadable price `{shown(value)}`{why}")
