"""A kept task as it may be shown now: where its offer is stopped, neither the offer nor a note about it is in it."""

from __future__ import annotations

from datetime import UTC, datetime

from skill.model.common import Frozen
from skill.model.readiness import Figure
from skill.model.task import Internal, OwnerTask, TalkingPoint, TaskKind

EVERY = "*"
"""Among the keys of what is stopped: all of it."""
_STOPPED = TalkingPoint(text="Do not offer now: this offer is stopped", source="")


class TaskBrief(Frozen):
    """One task in a list."""

    id: str
    account: str
    owner: str
    """Name of the owner; empty where nobody was named."""
    play: str
    kind: TaskKind
    title: str
    offer: str = ""
    """Key of the bundle that is proposed."""
    state: str
    due_at: str
    """ISO 8601, in UTC."""
    created_at: str
    n_causes: int
    nearest_share: Figure | None = None
    """How much of the nearest limit is used."""


def shown(task: OwnerTask, stopped: frozenset[str]) -> OwnerTask:
    """The task without its offer where that one, or all of them, are stopped: the kill switch reaches what is kept too."""
    offer = task.proposal
    if offer is None or not stopped & {EVERY, offer.bundle}:
        return task
    inside = Internal(
        talking_points=task.internal.talking_points, do_not=(*task.internal.do_not, _STOPPED)
    )
    return task.model_copy(
        update={"proposal": None, "note": None, "kind": "question", "internal": inside}
    )


def brief(task: OwnerTask, state: str, stopped: frozenset[str]) -> TaskBrief:
    """The same in one line of a list."""
    now = shown(task, stopped)
    return TaskBrief(
        id=now.id,
        account=now.account,
        owner=now.owner.name if now.owner else "",
        play=now.play,
        kind=now.kind,
        title=now.title,
        offer=now.proposal.bundle if now.proposal else "",
        state=state,
        due_at=_iso(now.due_at),
        created_at=_iso(now.created_at),
        n_causes=len(now.causes),
        nearest_share=next((u.share for u in now.usage if u.share is not None), None),
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
