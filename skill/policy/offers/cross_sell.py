"""A further job is offered unasked only where it mends what was seen: upgrade stable, a workaround in use, success in the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from skill.model.common import slug
from skill.model.decision import Check, Offer, Signal
from skill.model.playbook import SoldAs
from skill.model.rules import Truth
from skill.policy.signals.record import Record

STABLE = "stable-after-upgrade"
SUCCEEDING = ("committed", "first-win")
"""Moments of the journey: either of them is success in the core."""
LATELY = timedelta(days=30)
RECURS = 3
"""On so many days of the last thirty makes a habit; twice may be chance. A row that counts events says its own figure."""
Moments = Mapping[str, Truth]


def checks(
    record: Record, offer: Offer, found: Sequence[Signal], reached: Moments
) -> tuple[Check, ...]:
    """The links of the witness that a further job needs where nobody asked for it."""
    return (
        _stable(record, reached),
        _workaround(record, offer, found),
        _succeeding(reached),
    )


def _stable(record: Record, reached: Moments) -> Check:
    """An upgrade has settled, or there was none; of one that nobody measured nobody can say."""
    name = "the upgrade is stable"
    truth = reached.get(STABLE, Truth.UNKNOWN)
    if truth is not Truth.UNKNOWN:
        because = f"moment `{STABLE}` is {'' if truth is Truth.TRUE else 'not '}reached"
        return Check(name=name, holds=truth, because=because)
    bundles = record.playbook.bundles
    taken = [
        bundles[p.offer]
        for p in record.customer.history
        if p.kind == "acceptance" and p.at <= record.now and p.offer in bundles
    ]
    upgraded = next((b for b in taken if b.sold_as is SoldAs.PLAN), None)
    if upgraded is None:
        return Check(name=name, holds=Truth.TRUE, because="no upgrade is known")
    because = f"`{upgraded.name}` was taken, and nobody measured `{STABLE}`"
    return Check(name=name, holds=Truth.UNKNOWN, because=because)


def _workaround(record: Record, offer: Offer, found: Sequence[Signal]) -> Check:
    """Work that the offer would take away was seen again and again: a row counted it, or an alternative is in use.

    Looking at a page and attempting a feature show interest; they are no workaround.
    """
    name = "a recurring workaround was observed"
    rows = {row.key: row for row in record.playbook.thresholds if row.offer == offer.bundle}
    for signal in found:
        row = rows.get(signal.key)
        if row is not None and signal.truth is Truth.TRUE:
            counted = next((c.name for c in row.counts if c.what == "events"), "")
            if counted:
                because = f"{row.signal}: {counted} ({row.span})"
                return Check(name=name, holds=Truth.TRUE, because=because)
    bundle = record.playbook.bundles[offer.bundle]
    features = record.playbook.features
    ways = {a: None for f in bundle.unlocks if f in features for a in features[f].alternatives}
    days = _days_of_use(record, set(ways))
    for way in ways:
        if len(days.get(way, ())) >= RECURS:
            because = f"`{features[way].name}` in use on {len(days[way])} of the last 30 days"
            return Check(name=name, holds=Truth.TRUE, because=because)
    holds = Truth.FALSE if record.hears_events else Truth.UNKNOWN
    names = ", ".join(features[w].name for w in ways if w in features)
    return Check(name=name, holds=holds, because=f"not of {names}" if names else "none is known")


def _days_of_use(record: Record, features: set[str]) -> dict[str, set[object]]:
    """On which days, where the account is, each of these features was used lately."""
    days: dict[str, set[object]] = {}
    for event in record.events("use") if features else ():
        key = slug(str(event.properties.get("feature", "")))
        if key in features and record.now - LATELY < event.at <= record.now:
            days.setdefault(key, set()).add(event.at.astimezone(record.zone).date())
    return days


def _succeeding(reached: Moments) -> Check:
    truths = {key: reached[key] for key in SUCCEEDING if key in reached}
    for key, truth in truths.items():
        if truth is Truth.TRUE:
            return Check(
                name="succeeding in the core",
                holds=Truth.TRUE,
                because=f"moment `{key}` is reached",
            )
    is_false = bool(truths) and all(truth is Truth.FALSE for truth in truths.values())
    because = ", ".join(f"`{key}` {truth}" for key, truth in truths.items()) or "no moment says so"
    holds = Truth.FALSE if is_false else Truth.UNKNOWN
    return Check(name="succeeding in the core", holds=holds, because=because)
