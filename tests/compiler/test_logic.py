"""What follows from a rule, held against every account that could be."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from skill.compiler import logic
from skill.model.rules import Both, Compare, Either, Rule

WORDS = ("red", "blue")
SUBJECTS = ("colour", "size")
_compare = st.one_of(
    st.builds(
        lambda op, value: Compare(op=op, subject="colour", value=value),
        st.sampled_from(["is", "is_not"]),
        st.sampled_from(WORDS),
    ),
    st.builds(
        lambda op, value: Compare(op=op, subject="size", value=Decimal(value)),
        st.sampled_from(["is", "at_least", "at_most", "more_than", "less_than"]),
        st.integers(0, 3),
    ),
)
RULES: st.SearchStrategy[Rule] = st.recursive(
    _compare,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda x: Both(parts=tuple(x))),
        st.lists(parts, min_size=1, max_size=3).map(lambda x: Either(parts=tuple(x))),
    ),
    max_leaves=6,
)
EVERY = [
    {"colour": colour, "size": Decimal(size) / 2}
    for colour, size in product((*WORDS, "green"), range(-1, 9))
]


def holds(rule: Rule, account: dict[str, object]) -> bool:
    if isinstance(rule, Compare):
        value = account[rule.subject]
        if rule.op in ("is", "is_not"):
            return (value == rule.value) == (rule.op == "is")
        assert isinstance(value, Decimal)
        assert isinstance(rule.value, Decimal)
        return {
            "at_least": value >= rule.value,
            "at_most": value <= rule.value,
            "more_than": value > rule.value,
            "less_than": value < rule.value,
        }[rule.op]
    parts = [holds(part, account) for part in rule.parts]
    return all(parts) if isinstance(rule, Both) else any(parts)


@given(RULES, RULES)
def test_a_rule_that_is_said_to_cover_another_holds_wherever_it_does(a: Rule, b: Rule) -> None:
    wide, narrow = logic.cases(a, {}), logic.cases(b, {})
    assert wide is not None
    assert narrow is not None
    if logic.covers(wide, narrow):
        assert all(holds(a, account) for account in EVERY if holds(b, account))


@given(RULES)
def test_a_rule_that_is_said_to_be_nobodys_holds_for_nobody(rule: Rule) -> None:
    found = logic.cases(rule, {})
    assert found is not None
    if logic.never(found):
        assert not any(holds(rule, account) for account in EVERY)


@given(RULES)
def test_a_rule_that_is_said_to_be_everybodys_holds_for_everybody(rule: Rule) -> None:
    found = logic.cases(rule, {})
    assert found is not None
    if logic.is_everybody(found, {"colour": (*WORDS, "green")}):
        assert all(holds(rule, account) for account in EVERY)


def test_plain_cases_are_seen() -> None:
    red, blue = (Compare(op="is", subject="colour", value=w) for w in WORDS)
    small = Compare(op="at_most", subject="size", value=Decimal(1))
    large = Compare(op="more_than", subject="size", value=Decimal(1))
    assert logic.never(logic.cases(Both(parts=(red, blue)), {}) or ())
    assert logic.never(logic.cases(Both(parts=(small, large)), {}) or ())
    assert not logic.never(logic.cases(Either(parts=(red, blue)), {}) or ())
    narrow = logic.cases(Both(parts=(red, small)), {}) or ()
    assert logic.covers(logic.cases(red, {}) or (), narrow)
    assert logic.is_everybody(logic.cases(Both(parts=()), {}) or (), {})
