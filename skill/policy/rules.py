"""A rule judged over what is known of an account: true, false or unknown, and what was missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from skill.model.account import Customer, Fact
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.model.rules import Both, Compare, Either, Rule, Truth

DEFAULT_MAX_AGE_HOURS = Decimal(24 * 90)
"""How old a fact may be where neither it nor its trait says."""
Judged = tuple[Truth, tuple[str, ...]]
"""The value of a rule, and the names of the facts that were wanted and not known."""


USED_WITHIN = timedelta(days=30)
"""How lately a feature must have been used for `uses FEATURE` to hold."""


@dataclass(frozen=True)
class Standing:
    """What was judged of the account before the rule: readiness, signals and moments; all unknown at first."""

    ready: Truth = Truth.UNKNOWN
    signals: Mapping[str, Truth] = field(default_factory=dict)
    moments: Mapping[str, Truth] = field(default_factory=dict)


NOTHING_YET = Standing()


def judge(
    rule: Rule,
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    standing: Standing = NOTHING_YET,
) -> Judged:
    """The value of a rule; a rule without parts is everybody's.

    Three-valued as in Kleene's logic: false wins in `and`, true wins in `or`, unknown stays unknown.
    """
    if isinstance(rule, Compare):
        return _compare(rule, playbook, customer, now, standing)
    parts = [judge(part, playbook, customer, now, standing) for part in rule.parts]
    values = [value for value, _ in parts]
    winner, other = (
        (Truth.FALSE, Truth.TRUE) if isinstance(rule, Both) else (Truth.TRUE, Truth.FALSE)
    )
    assert isinstance(rule, Both | Either)
    if winner in values:
        return winner, ()
    if Truth.UNKNOWN in values:
        return Truth.UNKNOWN, tuple(
            dict.fromkeys(m for v, ms in parts if v is Truth.UNKNOWN for m in ms)
        )
    return other, ()


def _compare(
    rule: Compare, playbook: Playbook, customer: Customer, now: datetime, standing: Standing
) -> Judged:
    if rule.about == "audience":
        audience = playbook.audiences[rule.subject]
        inner, missing = judge(audience.rule, playbook, customer, now, standing)
        return _as_asked(inner, rule), missing
    if rule.about in ("moment", "signal", "use"):
        found = {
            "moment": standing.moments.get(rule.subject, Truth.UNKNOWN),
            "signal": standing.signals.get(rule.subject, Truth.UNKNOWN),
            "use": _used(rule.subject, customer, now),
        }[rule.about]
        return _as_asked(found, rule), (rule.subject,) if found is Truth.UNKNOWN else ()
    if rule.subject == "upsell-readiness":
        ready = standing.ready
        said = ready if rule.value == "ready" else _not(ready)
        unsure = ready is Truth.UNKNOWN
        return (said if rule.op == "is" else _not(said)), ("upsell-readiness",) if unsure else ()
    if rule.subject == "bundles":
        held = rule.value in customer.account.bundles
        return (_truth(held == (rule.op == "is"))), ()
    value = known_value(rule.subject, playbook, customer, now)
    if value is None:
        if rule.subject == "plan" and not customer.account.plan:
            return _truth(rule.op == "is_not"), ()
        return Truth.UNKNOWN, (rule.subject,)
    return _against(value, rule), ()


def _used(feature: str, customer: Customer, now: datetime) -> Truth:
    """Whether the product reported the event `use` of this feature lately; unknown where it reports nothing."""
    if "events" in customer.unavailable or not customer.events:
        return Truth.UNKNOWN
    return _truth(
        any(
            e.name == "use"
            and slug(str(e.properties.get("feature", ""))) == feature
            and now - USED_WITHIN < e.at <= now
            for e in customer.events
        )
    )


def known_value(
    subject: str, playbook: Playbook, customer: Customer, now: datetime
) -> str | Decimal | None:
    """What is known under this name: of the account, the person, a dated fact or a trait; None where nothing fresh is."""
    told = [f for f in customer.facts if slug(f.name) == subject and f.as_of <= now]
    return believed(subject, told, playbook, customer, now)


def believed(
    subject: str, told: Sequence[Fact], playbook: Playbook, customer: Customer, now: datetime
) -> str | Decimal | None:
    """The same, where the facts that were told under this name until now are at hand."""
    account = customer.account
    direct = {
        "plan": account.plan,
        "region": account.region,
        "currency": account.currency,
        "role": customer.person.role,
    }
    if subject in direct:
        return direct[subject]
    if told:
        # Of two of one moment the one that sorts last, so that the order they came in says nothing.
        newest = max(told, key=lambda f: (f.as_of, str(plain(f.value) or "")))
        trait = playbook.traits.get(subject)
        hours = newest.max_age_hours or (trait.max_age_hours if trait else DEFAULT_MAX_AGE_HOURS)
        age = (now - newest.as_of).total_seconds() / 3600
        stale = hours is not None and age > hours
        return None if newest.value is None or stale else plain(newest.value)
    return plain(account.traits.get(subject))


def plain(value: str | int | float | Decimal | bool | None) -> str | Decimal | None:
    """A value as words or as an exact number; what is no finite number is not known."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    number = Decimal(str(value))
    return number if number.is_finite() else None


def _against(value: str | Decimal, rule: Compare) -> Truth:
    if rule.op in ("is", "is_not"):
        same = _same(value, rule.value)
        return _truth(same == (rule.op == "is"))
    number = number_of(value)
    if number is None or not isinstance(rule.value, Decimal):
        return Truth.UNKNOWN
    return _truth(
        {
            "at_least": number >= rule.value,
            "at_most": number <= rule.value,
            "more_than": number > rule.value,
            "less_than": number < rule.value,
        }[rule.op]
    )


def _same(value: str | Decimal, wanted: str | Decimal) -> bool:
    if isinstance(wanted, Decimal):
        return number_of(value) == wanted
    return slug(str(value)) == wanted


def number_of(value: str | Decimal) -> Decimal | None:
    """A value as an exact, finite number; None where it is none."""
    try:
        number = value if isinstance(value, Decimal) else Decimal(value.replace(",", ""))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE


def _not(value: Truth) -> Truth:
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(value, Truth.UNKNOWN)


def _as_asked(value: Truth, rule: Compare) -> Truth:
    """`Self-serve is true`, `First win is not reached`."""
    return value if rule.op == "is" else _not(value)
