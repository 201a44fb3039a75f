"""Whether two versions of Topics offer the same people the same things: a fixed set of questions to some of the sample."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from itertools import product

from skill.ask import ask, workspace_of
from skill.compiler.folder import Compiled
from skill.errors import SkillError
from skill.model.account import Customer
from skill.sample import find_person

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY: date = NOW.date()
PEOPLE = ("ada", "cleo", "pia", "xena")
_FEATURES = (
    "Salesforce export", "HubSpot export", "scheduled export", "CSV export", "single sign-on", "audit log",
    "user provisioning", "a sandbox workspace", "shared workspaces", "roles and permissions", "approval steps",
    "parallel runs", "automatic retries", "the priority queue", "pooled limits", "API access", "webhooks",
    "chat notifications", "custom dashboards", "saved reports", "file storage", "run history", "failure emails",
    "two-step sign-in", "workflow analytics", "the time-saved report", "same-day replies",
    "a named success contact", "EU data residency", "our own encryption keys",
)  # fmt: skip
QUESTIONS = (
    *(f"Can we use {feature}?" for feature in _FEATURES),
    "Can we have 20 team members?", "How many API calls do we have left?", "Can we make 90,000 API calls a month?",
    "How many runs are left this month?", "Can we run 20,000 automations a month?", "Can we build 12 dashboards?",
    "Can we save 50 reports?", "Is there more file storage?", "How long is run history kept?", "Do you sell phone support?",
)  # fmt: skip
Offers = Mapping[tuple[str, str], object]
"""What was offered, with price and access, by person and question."""


@cache
def _person(name: str) -> Customer:
    return find_person(name, NOW)


def offered(compiled: Compiled) -> Offers:
    """What these Topics offer; empty where they may not be served at all."""
    try:
        workspace = workspace_of(compiled, data_dir=None)
    except SkillError:
        return {}
    out: dict[tuple[str, str], object] = {}
    for who, question in product(PEOPLE, QUESTIONS):
        try:
            body = ask(workspace, question, _person(who), now=NOW).answer.body()
        except SkillError as refused:
            out[who, question] = f"refused: {refused}"
            continue
        offers = [
            (o["id"], o["price"], o["quantity"], o["lifts"], o["action"])
            for o in body["recommended_offers"]
        ]
        out[who, question] = (body["feature"] and body["feature"]["access"], offers)
    return out


def changed(before: Offers, after: Offers) -> list[tuple[str, str]]:
    """The questions that are answered with other offers, or another access, than before."""
    return [key for key in before if key in after and before[key] != after[key]]
