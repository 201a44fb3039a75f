"""A rule judged over what is known of an account: true, false or unknown, and what was missing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from skill.model.account import Customer
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.model.rules import Both, Compare, Either, Rule, Truth

DEFAULT_MAX_AGE_HOURS = Decimal(24 * 90)
"""How old a fact may be where neither it nor its trait says."""
Judged = tuple[Truth, tuple[str, ...]]
"""The value of a rule, and the names of the facts that were wanted and not known."""


def judge(
    rule: Rule, playbook: Playbook, customer: Customer, now: datetime, ready: Truth
) -> Judged:
    """The value of a rule. `ready` answers `upsell_readiness is ready`.

    Three-valued as in Kleene's logic: false wins in `and`, true wins in `or`, unknown stays unknown.
    """
    if isinstance(rule, Compare):
        return _compare(rule, playbook, customer, now, ready)
    parts = [judge(part, playbook, customer, now, ready) for part in rule.parts]
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
    rule: Compare, playbook: Playbook, customer: Customer, now: datetime, ready: Truth
) -> Judged:
    audience = playbook.audiences.get(rule.subject)
    if audience is not None:
        inner, missing = judge(audience.rule, playbook, customer, now, ready)
        return _as_asked(inner, rule), missing
    if rule.subject == "upsell-readiness":
        return _as_asked(ready if rule.value == "ready" else _not(ready), rule), (
            ("upsell-readiness",) if ready is Truth.UNKNOWN else ()
        )
    if rule.subject == "bundles":
        held = rule.value in customer.account.bundles
        return (_truth(held == (rule.op == "is"))), ()
    value = known_value(rule.subject, playbook, customer, now)
    if value is None:
        if rule.subject == "plan" and not customer.account.plan:
            return _truth(rule.op == "is_not"), ()
        return Truth.UNKNOWN, (rule.subject,)
    return _against(value, rule), ()


def known_value(
    subject: str, playbook: Playbook, customer: Customer, now: datetime
) -> str | Decimal | None:
    """What is known under this name: of the account, the person, a dated fact or a trait; None where nothing fresh is."""
    account = customer.account
    direct = {
        "plan": account.plan,
        "region": account.region,
        "currency": account.currency,
        "role": customer.person.role,
    }
    if subject in direct:
        return direct[subject]
    told = [f for f in customer.facts if slug(f.name) == subject and f.as_of <= now]
    if told:
        newest = max(told, key=lambda f: f.as_of)
        trait = playbook.traits.get(subject)
        hours = newest.max_age_hours or (trait.max_age_hours if trait else DEFAULT_MAX_AGE_HOURS)
        age = (now - newest.as_of).total_seconds() / 3600
        stale = hours is not None and age > hours
        return None if newest.value is None or stale else _plain(newest.value)
    return _plain(account.traits.get(subject))


def _plain(value: str | int | float | Decimal | bool | None) -> str | Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return Decimal(str(value))


def _against(value: str | Decimal, rule: Compare) -> Truth:
    if rule.op in ("is", "is_not"):
        same = _same(value, rule.value)
        return _truth(same == (rule.op == "is"))
    number = _number(value)
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
        return _number(value) == wanted
    return slug(str(value)) == wanted


def _number(value: str | Decimal) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(value.replace(",", ""))
    except ArithmeticError:
        return None


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE


def _not(value: Truth) -> Truth:
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(value, Truth.UNKNOWN)


def _as_asked(value: Truth, rule: Compare) -> Truth:
    """`Self-serve is true` and `Self-serve is not true` over an audience."""
    wants = (rule.value in ("true", "yes", "ready", "warming", "quiet")) == (rule.op == "is")
    return value if wants else _not(value)
