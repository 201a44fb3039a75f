"""`/v1/reports`: what restraint did, and what shadow mode would have shown, as JSON or as a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Header, HTTPException, Query
from pydantic import AwareDatetime, BaseModel
from starlette.responses import Response

from skill import reports
from skill.api.accepts import preferred
from skill.api.deps import AdminDep, Desk, DeskDep
from skill.delivery.report_rows import restraint_csv, shadow_csv
from skill.errors import SkillError
from skill.model.playbook import Playbook
from skill.model.restraint_report import RestraintReport, ShadowReport
from skill.sources.faults import Fault, Refused

router = APIRouter(tags=["reports"])

MEDIA = {"json": "application/json", "csv": "text/csv"}
"""The media type of each form; the first is what whoever takes anything is given."""
USUAL = timedelta(days=30)
FIRST, LAST = 1970, 9998
"""Years in which a moment can be told in every zone, and a month before it too."""
_HEADERS = {"Cache-Control": "private, no-store", "Vary": "Accept"}
_TABLE: dict[str, Any] = {"content": {"text/csv": {"schema": {"type": "string"}}}}
_NOT_ACCEPTABLE: dict[str, Any] = {
    "description": "Not Acceptable",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

Since = Annotated[
    AwareDatetime | None, Query(description="Decided then or later; 30 days before the end.")
]
Until = Annotated[AwareDatetime | None, Query(description="Decided before; now if left out.")]
Accept = Annotated[str, Header()]
Report = TypeVar("Report", bound=BaseModel)


@router.get(
    "/v1/reports/restraint",
    response_class=Response,
    responses={200: {"model": RestraintReport, **_TABLE}, 406: _NOT_ACCEPTABLE},
)
def restraint_report(
    caller: AdminDep,
    desk: DeskDep,
    since: Since = None,
    until: Until = None,
    accept: Accept = "*/*",
) -> Response:
    """What was offered, what was kept back and by which line of the Topics, and how much anybody was shown."""
    form = _form(accept)
    start, end = _span(since, until, desk)
    playbook = _playbook(desk, caller.tenant)
    made = reports.restraint(desk.store, caller.tenant, playbook, since=start, until=end)
    return _told(made, form, restraint_csv)


@router.get(
    "/v1/reports/shadow",
    response_class=Response,
    responses={200: {"model": ShadowReport, **_TABLE}, 406: _NOT_ACCEPTABLE},
)
def shadow_report(
    caller: AdminDep,
    desk: DeskDep,
    since: Since = None,
    until: Until = None,
    accept: Accept = "*/*",
) -> Response:
    """What would have been shown while shadow mode showed nothing."""
    form = _form(accept)
    start, end = _span(since, until, desk)
    playbook = _playbook(desk, caller.tenant)
    made = reports.shadow(desk.store, caller.tenant, playbook, since=start, until=end)
    return _told(made, form, shadow_csv)


def _form(accept: str) -> str:
    form = preferred(accept, MEDIA)
    if form is None:
        raise HTTPException(406, detail=f"a report is {' or '.join(MEDIA.values())}")
    return form


def _span(since: datetime | None, until: datetime | None, desk: Desk) -> tuple[datetime, datetime]:
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and not FIRST <= moment.year <= LAST:
            raise Refused([Fault((name,), f"`{name}` is in no year of ours", "out_of_range")])
    end = until or desk.clock()
    start = since or end - USUAL
    if start >= end:
        raise Refused([Fault(("since",), "`since` is not before `until`", "out_of_range")])
    return start, end


def _playbook(desk: Desk, tenant: str) -> Playbook | None:
    """The Topics that are served; a report is made without them too."""
    try:
        return desk.topics.of(tenant).workspace.playbook
    except SkillError:
        return None


def _told(made: Report, form: str, table: Callable[[Report], str]) -> Response:
    if form == "csv":
        return Response(table(made), media_type=f"{MEDIA['csv']}; charset=utf-8", headers=_HEADERS)
    return Response(made.model_dump_json(), media_type=MEDIA["json"], headers=_HEADERS)
