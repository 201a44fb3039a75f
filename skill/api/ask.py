"""`POST /v1/ask`: a question, its answer, and the record of both before the answer leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse, Response, StreamingResponse

from skill.api import streams
from skill.api.after import GapLog, GapLogDep
from skill.api.claiming import Decided, settled, with_shadow, worded
from skill.api.credentials import Caller
from skill.api.deps import Asker, Body, Desk, DeskDep, OnBehalfOf, role_of, subject
from skill.api.leaving import unless_gone
from skill.api.streams import MEDIA_TYPE
from skill.ask import Asked
from skill.converse import Asking, converse
from skill.errors import AccessError, Conflicting, LedgerError, SkillError
from skill.model.answer import Answer, Sentence
from skill.model.common import Frozen
from skill.model.decision import Surface
from skill.sources.faults import Fault
from skill.sources.own import read_customer
from skill.store.ledger import Recorded, find_request, new_decision_id
from skill.store.stops import stopped

router = APIRouter(tags=["ask"])

LONGEST_QUESTION = 4_000
"""Characters; a page and a half of text is no question about a feature."""

Words = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION)]
Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")]
_GONE = 499
"""Nobody reads it: the caller left before the answer. Source: nginx."""
RequestKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$"),
]


class Turn(Frozen):
    """One message of the conversation so far."""

    role: Literal["user", "assistant", "system", "agent"]
    """`agent` is a person of yours: once one has replied, the skill is silent. What `assistant` and `system` are said
    to have said is not read."""
    content: Words


class AskBody(Body):
    """A question. Who asks stands in the credential: no field here could name them."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
    conversation: tuple[Turn, ...] = Field(default=(), max_length=100)
    """What was said before, oldest first."""
    picked: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """Key of the candidate that the person chose, with the question that was asked back about."""
    locale: Locale | None = None
    """BCP 47."""
    surface: Surface | None = None
    """Where the answer is shown; for support the copilot, for everybody else the product."""
    max_offers: int = Field(default=2, ge=0, le=10)
    on_behalf_of: OnBehalfOf | None = None
    """Only for support: the customer who is helped."""


@dataclass(frozen=True)
class _Put:
    """A question as it was put: who asks what, for whom, and under which key."""

    desk: Desk
    caller: Caller
    body: AskBody
    account: str
    person: str
    surface: Surface
    request_key: str | None

    def earlier(self) -> Answer | None:
        """The answer that this request key has already led to."""
        if self.request_key is None:
            return None
        desk, caller = self.desk, self.caller
        found = find_request(
            desk.store, caller.tenant, caller.scope, self.account, self.person, self.request_key
        )
        return None if found is None else _again(found, self.body)

    def decided(self, offers: int | None = None) -> Decided:
        """The decision and its answer without a model, not yet recorded; `offers` is how many at most, else as asked."""
        desk, body = self.desk, self.body
        now = desk.clock()
        workspace = desk.topics.of(self.caller.tenant).workspace
        met = read_customer(
            desk.store,
            tenant=self.caller.tenant,
            account=self.account,
            person=self.person,
            now=now,
            role=role_of(self.caller, workspace.playbook),
            locale=body.locale,
            # Where anybody may read along, nothing about this customer is used.
            sources=None if self.surface is Surface.PUBLIC_DIRECTORY else desk.sources,
            playbook=workspace.playbook,
        )
        asking = Asking(
            question=body.question,
            customer=met.customer,
            now=now,
            surface=self.surface,
            conversation=tuple(turn.content for turn in body.conversation if turn.role == "user"),
            picked=body.picked,
            replied=any(turn.role == "agent" for turn in body.conversation),
            max_offers=body.max_offers if offers is None else offers,
            support=self.caller.scope == "support",
            allow_unreviewed=desk.settings.allow_unreviewed,
            decision_id=new_decision_id(now),
            billing=desk.billing.preview_for(self.caller.tenant),
            stops=stopped(desk.store, self.caller.tenant),
            shadow=desk.settings.shadow,
        )
        asked = asking.answered(workspace)
        entry = with_shadow(workspace.playbook, self._entry(asking, asked))
        return Decided(workspace, asking, entry, met.n_showings)

    def _entry(self, asking: Asking, asked: Asked) -> Recorded:
        return Recorded(
            id=asking.decision_id,
            tenant=self.caller.tenant,
            at=asking.now,
            scope=self.caller.scope,
            question=asking.question,
            conversation=asking.conversation,
            customer=asking.customer,
            surface=asking.surface,
            max_offers=asking.max_offers,
            allow_unreviewed=asking.allow_unreviewed,
            billed=dict(asked.billed),
            unpriced=dict(asked.unpriced),
            decision=asked.decision,
            answer=asked.answer,
            request_key=self.request_key,
            picked=self.body.picked,
        )

    def settled(self, made: Decided) -> Decided | Answer:
        """The decision that was kept with what it shows; the earlier answer where another request with this key was quicker."""
        kept = settled(self.desk.store, made, self.decided)
        if kept is not None:
            return kept
        first = self.earlier()
        if first is None:
            raise LedgerError(f"the decision of request key `{self.request_key}` is gone")
        return first


