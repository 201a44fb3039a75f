"""Dialects: the statement is written once, in DuckDB's SQL, and carried to each engine's own by sqlglot.

What no library carries - how a moment is written, how text becomes a number, where 38 digits are kept - stands
in the statement as functions that begin with `tactful_`. Each dialect says here what they become.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from skill.sources.warehouse.embedded import FUNCTIONS
from skill.sources.warehouse.words import (
    ACCENTED,
    AWARE_MOMENT,
    DATE,
    DECIMAL_TEXT,
    NAIVE_MOMENT,
    UNACCENTED,
    key,
)

PLACE = 2**72
"""In a stamp, what one microsecond weighs: a moment and a value in one integer of 38 digits."""
ZERO = 2**70
"""In a stamp, where the value zero lies, so that negative numbers of facts keep their order."""
HIGHEST = 10**15
"""A value from here on is none: its stamp would not fit."""


class Dialect(StrEnum):
    """The engines whose SQL a sweep can be told in; the last three are only shown."""

    SQLITE = "sqlite"
    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    SPARK = "spark"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"
    CLICKHOUSE = "clickhouse"


class Told(NamedTuple):
    """To whom the statement is told, and how moments are kept there."""

    dialect: Dialect
    moments_are_text: bool
    """Fixed-width text in UTC, `2026-11-21T09:00:00.000000Z`, as our own store keeps them."""


_MILLIONTHS = (
    "(CAST(TRUNC(_1) AS HUGEINT) * 1000000 + CAST(ROUND((_1 - TRUNC(_1)) * 1000000) AS INTEGER))"
)
"""The whole and its rest apart: a double of twelve digits times a million is no exact one any more."""
_BY_MODULO = {
    "stamp": f"(_1 * {PLACE} + _2 + {ZERO})",
    "stamp_value": f"(_1 % {PLACE} - {ZERO})",
    "stamp_time": f"((_1 - _1 % {PLACE}) / {PLACE})",
}
"""A stamp in plain arithmetic, where the moment is told in microseconds already."""
_COMMON = {
    "moment": "CAST(_1 AS TIMESTAMP)",
    "reaches": "(_1 * _2 >= _3 * _4)",
    "times": "(_1 * _2)",
    "minus": "(_1 - _2)",
    "number": f"CASE WHEN REGEXP_MATCHES(REPLACE(_1, ',', ''), '{DECIMAL_TEXT}') "
    "THEN tactful_millionths(CAST(REPLACE(_1, ',', '') AS DECIMAL(28, 8))) END",
    "day": f"CASE WHEN REGEXP_MATCHES(_1, '^{DATE}({NAIVE_MOMENT})?$') THEN SUBSTRING(_1, 1, 10) END",
    "instant": f"CASE WHEN REGEXP_MATCHES(_1, '^{DATE}{AWARE_MOMENT}$') THEN CAST(_1 AS TIMESTAMP) END",
    "property": "JSON_EXTRACT_STRING(_1, _2)",
    "in_order": "_1",
}
"""What holds wherever a dialect says nothing of its own; in DuckDB's SQL, and carried from there."""


