"""Made-up accounts with ten readings each over eight meters, as a folder of Parquet files; the same from the same seed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from skill.model.account import Account, Customer
from skill.model.playbook import Playbook
from skill.policy import gate

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
"""When the made-up accounts are asked about."""

_ACCOUNTS = """
SELECT 'acc_' || lpad(i::VARCHAR, 8, '0') AS account,
       ['free', 'free', 'starter', 'starter', 'starter', 'team', 'team', 'business'][1 + pick(i, 1, 8)] AS plan,
       ['EU', 'US', 'EU'][1 + pick(i, 2, 3)] AS region,
       CASE WHEN pick(i, 2, 3) = 1 THEN 'USD' ELSE 'EUR' END AS currency,
       i
FROM range(getvariable('n')) t(i)
"""

_TRAITS = """
SELECT account, 'time-zone' AS name,
       ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'][1 + pick(i, 3, 4)] AS value
FROM made WHERE pick(i, 4, 10) < 3
UNION ALL SELECT account, 'touch', CASE WHEN pick(i, 5, 2) = 0 THEN 'low' ELSE 'high' END
FROM made WHERE pick(i, 6, 10) < 8
"""

_FACTS = """
SELECT account, 'active-regions' AS name, (1 + pick(i, 7, 3))::VARCHAR AS value,
       TIMESTAMP '2026-11-20 06:00:00' - to_days(pick(i, 8, 120)) AS as_of, NULL::DOUBLE AS max_age_hours
FROM made WHERE pick(i, 9, 10) = 0
"""

_BUNDLES = (
    "SELECT account, 'extra-seats' AS bundle FROM made WHERE pick(i, 10, 33) = 0 AND plan <> 'free'"
)

# What was agreed with two in a hundred: twice as much, without an end, or nothing.
_OVERRIDES = """
SELECT account, ['api-calls', 'seats', 'storage'][1 + pick(i, 11, 3)] AS meter,
       [200000, 50, 0, NULL][1 + pick(i, 12, 4)]::DOUBLE AS value
