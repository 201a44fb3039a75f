"""`/healthz` and `/readyz`: alive; able to answer, from which Topics, by which embedder, and is the draft broken."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse

from skill.agent.loop import Agent
from skill.agent.provider.steady import Steady
from skill.api.deps import DeskDep
from skill.errors import LedgerError
from skill.retrieval.ladder import Ladder
from skill.settings import Embeddings
from skill.store import migrations

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The store cannot be reached"}})
def readyz(desk: DeskDep) -> Response:
    """Whether questions can be answered now, from which version of the Topics, and what reads them."""
    try:
        with desk.store.reading() as connection:
            reached = migrations.version_of(connection) == migrations.HEAD
    except LedgerError:
        reached = False
    body = {
        "status": "ready" if reached else "not ready",
        "topics": desk.topics.told(),
        "store": "ok" if reached else "unavailable",
        "embedder": rungs_of(Embeddings.from_env()),
        # A model that is down costs its prose and no answer, so it never makes the service unready.
        "model": told_of(desk.agent),
    }
    return JSONResponse(body, status_code=200 if reached else 503)


def told_of(agent: Agent | None) -> dict[str, Any] | None:
    """The model that words answers, and what became of its calls since the start; nothing where there is none."""
    if agent is None:
        return None
    counts = agent.model.counts() if isinstance(agent.model, Steady) else {}
    return {"name": agent.model.name, **counts}


@lru_cache(maxsize=4)
def rungs_of(settings: Embeddings) -> dict[str, str]:
    """The rung that reads questions and the one that finds passages, as a library made by now chooses them.

    Looked up once: probes come every few seconds, and a rung that does not run is found out by trying it.
    """
    ladder = Ladder.of(settings)
    return {"questions": ladder.reader().name, "passages": ladder.embedder().name}
