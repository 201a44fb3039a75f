"""Rules read against what is declared: every subject exists, and every value is one that it can have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from skill.compiler import grammar, suggest
from skill.compiler.amounts import known_currencies
from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest_help, sure
from skill.compiler.names import FACTS, Names
from skill.model.common import slug
from skill.model.rules import Compare, Rule
from skill.model.topic import Span

_AMOUNTS = ("money", "number")
_A = {"money": "an amount of money", "number": "a number"}
_YES_OR_NO = ("true", "false", "yes", "no")
_LEVELS = ("ready", "warming", "quiet")
_OTHERS = {"moment": "moments", "signal": "signals", "use": "features"}
"""What a comparison that is no fact may name."""


def read_rule(phrase: str, span: Span, names: Names) -> Rule | None:
    """A rule whose every name is declared and whose every value fits; None where it was told that one does not."""
    try:
        rule = grammar.read_rule(names.quoted(phrase))
    except grammar.Unreadable as wrong:
        names.found.append(
            finding(
                "T201",
                span,
                f"unreadable rule `{phrase}`",
                f"write it like `{meant}`"
                if (meant := suggest.rule(phrase, [n for n, _ in names.audiences.values()]))
                else f"write it like `{wrong.nearest}`; parts are joined with `and` and `or`",
                width=len(phrase),
            )
        )
        return None
    return _typed(rule, _Place(phrase, span, names))


def compares(rule: Rule) -> list[Compare]:
    """Every comparison in a rule, in reading order."""
    if isinstance(rule, Compare):
        return [rule]
    return [c for part in rule.parts for c in compares(part)]


class _Place:
    """A rule as it stands in its Topic, for findings that point at one word of it."""

    def __init__(self, phrase: str, span: Span, names: Names) -> None:
        self.phrase = phrase
        self.span = span
        self.names = names

    def of(self, key: str) -> tuple[Span, int, str]:
        """Where the words with this key stand in the phrase, how long they are, and as they are written."""
        pattern = r"[^A-Za-z0-9]*".join(re.escape(part) for part in key.split("-"))
        match = re.search(rf"(?<!\w){pattern}(?!\w)", self.phrase, re.IGNORECASE)
        if match is None:
            return self.span, len(self.phrase), key
        at = self.span.at(self.span.column + match.start())
        return at, len(match[0]), match[0]

    def said(self, key: str) -> str:
        """The words with this key as the writer wrote them."""
        return self.of(key)[2]

    def tell(
        self, code: str, key: str, message: str, help: str, replacement: str | None = None
    ) -> None:
        at, width, _ = self.of(key)
        self.names.found.append(
            finding(code, at, message, help, width=width, replacement=replacement)
        )

    def miss(
        self,
        key: str,
        declared: Mapping[str, tuple[str, Span]],
        known: Sequence[str],
        message: str,
    ) -> None:
        """A word of the rule that is not declared."""
        at, width, written = self.of(key)
        help_line, replacement = nearest_help(key, known), sure(key, known)
        told = finding("T103", at, message, help_line, width=width, replacement=replacement)
        self.names.miss(written, declared, told)


def _typed(rule: Rule, place: _Place) -> Rule:
    if not isinstance(rule, Compare):
        return rule.model_copy(update={"parts": tuple(_typed(p, place) for p in rule.parts)})
    names = place.names
    if rule.about in _OTHERS:
        _named(_OTHERS[rule.about], rule.subject, place)
        return rule
    if rule.subject in names.audiences:
        names.used.add(rule.subject)
        return _so(rule, "audience", place)
    if rule.subject in names.moments:
        names.used.add(rule.subject)
        return _so(rule, "moment", place)
    if rule.subject in names.signals:
        names.used.add(rule.subject)
        return _so(rule, "signal", place)
    _check_fact(rule, place)
    return rule


def _named(what: str, key: str, place: _Place) -> None:
    at, _, written = place.of(key)
    place.names.key(what, written, at, where=f"rule `{place.phrase}`")


def _so(rule: Compare, about: str, place: _Place) -> Compare:
    """`Self-serve is true`, `First win is not true`."""
    if rule.op not in ("is", "is_not") or rule.value not in _YES_OR_NO:
        place.tell(
            "T201",
            str(rule.value),
            f"`{place.said(rule.subject)}` cannot be `{place.said(str(rule.value))}` in rule `{place.phrase}`",
            "write is true, or is not true",
        )
        return rule
    so = (rule.value in ("true", "yes")) == (rule.op == "is")
    return rule.model_copy(update={"about": about, "op": "is" if so else "is_not", "value": "true"})


def _check_fact(rule: Compare, place: _Place) -> None:
    names, subject = place.names, rule.subject
    known = sorted({*names.traits, *names.audiences, *names.moments, *FACTS})
    if subject not in known:
        message = f"unknown trait `{place.said(subject)}` in rule `{place.phrase}`"
        place.miss(subject, {**names.traits, **names.audiences, **names.moments}, known, message)
        return
    if subject in names.traits:
        names.used.add(subject)
    kind = names.types.get(subject, "")
    is_amount = rule.op not in ("is", "is_not") or not isinstance(rule.value, str)
    if kind in _AMOUNTS and isinstance(rule.value, str):
        place.tell(
            "T201",
            rule.value,
            f"`{place.said(subject)}` is {_A[kind]}, and `{place.said(rule.value)}` is none",
            "write a number, such as `is at least 25,000`",
        )
    elif kind not in _AMOUNTS and is_amount and (kind or subject in FACTS):
        place.tell(
            "T201",
            subject,
            f"`{place.said(subject)}` has no amount, so it cannot be compared with one",
            "write `is` and one of its values"
            if kind != "date"
            else "count the days as a fact, such as `fact: renewal_in_days`",
        )
    elif rule.currency and rule.currency != names.currencies.get(subject):
        own = names.currencies.get(subject)
        place.tell(
            "T201",
            rule.currency.lower(),
            f"`{place.said(subject)}` is not counted in {rule.currency}",
            f"write the amount in {own}"
            if own
            else "give the trait the type money and its currency",
        )
    elif isinstance(rule.value, str):
        _check_word(subject, rule.value, place)


_DECLARED = {"plan": "plans", "role": "roles", "bundles": "bundles"}


def _check_word(subject: str, value: str, place: _Place) -> None:
    names = place.names
    what = _DECLARED.get(subject)
    if what is not None:
        if getattr(names, what):
            _named(what, value, place)
        return
    readable = _values_of(subject, names)
    if readable and value not in {slug(v) for v in readable}:
        message = (
            f"`{place.said(subject)}` cannot be `{place.said(value)}` in rule `{place.phrase}`"
        )
        place.miss(value, names.places.get(subject, {}), readable, message)
    elif value in names.places.get(subject, {}):
        names.used.add(value)
    elif subject == "currency" and value.upper() not in known_currencies():
        place.tell("T103", value, f"`{place.said(value)}` is no currency", "write it as EUR or USD")


def _values_of(subject: str, names: Names) -> tuple[str, ...]:
    """The values that this subject may have; none where any is allowed."""
    if subject == "upsell-readiness":
        return _LEVELS
    if names.types.get(subject) == "yes or no":
        return _YES_OR_NO
    return names.values.get(subject, ())
