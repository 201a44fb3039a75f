"""A clock that stands still, made-up customers in one line, and the proof of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from skill.agent.grounding import Prover
from skill.model.account import Account, Customer, Person
from skill.model.answer import Answer
from skill.model.playbook import Playbook

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A working day, well inside a month: no calendar edge is near."""


class FixedClock:
    """A clock that shows the same moment until it is told to move; usable wherever a `Clock` is."""

    def __init__(self, at: datetime = NOON) -> None:
        """Start at this moment.

        Raises:
            ValueError: the moment has no time zone.
        """
        if at.tzinfo is None:
            raise ValueError(f"`{at.isoformat()}` has no time zone")
        self.at = at

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.at

    def forward(self, **span: float) -> datetime:
        """Move it on, as in `clock.forward(days=31)`, and tell the new moment."""
        self.at += timedelta(**span)
        return self.at


def customer(plan: str | None = "starter", role: str | None = "admin", **more: Any) -> Customer:
    """A made-up customer: a small company that the product itself looks after, with what you add.

    `more` takes any field of an account file's `account` and `person`, and its lists as they stand there:
    `customer(bundles=["Connect Pack"], opted_out=["offers"], tickets=[{"id": "t1", "opened_at": ...}])`.
    `facts` may also be a mapping, dated `now` (else `NOON`): `customer(facts={"successful_runs": 40})`.
    The id of the account and of the person are `account_id` and `person_id`.

    Raises:
        TypeError: a field that nothing has; names the nearest.
        pydantic.ValidationError: a value that does not fit its field.
    """
    account: dict[str, Any] = {
        "plan": plan,
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
    }
    person: dict[str, Any] = {"role": role}
    whole: dict[str, Any] = {}
    for name, value in more.items():
        if name in ("account_id", "person_id"):
            (account if name == "account_id" else person)["id"] = value
        else:
            _place(name, account, person, whole)[name] = value
    if isinstance(whole.get("facts"), Mapping):
        at = whole.get("now", NOON)
        whole["facts"] = [
            {"name": name, "value": value, "as_of": at} for name, value in whole["facts"].items()
        ]
    return Customer.model_validate({"account": account, "person": person, **whole})


def _place(
    name: str, account: dict[str, Any], person: dict[str, Any], whole: dict[str, Any]
) -> dict[str, Any]:
    """Which part of an account file has a field of this name."""
    parts = ((Account, account), (Person, person), (Customer, whole))
    taken = {"id", "account", "person"}
    for model, part in parts:
        if name in model.model_fields and name not in taken:
            return part
    known = sorted({n for model, _ in parts for n in model.model_fields} - taken)
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(known)}"
    raise TypeError(f"a customer has no `{name}`{hint}")


def assert_proven(body: Answer | Mapping[str, Any], playbook: Playbook) -> None:
    """Fail where a sentence, figure, price or link of an answer is not proven by these Topics.

    Raises:
        AssertionError: with every problem, one a line, each with its place in the answer.
    """
    proof = Prover(playbook).prove(body.body() if isinstance(body, Answer) else dict(body))
    if not proof.holds:
        raise AssertionError("\n".join(f"{p.where}: {p.said}" for p in proof.problems))
