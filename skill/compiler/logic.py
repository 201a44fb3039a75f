"""What follows from a rule: its cases, which of them can never be, and when one rule holds wherever another does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from skill.model.playbook import Audience
from skill.model.rules import Both, Compare, Rule

MAX_CASES = 200
"""More cases than this are not followed up: nothing is said about such a rule."""
Case = frozenset[Compare]
"""Comparisons that hold together."""


def cases(rule: Rule, audiences: Mapping[str, Audience]) -> tuple[Case, ...] | None:
    """The rule as alternatives, each a set of comparisons, audiences written out; None where there are too many."""
    found = _cases(rule, audiences, ())
    return None if found is None else tuple(dict.fromkeys(found))


def _cases(
    rule: Rule, audiences: Mapping[str, Audience], above: tuple[str, ...]
) -> list[Case] | None:
    if isinstance(rule, Compare):
        audience = audiences.get(rule.subject) if rule.about == "audience" else None
        if audience is None or rule.op != "is" or rule.subject in above:
            return [frozenset((rule,))]
        return _cases(audience.rule, audiences, (*above, rule.subject))
    parts = [_cases(part, audiences, above) for part in rule.parts]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if not isinstance(rule, Both):
        return [case for part in known for case in part]
    out: list[Case] = [frozenset()]
    for part in known:
        out = [one | other for one in out for other in part]
        if len(out) > MAX_CASES:
            return None
    return out


def can_be(case: Case) -> bool:
    """Whether these comparisons can hold together: one fact has one value at a time."""
    rows = list(case)
    return not any(_exclude(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :])


def never(found: Sequence[Case]) -> bool:
    """Whether no case of a rule can ever be."""
    return not any(can_be(case) for case in found)


def covers(wide: Sequence[Case], narrow: Sequence[Case]) -> bool:
    """Whether the wide rule holds wherever the narrow one does: each case of the narrow one is inside one of the wide."""
    return all(any(_within(case, other) for other in wide) for case in narrow if can_be(case))


def is_everybody(found: Sequence[Case], values: Mapping[str, Sequence[str]]) -> bool:
    """Whether a rule leaves nobody out: no condition, a fact and its opposite, or every value that a fact may have."""
    if any(not case for case in found):
        return True
    single = [next(iter(case)) for case in found if len(case) == 1]
    for one in single:
        if one.op == "is" and any(
            o.subject == one.subject and o.op == "is_not" and o.value == one.value for o in single
        ):
            return True
        every = set(values.get(one.subject, ()))
        said = {o.value for o in single if o.subject == one.subject and o.op == "is"}
        if every and every <= said:
            return True
    return False


def _within(case: Case, wide: Case) -> bool:
    return all(any(implies(have, want) for have in case) for want in wide)


def implies(have: Compare, want: Compare) -> bool:
    """Whether the second comparison holds wherever the first does."""
    if have == want:
        return True
    if (have.subject, have.about, have.currency) != (want.subject, want.about, want.currency):
        return False
    if have.op == "is" and want.op == "is_not":
        # A bundle held says nothing about the other ones: more than one may be held.
        return have.value != want.value and have.subject != "bundles"
    if not isinstance(have.value, Decimal) or not isinstance(want.value, Decimal):
        return False
    a, b = have.value, want.value
    return {
        ("at_least", "at_least"): a >= b,
        ("more_than", "at_least"): a >= b,
        ("at_least", "more_than"): a > b,
        ("more_than", "more_than"): a >= b,
        ("at_most", "at_most"): a <= b,
        ("less_than", "at_most"): a <= b,
        ("at_most", "less_than"): a < b,
        ("less_than", "less_than"): a <= b,
        ("is", "at_least"): a >= b,
        ("is", "more_than"): a > b,
        ("is", "at_most"): a <= b,
        ("is", "less_than"): a < b,
    }.get((have.op, want.op), False)


def _exclude(a: Compare, b: Compare) -> bool:
    if (a.subject, a.about) != (b.subject, b.about) or a.subject == "bundles":
        return (
            (a.subject, a.about) == (b.subject, b.about)
            and {a.op, b.op}
            == {
                "is",
                "is_not",
            }
            and a.value == b.value
        )
    if a.op == b.op == "is":
        return a.value != b.value
    if {a.op, b.op} == {"is", "is_not"}:
        return a.value == b.value
    if not isinstance(a.value, Decimal) or not isinstance(b.value, Decimal):
        return False
    low, high = (a, b) if a.op in ("at_least", "more_than") else (b, a)
    if low.op not in ("at_least", "more_than", "is") or high.op not in (
        "at_most",
        "less_than",
        "is",
    ):
        return False
    if low.op == "is" and high.op == "is":
        return low.value != high.value
    assert isinstance(low.value, Decimal)
    assert isinstance(high.value, Decimal)
    both_reach = low.op != "more_than" and high.op != "less_than"
    return low.value > high.value or (low.value == high.value and not both_reach)
