"""`tactful topics`: check what a writer wrote, and make Topics from what a company has."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli import editing, gaps, making, publishing, reading, rules_cli
from skill.cli.exits import FINDINGS, exits, note
from skill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skill.model.playbook import Playbook
    from skill.model.topic import Diagnostic

topics_app = typer.Typer(help="Check and make Topics.", no_args_is_help=True, rich_markup_mode=None)


class OutputFormat(StrEnum):
    """How findings are printed."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    topics_app.command("check")(check)
    making.register(topics_app, app)
    publishing.register(topics_app)
    reading.register(topics_app)
    rules_cli.register(topics_app)
    editing.register(topics_app)
    gaps.register(topics_app)
    app.add_typer(topics_app, name="topics")


def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of Topics.")
    ] = None,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed.")
    ] = OutputFormat.FULL,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the mends that are beyond doubt.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings end with status 1 too.")
    ] = False,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge review dates as of this day.")
    ] = None,
) -> None:
    """Compile a folder and print every finding with its place and its mend."""
    with exits():
        from skill import clock
        from skill.cli.workspace import topics_folder
        from skill.compiler.folder import Compiler

        day = _day(today) if today else clock.now().date()
        where = topics_folder(folder)
        if fix:
            _fix(where, day)
        compiled = Compiler().compile_folder(where, day)
        found = compiled.diagnostics
        printed = _printed(output_format, found, compiled.sources, where)
        if printed:
            typer.echo(printed)
        note(_held(compiled.playbook))
        note(_summary(compiled.playbook.version, found))
        serious = ("error", "warning") if strict else ("error",)
        if any(d.severity.value in serious for d in found):
            raise typer.Exit(FINDINGS)


def _fix(folder: Path, day: date) -> None:
    """Write the mends that are beyond doubt, and say which."""
    from skill.compiler.diagnostics import concise
    from skill.compiler.folder import read_folder, write_whole
    from skill.compiler.mending import mend

    sources = read_folder(folder)
    result = mend(sources, day)
    for name, text in result.sources.items():
        if text != sources[name]:
            write_whole(folder / name, text)
    for one in result.mended:
        note(f"mended: {concise(one)} -> `{one.replacement}`")
    note(f"{len(result.mended)} mended" if result.mended else "nothing that could be mended safely")


def _printed(
    output_format: OutputFormat,
    found: tuple[Diagnostic, ...],
    sources: Mapping[str, str],
    folder: Path,
) -> str:
    """All findings in the form that was asked for."""
    from skill.compiler import diagnostics, reports

    match output_format:
        case OutputFormat.FULL:
            return "\n".join(diagnostics.full(one, sources) for one in found)
        case OutputFormat.CONCISE:
            return "\n".join(diagnostics.concise(one) for one in found)
        case OutputFormat.JSON:
            return diagnostics.as_json(found)
        case OutputFormat.GITHUB:
            return reports.as_github(found, _from_here(folder))
        case OutputFormat.SARIF:
            return reports.as_sarif(found, _from_here(folder))


def _from_here(folder: Path) -> str:
    """A folder as other programs find it from where the command runs."""
    whole, here = folder.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else whole).as_posix()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"`{text}` is no date", pointer="--today", help="write it as 2026-11-21"
        ) from None


def _held(playbook: Playbook) -> str:
    """What was read, so that somebody sees what was not: no restraint keeps no offer back."""
    counts = {
        "feature": len(playbook.features),
        "bundle": len(playbook.bundles),
        "signal": len(playbook.thresholds),
        "play": len(playbook.plays),
        "row of restraint": len(playbook.restraints),
    }
    said = []
    for what, n in counts.items():
        many = what.replace("row", "rows") if " " in what else f"{what}s"
        said.append(f"{n} {what if n == 1 else many}")
    alone = "; nothing keeps offers back" if playbook.bundles and not playbook.restraints else ""
    return ", ".join(said) + alone


def _summary(version: str, found: tuple[Diagnostic, ...]) -> str:
    counts = {s: sum(d.severity.value == s for d in found) for s in ("error", "warning", "note")}
    said = ", ".join(f"{n} {s}{'s' if n != 1 else ''}" for s, n in counts.items())
    return f"{said}; version {version[:19]}"
