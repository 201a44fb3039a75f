"""The difference that an offer makes: what the account holds now, what it would hold after its steps, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Literal

from skill.model.account import Customer, Right
from skill.model.decision import Offer, Step
from skill.model.delta import DeltaLine, Side
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.policy.value.rights import Rights

Change = Literal["gained", "more", "changed", "less", "lost", "same", "unknown"]
_ORDER: tuple[Change, ...] = ("gained", "more", "changed", "less", "lost", "unknown")
_AMOUNT = re.compile(r"([\d,]+(?:\.\d+)?) ([a-z]+?)s?")


def delta(
    playbook: Playbook, customer: Customer, offer: Offer, now: datetime
) -> tuple[DeltaLine, ...]:
    """Every right, limit and setting that the offer's steps would change: what unblocks first, what is lost last.

    What is held is what the gate says: plan, extras, grants, removals and overrides. Lines on which both sides
    are the same are left out, but for the one that unblocks.
    """
    then = after(playbook, customer, offer.unlock.steps)
    lines = compared(playbook, customer, then, now)
    marked = (_marked(line, offer) for line in lines)
    shown = [line for line in marked if line.change != "same" or line.unblocks]
    return tuple(sorted(shown, key=lambda line: (not line.unblocks, _rank(line.change))))


def compared(
    playbook: Playbook, one: Customer, other: Customer, now: datetime
) -> tuple[DeltaLine, ...]:
    """Every feature, limit and setting that either of two customers holds, side by side, in the Topics' order."""
    return tuple(_lines(Rights.of(playbook, one, now), Rights.of(playbook, other, now)))


def after(playbook: Playbook, customer: Customer, steps: Iterable[Step]) -> Customer:
    """The same customer as it would stand after these purchases; nothing else about it changes.

    A plan takes the place of the present one, and extras that are not sold beside it end. A limit of the account's
    own stays as it was agreed, whatever is bought: that is what the gate will say, and only people change it.
    """
    account = customer.account
    for step in steps:
        bundle = playbook.bundles[step.bundle]
        if bundle.sold_as is SoldAs.PLAN:
            kept = tuple(k for k in account.bundles if _goes_with(playbook, k, bundle))
            account = account.model_copy(update={"plan": bundle.key, "bundles": kept})
        elif bundle.sold_as is SoldAs.TRIAL:
            trial = Right(name=bundle.key, source="trial")
            account = account.model_copy(update={"grants": (*account.grants, trial)})
        else:
            more = (bundle.key,) * max(step.quantity, 1)
            account = account.model_copy(update={"bundles": (*account.bundles, *more)})
    return customer.model_copy(update={"account": account})


def _goes_with(playbook: Playbook, key: str, plan: Bundle) -> bool:
    """Whether an extra is sold beside a plan; one that no Topic knows is nobody's to end."""
    extra = playbook.bundles.get(key)
    if extra is None:
        return True
    apart = plan.key in extra.not_together_with or extra.key in plan.not_together_with
    return not apart and (not extra.available_on or plan.key in extra.available_on)


def _marked(line: DeltaLine, offer: Offer) -> DeltaLine:
    is_limit = line.what == "limit"
    unblocks = line.key == offer.lifts if is_limit else line.key in offer.unlocks
    if not unblocks or line.what == "setting":
        return line
    return line.model_copy(update={"unblocks": True})


def _rank(change: Change) -> int:
    return _ORDER.index(change) if change in _ORDER else len(_ORDER)


def _lines(now: Rights, then: Rights) -> Iterator[DeltaLine]:
    playbook = now.playbook
    for key, feature in playbook.features.items():
        before, later = now.feature(key), then.feature(key)
        if before.has or later.has:
            yield DeltaLine(
                what="control" if feature.needs_role else "feature",
                key=key,
                name=feature.name,
                now=before,
                then=later,
                change=change_of(before, later),
            )
    for key, meter in playbook.meters.items():
        before, later = now.limit(key), then.limit(key)
        if before.has or later.has:
            yield DeltaLine(
                what="limit",
                key=key,
                name=meter.name,
                unit=meter.unit,
                now=before,
                then=later,
                change=change_of(before, later),
            )
    for key, feature in playbook.features.items():
        before, later = now.setting(key), then.setting(key)
        if before.has or later.has:
            yield DeltaLine(
                what="setting",
                key=key,
                name=feature.name,
                now=before,
                then=later,
                change=change_of(before, later),
            )


def change_of(now: Side, then: Side) -> Change:
    """What becomes of it, by its two sides alone."""
    if now.has is None or then.has is None:
        return "unknown"
    if now.has != then.has:
        return "gained" if then.has else "lost"
    if (now.value, now.text) == (then.value, then.text):
        return "same"
    before, later = _size(now), _size(then)
    if before is None or later is None or before[1] != later[1]:
        return "changed"
    return "more" if later[0] > before[0] else "less" if later[0] < before[0] else "changed"


def _size(side: Side) -> tuple[Decimal, str] | None:
    """How much it is, and of what: a limit, or a setting such as `30 days`; None where words alone say it."""
    if side.value is not None:
        return (Decimal("Infinity") if side.value == "unlimited" else side.value), ""
    match = _AMOUNT.fullmatch(side.text.strip().lower())
    return (Decimal(match[1].replace(",", "")), match[2]) if match else None
