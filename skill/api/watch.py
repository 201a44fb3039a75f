"""The Topics that are served: the last version that compiled, while a draft may be broken."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from skill.ask import open_workspace
from skill.clock import Clock
from skill.compiler.diagnostics import concise
from skill.compiler.folder import Compiler
from skill.errors import SkillError, TopicError

if TYPE_CHECKING:
    from skill.ask import Workspace

_EVERY_S = 1.0
"""How often the folder is looked at: at most so old is what is served."""

_Look = tuple[date, tuple[tuple[str, int, int], ...]]


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, since when, and whether the folder now holds something that cannot be."""

    workspace: Workspace
    since: datetime
    broken_since: datetime | None = None
    n_errors: int = 0


class ServedTopics:
    """One folder of Topics, looked at again and again; readers see one whole version at a time."""

    def __init__(
        self,
        folder: Path,
        *,
        data_dir: Path | None,
        clock: Clock,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Compile the folder.

        Args:
            folder: of Topics.
            data_dir: where indexes may be kept.
            clock: the time.
            say: where a line for people goes; standard error if None.

        Raises:
            TopicError: the Topics have errors, so there is nothing to serve.
        """
        self._folder = folder
        self._data_dir = data_dir
        self._clock = clock
        self._say = say or _to_stderr
        # Remembers each file, so that an edit costs one file.
        self._compiler = Compiler()
        self._looked = self._look()
        self._serving = Serving(self._open(), since=clock())

    @property
    def serving(self) -> Serving:
        """The state now. Take it once for a request: it is replaced whole, never changed."""
        return self._serving

    @property
    def workspace(self) -> Workspace:
        """The Topics to answer from now."""
        return self._serving.workspace

    def refresh(self) -> bool:
        """Look at the folder; serve what is there if it changed and compiles.

        Returns:
            Whether another version is served now.
        """
        look = self._look()
        if look == self._looked:
            return False
        self._looked = look
        before = self._serving
        try:
            workspace = self._open()
            # Before it is served: no question waits for the new version to make ready.
            _warm(workspace)
        except Exception as error:  # noqa: BLE001 - whatever a draft does, the last good version stays
            self._keep(before, error)
            return False
        changed = workspace.playbook.version != before.workspace.playbook.version
        self._serving = Serving(workspace, since=self._clock() if changed else before.since)
        if changed or before.broken_since:
            self._say(f"topics: now serving {workspace.playbook.version}")
        return changed

    def warm(self) -> None:
        """Load what the first question would otherwise wait for; it says what is wrong, if anything."""
        with suppress(Exception):
            _warm(self.workspace)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Refresh from a thread of its own, off every request's path."""
        done = threading.Event()
        thread = threading.Thread(
            target=self._watch, args=(done,), name="tactful-topics", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(timeout=10)

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(_EVERY_S):
            self.refresh()

    def _keep(self, before: Serving, error: Exception) -> None:
        found = getattr(error, "diagnostics", ()) if isinstance(error, TopicError) else ()
        self._serving = replace(
            before,
            broken_since=before.broken_since or self._clock(),
            n_errors=max(1, sum(d.severity == "error" for d in found)),
        )
        lines = [concise(d) for d in found if d.severity == "error"] or [_words(error)]
        version = before.workspace.playbook.version
        self._say("\n".join([*lines, f"topics: the draft is broken; still serving {version}"]))

    def _open(self) -> Workspace:
        return open_workspace(
            self._folder,
            data_dir=self._data_dir,
            today=self._clock().date(),
            compiler=self._compiler,
        )

    def _look(self) -> _Look:
        """What tells one state from another: the day, as review dates pass; names, times, sizes."""
        try:
            with os.scandir(self._folder) as entries:
                files = sorted(
                    (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
                    for entry in entries
                    if entry.name.endswith(".md") and entry.is_file()
                )
        except OSError:
            # A folder that is away, or changes while it is read: compiling it says what is wrong.
            files = []
        return self._clock().date(), tuple(files)


def _words(error: Exception) -> str:
    return error.detail if isinstance(error, SkillError) else f"{type(error).__name__}: {error}"


def _warm(workspace: Workspace) -> None:
    workspace.library.resolver.resolve("a first question", ())
    workspace.library.search("a first question", "customers")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the server's own voice
