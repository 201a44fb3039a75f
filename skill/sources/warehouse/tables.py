"""Which tables a sweep reads, and their columns: the contract with whoever keeps the data."""

from __future__ import annotations

from typing import Literal, NamedTuple

ColumnType = Literal["text", "moment", "number"]
"""`moment` is a timestamp in UTC without zone, or fixed-width text as our own store keeps it."""


class Column(NamedTuple):
    """One column of a table."""

    name: str
    type: ColumnType = "text"
    is_required: bool = True
    """A required column is never NULL."""


class Table(NamedTuple):
    """One table that a sweep reads."""

    name: str
    columns: tuple[Column, ...]
    is_optional: bool = True
    """A source that has no such table says the same as an empty one."""


_ACCOUNT = Column("account")
ACCOUNTS = Table(
    "accounts",
    (
        _ACCOUNT,
        Column("plan", is_required=False),
        Column("region", is_required=False),
        Column("currency", is_required=False),
    ),
    is_optional=False,
)
"""One row an account; `plan` is the key of its plan."""
TRAITS = Table("traits", (_ACCOUNT, Column("name"), Column("value", is_required=False)))
"""What is known of an account without a date. `name` is a key; a number is decimal text, a boolean `true` or `false`."""
FACTS = Table(
    "facts",
    (
        _ACCOUNT,
        Column("name"),
        Column("value", is_required=False),
        Column("as_of", "moment"),
        Column("max_age_hours", "number", is_required=False),
    ),
)
"""Dated facts, several of one name over time; the newest counts, of two at one moment the value that sorts last."""
BUNDLES = Table("bundles", (_ACCOUNT, Column("bundle")))
"""Keys of what is held beside the plan."""
LIMITS = Table(
    "limits", (_ACCOUNT, Column("meter"), Column("value", "number", is_required=False), Column("kind"))
)  # fmt: skip
"""The effective limit where it differs from the plan's own; `kind` is `figure`, `unlimited` or `unknown`."""
READINGS = Table(
    "readings",
    (_ACCOUNT, Column("meter"), Column("at", "moment"), Column("value", "number", is_required=False)),
    is_optional=False,
)  # fmt: skip
"""A meter's value at a time. What is NULL, NaN, infinite or negative is no reading."""
EVENTS = Table(
    "events",
    (
        _ACCOUNT,
        Column("name"),
        Column("at", "moment"),
        Column("feature", is_required=False),
        Column("page", is_required=False),
        Column("properties", is_required=False),
    ),
)
"""What happened. `feature` and `page` are the properties of those names as keys; `properties` is a JSON object."""
TABLES = (ACCOUNTS, TRAITS, FACTS, BUNDLES, LIMITS, READINGS, EVENTS)
"""Every table of the contract."""
