"""A smaller plan: offered where a row of the thresholds says so, and only where it surely covers what is used."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from skill.model.common import plain_number, slug
from skill.model.decision import Check, Offer, Signal, Step, Unlock
from skill.model.playbook import Bundle
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.offers import witness
from skill.policy.offers.holdings import Account
from skill.policy.prices import pricing
from skill.policy.routing import Route
from skill.policy.signals import signals
from skill.policy.signals.found import truth_of
from skill.policy.signals.readiness import is_date_alone
from skill.policy.signals.record import Record

PARTS, PART = 3, timedelta(days=30)
"""The use of ninety days, with at least one reading in each thirty of them: a gap is not a quiet month."""
DAYS = PARTS * PART


def offer_of(
    record: Record, account: Account, smaller: Bundle, found: Sequence[Signal], route: Route
) -> Offer:
    """The offer of a smaller plan, with a witness of its own; unknown use never makes anything smaller."""
    act = witness.action(account, [smaller])
    price = account.price(smaller)
    return Offer(
        unlock=Unlock(steps=(Step(bundle=smaller.key),)),
        bundle=smaller.key,
        kind=smaller.sold_as,
        price=price,
        prices=(price,),
        signals=tuple(s.key for s in signals.holding(found, smaller.key)),
        witness=(
            *_rule(account, smaller, found),
            _uses_fit(record, account, smaller),
            _features_stay(record, account, smaller),
            _extras_stay(account, smaller),
            _costs_less(account, smaller),
            *witness.of_selling(account, [smaller]),
            *witness.of_person(account, [smaller], route, act),
        ),
        action=act,
    )


def _rule(account: Account, smaller: Bundle, found: Sequence[Signal]) -> Iterator[Check]:
    """A row names the smaller plan; where a date narrows it (a renewal), that day is near too."""
    rows = [s for s in found if s.offer == smaller.key]
    plan = account.plan.name if account.plan else "no plan"
    named = [s for s in rows if not is_date_alone(s) and s.truth is Truth.TRUE]
    yield Check(
        name="a rule says so",
        holds=truth_of(bool(named)),
        because=f"below {plan}: " + ", ".join(f"{s.key} ({s.span})" for s in named),
    )
    narrow = {t.key for t in account.playbook.thresholds if t.offer == smaller.key}
    dates = [s for s in rows if s.key in narrow and _is_of_date(account, s)]
    if dates:
        near = [s for s in dates if s.truth is Truth.TRUE]
        is_open = any(s.truth is Truth.UNKNOWN for s in dates)
        unknown = Truth.UNKNOWN if is_open else Truth.FALSE
        yield Check(
            name="the day is near",
            holds=Truth.TRUE if near else unknown,
            because=", ".join(f"{s.key} ({s.span})" for s in near or dates),
        )


def _is_of_date(account: Account, signal: Signal) -> bool:
    """Whether a row asks for a date alone, whatever it says now: an unknown one has no evidence to tell by."""
    row = next(t for t in account.playbook.thresholds if t.key == signal.key)
    dates = {key for key, trait in account.playbook.traits.items() if trait.type == "date"}
    return all(c.what == "fact" and slug(c.name) in dates for c in row.counts)


def _uses_fit(record: Record, account: Account, smaller: Bundle) -> Check:
    """Of every meter that the smaller plan limits, the highest reading of ninety days fits into what it would be."""
    name = "covers the use of the last 90 days"
    said: list[str] = []
    meters = [row.meter for b in (account.plan, smaller) if b for row in b.limits]
    for meter in dict.fromkeys(meters):
        if meter in account.customer.account.limits:
            continue  # an override stays, whatever the plan
        most = _most_used(record, meter)
        there = _limit_on(account, smaller, meter)
        if there is _NO_ROW:
            because = f"`{smaller.name}` does not say how much {meter}"
            return Check(name=name, holds=Truth.UNKNOWN, because=because)
        if there is None:
            continue
        assert isinstance(there, Decimal)
        if most is None:
            return Check(name=name, holds=Truth.UNKNOWN, because=f"use of {meter} is not known")
        if most > there:
            because = f"{meter} reached {plain_number(most)} of {plain_number(there)}"
            return Check(name=name, holds=Truth.FALSE, because=because)
        said.append(f"{meter} at most {plain_number(most)} of {plain_number(there)}")
    return Check(name=name, holds=Truth.TRUE, because=", ".join(said) or "nothing is limited")


_NO_ROW = object()


def _limit_on(account: Account, smaller: Bundle, meter: str) -> object:
    """How much of a meter there would be, with the extras that are held; None is unlimited."""
    rows = [row for row in smaller.limits if row.meter == meter and not row.extends]
    if not rows:
        return _NO_ROW
    value = rows[0].value
    extra = [
        (row.value or Decimal(0)) * max(account.customer.account.bundles.count(b.key), 1)
        for b in account.held
        for row in b.limits
        if row.meter == meter and row.extends
    ]
    return None if value is None else value + sum(extra, Decimal(0))


def _most_used(record: Record, meter: str) -> Decimal | None:
    """The highest reading of ninety days; nothing where a part of them has none, or the newest is too old."""
    course = record.course(meter)
    known = record.playbook.meters.get(meter)
    hours = (known.max_age_hours if known else None) or gate.DEFAULT_MAX_AGE_HOURS
    if not course.ats or record.now - course.ats[-1] > timedelta(hours=float(hours)):
        return None
    edges = [bisect_left(course.ats, record.now - i * PART) for i in range(PARTS, 0, -1)]
    edges.append(len(course.ats))
    if any(end <= start for start, end in pairwise(edges)):
        return None
    values = [v for v in course.values[edges[0] :] if v is not None]
    return max(values, default=None)


def _features_stay(record: Record, account: Account, smaller: Bundle) -> Check:
    """Every feature that was used in ninety days is there afterwards; where use is not reported, nobody can say."""
    name = "holds every feature used in the last 90 days"
    uses = record.events("use") if record.hears_events else ()
    since = record.now - DAYS
    if not uses or min(e.at for e in uses) > since:
        because = "which features are used was not reported for 90 days"
        return Check(name=name, holds=Truth.UNKNOWN, because=because)
    used = {slug(str(e.properties.get("feature", ""))) for e in uses if since <= e.at <= record.now}
    features = account.playbook.features
    stays = {*smaller.unlocks, *(f for b in account.held for f in b.unlocks)}
    stays |= {key for key, f in features.items() if f.free_for_all}
    stays |= gate.open_rights(account.customer.account.grants, account.now)
    lost = [features[key].name for key in sorted(used) if key in features and key not in stays]
    because = f"lost: {', '.join(lost)}" if lost else f"{len(used & features.keys())} in use stay"
    return Check(name=name, holds=truth_of(not lost), because=because)


def _extras_stay(account: Account, smaller: Bundle) -> Check:
    """Every extra that is held is sold on the smaller plan too."""
    gone = [b.name for b in account.held if b.available_on and smaller.key not in b.available_on]
    because = f"not sold on it: {', '.join(gone)}" if gone else "everything held beside it stays"
    holds = truth_of(not gone)
    if "account" in account.customer.unavailable:
        holds, because = Truth.UNKNOWN, "what the account holds could not be read"
    return Check(name="keeps what is held beside it", holds=holds, because=because)


def _costs_less(account: Account, smaller: Bundle) -> Check:
    """The smaller plan costs less than the present one, both by exact price lines."""
    before, after = pricing.monthly(account.present), pricing.monthly(account.price(smaller))
    if before is None or after is None:
        return Check(name="costs less", holds=Truth.UNKNOWN, because="a price is not known")
    because = f"{plain_number(after)} where {plain_number(before)} are paid each month"
    return Check(name="costs less", holds=truth_of(after < before), because=because)
