"""Allowances: the limit of a meter with everything that gives it, the share of it that is used, and where a pace leads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from skill.model.readiness import Allowance
from skill.policy import gate
from skill.policy.signals.paces import pace_of
from skill.policy.signals.record import Record

_PLACES = Decimal("0.0001")


def allowance(record: Record, meter: str) -> Allowance | None:
    """The limit of a meter that applies to this account, with everything that gives it; None where nobody can say."""
    limit = record.limit(meter)
    if limit is None:
        return None
    value = "unlimited" if limit.value is None else limit.value
    if limit.source == "override":
        return Allowance(value=value, source="override")
    playbook, account = record.playbook, record.customer.account
    held = gate.held_bundles(playbook, record.customer, record.now)
    plan = gate.held_plan(playbook, record.customer)
    extending = [b for b in held if any(r.meter == meter and r.extends for r in b.limits)]
    giving = [playbook.bundles[limit.bundle], *extending]
    granted = {r.name for r in account.grants} - set(account.bundles)
    kinds = ["plan" if b is plan else "grant" if b.key in granted else "add-on" for b in giving]
    row = limit.span if len(giving) == 1 else None
    return Allowance(
        value=value,
        source=" and ".join(dict.fromkeys(kinds)),
        names=tuple(dict.fromkeys(b.name for b in giving)),
        topic=row.file if row else "",
        line=row.line if row else None,
    )


def share_of(value: Decimal | str | None, limit: Allowance | None) -> Decimal | None:
    """How much of the limit is used, to four places; None where there is none to reach."""
    if limit is None or not isinstance(value, Decimal) or not isinstance(limit.value, Decimal):
        return None
    if not limit.value:
        return None
    share = value / limit.value
    # Past this, four places would not fit into a decimal's 28 digits, and nobody needs them.
    return share.quantize(_PLACES) if share < 1_000_000 else share


def projection(record: Record, meter: str) -> tuple[Decimal | None, date | None]:
    """What a meter comes to when its period ends, and the day on which it reaches its limit at this pace.

    Nothing where it has no period, was not read in it, or too little of it has passed.
    """
    course = record.course(meter)
    newest, limit = course.newest, record.limit(meter)
    if newest is None or limit is None or not limit.value:
        return None, None
    now = pace_of(record, meter, newest, course.ats[-1])
    if now is None or now.is_early or not now.used:
        return None, None
    day = now.day(limit.value, record) if now.passes(limit.value) else None
    return now.projected.to_integral_value(), day
