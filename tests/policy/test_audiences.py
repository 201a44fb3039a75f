"""An audience may decide access, and to whom something is sold; what is not known gives nothing and sells nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Reason, Surface, Verdict
from skill.policy.decide import decide

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HEAD = "---\nkind: {}\nowner: a@b.example\nreview_by: 2027-03-31\n---\n# T\n\n"
TOPICS = {
    "account.md": HEAD.format("account")
    + """\
## Traits

| Trait | Type | Unit or values |
|---|---|---|
| sector | one of | school, bank, shop |

## Journey

| Moment | Holds when |
|---|---|
| First win | fact: wins at least 1 over now |

## Audiences

| Audience | Rule |
|---|---|
| Schools | sector is school |
| Banks | sector is bank |
""",
    "features.md": HEAD.format("features")
    + "".join(
        f"## {name}\n\n| Field | Value |\n|---|---|\n| What it does | It works. |\n{row}\n"
        for name, row in [
            ("Reports", "| Free for | Schools |\n"),
            ("Vault", "| Only for | Banks |\n"),
            ("Exports", ""),
        ]
    ),
    "product-bundles.md": HEAD.format("product-bundles")
    + """\
## Basic

| Field | Value |
|---|---|
| Sold as | plan |
| Unlocks | Vault |
| Price | EUR 10 per month |

## Reports Pack

| Field | Value |
|---|---|
| Sold as | add-on |
| Unlocks | Reports |
| Price | EUR 5 per month |
| Link | /reports |

## Bank Pack

| Field | Value |
|---|---|
| Sold as | add-on |
| Sold to | Banks |
| Unlocks | Exports |
| Price | EUR 7 per month |
| Link | /bank |
""",
}
PLAYBOOK = Compiler().compile_sources(TOPICS, NOW.date()).playbook


def asked(feature: str, sector: str | None, plan: str | None = "basic") -> Decision:
    traits = {} if sector is None else {"sector": sector}
    customer = Customer.model_validate(
        {"account": {"plan": plan, "currency": "EUR", "traits": traits}}
    )
    meaning = Meaning(outcome=Outcome.FEATURE, features=(feature,), reasons=())
    return decide(PLAYBOOK, customer, meaning, surface=Surface.IN_PRODUCT, now=NOW)


@pytest.mark.parametrize(
    ("feature", "sector", "verdict", "offered"),
    [
        ("reports", "school", Verdict.GRANTED, []),
        ("reports", "shop", Verdict.DENIED, ["reports-pack"]),
        ("reports", None, Verdict.UNKNOWN, []),
        ("vault", "bank", Verdict.GRANTED, []),
        ("vault", "shop", Verdict.DENIED, []),
        ("vault", None, Verdict.UNKNOWN, []),
        ("exports", "bank", Verdict.DENIED, ["bank-pack"]),
        ("exports", "shop", Verdict.DENIED, []),
        ("exports", None, Verdict.DENIED, []),
    ],
)
def test_an_audience_decides(
    feature: str, sector: str | None, verdict: Verdict, offered: list[str]
) -> None:
    decision = asked(feature, sector)
    assert decision.accesses[0].verdict is verdict
    assert [offer.bundle for offer in decision.offers] == offered


def test_a_feature_for_others_is_no_plans_fault_and_no_plan_is_named() -> None:
    access = asked("vault", "shop", plan=None).accesses[0]
    assert access.reason is Reason.NOT_IN_PLAN
    assert access.unlocks == ()


def test_an_audience_that_waits_for_signals_can_decide_no_access() -> None:
    account = TOPICS["account.md"].replace("sector is school", "upsell_readiness is ready")
    found = Compiler().compile_sources({**TOPICS, "account.md": account}, NOW.date()).diagnostics
    assert [d.code for d in found] == ["T201"]
    assert "decides access" in found[0].message
