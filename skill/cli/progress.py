"""A progress bar for anything longer than two seconds, on standard error and only for people."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 2.0
"""Seconds after which silence feels like a fault."""


def counted(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items, with a bar once they take longer than two seconds; nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    started = time.monotonic()
    bar = None
    try:
        for done, item in enumerate(items):
            if bar is None and time.monotonic() - started > PATIENCE:
                bar = _bar(what, total)
            if bar is not None:
                bar[0].update(bar[1], completed=done)
            yield item
    finally:
        if bar is not None:
            bar[0].stop()


def _bar(what: str, total: int):  # type: ignore[no-untyped-def]
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    progress.start()
    return progress, progress.add_task(what, total=total)
