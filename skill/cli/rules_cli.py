"""`tactful topics rule`: the page of one finding, or the list of all."""

from __future__ import annotations

from typing import Annotated

import typer

from skill.cli.exits import exits
from skill.errors import InputError


def register(topics_app: typer.Typer) -> None:
    """Add this command."""
    topics_app.command("rule")(rule)


def rule(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="A code such as T302, or its name; all without it."),
    ] = None,
) -> None:
    """Explain a finding: what it is, why it matters, and a wrong and a right example."""
    with exits():
        from skill.compiler.rule_pages import code_of, rule_page

        if code is None:
            typer.echo(_listed())
            return
        known = code_of(code)
        if known is None:
            raise InputError(f"no finding is called `{code}`", pointer="CODE", help=_meant(code))
        typer.echo(rule_page(known), nl=False)


def _meant(written: str) -> str:
    from skill.compiler.diagnostics import CODES
    from skill.compiler.rule_pages import nearest_code

    near = nearest_code(written)
    if near is None:
        return "see them all with `tactful topics rule`"
    return f"did you mean {near} ({CODES[near][0]})?"


def _listed() -> str:
    """Every code with its severity and name, and what it is in one sentence."""
    from skill.compiler.diagnostics import CODES
    from skill.compiler.rule_pages import in_short

    return "\n".join(
        f"{code} {name} ({severity.value})\n     {in_short(code)}"
        for code, (name, severity) in CODES.items()
    )
