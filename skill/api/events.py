"""`POST /v1/events`: usage and product events in batches, each kept once by the producer's id."""

from __future__ import annotations

from fastapi import APIRouter

from skill.api.accounts import may_touch
from skill.api.deps import Body, DeskDep, Ingester
from skill.errors import Conflicting
from skill.model.common import Frozen
from skill.sources.faults import Fault
from skill.store.usage import EventEntry, UsageEntry, add_usage

router = APIRouter(tags=["customers"])


class EventsBody(Body):
    """A batch; every entry has an id from the producer, and names its account."""

    usage: tuple[UsageEntry, ...] = ()
    events: tuple[EventEntry, ...] = ()


class TakenBody(Frozen):
    """What became of a batch."""

    accepted: int
    duplicates: int
    """Came before with the same content: nothing to do."""


@router.post("/v1/events", responses={409: {"description": "Some ids came before, otherwise"}})
def report_events(body: EventsBody, caller: Ingester, desk: DeskDep) -> TakenBody:
    """Keep a batch. Entries in conflict are named and left out; all others are kept."""
    for account in {entry.account for entry in body.usage} | {e.account for e in body.events}:
        may_touch(caller, account)
    taken = add_usage(desk.store, caller.tenant, body.usage, body.events)
    if taken.conflicts:
        faults = [
            Fault(tuple(_parts(c.pointer)), f"`{c.id}` came before with other content", "conflict")
            for c in taken.conflicts
        ]
        raise Conflicting(
            f"{len(faults)} of the entries came before with other content; the others are kept",
            faults,
            accepted=taken.accepted,
            duplicates=taken.duplicates,
        )
    return TakenBody(accepted=taken.accepted, duplicates=taken.duplicates)


def _parts(pointer: str) -> list[str | int]:
    name, place = pointer.strip("/").split("/")
    return [name, int(place)]
