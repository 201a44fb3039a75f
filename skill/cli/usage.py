"""`tactful usage set`: a figure typed by hand, kept as a reading like any other."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

import typer

from skill.cli.events import Tenant, Topics, declared_meters
from skill.cli.exits import FINDINGS, exits, note
from skill.cli.publishing import By, by_whom, opened_store

usage_app = typer.Typer(help="Figures typed by hand.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add this group to the command line."""
    usage_app.callback()(_group)
    usage_app.command("set")(set_usage)
    app.add_typer(usage_app, name="usage")


def _group() -> None:
    """Figures typed by hand."""


def set_usage(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id of the account.")],
    meter: Annotated[str, typer.Argument(metavar="METER", help="As the Topics declare it.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The figure, such as 41000.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it was so; now if left out.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="UNIT", help="To be compared with the meter's own.")
    ] = None,
    by: By = None,
    tenant: Tenant = "default",
    topics: Topics = None,
) -> None:
    """Keep a figure, with `typed by NAME` as its source. The same figure twice is kept once."""
    with exits(), opened_store() as (settings, store):
        from skill import clock
        from skill.sources.entries import Checks, Unfit, read_usage
        from skill.store.usage import take

        now = clock.now()
        checks = Checks(now=now, meters=declared_meters(settings, store, tenant, topics, now))
        when = at or now.isoformat()
        said = {"account": account, "meter": meter, "at": when, "value": value}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        raw = {**said, "id": digest[:32], **({"unit": unit} if unit is not None else {})}
        source = f"typed by {_plain(by_whom(by))}"
        read = read_usage(raw, (), checks, source=source)
        placed, refused = ([read], {}) if not isinstance(read, Unfit) else ([], {read.reason: 1})
        taken = take(store, tenant, placed, refused=refused, now=now)
        if isinstance(read, Unfit):
            for fault in read.faults:
                note(f"error: {fault.detail}")
                if fault.help:
                    note(f"help: {fault.help}")
            raise typer.Exit(FINDINGS)
        if taken.duplicates:
            note("this figure was kept before")
        typer.echo(f"{account}: {read.entry.meter} {value} at {when}, {source}")  # type: ignore[union-attr]


def _plain(name: str) -> str:
    """A name on one line, short enough for a key."""
    return "".join(c if c.isprintable() else " " for c in name)[:150]
