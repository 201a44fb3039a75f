"""Unsold: why a bundle is not sold to an account - its plan, region, currency, audience, the date, or that it is held."""

from __future__ import annotations

from collections.abc import Iterator

from skill.model.decision import Access, Unlock, Verdict
from skill.model.playbook import Bundle, SoldAs
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.prices import pricing
from skill.policy.why import changes
from skill.policy.why.cases import Option
from skill.policy.why.failed import Failed, failure, plans
from skill.policy.why.scene import LACKING, Scene, listed


def unsold(scene: Scene, bundle: Bundle, about: Access | None, way: Unlock) -> Iterator[Failed]:
    """Every reason for which this bundle is not sold to this account, in the order of the witness."""
    whole = [scene.playbook.bundles[s.bundle] for s in way.steps]
    is_less = not scene.asked and scene.account.is_smaller(bundle)
    if not is_less:  # a smaller plan is reached by another way, which its witness tells of
        yield from _plan(scene, bundle, whole, about)
    yield from _region(scene, whole)
    yield from _currency(scene, whole)
    yield from _date(scene, whole)
    yield from _audience(scene, whole, about)
    yield from _held(scene, bundle, about)


def _plan(
    scene: Scene, bundle: Bundle, whole: list[Bundle], about: Access | None
) -> Iterator[Failed]:
    account = scene.account
    if scene.customer.account.plan is not None and account.plan is None:
        yield failure(
            "sold_to_plan",
            "sold to this plan",
            f"plan {changes.plan_name(scene.case)}, which no Topic knows",
            _plans_of(scene, bundle) or "a plan of the Topics",
            scene.place(bundle, "Available on", "Can move from"),
            _other_plans(scene, bundle),
            truth=Truth.UNKNOWN,
        )
        return
    plan = account.plan
    for step in whole:
        yield from _removed(scene, step.key, step.name, step)
        if step.sold_as is SoldAs.PLAN:
            if not account.can_reach(step) and not _is_present(step, account.plan):
                yield _not_on(scene, step)
            plan = step
            continue
        if step.available_on and (plan is None or plan.key not in step.available_on):
            yield _not_on(scene, step)
        for other in (*account.held, *([plan] if plan else [])):
            if other.key in step.not_together_with or step.key in other.not_together_with:
                yield failure(
                    "sold_to_plan",
                    "sold beside what is held",
                    f"{other.name} is held",
                    f"not together with {other.name}",
                    scene.place(step, "Not together with"),
                    [changes.bundle_is_gone(scene.case, other.key, other.span)],
                )
    yield from _needs(scene, bundle, about)
    yield from _tried(scene, bundle)


def _is_present(plan: Bundle, present: Bundle | None) -> bool:
    return present is not None and plan.key == present.key


def _not_on(scene: Scene, step: Bundle) -> Failed:
    return failure(
        "sold_to_plan",
        "sold to this plan",
        f"plan {changes.plan_name(scene.case)}",
        _plans_of(scene, step),
        scene.place(step, "Available on", "Can move from", "Sold as"),
        _other_plans(scene, step),
    )


def _plans_of(scene: Scene, bundle: Bundle) -> str:
    """The plans from or on which a bundle is sold."""
    keys = bundle.can_move_from if bundle.sold_as is SoldAs.PLAN else bundle.available_on
    if keys:
        return scene.names(keys)
    if bundle.sold_as is not SoldAs.PLAN:
        return ""
    earlier = [p for p in plans(scene) if p.position < bundle.position]
    return "an earlier plan" if earlier else "no plan yet: it is the first one"


def _other_plans(scene: Scene, bundle: Bundle) -> Iterator[Option]:
    keys = bundle.can_move_from if bundle.sold_as is SoldAs.PLAN else bundle.available_on
    span = scene.place(bundle, "Available on", "Can move from")
    for plan in plans(scene):
        earlier = bundle.sold_as is not SoldAs.PLAN or plan.position < bundle.position
        if plan.key in keys or (not keys and earlier):
            yield changes.plan_is(scene.case, plan.key, span)


def _removed(scene: Scene, key: str, name: str, bundle: Bundle) -> Iterator[Failed]:
    if scene.account.is_removed(key):
        yield failure(
            "sold_to_plan",
            "not taken away from the account",
            f"{name} was removed from this account",
            "not removed",
            bundle.span,
            [changes.removal_is_lifted(key, name)],
        )


def _needs(scene: Scene, bundle: Bundle, about: Access | None) -> Iterator[Failed]:
    """What it needs and the account lacks, where no way brings that along."""
    lacks = scene.account.lacks(bundle)
    ways = about.unlocks if about is not None else ()
    limited = about is not None and about.verdict is Verdict.LIMITED
    if not lacks or any(s.bundle == bundle.key for way in ways for s in way.steps):
        return
    first = scene.playbook.bundles[lacks[0]]
    may_come_along = not limited and len(lacks) == 1 and first.sold_as is not SoldAs.PLAN
    if may_come_along and not scene.account.lacks(first):
        return
    span = scene.place(bundle, "Needs")
    yield failure(
        "sold_to_plan",
        "has what it needs",
        f"{listed([scene.name(k) for k in lacks])} is not held",
        " and ".join(scene.name(k) for k in bundle.needs),
        span,
        [changes.bundle_is_held(scene.case, key, span) for key in lacks],
    )


