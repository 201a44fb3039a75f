"""The bound on a body: refused as a problem before it is read, or while it grows past it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skill.api.credentials import read_credential
from skill.api.problems import larger_than, too_large
from skill.compiler.folder import MAX_TOTAL
from skill.errors import NotAuthenticated
from skill.settings import Settings

LARGEST_BODY = 256 * 1024
"""Bytes; some thousand events at once."""

LARGEST_DRAFT = MAX_TOTAL + MAX_TOTAL // 4
"""Bytes of a whole folder of Topics as JSON, with what JSON adds to it."""

_DRAFTS = frozenset(f"/v1/topics/{verb}" for verb in ("check", "preview", "diff", "publish"))


def largest_for(settings: Settings) -> Callable[[Scope], int]:
    """How large a body may be: more only where a draft is sent, and by somebody who may send one.

    A body is read before a route looks at who sends it, so a stranger's is kept small here.
    """

    def largest(scope: Scope) -> int:
        if scope["path"] not in _DRAFTS:
            return LARGEST_BODY
        headers = Headers(scope=scope)
        try:
            caller = read_credential(
                headers.get("authorization"), headers.get("x-api-key"), settings
            )
        except NotAuthenticated:
            return LARGEST_BODY
        return LARGEST_DRAFT if caller.scope == "admin" else LARGEST_BODY

    return largest


class BoundedBody:
    """Lets through bodies of at most what `largest` says, whatever their length claims to be.

    FastAPI's own `max_body_size` answers in plain text, and every refusal here is a problem.
    """

    def __init__(self, app: ASGIApp, largest: Callable[[Scope], int]) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._largest(scope)
        if _claimed(scope) > largest:
            await too_large(largest)(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > largest:
                raise HTTPException(413, larger_than(largest))
            return message

        await self._app(scope, counted, send)


def _claimed(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # A number of thousands of digits is past every bound, and slow to read.
            return int(value) if len(value) < 20 else 10**20
    return 0
