"""`tactful decisions`: what was decided, read back, and why another offer was not made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.desk import moment
from skill.cli.events import Tenant
from skill.cli.exits import exits, note
from skill.cli.publishing import opened_store
from skill.errors import InputError, NotFound

if TYPE_CHECKING:
    from skill.store.engine import Store
    from skill.store.ledger import Listed, Recorded

MOST_LISTED = 10_000

decisions_app = typer.Typer(help="Recorded decisions.", no_args_is_help=True, rich_markup_mode=None)

DecisionId = Annotated[str, typer.Argument(metavar="ID", help="Id of a decision: dec_...")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    app.add_typer(decisions_app, name="decisions")


@decisions_app.command("list")
def list_decisions(
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Only about this account.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only from this moment on.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many.")] = 20,
    as_json: AsJson = False,
    tenant: Tenant = "default",
) -> None:
    """What was decided, the newest first."""
    with exits(), opened_store() as (_, store):
        if not 1 <= limit <= MOST_LISTED:
            raise InputError(
                f"`{limit}` is no number of decisions to list",
                pointer="--limit",
                help=f"give 1 to {MOST_LISTED:,}",
            )
        first = moment(since, "--since")
        found = list(_listed(store, tenant, account, first, limit))
        if as_json:
            items = [one.model_dump(mode="json") for one in found]
            typer.echo(json.dumps({"items": items}, indent=2, ensure_ascii=False))
            return
        if not found:
            note("no decision is recorded that fits")
            return
        from skill.cli.decisions_text import list_lines

        for line in list_lines(found):
            typer.echo(line)


def _listed(
    store: Store, tenant: str, account: str | None, since: datetime | None, limit: int
) -> Iterator[Listed]:
    from skill.store.ledger import page

    cursor: str | None = None
    left = limit
    while left:
        found = page(store, tenant, account=account, cursor=cursor, n=min(left, 200))
        for one in found.items:
            if since is not None and one.at < since:
                return
            left -= 1
            yield one
        cursor = found.next_cursor
        if cursor is None:
            return


@decisions_app.command("show")
def show(decision: DecisionId, as_json: AsJson = False, tenant: Tenant = "default") -> None:
    """One decision with everything it was made from, and every verdict on the way."""
    with exits(), opened_store() as (_, store):
        kept = _kept(store, tenant, decision)
        if as_json:
            from skill.hindsight import body_of

            typer.echo(json.dumps(body_of(kept), indent=2, ensure_ascii=False, default=str))
            return
        from skill.cli.decisions_text import show_lines

        for line in show_lines(kept):
            typer.echo(line)


@decisions_app.command("why-not")
def why_not(
    decision: DecisionId,
    offer: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only this bundle, by key or name.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The same question about the same inputs, then."),
    ] = None,
    topics: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Decide again by this folder of Topics instead."),
    ] = None,
    as_json: AsJson = False,
    tenant: Tenant = "default",
) -> None:
    """For each offer that was not made: all that failed, and the smallest change after which it is made."""
    with exits(), ExitStack() as opened:
        from skill import clock
        from skill.cli.desk import Desk
        from skill.hindsight import topics_of, why_not_of

        moment_asked = moment(at, "--at")
        now = clock.now()
        desk = Desk(opened, tenant, topics, None, now)
        kept = _kept(desk.store, tenant, decision)

        playbook = (
            desk.playbook
            if topics is not None
            else topics_of(desk.store, kept, lambda: desk.playbook, now.date())
        )
        report = why_not_of(kept, playbook, offer=offer, at=moment_asked)
        if as_json:
            typer.echo(json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=False))
            return
        from skill.cli.decisions_text import why_not_lines

        for line in why_not_lines(report):
            typer.echo(line)


def _kept(store: Store, tenant: str, decision: str) -> Recorded:
    from skill.store.ledger import find

    kept = find(store, tenant, decision)
    if kept is None:
        raise NotFound(
            f"there is no decision `{decision[:80]}`",
            help="see `tactful decisions list`; questions of `tactful ask` are not recorded",
        )
    return kept
