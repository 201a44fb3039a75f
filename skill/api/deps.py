"""What routes are given: who is asking, and the desk with everything that is open."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from anyio import CapacityLimiter
from fastapi import Depends, Path, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from skill.agent.loop import Agent
from skill.api.credentials import Caller, read_credential
from skill.api.watch import Topics
from skill.clock import Clock
from skill.errors import AccessError, NotAuthenticated
from skill.model.common import Frozen, slug
from skill.model.playbook import Playbook
from skill.settings import Scope, Settings
from skill.sources.billing_configured import Billing
from skill.sources.configured import Sources
from skill.sources.faults import Fault, Refused, faults_of, refuse_unusable, refuse_wild
from skill.store.engine import Store
from skill.store.usage import Id


def nobody_listens(_tenant: str, _accounts: Collection[str]) -> None:
    """Where no plays run here, there is nobody to tell."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that is open while the server runs."""

    settings: Settings
    store: Store
    topics: Topics
    clock: Clock
    agent: Agent | None = None
    """Words the answers, where a model is configured."""
    drafts: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    """Drafts are compiled one at a time beside the questions, which never wait for them."""
    sources: Sources = field(default_factory=Sources.from_env)
    """Who else is asked about customers; nobody unless the environment names them."""
    billing: Billing = field(default_factory=Billing.from_env)
    """Who is asked what an offer would cost; nobody unless the environment names them."""
    heard: Callable[[str, Collection[str]], None] = nobody_listens
    """Told of a tenant's accounts to which something happened, so that their plays look again."""


class Body(BaseModel):
    """The base of every request body: any fault is refused with its place, nothing is ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="wrap")
    @classmethod
    def _refuse(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        refuse_unusable(data)
        if isinstance(data, bytes):
            raise Refused([Fault((), "send JSON, with Content-Type: application/json", "not_json")])
        if not isinstance(data, Mapping):
            raise Refused([Fault((), "the body must be one JSON object", "not_an_object")])
        try:
            read = handler(data)
        except ValidationError as error:
            raise Refused(faults_of(error, cls)) from error
        refuse_wild(read)
        return read


class OnBehalfOf(Frozen):
    """The customer that a support caller asks for."""

    account: Id
    person: Id


# These do no waiting, so they run where the request is, without a thread for each.
async def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]


# These two only tell OpenAPI; what counts is read from the headers below, where nothing is lenient.
_BEARER = HTTPBearer(auto_error=False, description="A signed token, or an API key.")
_API_KEY = APIKeyHeader(name="X-API-Key", auto_error=False)


async def _caller(
    request: Request,
    desk: DeskDep,
    _bearer: Annotated[object, Security(_BEARER)],
    _api_key: Annotated[object, Security(_API_KEY)],
) -> Caller:
    given = {name: request.headers.getlist(name) for name in ("authorization", "x-api-key")}
    for name, values in given.items():
        if len(values) > 1:
            raise NotAuthenticated(f"the header {name} stands twice")
    authorization, api_key = (next(iter(values), None) for values in given.values())
    return read_credential(authorization, api_key, desk.settings)


def allowed(*scopes: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets through only credentials of these scopes."""

    async def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if caller.scope not in scopes:
            raise AccessError(
                f"a credential of scope `{caller.scope}` cannot do this",
                help=f"it needs the scope {' or '.join(scopes)}",
            )
        return caller

    return check


@dataclass(frozen=True, slots=True)
class Admin:
    """Who may publish: for which tenant, and the name that stands in the history."""

    tenant: str
    who: str


async def _admin(
    request: Request, desk: DeskDep, caller: Annotated[Caller, Depends(allowed("admin"))]
) -> Admin:
    if caller.person is not None:
        return Admin(caller.tenant, caller.person)
    digest = key_digest(request.headers)
    known = any(key.digest == digest for key in desk.settings.api_keys)
    # Enough of the digest to tell keys apart, and nothing of the key.
    return Admin(caller.tenant, f"key {digest[:8]}" if known else "a token without `sub`")


AdminDep = Annotated[Admin, Depends(_admin)]

Asker = Annotated[Caller, Depends(allowed("end_user", "support"))]
EndUser = Annotated[Caller, Depends(allowed("end_user"))]
Reader = Annotated[Caller, Depends(allowed("support", "admin"))]
Ingester = Annotated[Caller, Depends(allowed("ingest"))]

PathId = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An id in a path."""


def key_digest(headers: Mapping[str, str]) -> str:
    """The digest of the API key that these headers hold, or of what stands in its place."""
    bearer = headers.get("authorization", "").partition(" ")[2].strip()
    value = headers.get("x-api-key") or bearer
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()


def subject(caller: Caller, given: OnBehalfOf | None) -> tuple[str, str]:
    """The account and person that a question is about.

    Raises:
        AccessError: somebody who may only ask for themselves names somebody else.
        Refused: a support caller names nobody.
    """
    if caller.scope == "support":
        if given is None:
            raise Refused(
                [
                    Fault(
                        ("on_behalf_of",), "`on_behalf_of` is missing: name the customer", "missing"
                    )
                ]
            )
        return given.account, given.person
    if given is not None:
        raise AccessError(
            "only a support credential may ask on behalf of somebody", pointer="/on_behalf_of"
        )
    assert caller.account is not None
    assert caller.person is not None
    return caller.account, caller.person


def role_of(caller: Caller, playbook: Playbook) -> str | None:
    """The role that counts among those a token states: one that may buy before one that may not."""
    if caller.scope != "end_user":
        return None
    for role in caller.roles:
        known = playbook.roles.get(slug(role))
        if known is not None and known.can_buy:
            return role
    return next(iter(caller.roles), None)
