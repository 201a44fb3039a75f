"""Every case of tests/cases/policy/decisions.yaml, on the sample company."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide

CASES = yaml.safe_load(
    (Path(__file__).parents[1] / "cases" / "policy" / "decisions.yaml").read_text("utf-8")
)
USUAL: dict[str, Any] = {
    "account": {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
    },
    "person": {"role": "admin"},
    "facts": [{"name": "successful_runs", "value": 40, "as_of": "2026-11-20T09:00:00Z"}],
}


def decision(case: dict[str, Any], playbook: Playbook, now: datetime) -> Decision:
    told = {k: {**v, **case.get(k, {})} for k, v in USUAL.items() if isinstance(v, dict)}
    more = ("usage", "events", "history", "tickets", "incidents", "unavailable")
    lists = {k: case[k] for k in more if k in case}
    customer = Customer.model_validate({**told, "facts": USUAL["facts"], **lists})
    meaning = Meaning(
        outcome=Outcome.FEATURE,
        features=(case["asks"],),
        meter=case.get("meter"),
        need=Decimal(case["need"]) if "need" in case else None,
        wants=case.get("wants", "access"),
    )
    surface = Surface(case.get("surface", "in_product"))
    now = datetime.fromisoformat(case["now"]) if "now" in case else now
    return decide(playbook, customer, meaning, surface=surface, now=now)


def found(made: Decision) -> dict[str, Any]:
    """What a case may expect, as it was decided."""
    access = made.accesses[0]
    first = made.offers[0] if made.offers else None
    return {
        "access": access.verdict,
        "reason": access.reason,
        "offers": [o.bundle for o in made.offers],
        "first_offer": first.bundle if first else None,
        "quantity": first.quantity if first else None,
        "steps": [s.bundle for s in first.unlock.steps] if first else None,
        "action": first.action.kind if first else None,
        "withheld": made.withheld[0].because if made.withheld else "",
        "missing": list(made.missing),
        "explains": any(s.explain for s in made.suppressions),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["says"])
def test_it_is_decided_so(case: dict[str, Any], fernway: Playbook, now: datetime) -> None:
    got = found(decision(case, fernway, now))
    for name, wanted in case["expect"].items():
        if name == "withheld":
            assert got[name].startswith(wanted)
        elif name == "missing":
            assert set(wanted) <= set(got[name])
        else:
            assert got[name] == wanted, name
