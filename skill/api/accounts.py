"""`PUT /v1/accounts/{id}` and `PUT /v1/people/{id}`: what is known about customers, told to us."""

from __future__ import annotations

from fastapi import APIRouter, Response

from skill.api.credentials import Caller
from skill.api.deps import Body, DeskDep, Ingester, PathId
from skill.errors import AccessError
from skill.model.account import Account, Fact, Incident, Past, Person, Ticket
from skill.sources.faults import Fault, Refused
from skill.store.accounts import Beside, put_account, put_person
from skill.store.usage import Id

router = APIRouter(tags=["customers"])


class AccountBody(Body, Account):
    """An account's own fields, and what stands beside them."""

    tickets: tuple[Ticket, ...] | None = None
    """All of them, replacing those kept; absent leaves them."""
    incidents: tuple[Incident, ...] | None = None
    """All of them, replacing those kept; absent leaves them."""
    history: tuple[Past, ...] = ()
    """Added to what is kept."""
    facts: tuple[Fact, ...] = ()
    """Each replaces the one of its name, unless that is newer."""


class PersonBody(Body, Person):
    """A person's own fields, and the account."""

    account: Id


@router.put("/v1/accounts/{account_id}", status_code=204)
def upsert_account(
    account_id: PathId, body: AccountBody, caller: Ingester, desk: DeskDep
) -> Response:
    """Keep an account as it is now; its own fields are replaced whole."""
    _same(account_id, body.id if "id" in body.model_fields_set else None)
    may_touch(caller, account_id)
    own = {name: getattr(body, name) for name in Account.model_fields}
    beside = Beside(
        facts=body.facts, tickets=body.tickets, incidents=body.incidents, history=body.history
    )
    account = Account.model_validate({**own, "id": account_id})
    put_account(desk.store, caller.tenant, account, beside, at=desk.clock())
    return Response(status_code=204)


@router.put("/v1/people/{person_id}", status_code=204)
def upsert_person(person_id: PathId, body: PersonBody, caller: Ingester, desk: DeskDep) -> Response:
    """Keep a person of an account as they are now."""
    _same(person_id, body.id if "id" in body.model_fields_set else None)
    may_touch(caller, body.account)
    own = {name: getattr(body, name) for name in Person.model_fields}
    person = Person.model_validate({**own, "id": person_id})
    put_person(desk.store, caller.tenant, body.account, person, at=desk.clock())
    return Response(status_code=204)


def may_touch(caller: Caller, account: str) -> None:
    """Refuse a credential that is bound to another account.

    Raises:
        AccessError: its `account` is another one.
    """
    if caller.account is not None and caller.account != account:
        raise AccessError(f"this credential is bound to the account `{caller.account}`")


def _same(in_path: str, in_body: str | None) -> None:
    if in_body is not None and in_body != in_path:
        raise Refused([Fault(("id",), "`id` is not the one of the address", "conflict")])
