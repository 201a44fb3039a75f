"""Ways: which purchases lead to what was asked, one or at most two, each sold to who holds what this account holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from skill.model.account import Customer
from skill.model.decision import (
    Access,
    EffectiveLimit,
    Meaning,
    Reason,
    Step,
    Unlock,
    Verdict,
)
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.offers.holdings import Account
from skill.policy.prices import pricing
from skill.policy.signals.paces import projected_need
from skill.policy.signals.record import Record

MAX_QUANTITY = 100_000
"""More units of an extension than this is no offer but a conversation."""


def unlocks(
    playbook: Playbook, customer: Customer, found: Access, meaning: Meaning, now: datetime
) -> tuple[Unlock, ...]:
    """The ways that lead to a feature that is denied or limited, the smallest step first.

    A feature may take a plan and then an add-on, where no single step unlocks it. A limit is lifted in one step
    or not at all: a plan that lifts nothing by itself is no answer to "we need more".
    """
    account = Account.of(playbook, customer, now)
    if found.reason is Reason.ROLE_NOT_ALLOWED or not can_be_bought(account, found.feature):
        return ()
    if found.verdict is Verdict.LIMITED:
        ways = list(_lifts(account, found, meaning))
    elif found.verdict is Verdict.DENIED:
        meter = meaning.meter if meaning.meter in playbook.features[found.feature].meters else None
        ways = list(_single_steps(account, found.feature))
        ways = ways or list(_two_steps(account, found.feature))
        if meter is not None:
            ways = [way for way in ways if _gives(account, way, meter, meaning.need)]
    else:
        return ()
    return tuple(sorted(ways, key=lambda way: size(account, way)))


def can_be_bought(account: Account, feature: str) -> bool:
    """Whether a purchase can bring a feature at all: it was not taken away from this account, and is for such accounts."""
    known = account.playbook.features[feature]
    if account.is_removed(feature):
        return False
    return gate.is_for(account.playbook, account.customer, known, account.now) is Truth.TRUE


def _single_steps(account: Account, feature: str) -> Iterator[Unlock]:
    for bundle in account.tables.holding.get(feature, ()):
        if account.holds(bundle.key):
            continue
        if bundle.sold_as is SoldAs.TRIAL and account.has_had(bundle):
            continue  # it is offered once
        if bundle.sold_as is SoldAs.PLAN:
            if account.can_reach(bundle):
                yield Unlock(steps=(Step(bundle=bundle.key),))
        elif account.can_add(bundle, account.plan):
            needed = account.lacks(bundle)
            if _can_take(account, needed, account.plan):
                yield Unlock(steps=(*(Step(bundle=k) for k in needed), Step(bundle=bundle.key)))


def _can_take(account: Account, needed: tuple[str, ...], plan: Bundle | None) -> bool:
    """Whether what an extra needs is itself one purchase away: at most one more, sold on this plan."""
    if len(needed) > 1:
        return False
    for key in needed:
        bundle = account.playbook.bundles[key]
        if bundle.sold_as is SoldAs.PLAN or account.lacks(bundle):
            return False
        if not account.can_add(bundle, plan):
            return False
    return True


def _two_steps(account: Account, feature: str) -> Iterator[Unlock]:
    """The first plan on the way up that an extra with the feature is sold on, then what it needs, then that extra."""
    for extra in account.tables.holding.get(feature, ()):
        if extra.sold_as is SoldAs.PLAN:
            continue
        needed = account.lacks(extra)
        for plan in account.tables.plans:
            fits = account.can_reach(plan) and account.can_add(extra, plan)
            if fits and _can_take(account, needed, plan):
                yield Unlock(steps=tuple(Step(bundle=k) for k in (plan.key, *needed, extra.key)))
                break


def _gives(account: Account, way: Unlock, meter: str, need: Decimal | None) -> bool:
    """Whether this way also holds the amount asked about, counting what each step brings."""
    if need is None:
        return True
    bundles = [account.playbook.bundles[s.bundle] for s in way.steps]
    brings_plan = any(b.sold_as is SoldAs.PLAN for b in bundles)
    parts = bundles if brings_plan or account.plan is None else [account.plan, *bundles]
    rows = [r for b in parts for r in b.limits if r.meter == meter]
    if not rows or any(r.value is None for r in rows):
        return True
    base = max((r.value or Decimal(0) for r in rows if not r.extends), default=Decimal(0))
    return base + sum((r.value or Decimal(0) for r in rows if r.extends), Decimal(0)) >= need


def _lifts(account: Account, found: Access, meaning: Meaning) -> Iterator[Unlock]:
    """The steps that lift a reached limit to the amount asked about, else to what its pace will need this period.

    Where nothing that is sold goes so far, any step up is a way.
    """
    limit = found.limit
    if limit is None or limit.value is None:
        return iter(())
    need = meaning.need if meaning.wants != "more" else None
    if need is None:
        projected = projected_need(
            Record(account.playbook, account.customer, account.now), limit.meter
        )
        if projected is not None:
            ways = list(_steps_up(account, found.feature, limit, projected))
            if ways:
                return iter(ways)
    return _steps_up(account, found.feature, limit, need)


def _steps_up(
    account: Account, feature: str, limit: EffectiveLimit, need: Decimal | None
) -> Iterator[Unlock]:
    """The steps up from a limit; one that lifts it for a while only where it is reached."""
    present = limit.value or Decimal(0)
    reached = limit.used is not None and limit.used >= present
    for way in steps_to(account, feature, limit.meter, present, need):
        if reached or account.playbook.bundles[way.bundle].sold_as is not SoldAs.BOOST:
            yield way


def steps_to(
    account: Account, feature: str, meter: str, present: Decimal, need: Decimal | None
) -> Iterator[Unlock]:
    """The single steps that lift a meter's limit above the present one, and to what is needed.

    A limit that was agreed with this account stays as it is, whatever is bought: no step lifts it.
    """
    if meter in account.customer.account.limits:
        return
    for bundle in account.tables.raising.get(meter, ()):
        row = next(r for r in bundle.limits if r.meter == meter)
        if bundle.sold_as is SoldAs.TRIAL and account.has_had(bundle):
            continue
        if bundle.sold_as is SoldAs.PLAN:
            keeps = account.can_reach(bundle) and _unlocks_still(account, bundle, feature)
            if keeps and _is_enough(row.value, present, need):
                yield Unlock(steps=(Step(bundle=bundle.key),))
        elif row.extends and account.can_add(bundle, account.plan) and not account.lacks(bundle):
            quantity = _units(row.value, present, need)
            most = 1 if bundle.sold_as is SoldAs.BOOST else MAX_QUANTITY  # one boost at a time
            if 0 < quantity <= most:
                yield Unlock(steps=(Step(bundle=bundle.key, quantity=quantity),))
        elif (
            not account.holds(bundle.key)
            and account.can_add(bundle, account.plan)
            and not account.lacks(bundle)
            and _is_enough(row.value, present, need)
        ):
            yield Unlock(steps=(Step(bundle=bundle.key),))


def _unlocks_still(account: Account, plan: Bundle, feature: str) -> bool:
    return (
        feature in account.tables.unlocks[plan.key]
        or account.playbook.features[feature].free_for_all
    )


def _is_enough(value: Decimal | None, present: Decimal, need: Decimal | None) -> bool:
    """More than now, and at least what is needed."""
    if value is None:
        return True
    return value > present and (need is None or value >= need)


def _units(step: Decimal | None, present: Decimal, need: Decimal | None) -> int:
    """How many units of an extension reach the need; one where no amount was named."""
    if step is None or need is None:
        return 1
    if step <= 0:
        return 0
    return int(((need - present) / step).to_integral_value(rounding=ROUND_CEILING))


FOR_A_WHILE = (SoldAs.TRIAL, SoldAs.BOOST)
"""What ends by itself: nothing is bought for good."""


def size(account: Account, way: Unlock) -> tuple[object, ...]:
    """How large a step is: one purchase before two, for a while before for good, a known price before none, the cheaper."""
    return size_of(account, way, added_each_month(account, way))


def size_of(account: Account, way: Unlock, cost: Decimal | None) -> tuple[object, ...]:
    """The same, where it is known what the way adds each month."""
    bundles = [account.playbook.bundles[s.bundle] for s in way.steps]
    return (
        len(way.steps),
        bundles[-1].sold_as not in FOR_A_WHILE,
        cost is None,
        Decimal(0) if cost is None else cost,
        bundles[-1].position,
    )


def added_each_month(account: Account, way: Unlock) -> Decimal | None:
    """What a way adds to the bill each month, to compare ways; None where a price is not public or not known."""
    total = Decimal(0)
    for step in way.steps:
        bundle = account.playbook.bundles[step.bundle]
        present = account.present if bundle.sold_as is SoldAs.PLAN else None
        cost = pricing.added_cost(account.price(bundle), step.quantity, present)
        if cost is None:
            return None
        total += cost
    return total
