"""`/v1/topics`: a draft is checked, tried and compared; a version is published, rolled back, and told of."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Header, Query
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse

from skill import publish as roof
from skill.api.ask import LONGEST_QUESTION, RequestKey
from skill.api.deps import AdminDep, Body, Desk, DeskDep
from skill.ask import ask, workspace_of
from skill.compiler.diagnostics import as_json
from skill.compiler.folder import Compiled
from skill.errors import InputError, SkillError
from skill.model.answer import Answer
from skill.model.decision import Surface
from skill.model.topic import Diagnostic
from skill.publish import MAX_NOTE, Published
from skill.sources.faults import Refused
from skill.sources.request import read_customer
from skill.store.topics import ActPage, Expected, current

router = APIRouter(tags=["topics"])
T = TypeVar("T")

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
"""Source: RFC 9110, section 8.8.3."""
_PARTS = re.compile(rf"{_TAG.pattern}|[ \t]+|.", re.DOTALL)

_NOT_SERVED = (
    "this server answers from a folder; start it with TACTFUL_TOPICS=published to serve this"
)

Note = Annotated[str, StringConstraints(max_length=MAX_NOTE)]
IfMatch = Annotated[list[str] | None, Header()]
_UNMET: dict[int | str, dict[str, Any]] = {
    412: {"description": "Something else is current"},
    428: {"description": "Send If-Match with the version that you replace"},
}


class DraftBody(Body):
    """A whole folder of Topics, as it is to be."""

    files: dict[str, str]
    """Text by the name of its file."""


class PreviewBody(DraftBody):
    """A question to a draft, for a made-up customer."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
    case: dict[str, Any] = Field(default={})
    """What an account file holds."""
    surface: Surface = Surface.IN_PRODUCT


class PublishBody(DraftBody):
    """A draft to make current."""

    note: Note = ""
    """Why; it stands in the history."""


class RollbackBody(Body):
    """A stored version to make current again."""

    version: Annotated[str, StringConstraints(max_length=100)] | None = None
    """Its digest, or at least the first four digits; left out: the one before."""
    note: Note = ""


@router.get("/v1/topics")
def show_topics(caller: AdminDep, desk: DeskDep) -> JSONResponse:
    """What is served to this tenant, as files that could be published; the version is the ETag."""
    desk.topics.look(caller.tenant)
    serving = desk.topics.of(caller.tenant)
    version = serving.workspace.playbook.version
    published = current(desk.store, caller.tenant)
    body = {
        "version": version,
        "source": desk.topics.source,
        "since": serving.since.isoformat(),
        "published": published.version if published else None,
        "broken_since": serving.broken_since.isoformat() if serving.broken_since else None,
        "n_errors": serving.n_errors,
        "files": dict(serving.workspace.sources),
    }
    return JSONResponse(body, headers=_tag(version))


