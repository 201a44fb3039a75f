"""The gate: may this account do what was asked, by which right, and within which limit."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from skill.model.account import Customer, Right
from skill.model.decision import (
    Access,
    EffectiveLimit,
    Entitlement,
    Meaning,
    Reason,
    Verdict,
)
from skill.model.playbook import Bundle, Feature, Meter, Playbook, SoldAs
from skill.model.rules import Truth
from skill.policy import rules
from skill.policy.past import NO_READINGS, past_of
from skill.policy.tables import tables_of

DEFAULT_MAX_AGE_HOURS = Decimal(48)
"""How old a reading may be where its meter's Topic does not say."""


def held_bundles(playbook: Playbook, customer: Customer, now: datetime) -> tuple[Bundle, ...]:
    """The bundles this account holds beside its plan: bought or granted, and not removed."""
    account = customer.account
    if not account.bundles and not account.grants:
        return ()
    removed = open_rights(account.removals, now)
    granted = [r.name for r in account.grants if _is_open(r, now)]
    keys = dict.fromkeys((*account.bundles, *granted))
    return tuple(playbook.bundles[k] for k in keys if k in playbook.bundles and k not in removed)


def held_plan(playbook: Playbook, customer: Customer) -> Bundle | None:
    """The plan of this account, where one is held and known; an add-on named as a plan is none."""
    bundle = playbook.bundles.get(customer.account.plan or "")
    return bundle if bundle is not None and bundle.sold_as is SoldAs.PLAN else None


def plan_is_unknown(playbook: Playbook, customer: Customer) -> bool:
    """Whether the account names a plan that no Topic knows."""
    return customer.account.plan is not None and held_plan(playbook, customer) is None


def _is_open(right: Right, now: datetime) -> bool:
    return right.until is None or now < right.until


def open_rights(rights: tuple[Right, ...], now: datetime) -> set[str]:
    """The names of the grants or removals that hold at this moment."""
    return {right.name for right in rights if _is_open(right, now)}


def entitlements(
    playbook: Playbook, customer: Customer, feature: Feature, now: datetime
) -> tuple[Entitlement, ...]:
    """Every source that gives this account the feature; none where a removal takes it away."""
    account = customer.account
    if feature.key in open_rights(account.removals, now):
        return ()
    out: list[Entitlement] = []

    def add(source: str, name: str, span: object = None) -> None:
        out.append(
            Entitlement.model_validate(
                {"feature": feature.key, "source": source, "name": name, "span": span}
            )
        )

    if feature.free_for_all:
        add("free for all", feature.key, feature.span)
    for key in feature.free_for:
        if is_in((key,), playbook, customer, now) is Truth.TRUE:
            add("audience", key, playbook.audiences[key].span)
    plan, unlocks = held_plan(playbook, customer), tables_of(playbook).unlocks
    if plan is not None and feature.key in unlocks[plan.key]:
        add("plan", plan.key, plan.span)
    for bundle in held_bundles(playbook, customer, now):
        if feature.key in unlocks[bundle.key]:
            add("bundle", bundle.key, bundle.span)
    for right in account.grants:
        if right.name == feature.key and _is_open(right, now):
            add("grant", right.source)
    return tuple(out)


def is_in(
    audiences: tuple[str, ...], playbook: Playbook, customer: Customer, now: datetime
) -> Truth:
    """Whether this account belongs to one of these audiences. What decides access is known before any signal."""
    values = [
        rules.judge(playbook.audiences[k].rule, playbook, customer, now)[0] for k in audiences
    ]
    if Truth.TRUE in values:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in values else Truth.FALSE


def is_for(playbook: Playbook, customer: Customer, feature: Feature, now: datetime) -> Truth:
    """Whether a feature is for this account at all: it is for everybody unless its Topic names audiences."""
    if not feature.only_for:
        return Truth.TRUE
    return is_in(feature.only_for, playbook, customer, now)