FROM made WHERE pick(i, 13, 50) = 0
"""

# Ten a day's work: eight meters, in the order of days as a nightly load writes them. Beside the plan's limits they are
# such that about one account in a hundred holds for each threshold.
_READINGS = """
WITH sized AS (
    SELECT account, i, CASE plan WHEN 'free' THEN 1 WHEN 'starter' THEN 10 WHEN 'team' THEN 50 ELSE 200 END AS size,
           CASE plan WHEN 'free' THEN 2 WHEN 'starter' THEN 10 WHEN 'team' THEN 25 ELSE 100 END AS seats,
           CASE plan WHEN 'free' THEN 1 WHEN 'starter' THEN 10 WHEN 'team' THEN 100 ELSE 1000 END AS space,
           CASE plan WHEN 'team' THEN 100000 WHEN 'business' THEN 500000 ELSE 50000 END AS calls
    FROM made
), ten AS (
    SELECT account, i, k, size, seats, space, calls, pick(i * 10 + k, 14, 1000) AS u, pick(i, 15, 1000) AS a, pick(i, 16, 2) AS is_caller
    FROM sized, range(10) t(k)
), told AS (
    SELECT account, i, k,
        CASE k WHEN 0 THEN 'storage' WHEN 1 THEN 'seats' WHEN 2 THEN 'active-users' WHEN 3 THEN 'reports' WHEN 4 THEN 'runs'
               WHEN 5 THEN 'dashboards' WHEN 6 THEN 'dashboards'
               ELSE CASE WHEN is_caller = 1 THEN 'api-calls' ELSE 'messages' END END AS meter,
        CASE k WHEN 5 THEN 30 + u % 8 WHEN 7 THEN CASE WHEN is_caller = 1 THEN 2 ELSE 8 + u % 3 END
               WHEN 8 THEN CASE WHEN is_caller = 1 THEN 1 ELSE 3 END WHEN 9 THEN 0
               ELSE CASE WHEN u < 950 THEN u % 2 ELSE u % 9 END END AS days,
        CASE k WHEN 0 THEN round(space * u * 0.000808, 2) WHEN 1 THEN CASE WHEN a < 975 THEN seats // 2 ELSE greatest(seats - a % 4, 0) END
               WHEN 2 THEN seats * u // 2400 WHEN 3 THEN u % 8 + (u >= 990)::INTEGER WHEN 4 THEN size * u * 69 // 200
               WHEN 5 THEN 10 + a % 10 WHEN 6 THEN 10 + a % 10 + CASE WHEN u >= 990 THEN 12 ELSE 0 END
               ELSE CASE WHEN is_caller = 1 THEN calls * (a * 8 + u % 300) // 10000
                    ELSE (k - 6) * 1000 + u + CASE WHEN k = 9 AND a >= 990 THEN 4000 ELSE 0 END END END::DOUBLE AS value
    FROM ten
), odd AS (
    SELECT account, 'reports' AS meter, TIMESTAMP '2026-11-21 08:59:59' AS "at",
           [NULL, 'NaN', 'Infinity', '-1'][1 + pick(i, 17, 4)]::DOUBLE AS value FROM made WHERE pick(i, 18, 500) = 0
    UNION ALL SELECT account, 'storage', TIMESTAMP '2026-11-21 09:00:00.000001', 100000 FROM made WHERE pick(i, 19, 500) = 0
    UNION ALL SELECT account, 'seats', TIMESTAMP '2026-11-21 09:00:00', v FROM made, (VALUES (9.0::DOUBLE), (1)) t(v)
              WHERE pick(i, 20, 500) = 0
)
SELECT account, meter, TIMESTAMP '2026-11-21 09:00:00' - to_days(days) - to_seconds(60 * pick(i * 10 + k, 21, 541)) AS "at", value
FROM told UNION ALL SELECT account, meter, "at", value FROM odd
ORDER BY date_trunc('day', "at")
"""

_EVENTS = """
WITH six AS (SELECT account, i, k, pick(i * 6 + k, 22, 12) AS what FROM made, range(6) t(k) WHERE pick(i, 23, 4) = 0)
SELECT account, ['csv_export', 'run_retried', 'member_invited', 'dashboard_viewed', 'report_exported', 'run_succeeded',
                 'use', 'view', 'view', 'attempt', 'attempt', 'attempt'][1 + what] AS name,
       TIMESTAMP '2026-11-21 09:00:00' - to_days(pick(i * 6 + k, 24, 35) // (1 + k)) - to_seconds(60 * pick(i * 6 + k, 25, 2880)) AS "at",
       CASE WHEN what IN (6, 9, 10, 11) THEN ['salesforce-sync', 'webhooks', 'custom-dashboards'][1 + pick(i, 26, 3)] END AS feature,
       CASE WHEN what IN (7, 8) THEN ['pricing', 'security'][1 + pick(i, 27, 2)] END AS page,
       CASE WHEN what IN (6, 9, 10, 11) THEN '{"feature":"' || ['salesforce-sync', 'webhooks', 'custom-dashboards'][1 + pick(i, 26, 3)] || '"}'
            WHEN what IN (7, 8) THEN '{"page":"' || ['pricing', 'security'][1 + pick(i, 27, 2)] || '"}' ELSE '{}' END AS properties
FROM six
"""

_PARTS = {"traits": _TRAITS, "facts": _FACTS, "bundles": _BUNDLES, "overrides": _OVERRIDES}
_USAGE = {"readings": _READINGS, "events": _EVENTS}


def write(folder: Path, playbook: Playbook, n: int, *, seed: int = 1) -> None:
    """Make `n` accounts into a folder: the tables of a sweep, and `overrides`, from which their limits were made."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = connected()
    connection.execute(f"SET VARIABLE n = {n}")
    connection.execute(
        f"CREATE MACRO pick(i, part, n) AS (hash(i, part, {seed}) % n::UBIGINT)::INTEGER"
    )
    connection.execute(f"CREATE TABLE made AS {_ACCOUNTS}")
    _write(connection, folder, "accounts", "SELECT account, plan, region, currency FROM made")
    for name, made in _PARTS.items():
        connection.execute(f"CREATE TABLE {name} AS {made}")
        _write(connection, folder, name, f"FROM {name}")
    _write(connection, folder, "limits", _limits(connection, playbook))
    for name, made in _USAGE.items():
        _write(connection, folder, name, made)
    connection.close()


def _write(connection: Any, folder: Path, name: str, query: str) -> None:
    connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")


def _limits(connection: Any, playbook: Playbook) -> str:
    """The effective limits that differ from the plan's own, by the gate itself: of each plan with its add-on, and overrides."""
    connection.execute(
        "CREATE TABLE widened (plan VARCHAR, bundle VARCHAR, meter VARCHAR, value DOUBLE, kind VARCHAR)"
    )
    for plan, bundle in connection.execute(
        "SELECT DISTINCT plan, bundle FROM made JOIN bundles USING (account) ORDER BY ALL"
    ).fetchall():
        held = Customer(account=Account(plan=plan, bundles=(bundle,)))
        for meter in playbook.meters:
            with_it = gate.effective_limit(playbook, held, meter, NOW)
            alone = gate.effective_limit(playbook, Customer(account=Account(plan=plan)), meter, NOW)
            if with_it is not None and (alone is None or with_it.value != alone.value):
                kind = "unlimited" if with_it.value is None else "figure"
                row = [plan, bundle, meter, with_it.value, kind]
                connection.execute("INSERT INTO widened VALUES (?, ?, ?, ?, ?)", row)
    return """
        SELECT account, meter, value, CASE WHEN value IS NULL THEN 'unlimited' ELSE 'figure' END AS kind FROM overrides
        UNION ALL SELECT account, meter, value, kind FROM made JOIN bundles USING (account) JOIN widened USING (plan, bundle)
        ANTI JOIN overrides USING (account, meter)
    """


def connected() -> Any:
    """DuckDB in memory, in UTC, with two threads."""
    connection = importlib.import_module("duckdb").connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def customers(folder: Path) -> Iterator[Customer]:
    """The same accounts as the policy sees them; a value that no reading can have is left out."""
    connection = connected()

    def by_account(name: str) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for account, *rest in connection.execute(f"FROM '{folder / name}.parquet'").fetchall():
            found.setdefault(account, []).append(tuple(rest))
        return found

    names = ("traits", "facts", "bundles", "overrides", "readings", "events")
    parts = {name: by_account(name) for name in names}
    rows = connection.execute(f"FROM '{folder}/accounts.parquet' ORDER BY account").fetchall()
    for account, plan, region, currency in rows:
        mine = {name: parts[name].get(account, []) for name in names}
        yield _customer(account, plan, region, currency, mine)


def _customer(
    account: str,
    plan: str,
    region: str,
    currency: str,
    mine: Mapping[str, Sequence[tuple[Any, ...]]],
) -> Customer:
    about = {
        "id": account,
        "plan": plan,
        "region": region,
        "currency": currency,
        "bundles": [bundle for (bundle,) in mine["bundles"]],
        "traits": dict(mine["traits"]),
        "limits": {
            meter: None if value is None else exact(value) for meter, value in mine["overrides"]
        },
    }
    usage = [
        {"meter": meter, "at": at.replace(tzinfo=UTC), "value": exact(value)}
        for meter, at, value in mine["readings"]
        if value is not None and 0 <= value < float("inf")
    ]
    facts = [
        {"name": name, "value": value, "as_of": as_of.replace(tzinfo=UTC)}
        for name, value, as_of, _ in mine["facts"]
    ]
    events = [
        {"id": f"{account}-{place}", "name": name, "at": at.replace(tzinfo=UTC)}
        | {"properties": {k: v for k, v in (("feature", feature), ("page", page)) if v}}
        for place, (name, at, feature, page, _) in enumerate(mine["events"])
    ]
    return Customer.model_validate(
        {"account": about, "usage": usage, "facts": facts, "events": events}
    )


def exact(value: float) -> Decimal:
    """A made-up figure, which has at most two decimals."""
    return Decimal(str(value))
