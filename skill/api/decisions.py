"""`/v1/decisions`: what was decided and why, for support; what was used, for whom it is about."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from skill.api.credentials import Caller
from skill.api.deps import Desk, DeskDep, EndUser, PathId, Reader
from skill.api.mine import used_about
from skill.errors import NotFound
from skill.hindsight import body_of, topics_of, why_not_of
from skill.model.account import Moment
from skill.model.why_not import WhyNot
from skill.store.ledger import Page, Recorded, find, page
from skill.store.usage import Id

router = APIRouter(tags=["decisions"])


@router.get("/v1/decisions")
def list_decisions(
    caller: Reader,
    desk: DeskDep,
    account: Annotated[Id | None, Query()] = None,
    person: Annotated[Id | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page:
    """Decisions of this tenant, the newest first."""
    return page(desk.store, caller.tenant, account=account, person=person, cursor=cursor, n=limit)


@router.get("/v1/decisions/{decision_id}")
def show_decision(decision_id: PathId, caller: Reader, desk: DeskDep) -> dict[str, Any]:
    """One decision with everything it was made from, and every verdict on the way."""
    return body_of(_kept(desk, caller, decision_id))


@router.get("/v1/decisions/{decision_id}/why-not")
def show_why_not(
    decision_id: PathId,
    caller: Reader,
    desk: DeskDep,
    offer: Annotated[Id | None, Query(description="Only this bundle, by key or name.")] = None,
    at: Annotated[
        Moment | None, Query(description="The same of the same inputs, at another moment.")
    ] = None,
) -> WhyNot:
    """For each offer that was not made: all that failed, and the smallest change after which it is made."""
    kept = _kept(desk, caller, decision_id)
    served = desk.topics.of(caller.tenant).workspace.playbook
    playbook = served
    if served.version != kept.decision.topics_version:
        playbook = topics_of(desk.store, kept, lambda: served, desk.clock().date())
    return why_not_of(kept, playbook, offer=offer, at=at)


@router.get("/v1/decisions/{decision_id}/mine")
def show_mine(decision_id: PathId, caller: EndUser, desk: DeskDep) -> dict[str, Any]:
    """What was used about the person who asks, in plain words; never why there was no offer."""
    kept = _kept(desk, caller, decision_id)
    customer = kept.customer
    # Somebody else's decision is as if it were not there, and so is what support asked about them.
    own = (customer.account.id, customer.person.id) == (caller.account, caller.person)
    if not own or kept.scope != "end_user":
        raise NotFound("there is no such decision")
    return {
        "decision_id": kept.id,
        "at": kept.at,
        "question": kept.question,
        "answer": kept.answer.answer.text,
        "used": used_about(customer, desk.topics.of(caller.tenant).workspace.playbook),
    }


def _kept(desk: Desk, caller: Caller, decision_id: str) -> Recorded:
    kept = find(desk.store, caller.tenant, decision_id)
    if kept is None:
        raise NotFound("there is no such decision")
    return kept
