"""Every case file of tests/cases/restraint: when we stay quiet, until when, by which line, and which way a message goes."""

from __future__ import annotations

import typing
from typing import Any

import pytest

from skill.model.playbook import Restraint
from tests.policy.restraint_cases import cases, company, customer, decided, differs

CASES = cases()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_decided_so(case: dict[str, Any]) -> None:
    assert differs(case) == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_refusal_says_why_and_where(case: dict[str, Any]) -> None:
    rows = {r.situation: r for r in company(case).playbook.restraints}
    for one in decided(case).withheld:
        assert one.because
        row = rows.get(one.because)
        assert row is None or one.span == row.span


def test_every_situation_that_can_be_written_holds_in_some_case() -> None:
    kinds = typing.get_args(Restraint.model_fields["kind"].annotation)
    held = set()
    for case in CASES.values():
        rows = {r.situation: r.kind for r in company(case).playbook.restraints}
        made = decided(case)
        told = {w.because for w in made.withheld} | {s.because for s in made.suppressions}
        held |= {rows[text.split(": ")[0]] for text in told if text.split(": ")[0] in rows}
    assert set(kinds) - held == {"quiet_hours"}, "quiet hours keep messages back, and no offer"


def test_without_restraint_every_usual_customer_would_be_offered_something() -> None:
    case = {"says": "x", "topics": {"rows": ["Open support ticket | 24 hours | "]}, "expect": {}}
    assert [o.bundle for o in decided(case).offers] == ["team"]
    assert customer(case).history == ()


def test_a_checker_that_says_nothing_differs_would_be_found_out() -> None:
    naive = {
        "says": "x",
        "expect": {"offers": [], "channel": "email", "until": "2026-11-30T00:00Z"},
    }
    assert len(differs(naive)) == 3
