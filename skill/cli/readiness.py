"""`tactful readiness`: how ready an account is and how far each signal is from holding; named accounts against their limits."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.desk import Desk, moment, plain
from skill.cli.events import Tenant
from skill.cli.exits import FINDINGS, exits, note
from skill.errors import InputError, NotFound

if TYPE_CHECKING:
    from skill.model.readiness import Watched

WEEKS = 4
"""So many weeks are told apart with `--weekly`."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(readiness)


def readiness(
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT", help="Id of an account, an account file, or a sample account."
        ),
    ] = None,
    watch: Annotated[
        str | None, typer.Option(metavar="A,B", help="Accounts to put against their limits.")
    ] = None,
    weekly: Annotated[
        bool, typer.Option("--weekly", help="With --watch: each of the last four weeks.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="With --watch: for a spreadsheet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    at: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="The moment to tell of.")
    ] = None,
    topics: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of Topics; the one configured if left out."),
    ] = None,
    tenant: Tenant = "default",
) -> None:
    """Each signal of an account with its value, limit and Topic, and how far it is from holding."""
    with exits(), ExitStack() as opened:
        from skill import clock

        _fits(account, watch, weekly=weekly, as_csv=as_csv, as_json=as_json)
        desk = Desk(opened, tenant, topics, moment(at), clock.now())
        if watch is None:
            assert account is not None
            _tell(account, desk, as_json=as_json)
            return
        named = [name.strip() for name in watch.split(",") if name.strip()]
        names = dict.fromkeys([*([account] if account else []), *named])
        _watch(list(names), desk, WEEKS if weekly else 1, as_csv=as_csv, as_json=as_json)


def _fits(
    account: str | None, watch: str | None, *, weekly: bool, as_csv: bool, as_json: bool
) -> None:
    if account is None and not (watch or "").replace(",", "").strip():
        raise InputError("no account is named", help="give an ACCOUNT, or --watch ACCOUNT,ACCOUNT")
    if watch is None and (weekly or as_csv):
        raise InputError(
            f"{'--weekly' if weekly else '--csv'} goes with --watch",
            help="give --watch ACCOUNT,ACCOUNT",
        )
    if as_csv and as_json:
        raise InputError("give --csv or --json, not both", pointer="--csv")


def _tell(name: str, desk: Desk, *, as_json: bool) -> None:
    from skill.policy.account.account_readiness import told

    customer = desk.customer(name)
    found = told(desk.playbook, customer, desk.moment(customer), desk.since(customer))
    to_do = desk.open_tasks(customer)
    if as_json:
        whole = {
            **found.model_dump(mode="json"),
            "open_tasks": [one.model_dump(mode="json") for one in to_do],
        }
        typer.echo(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    from skill.cli.readiness_text import lines_of

    for line in lines_of(found):
        typer.echo(line)
    for one in to_do:
        typer.echo(f"open task: {plain(one.title)}, due {one.due_at[:16]}Z ({one.id})")


def _watch(names: list[str], desk: Desk, weeks: int, *, as_csv: bool, as_json: bool) -> None:
    """The accounts that are known, in one table; status 1 where one of them is not."""
    from skill.cli import watch_table
    from skill.cli.progress import counted
    from skill.policy.account.watched import by_nearness, watched

    playbook = desk.playbook
    rows: list[Watched] = []
    moments: set[datetime] = set()
    wrong: list[str] = []
    for name in counted(names, len(names), "accounts"):
        try:
            customer = desk.customer(name)
        except (NotFound, InputError) as error:
            wrong.append(name)
            note(f"error: {error.detail}")
            continue
        moment = desk.moment(customer)
        found = watched(playbook, customer, moment, weeks=weeks)
        if not found:
            note(f"{plain(name)}: no limit in figures is known of this account")
        rows += found
        moments.add(moment)
    rows = list(by_nearness(rows))
    if as_json:
        items = [row.model_dump(mode="json") for row in rows]
        typer.echo(json.dumps({"items": items, "unknown": wrong}, indent=2, ensure_ascii=False))
    elif as_csv:
        typer.echo(watch_table.as_csv(rows, weeks), nl=False)
    else:
        for line in watch_table.as_markdown(rows, weeks, sorted(moments)):
            typer.echo(line)
    if wrong:
        raise typer.Exit(FINDINGS)
