"""What is said of a batch: how much was kept, and each entry that was not, with its place and reason."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from skill.api.deps import Desk
from skill.api.problems import problem
from skill.errors import NotPublished
from skill.model.common import Frozen
from skill.sources.entries import Batch, Checks, accounts_of
from skill.sources.faults import Fault
from skill.store.usage import CONFLICT, Taken, take

_MOST_ERRORS = 1_000
"""Listed in one problem; `refused` counts them all."""


class TakenBody(Frozen):
    """What became of a batch."""

    accepted: int
    duplicates: int
    """Came before with the same content: nothing to do."""


def checks_for(desk: Desk, tenant: str) -> Checks:
    """What entries of this tenant are judged by: the meters that its Topics declare, and the time."""
    try:
        playbook = desk.topics.of(tenant).workspace.playbook
    except NotPublished:
        return Checks(now=desk.clock())
    return Checks(now=desk.clock(), meters={m.key: m.unit for m in playbook.meters.values()})


def take_batch(desk: Desk, tenant: str, batch: Batch, checks: Checks) -> TakenBody | Response:
    """Keep what can be kept, and answer: 200, 409 where ids came before, 422 where entries are at fault."""
    taken = take(desk.store, tenant, batch.placed, refused=batch.refused, now=checks.now)
    if taken.accepted:
        desk.heard(tenant, {account for one in batch.placed for account in accounts_of(one)})
    refused = batch.refused + Counter({CONFLICT: len(taken.conflicts)})
    if not refused:
        return TakenBody(accepted=taken.accepted, duplicates=taken.duplicates)
    errors = [*_conflicts(taken), *(_error(f) for one in batch.unfit for f in one.faults)]
    only_conflicts = refused.keys() == {CONFLICT}
    return problem(
        409 if only_conflicts else 422,
        CONFLICT if only_conflicts else "entries_refused",
        _detail(taken, refused),
        errors=errors[:_MOST_ERRORS],
        accepted=taken.accepted,
        duplicates=taken.duplicates,
        refused=dict(sorted(refused.items())),
    )


def _detail(taken: Taken, refused: Counter[str]) -> str:
    if refused.keys() == {CONFLICT}:
        return (
            f"{refused.total()} of the entries came before with other content; the others are kept"
        )
    there = "none was" if not taken.accepted + taken.duplicates else "the others are"
    return f"{refused.total()} of the entries cannot be kept; {there} kept"


def _conflicts(taken: Taken) -> list[dict[str, str]]:
    return [
        {
            "pointer": one.pointer,
            "detail": f"`{one.id}` came before with other content",
            "code": CONFLICT,
        }
        for one in taken.conflicts
    ]


def _error(fault: Fault) -> dict[str, str]:
    said = {"pointer": fault.pointer, "detail": fault.detail, "code": fault.code}
    return {**said, "help": fault.help} if fault.help else said
