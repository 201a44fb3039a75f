"""The bound on a body: refused as a problem before it is read, or while it grows past it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skill.api.problems import too_large

LARGEST_BODY = 256 * 1024
"""Bytes; some thousand events at once."""


class BoundedBody:
    """Lets through bodies of at most `LARGEST_BODY`, whatever their length claims to be.

    FastAPI's own `max_body_size` answers in plain text, and every refusal here is a problem.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _claimed(scope) > LARGEST_BODY:
            await too_large()(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


def _claimed(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            # A number of thousands of digits is past the bound, and slow to read.
            return int(value) if len(value) < 20 else LARGEST_BODY + 1
    return 0
