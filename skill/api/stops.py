"""`/v1/stops`: the kill switch, for all offers of a tenant or for one, at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from skill.api.deps import AdminDep, Body, Desk, DeskDep
from skill.compiler.labels import nearest
from skill.errors import InputError, NotFound, SkillError
from skill.model.common import Frozen, slug
from skill.model.delivery import Stop
from skill.store import stops

router = APIRouter(tags=["stops"])

OfferKey = Annotated[str, StringConstraints(max_length=200)]


class StopBody(Body):
    """What is to stop."""

    offer: OfferKey = ""
    """Key or name of a bundle; empty stops all offers."""
    why: str = Field(default="", max_length=1_000)
    """The reason, for colleagues."""


class StopsBody(Frozen):
    """What is stopped now."""

    items: tuple[Stop, ...]


class StoppedBody(Frozen):
    """A stop that was pulled."""

    stop: Stop
    n_queued: int
    """How many that were queued are kept from leaving."""


@router.get("/v1/stops")
def list_stops(caller: AdminDep, desk: DeskDep) -> StopsBody:
    """What is stopped, the stop of all offers first."""
    return StopsBody(items=stops.standing(desk.store, caller.tenant))


@router.put("/v1/stops")
def pull_stop(body: StopBody, caller: AdminDep, desk: DeskDep) -> StoppedBody:
    """Offer nothing from now on, or not this bundle; what is queued is kept from leaving. Questions are still answered."""
    stop = Stop(
        offer=_meant(body.offer, caller.tenant, desk),
        since=desk.clock(),
        by=caller.who,
        why=body.why,
    )
    return StoppedBody(stop=stop, n_queued=stops.pull(desk.store, caller.tenant, stop))


@router.delete("/v1/stops")
def end_stop(
    caller: AdminDep,
    desk: DeskDep,
    offer: Annotated[OfferKey, Query(description="Key of a bundle; empty is all offers.")] = "",
) -> StopsBody:
    """End a stop, and tell what is still stopped. What it kept from leaving does not leave any more."""
    key = slug(offer)
    if not stops.release(desk.store, caller.tenant, key):
        raise NotFound(f"there is no stop of {f'`{key[:80]}`' if key else 'all offers'}")
    return StopsBody(items=stops.standing(desk.store, caller.tenant))


def _meant(offer: str, tenant: str, desk: Desk) -> str:
    """The key of the bundle; one that no Topic knows would stop nothing, so it is refused.

    Raises:
        InputError: the Topics know no such bundle.
    """
    if not offer:
        return ""
    key = slug(offer)
    try:
        bundles: Mapping[str, object] = desk.topics.of(tenant).workspace.playbook.bundles
    except SkillError:
        # A kill switch works where no Topics can be read too.
        bundles = {key: None} if key else {}
    if key in bundles:
        return key
    near = nearest(offer[:80], bundles)
    raise InputError(
        f"no bundle `{offer[:80]}` in these Topics, so nothing was stopped",
        pointer="/offer",
        help=f"did you mean `{near}`?" if near else "leave it out to stop all offers",
    )
