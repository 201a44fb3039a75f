"""`/v1/gaps`: what people asked and was not found, for whoever writes the Topics; approved or refused in one call."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query
from pydantic import StringConstraints

from skill import gaps as roof
from skill import publish as publishing
from skill.api.deps import Admin, AdminDep, Body, Desk, DeskDep, PathId
from skill.errors import InputError, NotPublished, SkillError
from skill.model.common import Frozen
from skill.store.gaps import Gap, GapPage, State, page
from skill.store.topics import Act, Expected, current

router = APIRouter(tags=["gaps"])

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ApproveBody(Body):
    """What is to be added; what is left out is what the gap proposes."""

    feature: Name | None = None
    """Key or name of the feature that was meant."""
    word: Name | None = None
    """What it is also called."""
    publish: bool = False
    """Make the changed Topics current at once; else the text is answered and nothing is published."""


class RefuseBody(Body):
    """What is not to be proposed again: one feature that was picked, or the whole gap."""

    feature: Name | None = None


class ApprovedBody(Frozen):
    """A word that was approved, and the file as it is with it."""

    gap: Gap
    feature: str
    word: str
    file: str
    line: int
    """Where the word stands, from 1."""
    text: str
    """The whole file."""
    version: str
    """Of the Topics with the word in them."""
    replaces: str
    """Of the Topics without it: the `If-Match` for publishing it yourself."""
    published: Act | None = None
    """Nothing where nothing was published."""


@router.get("/v1/gaps")
def list_gaps(
    caller: AdminDep,
    desk: DeskDep,
    state: Annotated[State, Query()] = "open",
    picked: Annotated[bool | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> GapPage:
    """Questions without an answer, those asked most often first; `picked` ones have a proposal."""
    return page(desk.store, caller.tenant, state=state, picked=picked, cursor=cursor, n=limit)


@router.post(
    "/v1/gaps/{gap_id}/approve",
    responses={409: {"description": "Decided before"}, 412: {"description": "Published since"}},
)
async def approve_gap(
    gap_id: PathId, body: ApproveBody, caller: AdminDep, desk: DeskDep
) -> ApprovedBody:
    """Add the word to what the feature is also called: answers the file, and publishes it only where asked to."""

    def approve() -> ApprovedBody:
        return _approved(desk, caller, gap_id, body)

    # Compiling takes its time: beside the questions, one draft at a time.
    return await anyio.to_thread.run_sync(approve, limiter=desk.drafts)


@router.post("/v1/gaps/{gap_id}/refuse", responses={409: {"description": "Approved before"}})
def refuse_gap(gap_id: PathId, body: RefuseBody, caller: AdminDep, desk: DeskDep) -> Gap:
    """Remember that this is not to be proposed again."""
    return roof.refuse(
        desk.store,
        caller.tenant,
        gap_id,
        by=caller.who,
        at=desk.clock(),
        feature=body.feature,
    )


def _approved(desk: Desk, caller: Admin, gap_id: str, body: ApproveBody) -> ApprovedBody:
    now = desk.clock()
    gap = roof.find(desk.store, caller.tenant, gap_id)
    if body.publish and desk.topics.source != "published":
        raise InputError(
            "this server answers from a folder, so there is nothing to publish",
            pointer="publish",
            help="put the text into the folder, or use `tactful topics gaps approve` there",
        )
    version, files = _base(desk, caller.tenant)
    added = roof.added_by(gap, files, now.date(), feature=body.feature, word=body.word)
    act = None
    if body.publish:
        made = publishing.publish(
            desk.store,
            caller.tenant,
            added.sources,
            # What the word was added to; whatever a colleague published since is not lost.
            expected=Expected(said="versions", versions=(version,)),
            by=caller.who,
            note=f"also called: {added.word} ({added.feature})",
            now=now,
        )
        act = made.act
        with suppress(SkillError):
            desk.topics.look(caller.tenant)
    settled = roof.approve(desk.store, caller.tenant, gap, added, by=caller.who, at=now)
    fields: dict[str, Any] = {
        name: getattr(added, name)
        for name in ("feature", "word", "file", "line", "text", "version")
    }
    return ApprovedBody(gap=settled, replaces=version, published=act, **fields)


def _base(desk: Desk, tenant: str) -> tuple[str, Mapping[str, str]]:
    """The Topics that a word is added to: what is published where that is served, else the folder's."""
    if desk.topics.source == "folder":
        workspace = desk.topics.of(tenant).workspace
        return workspace.playbook.version, workspace.sources
    published = current(desk.store, tenant)
    if published is None:
        raise NotPublished("no Topics are published here yet, so there is nothing to add to")
    return published.version, publishing.files_now(desk.store, tenant, published.version)
