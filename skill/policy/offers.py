"""Offers: the ways that lead to what was asked, the smallest first, each with the witness that it may be named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import (
    Access,
    Action,
    Check,
    Meaning,
    Offer,
    Reason,
    Signal,
    Step,
    Unlock,
    Verdict,
)
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.rules import Truth
from skill.policy import gate, pricing, signals
from skill.policy.paces import projected_need
from skill.policy.record import Record
from skill.policy.routing import Route

MAX_QUANTITY = 100_000
"""More units of an extension than this is no offer but a conversation."""


@dataclass(frozen=True)
class Account:
    """What the account holds now, looked up once."""

    playbook: Playbook
    customer: Customer
    now: datetime
    plan: Bundle | None
    held: tuple[Bundle, ...]

    @classmethod
    def of(cls, playbook: Playbook, customer: Customer, now: datetime) -> Account:
        """The account's plan and bundles at this moment."""
        plan = gate.held_plan(playbook, customer)
        return cls(playbook, customer, now, plan, gate.held_bundles(playbook, customer, now))

    def holds(self, key: str) -> bool:
        """Whether a bundle is the plan, one of the extras held, or part of one."""
        return any(key == b.key or key in b.contains for b in (*self.held, self.plan) if b)

    def is_removed(self, key: str) -> bool:
        """Whether this bundle or feature was taken away from the account."""
        return key in gate.open_rights(self.customer.account.removals, self.now)

    def can_reach(self, plan: Bundle) -> bool:
        """Whether this plan is sold to who holds the present one: by its own row, else any later one."""
        if self.plan is None:
            return True
        if plan.key == self.plan.key or self.is_removed(plan.key):
            return False
        if plan.can_move_from:
            return self.plan.key in plan.can_move_from
        return plan.position > self.plan.position

    def can_add(self, extra: Bundle, plan: Bundle | None) -> bool:
        """Whether this extra is sold on a plan, beside what is held."""
        if extra.available_on and (plan is None or plan.key not in extra.available_on):
            return False
        if self.is_removed(extra.key):
            return False
        return not any(
            b.key in extra.not_together_with or extra.key in b.not_together_with
            for b in (*self.held, plan)
            if b
        )

    def lacks(self, extra: Bundle) -> tuple[str, ...]:
        """What this extra needs and the account does not hold."""
        return tuple(key for key in extra.needs if not self.holds(key))


def unlocks(
    playbook: Playbook, customer: Customer, found: Access, meaning: Meaning, now: datetime
) -> tuple[Unlock, ...]:
    """The ways that lead to a feature that is denied or limited, the smallest and cheapest first.

    A feature may take a plan and then an add-on, where no single step unlocks it. A limit is lifted in one step
    or not at all: a plan that lifts nothing by itself is no answer to "we need more".
    """
    account = Account.of(playbook, customer, now)
    if account.is_removed(found.feature) or found.reason is Reason.ROLE_NOT_ALLOWED:
        return ()
    feature = playbook.features[found.feature]
    if gate.is_for(playbook, customer, feature, now) is not Truth.TRUE:
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
    return tuple(sorted(ways, key=lambda way: order(account, way)))


def _single_steps(account: Account, feature: str) -> Iterator[Unlock]:
    for bundle in account.playbook.bundles.values():
        if feature not in bundle.unlocks or account.holds(bundle.key):
            continue
        if bundle.sold_as is SoldAs.TRIAL and _was_tried(account, bundle):
            continue
        if bundle.sold_as is SoldAs.PLAN:
            if account.can_reach(bundle):
                yield Unlock(steps=(Step(bundle=bundle.key),))
        elif account.can_add(bundle, account.plan):
            needed = account.lacks(bundle)
            if _can_take(account, needed, account.plan):
                yield Unlock(steps=(*(Step(bundle=k) for k in needed), Step(bundle=bundle.key)))


