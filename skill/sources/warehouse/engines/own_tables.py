"""Our own tables as those that a sweep reads: bodies of JSON taken apart where they are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from skill.sources.warehouse.dialects import Dialect
from skill.sources.warehouse.engines.contract import text

LIMITS = "tactful_sweep_limits"
"""The effective limits of accounts that have more than a plan, as the gate tells them."""
KEYS = "tactful_sweep_keys"
"""The key of every name of a fact, and of every feature and page of an event: no SQL makes one as we do."""

# An account that was merged into another since it was last reported is nobody's any more: what is used is used there.
_STANDING = """a.tenant = {tenant} AND NOT EXISTS (
            SELECT 1 FROM {at}moves AS m WHERE m.tenant = a.tenant AND m.source = a.id AND m.person = ''
            AND m.target <> a.id AND m.at >= a.updated_at)"""

# PostgreSQL reads no JSON that holds this character, and one such body would end the whole sweep.
_READABLE = "strpos({}.body, '\\u0000') = 0"

_SQLITE = {
    "accounts": """
        SELECT a.id AS account, a.body ->> '$.plan' AS plan, a.body ->> '$.region' AS region,
               a.body ->> '$.currency' AS currency
        FROM {at}accounts AS a WHERE {standing}""",
    # A number by its own text: every digit of it counts.
    "traits": """
        SELECT a.id AS account, j.key AS name,
               CASE j.type WHEN 'text' THEN j.value WHEN 'null' THEN NULL ELSE a.body -> j.fullkey END AS value
        FROM {at}accounts AS a, json_each(a.body, '$.traits') AS j WHERE {standing}""",
    "facts": """
        SELECT f.account AS account, tactful_key(f.name) AS name,
               CASE json_type(f.body, '$.value') WHEN 'text' THEN f.body ->> '$.value' WHEN 'null' THEN NULL
                    WHEN 'object' THEN f.body ->> '$.value.decimal' ELSE f.body -> '$.value' END AS value,
               f.as_of AS as_of, CAST(f.body ->> '$.max_age_hours' AS REAL) AS max_age_hours
        FROM {at}facts AS f WHERE f.tenant = {tenant}""",
    "bundles": """
        SELECT a.id AS account, j.value AS bundle
        FROM {at}accounts AS a, json_each(a.body, '$.bundles') AS j WHERE {standing}""",
    "limits": "SELECT l.account, l.meter, l.value, l.kind FROM {limits} AS l",
    # A whole number stays one: sixty-four bits of it are exact.
    "readings": """
        SELECT r.account AS account, r.body ->> '$.meter' AS meter, r."at" AS "at",
               CASE WHEN instr(r.body ->> '$.value', '.') + instr(r.body ->> '$.value', 'E') = 0
                    THEN CAST(r.body ->> '$.value' AS INTEGER)
                    ELSE CAST(r.body ->> '$.value' AS REAL) END AS value
        FROM {at}readings AS r WHERE r.tenant = {tenant}""",
    "events": """
        SELECT e.account AS account, e.body ->> '$.name' AS name, e."at" AS "at",
               tactful_key(e.body ->> '$.properties.feature') AS feature,
               tactful_key(e.body ->> '$.properties.page') AS page, e.body -> '$.properties' AS properties
        FROM {at}events AS e WHERE e.tenant = {tenant}""",
}
_POSTGRES = {
    "accounts": """
        SELECT a.id AS account, a.body::json ->> 'plan' AS plan, a.body::json ->> 'region' AS region,
               a.body::json ->> 'currency' AS currency
        FROM {at}accounts AS a WHERE {standing}""",
    "traits": """
        SELECT a.id AS account, j.key AS name, j.value AS value
        FROM {at}accounts AS a, json_each_text(a.body::json -> 'traits') AS j WHERE {standing}""",
    "facts": """
        SELECT f.account AS account, k.key AS name,
               COALESCE(CASE json_typeof(f.body::json -> 'value') WHEN 'object'
                        THEN f.body::json #>> '{{value,decimal}}' END, f.body::json ->> 'value') AS value,
               f.as_of AS as_of, CAST(f.body::json ->> 'max_age_hours' AS NUMERIC) AS max_age_hours
        FROM {at}facts AS f JOIN {keys} AS k ON k.name = f.name
        WHERE f.tenant = {tenant} AND {readable_f}""",
    "bundles": """
        SELECT a.id AS account, j.value AS bundle
        FROM {at}accounts AS a, json_array_elements_text(a.body::json -> 'bundles') AS j WHERE {standing}""",
    "limits": "SELECT l.account, l.meter, l.value, l.kind FROM {limits} AS l",
    "readings": """
        SELECT r.account AS account, r.body::json ->> 'meter' AS meter, r.at AS at,
               CAST(r.body::json ->> 'value' AS NUMERIC) AS value
        FROM {at}readings AS r WHERE r.tenant = {tenant}""",
    "events": """
        SELECT e.account AS account, e.body::json ->> 'name' AS name, e.at AS at,
               f.key AS feature, p.key AS page, e.body::json ->> 'properties' AS properties
        FROM {at}events AS e
        LEFT JOIN {keys} AS f ON f.name = e.body::json #>> '{{properties,feature}}'
        LEFT JOIN {keys} AS p ON p.name = e.body::json #>> '{{properties,page}}'
        WHERE e.tenant = {tenant} AND {readable_e}""",
}
_NAMES = """
    SELECT f.name FROM {at}facts AS f WHERE f.tenant = {tenant}
    UNION SELECT e.body::json #>> '{{properties,feature}}' FROM {at}events AS e
    WHERE e.tenant = {tenant} AND {readable_e} AND e.body::json ->> 'name' IN ('attempt', 'use')
    UNION SELECT e.body::json #>> '{{properties,page}}' FROM {at}events AS e
    WHERE e.tenant = {tenant} AND {readable_e} AND e.body::json ->> 'name' = 'view'
"""
_WITH_MORE = {
    Dialect.SQLITE: """json_array_length(a.body, '$.bundles') > 0 OR json_array_length(a.body, '$.grants') > 0
        OR json_array_length(a.body, '$.removals') > 0 OR a.body -> '$.limits' <> '{{}}'""",
    Dialect.POSTGRES: """json_array_length(a.body::json -> 'bundles') > 0 OR json_array_length(a.body::json -> 'grants') > 0
        OR json_array_length(a.body::json -> 'removals') > 0 OR a.body::json ->> 'limits' <> '{{}}'""",
}


class OwnTables:
    """The SQL of our own tables, of one tenant."""

    def __init__(self, dialect: Dialect, tenant: str, schema: str) -> None:
        """Only stores.

        Args:
            dialect: of the database: SQLite or PostgreSQL.
            tenant: whose rows.
            schema: where our tables are; a table of a sweep has the same name as one of ours.
        """
        is_sqlite = dialect is Dialect.SQLITE
        given = {"tenant": text(tenant), "at": f'"{schema}".', "keys": f"pg_temp.{KEYS}"}
        given["limits"] = f"temp.{LIMITS}" if is_sqlite else f"pg_temp.{LIMITS}"
        given |= {f"readable_{alias}": _READABLE.format(alias) for alias in "efa"}
        given["standing"] = _STANDING.format(**given)
        if not is_sqlite:
            given["standing"] += f" AND {given['readable_a']}"
        self._given = given
        self.dialect = dialect
        self.prelude: Mapping[str, str] = {
            name: body.format(**given)
            for name, body in (_SQLITE if is_sqlite else _POSTGRES).items()
        }

    def number(self, value: Decimal | None) -> Decimal | int | float | None:
        """An exact number as the database takes it: SQLite keeps sixty-four bits of a whole one."""
        if value is None or self.dialect is Dialect.POSTGRES:
            return value
        return int(value) if value == int(value) else float(value)

    def names(self) -> str:
        """Every word whose key is asked for."""
        return _NAMES.format(**self._given)

    def with_more(self, behind: str, n: int) -> str:
        """The next accounts that have more than a plan, with their bodies, in order."""
        return (
            "SELECT a.id, a.body FROM {at}accounts AS a WHERE {standing} AND ("
            + _WITH_MORE[self.dialect]
            + ") AND a.id > {behind} ORDER BY a.id LIMIT {n}"
        ).format(**self._given, behind=text(behind), n=n)