_OWN: dict[Dialect, dict[str, str]] = {
    Dialect.DUCKDB: {
        "big": "CAST(_1 AS HUGEINT)",
        "microseconds": "EPOCH_US(_1)",
        "millionths": _MILLIONTHS,
        "stamp": f"((CAST(EPOCH_US(_1) AS HUGEINT) << 72) + _2 + {ZERO})",
        "stamp_value": f"((_1 & {PLACE - 1}) - {ZERO})",
        "stamp_time": "(_1 >> 72)",
        "key": key(
            "REGEXP_REPLACE", plain="STRIP_ACCENTS(_1)", others=r"[^\pL\pN_]+", more=", 'g'"
        ),
        # A cast to a plain timestamp leaves out how far from UTC a text says it is.
        "instant": f"CASE WHEN REGEXP_MATCHES(_1, '^{DATE}{AWARE_MOMENT}$') "
        "THEN MAKE_TIMESTAMP(EPOCH_US(CAST(_1 AS TIMESTAMPTZ))) END",
        "property": "JSON_EXTRACT_STRING(_1, '$.\"' || _2 || '\"')",
    },
    Dialect.POSTGRES: {
        "big": "CAST(_1 AS NUMERIC)",
        "microseconds": "(EXTRACT(EPOCH FROM _1) * 1000000)",
        # By its text, for a double says of itself only fifteen digits otherwise.
        "millionths": "ROUND(CAST(CAST(_1 AS TEXT) AS NUMERIC) * 1000000)",
        "stamp": f"(tactful_microseconds(_1) * {PLACE} + _2 + {ZERO})",
        "stamp_value": f"(MOD(_1, {PLACE}) - {ZERO})",
        "stamp_time": f"DIV(_1, {PLACE})",
        "number": f"CASE WHEN REPLACE(_1, ',', '') ~ '{DECIMAL_TEXT}' "
        "THEN ROUND(CAST(REPLACE(_1, ',', '') AS NUMERIC) * 1000000) END",
        "key": key(
            "REGEXP_REPLACE",
            plain="REGEXP_REPLACE(NORMALIZE(_1, NFKD), '[\u0300-\u036f]', '', 'g')",
            others=r"\W+",
            more=", 'g'",
        ),
        "instant": f"CASE WHEN _1 ~ '^{DATE}{AWARE_MOMENT}$' "
        "THEN CAST(_1 AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END",
        "property": "(CAST(_1 AS JSON) ->> _2)",
        "in_order": '(_1 COLLATE "C")',
    },
    Dialect.SPARK: {
        "big": "CAST(_1 AS DECIMAL(38, 0))",
        **_BY_MODULO,
        "microseconds": "CAST(UNIX_MICROS(CAST(_1 AS TIMESTAMP)) AS DECIMAL(20, 0))",
        "millionths": "CAST(ROUND(CAST(_1 AS DECIMAL(24, 8)) * 1000000) AS DECIMAL(38, 0))",
        "stamp": f"(tactful_microseconds(_1) * {PLACE} + _2 + {ZERO})",
        "stamp_time": f"CAST((_1 - _1 % {PLACE}) / {PLACE} AS DECIMAL(20, 0))",
        "instant": f"CASE WHEN _1 RLIKE '^{DATE}{AWARE_MOMENT}$' THEN CAST(_1 AS TIMESTAMP) END",
        "key": key(
            "REGEXP_REPLACE",
            plain=f"TRANSLATE(_1, '{ACCENTED}', '{UNACCENTED}')",
            others=r"[^\\p{L}\\p{N}_]+",
            parts="$1-$2",
            trim="TRIM(BOTH '-' FROM {})",
        ),
        "property": "GET_JSON_OBJECT(_1, CONCAT('$.', _2))",
    },
    Dialect.SNOWFLAKE: {
        "big": "CAST(_1 AS DECIMAL(38, 0))",
        **_BY_MODULO,
        "microseconds": "DATE_PART(EPOCH_MICROSECOND, _1)",
        "millionths": "CAST(ROUND(CAST(_1 AS DECIMAL(28, 8)) * 1000000) AS DECIMAL(38, 0))",
        "stamp": f"(tactful_microseconds(_1) * {PLACE} + _2 + {ZERO})",
        "key": key(
            "REGEXP_REPLACE",
            plain=f"TRANSLATE(_1, '{ACCENTED}', '{UNACCENTED}')",
            others="[[:space:][:punct:]]+",
            parts=r"\\1-\\2",
        ),
        "property": "GET_PATH(PARSE_JSON(_1), _2)::VARCHAR",
        "instant": f"CASE WHEN REGEXP_LIKE(_1, '^{DATE}{AWARE_MOMENT}$') "
        "THEN CONVERT_TIMEZONE('UTC', TO_TIMESTAMP_TZ(_1))::TIMESTAMP_NTZ END",
    },
    Dialect.BIGQUERY: {
        "moment": "CAST(_1 AS TIMESTAMP)",
        "microseconds": "CAST(UNIX_MICROS(_1) AS BIGNUMERIC)",
        "millionths": "ROUND(CAST(_1 AS BIGNUMERIC) * 1000000)",
        "stamp": f"(tactful_microseconds(_1) * BIGNUMERIC '{PLACE}' + _2 + BIGNUMERIC '{ZERO}')",
        "stamp_value": f"(MOD(_1, BIGNUMERIC '{PLACE}') - BIGNUMERIC '{ZERO}')",
        "stamp_time": f"DIV(_1, BIGNUMERIC '{PLACE}')",
        "key": key(
            "REGEXP_REPLACE",
            plain=r"REGEXP_REPLACE(NORMALIZE(_1, NFKD), '\\pM', '')",
            others=r"[^\\pL\\pN_]+",
            parts=r"\\1-\\2",
        ),
        "property": "JSON_VALUE(_1, CONCAT('$.', _2))",
        "instant": f"CASE WHEN REGEXP_CONTAINS(_1, '^{DATE}{AWARE_MOMENT}$') THEN CAST(_1 AS TIMESTAMP) END",
        "big": "CAST(_1 AS BIGNUMERIC)",
    },
    Dialect.CLICKHOUSE: {
        **_BY_MODULO,
        "moment": "toDateTime64(_1, 6, 'UTC')",
        "microseconds": "toInt256(toUnixTimestamp64Micro(_1))",
        "millionths": "(toInt256(trunc(_1)) * 1000000 + toInt256(round((_1 - trunc(_1)) * 1000000)))",
        "stamp": f"(tactful_microseconds(_1) * toInt256('{PLACE}') + _2 + toInt256('{ZERO}'))",
        "stamp_value": f"(_1 % toInt256('{PLACE}') - toInt256('{ZERO}'))",
        "stamp_time": f"intDiv(_1, toInt256('{PLACE}'))",
        "number": f"CASE WHEN match(replaceAll(_1, ',', ''), '{DECIMAL_TEXT}') "
        "THEN toInt256(round(toDecimal128OrNull(replaceAll(_1, ',', ''), 8) * 1000000)) END",
        "instant": f"CASE WHEN match(_1, '^{DATE}{AWARE_MOMENT}$') "
        "THEN parseDateTime64BestEffortOrNull(_1, 6, 'UTC') END",
        "key": key(
            "replaceRegexpAll",
            plain=r"replaceRegexpAll(normalizeUTF8NFKD(_1), '\\pM', '')",
            others=r"[^\\pL\\pN_]+",
            parts=r"\\1-\\2",
            trim="trim(BOTH '-' FROM {})",
        ),
        "property": "JSONExtractString(_1, _2)",
        "big": "CAST(_1 AS Nullable(Int256))",
    },
    Dialect.SQLITE: {
        # A double of whole numbers is exact, and so is an integer; a product of two millionths is left to Python.
        "millionths": "CASE TYPEOF(_1) WHEN 'integer' THEN _1 * 1000000 "
        "ELSE CAST(_1 AS INTEGER) * 1000000 + CAST(ROUND((_1 - CAST(_1 AS INTEGER)) * 1000000.0) AS INTEGER) END",
        "stamp": "(_1 || PRINTF('%019d', _2 + 4000000000000000000))",
        "stamp_value": "(CAST(SUBSTR(_1, 28) AS INTEGER) - 4000000000000000000)",
        "stamp_time": "tactful_microseconds(SUBSTR(_1, 1, 27))",
        "property": "JSON_EXTRACT(_1, '$.\"' || _2 || '\"')",
        "in_order": "_1",
        "big": "_1",
    },
}
"""What a dialect says of its own, in its own SQL; SQLite calls functions that its engine registers for the rest."""
_TEXT_MOMENTS = {
    "moment": "_1",
    "microseconds": "(EXTRACT(EPOCH FROM CAST(_1 AS TIMESTAMPTZ)) * 1000000)",
    "stamp": f"(_1 || LPAD(CAST(_2 + {ZERO} AS TEXT), 22, '0')) COLLATE \"C\"",
    "stamp_value": f"(CAST(SUBSTRING(_1 FROM 28) AS NUMERIC) - {ZERO})",
    "stamp_time": "tactful_microseconds(SUBSTRING(_1 FROM 1 FOR 27))",
    "instant": f"CASE WHEN _1 ~ '^{DATE}{AWARE_MOMENT}$' THEN TO_CHAR(CAST(_1 AS TIMESTAMPTZ) "
    "AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') END",
}
"""PostgreSQL that keeps moments as text, as our own store does: a stamp is the moment's text and the value's digits."""


