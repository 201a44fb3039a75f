"""`GET /v1/accounts/{id}/readiness`: how ready an account is, and what that rests on, for support."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from skill.api.credentials import Caller
from skill.api.deps import DeskDep, PathId, allowed
from skill.delivery.task_shown import TaskBrief, brief
from skill.model.readiness import AccountReadiness
from skill.policy.account.account_readiness import told
from skill.sources.account import account_of
from skill.store.stops import stopped
from skill.store.sweeps import holding_since
from skill.store.tasks import page

router = APIRouter(tags=["customers"])

Supporter = Annotated[Caller, Depends(allowed("support"))]


class ReadinessBody(AccountReadiness):
    """How ready an account is, and what its owner has to do about it."""

    open_tasks: tuple[TaskBrief, ...] = ()
    """Those due first."""


EXAMPLE: dict[str, Any] = {
    "account": "acc_4",
    "plan": "starter",
    "plan_name": "Starter",
    "at": "2026-11-21T09:00:00Z",
    "topics_version": "sha256:9225523769577611780ff95ca0566f510162db0fe33c5820ccefead3a5f8bd07",
    "upsell_readiness": "quiet",
    "offers": [
        {
            "offer": "extra-seats",
            "name": "Extra Seats",
            "level": "quiet",
            "signals": [],
            "held": False,
        }
    ],
    "signals": [
        {
            "key": "seats-almost-full",
            "name": "seats-almost-full",
            "truth": "false",
            "means": "ready",
            "offer": "extra-seats",
            "offer_name": "Extra Seats",
            "counts": "seats",
            "holds_when": "at least 80% of limit",
            "window": "now",
            "value": "7",
            "unit": "seat",
            "limit": {
                "value": "10",
                "source": "plan",
                "names": ["Starter"],
                "topic": "product-bundles.md",
                "line": 59,
            },
            "share": "0.7000",
            "grown": None,
            "projected": None,
            "projected_day": None,
            "as_of": "2026-11-21T08:00:00Z",
            "stale": False,
            "missing": [],
            "distance": {"figure": "1.0", "unit": "seat"},
            "audience": "",
            "in_audience": None,
            "holding_since": None,
            "beside": [],
            "topic": "usage-thresholds.md",
            "line": 13,
        }
    ],
    "journey": [
        {
            "key": "first-win",
            "name": "First win",
            "truth": "unknown",
            "when": "fact: successful_runs at least 3 over now",
            "measured": {
                "counts": "fact: successful_runs",
                "truth": "unknown",
                "value": None,
                "unit": "",
                "limit": None,
                "share": None,
                "grown": None,
                "projected": None,
                "projected_day": None,
                "as_of": None,
                "stale": False,
                "missing": ["fact successful_runs"],
                "distance": None,
            },
            "topic": "account.md",
            "line": 35,
        }
    ],
    "held_back": [
        {
            "because": "First win not reached",
            "until": None,
            "topic": "restraint.md",
            "line": 18,
        }
    ],
    "unavailable": [],
    "open_tasks": [],
}
"""What the page of the API shows."""

_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": EXAMPLE}}},
    404: {
        "description": "Not Found",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    },
}


@router.get("/v1/accounts/{account_id}/readiness", responses=_DOCUMENTED)
def account_readiness(account_id: PathId, caller: Supporter, desk: DeskDep) -> ReadinessBody:
    """Every signal with its value, limit and Topic, how far each false one is from holding, and what holds offers back."""
    now = desk.clock()
    playbook = desk.topics.of(caller.tenant).workspace.playbook
    customer = account_of(
        desk.store,
        tenant=caller.tenant,
        account=account_id,
        now=now,
        sources=desk.sources,
        playbook=playbook,
    )
    since = holding_since(desk.store, caller.tenant, account_id)
    found = told(playbook, customer, now, since)
    held = stopped(desk.store, caller.tenant)
    to_do = page(desk.store, caller.tenant, now, account=account_id, n=200)
    return ReadinessBody(
        **{name: getattr(found, name) for name in AccountReadiness.model_fields},
        open_tasks=tuple(brief(one.task, one.state, held) for one in to_do.items),
    )