def _was_tried(account: Account, trial: Bundle) -> bool:
    """Whether this trial was had before: it is offered once."""
    granted = any(r.name == trial.key for r in account.customer.account.grants)
    return granted or any(
        p.kind == "acceptance" and p.offer == trial.key for p in account.customer.history
    )


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
    plans = [b for b in account.playbook.bundles.values() if b.sold_as is SoldAs.PLAN]
    for extra in account.playbook.bundles.values():
        if extra.sold_as is SoldAs.PLAN or feature not in extra.unlocks:
            continue
        needed = account.lacks(extra)
        for plan in plans:
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
            ways = list(steps_to(account, found.feature, limit.meter, limit.value, projected))
            if ways:
                return iter(ways)
    return steps_to(account, found.feature, limit.meter, limit.value, need)


def steps_to(
    account: Account, feature: str, meter: str, present: Decimal, need: Decimal | None
) -> Iterator[Unlock]:
    """The single steps that lift a meter's limit above the present one, and to what is needed."""
    for bundle in account.playbook.bundles.values():
        row = next((r for r in bundle.limits if r.meter == meter), None)
        if row is None:
            continue
        if bundle.sold_as is SoldAs.PLAN:
            keeps = account.can_reach(bundle) and _unlocks_still(account, bundle, feature)
            if keeps and _is_enough(row.value, present, need):
                yield Unlock(steps=(Step(bundle=bundle.key),))
        elif row.extends and account.can_add(bundle, account.plan) and not account.lacks(bundle):
            quantity = _units(row.value, present, need)
            if 0 < quantity <= MAX_QUANTITY:
                yield Unlock(steps=(Step(bundle=bundle.key, quantity=quantity),))
        elif (
            not account.holds(bundle.key)
            and account.can_add(bundle, account.plan)
            and not account.lacks(bundle)
            and _is_enough(row.value, present, need)
        ):
            yield Unlock(steps=(Step(bundle=bundle.key),))


def _unlocks_still(account: Account, plan: Bundle, feature: str) -> bool:
    return feature in plan.unlocks or account.playbook.features[feature].free_for_all


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


def order(account: Account, way: Unlock) -> tuple[object, ...]:
    """One step before two, trying before buying, a known price before an unknown one, the cheaper first."""
    bundles = [account.playbook.bundles[s.bundle] for s in way.steps]
    costs = [
        pricing.added_cost(b, s.quantity, account.plan, account.customer.account)
        for b, s in zip(bundles, way.steps, strict=True)
    ]
    known = [c for c in costs if c is not None]
    return (
        len(way.steps),
        bundles[-1].sold_as is not SoldAs.TRIAL,
        len(known) < len(costs),
        sum(known, Decimal(0)),
        bundles[-1].position,
    )


def offer_of(
    account: Account,
    way: Unlock,
    asked: Access,
    asked_features: tuple[str, ...],
    found: tuple[Signal, ...],
    route: Route,
) -> Offer:
    """The offer for one way, with its witness; it may be made only where every check holds."""
    bundle = account.playbook.bundles[way.bundle]
    whole = [account.playbook.bundles[s.bundle] for s in way.steps]
    unlocked = tuple(f for f in asked_features if any(f in b.unlocks for b in whole))
    lifts = asked.limit.meter if asked.verdict is Verdict.LIMITED and asked.limit else None
    act = action(account, whole)
    return Offer(
        unlock=way,
        bundle=bundle.key,
        kind=bundle.sold_as,
        price=pricing.price_for(bundle, account.customer.account),
        prices=tuple(pricing.price_for(b, account.customer.account) for b in whole),
        quantity=max(way.steps[-1].quantity, _fewest(account, bundle)),
        feature=asked.feature,
        unlocks=() if lifts else unlocked,
        lifts=lifts,
        signals=tuple(s.key for s in signals.holding(found, bundle.key)),
        witness=_witness(account, whole, asked, route, act),
        action=act,
    )


def _fewest(account: Account, bundle: Bundle) -> int:
    """The fewest units that can be bought: `at least 5 seats`."""
    price = pricing.price_for(bundle, account.customer.account)
    return int(price.at_least) if price is not None and price.at_least else 1


def action(account: Account, whole: list[Bundle]) -> Action:
    """What this person can do: buy where their role may, ask an admin where not, talk where there is no price."""
    last = whole[-1]
    link = whole[0].link or last.link
    role_key = account.customer.person.role
    role = account.playbook.roles.get(role_key or "")
    may_buy = all(not b.who_can_buy or role_key in b.who_can_buy for b in whole)
    if role is not None and not role.can_buy:
        may_buy = False
    if not may_buy:
        return Action(kind="ask_admin")
    today = account.now.date().isoformat()
    if any(b.review_by and b.review_by < today for b in whole):
        return Action(kind="contact", allowed=True)
    if any(pricing.is_contact_only(b) for b in whole):
        return Action(kind="contact", href=link, allowed=True)
    return Action(kind="link" if link else "contact", href=link, allowed=True)


