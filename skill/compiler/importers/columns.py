"""Which table a spreadsheet holds and which column says what, however its header words it; every guess is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from skill.compiler.importers.marks import is_said
from skill.compiler.importers.plain import shown
from skill.compiler.importers.sheets import Row, Sheet
from skill.errors import InputError
from skill.model.common import slug

Table = Literal["bundles", "features", "signals", "meters", "restraint", "comparison"]

COLUMNS: dict[Table, dict[str, tuple[str, ...]]] = {
    "bundles": {
        "Name": (
            "bundle",
            "plan",
            "plan name",
            "product",
            "product name",
            "package",
            "tier",
            "offer",
            "add-on",
            "add-on name",
            "bundle name",
        ),
        "Sold as": ("type", "kind", "category", "kind of offer"),
        "Currency": ("currency code", "cur"),
        "Unit": ("per", "price per", "billing unit", "charged per"),
        "Period": (
            "interval",
            "billing",
            "billed",
            "frequency",
            "billing period",
            "billing interval",
            "billing cycle",
        ),
        "Unlocks": (
            "features",
            "included features",
            "feature list",
            "what it unlocks",
            "includes features",
        ),
        "Includes": ("includes plan", "everything in", "based on", "inherits from"),
        "Available on": ("available for", "sold on", "works with plans", "for plans"),
        "Can move from": ("upgrade from", "moves from"),
        "Needs": ("requires", "depends on", "prerequisite", "prerequisites"),
        "Not together with": ("excludes", "conflicts with", "incompatible with"),
        "Contains": ("consists of", "made of"),
        "Limits": ("limit", "usage limits", "quota", "quotas", "allowance", "allowances"),
        "Settings": ("setting",),
        "Overage": ("overage price", "over the limit"),
        "Try it": ("trial", "free trial"),
        "Who can buy": ("buyer", "buyers", "can be bought by"),
        "Billed to": ("paid by", "invoice to"),
        "Regions": ("region", "countries", "sold in"),
        "Only when ready": (),
        "Prefer": ("preference",),
        "Helps with": ("description", "summary", "about", "good for", "what it is for", "notes"),
        "How to undo": ("cancellation", "how to cancel", "undo"),
        "Link": ("url", "checkout link", "buy link", "web page"),
        "Sold until": ("end of sale", "available until"),
        "Reviewed by": ("reviewer", "signed off by"),
        "Formerly": ("old name", "former name", "previously"),
    },
    "features": {
        "Name": ("feature", "feature name", "capability", "function"),
        "What it does": (
            "description",
            "what is it",
            "explanation",
            "summary",
            "about",
            "definition",
        ),
        "Also called": ("synonyms", "aliases", "other names", "alias", "keywords", "search terms"),
        "Kind": ("type", "category"),
        "Free for all": ("free", "free for everyone", "in every plan", "in all plans"),
        "Needs role": ("role", "roles", "required role"),
        "Alternatives": ("workaround", "workarounds", "alternative"),
        "Formerly": ("old name", "former name", "previously"),
    },
    "signals": {
        "Signal": ("signal name", "trigger", "threshold", "name"),
        "What we count": ("counts", "metric", "measure", "what is counted", "we count", "event"),
        "Holds when": ("condition", "when", "holds", "fires when", "comparison"),
        "Over": ("window", "time window", "over which time", "time frame", "timeframe"),
        "Means": ("meaning", "readiness", "strength", "warming or ready"),
        "Offer": ("recommended offer", "bundle", "upsell to", "upgrade to"),
        "Audience": ("segment", "who", "for whom"),
    },
    "meters": {
        "Meter": ("metric", "name", "meter name", "what is metered"),
        "Unit": ("units", "counted in"),
        "Counts": ("what is counted", "what it counts", "definition", "description"),
        "Resets": ("reset", "renews", "reset period"),
        "Limit is": ("limit type", "hard or soft", "enforcement"),
        "Maximum age": ("max age", "freshness"),
    },
    "restraint": {
        "Situation": ("when we stay quiet", "case", "suppression"),
        "Pause offers for": ("pause", "pause for", "quiet for", "how long", "cooldown"),
        "Unless": ("except", "exception", "unless when"),
    },
}
"""The columns of each table in the language's words, with what people call them."""

_NEEDED: dict[Table, tuple[str, ...]] = {
    "bundles": ("Name",),
    "features": ("Name",),
    "signals": ("Signal", "What we count"),
    "meters": ("Meter",),
    "restraint": ("Situation", "Pause offers for"),
}
_SURE = 84
"""Letters in common (0 to 100) from which a header is taken for a slip of a known one."""
_HEADER_WITHIN = 6
"""A title and a few remarks may stand above the header."""


@dataclass(frozen=True)
class Known:
    """A table that was recognized: its columns by the language's name, and the columns that nothing is known of."""

    table: Table
    header: Row
    columns: Mapping[str, int]
    others: Mapping[int, str]
    took: tuple[str, ...]

    def cell(self, row: Row, column: str) -> str:
        """The text of a column in a row; empty where there is no such column."""
        at = self.columns.get(column)
        return row.cell(at) if at is not None else ""