def effective_limit(
    playbook: Playbook, customer: Customer, meter: str, now: datetime
) -> EffectiveLimit | None:
    """The limit that applies to this account: an override, else the plan's value and what extends it.

    None where nothing says how much there is.
    """
    if meter in customer.account.limits:
        value = customer.account.limits[meter]
        return with_usage(
            EffectiveLimit(meter=meter, value=value, source="override"), playbook, customer, now
        )
    plan = held_plan(playbook, customer)
    bundles = held_bundles(playbook, customer, now)
    held = (*((plan,) if plan else ()), *bundles)
    rows = [(b, r) for b in held for r in b.limits if r.meter == meter]
    base = [(b, r) for b, r in rows if not r.extends]
    if not base:
        return None
    extra = [
        (b, r)
        for b, r in rows
        if r.extends
        for _ in range(max(customer.account.bundles.count(b.key), 1))
    ]
    bundle, row = max(base, key=lambda pair: _size(pair[1].value))
    value = row.value
    if value is not None:
        value += sum((r.value or Decimal(0) for _, r in extra), Decimal(0))
    found = EffectiveLimit(
        meter=meter,
        value=value,
        source="plan and add-on" if extra else ("plan" if bundle is plan else "add-on"),
        bundle=bundle.key,
        text="" if extra else row.text,
        span=row.span,
    )
    return with_usage(found, playbook, customer, now)


def _size(value: Decimal | None) -> Decimal:
    return Decimal("Infinity") if value is None else value


def period_start(meter: Meter | None, now: datetime) -> datetime:
    """When the present period of a meter began: what was counted before its reset is no reading of it."""
    now = now.astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    resets = meter.resets if meter else ""
    if resets == "daily":
        return midnight
    if resets == "weekly":
        return midnight - timedelta(days=now.weekday())
    if resets == "monthly":
        return midnight.replace(day=1)
    if resets == "yearly":
        return midnight.replace(month=1, day=1)
    return datetime.min.replace(tzinfo=UTC)


def period_end(meter: Meter | None, start: datetime) -> datetime | None:
    """When a period that began then ends, exclusive; None where the meter never resets, or nobody says when."""
    resets = meter.resets if meter else ""
    if resets == "daily":
        return start + timedelta(days=1)
    if resets == "weekly":
        return start + timedelta(weeks=1)
    if resets == "monthly":
        return (start + timedelta(days=31)).replace(day=1)
    if resets == "yearly":
        return start.replace(year=start.year + 1)
    return None


def with_usage(
    limit: EffectiveLimit, playbook: Playbook, customer: Customer, now: datetime
) -> EffectiveLimit:
    """The same limit with the newest reading of this period; a stale or missing one is no reading."""
    if not customer.usage:
        return limit
    meter = playbook.meters.get(limit.meter)
    start = period_start(meter, now)
    readings = past_of(customer).readings.get(limit.meter, NO_READINGS)
    until = bisect_right(readings.ats, now) - 1
    if until < 0 or readings.ats[until] < start:
        return limit
    newest_at, newest = readings.ats[until], readings.values[until]
    hours = (meter.max_age_hours if meter else None) or DEFAULT_MAX_AGE_HOURS
    stale = now - newest_at > timedelta(hours=float(hours))
    return limit.model_copy(
        update={
            "used": None if stale else newest,
            "used_as_of": newest_at,
            "stale": stale,
        }
    )


