"""Plans as wholes: which of them a question is told of, what one holds, and what it adds to another."""

from __future__ import annotations

from datetime import datetime

from skill.model.account import Customer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Bundle, Limit, Playbook, SoldAs
from skill.model.rules import Truth
from skill.policy import gate

MOST_NAMED = 12
"""So many features are named in one sentence; nobody reads further."""
MOST_LIMITS = 4


def told(
    playbook: Playbook, customer: Customer, meaning: Meaning, surface: Surface, now: datetime
) -> tuple[str, ...]:
    """Keys of the plans to tell of: those that were named, the asker's own, or all that are sold to them.

    Where the asker's plan is not known, or anybody may read along, the plans that there are stand in for it.
    """
    held = gate.held_plan(playbook, customer)
    sold = _sold(playbook, customer, now)
    if meaning.plans:
        own = held.key if held is not None else ""
        return tuple(key for key in meaning.plans if key in sold or key == own)
    if meaning.outcome is not Outcome.PLANS:
        return ()
    private = surface is not Surface.PUBLIC_DIRECTORY
    if meaning.wants in ("which_plan", "own_plan") and held is not None and private:
        return (held.key,)
    return sold


def _sold(playbook: Playbook, customer: Customer, now: datetime) -> tuple[str, ...]:
    """Keys of the plans that this account could be told of: still sold, and to its audience."""
    today = now.date().isoformat()
    return tuple(
        plan.key
        for plan in playbook.bundles.values()
        if plan.sold_as is SoldAs.PLAN
        and not (plan.sold_until and plan.sold_until < today)
        and (not plan.sold_to or gate.is_in(plan.sold_to, playbook, customer, now) is Truth.TRUE)
    )


def features(playbook: Playbook, plan: Bundle, lower: Bundle | None = None) -> tuple[str, ...]:
    """Names of what a plan holds, or of what it adds to a lower one; what it has of its own stands first."""
    taken = set(lower.unlocks) if lower is not None else set[str]()
    below = {key for name in plan.includes for key in _unlocks(playbook, name)}
    found = [key for key in plan.unlocks if key in playbook.features and key not in taken]
    own = [key for key in found if key not in below]
    return tuple(playbook.features[key].name for key in (*own, *(k for k in found if k in below)))


def limits(playbook: Playbook, plan: Bundle, lower: Bundle | None = None) -> tuple[Limit, ...]:
    """The limits of a plan; beside a lower one, those that differ."""
    before = {limit.meter: limit.value for limit in lower.limits} if lower is not None else {}
    return tuple(
        limit
        for limit in plan.limits
        if limit.meter in playbook.meters
        and not (limit.meter in before and before[limit.meter] == limit.value)
    )


def _unlocks(playbook: Playbook, key: str) -> tuple[str, ...]:
    found = playbook.bundles.get(key)
    return found.unlocks if found is not None else ()
