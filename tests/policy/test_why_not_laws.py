"""The law of why-not: what is told flips the decision, and nothing smaller that was tried does."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.why_not import NotOffered
from skill.policy.why import flips
from skill.policy.why import why_not as room
from skill.policy.why.cases import Case, Option, applied
from skill.policy.why.flips import MOST_CHANGES, Tried, candidates, smallest
from skill.policy.why.scene import Scene
from skill.policy.why.why_not import why_not
from skill.sample import sample_customers
from tests.conftest import NOW, ROOT
from tests.policy.customers import customers, meanings

FERNWAY = Compiler().compile_folder(ROOT / "topics", date(2026, 11, 21)).playbook
ANYBODY = customers(FERNWAY, NOW)
ANYTHING = st.one_of(meanings(FERNWAY), st.just(Meaning(outcome=Outcome.SIGNAL)))
ANYWHERE = st.sampled_from(list(Surface))
SOME = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(SOME, max_examples=150)
EVERYBODY = sample_customers(NOW)
QUESTIONS = [
    Meaning(outcome=Outcome.SIGNAL),
    *(
        Meaning(outcome=Outcome.FEATURE, features=(key,))
        for key in ("salesforce-export", "saved-reports", "audit-log", "approval-steps")
    ),
]


def offered(case: Case) -> set[str]:
    return {s.bundle for o in case.decided().offers for s in o.unlock.steps}


def all_options(case: Case, offer: str) -> tuple[Option, ...]:
    found, _ = candidates(room.options(Scene(case), case.playbook.bundles[offer]))
    return found


def faults(case: Case, one: NotOffered) -> list[str]:
    """What is wrong with one explanation, by deciding every set of changes again in the plainest way."""
    options = all_options(case, one.offer)
    told = [c.said for c in one.changes]
    chosen = [o for o in options if o.change.said in told]
    wrong = []
    if one.flips and one.offer not in offered(applied(case, chosen)):
        wrong.append("what is told does not lead to the offer")
    below = len(told) if one.flips else MOST_CHANGES + 1
    for size in range(below):
        for some in combinations(options, size):
            agree = len({o.slot for o in some}) == size
            if agree and one.offer in offered(applied(case, some)):
                wrong.append(f"{[o.change.said for o in some]} is smaller and leads to it")
    return wrong


@SOME
@given(ANYBODY, ANYTHING, ANYWHERE, st.sampled_from(sorted(FERNWAY.bundles)))
def test_what_is_told_flips_it_and_nothing_smaller_does(
    customer: Customer, meaning: Meaning, surface: Surface, offer: str
) -> None:
    case = Case(FERNWAY, customer, meaning, surface, NOW)
    for one in why_not(case, offer).not_offered:
        assert faults(case, one) == []


@pytest.mark.parametrize("customer", EVERYBODY[::6], ids=lambda c: str(c.person.id))
def test_it_is_so_for_the_sample_company(customer: Customer) -> None:
    for meaning in QUESTIONS:
        case = Case(FERNWAY, customer, meaning, Surface.IN_PRODUCT, NOW)
        for one in why_not(case).not_offered:
            if len(all_options(case, one.offer)) <= 6:
                assert faults(case, one) == [], (meaning.features, one.offer)


@MANY
@given(ANYBODY, ANYTHING, ANYWHERE)
def test_of_each_bundle_either_it_is_offered_or_something_failed(
    customer: Customer, meaning: Meaning, surface: Surface
) -> None:
    scene = Scene(Case(FERNWAY, customer, meaning, surface, NOW))
    for bundle in FERNWAY.bundles.values():
        if bundle.key not in scene.offered:
            found = [one.condition.kind for one in room.failures(scene, bundle)]
            assert found
            assert "other" not in found, bundle.key  # every reason is told with what is needed


@SOME
@given(ANYBODY, ANYTHING, ANYWHERE, st.sampled_from(sorted(FERNWAY.bundles)))
def test_of_what_was_offered_nothing_is_told(
    customer: Customer, meaning: Meaning, surface: Surface, offer: str
) -> None:
    case = Case(FERNWAY, customer, meaning, surface, NOW)
    report = why_not(case, offer)
    assert set(report.offered) == offered(case)
    assert [one.offer for one in report.not_offered] == [offer] * (offer not in offered(case))


def test_the_checker_fails_on_a_naive_explanation() -> None:
    """A naive explanation tells every change that has to do with what failed, or the first one."""
    customer = next(c for c in EVERYBODY if c.account.id == "elderflower-foods")
    meaning = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
    case = Case(FERNWAY, customer, meaning, Surface.IN_PRODUCT, NOW)
    right = next(iter(why_not(case, "connect-pack").not_offered))
    options = all_options(case, "connect-pack")
    assert faults(case, right) == []
    assert len(right.changes) == 2
    first = right.model_copy(update={"changes": (options[0].change,)})
    assert faults(case, first)
    single = smallest("connect-pack", options[:1], Tried(case))
    assert single.changes == ()
    nothing = right.model_copy(update={"changes": (), "flips": False})
    assert faults(case, nothing)


def test_a_whole_report_makes_a_bounded_number_of_decisions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flips, "MOST_DECISIONS", 5)
    case = Case(FERNWAY, EVERYBODY[0], QUESTIONS[0], Surface.IN_PRODUCT, NOW)
    report = why_not(case)
    assert any(not one.is_whole for one in report.not_offered)
    assert not any(one.changes for one in report.not_offered if not one.is_whole)
    assert sum(one.n_tried for one in report.not_offered) <= 5 * len(report.not_offered)
