"""Offers that lead nowhere: what unlocks nothing its buyers lack, costs more and offers less, or is sold no longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby

from skill.compiler.diagnostics import finding
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.topic import Diagnostic

_BRINGS_ITSELF = (SoldAs.SERVICES, SoldAs.PARTNER, SoldAs.SEATS, SoldAs.CREDITS)
"""What is worth having without unlocking anything."""


def dead_offers(playbook: Playbook, today: date) -> Iterator[Diagnostic]:
    """Every bundle that nobody would be helped by, each told once."""
    plans = [b for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN]
    free = frozenset(key for key, f in playbook.features.items() if f.free_for_all)
    held = {plan.key: free.union(plan.unlocks) for plan in plans}
    alive: list[Bundle] = []
    for bundle in playbook.bundles.values():
        said = _ended(bundle, today) or _nothing_new(bundle, plans, held)
        if said is None:
            alive.append(bundle)
        else:
            yield _dead(bundle, *said)
    yield from _outdone(alive)


def _dead(bundle: Bundle, said: str, mend: str) -> Diagnostic:
    return finding("T105", bundle.span, f"`{bundle.name}` {said}", mend, width=len(bundle.name) + 3)


def _ended(bundle: Bundle, today: date) -> tuple[str, str] | None:
    if bundle.sold_until and bundle.sold_until < today.isoformat():
        return f"is not sold since {bundle.sold_until}", "remove it, or move `Sold until`"
    return None


def _nothing_new(
    bundle: Bundle, plans: list[Bundle], held: dict[str, frozenset[str]]
) -> tuple[str, str] | None:
    """An extra whose buyers have all of it already, on every plan that it is sold on."""
    if bundle.sold_as is SoldAs.PLAN or bundle.sold_as in _BRINGS_ITSELF:
        return None
    if not bundle.unlocks and not bundle.limits and not bundle.settings:
        return "unlocks nothing", "name what it brings under `Unlocks` or `Limits`"
    if bundle.settings or bundle.needs:
        return None
    buyers = [plan for plan in plans if not bundle.available_on or plan.key in bundle.available_on]
    if buyers and all(_has_all(plan, bundle, held[plan.key]) for plan in buyers):
        where = "every plan" if not bundle.available_on else "every plan that it is sold on"
        return (
            f"unlocks nothing that its buyers lack: {where} has it",
            "remove it, or sell it on a plan that lacks one of its features",
        )
    return None


def _has_all(plan: Bundle, extra: Bundle, held: frozenset[str]) -> bool:
    if not held.issuperset(extra.unlocks):
        return False
    limits = {x.meter: x.value for x in plan.limits}
    return all(
        not x.extends and x.meter in limits and _at_least(limits[x.meter], x.value)
        for x in extra.limits
    )


def _at_least(have: Decimal | None, want: Decimal | None) -> bool:
    """Of two limits; None is unlimited."""
    return have is None or (want is not None and have >= want)


def _outdone(alive: list[Bundle]) -> Iterator[Diagnostic]:
    """A bundle that costs more than another of its kind for the same buyers, and offers no more."""
    for _, group in groupby(sorted(alive, key=_buyers), key=_buyers):
        alike = list(group)
        with_feature: dict[str, list[Bundle]] = {}
        for bundle in alike:
            for feature in bundle.unlocks:
                with_feature.setdefault(feature, []).append(bundle)
        for bundle in alike:
            # Who has all of it has its rarest feature too: only those are worth a look.
            rivals = min((with_feature[f] for f in bundle.unlocks), key=len, default=[])
            better = next((b for b in rivals if b is not bundle and _outdoes(b, bundle)), None)
            if better is not None:
                yield _dead(
                    bundle,
                    f"costs more than `{better.name}` ({better.span}) and offers no more",
                    "mend the price, or name what it offers beside",
                )


def _buyers(bundle: Bundle) -> tuple[object, ...]:
    sold_to = (bundle.available_on, bundle.sold_to, bundle.regions, bundle.needs)
    return (bundle.sold_as.value, *(tuple(sorted(x)) for x in sold_to))


def _outdoes(better: Bundle, bundle: Bundle) -> bool:
    """Whether the other one has all of this and costs less in every way that both are sold."""
    has_all = set(bundle.unlocks) <= set(better.unlocks) and _limits_fit(better, bundle)
    settings = {s.feature for s in bundle.settings} <= {s.feature for s in better.settings}
    if not bundle.unlocks or not has_all or not settings:
        return False
    pairs = [
        (mine, theirs)
        for mine in bundle.prices
        for theirs in better.prices
        if _is_exact(mine) and _is_exact(theirs) and _terms(mine) == _terms(theirs)
    ]
    return bool(pairs) and all(
        theirs.amount is not None and mine.amount is not None and theirs.amount < mine.amount
        for mine, theirs in pairs
    )


def _limits_fit(better: Bundle, bundle: Bundle) -> bool:
    theirs = {(x.meter, x.extends, x.per): x.value for x in better.limits}
    return all(
        (x.meter, x.extends, x.per) in theirs
        and _at_least(theirs[x.meter, x.extends, x.per], x.value)
        for x in bundle.limits
    )


def _is_exact(price: Price) -> bool:
    return price.kind in (PriceKind.FIXED, PriceKind.ONE_TIME)


def _terms(price: Price) -> tuple[object, ...]:
    return (price.currency, price.per, price.period, price.billed, price.region, price.first_free)
