"""`tactful topics lsp` and `schema`: Topics in an editor, and the shape of what they compile to."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from skill.cli.exits import exits
from skill.errors import SettingsError

_OF_THE_EXTRA = ("pygls", "lsprotocol")


def register(topics_app: typer.Typer) -> None:
    """Add these commands."""
    topics_app.command("lsp")(lsp)
    topics_app.command("schema")(schema)


def lsp(
    tcp: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=1, max=65535, help="Listen on this port of 127.0.0.1 instead."
        ),
    ] = None,
) -> None:
    """Speak the Language Server Protocol over standard input and output, for editors."""
    with exits():
        from skill import clock

        try:
            from skill.lsp.server import serve
        except ModuleNotFoundError as missing:
            if (missing.name or "").split(".")[0] not in _OF_THE_EXTRA:
                raise
            raise SettingsError(
                "the language server needs the extra `lsp`",
                pointer="lsp",
                help="pip install 'tactful[lsp]'",
            ) from None

        def today() -> date:
            return clock.now().date()

        serve(today, tcp)


def schema() -> None:
    """Print the JSON Schema (2020-12) of a compiled Playbook."""
    with exits():
        from skill.compiler.schema import schema_text

        typer.echo(schema_text())