def moment(at: datetime, told: Told) -> str:
    """A moment as the statement writes it."""
    at = at.astimezone(UTC)
    if told.moments_are_text:
        return f"'{at.isoformat(timespec='microseconds').replace('+00:00', 'Z')}'"
    zone = "+00:00" if told.dialect is Dialect.BIGQUERY else ""
    plain = at.replace(tzinfo=None).isoformat(" ", "microseconds")
    return f"tactful_moment('{plain}{zone}')"


def carried(text: str, told: Told) -> str:
    """The statement in the dialect's own SQL."""
    tree = sqlglot.parse_one(text, read=Dialect.DUCKDB.value)
    calls = [n for n in tree.find_all(exp.Anonymous) if _is_one_of_ours(n)]
    for call in reversed(calls):  # what stands inside comes first
        _replace(call, told)
    _order_as_usual(tree, told)
    if (
        told.dialect is Dialect.CLICKHOUSE
    ):  # what a join does not find is NULL only where it is told so
        tree.set(
            "settings",
            [exp.EQ(this=exp.column("join_use_nulls"), expression=exp.Literal.number(1))],
        )
    return tree.sql(dialect=told.dialect.value, pretty=True)


def _order_as_usual(tree: exp.Expr, told: Told) -> None:
    """Nothing that is put in order is ever NULL: where one would stand needs no words."""
    usual = sqlglot.Dialect.get_or_raise(told.dialect.value).NULL_ORDERING
    for ordered in tree.find_all(exp.Ordered):
        is_down = bool(ordered.args.get("desc"))
        ordered.set(
            "nulls_first",
            {"nulls_are_small": not is_down, "nulls_are_large": is_down}.get(usual, False),
        )


