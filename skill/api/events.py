"""`POST /v1/events`: usage, product events and what happens around an account, each kept once; and the counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from skill.api.accounts import may_touch
from skill.api.credentials import Caller
from skill.api.deps import Desk, DeskDep, Ingester, allowed
from skill.api.taking import TakenBody, checks_for, take_batch
from skill.errors import AccessError
from skill.sources.entries import (
    Batch,
    Checks,
    accounts_of,
    batch_of,
    read_event,
    read_usage,
)
from skill.sources.envelopes import read_envelope
from skill.sources.faults import Fault, Refused, nearest
from skill.store.counts import CountPage, count_refused, counts
from skill.store.usage import EventEntry, UsageEntry

router = APIRouter(tags=["customers"])

PLAIN = "application/json"
ENVELOPE = "application/cloudevents+json"
ENVELOPES = "application/cloudevents-batch+json"

UNREADABLE = "unreadable"
"""What a body is counted as, as one entry, of which nobody can say how many entries it holds."""
NOT_ALLOWED = "not_allowed"
"""What a batch is counted as whose credential is bound to another account."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A body as it came."""

    content: bytes
    media: str
    """Its media type, without parameters."""


async def sent(request: Request) -> Sent:
    """The body of a request, read whole; its size is bounded before (`bounds.py`)."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Sent(await request.body(), media)


SentDep = Annotated[Sent, Depends(sent)]
CountReader = Annotated[Caller, Depends(allowed("admin", "ingest"))]


def _list_of(entry: type[BaseModel]) -> dict[str, Any]:
    return {"type": "array", "items": entry.model_json_schema(), "default": []}


# An entry at fault is answered by itself, so the body is not FastAPI's to read, and described here.
_DOCUMENTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            PLAIN: {
                "schema": {
                    "title": "EventsBody",
                    "description": "A batch; every entry has an id from the producer, and names its account.",
                    "type": "object",
                    "properties": {"usage": _list_of(UsageEntry), "events": _list_of(EventEntry)},
                    "additionalProperties": False,
                }
            },
            ENVELOPE: {"schema": {"type": "object"}},
            ENVELOPES: {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}


@router.post(
    "/v1/events",
    response_model=TakenBody,
    openapi_extra=_DOCUMENTED,
    responses={409: {"description": "Some ids came before, otherwise"}},
)
def report_events(caller: Ingester, desk: DeskDep, body: SentDep) -> TakenBody | Response:
    """Keep a batch, entry by entry. Those refused are named and counted; all others are kept.

    Structured CloudEvents, one or a batch, are taken by their content type.
    """
    checks = checks_for(desk, caller.tenant)
    try:
        batch = read_batch(body, checks)
    except Refused:
        count_refused(desk.store, caller.tenant, checks.now, {UNREADABLE: 1})
        raise
    _may_touch_all(caller, desk, batch, checks)
    return take_batch(desk, caller.tenant, batch, checks)


@router.get("/v1/events/counts")
def show_counts(
    caller: CountReader,
    desk: DeskDep,
    cursor: Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None,
    limit: Annotated[int, Query(ge=1, le=400)] = 31,
) -> CountPage:
    """What became of everything that was sent, by day: received = accepted + duplicates + refused."""
    return counts(desk.store, caller.tenant, cursor=cursor, n=limit)


def json_of(content: bytes) -> object:
    """The parsed body.

    Raises:
        Refused: it is not JSON.
    """
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise _not_json(f"the body is not JSON at character {error.pos}") from error
    except (ValueError, RecursionError) as error:
        # Bytes that are no text, a number of thousands of digits, or nested too deeply to be read.
        raise _not_json("the body cannot be read as JSON") from error


def _not_json(detail: str) -> Refused:
    return Refused([Fault((), detail, "not_json")])


def read_batch(body: Sent, checks: Checks) -> Batch:
    """The entries of a body, each read by itself.

    Raises:
        Refused: the body cannot be read at all.
    """
    if body.media == ENVELOPE:
        return batch_of([read_envelope(json_of(body.content), (), checks)])
    if body.media == ENVELOPES:
        data = json_of(body.content)
        if not isinstance(data, list):
            raise Refused([Fault((), "the body must be a list of envelopes", "not_a_list")])
        return batch_of(read_envelope(one, (n,), checks) for n, one in enumerate(data))
    if body.media != PLAIN:
        raise _not_json(f"send JSON, with Content-Type: {PLAIN}")
    return _read_plain(json_of(body.content), checks)


def _read_plain(data: object, checks: Checks) -> Batch:
    if not isinstance(data, Mapping):
        raise Refused([Fault((), "the body must be one JSON object", "not_an_object")])
    readers = {"usage": read_usage, "events": read_event}
    read = []
    for name in data:
        if name not in readers:
            near = nearest(name, tuple(readers))
            raise Refused([Fault((name,), f"unknown field `{name[:60]}`", "unknown_field", near)])
        if not isinstance(data[name], list):
            raise Refused([Fault((name,), f"`{name}` must be a list", "tuple_type")])
    for name, reader in readers.items():
        read += [reader(one, (name, n), checks) for n, one in enumerate(data.get(name, ()))]
    return batch_of(read)


def _may_touch_all(caller: Caller, desk: Desk, batch: Batch, checks: Checks) -> None:
    """Refuse the whole batch where a credential that is bound to one account reports about another."""
    try:
        for account in {account for one in batch.placed for account in accounts_of(one)}:
            may_touch(caller, account)
    except AccessError:
        count_refused(desk.store, caller.tenant, checks.now, {NOT_ALLOWED: batch.n})
        raise
