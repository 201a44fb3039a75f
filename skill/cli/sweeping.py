"""`tactful sweep`: the readiness of every account where its usage is, once a day; or the statement alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from skill.cli.desk import Desk, moment
from skill.cli.events import Tenant, written
from skill.cli.exits import FINDINGS, exits, note
from skill.cli.progress import counted
from skill.cli.readiness_text import clean
from skill.errors import InputError, SkillError

if TYPE_CHECKING:
    from skill.model.playbook import Playbook
    from skill.sweep import Sweep, Verdict

SAMPLE = "sample"
"""The sample company as a source, in a store of its own that nothing outlives."""
_TOLD = 20
"""Signals that are shown; `--out` writes them all."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(sweep)


def sweep(
    source: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the usage is: parquet:DIR, postgresql://..., spark:DIR, or sample; our own store if left out.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge every account; keep nothing.")
    ] = False,
    sql: Annotated[
        str | None,
        typer.Option(
            metavar="DIALECT",
            help="Only print the statement: sqlite, duckdb, postgres, spark, snowflake, bigquery or clickhouse.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Where every signal that fired goes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary for programs.")] = False,
    at: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="The moment to judge by.")
    ] = None,
    topics: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of Topics; the one configured if left out."),
    ] = None,
    tenant: Tenant = "default",
) -> None:
    """Every threshold for every account; who is ready goes through the same decision as a question.

    The same day's sweep again goes on where it broke off, or finds that all is done.
    """
    with exits(), ExitStack() as opened:
        from skill import clock

        desk = Desk(opened, tenant, topics, moment(at), clock.now())
        if sql is not None:
            typer.echo(_statement(desk, sql))
            return
        from skill.settings import Settings
        from skill.sources.warehouse.engines import open_engine
        from skill.sweep import sweep as begun

        made_up = source == SAMPLE
        store = desk.made_up() if made_up else desk.store
        engine = open_engine(None if made_up else source, store=store, tenant=tenant)
        opened.callback(engine.close)
        one = begun(
            desk.playbook,
            engine,
            store,
            tenant=tenant,
            now=desk.now,
            dry_run=dry_run,
            sources=None if made_up else desk.sources,
            shadow=Settings.from_env().shadow,
        )
        lines = opened.enter_context(written(out, "--out")) if out is not None else None
        if lines is not None and not dry_run:
            for entry in _kept(one):
                lines.write(json.dumps(entry) + "\n")
        _run(one, engine.count(), lines, as_json=as_json)
        _sum_up(one, engine.count(), as_json=as_json)
        if one.found["differing"]:
            raise typer.Exit(FINDINGS)


def _statement(desk: Desk, dialect: str) -> str:
    from skill.sources.warehouse.dialects import Dialect
    from skill.sources.warehouse.statement import statement

    known = [str(one) for one in Dialect]
    if dialect not in known:
        raise InputError(
            f"`{dialect}` is no dialect that is known",
            pointer="--sql",
            help=f"use {', '.join(known)}",
        )
    return statement(desk.playbook, desk.now, dialect=Dialect(dialect))


def _kept(one: Sweep) -> Iterator[dict[str, object]]:
    """What this sweep told before it broke off: the file holds the whole day's, however often it goes on."""
    from skill.store.sweeps import fired_in

    for told in fired_in(one.store, one.key, one.standing.at):
        yield {"account": told.account, "signal": told.signal, "offer": told.offer, **told.body}


def _run(one: Sweep, total: int, lines: IO[str] | None, *, as_json: bool) -> None:
    if one.is_done:
        note("this day's sweep of these Topics was done before; nothing is done twice")
        return
    if one.standing.position:
        note(f"going on behind account `{one.standing.position}`")
    shown = 0
    try:
        for verdict in counted(_verdicts(one), total, "accounts with a signal that holds"):
            for entry in _entries(verdict):
                if lines is not None:
                    lines.write(json.dumps(entry) + "\n")
                if as_json:
                    pass
                elif shown < _TOLD:
                    typer.echo(_line(entry, one.playbook))
                elif shown == _TOLD and lines is None:
                    note("more signals fired: --out OUT.jsonl writes them all")
                shown += 1
    except SkillError:
        if not one.dry_run:
            note(
                f"kept up to account `{one.standing.position}`: the same command goes on from there"
            )
        raise


def _verdicts(one: Sweep) -> Iterator[Verdict]:
    for batch in one.verdicts():
        yield from batch


def _entries(verdict: Verdict) -> Iterator[dict[str, object]]:
    """What is told of each signal that fired, or stopped."""
    from skill.sweep import fired_of

    for signal, offer, told in fired_of(verdict):
        yield {"account": verdict.account, "signal": signal, "offer": offer, **told}
    for key in verdict.after.resolved:
        yield {"account": verdict.account, "readiness": verdict.level, "resolved": key}


def _line(entry: dict[str, object], playbook: Playbook) -> str:
    """One signal as people read it: the account, what was seen, for what, and what was decided."""
    if "resolved" in entry:
        return f"{clean(str(entry['account']))}  {entry['resolved']} no longer holds"
    offer = playbook.bundles[str(entry["offer"])].name
    decided = "offered" if entry["offered"] else f"not offered: {entry['because']}"
    seen = f"{entry['signal']}{_figure(entry['figures'])}"
    return f"{clean(str(entry['account']))}  {entry['readiness']}  {seen}  {offer}  {decided}"


def _figure(figures: object) -> str:
    told = figures if isinstance(figures, dict) else {}
    if "limit" in told:
        return f" ({told['used']} of {told['limit']})"
    value = told.get("grown") or told.get("count") or told.get("value")
    return f" ({value}{' in ' + told['window'] if 'window' in told else ''})" if value else ""


def _sum_up(one: Sweep, total: int, *, as_json: bool) -> None:
    found = one.found
    levels = {level: found[level] for level in ("ready", "warming", "unknown")}
    if as_json:
        body = {
            "source": one.key.source,
            "topics_version": one.key.version,
            "at": one.standing.at.isoformat().replace("+00:00", "Z"),
            "accounts": total,
            **{name: found[name] for name in ("judged", *levels, "fired", "resolved", "offers", "withheld", "differing")},
        }  # fmt: skip
        typer.echo(json.dumps(body, indent=2))
        return
    said = ", ".join(f"{level} {n:,}" for level, n in levels.items())
    typer.echo(f"{total:,} accounts, {found['judged']:,} of them judged one by one: {said}")
    typer.echo(
        f"signals: fired {found['fired']:,}, resolved {found['resolved']:,};"
        f" offers {found['offers']:,}, withheld {found['withheld']:,}"
    )
    if found["differing"]:
        note(
            f"{found['differing']:,} signals were judged differently by the statement and by the policy,"
            " because usage arrived meanwhile, or one of them is wrong: nothing rests on them"
        )
