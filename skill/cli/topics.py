"""`tactful topics`: check what a writer wrote, and make Topics from what a company has."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.errors import InputError

topics_app = typer.Typer(help="Check and make Topics.", no_args_is_help=True, rich_markup_mode=None)


class OutputFormat(StrEnum):
    """How findings are printed."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    topics_app.command("check")(check)
    topics_app.command("import")(import_)
    app.add_typer(topics_app, name="topics")


def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of Topics.")
    ] = None,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed.")
    ] = OutputFormat.FULL,
    strict: Annotated[bool, typer.Option(help="Warnings end with status 1 too.")] = False,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge review dates as of this day.")
    ] = None,
) -> None:
    """Compile a folder and print every finding with its place and its mend."""
    with exits():
        from skill import clock
        from skill.cli.workspace import topics_folder
        from skill.compiler import diagnostics
        from skill.compiler.folder import Compiler

        day = _day(today) if today else clock.now().date()
        compiled = Compiler().compile_folder(topics_folder(folder), day)
        found = compiled.diagnostics
        if output_format is OutputFormat.JSON:
            typer.echo(diagnostics.as_json(found))
        else:
            for one in found:
                full = output_format is OutputFormat.FULL
                typer.echo(
                    diagnostics.full(one, compiled.sources) if full else diagnostics.concise(one)
                )
        note(_summary(compiled.playbook.version, found))
        serious = ("error", "warning") if strict else ("error",)
        if any(d.severity.value in serious for d in found):
            raise typer.Exit(FINDINGS)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"`{text}` is no date", pointer="--today", help="write it as 2026-11-21"
        ) from None


def _summary(version: str, found: tuple) -> str:  # type: ignore[type-arg]
    counts = {s: sum(d.severity.value == s for d in found) for s in ("error", "warning", "note")}
    said = ", ".join(f"{n} {s}{'s' if n != 1 else ''}" for s, n in counts.items())
    return f"{said}; version {version[:19]}"


def import_(
    source: Annotated[str, typer.Argument(help="What the files are: pricing2yaml.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files to read.")],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Folder for the Topics; one within for each of several files."
        ),
    ],
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day of the import.")
    ] = None,
) -> None:
    """Turn pricing files into Topics that compile; what they cannot say is generated and marked as not reviewed."""
    with exits():
        from skill import clock
        from skill.compiler.importers.pricing2yaml import read_pricing, topics_of
        from skill.compiler.importers.writing import write_folder

        if source != "pricing2yaml":
            raise InputError(
                f"no importer `{source}`", pointer="SOURCE", help="known: pricing2yaml"
            )
        day = _day(today) if today else clock.now().date()
        read = [(path, read_pricing(path)) for path in files]
        for path, pricing in read:
            target = out if len(read) == 1 else out / _folder_name(path, files)
            write_folder(topics_of(pricing, today=day), target)
            sold = len(pricing.plans) + len(pricing.extras)
            note(f"{path.name}: {len(pricing.features)} features, {sold} bundles -> {target}")
            for lost in pricing.lost:
                note(f"  not carried over: {lost}")
        note(
            "the wording is generated: read it, then remove `generated: yes`, or try it with --allow-unreviewed"
        )


def _folder_name(path: Path, files: list[Path]) -> str:
    """The file's stem, or its folder's name where several files share a stem (`buffer/2025.yml`)."""
    stems = [f.stem for f in files]
    return path.stem if stems.count(path.stem) == 1 else f"{path.parent.name}-{path.stem}"
