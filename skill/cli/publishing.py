"""`tactful topics publish`, `rollback`, `history`: versions in the store, and who made which one current."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.errors import DraftRefused, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from skill.publish import Published
    from skill.settings import Settings
    from skill.store.engine import Store
    from skill.store.topics import Act, Expected

_TOLD = 40
"""Lines of what changed; a reader who wants all of them compares the folders."""

By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who does this; your login name if left out.")
]
IfMatch = Annotated[
    str | None,
    typer.Option(metavar="VERSION", help="Only if this version is current; its beginning will do."),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; it stands in the history.")]
Tenant = Annotated[str, typer.Option(metavar="NAME", help="Whose Topics.")]


def register(topics_app: typer.Typer) -> None:
    """Add these commands to `tactful topics`."""
    topics_app.command("publish")(publish)
    topics_app.command("rollback")(rollback)
    topics_app.command("history")(history)


def publish(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of Topics.")
    ] = None,
    if_match: IfMatch = None,
    by: By = None,
    why: Note = "",
    tenant: Tenant = "default",
) -> None:
    """Check a folder and make it the version that is current; prints its version."""
    with exits(), opened_store() as (settings, store):
        from skill import clock
        from skill import publish as roof
        from skill.compiler.folder import read_folder

        files = read_folder(folder or settings.served_topics())
        now = clock.now()
        before, expected = _expected(store, tenant, if_match)
        # Read before it is published: afterwards another may be current already.
        old = roof.files_now(store, tenant, before)
        with _findings_first(files):
            made = roof.publish(
                store, tenant, files, expected=expected, by=by_whom(by), note=why, now=now
            )
        _tell(made)
        if made.changed:
            _tell_changes(old, files, now.date())


def rollback(
    version: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION]", help="Digest or its beginning; else the one before."),
    ] = None,
    if_match: IfMatch = None,
    by: By = None,
    why: Note = "",
    tenant: Tenant = "default",
) -> None:
    """Make a stored version current again, byte for byte; prints its version."""
    with exits(), opened_store() as (_, store):
        from skill import clock
        from skill import publish as roof

        now = clock.now()
        before, expected = _expected(store, tenant, if_match)
        old = roof.files_now(store, tenant, before)
        with _findings_first({}):
            made = roof.rollback(
                store, tenant, version, expected=expected, by=by_whom(by), note=why, now=now
            )
        _tell(made)
        if made.changed:
            _tell_changes(old, roof.files_now(store, tenant, made.act.version), now.date())


def history(
    as_json: Annotated[bool, typer.Option("--json", help="The whole history as JSON.")] = False,
    tenant: Tenant = "default",
) -> None:
    """Who made which version current, the newest first."""
    with exits(), opened_store() as (_, store):
        acts = list(_all_acts(store, tenant))
        if as_json:
            items = [act.model_dump(mode="json") for act in acts]
            typer.echo(json.dumps({"items": items}, indent=2, ensure_ascii=False))
            return
        if not acts:
            note("nothing is published yet")
        for act in acts:
            typer.echo(_line(act))


@contextmanager
def opened_store() -> Iterator[tuple[Settings, Store]]:
    """The same database as the server's."""
    from skill.settings import Settings
    from skill.store.engine import Store

    settings = Settings.from_env()
    store = Store.open(settings.database, tells=settings.tells)
    try:
        yield settings, store
    finally:
        store.close()


def _expected(store: Store, tenant: str, given: str | None) -> tuple[str | None, Expected]:
    """What is current, and what is to be replaced: the version named, else the current one, which is shown."""
    from skill.store.topics import Expected, current

    found = current(store, tenant)
    version = found.version if found else None
    if given is not None:
        whole = given if given.startswith("sha256:") else f"sha256:{given}"
        if len(whole) < len("sha256:") + 4:
            raise InputError(
                f"`{given}` is too short for a version",
                pointer="--if-match",
                help="give at least its first four digits",
            )
        meant = version if version and version.startswith(whole.lower()) else whole
        return version, Expected(said="versions", versions=(meant,))
    if version is None:
        note("nothing is published yet: this is the first version")
        return None, Expected(said="none_yet")
    note(f"replacing {version}")
    return version, Expected(said="versions", versions=(version,))


@contextmanager
def _findings_first(files: Mapping[str, str]) -> Iterator[None]:
    """Where a draft is refused, print why like a compiler does; status 1."""
    try:
        yield
    except DraftRefused as error:
        from skill.compiler.diagnostics import full

        for found in error.diagnostics:
            typer.echo(full(found, files))
        note(f"error: not published: {error.detail}")
        note(f"help: {error.help}")
        raise typer.Exit(FINDINGS) from None


def by_whom(name: str | None) -> str:
    """Who did it, for the history: the name said, else whoever is logged in."""
    import getpass

    if name is not None:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        # A container may have neither the variable nor a line for this user.
        raise InputError("nobody is logged in by name here", help="say --by NAME") from error


def _tell(made: Published) -> None:
    from skill.compiler.diagnostics import concise

    for found in made.diagnostics:
        if found.severity == "warning":
            note(concise(found))
    typer.echo(made.act.version)
    if not made.changed:
        note("this version is current already: nothing was written")


def _tell_changes(old: Mapping[str, str], new: Mapping[str, str], today: date) -> None:
    """What is said or done differently now, for whoever has published it."""
    if not old:
        note(f"{len(new)} {'file' if len(new) == 1 else 'files'}")
        return
    from skill.compiler.difference import as_text
    from skill.publish import what_changed

    lines = as_text(what_changed(old, new, today)).splitlines()
    for line in lines[:_TOLD] or ["nothing is said or done differently"]:
        note(line)
    if len(lines) > _TOLD:
        note(f"and {len(lines) - _TOLD} lines more")


def _all_acts(store: Store, tenant: str) -> Iterator[Act]:
    from skill import publish as roof

    cursor: str | None = None
    while True:
        page = roof.history(store, tenant, cursor=cursor, n=200)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _line(act: Act) -> str:
    said = " ".join("".join(c if c.isprintable() else " " for c in act.note).split())
    whose = "".join(c if c.isprintable() else " " for c in act.by)
    at = act.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{act.sequence:>4}  {at}  {act.act:<8}  {act.version[:19]}  {whose}  {said}".rstrip()
