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
        said = (
            _ended(bundle, today)
            or _nothing_new(bundle, plans, held)
            or _nothing_of_it(bundle, playbook)
        )
        if said is None:
            alive.append(bundle)
        else:
            yield _dead(bundle, *said)
    yield from _outdone(alive, free, playbook)


def _nothing_of_it(bundle: Bundle, playbook: Playbook) -> tuple[str, str] | None:
    """A feature that is unlocked, and of which there is nothing: every limit of it is zero."""
    limits = {x.meter: x.value for x in bundle.limits if not x.extends}
    for key in bundle.unlocks:
        feature = playbook.features.get(key)
        values = [limits.get(m, 1) for m in feature.meters] if feature else []
        if feature and values and all(value == 0 for value in values):
            return (
                f"unlocks `{feature.name}` and gives 0 of it",
                "give it an amount, or leave the feature out of `Unlocks`",
            )
    return None


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


def _outdone(alive: list[Bundle], free: frozenset[str], playbook: Playbook) -> Iterator[Diagnostic]:
    """A bundle beside another of its kind, for the same buyers, that gives as much or more for as much or less."""
    for _, group in groupby(sorted(alive, key=_buyers), key=_buyers):
        alike = list(group)
        with_part: dict[str, list[Bundle]] = {}
        for bundle in alike:
            for part in _parts(bundle, free):
                with_part.setdefault(part, []).append(bundle)
        for bundle in alike:
            is_plan = bundle.sold_as is SoldAs.PLAN
            # Who has all of it has its rarest part too: only those are worth a look.
            of_parts = (with_part[part] for part in _parts(bundle, free))
            rivals = min(of_parts, key=len, default=alike if is_plan else [])
            for other in rivals:
                said = _outdoes(other, bundle, free, playbook) if other is not bundle else None
                if said is not None:
                    yield _dead(bundle, said, "mend the price, or name what it offers beside")
                    break


def _buyers(bundle: Bundle) -> tuple[object, ...]:
    sold_to = (bundle.available_on, bundle.sold_to, bundle.regions, bundle.needs)
    return (bundle.sold_as.value, *(tuple(sorted(x)) for x in sold_to))


def _parts(bundle: Bundle, free: frozenset[str]) -> tuple[str, ...]:
    """What a bundle brings: features that are not free anyway, and meters, marked as such."""
    features = (f for f in bundle.unlocks if f not in free)
    return (*features, *(f"limit of {x.meter}" for x in bundle.limits))


def _outdoes(
    better: Bundle, bundle: Bundle, free: frozenset[str], playbook: Playbook
) -> str | None:
    """How the other one outdoes this: it has all of it and costs no more, in every way that both are sold."""
    mine, theirs = free.union(bundle.unlocks), free.union(better.unlocks)
    settings = {s.feature for s in bundle.settings} <= {s.feature for s in better.settings}
    if not mine <= theirs or not settings or not _limits_fit(better, bundle, playbook):
        return None
    pairs = [
        (one.amount, other.amount)
        for one in bundle.prices
        for other in better.prices
        if _is_exact(one) and _is_exact(other) and _terms(one) == _terms(other)
        if one.amount is not None and other.amount is not None
    ]
    if not pairs or any(cost < cheaper for cost, cheaper in pairs):
        return None
    place = f"`{better.name}` ({better.span})"
    if any(cheaper < cost for cost, cheaper in pairs):
        return f"costs more than {place} and offers no more"
    same = mine == theirs and _limits_fit(bundle, better, playbook)
    if same and bundle.settings == better.settings:
        return f"offers what {place} offers, at the same price" if _later(bundle, better) else None
    return f"costs as much as {place} and offers less" if not same else None


def _later(bundle: Bundle, other: Bundle) -> bool:
    return bundle.position > other.position


def _limits_fit(better: Bundle, bundle: Bundle, playbook: Playbook) -> bool:
    """Whether every limit of a bundle is reached by another, and nothing is limited there that is not here."""
    theirs = {(x.meter, x.extends): x.value for x in better.limits}
    mine = {(x.meter, x.extends): x.value for x in bundle.limits}
    counted = {m for key in bundle.unlocks for m in _meters(key, playbook)}
    limited_there_alone = {m for m, extends in theirs.keys() - mine.keys() if not extends}
    return not limited_there_alone & counted and all(
        key in theirs and _at_least(theirs[key], value) for key, value in mine.items()
    )


def _meters(feature: str, playbook: Playbook) -> tuple[str, ...]:
    found = playbook.features.get(feature)
    return found.meters if found else ()


def _is_exact(price: Price) -> bool:
    return price.kind in (PriceKind.FIXED, PriceKind.ONE_TIME)


def _terms(price: Price) -> tuple[object, ...]:
    return (
        *(price.currency, price.per, price.period, price.billed, price.region),
        *(price.first_free, price.tiers, price.each, price.excluding_tax, price.including_tax),
    )
