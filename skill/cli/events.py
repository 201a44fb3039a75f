"""`tactful events`: files of usage and product events loaded into the store, and what became of everything sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.cli.publishing import opened_store
from skill.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from skill.settings import Settings
    from skill.sources.entries import Checks, Unfit
    from skill.sources.files import Line
    from skill.store.counts import DayCounts
    from skill.store.engine import Store
    from skill.store.usage import Conflict

BATCH = 500
"""Entries in one transaction."""

_TOLD = 20
"""Refused lines that are shown; `--refused` writes them all."""

Tenant = Annotated[str, typer.Option(metavar="NAME", help="Whose customers.")]
Topics = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of Topics that declares the meters.")
]

events_app = typer.Typer(
    help="Usage and product events.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add this group to the command line."""
    events_app.command("load")(load)
    events_app.command("counts")(show_counts)
    app.add_typer(events_app, name="events")


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    accepted: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    shown: int = 0


def load(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="JSON Lines, CSV or Parquet.")
    ],
    tenant: Tenant = "default",
    topics: Topics = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check; keep and count nothing.")
    ] = False,
    refused: Annotated[
        Path | None,
        typer.Option(metavar="OUT.jsonl", help="Where refused lines are written, with the reason."),
    ] = None,
) -> None:
    """Load files in batches; lines that cannot be kept are named, and the rest is loaded.

    The same file again is duplicates only, so whatever broke off is simply started again.
    """
    with exits(), ExitStack() as stack:
        from skill import clock
        from skill.sources.entries import Checks

        settings, store = stack.enter_context(opened_store())
        now = clock.now()
        checks = Checks(now=now, meters=declared_meters(settings, store, tenant, topics, now))
        out = stack.enter_context(written(refused, "--refused")) if refused is not None else None
        tally = Tally()
        for path in files:
            _load_file(path, None if dry_run else store, tenant, checks, tally, out)
        _sum_up(tally, dry_run=dry_run)
        if tally.refused:
            raise typer.Exit(FINDINGS)


def show_counts(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    days: Annotated[int, typer.Option(metavar="N", help="So many days, the newest first.")] = 31,
    tenant: Tenant = "default",
) -> None:
    """What became of everything that was sent, by day and reason."""
    with exits(), opened_store() as (_, store):
        from skill.store.counts import counts

        if not 1 <= days <= 3_660:
            raise InputError(f"`{days}` is no number of days", help="use 1 to 3,660")
        found = counts(store, tenant, n=days).items
        if as_json:
            items = [one.model_dump(mode="json") for one in found]
            typer.echo(json.dumps({"items": items}, indent=2))
            return
        for one in found:
            typer.echo(_counted_line(one))
        if not found:
            note("nothing was received yet")


def declared_meters(
    settings: Settings, store: Store, tenant: str, named: Path | None, now: datetime
) -> dict[str, str] | None:
    """Unit of each meter of the Topics that are served; None where this tenant has published none.

    Raises:
        SettingsError: no Topics are served here, and none are named.
        TopicError: they cannot be read, or have errors.
    """
    from skill.compiler.folder import Compiler
    from skill.errors import TopicError

    if settings.published and named is None:
        from skill.publish import compiled_version
        from skill.store.topics import current

        found = current(store, tenant)
        if found is None:
            note("this tenant has published no Topics: meters and units are not checked")
            return None
        compiled = compiled_version(store, tenant, found.version, now.date())
    else:
        compiled = Compiler().compile_folder(named or settings.served_topics(), now.date())
    if not compiled.servable:
        raise TopicError("these Topics have errors", help="see `tactful topics check`")
    return {meter.key: meter.unit for meter in compiled.playbook.meters.values()}


def _load_file(
    path: Path,
    store: Store | None,
    tenant: str,
    checks: Checks,
    tally: Tally,
    out: IO[str] | None,
) -> None:
    from skill.cli.progress import counted
    from skill.sources.files import count_lines, lines_of

    total = -(-count_lines(path) // BATCH)
    lines = lines_of(path)
    for batch in counted(_batches(lines), total, path.name):
        _load_batch(path, batch, store, tenant, checks, tally, out)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _load_batch(
    path: Path,
    lines: list[Line],
    store: Store | None,
    tenant: str,
    checks: Checks,
    tally: Tally,
    out: IO[str] | None,
) -> None:
    from skill.sources.entries import Batch, Unfit
    from skill.store.usage import CONFLICT, take

    read = [(line, line.read(checks)) for line in lines]
    unfit = [(line, one) for line, one in read if isinstance(one, Unfit)]
    batch = Batch(
        tuple(one for _, one in read if not isinstance(one, Unfit)), tuple(one for _, one in unfit)
    )
    by_pointer = {f"/{line.number}": line for line in lines}
    refused = [(line, one.reason, _words(one)) for line, one in unfit]
    if store is None:
        tally.accepted += len(batch.placed)
    else:
        taken = take(store, tenant, batch.placed, refused=batch.refused, now=checks.now)
        tally.accepted += taken.accepted
        tally.duplicates += taken.duplicates
        refused += [(by_pointer[c.pointer], CONFLICT, _conflict(c)) for c in taken.conflicts]
    for line, reason, detail in sorted(refused, key=lambda one: one[0].number):
        tally.refused[reason] += 1
        _tell(path, line, reason, detail, tally, out)


def _tell(
    path: Path, line: Line, reason: str, detail: str, tally: Tally, out: IO[str] | None
) -> None:
    if tally.shown < _TOLD:
        note(f"{path}:{line.number}: {reason}: {detail}")
    elif tally.shown == _TOLD:
        note("more lines are refused" + ("" if out else ": --refused OUT.jsonl writes them all"))
    tally.shown += 1
    if out is not None:
        entry = {"file": str(path), "line": line.number, "reason": reason, "detail": detail}
        out.write(json.dumps({**entry, "entry": line.raw}, default=str) + "\n")


def _words(unfit: Unfit) -> str:
    return "; ".join(
        f"{fault.detail}{f' ({fault.help})' if fault.help else ''}" for fault in unfit.faults
    )


def _conflict(conflict: Conflict) -> str:
    return f"`{conflict.id}` came before with other content"


def written(path: Path, option: str) -> IO[str]:
    """A file to write lines to, named by an option.

    Raises:
        InputError: it cannot be written.
    """
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", pointer=option) from error


def _sum_up(tally: Tally, *, dry_run: bool) -> None:
    kept = "could be kept" if dry_run else "accepted"
    parts = [f"{kept} {tally.accepted:,}"]
    if not dry_run:
        parts.append(f"duplicates {tally.duplicates:,}")
    parts.append(f"refused {tally.refused.total():,}{_reasons(tally.refused)}")
    typer.echo(", ".join(parts))
    if dry_run:
        note("nothing was kept or counted; whether an id came before was not looked up")


def _counted_line(one: DayCounts) -> str:
    refused = Counter(one.refused)
    return (
        f"{one.day}  received {one.received:,}  accepted {one.accepted:,}"
        f"  duplicates {one.duplicates:,}  refused {refused.total():,}{_reasons(refused)}"
    )


def _reasons(refused: Counter[str]) -> str:
    said = ", ".join(f"{reason} {n:,}" for reason, n in sorted(refused.items()))
    return f" ({said})" if said else ""