def _witness(
    account: Account,
    whole: list[Bundle],
    asked: Access,
    route: Route,
    act: Action,
) -> tuple[Check, ...]:
    last = whole[-1]
    who = account.customer.account
    regions = {r for b in whole for r in b.regions}
    ended = [
        b.name for b in whole if b.sold_until and b.sold_until < account.now.date().isoformat()
    ]
    priced = all(pricing.is_sold_in(b, who) for b in whole)
    in_region = (
        Truth.TRUE
        if not regions
        else Truth.UNKNOWN
        if who.region is None
        else _truth(all(not b.regions or who.region.upper() in b.regions for b in whole))
    )
    plan = account.plan.name if account.plan else "no plan"
    lifted = asked.verdict is Verdict.LIMITED
    return (
        Check(
            name="holds what was asked",
            holds=_truth(lifted or asked.feature in last.unlocks),
            because=f"`{last.name}` {'raises the limit' if lifted else 'unlocks it'}",
        ),
        Check(
            name="sold to this plan",
            holds=_sold_here(account, whole),
            because=f"sold to who has {plan}",
        ),
        Check(
            name="sold to this audience",
            holds=_sold_to(account, whole),
            because=", ".join(dict.fromkeys(a for b in whole for a in b.sold_to)) or "to everybody",
        ),
        Check(
            name="sold in this region",
            holds=in_region,
            because=f"region {who.region or 'unknown'}, sold in {', '.join(sorted(regions)) or 'every region'}",
        ),
        Check(
            name="sold in this currency",
            holds=_truth(priced),
            because=f"currency {who.currency or 'as listed'}",
        ),
        Check(
            name="still sold",
            holds=_truth(not ended),
            because=", ".join(ended) + " ended" if ended else "no end has passed",
        ),
        Check(
            name="not held already",
            holds=_truth(lifted or not account.holds(last.key)),
            because=f"`{last.name}` is {_held(account, last, lifted=lifted)}",
        ),
        Check(
            name="free to offer",
            holds=_not(route.held_back),
            because=f"play `{route.by.name}`" if route.by else "no play holds offers back",
        ),
        Check(
            name="this person can act or is told who can",
            holds=_is_told(account),
            because=f"{act.kind} for role {account.customer.person.role or 'unknown'}",
        ),
    )


def _held(account: Account, bundle: Bundle, *, lifted: bool) -> str:
    if lifted:
        return "extended"
    return "held" if account.holds(bundle.key) else "not held"


def _sold_here(account: Account, whole: list[Bundle]) -> Truth:
    """Every step sold in its turn: on the present plan, or on the plan that the first step brings."""
    if account.customer.account.plan is not None and account.plan is None:
        return Truth.UNKNOWN
    plan = account.plan
    for bundle in whole:
        if bundle.sold_as is SoldAs.PLAN:
            if not account.can_reach(bundle):
                return Truth.FALSE
            plan = bundle
        elif not account.can_add(bundle, plan):
            return Truth.FALSE
    return Truth.TRUE


def _sold_to(account: Account, whole: list[Bundle]) -> Truth:
    """Every step is sold to an audience that this account belongs to."""
    for bundle in whole:
        if bundle.sold_to:
            fits = gate.is_in(bundle.sold_to, account.playbook, account.customer, account.now)
            if fits is not Truth.TRUE:
                return fits
    return Truth.TRUE


def _is_told(account: Account) -> Truth:
    """A role that is not told of offers never sees one; a role that no Topic knows is not known to be told."""
    key = account.customer.person.role
    if key is None or not account.playbook.roles:
        return Truth.TRUE
    role = account.playbook.roles.get(slug(key))
    return Truth.UNKNOWN if role is None else _truth(role.is_told)


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE


def _not(value: Truth) -> Truth:
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(value, Truth.UNKNOWN)
