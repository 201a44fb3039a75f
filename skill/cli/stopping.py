"""`tactful stop` and `tactful resume`: the kill switch, for all offers of a tenant or for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.events import Tenant
from skill.cli.exits import exits, note
from skill.cli.publishing import By, by_whom, opened_store
from skill.errors import InputError, SkillError

if TYPE_CHECKING:
    from skill.model.delivery import Stop
    from skill.model.playbook import Playbook

Offer = Annotated[
    str | None, typer.Option(metavar="KEY", help="Only this bundle; all offers if left out.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(stop)
    app.command()(resume)


def stop(
    offer: Offer = None,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="The reason, for colleagues.")
    ] = "",
    by: By = None,
    tenant: Tenant = "default",
) -> None:
    """Offer nothing from now on, or not this bundle; what is queued is kept from leaving too."""
    with exits(), opened_store() as (_, store):
        from skill import clock
        from skill.model.delivery import Stop
        from skill.store import stops

        one = Stop(offer=_meant(offer, tenant), since=clock.now(), by=by_whom(by), why=why)
        n = stops.pull(store, tenant, one)
        typer.echo(f"stopped: {_name(one.offer)}, for `{tenant}`; {n:,} queued kept from leaving")
        note(f"questions are still answered; `{_back(one.offer, tenant)}` ends it")


def resume(offer: Offer = None, tenant: Tenant = "default") -> None:
    """End a stop; what it kept from leaving does not leave any more."""
    with exits(), opened_store() as (_, store):
        from skill.model.common import slug
        from skill.store import stops

        key = slug(offer) if offer is not None else ""
        if not stops.release(store, tenant, key):
            standing = stops.standing(store, tenant)
            raise InputError(
                f"there is no stop of {_name(key)} for `{tenant}`",
                pointer="--offer" if key else "--tenant",
                help=_told(standing),
            )
        typer.echo(f"resumed: {_name(key)}, for `{tenant}`")
        for left in stops.standing(store, tenant):
            note(f"still stopped: {_name(left.offer)}, since {left.since:%Y-%m-%d %H:%M} UTC")


def _meant(offer: str | None, tenant: str) -> str:
    """The key of the bundle; a name that no Topic knows would stop nothing, so it is refused.

    Raises:
        InputError: the Topics know no such bundle.
    """
    if offer is None:
        return ""
    from skill.compiler.labels import nearest
    from skill.model.common import slug

    key = slug(offer)
    if not key:
        raise InputError("`--offer` names nothing", pointer="--offer")
    playbook = _playbook(tenant)
    if playbook is None:
        note("the Topics cannot be read: nobody can say whether they know this bundle")
    elif key not in playbook.bundles:
        near = nearest(offer[:80], playbook.bundles)
        raise InputError(
            f"no bundle `{offer[:80]}` in these Topics, so nothing was stopped",
            pointer="--offer",
            help=f"did you mean `{near}`?" if near else "leave it out to stop all offers",
        )
    return key


def _playbook(tenant: str) -> Playbook | None:
    """The Topics that are published, or those that are configured; a kill switch works without them too."""
    from contextlib import ExitStack

    from skill import clock
    from skill.cli.desk import Desk

    with ExitStack() as opened:
        try:
            return Desk(opened, tenant, None, None, clock.now()).playbook
        except SkillError:
            return None


def _name(key: str) -> str:
    return f"`{key}`" if key else "all offers"


def _back(key: str, tenant: str) -> str:
    more = [f"--offer {key}"] if key else []
    more += [f"--tenant {tenant}"] if tenant != "default" else []
    return " ".join(["tactful resume", *more])


def _told(standing: tuple[Stop, ...]) -> str:
    if not standing:
        return "nothing is stopped"
    return f"stopped is {', '.join(_name(one.offer) for one in standing)}"
