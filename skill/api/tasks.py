"""`/v1/tasks`: what account owners have to do, as JSON, a page, Markdown or a call for their calendar; and what they did with it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from pydantic import AwareDatetime, StringConstraints
from starlette.responses import JSONResponse, Response

from skill.api.accepts import preferred
from skill.api.ask import RequestKey
from skill.api.credentials import Caller
from skill.api.deps import Body, Desk, DeskDep, PathId, allowed, key_digest
from skill.delivery.calendar import MINUTES, call_at, ics
from skill.delivery.task_page import as_html, policy
from skill.delivery.task_shown import TaskBrief, brief, shown
from skill.delivery.task_text import as_markdown
from skill.errors import InputError, NotFound
from skill.model.common import Frozen
from skill.model.task import OwnerTask
from skill.policy.due import back_at
from skill.store import tasks as store
from skill.store.stops import stopped

router = APIRouter(tags=["tasks"])

Supporter = Annotated[Caller, Depends(allowed("support"))]
Form = Literal["json", "html", "md", "ics"]
Verb = Literal["done", "snooze", "not-useful"]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]

MEDIA: dict[str, str] = {
    "json": "application/json",
    "html": "text/html",
    "md": "text/markdown",
    "ics": "text/calendar",
}
"""The media type of each form; the first is what whoever takes anything is given."""
_BACK = {"done": "done", "snooze": "snoozed", "not-useful": "not_useful"}
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
_DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {"content": {media: {"schema": {"type": "string"}} for media in MEDIA.values()}},
    404: {"description": "Not Found", **_PROBLEM},
    406: {"description": "Not Acceptable", **_PROBLEM},
}
_ACTS: dict[int | str, dict[str, Any]] = {
    404: {"description": "Not Found", **_PROBLEM},
    409: {"description": "Closed in another way", **_PROBLEM},
}


class TaskList(Frozen):
    """Some tasks, those due first, and where the next ones begin."""

    items: tuple[TaskBrief, ...]
    next_cursor: str | None = None


class DoneBody(Body):
    """It was dealt with."""

    outcome: Literal["", "call_scheduled"] = ""
    """How: a call that was arranged is told to other systems."""
    key: str = ""
    """Of a form, which has no header: the same key again is the same act."""


class SnoozeBody(Body):
    """When it comes back."""

    until: AwareDatetime | date
    """Within a year; a day is that morning in the owner's zone."""
    key: str = ""


class NotUsefulBody(Body):
    """Why it was of no use."""

    reason: Reason
    key: str = ""


_BODIES: dict[str, type[DoneBody] | type[SnoozeBody] | type[NotUsefulBody]] = {
    "done": DoneBody,
    "snooze": SnoozeBody,
    "not-useful": NotUsefulBody,
}