@router.get("/v1/topics/history")
def show_history(
    caller: AdminDep,
    desk: DeskDep,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActPage:
    """Who made which version current, the newest act first."""
    return roof.history(desk.store, caller.tenant, cursor=cursor, n=limit)


@router.post("/v1/topics/check")
async def check_draft(body: DraftBody, caller: AdminDep, desk: DeskDep) -> dict[str, Any]:  # noqa: ARG001 - only an admin
    """Every finding in a draft; nothing is kept."""

    def check() -> dict[str, Any]:
        compiled = _compiled(desk, body)
        return {
            "diagnostics": _shown(compiled.diagnostics),
            "version": compiled.playbook.version,
            "servable": compiled.servable,
        }

    return await _aside(desk, check)


@router.post("/v1/topics/preview", responses={200: {"model": Answer}})
async def preview_draft(body: PreviewBody, caller: AdminDep, desk: DeskDep) -> JSONResponse:
    """What `/v1/ask` would answer from a draft; nothing is recorded."""

    def preview() -> dict[str, Any]:
        customer = _case(body, caller.tenant)
        compiled = _compiled(desk, body)
        roof.refuse_errors(compiled)
        asked = ask(
            workspace_of(compiled, data_dir=None),
            body.question,
            customer,
            now=customer.now or desk.clock(),
            surface=body.surface,
            support=body.surface is Surface.SUPPORT_COPILOT,
            allow_unreviewed=desk.settings.allow_unreviewed,
        )
        return asked.answer.body()

    return JSONResponse(await _aside(desk, preview))


@router.post("/v1/topics/diff")
async def compare_draft(body: DraftBody, caller: AdminDep, desk: DeskDep) -> dict[str, Any]:
    """What a draft says or does differently from what is published; else from what is served."""

    def compare() -> dict[str, Any]:
        compiled = _compiled(desk, body)
        roof.refuse_errors(compiled)
        version, files = _before(desk, caller.tenant)
        found = roof.what_changed(files, compiled.sources, desk.clock().date())
        return {
            "from": version,
            "to": compiled.playbook.version,
            "differences": [one.model_dump(mode="json") for one in found],
            "diagnostics": _shown(compiled.diagnostics),
        }

    return await _aside(desk, compare)


@router.post("/v1/topics/publish", responses=_UNMET)
async def publish_draft(
    body: PublishBody,
    caller: AdminDep,
    desk: DeskDep,
    if_match: IfMatch = None,
    if_none_match: IfMatch = None,
    idempotency_key: RequestKey = None,
) -> JSONResponse:
    """Make a draft current, if it has no errors and `If-Match` names what it replaces."""
    expected = _expected(if_match, if_none_match)

    def publish() -> Published:
        made = roof.publish(
            desk.store,
            caller.tenant,
            body.files,
            expected=expected,
            by=caller.who,
            note=body.note,
            now=desk.clock(),
            request_key=idempotency_key,
        )
        _notice(desk, caller.tenant)
        return made

    return _done(desk, await _aside(desk, publish))


@router.post("/v1/topics/rollback", responses=_UNMET)
async def roll_back(
    body: RollbackBody,
    caller: AdminDep,
    desk: DeskDep,
    if_match: IfMatch = None,
    if_none_match: IfMatch = None,
    idempotency_key: RequestKey = None,
) -> JSONResponse:
    """Make a stored version current again, if `If-Match` names what it replaces."""
    expected = _expected(if_match, if_none_match)

    def rollback() -> Published:
        made = roof.rollback(
            desk.store,
            caller.tenant,
            body.version,
            expected=expected,
            by=caller.who,
            note=body.note,
            now=desk.clock(),
            request_key=idempotency_key,
        )
        _notice(desk, caller.tenant)
        return made

    return _done(desk, await _aside(desk, rollback))


async def _aside(desk: Desk, work: Callable[[], T]) -> T:
    """Do what takes its time in a thread of its own, so that questions go on being answered."""
    return await anyio.to_thread.run_sync(work, limiter=desk.drafts)


def _compiled(desk: Desk, body: DraftBody) -> Compiled:
    return roof.check(body.files, desk.clock().date())


def _before(desk: Desk, tenant: str) -> tuple[str | None, Mapping[str, str]]:
    """What a draft would take the place of: the published version, else the folder's, else nothing."""
    published = current(desk.store, tenant)
    if published is not None:
        return published.version, roof.files_now(desk.store, tenant, published.version)
    if desk.topics.source == "published":
        return None, {}
    workspace = desk.topics.of(tenant).workspace
    return workspace.playbook.version, workspace.sources


def _notice(desk: Desk, tenant: str) -> None:
    """Serve here what was just published; where that fails it is done all the same, and noticed soon."""
    with suppress(SkillError):
        desk.topics.look(tenant)


def _case(body: PreviewBody, tenant: str) -> Any:
    """The made-up customer. Raises Refused, with places that begin at `case`."""
    try:
        customer = read_customer(body.case, "case")
    except Refused as error:
        raise Refused([replace(f, path=("case", *f.path)) for f in error.faults]) from error
    return customer.model_copy(update={"tenant": tenant})


def _done(desk: Desk, made: Published) -> JSONResponse:
    serving = desk.topics.source == "published"
    body = {
        **made.act.model_dump(mode="json"),
        "changed": made.changed,
        "serving": serving,
        "diagnostics": _shown(made.diagnostics),
        **({} if serving else {"help": _NOT_SERVED}),
    }
    return JSONResponse(body, headers=_tag(made.act.version))


def _shown(found: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(as_json(found))["diagnostics"]
    return shown


def _tag(version: str) -> dict[str, str]:
    return {"ETag": f'"{version}"', "Cache-Control": "no-store"}


def _expected(if_match: Sequence[str] | None, if_none_match: Sequence[str] | None) -> Expected:
    """What the conditions of a request say is current.

    Raises:
        InputError: they cannot be read, or both are given.
    """
    if if_match is not None and if_none_match is not None:
        raise InputError("send If-Match or If-None-Match, not both")
    if if_none_match is not None:
        if [one.strip() for one in if_none_match] != ["*"]:
            raise InputError(
                "If-None-Match can only be `*` here: nothing is published yet",
                help="name the version that you replace with If-Match",
            )
        return Expected(said="none_yet")
    if if_match is None:
        return Expected()
    given = ", ".join(if_match)
    if given.strip() == "*":
        return Expected(said="anything")
    # A list may have empty members. Source: RFC 9110, section 5.6.1.
    parts = [part for part in _PARTS.findall(given) if part.strip(" \t")]
    tags = [part for part in parts if part != ","]
    apart = all("," in pair for pair in itertools.pairwise(parts))
    if not tags or not apart or not all(_TAG.fullmatch(tag) for tag in tags):
        raise InputError(
            "If-Match holds no version in double quotes",
            help='write it as `If-Match: "sha256:..."`, as the ETag stands in an answer',
        )
    # Strong comparison: a weak tag is never the same. Source: RFC 9110, section 8.8.3.2.
    return Expected(
        said="versions", versions=tuple(tag[1:-1] for tag in tags if not tag.startswith("W/"))
    )