def _tried(scene: Scene, bundle: Bundle) -> Iterator[Failed]:
    """A trial is offered once."""
    if bundle.sold_as is not SoldAs.TRIAL:
        return
    customer = scene.customer
    taken = [p for p in customer.history if p.kind == "acceptance" and p.offer == bundle.key]
    if scene.account.has_had(bundle):
        when = f" on {max(p.at for p in taken):%Y-%m-%d}" if taken else ""
        yield failure(
            "held",
            "not tried before",
            f"{bundle.name} was tried{when}",
            "a trial is offered once",
            scene.place(bundle, "Sold as"),
            final=True,
        )


def _region(scene: Scene, whole: list[Bundle]) -> Iterator[Failed]:
    region = scene.customer.account.region
    for step in whole:
        if step.regions and (region is None or region.upper() not in step.regions):
            span = scene.place(step, "Regions")
            yield failure(
                "region",
                "sold in this region",
                f"region {region or 'not known'}",
                listed(step.regions),
                span,
                [changes.account_is("region", r, scene.case, span) for r in step.regions],
                truth=Truth.UNKNOWN if region is None else Truth.FALSE,
            )


def _currency(scene: Scene, whole: list[Bundle]) -> Iterator[Failed]:
    who = scene.customer.account
    for step in whole:
        if not pricing.is_sold_in(step, who):
            priced = list(dict.fromkeys(p.currency for p in step.prices if p.currency))
            span = scene.place(step, "Price")
            yield failure(
                "currency",
                "sold in this currency",
                f"currency {who.currency or 'not known'}",
                listed(priced) or "a price for this account",
                span,
                [changes.account_is("currency", c, scene.case, span) for c in priced],
            )


def _date(scene: Scene, whole: list[Bundle]) -> Iterator[Failed]:
    today = scene.case.now.date().isoformat()
    for step in whole:
        if step.sold_until and step.sold_until < today:
            yield failure(
                "date",
                "still sold",
                f"it is {today}",
                f"no later than {step.sold_until}",
                scene.place(step, "Sold until"),
                final=True,
            )


def _audience(scene: Scene, whole: list[Bundle], about: Access | None) -> Iterator[Failed]:
    audiences = [(step.sold_to, step.name, scene.place(step, "Sold to")) for step in whole]
    if about is not None and scene.playbook.features[about.feature].only_for:
        feature = scene.playbook.features[about.feature]
        audiences.insert(0, (feature.only_for, feature.name, feature.span))
    for keys, name, span in audiences:
        if not keys:
            continue
        truth = gate.is_in(keys, scene.playbook, scene.customer, scene.case.now)
        if truth is Truth.TRUE:
            continue
        found = [scene.playbook.audiences[key] for key in keys]
        options = [o for a in found for o in scene.turner.rule(a.rule, True, a.span)]
        state = (
            "nobody can say whether the account is"
            if truth is Truth.UNKNOWN
            else "the account is not"
        )
        yield failure(
            "audience",
            "sold to this audience",
            f"{state} one of {listed([a.name for a in found])}",
            f"{name} is for {listed([a.name for a in found])}",
            span,
            options,
            truth=truth,
        )
    if about is not None:
        yield from _taken_away(scene, about)


def _taken_away(scene: Scene, about: Access) -> Iterator[Failed]:
    """The feature itself was removed: nothing that is sold would bring it back."""
    if scene.account.is_removed(about.feature):
        feature = scene.playbook.features[about.feature]
        yield failure(
            "held",
            "not taken away from the account",
            f"{feature.name} was removed from this account",
            "not removed",
            feature.span,
            [changes.removal_is_lifted(about.feature, feature.name)],
        )


def _held(scene: Scene, bundle: Bundle, about: Access | None) -> Iterator[Failed]:
    limited = about is not None and about in scene.accesses and about.verdict is Verdict.LIMITED
    extends = any(limit.extends for limit in bundle.limits)
    for part in scene.account.parts_held(bundle):
        yield failure(
            "held",
            "not held already",
            f"{part.name}, a part of it, is held",
            "no part of it held",
            scene.place(bundle, "Contains"),
            [changes.bundle_is_gone(scene.case, part.key, part.span)],
        )
    if not scene.account.holds(bundle.key) or (limited and extends):
        return
    case = scene.case
    options: list[Option] = []
    if scene.account.plan is not None and bundle.key == scene.account.plan.key:
        options = [
            changes.plan_is(case, p.key, p.span) for p in plans(scene) if p.key != bundle.key
        ]
        by = "the plan"
    else:
        holding = [b for b in scene.account.held if b.key == bundle.key or bundle.key in b.contains]
        options = [changes.bundle_is_gone(case, b.key, b.span) for b in holding]
        by = f"with {holding[0].name}" if holding and holding[0] is not bundle else "already"
    if about is not None and about.verdict in LACKING and bundle.sold_as is SoldAs.PLAN:
        options = [o for o in options if o.change.kind == "plan"]
    yield failure(
        "held",
        "not held already",
        f"{bundle.name} is held {by}" if by != "the plan" else f"{bundle.name} is the plan",
        "not held",
        bundle.span,
        options,
    )
