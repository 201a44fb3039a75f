"""`tactful verify`: proves any answer against Topics, with no other input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from skill.cli.exits import FINDINGS, exits, note
from skill.errors import InputError

MAX_BYTES = 50_000_000


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(verify)


def verify(
    answers: Annotated[
        Path, typer.Argument(metavar="ANSWER.json", help="One answer, or one a line.")
    ],
    topics: Annotated[Path | None, typer.Option(help="The Topics it was made from.")] = None,
) -> None:
    """Check every quote, figure, price, name and link of an answer; status 1 where one is not proven."""
    with exits():
        from skill import clock
        from skill.agent.grounding import Prover
        from skill.cli.workspace import topics_folder
        from skill.compiler.folder import Compiler, refuse_errors

        folder = topics_folder(topics)
        compiled = Compiler().compile_folder(folder, clock.now().date())
        refuse_errors(compiled, str(folder))
        prover = Prover(compiled.playbook)
        n_quotes = n_prices = n_failed = 0
        bodies = _bodies(answers)
        for place, body in bodies:
            proof = prover.prove(body)
            n_quotes += proof.n_quotes
            n_prices += proof.n_prices
            n_failed += not proof.holds
            for problem in proof.problems:
                typer.echo(f"{place}{problem.where}: {problem.said}")
        counts = ((len(bodies), "answer"), (n_quotes, "quote"), (n_prices, "price"))
        said = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
        note(f"{said}: {'all proven' if not n_failed else f'{n_failed} not proven'}")
        if n_failed:
            raise typer.Exit(FINDINGS)


def _bodies(path: Path) -> list[tuple[str, Any]]:
    """The answers of a file: a JSON object, or one object a line; error objects of a batch are passed over."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES:,} bytes", pointer=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise InputError(f"cannot read {path}: {wrong.strerror}", pointer=str(path)) from wrong
    except UnicodeDecodeError as wrong:
        raise InputError(f"{path} is not UTF-8 text", pointer=str(path)) from wrong
    whole = _parsed(text)
    if whole is not None:
        return [("", whole)]
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        body = _parsed(line)
        if body is None:
            raise InputError(f"{path}:{number} is no JSON", pointer=f"{path}:{number}")
        if isinstance(body, dict) and set(body) == {"id", "error"}:
            note(f"line {number} is an error, not an answer: passed over")
        else:
            out.append((f"line {number} ", body))
    if not out:
        raise InputError(f"{path} holds no answer", pointer=str(path))
    return out


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
