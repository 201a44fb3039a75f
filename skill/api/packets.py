"""`GET /v1/decisions/{id}/packet`: a decision to pass on, as Markdown, HTML or plain text, for the person or support."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query
from starlette.responses import Response

from skill.agent.packet_forms import FORMS, MEDIA
from skill.api.accepts import preferred
from skill.api.deps import Asker, DeskDep, PathId
from skill.errors import NotFound
from skill.model.packet import Reader
from skill.packets import packet_of_recorded
from skill.store.ledger import find

router = APIRouter(tags=["decisions"])

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
"""It is about one account: kept nowhere, and whatever opens it fetches nothing."""
_PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {"schema": {"type": "string"}} for media in MEDIA.values()}},
    404: {"description": "Not Found", **_PROBLEM},
    406: {"description": "Not Acceptable", **_PROBLEM},
}


@router.get("/v1/decisions/{decision_id}/packet", response_class=Response, responses=_DOCUMENTED)
def decision_packet(
    decision_id: PathId,
    caller: Asker,
    desk: DeskDep,
    reader: Annotated[Reader, Query(alias="for")] = "person",
    accept: Annotated[str, Header(max_length=1_000)] = "*/*",
) -> Response:
    """Value so far, what the offer would change and cost, why it was shown, and where each line is from."""
    kept = find(desk.store, caller.tenant, decision_id)
    own = kept is not None and (
        caller.scope == "support"
        or (
            (kept.customer.account.id, kept.customer.person.id) == (caller.account, caller.person)
            and kept.scope == "end_user"
        )
    )
    # Somebody else's decision is as if it were not there, and so is what support asked about them.
    if kept is None or not own:
        raise NotFound("there is no such decision")
    form = preferred(accept, MEDIA)
    if form is None:
        raise HTTPException(406, f"a packet is sent as {', '.join(MEDIA.values())}")
    playbook = desk.topics.of(caller.tenant).workspace.playbook
    made = packet_of_recorded(desk.store, kept, playbook, reader, today=desk.clock().date())
    return Response(FORMS[form](made), media_type=f"{MEDIA[form]}; charset=utf-8", headers=_HEADERS)
