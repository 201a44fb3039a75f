"""`/healthz` and `/readyz`: alive; able to answer, from which Topics, and is the draft broken."""

from __future__ import annotations

from typing import Any

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
    serving = desk.topics.serving
    broken = serving.broken_since
    draft: dict[str, Any] = {"state": "ok"}
    if broken is not None:
        draft = {"state": "broken", "since": broken.isoformat(), "errors": serving.n_errors}
    try:
        with desk.store.reading() as connection:
            reached = migrations.version_of(connection) == migrations.HEAD
    except LedgerError:
        reached = False
    body = {
        "status": "ready" if reached else "not ready",
        "topics": {
            "version": serving.workspace.playbook.version,
            "since": serving.since.isoformat(),
            "last_good_version_served": broken is not None,
            "draft": draft,
        },
        "store": "ok" if reached else "unavailable",
    }
    return JSONResponse(body, status_code=200 if reached else 503)
