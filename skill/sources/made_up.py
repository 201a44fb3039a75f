"""A made-up customer of an audience, to preview Topics before anybody real asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from skill.compiler import logic
from skill.compiler.rules import compares
from skill.errors import InputError
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.playbook import Playbook, SoldAs
from skill.model.rules import Compare, Rule

_READ = timedelta(hours=1)
"""How old the facts of a made-up account are."""


def of_audience(playbook: Playbook, key: str, now: datetime) -> Customer:
    """Somebody who belongs to this audience: what its rule asks for, and nothing special beside.

    The account holds the first plan, its person may buy, and every moment of the journey is reached.

    Raises:
        InputError: nobody can be in this audience.
    """
    audience = playbook.audiences[key]
    found = logic.cases(audience.rule, playbook.audiences) or ()
    case = next((case for case in found if logic.can_be(case)), None)
    if case is None:
        raise InputError(
            f"nobody can be in the audience `{audience.name}`",
            pointer="--as",
            help="its rule contradicts itself; see `tactful topics check`",
        )
    account: dict[str, Any] = {"id": f"acc_{key}", "traits": _traits(playbook)}
    person: dict[str, Any] = {"id": f"u_{key}", "role": _buyer(playbook)}
    facts = dict.fromkeys(playbook.moments, True)
    account |= _sold_here(playbook)
    for one in case:
        _set(one, account, person, facts, playbook)
    as_of = (now - _READ).isoformat()
    told = [{"name": name, "value": value, "as_of": as_of} for name, value in facts.items()]
    return Customer.model_validate({"account": account, "person": person, "facts": told})


def _sold_here(playbook: Playbook) -> dict[str, Any]:
    """The first plan, and a currency and region in which something is sold."""
    plans = [b for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN]
    prices = [p for b in playbook.bundles.values() for p in b.prices if p.currency]
    regions = [r for b in playbook.bundles.values() for r in b.regions]
    return {
        "plan": min(plans, key=lambda b: b.position).key if plans else None,
        "currency": prices[0].currency if prices else None,
        "region": regions[0] if regions else None,
    }


def _buyer(playbook: Playbook) -> str | None:
    return next((key for key, role in playbook.roles.items() if role.can_buy), None)


def _traits(playbook: Playbook) -> dict[str, Any]:
    """A value for each trait that no rule asks for, so that nothing special is true of the account."""
    asked = {(c.subject, c.value) for rule in _rules(playbook) for c in compares(rule)}
    out: dict[str, Any] = {}
    for key, trait in playbook.traits.items():
        kind = trait.type.lower()
        if kind == "one of":
            plain = [v for v in trait.values if (key, slug(v)) not in asked]
            out[key] = next(iter((*plain, *trait.values)), None)
        elif kind in ("money", "number"):
            out[key] = 0
        elif kind == "yes or no":
            out[key] = False
    return out


def _rules(playbook: Playbook) -> list[Rule]:
    plays = [p.applies_to for p in playbook.plays if p.applies_to is not None]
    return [*plays, *(a.rule for a in playbook.audiences.values())]


def _set(
    one: Compare,
    account: dict[str, Any],
    person: dict[str, Any],
    facts: dict[str, bool],
    playbook: Playbook,
) -> None:
    """Make one comparison true."""
    if one.about == "moment":
        facts[one.subject] = one.op == "is"
    if one.about != "fact":
        return
    value = _value(one, playbook)
    if one.subject == "role":
        person["role"] = value
    elif one.subject == "bundles":
        account["bundles"] = [*account.get("bundles", ()), value] if one.op == "is" else []
    elif one.subject in ("plan", "region", "currency"):
        account[one.subject] = str(value).upper() if one.subject != "plan" and value else value
    elif one.subject in playbook.traits:
        account["traits"][one.subject] = value


def _value(one: Compare, playbook: Playbook) -> Any:
    """A value with which the comparison holds."""
    if isinstance(one.value, Decimal):
        step = {"more_than": 1, "less_than": -1}.get(one.op, 0)
        number = one.value + step
        return int(number) if number == int(number) else float(number)
    if one.op == "is":
        return one.value
    others = {
        "plan": [k for k, b in playbook.bundles.items() if b.sold_as is SoldAs.PLAN],
        "role": list(playbook.roles),
    }.get(one.subject)
    if others is None:
        trait = playbook.traits.get(one.subject)
        others = list(trait.values) if trait else []
    return next((o for o in others if o.lower() != one.value), None)
