"""How a command ends: one clear line for what went wrong, and the exit status that scripts rely on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from skill.errors import GroundingError, LedgerError, ModelError, RetrievalError, SkillError

FINDINGS = 1
USAGE = 2
UNAVAILABLE = 3


def note(text: str) -> None:
    """A line for people, on standard error."""
    typer.echo(text, err=True)


def status_of(wrong: SkillError) -> int:
    """0 fine, 1 findings, 2 wrong usage or configuration, 3 something it depends on is unavailable."""
    if isinstance(wrong, LedgerError | RetrievalError | ModelError):
        return UNAVAILABLE
    return FINDINGS if isinstance(wrong, GroundingError) else USAGE


@contextmanager
def exits() -> Iterator[None]:
    """Turns our exceptions into a line and a status; a closed pipe ends quietly."""
    try:
        yield
    except SkillError as wrong:
        note(f"error: {wrong.detail}")
        if wrong.help:
            note(f"help: {wrong.help}")
        raise typer.Exit(status_of(wrong)) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        note("stopped")
        raise typer.Exit(130) from None
