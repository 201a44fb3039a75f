"""`GET /v1/features/{feature_key}/access`: the gate alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from skill.api.deps import Asker, DeskDep, OnBehalfOf, PathId, role_of, subject
from skill.ask import check_access
from skill.errors import AccessError, InputError, NotFound
from skill.model.decision import Surface
from skill.sources.faults import Fault, Refused
from skill.sources.own import customer_of
from skill.store.stops import stopped
from skill.store.usage import Id

router = APIRouter(tags=["ask"])


@router.get("/v1/features/{feature_key}/access")
def feature_access(
    feature_key: PathId,
    caller: Asker,
    desk: DeskDep,
    account: Annotated[Id | None, Query()] = None,
    person: Annotated[Id | None, Query()] = None,
) -> dict[str, Any]:
    """Whether somebody has a feature. `account` and `person` are for support alone."""
    who = _named(account, person)
    if who is not None and caller.scope != "support":
        raise AccessError("only a support credential may name a customer", pointer="?account")
    account_id, person_id = subject(caller, who)
    now = desk.clock()
    workspace = desk.topics.of(caller.tenant).workspace
    support = caller.scope == "support"
    customer = customer_of(
        desk.store,
        tenant=caller.tenant,
        account=account_id,
        person=person_id,
        now=now,
        role=role_of(caller, workspace.playbook),
        sources=desk.sources,
        playbook=workspace.playbook,
    )
    surface = Surface.SUPPORT_COPILOT if support else Surface.IN_PRODUCT
    try:
        return check_access(
            workspace,
            feature_key,
            customer,
            now=now,
            surface=surface,
            support=support,
            stops=stopped(desk.store, caller.tenant),
            shadow=desk.settings.shadow,
        )
    except InputError as error:
        # The name stands in the address, so what it names is not there.
        raise NotFound(error.detail, help=error.help) from error


def _named(account: str | None, person: str | None) -> OnBehalfOf | None:
    if account is None and person is None:
        return None
    if account is None or person is None:
        missing = "account" if account is None else "person"
        raise Refused([Fault((missing,), f"`{missing}` is missing beside the other", "missing")])
    return OnBehalfOf(account=account, person=person)