@router.post("/v1/ask", responses={200: {"model": Answer}, 409: {"description": "Conflict"}})
async def ask_question(
    body: AskBody,
    caller: Asker,
    desk: DeskDep,
    gap_log: GapLogDep,
    request: Request,
    idempotency_key: RequestKey = None,
) -> Response:
    """Answer a question about a feature; with an offer only where the company's rules say so.

    With `Accept: text/event-stream` the answer is told sentence by sentence, each once it is proven.
    """
    account, person = subject(caller, body.on_behalf_of)
    surface = _surface(caller, body)
    put = _Put(desk, caller, body, account, person, surface, idempotency_key)
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return await _streamed(put, gap_log)
    if desk.agent is None:
        return JSONResponse((await run_sync(_plainly, put, gap_log)).body())
    earlier = await run_sync(put.earlier)
    if earlier is not None:
        return JSONResponse(earlier.body())
    made = await run_sync(put.decided)
    said = await unless_gone(request, _worded(put, made))
    if said is None:
        return Response(status_code=_GONE)
    return JSONResponse((await run_sync(_told, put, made.worded(said), gap_log)).body())


def _plainly(put: _Put, gap_log: GapLog) -> Answer:
    """The answer without a model, recorded."""
    earlier = put.earlier()
    if earlier is not None:
        return earlier
    return _told(put, put.decided(), gap_log)


def _told(put: _Put, made: Decided, gap_log: GapLog) -> Answer:
    """The answer of a decision, once it is kept."""
    kept = put.settled(made)
    if isinstance(kept, Answer):
        return kept
    gap_log.note(kept.entry)
    return kept.entry.answer


async def _worded(
    put: _Put, made: Decided, heard: Callable[[Sentence], None] | None = None
) -> Recorded:
    """The decision with its answer as the model worded it, and what that took."""
    settings, entry = put.desk.settings, made.entry
    conversed = await converse(
        made.workspace,
        made.asking,
        put.desk.agent,
        asked=Asked(entry.decision, entry.answer, entry.billed, entry.unpriced),
        composition=settings.model_words,
        choosing=settings.model_choice,
        heard=heard,
    )
    tally = conversed.tally
    return entry.model_copy(
        update={
            "decision": conversed.asked.decision,
            "answer": conversed.asked.answer,
            "billed": dict(conversed.asked.billed),
            "unpriced": dict(conversed.asked.unpriced),
            "spoken": tally.told(settings.model_price) if tally is not None else None,
        }
    )


async def _streamed(put: _Put, gap_log: GapLog) -> Response:
    """The answer as a stream: the decision is recorded before its first sentence leaves, and the wording after its last."""
    earlier = await run_sync(put.earlier)
    if earlier is not None:
        return _stream(streams.again(earlier))
    made = await run_sync(put.settled, await run_sync(put.decided))
    if isinstance(made, Answer):
        return _stream(streams.again(made))

    async def told() -> AsyncIterator[bytes]:
        heard: asyncio.Queue[Sentence | None] = asyncio.Queue()
        wording = asyncio.ensure_future(_worded(put, made, heard.put_nowait))
        wording.add_done_callback(lambda _: heard.put_nowait(None))
        try:
            for part in streams.begun(made.entry.id):
                yield part
            told = 0
            while (sentence := await heard.get()) is not None:
                for part in streams.said(sentence, first=told == 0):
                    yield part
                told += 1
            said = await run_sync(worded, put.desk.store, made, await wording)
            # What the model took the question to mean is told once that decision is recorded.
            for sentence in said.answer.answer.sentences[told:]:
                for part in streams.said(sentence, first=told == 0):
                    yield part
                told += 1
            gap_log.note(said)
            for part in streams.ended(said.answer):
                yield part
        except SkillError as error:
            for part in streams.failed(error.detail):
                yield part
        except Exception:
            for part in streams.failed("the answer could not be told to its end"):
                yield part
            raise
        finally:
            # The caller may have left: then nobody is spoken for any more.
            wording.cancel()

    return _stream(told())


def _stream(parts: Iterator[bytes] | AsyncIterator[bytes]) -> Response:
    return StreamingResponse(parts, media_type=MEDIA_TYPE, headers=streams.HEADERS)


def _surface(caller: Caller, body: AskBody) -> Surface:
    if caller.scope == "support":
        return body.surface or Surface.SUPPORT_COPILOT
    if body.surface is Surface.SUPPORT_COPILOT:
        raise AccessError(
            "only a support credential may ask for the surface `support_copilot`",
            pointer="/surface",
        )
    return body.surface or Surface.IN_PRODUCT


def _again(earlier: Recorded, body: AskBody) -> Answer:
    if (earlier.question, earlier.picked) != (body.question, body.picked):
        detail = "this Idempotency-Key came before with another question"
        raise Conflicting(detail, [Fault(("question",), detail, "conflict")])
    return earlier.answer
