"""Audiences and moments of the journey: rules over what is known of an account, true, false or unknown.

Mirrors `skill.policy.rules` for an account of which no person is known.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from skill.model.rules import Both, Compare, Rule
from skill.policy.signals.signals import YES_WORDS
from skill.sources.warehouse import numbers
from skill.sources.warehouse.asked import Asked, listed, quoted
from skill.sources.warehouse.counts import used_lately
from skill.sources.warehouse.numbers import NO, NOTHING, YES, Value

Moment = Callable[[str], str]
"""Whether a moment of the journey is reached, by its key."""


def judged(asked: Asked, rule: Rule, moment: Moment) -> str:
    """The value of a rule; one without parts is everybody's."""
    if isinstance(rule, Compare):
        return _compare(asked, rule, moment)
    parts = [judged(asked, part, moment) for part in rule.parts]
    return numbers.all_of(parts) if isinstance(rule, Both) else numbers.any_of(parts)


def reached(asked: Asked, key: str, measured: str) -> str:
    """Whether a moment is reached: its own fact goes before its rule."""
    own = asked.known(key)
    yes = f"LOWER({own}) IN ({listed(YES_WORDS)})"
    return f"CASE WHEN {own} IS NOT NULL THEN {yes} ELSE {measured} END"


def _compare(asked: Asked, rule: Compare, moment: Moment) -> str:
    if rule.about == "audience":
        audience = asked.playbook.audiences[rule.subject]
        return _as_asked(judged(asked, audience.rule, moment), rule)
    if rule.about == "moment":
        return _as_asked(moment(rule.subject), rule)
    if rule.about == "use":
        return _as_asked(used_lately(asked, rule.subject), rule)
    if rule.about == "signal" or rule.subject == "upsell-readiness":
        return NOTHING  # signals are what a sweep is about to find
    if rule.subject == "bundles":
        name = asked.bundles.setdefault(str(rule.value), f"b{len(asked.bundles)}")
        is_held = f"COALESCE(held.{name}, 0) = 1"
        return is_held if rule.op == "is" else f"NOT {is_held}"
    told = _against(asked, rule)
    if rule.subject == "plan":
        without = YES if rule.op == "is_not" else NO
        return f"CASE WHEN COALESCE(a.plan, '') = '' THEN {without} ELSE {told} END"
    return told


def _against(asked: Asked, rule: Compare) -> str:
    wanted = rule.value
    if rule.op in ("is", "is_not"):
        if isinstance(wanted, Decimal):
            figure, number = numbers.millionths(wanted), asked.known(rule.subject, "number")
            same = f"COALESCE({number} = {figure}, FALSE)"
        else:
            same = f"{asked.known(rule.subject, 'key')} = {quoted(wanted)}"
        same = same if rule.op == "is" else f"NOT {same}"
        return numbers.only_if(f"{asked.known(rule.subject)} IS NOT NULL", same)
    if not isinstance(wanted, Decimal):
        return NOTHING
    return numbers.against(rule.op, Value(asked.known(rule.subject, "number")), wanted)


def _as_asked(value: str, rule: Compare) -> str:
    return value if rule.op == "is" else f"NOT ({value})"
