"""`POST /v1/offers/{decision_id}/{offer_id}/checkout`: the page where a person buys what they were offered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from skill.api.deps import Body, DeskDep, EndUser, PathId, role_of
from skill.checkout import Buying, checkout
from skill.errors import NotFound
from skill.model.common import Frozen
from skill.sources.own import customer_of
from skill.store.ledger import find
from skill.store.stops import stopped

router = APIRouter(tags=["offers"])

NeededKey = Annotated[str, Header(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")]


class Nothing(Body):
    """What is bought, by whom and for how much stands in the decision and in the credential: no field here could say it."""


class PageBody(Frozen):
    """Where to send the person."""

    href: str


@router.post(
    "/v1/offers/{decision_id}/{offer_id}/checkout",
    responses={404: {"description": "Not Found"}, 409: {"description": "Conflict"}},
)
def open_checkout(
    decision_id: PathId,
    offer_id: PathId,
    caller: EndUser,
    desk: DeskDep,
    idempotency_key: NeededKey,
    body: Nothing | None = None,  # noqa: ARG001 - refused where it says anything
) -> PageBody:
    """Open the page for an offer that this person was made, if it would be made again now at the same price."""
    kept = find(desk.store, caller.tenant, decision_id)
    who = (caller.account, caller.person)
    # Somebody else's decision is as if it were not there, and so is what support asked about them.
    if kept is None or kept.scope != "end_user":
        raise NotFound("there is no such decision")
    if (kept.customer.account.id, kept.customer.person.id) != who:
        raise NotFound("there is no such decision")
    playbook = desk.topics.of(caller.tenant).workspace.playbook
    now = desk.clock()
    customer = customer_of(
        desk.store,
        tenant=caller.tenant,
        account=kept.customer.account.id,
        person=kept.customer.person.id,
        now=now,
        role=role_of(caller, playbook),
        sources=desk.sources,
        playbook=playbook,
    )
    buying = Buying(
        playbook,
        kept,
        customer,
        now,
        idempotency_key,
        billing=desk.billing.preview_for(caller.tenant),
        sessions=desk.billing.sessions_for(caller.tenant),
        stops=stopped(desk.store, caller.tenant),
        shadow=desk.settings.shadow,
    )
    return PageBody(href=checkout(buying, offer_id))
