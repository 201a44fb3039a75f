"""Limits and commits: what a reading is compared with, as columns; 0 stands for a limit that nobody comes near."""

from __future__ import annotations

from skill.model.account import Account, Customer
from skill.model.playbook import SoldAs
from skill.policy import gate
from skill.sources.warehouse import numbers
from skill.sources.warehouse.asked import Asked, listed, quoted
from skill.sources.warehouse.dialects import HIGHEST


def limit_of(asked: Asked, meter: str) -> str:
    """The limit of an account in millionths: NULL where nobody can say, 0 where there is none to reach."""
    name = asked.meters.setdefault(meter, f"l{len(asked.meters)}")
    return f"CASE WHEN own.is_{name} = 1 THEN own.{name} ELSE plan.{name} END"


def commit_of(asked: Asked, meter: str) -> str:
    """What the contract commits to of a meter, in millionths; NULL where nobody can say."""
    number = asked.known(f"{meter}-commit", "number")
    return f"CASE WHEN {number} >= 0 THEN {number} END"


def plan_limits(asked: Asked) -> str:
    """The limits of an account that has nothing but its plan, a row a plan: as the policy tells them."""
    rows = [_row(asked, None)]
    rows += [
        _row(asked, b.key) for b in asked.playbook.bundles.values() if b.sold_as is SoldAs.PLAN
    ]
    return " UNION ALL ".join(rows)


def _row(asked: Asked, plan: str | None) -> str:
    customer = Customer(account=Account(plan=plan))
    told = [f"CAST({quoted(plan)} AS TEXT) AS plan" if plan else "CAST(NULL AS TEXT) AS plan"]
    for meter, name in asked.meters.items():
        limit = gate.effective_limit(asked.playbook, customer, meter, asked.now)
        figure = "NULL" if limit is None else str(numbers.millionths(limit.value or numbers.ZERO))
        told.append(f"tactful_big({figure}) AS {name}")
    return f"SELECT {', '.join(told)}"


def own_limits(asked: Asked) -> str:
    """The limits of accounts that have more than their plan."""
    told = []
    for meter, name in asked.meters.items():
        mine = f"m.meter = {quoted(meter)}"
        # Of another kind, or no figure from zero up: nobody can say.
        figure = (
            "CASE WHEN m.kind = 'unlimited' THEN 0 WHEN m.kind = 'figure' AND m.value >= 0 "
            f"AND m.value < {HIGHEST} THEN tactful_millionths(m.value) END"
        )
        told.append(f"MAX(CASE WHEN {mine} THEN {figure} END) AS {name}")
        told.append(f"MAX(CASE WHEN {mine} THEN 1 END) AS is_{name}")
    return (
        f"SELECT m.account AS account, {', '.join(told)} FROM limits AS m "
        f"WHERE m.meter IN ({listed(list(asked.meters))}){asked.page('m')} GROUP BY m.account"
    )
