"""The fields of each kind of thing, and how a thing's table is read: unknown, repeated and missing ones are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest, nearest_help, sure
from skill.model.common import slug
from skill.model.topic import Diagnostic, Field, Section, Span


class Form(NamedTuple):
    """Which fields a kind of thing has."""

    required: tuple[str, ...]
    once: tuple[str, ...]
    repeated: tuple[str, ...] = ()


FORMS: dict[str, Form] = {
    "features": Form(
        required=("What it does",),
        once=("What it does", "Kind", "Free for all", "Counts as value", "Each saves"),
        repeated=(
            "Also called",
            "Free for",
            "Only for",
            "Needs role",
            "Alternatives",
            "Formerly",
        ),
    ),
    "articles": Form(required=(), once=("Readers",), repeated=("Needs",)),
    "product-bundles": Form(
        required=("Sold as",),
        once=(
            "Sold as",
            "Overage",
            "Try it",
            "Billed to",
            "Only when ready",
            "Prefer",
            "Family",
            "How to undo",
            "Link",
            "Checkout",
            "Sold until",
            "Reviewed by",
        ),
        repeated=(
            "Unlocks",
            "Includes",
            "Price",
            "Available on",
            "Sold to",
            "Can move from",
            "Needs",
            "Not together with",
            "Contains",
            "Limits",
            "Settings",
            "Who can buy",
            "Regions",
            "Also called",
            "Helps with",
            "Formerly",
        ),
    ),
    "expansion-playbooks": Form(
        required=("Applies to", "Channel"),
        once=(
            "Applies to",
            "Window",
            "Channel",
            "In the product",
            "Category",
            "At most",
            "Due",
            "If not an admin",
        ),
        repeated=("Only for offers", "Then", "Variants"),
    ),
}

COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "meters": (("Meter", "Unit", "Counts"), ("Resets", "Limit is", "Maximum age", "Also called")),
    "usage-thresholds": (
        ("Signal", "What we count", "Holds when", "Over", "Means", "Offer"),
        ("Audience",),
    ),
    "restraint": (("Situation", "Pause offers for"), ("Unless",)),
    "traits": (("Trait", "Type"), ("Unit or values", "Maximum age")),
    "roles": (("Role", "Can buy", "Is told"), ()),
    "journey": (("Moment", "Holds when"), ()),
    "audiences": (("Audience", "Rule"), ()),
    "events-and-facts": (("Name", "Sort"), ("What it is",)),
}
"""The columns of each table whose rows are things: required, and further."""
ACCOUNT_TABLES = ("traits", "roles", "journey", "audiences", "events-and-facts")
"""The sections of the account Topic, by key."""


class Fields:
    """The table of one thing, read by field name."""

    def __init__(self, section: Section, form: Form, found: list[Diagnostic]) -> None:
        self.section = section
        self._found = found
        known = {slug(name): name for name in (*form.once, *form.repeated)}
        self._by_name: dict[str, list[Field]] = {}
        for field in section.fields:
            name = known.get(slug(field.name)) or self._misspelt(field, tuple(known.values()))
            if name is None:
                continue
            seen = self._by_name.setdefault(name, [])
            if seen and name in form.once:
                self._twice(name, field, seen[0])
                continue
            if not field.value:
                self._empty(name, field)
            seen.append(field)
        for name in form.required:
            if name not in self._by_name:
                self._missing(name)

    def _misspelt(self, field: Field, known: tuple[str, ...]) -> str | None:
        """Tell of an unknown field, once; the field that was surely meant is read as that."""
        near = sure(field.name, known)
        self._found.append(
            finding(
                "T102",
                field.name_span,
                f"unknown field `{field.name}` in `{self.section.heading}`",
                nearest_help(field.name, known, limit=40),
                width=len(field.name),
                replacement=near,
            )
        )
        return near or nearest(field.name, known)

    def _twice(self, name: str, field: Field, first: Field) -> None:
        self._found.append(
            finding(
                "T101",
                field.name_span,
                f"the field `{name}` of `{self.section.heading}` stands twice",
                f"keep one of them; the first is in line {first.span.line}",
                width=len(field.name),
            )
        )

    def _empty(self, name: str, field: Field) -> None:
        """An empty cell says nothing, and where it restricts an offer it would lift the restriction."""
        self._found.append(
            finding(
                "T104",
                field.name_span,
                f"`{self.section.heading}` has an empty `{name}`",
                f"fill in the cell behind `{name}`, or remove the row",
                width=len(field.name),
            )
        )

    def _missing(self, name: str) -> None:
        heading = self.section.heading
        self._found.append(
            finding(
                "T104",
                self.section.span,
                f"`{heading}` has no `{name}`",
                f"add a row `| {name} | ... |` to its table",
                width=len(heading) + 3,
            )
        )

    def has(self, name: str) -> bool:
        """Whether there is a row of this field at all, filled or not."""
        return name in self._by_name

    def all(self, name: str) -> list[Field]:
        """Every row of this field that has a value, in order."""
        return [f for f in self._by_name.get(name, ()) if f.value]

    def one(self, name: str) -> Field | None:
        """The row of this field, where it has a value."""
        rows = self.all(name)
        return rows[0] if rows else None

    def text(self, name: str) -> str:
        """The value of this field, or nothing."""
        row = self.one(name)
        return row.value if row else ""

    def yes(self, name: str) -> bool:
        """Whether this field says yes; anything but yes, no or nothing is told."""
        row = self.one(name)
        return row is not None and yes_or_no(row.value, row.span, self._found)

    def parts(self, name: str) -> list[tuple[str, Span]]:
        """The comma-separated parts of this field's rows, each with its place."""
        return [part for row in self.all(name) for part in parts_of(row.value, row.span)]


def parts_of(value: str, span: Span) -> list[tuple[str, Span]]:
    """The comma-separated parts of a cell, each with its own column."""
    out: list[tuple[str, Span]] = []
    at = 0
    for raw in value.split(","):
        text = raw.strip()
        if text:
            lead = len(raw) - len(raw.lstrip())
            out.append((text, span.at(span.column + at + lead)))
        at += len(raw) + 1
    return out


def yes_or_no(value: str, span: Span, found: list[Diagnostic]) -> bool:
    """A cell that says yes or no."""
    word = value.strip().lower()
    if word not in ("yes", "no", "true", "false", ""):
        found.append(
            finding(
                "T108",
                span,
                f"`{value}` is neither yes nor no",
                "write yes or no",
                width=len(value),
            )
        )
    return word in ("yes", "true")


def read_date(value: str, span: Span, found: list[Diagnostic]) -> date | None:
    """A cell that holds a day, as `2027-03-31`."""
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        found.append(
            finding(
                "T108", span, f"`{value}` is no date", "write it as 2027-03-31", width=len(value)
            )
        )
        return None


def one_of(
    row: Field | None,
    forms: Mapping[str, Any],
    default: Any,
    found: list[Diagnostic],
    *,
    doubt: Any = None,
) -> Any:
    """The value of a cell that takes one of a few phrases."""
    if row is None:
        return default
    phrase = " ".join(row.value.lower().split())
    if phrase in forms:
        return forms[phrase]
    found.append(
        finding(
            "T108",
            row.span,
            f"unreadable `{row.name}`: `{row.value}`",
            nearest_help(phrase, forms),
            width=len(row.value),
            replacement=sure(phrase, forms),
        )
    )
    return default if doubt is None else doubt
