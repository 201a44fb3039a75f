"""Every case of tests/cases/why_not: who asks about what, what failed of an offer, and the smallest change that flips it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.compiler.folder import Compiler
from skill.hindsight import explained
from skill.model.account import Customer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.model.why_not import Condition, NotOffered, WhyNot
from tests.conftest import NOW, ROOT

HERE = Path(__file__).parents[1] / "cases" / "why_not"
FILES = {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in sorted(HERE.glob("*.yaml"))}
CASES = [
    pytest.param(case, id=f"{name}: {case['says']}") for name, of in FILES.items() for case in of
]
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
SOURCES = {p.name: p.read_text("utf-8") for p in sorted((ROOT / "topics").glob("*.md"))}


def topics(bundle: str = "", row: str = "") -> dict[str, str]:
    """The sample company's Topics; with a further row in the table of one bundle."""
    text = SOURCES["product-bundles.md"]
    if bundle:
        head, _, rest = text.partition(f"\n## {bundle}\n")
        text = f"{head}\n## {bundle}\n{rest.replace('|---|---|', f'|---|---|{chr(10)}{row}', 1)}"
    return {**SOURCES, "product-bundles.md": text}


@cache
def company(bundle: str = "", row: str = "") -> Playbook:
    compiled = Compiler().compile_sources(topics(bundle, row), NOW.date())
    assert [d for d in compiled.diagnostics if d.severity == "error"] == []
    return compiled.playbook


def changed(case: dict[str, Any]) -> tuple[str, str]:
    """The bundle and the row that a case adds to the Topics, if any."""
    bundle, row = next(iter(case.get("row", {"": ""}).items()))
    return bundle, row


def meaning(case: dict[str, Any]) -> Meaning:
    if "outcome" in case:
        return Meaning(outcome=Outcome(case["outcome"]))
    if "asks" not in case:
        return Meaning(outcome=Outcome.SIGNAL)
    asks = case["asks"] if isinstance(case["asks"], list) else [case["asks"]]
    return Meaning(
        outcome=Outcome.FEATURE,
        features=tuple(asks),
        meter=case.get("meter"),
        need=Decimal(case["need"]) if "need" in case else None,
        wants=case.get("wants", "access"),
    )


def report(case: dict[str, Any]) -> WhyNot:
    told = {k: {**v, **case.get(k, {})} for k, v in USUAL.items() if isinstance(v, dict)}
    more = ("usage", "events", "history", "tickets", "incidents", "unavailable")
    lists = {k: case[k] for k in more if k in case}
    facts = case.get("facts", []) + (USUAL["facts"] if "facts" not in case or "asks" not in case else [])  # fmt: skip
    return explained(
        company(*changed(case)),
        Customer.model_validate({**told, "facts": facts, **lists}),
        meaning(case),
        surface=Surface(case.get("surface", "in_product")),
        now=datetime.fromisoformat(case["at"]) if "at" in case else NOW,
        max_offers=case.get("max_offers", 2),
        offer=case["offer"],
    )


def told(one: Condition) -> str:
    """A condition as a case writes it: what is so, what is needed, and until when."""
    state = "unknown: " if one.truth == "unknown" else ""
    until = f", until {one.until:%Y-%m-%d %H:%M:%S}" if one.until else ""
    return f"{state}{one.value}{until} -- needed: {one.needed}"


def line_of(one: Condition, case: dict[str, Any]) -> str:
    """The beginning of the Topic line that is named, as it is written."""
    if not one.topic or one.line is None:
        return ""
    line = topics(*changed(case))[one.topic].splitlines()[one.line - 1]
    return f"{one.topic}: {line[:40].rstrip()}"


def found(one: NotOffered, case: dict[str, Any]) -> dict[str, Any]:
    return {
        "where": [line_of(f, case) for f in one.failed],
        "failed": [{f.kind: told(f)} for f in one.failed],
        "smallest": [c.said for c in one.changes] or ("none" if one.n_candidates else "nothing"),
    }


@pytest.mark.parametrize("case", CASES)
def test_it_is_told_so(case: dict[str, Any]) -> None:
    (one,) = report(case).not_offered
    got = found(one, case)
    assert got["failed"] == case["failed"]
    assert got["where"] == case["where"]
    assert got["smallest"] == case["smallest"]
