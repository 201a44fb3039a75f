"""A writer's order of offers: what `Prefer` names exists, and where it puts a dearer offer first, that is told."""

from __future__ import annotations

from collections.abc import Iterator

from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest_help, sure
from skill.model.common import slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Playbook
from skill.model.prefer import preferred_before
from skill.model.topic import Diagnostic, Field


def preferences(playbook: Playbook) -> Iterator[Diagnostic]:
    """Every name behind `before` that is no bundle, and every one that costs less and does the same job."""
    for bundle in playbook.bundles.values():
        for name in preferred_before(bundle.prefer):
            row = _row(playbook, bundle)
            other = playbook.bundles.get(slug(name))
            if row is not None and other is None:
                yield _unknown(playbook, row, name)
            elif row is not None and other is not None and other is not bundle:
                yield from _dearer(playbook, row, name, bundle, other)


def _row(playbook: Playbook, bundle: Bundle) -> Field | None:
    sections = (s for t in playbook.topics if t.name == bundle.topic for s in t.sections)
    own = (s for s in sections if s.span == bundle.span)
    return next((f for s in own for f in s.fields if slug(f.name) == "prefer"), None)


def _unknown(playbook: Playbook, row: Field, name: str) -> Diagnostic:
    names = [b.name for b in playbook.bundles.values()]
    at = row.span.at(row.span.column + max(row.value.find(name), 0))
    return finding(
        "T103",
        at,
        f"unknown bundle `{name}` in `Prefer`",
        nearest_help(name, names),
        width=len(name),
        replacement=sure(name, names),
    )


def _dearer(
    playbook: Playbook, row: Field, name: str, bundle: Bundle, other: Bundle
) -> Iterator[Diagnostic]:
    """Told once for each cheaper one: the smallest step that meets the need goes first where no row says otherwise."""
    job = _same_job(playbook, bundle, other)
    if job and any(_costs_less(one, than) for one in other.prices for than in bundle.prices):
        at = row.span.at(row.span.column + max(row.value.find(name), 0))
        yield finding(
            "T109",
            at,
            f"`{bundle.name}` is preferred before `{other.name}` ({other.span}), which costs less and {job} too",
            "leave the name out; the smaller step goes first where no `Prefer` says otherwise",
            width=len(name),
        )


def _same_job(playbook: Playbook, bundle: Bundle, other: Bundle) -> str:
    """What both bring: a feature, or room under the same limit; empty where they are about different things."""
    for key in other.unlocks:
        if key in bundle.unlocks and key in playbook.features:
            return f"unlocks `{playbook.features[key].name}`"
    meters = {row.meter for row in bundle.limits}
    both = next((r.meter for r in other.limits if r.meter in meters), None)
    return f"raises `{playbook.meters[both].name}`" if both in playbook.meters and both else ""


def _costs_less(one: Price, than: Price) -> bool:
    exact = (PriceKind.FIXED, PriceKind.ONE_TIME)
    same = _terms(one) == _terms(than) and one.kind in exact and than.kind in exact
    return same and one.amount is not None and than.amount is not None and one.amount < than.amount


def _terms(price: Price) -> tuple[object, ...]:
    return (price.currency, price.per, price.period, price.billed, price.region)