def recognize(sheet: Sheet) -> Known:
    """The table of a sheet.

    Raises:
        InputError: no row of it is a header of any table we know; the help names their columns.
    """
    best: Known | None = None
    for row in sheet.rows[:_HEADER_WITHIN]:
        for table in COLUMNS:
            found = _as_table(row, table)
            if found and (best is None or _weight(found) > _weight(best)):
                best = found
        compared = _as_comparison(sheet, row)
        if compared and (best is None or _weight(compared) > _weight(best)):
            best = compared
    if best is None:
        raise InputError(
            f"{sheet.name}: its header names no table we know: {shown(', '.join(sheet.rows[0].cells), 120)}",
            pointer=f"{sheet.name}:{sheet.rows[0].number}",
            help="name columns like `name, sold as, price` (bundles), `feature, what it does` (features), "
            "`feature` and a column for each plan (comparison), `signal, what we count` (signals), "
            "`meter, unit, counts` (meters) or `situation, pause offers for` (restraint)",
        )
    return best


def _weight(known: Known) -> tuple[int, int]:
    """How much of a header is understood: columns known, less those that are not; then the earlier row."""
    n = len(known.columns) + (len(known.others) if known.table == "comparison" else 0)
    unknown = 0 if known.table == "comparison" else len(known.others)
    return (2 * n - unknown, -known.header.number)


def _as_table(row: Row, table: Table) -> Known | None:
    columns: dict[str, int] = {}
    others: dict[int, str] = {}
    took: list[str] = []
    for at, text in enumerate(row.cells):
        if not text.strip():
            continue
        name, doubtful = column_of(text, table)
        if not name or name in columns:
            others[at] = text.strip()
            continue
        columns[name] = at
        if doubtful:
            took.append(f"column `{shown(text.strip())}` is taken for `{name}`")
    if not all(name in columns for name in _NEEDED[table]):
        return None
    priced = any(is_price(text) for text in others.values())
    if table == "bundles" and not priced and not {"Sold as", "Unlocks", "Limits"} & set(columns):
        return None
    if table == "features" and len(columns) < 2:
        return None
    if table == "meters" and not {"Unit", "Counts", "Resets", "Limit is"} & set(columns):
        return None
    return Known(table, row, columns, others, tuple(took))


def column_of(text: str, table: Table) -> tuple[str, bool]:
    """The language's column that a header means, or nothing; and whether that was a guess by its letters or sense."""
    key = slug(text)
    forms = {slug(form): name for name in COLUMNS[table] for form in (name, *COLUMNS[table][name])}
    exact = {slug(name): name for name in COLUMNS[table]}
    if key in exact:
        return exact[key], False
    if key in forms:
        return forms[key], True
    if is_price(text) or len(key) < 4:
        return "", False
    hit = process.extractOne(key, list(forms), scorer=fuzz.ratio, score_cutoff=_SURE)
    return (forms[hit[0]], True) if hit else ("", False)


_PRICE_WORDS = {"price", "prices", "cost", "costs", "fee", "pricing"}
_BY_PERIOD = {"monthly", "yearly", "annual", "annually"}
_BESIDE_PERIOD = {"billed", "usd", "eur", "gbp", "chf"}
"""`Monthly` and `Yearly (EUR)` head prices too, where they say nothing else."""


def is_price(text: str) -> bool:
    """Whether a header is about a price: `price`, `monthly price`, `Price per seat (EUR)`, `Annual cost`."""
    words = set(slug(text).split("-"))
    only_periods = bool(words & _BY_PERIOD) and words <= _BY_PERIOD | _BESIDE_PERIOD
    return (bool(words & _PRICE_WORDS) or only_periods) and not {"overage", "limit"} & words


_FIRST = ("", "feature", "features", "feature-name", "capability", "plan", "plans", "compare")
_FIRST_MORE = ("compare-plans", "compare-features", "what-you-get", "item", "included", "name")


_BUNDLE_WORDS = {
    slug(form) for name, forms in COLUMNS["bundles"].items() for form in (name, *forms)
}


def _as_comparison(sheet: Sheet, row: Row) -> Known | None:
    """One row a feature, one column a plan: the cells behind the names are mostly marks, numbers or nothing."""
    if not row.cells or slug(row.cells[0]) not in (*_FIRST, *_FIRST_MORE):
        return None
    heads = [text for text in row.cells[1:] if text.strip()]
    known = sum(slug(text) in _BUNDLE_WORDS for text in heads)
    if any(map(is_price, heads)) or known * 2 > len(heads):
        return None  # a row is a plan here, and not a feature
    columns: dict[str, int] = {"Name": 0}
    others: dict[int, str] = {}
    for at, text in enumerate(row.cells[1:], 1):
        if not text.strip():
            continue
        name, _ = column_of(text, "features")
        body = [r.cell(at) for r in sheet.rows if r.number > row.number]
        is_plan = any(body) and sum(is_said(x) for x in body) * 2 >= len(body)
        if name in ("What it does", "Also called", "Needs role") and not is_plan:
            columns[name] = at
        elif is_plan:
            others[at] = text.strip()
        else:
            return None
    return Known("comparison", row, columns, others, ()) if others else None