def access(
    playbook: Playbook, customer: Customer, key: str, meaning: Meaning, now: datetime
) -> Access:
    """The gate's answer for one feature of the playbook, without the ways that lead to it."""
    feature = playbook.features[key]
    if "account" in customer.unavailable:
        return Access(feature=key, verdict=Verdict.UNKNOWN, reason=Reason.SOURCE_UNAVAILABLE)
    for_them = is_for(playbook, customer, feature, now)
    if for_them is Truth.UNKNOWN:
        return Access(feature=key, verdict=Verdict.UNKNOWN, reason=Reason.SOURCE_UNAVAILABLE)
    if for_them is Truth.FALSE:
        return Access(feature=key, verdict=Verdict.DENIED, reason=Reason.NOT_IN_PLAN)
    rights = entitlements(playbook, customer, feature, now)
    meter = meaning.meter if meaning.meter in feature.meters else None
    if not rights:
        return _without_right(playbook, customer, feature, meaning, meter, now)
    role = customer.person.role
    if feature.needs_role and role is not None and role not in feature.needs_role:
        return Access(
            feature=key, verdict=Verdict.DENIED, reason=Reason.ROLE_NOT_ALLOWED, entitlements=rights
        )
    granted = Access(
        feature=key, verdict=Verdict.GRANTED, reason=Reason.GRANTED, entitlements=rights
    )
    if meter is not None:
        return _within(granted, effective_limit(playbook, customer, meter, now), meaning)
    return _unless_reached(granted, playbook, customer, feature, now)


def _without_right(
    playbook: Playbook,
    customer: Customer,
    feature: Feature,
    meaning: Meaning,
    meter: str | None,
    now: datetime,
) -> Access:
    """Denied, or unknown where the plan is one that no Topic knows, or an audience that has it may be theirs."""
    may_be_free = is_in(feature.free_for, playbook, customer, now) is Truth.UNKNOWN
    if plan_is_unknown(playbook, customer) or may_be_free:
        return Access(
            feature=feature.key, verdict=Verdict.UNKNOWN, reason=Reason.SOURCE_UNAVAILABLE
        )
    ended = any(
        r.until is not None and r.until <= now and _gives(playbook, r.name, feature.key)
        for r in customer.account.grants
    )
    return Access(
        feature=feature.key,
        verdict=Verdict.DENIED,
        reason=Reason.TRIAL_ENDED if ended else Reason.NOT_IN_PLAN,
        limit=effective_limit(playbook, customer, meter, now) if meter else None,
        need=meaning.need,
    )


def _gives(playbook: Playbook, name: str, feature: str) -> bool:
    bundle = playbook.bundles.get(name)
    return name == feature or (bundle is not None and feature in bundle.unlocks)


def _within(granted: Access, limit: EffectiveLimit | None, meaning: Meaning) -> Access:
    """Whether the amount asked about fits into the limit that applies."""
    if limit is None:
        return granted.model_copy(update={"need": meaning.need})
    covered = Truth.UNKNOWN
    if limit.value is None:
        covered = Truth.TRUE
    elif meaning.wants == "more":
        covered = Truth.FALSE
    elif meaning.need is not None:
        covered = Truth.TRUE if meaning.need <= limit.value else Truth.FALSE
    elif limit.used is not None:
        covered = Truth.TRUE if limit.used < limit.value else Truth.FALSE
    found = granted.model_copy(update={"limit": limit, "need": meaning.need, "covered": covered})
    asked_only = meaning.wants == "limit" and meaning.need is None
    if covered is Truth.FALSE and not asked_only:
        return found.model_copy(update={"verdict": Verdict.LIMITED, "reason": Reason.LIMIT_REACHED})
    return found


def _unless_reached(
    granted: Access, playbook: Playbook, customer: Customer, feature: Feature, now: datetime
) -> Access:
    """Limited where a hard limit of one of the feature's meters is used up, by a fresh reading."""
    for key in feature.meters:
        limit = effective_limit(playbook, customer, key, now)
        if is_used_up(playbook, limit):
            return granted.model_copy(
                update={
                    "verdict": Verdict.LIMITED,
                    "reason": Reason.LIMIT_REACHED,
                    "limit": limit,
                    "covered": Truth.FALSE,
                }
            )
    return granted


def is_used_up(playbook: Playbook, limit: EffectiveLimit | None) -> bool:
    """Whether a hard limit is reached by a fresh reading; a soft one goes on at a price, and asking is not reaching."""
    if limit is None or limit.value is None or limit.used is None:
        return False
    meter = playbook.meters.get(limit.meter)
    return meter is not None and meter.hard and limit.used >= limit.value
