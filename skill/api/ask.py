"""`POST /v1/ask`: a question, its answer, and the record of both before the answer leaves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse

from skill.api.after import GapLogDep
from skill.api.credentials import Caller
from skill.api.deps import Asker, Body, Desk, DeskDep, OnBehalfOf, role_of, subject
from skill.ask import ask
from skill.errors import AccessError, Conflicting, LedgerError
from skill.model.answer import Answer
from skill.model.common import Frozen
from skill.model.decision import Surface
from skill.sources.faults import Fault
from skill.sources.own import customer_of
from skill.store.ledger import Recorded, find_request, new_decision_id, record

router = APIRouter(tags=["ask"])

LONGEST_QUESTION = 4_000
"""Characters; a page and a half of text is no question about a feature."""

Words = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION)]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")]
RequestKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$"),
]


class Turn(Frozen):
    """One message of the conversation so far."""

    role: Literal["user", "assistant", "system"]
    content: Words


class AskBody(Body):
    """A question. Who asks stands in the credential: no field here could name them."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
    conversation: tuple[Turn, ...] = Field(default=(), max_length=100)
    """What was said before, oldest first."""
    locale: Locale | None = None
    """BCP 47."""
    surface: Surface | None = None
    """Where the answer is shown; for support the copilot, for everybody else the product."""
    max_offers: int = Field(default=2, ge=0, le=10)
    on_behalf_of: OnBehalfOf | None = None
    """Only for support: the customer who is helped."""


@router.post("/v1/ask", responses={200: {"model": Answer}, 409: {"description": "Conflict"}})
def ask_question(
    body: AskBody,
    caller: Asker,
    desk: DeskDep,
    gap_log: GapLogDep,
    idempotency_key: RequestKey = None,
) -> JSONResponse:
    """Answer a question about a feature; with an offer only where the company's rules say so."""
    account, person = subject(caller, body.on_behalf_of)
    surface = _surface(caller, body)
    if idempotency_key is not None:
        earlier = find_request(
            desk.store, caller.tenant, caller.scope, account, person, idempotency_key
        )
        if earlier is not None:
            return JSONResponse(_again(earlier, body))
    entry = _decided(desk, caller, body, account, person, surface, idempotency_key)
    if not record(desk.store, entry):
        # Another request with this key was quicker; its answer is the answer.
        first = find_request(
            desk.store, caller.tenant, caller.scope, account, person, entry.request_key or ""
        )
        if first is None:
            raise LedgerError(f"the decision of request key `{entry.request_key}` is gone")
        return JSONResponse(_again(first, body))
    gap_log.note(entry)
    return JSONResponse(entry.answer.body())


def _decided(
    desk: Desk,
    caller: Caller,
    body: AskBody,
    account: str,
    person: str,
    surface: Surface,
    request_key: str | None,
) -> Recorded:
    now = desk.clock()
    workspace = desk.topics.of(caller.tenant).workspace
    customer = customer_of(
        desk.store,
        tenant=caller.tenant,
        account=account,
        person=person,
        now=now,
        role=role_of(caller, workspace.playbook),
        locale=body.locale,
    )
    conversation = tuple(turn.content for turn in body.conversation if turn.role == "user")
    decision_id = new_decision_id(now)
    asked = ask(
        workspace,
        body.question,
        customer,
        now=now,
        surface=surface,
        conversation=conversation,
        max_offers=body.max_offers,
        support=caller.scope == "support",
        allow_unreviewed=desk.settings.allow_unreviewed,
        decision_id=decision_id,
    )
    return Recorded(
        id=decision_id,
        tenant=caller.tenant,
        at=now,
        scope=caller.scope,
        question=body.question,
        conversation=conversation,
        customer=customer,
        surface=surface,
        max_offers=body.max_offers,
        allow_unreviewed=desk.settings.allow_unreviewed,
        decision=asked.decision,
        answer=asked.answer,
        request_key=request_key,
    )


def _surface(caller: Caller, body: AskBody) -> Surface:
    if caller.scope == "support":
        return body.surface or Surface.SUPPORT_COPILOT
    if body.surface is Surface.SUPPORT_COPILOT:
        raise AccessError(
            "only a support credential may ask for the surface `support_copilot`",
            pointer="/surface",
        )
    return body.surface or Surface.IN_PRODUCT


def _again(earlier: Recorded, body: AskBody) -> dict[str, Any]:
    if earlier.question != body.question:
        detail = "this Idempotency-Key came before with another question"
        raise Conflicting(detail, [Fault(("question",), detail, "conflict")])
    return earlier.answer.body()
