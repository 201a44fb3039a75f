"""`tactful topics gaps`: what people asked and was not found; a word approved or refused in one command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.cli.publishing import By, Tenant, by_whom, opened_store
from skill.errors import DraftRefused, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from skill.compiler.adding import Added
    from skill.settings import Settings
    from skill.store.engine import Store
    from skill.store.gaps import Gap

gaps_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

GapId = Annotated[str, typer.Argument(metavar="ID", help="As `tactful topics gaps` shows it.")]
Feature = Annotated[
    str | None, typer.Option(metavar="KEY", help="The feature, where nobody or several picked one.")
]


class State(StrEnum):
    """What was decided about a gap."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"


def register(topics_app: typer.Typer) -> None:
    """Add these commands to `tactful topics`."""
    gaps_app.callback()(gaps)
    gaps_app.command("approve")(approve)
    gaps_app.command("refuse")(refuse)
    topics_app.add_typer(gaps_app, name="gaps")


def gaps(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="All of them as JSON.")] = False,
    state: Annotated[State, typer.Option(help="What was decided about them.")] = State.OPEN,
    tenant: Tenant = "default",
) -> None:
    """Questions that found nothing or were asked back, those asked most often first."""
    if context.invoked_subcommand is not None:
        return
    with exits(), opened_store() as (_, store):
        found = list(_all(store, tenant, state))
        if as_json:
            items = [gap.model_dump(mode="json") for gap in found]
            typer.echo(json.dumps({"items": items}, indent=2, ensure_ascii=False))
            return
        for gap in found:
            typer.echo(_line(gap))
        if not found:
            note("no gaps" if state is State.OPEN else f"nothing was {state.value}")
        elif state is State.OPEN:
            note("approve one with `tactful topics gaps approve ID`, or refuse it")


def approve(
    gap_id: GapId,
    topics: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of Topics to write the word into.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Add it to what is published, and publish that.")
    ] = False,
    feature: Feature = None,
    word: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The word, where it is to be another one.")
    ] = None,
    by: By = None,
    tenant: Tenant = "default",
) -> None:
    """Write what people called a feature under its `Also called`; prints where it stands."""
    with exits(), opened_store() as (settings, store):
        from skill import clock
        from skill import gaps as roof

        if publish and topics is not None:
            raise InputError("give --topics or --publish, not both", pointer="--publish")
        gap, now, who = roof.find(store, tenant, gap_id), clock.now(), by_whom(by)
        changes = {"feature": feature, "word": word}
        if publish:
            added = _published(store, tenant, gap, now, who, changes)
        else:
            added = _written(_folder(settings, topics), gap, now, changes)
        roof.approve(store, tenant, gap, added, by=who, at=now)
        typer.echo(f"{added.file}:{added.line}: {added.feature} is also called `{added.word}`")


def refuse(
    gap_id: GapId,
    feature: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only this pick; else the whole gap.")
    ] = None,
    by: By = None,
    tenant: Tenant = "default",
) -> None:
    """Remember that this is not to be proposed again."""
    with exits(), opened_store() as (_, store):
        from skill import clock
        from skill import gaps as roof

        gap = roof.refuse(store, tenant, gap_id, by=by_whom(by), at=clock.now(), feature=feature)
        note(f"refused: {_plain(gap.question)}{f' as {feature}' if feature else ''}")


def _folder(settings: Settings, named: Path | None) -> Path:
    if named is None and settings.published:
        raise InputError(
            "what is published is served here, and no folder",
            pointer="--topics",
            help="say --publish, or name your folder with --topics",
        )
    return named or settings.served_topics()


def _written(folder: Path, gap: Gap, now: datetime, changes: Mapping[str, Any]) -> Added:
    """The word in the file of a folder."""
    from skill import gaps as roof
    from skill.compiler.folder import read_folder

    sources = read_folder(folder)
    with _findings_first():
        added = roof.added_by(gap, sources, now.date(), **changes)
    roof.write(folder, added, sources[added.file])
    return added


def _published(
    store: Store, tenant: str, gap: Gap, now: datetime, who: str, changes: Mapping[str, Any]
) -> Added:
    """The word in what is published, which is then current."""
    from skill import gaps as roof
    from skill import publish as publishing
    from skill.store.topics import Expected, current

    found = current(store, tenant)
    if found is None:
        raise InputError(
            "nothing is published yet",
            pointer="--publish",
            help="name your folder with --topics, and publish it with `tactful topics publish`",
        )
    sources = publishing.files_now(store, tenant, found.version)
    with _findings_first():
        added = roof.added_by(gap, sources, now.date(), **changes)
        made = publishing.publish(
            store,
            tenant,
            added.sources,
            expected=Expected(said="versions", versions=(found.version,)),
            by=who,
            note=f"also called: {added.word} ({added.feature})",
            now=now,
        )
    note(f"published {made.act.version}")
    return added


@contextmanager
def _findings_first() -> Iterator[None]:
    """Where the word would bring a finding, print it like a compiler does; status 1."""
    try:
        yield
    except DraftRefused as error:
        from skill.compiler.diagnostics import concise

        # Its place is that of the text with the word in it, which nobody has: no line of it is shown.
        for found in error.diagnostics:
            typer.echo(f"{concise(found)}\nhelp: {found.help}")
        note(f"error: nothing was written: {error.detail}")
        raise typer.Exit(FINDINGS) from None


def _all(store: Store, tenant: str, state: State) -> Iterator[Gap]:
    from skill.store.gaps import page

    cursor: str | None = None
    while True:
        found = page(store, tenant, state=state.value, cursor=cursor, n=200)
        yield from found.items
        cursor = found.next_cursor
        if cursor is None:
            return


def _line(gap: Gap) -> str:
    """One gap on two lines: how often and when, what was asked; then what is proposed, or what was near."""
    times = f"{gap.n_asked} time{'s' if gap.n_asked != 1 else ''}"
    asked = f"{gap.id}  {times}, last {gap.last_at:%Y-%m-%d}  {_plain(gap.question)}"
    return f"{asked}\n    {_plain(_proposal(gap))}"


def _proposal(gap: Gap) -> str:
    if gap.state == "approved":
        return f"approved as {gap.feature}"
    if gap.state == "refused":
        return "refused"
    picks = [f"{p.feature} ({p.n_picked})" for p in gap.picked if p.state == "open"]
    words = f"`{gap.words}`" if gap.words else "(say --word)"
    if picks:
        return f"proposed: {words} for {', '.join(picks)}"
    near = ", ".join(one.key for one in gap.candidates)
    return f"nobody picked anything; near: {near}" if near else "nothing was found"


def _plain(text: str) -> str:
    """Text of somebody else's on one line, without what could move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