def _replace(call: exp.Anonymous, told: Told) -> None:
    template = _template(call.name.lower().removeprefix("tactful_"), told)
    if template is None:
        return
    arguments = {f"_{n}": each for n, each in enumerate(call.expressions, 1)}
    expanded = template.copy()
    for column in list(expanded.find_all(exp.Column)):
        given = arguments.get(column.name)
        if given is not None:
            place = exp.paren(given.copy()) if isinstance(given, exp.Binary) else given.copy()
            if column is expanded:
                expanded = place
            else:
                column.replace(place)
    # What stands in an argument was replaced before; what the template itself asks is still to come.
    for inner in reversed([n for n in expanded.find_all(exp.Anonymous) if _is_one_of_ours(n)]):
        if inner.name.lower() != call.name.lower():
            _replace(inner, told)
    call.replace(expanded)


def _is_one_of_ours(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower().startswith("tactful_")


@cache
def _template(name: str, told: Told) -> exp.Expr | None:
    """What a function becomes; None where the engine has one of this name."""
    own = _OWN[told.dialect]
    if told.moments_are_text and told.dialect is not Dialect.SQLITE:
        own = {**own, **_TEXT_MOMENTS}
    if name in own:
        found = sqlglot.parse_one(own[name], read=told.dialect.value)
    elif told.dialect is Dialect.SQLITE:
        return None
    else:
        found = sqlglot.parse_one(_COMMON[name], read=Dialect.DUCKDB.value)
    # One of ours inside another is replaced where it stands, so it must stand in something.
    return exp.paren(found) if _is_one_of_ours(found) else found


def sqlite_functions() -> Mapping[str, tuple[int, Callable[..., int | str | None]]]:
    """What SQLite's engine registers: the name of each function, how many arguments it has, and what it does."""
    return FUNCTIONS
