"""`/v1/notifications`: a person's inbox, listed, counted, live, and what they do with it. Identity is the credential's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import AwareDatetime, Field, StringConstraints
from starlette.responses import Response, StreamingResponse

from skill.api.ask import RequestKey
from skill.api.credentials import Caller
from skill.api.deps import Body, Desk, DeskDep, EndUser, PathId
from skill.api.etags import tagged
from skill.api.live import LiveDep
from skill.errors import InputError
from skill.policy.redact import redact
from skill.store.inbox import (
    Close,
    Counted,
    Notification,
    NotificationPage,
    State,
    count,
    page,
)
from skill.store.inbox_acts import Act, Reason, act, undo
from skill.store.preferences import Who

router = APIRouter(tags=["inbox"])

LONGEST_NOTE = 500
"""Characters of a typed reason that are read."""

_STREAM = "text/event-stream"
_STREAM_HEADERS = {
    "cache-control": "no-store",
    # A proxy that waits for more would hold news back.
    "x-accel-buffering": "no",
}
_PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
_ACTS: dict[int | str, dict[str, Any]] = {
    404: {"description": "Not Found", **_PROBLEM},
    409: {"description": "Conflict", **_PROBLEM},
}
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Not Modified"}}


class SnoozeBody(Body):
    """When it comes back."""

    until: AwareDatetime
    """Within a year."""


class DismissBody(Body):
    """How it is closed, and why."""

    how: Close = "dismissal"
    """`dismissal` closes it, `not_now` declines for now, `never` is "don't show this again"."""
    reason: Reason | None = None
    """Picked from the list."""
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = Field(default="")
    """Typed; whatever says who somebody is is taken out before it is kept."""


@router.get("/v1/notifications", responses={200: {"model": NotificationPage}, **_NOT_MODIFIED})
def list_notifications(
    caller: EndUser,
    desk: DeskDep,
    request: Request,
    state: Annotated[State | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=800)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """The notifications of whoever asks, the newest first: without `state` the unread and the read.

    Being listed is being displayed: the first time counts as a showing.
    """
    found = page(desk.store, _who(caller), now=desk.clock(), state=state, cursor=cursor, n=limit)
    return tagged(request, found)


@router.get("/v1/notifications/count", responses={200: {"model": Counted}, **_NOT_MODIFIED})
def count_notifications(caller: EndUser, desk: DeskDep, request: Request) -> Response:
    """How many there are of each state; a count displays none of them."""
    return tagged(request, count(desk.store, _who(caller), now=desk.clock()))


@router.get(
    "/v1/notifications/stream",
    responses={200: {"description": "Server-sent events", "content": {_STREAM: {}}}},
    response_class=StreamingResponse,
)
async def stream_notifications(
    caller: EndUser,
    live: LiveDep,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> StreamingResponse:
    """First `count`, then each change as it comes: `notification`, `gone` and `count`.

    With `Last-Event-ID` what changed since then comes first. It ends after a quarter of an hour; open it again.
    """
    since = _moment(last_event_id) if last_event_id else None
    told = live.stream(_who(caller), since)
    return StreamingResponse(told, media_type=_STREAM, headers=_STREAM_HEADERS)


@router.post("/v1/notifications/{notification_id}/read", responses=_ACTS)
def read_notification(
    notification_id: PathId, caller: EndUser, desk: DeskDep, idempotency_key: RequestKey = None
) -> Notification:
    """It was read."""
    return _done(desk, caller, notification_id, Act(kind="read"), idempotency_key)


@router.post("/v1/notifications/{notification_id}/archive", responses=_ACTS)
def archive_notification(
    notification_id: PathId, caller: EndUser, desk: DeskDep, idempotency_key: RequestKey = None
) -> Notification:
    """Put it away, without saying anything about the offer."""
    return _done(desk, caller, notification_id, Act(kind="archive"), idempotency_key)


@router.post("/v1/notifications/{notification_id}/snooze", responses=_ACTS)
def snooze_notification(
    notification_id: PathId,
    body: SnoozeBody,
    caller: EndUser,
    desk: DeskDep,
    idempotency_key: RequestKey = None,
) -> Notification:
    """Put it off: it comes back unread."""
    done = Act(kind="snooze", until=body.until)
    return _done(desk, caller, notification_id, done, idempotency_key)


@router.post("/v1/notifications/{notification_id}/dismiss", responses=_ACTS)
def dismiss_notification(
    notification_id: PathId,
    body: DismissBody,
    caller: EndUser,
    desk: DeskDep,
    idempotency_key: RequestKey = None,
) -> Notification:
    """Close it, on every device; with `never` nothing about this offer comes again, by any channel."""
    note = redact(body.note, _named(caller), longest=LONGEST_NOTE) if body.note else ""
    done = Act(kind="dismiss", how=body.how, reason=body.reason, note=note)
    return _done(desk, caller, notification_id, done, idempotency_key)


@router.post("/v1/notifications/{notification_id}/click", responses=_ACTS)
def click_notification(
    notification_id: PathId, caller: EndUser, desk: DeskDep, idempotency_key: RequestKey = None
) -> Notification:
    """Its action was followed."""
    return _done(desk, caller, notification_id, Act(kind="click"), idempotency_key)


@router.post("/v1/notifications/{notification_id}/undo", responses=_ACTS)
def undo_notification(
    notification_id: PathId, caller: EndUser, desk: DeskDep, idempotency_key: RequestKey = None
) -> Notification:
    """Take back the last act, "don't show this again" too; a click stays."""
    who = _who(caller)
    back = undo(desk.store, who, notification_id, at=desk.clock(), request_key=idempotency_key)
    desk.heard(who.tenant, [who.account])
    return back


def _done(
    desk: Desk, caller: Caller, notification: str, done: Act, request_key: str | None
) -> Notification:
    who = _who(caller)
    told = act(desk.store, who, notification, done, at=desk.clock(), request_key=request_key)
    desk.heard(who.tenant, [who.account])
    return told


def _who(caller: Caller) -> Who:
    assert caller.account is not None
    assert caller.person is not None
    return Who(caller.tenant, caller.account, caller.person)


def _named(caller: Caller) -> tuple[str, str]:
    """Who a typed reason must not name, as far as the credential says."""
    who = _who(caller)
    return who.account, who.person


def _moment(given: str) -> datetime:
    try:
        at = datetime.fromisoformat(given)
        if at.tzinfo is None:
            raise ValueError(given)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(
            "Last-Event-ID is none that this stream gave out",
            pointer="last-event-id",
            help="send the `id` of the last event as it stands, or leave it out",
        ) from error
