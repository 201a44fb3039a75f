"""Callers that leave: what was begun for them is stopped, so that no model is paid for an answer that nobody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

T = TypeVar("T")

_LOOK_S = 0.2
"""How often it is looked whether the caller is still there."""


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of the work; None where the caller left meanwhile, and then the work was stopped."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=_LOOK_S)
            if done:
                return task.result()
            if await request.is_disconnected():
                return None
    finally:
        task.cancel()