@router.get("/v1/tasks")
def list_tasks(
    caller: Supporter,
    desk: DeskDep,
    state: Annotated[store.Which, Query()] = "open",
    owner: Annotated[str | None, Query(max_length=400)] = None,
    account: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TaskList:
    """Those to do now, those due first; `owner` is an address, or a name where an owner has none."""
    found = store.page(
        desk.store,
        caller.tenant,
        desk.clock(),
        which=state,
        owner=owner,
        account=account,
        cursor=cursor,
        n=limit,
    )
    held = stopped(desk.store, caller.tenant)
    items = tuple(brief(one.task, one.state, held) for one in found.items)
    return TaskList(items=items, next_cursor=found.next_cursor)


@router.get("/v1/tasks/{task_id}", response_class=Response, responses=_DOCUMENTED)
def one_task(
    task_id: PathId,
    caller: Supporter,
    desk: DeskDep,
    accept: Annotated[str, Header(max_length=1_000)] = "*/*",
    form: Annotated[Form | None, Query()] = None,
    start: Annotated[AwareDatetime | None, Query()] = None,
    minutes: Annotated[int, Query(ge=5, le=480)] = MINUTES,
    invite: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> Response:
    """One task with its figures, chart, notes for the owner, and the note to pass on; `form` goes before `Accept`.

    `start`, `minutes` and `invite` are of a call in `text/calendar`: with somebody invited its text is the note alone.
    """
    kept = store.find(desk.store, caller.tenant, task_id)
    if kept is None:
        raise NotFound("there is no such task")
    wanted = form or preferred(accept, MEDIA)
    if wanted is None:
        raise HTTPException(406, f"a task is sent as {', '.join(MEDIA.values())}")
    kept = _now(kept, desk, caller.tenant)
    if wanted != "ics":
        return _sent(kept, wanted)
    return _call(kept.task, start or call_at(kept.task, desk.clock()), minutes, invite or [])


async def _given(request: Request) -> dict[str, Any]:
    """The body of an act: JSON, a plain form of the page, or nothing."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body.strip():
        return {}
    if kind == "application/x-www-form-urlencoded":
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10))
        except ValueError as error:
            raise InputError("the form cannot be read", pointer="/") from error
    try:
        read = json.loads(body)
    except ValueError as error:
        raise InputError("the body is not JSON", pointer="/") from error
    if not isinstance(read, dict):
        raise InputError("the body must be one JSON object", pointer="/")
    return read


def _schema(verb: str) -> dict[str, Any]:
    schema = _BODIES[verb].model_json_schema()
    media = ("application/json", "application/x-www-form-urlencoded")
    content = {one: {"schema": schema} for one in media}
    return {"requestBody": {"content": content, "required": verb != "done"}}


Given = Annotated[dict[str, Any], Depends(_given)]
Accepted = Annotated[str, Header(max_length=1_000)]


@router.post("/v1/tasks/{task_id}/done", responses=_ACTS, response_class=Response, openapi_extra=_schema("done"))  # fmt: skip
def task_done(
    task_id: PathId,
    given: Given,
    caller: Supporter,
    desk: DeskDep,
    request: Request,
    accept: Accepted = "*/*",
    idempotency_key: RequestKey = None,
) -> Response:
    """It was dealt with; a further cause makes a new task."""
    return _acted("done", task_id, given, caller, desk, request, accept, idempotency_key)


@router.post("/v1/tasks/{task_id}/snooze", responses=_ACTS, response_class=Response, openapi_extra=_schema("snooze"))  # fmt: skip
def snooze_task(
    task_id: PathId,
    given: Given,
    caller: Supporter,
    desk: DeskDep,
    request: Request,
    accept: Accepted = "*/*",
    idempotency_key: RequestKey = None,
) -> Response:
    """It comes back then; further causes join it meanwhile."""
    return _acted("snooze", task_id, given, caller, desk, request, accept, idempotency_key)


@router.post("/v1/tasks/{task_id}/not-useful", responses=_ACTS, response_class=Response, openapi_extra=_schema("not-useful"))  # fmt: skip
def task_not_useful(
    task_id: PathId,
    given: Given,
    caller: Supporter,
    desk: DeskDep,
    request: Request,
    accept: Accepted = "*/*",
    idempotency_key: RequestKey = None,
) -> Response:
    """It was of no use, and why: counted for its play."""
    return _acted("not-useful", task_id, given, caller, desk, request, accept, idempotency_key)


def _acted(
    verb: Verb,
    task_id: str,
    given: dict[str, Any],
    caller: Caller,
    desk: Desk,
    request: Request,
    accept: str,
    key: str | None,
) -> Response:
    body = _BODIES[verb].model_validate(given)
    kept = store.find(desk.store, caller.tenant, task_id)
    if kept is None:
        raise NotFound("there is no such task")
    now = desk.clock()
    done = store.Act.model_validate(
        {
            "what": _BACK[verb],
            "at": now,
            "by": caller.person or f"key {key_digest(request.headers)[:8]}",
            "until": back_at(body.until, now, kept.task.time_zone)
            if isinstance(body, SnoozeBody)
            else None,
            "reason": body.reason if isinstance(body, NotUsefulBody) else "",
            "key": key or body.key,
            "outcome": body.outcome if isinstance(body, DoneBody) else "",
        }
    )
    after = store.act(desk.store, caller.tenant, task_id, done)
    if after is None:
        raise NotFound("there is no such task")
    wanted = preferred(accept, {"json": MEDIA["json"], "html": MEDIA["html"]}) or "json"
    return _sent(_now(after, desk, caller.tenant), wanted)


def _now(kept: store.StoredTask, desk: Desk, tenant: str) -> store.StoredTask:
    """As it may be shown: stopped offers are in no task."""
    held = stopped(desk.store, tenant)
    return kept.model_copy(update={"task": shown(kept.task, held)})


def _sent(kept: store.StoredTask, form: str) -> Response:
    if form == "json":
        return JSONResponse(kept.model_dump(mode="json"), headers=_HEADERS)
    if form == "md":
        return Response(as_markdown(kept.task), media_type="text/markdown; charset=utf-8", headers=_HEADERS)  # fmt: skip
    # Made of the task as it stands: sent twice it is one act, after another act it is a new one.
    key = f"page-{kept.task.id}-{len(kept.acts)}"[:200]
    page = as_html(kept.task, state=kept.state, key=key, forms=True)
    headers = {**_HEADERS, "Content-Security-Policy": policy(forms=True)}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


def _call(task: OwnerTask, start: datetime, minutes: int, invite: list[str]) -> Response:
    body = ics(task, starts_at=start, minutes=minutes, invite=tuple(invite))
    headers = {**_HEADERS, "Content-Disposition": 'attachment; filename="call.ics"'}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)
