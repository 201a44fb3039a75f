"""The shape of the statement: what is known of each account, one pass a table, and the rows judged from both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal

from skill.policy import rules
from skill.sources.warehouse.asked import Asked, Pass, listed, quoted
from skill.sources.warehouse.courses import back
from skill.sources.warehouse.edges import EPOCH
from skill.sources.warehouse.limits import own_limits, plan_limits

ZONE = "time-zone"
"""The key of the trait or fact that tells where an account is."""
_HOUR = 3_600_000_000
"""Microseconds."""


def shape(asked: Asked, rows: Sequence[str], *, only_holding: bool) -> str:
    """The whole statement from the rows that were written, and from everything that they asked."""
    if asked.days:
        asked.known(ZONE)
    ctes: dict[str, str] = {}
    joins: list[str] = []

    def joined(name: str, body: str, on: str = "account") -> None:
        ctes[name] = body
        joins.append(f"LEFT JOIN {name} AS {name} ON {name}.{on} = a.{on}")

    if asked.subjects:
        ctes["believed"] = _believed(asked)
        joined("known", _known(asked))
    if asked.days:
        ctes["zones"] = _zones(asked)
        joined("calendar", _calendar(asked))
    if asked.meters:
        joined("plan", plan_limits(asked), "plan")
        joined("own", own_limits(asked))
    if asked.bundles:
        joined("held", _held(asked))
    for each in asked.passes.values():
        joined(each.name, _pass(asked, each))
    told = "".join(f", CAST({row} AS INTEGER) AS r{n}" for n, row in enumerate(rows))
    judged = (
        f"SELECT a.account AS account{told} FROM accounts AS a {' '.join(joins)} "
        f"WHERE TRUE{asked.page('a')}"
    )
    names = "".join(f", j.r{n} AS r{n}" for n in range(len(rows)))
    some = " OR ".join(f"j.r{n} = 1" for n in range(len(rows))) or "FALSE"
    where = f"WHERE {some} " if only_holding else ""
    before = ", ".join(f"{name} AS ({body})" for name, body in ctes.items())
    return (
        f"{f'WITH {before} ' if before else ''}SELECT j.account AS account{names} "
        f"FROM ({judged}) AS j {where}ORDER BY tactful_in_order(j.account)"
    )


def _pass(asked: Asked, each: Pass) -> str:
    """One pass: the aggregates of each account over its rows."""
    rows = each.rows(each)
    if each.is_local:
        days = [
            f"COALESCE(c.{name}, {asked.day_in(UTC, back, is_date=False)}) AS {name}"
            for (back, is_date), name in asked.days.items()
            if not is_date
        ]
        rows = (
            f"SELECT b.*, {', '.join(days)} FROM ({rows}) AS b "
            "LEFT JOIN calendar AS c ON c.account = b.account"
        )
    told = ", ".join(f"{aggregate} AS {name}" for aggregate, name in each.columns.items())
    return f"SELECT t.account AS account, {told} FROM ({rows}) AS t GROUP BY t.account"


def _known(asked: Asked) -> str:
    """What is believed of each account, and what is read out of its text."""
    read = "".join(
        f", tactful_{how}(b.{column}) AS {name}"
        for (how, column), name in asked.readings_of_text.items()
    )
    return f"SELECT b.*{read} FROM believed AS b"


def _believed(asked: Asked) -> str:
    """What is believed: of dated facts the newest, where it is not too old; else the trait. As `rules.believed`."""
    names = listed(list(asked.subjects))
    told = []
    for subject, name in asked.subjects.items():
        mine = f"t.name = {quoted(subject)}"
        told.append(
            f"CASE WHEN MAX(CASE WHEN {mine} AND t.place = 1 THEN 1 END) = 1 "
            f"THEN MAX(CASE WHEN {mine} AND t.place = 1 THEN t.value END) "
            f"ELSE MAX(CASE WHEN {mine} AND t.place = 0 THEN t.value END) END AS {name}"
        )
    newest = (
        f"SELECT f.account AS account, f.name AS name, CASE WHEN {_is_young(asked)} THEN f.value END AS value, "
        "ROW_NUMBER() OVER (PARTITION BY f.account, f.name ORDER BY f.as_of DESC, COALESCE(f.value, '') DESC) AS place "
        f"FROM facts AS f WHERE f.name IN ({names}) AND f.as_of <= {asked.at(asked.now)} "
        f"AND f.as_of >= {asked.at(EPOCH)}{asked.page('f')}"
    )
    traits = (
        "SELECT w.account AS account, w.name AS name, w.value AS value, 0 AS place "
        f"FROM traits AS w WHERE w.name IN ({names}){asked.page('w')}"
    )
    return (
        f"SELECT t.account AS account, {', '.join(told)} "
        f"FROM ({newest} UNION ALL {traits}) AS t WHERE t.place <= 1 GROUP BY t.account"
    )


def _is_young(asked: Asked) -> str:
    """Whether a fact is not older than it says it may be, or its trait, or what goes for every fact."""
    cases = []
    for subject in asked.subjects:
        trait = asked.playbook.traits.get(subject)
        hours = trait.max_age_hours if trait else rules.DEFAULT_MAX_AGE_HOURS
        if hours is not None:
            oldest = asked.at(back(asked.now, Decimal(hours)))
            cases.append(f"WHEN f.name = {quoted(subject)} THEN f.as_of >= {oldest}")
    age = f"{_microseconds(asked)} - tactful_microseconds(f.as_of)"
    otherwise = f"CASE {' '.join(cases)} ELSE TRUE END" if cases else "TRUE"
    return (
        f"CASE WHEN f.max_age_hours <> 0 THEN {age} <= f.max_age_hours * {_HOUR} "
        f"ELSE {otherwise} END"
    )


def _microseconds(asked: Asked) -> int:
    gone = asked.now - EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


def _zones(asked: Asked) -> str:
    """The days of each time zone that some account tells."""
    rows = []
    for name, zone in asked.zones.items():
        days = [
            f"{asked.day_in(zone, back, is_date=is_date)} AS {column}"
            for (back, is_date), column in asked.days.items()
        ]
        rows.append(f"SELECT {quoted(name)} AS zone, {', '.join(days)}")
    return " UNION ALL ".join(rows)


def _calendar(asked: Asked) -> str:
    """The days of each account that is not in UTC."""
    days = ", ".join(f"z.{column} AS {column}" for column in asked.days.values())
    zone = asked.subjects[ZONE]
    return (
        f"SELECT k.account AS account, {days} FROM known AS k JOIN zones AS z ON z.zone = k.{zone}"
    )


def _held(asked: Asked) -> str:
    """Which of the bundles that an audience names an account holds beside its plan."""
    told = ", ".join(
        f"MAX(CASE WHEN t.bundle = {quoted(key)} THEN 1 END) AS {name}"
        for key, name in asked.bundles.items()
    )
    return (
        f"SELECT t.account AS account, {told} FROM bundles AS t "
        f"WHERE t.bundle IN ({listed(list(asked.bundles))}){asked.page('t')} GROUP BY t.account"
    )
