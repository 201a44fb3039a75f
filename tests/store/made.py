"""Decisions, showings and effects that delivery's tests are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from skill.model.account import Account, Customer, Person
from skill.model.answer import Answer, AnswerText
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.delivery import Cause, Effect, Showing
from skill.store.ledger import Recorded, new_decision_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TENANT = "acme"


def decided(account: str = "acc_1", *, at: datetime = NOON, key: str | None = None) -> Recorded:
    """A decision about this account that nothing rests on but its row."""
    identity = new_decision_id(at)
    meaning = Meaning(outcome=Outcome.SIGNAL)
    return Recorded(
        id=identity,
        tenant=TENANT,
        at=at,
        scope="end_user",
        question="how many runs do I have left?",
        customer=Customer(tenant=TENANT, account=Account(id=account), person=Person(id="u_1")),
        surface=Surface.IN_PRODUCT,
        decision=Decision(
            topics_version="sha256:1", surface=Surface.IN_PRODUCT, now=at, meaning=meaning
        ),
        answer=Answer(
            decision_id=identity,
            topics_version="sha256:1",
            triggered=False,
            answer=AnswerText(text=""),
        ),
        request_key=key,
    )


def showing(effect: str = "eff_1", **more: Any) -> Showing:
    """A showing of the team plan that a signal caused."""
    said = {"account": "acc_1", "person": "u_1", "offer": "team", "channel": "in_app", "at": NOON}
    cause = Cause(kind="signal", name="seats-nearly-full", at=NOON)
    return Showing(effect=effect, **{"cause": cause, **said, **more})


def effect(identity: str = "eff_1", **more: Any) -> Effect:
    """A notification about the team plan, due at once."""
    said = {"account": "acc_1", "person": "u_1", "channel": "in_app", "offer": "team"}
    times = {"created_at": NOON, "due_at": NOON}
    return Effect(id=identity, tenant=TENANT, **{**said, **times, **more})
