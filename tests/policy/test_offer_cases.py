"""Every case file of tests/cases/policy: context in, decision out, at a company that sells every kind of offer."""

from __future__ import annotations

from typing import Any

import pytest

from skill.model.playbook import SoldAs
from tests.policy.offer_cases import company, decided, differs, files, unmet

FILES = files()
CASES = [
    pytest.param(step, id=name if len(case.get("then", [case])) == 1 else f"{name}: {n}")
    for name, case in FILES.items()
    for n, step in enumerate(case.get("then", [case]))
]
LINKS = {
    "a rule says so",
    "brings something that is lacking",
    "a recurring workaround was observed",
    "costs less",
    "covers the use of the last 90 days",
    "free to offer",
    "holds every feature used in the last 90 days",
    "keeps what is held beside it",
    "not held already",
    "not tried before",
    "sold in this currency",
    "sold in this region",
    "sold to this audience",
    "sold to this plan",
    "still sold",
    "succeeding in the core",
    "the day is near",
    "the upgrade is stable",
    "this person can act or is told who can",
}
"""Links that facts can break; the others hold by how an offer is found, and are kept as a second look."""
HOLD_AS_FOUND = {"a rule says so"}


@pytest.mark.parametrize("case", CASES)
def test_it_is_decided_so(case: dict[str, Any]) -> None:
    assert differs(case) == []


@pytest.mark.parametrize("case", CASES)
def test_what_is_offered_has_a_whole_witness(case: dict[str, Any]) -> None:
    assert unmet(decided(case)) == []


def test_there_are_at_least_150_files_and_each_says_something_else() -> None:
    assert len(FILES) >= 150
    assert len({case["says"] for case in FILES.values()}) == len(FILES)


def test_every_kind_of_offer_is_made_somewhere() -> None:
    made = {o.kind for param in CASES for o in decided(param.values[0]).offers}
    assert made == set(SoldAs)


def test_every_link_of_the_witness_is_broken_somewhere() -> None:
    broken = {
        w.because.split(": ")[0] for param in CASES for w in decided(param.values[0]).withheld
    }
    assert broken >= LINKS - HOLD_AS_FOUND


def test_a_checker_that_says_nothing_differs_would_be_found_out() -> None:
    naive = {
        "says": "x",
        "asks": "salesforce-export",
        "expect": {"offers": [], "access": "granted"},
    }
    assert len(differs(naive)) == 2
    assert company(naive).servable
