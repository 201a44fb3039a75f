"""`/healthz` and `/readyz`: alive; able to answer, from which Topics, and is the draft broken."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse

from skill.api.deps import DeskDep
from skill.errors import LedgerError
from skill.store import migrations

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The store cannot be reached"}})
def readyz(desk: DeskDep) -> Response:
    """Whether questions can be answered now, and from which version of the Topics."""
    try:
        with desk.store.reading() as connection:
            reached = migrations.version_of(connection) == migrations.HEAD
    except LedgerError:
        reached = False
    body = {
        "status": "ready" if reached else "not ready",
        "topics": desk.topics.told(),
        "store": "ok" if reached else "unavailable",
    }
    return JSONResponse(body, status_code=200 if reached else 503)
