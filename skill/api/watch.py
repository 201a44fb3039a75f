"""The Topics that are served: the last version that compiled, while a draft may be broken."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from skill.ask import open_workspace, workspace_of
from skill.clock import Clock
from skill.compiler.diagnostics import concise
from skill.compiler.folder import Compiler
from skill.errors import LedgerError, SkillError, TopicError
from skill.store.folders import LastGood, keep_last_good, last_good

if TYPE_CHECKING:
    from skill.ask import Workspace
    from skill.store.engine import Store

EVERY_S = 1.0
"""How often the folder or the store is looked at: at most so old is what is served."""

Say = Callable[[str], None]

_Look = tuple[date, tuple[tuple[str, int, int], ...]]


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, since when, and whether there now is something newer that cannot be."""

    workspace: Workspace
    since: datetime
    broken_since: datetime | None = None
    n_errors: int = 0


class Topics(Protocol):
    """Where the Topics come from that this server answers from: a folder, or what is published."""

    @property
    def source(self) -> Literal["folder", "published"]:
        """Which of the two."""
        ...

    def of(self, tenant: str) -> Serving:
        """What is served to this tenant. Take it once for a request: it is replaced whole, never changed."""
        ...

    def look(self, tenant: str) -> None:
        """See at once whether there is something newer for this tenant."""
        ...

    def warm(self) -> None:
        """Load what the first question would otherwise wait for."""
        ...

    def watched(self) -> AbstractContextManager[None]:
        """Keep looking, from a thread of its own."""
        ...

    def told(self) -> dict[str, Any]:
        """What `/readyz` says."""
        ...


class ServedTopics:
    """One folder of Topics, looked at again and again; readers see one whole version at a time."""

    source: Literal["folder", "published"] = "folder"

    def __init__(
        self,
        folder: Path,
        *,
        data_dir: Path | None,
        clock: Clock,
        say: Say | None = None,
        store: Store | None = None,
    ) -> None:
        """Compile the folder; while it is broken, serve the last good version that is kept of it.

        Args:
            folder: of Topics.
            data_dir: where indexes may be kept.
            clock: the time.
            say: where a line for people goes; standard error if None.
            store: keeps the last good version over a restart; without one it is kept until then.

        Raises:
            TopicError: the Topics have errors and no good version is kept, so there is nothing to serve.
        """
        self._folder = folder
        self._data_dir = data_dir
        self._clock = clock
        self._say = say or to_stderr
        self._store = store
        # Remembers each file, so that an edit costs one file.
        self._compiler = Compiler()
        self._looked = self._look()
        try:
            self._serving = Serving(self._open(), since=clock())
        except TopicError as error:
            self._serving = broken(self._last_good(error), error, clock(), self._say)
        else:
            self._remember()

    @property
    def serving(self) -> Serving:
        """The state now. Take it once for a request: it is replaced whole, never changed."""
        return self._serving

    @property
    def workspace(self) -> Workspace:
        """The Topics to answer from now."""
        return self._serving.workspace

    def of(self, tenant: str) -> Serving:  # noqa: ARG002 - a folder is served to every tenant
        """What is served: the same to every tenant."""
        return self._serving

    def look(self, tenant: str) -> None:
        """Nothing: what is published does not change a folder, and the folder is looked at anyway."""

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
            warm(workspace)
        except Exception as error:  # noqa: BLE001 - whatever a draft does, the last good version stays
            self._serving = broken(before, error, self._clock(), self._say)
            return False
        changed = workspace.playbook.version != before.workspace.playbook.version
        self._serving = Serving(workspace, since=self._clock() if changed else before.since)
        if changed or before.broken_since:
            self._say(f"topics: now serving {workspace.playbook.version}")
            self._remember()
        return changed

    def warm(self) -> None:
        """Load what the first question would otherwise wait for; it says what is wrong, if anything."""
        with suppress(Exception):
            warm(self.workspace)

    def watched(self) -> AbstractContextManager[None]:
        """Refresh from a thread of its own, off every request's path."""
        return again_and_again(self.refresh, self._say)

    def told(self) -> dict[str, Any]:
        """Version, since when, and how the draft is."""
        serving = self._serving
        return {
            "source": self.source,
            "version": serving.workspace.playbook.version,
            "since": serving.since.isoformat(),
            **told_of([serving]),
        }

    def _last_good(self, error: TopicError) -> Serving:
        """The good version kept from before. Raises the error where there is none that can be served."""
        try:
            kept = last_good(self._store, self._folder) if self._store else None
            if kept is not None:
                compiled = self._compiler.compile_sources(kept.files, self._clock().date())
                workspace = workspace_of(compiled, data_dir=self._data_dir)
                return Serving(workspace, since=kept.at)
        except SkillError as worse:
            raise error from worse
        raise error

    def _remember(self) -> None:
        if self._store is None:
            return
        serving = self._serving
        good = LastGood(
            version=serving.workspace.playbook.version,
            at=serving.since,
            files=dict(serving.workspace.sources),
        )
        try:
            keep_last_good(self._store, self._folder, good)
        except LedgerError as error:
            self._say(f"topics: this version is not kept for a restart: {error.detail}")

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


def broken(before: Serving, error: Exception, at: datetime, say: Say, whose: str = "") -> Serving:
    """What was served goes on; what is wrong with the newer text is said like a compiler says it."""
    found = getattr(error, "diagnostics", ()) if isinstance(error, TopicError) else ()
    errors = [d for d in found if d.severity == "error"]
    lines = [concise(d) for d in errors] or [_words(error)]
    version = before.workspace.playbook.version
    say("\n".join([*lines, f"topics{whose}: the draft is broken; still serving {version}"]))
    return replace(before, broken_since=before.broken_since or at, n_errors=max(1, len(errors)))


def told_of(servings: list[Serving]) -> dict[str, Any]:
    """Whether something newer is broken, since when, and how many errors it has."""
    since = [one.broken_since for one in servings if one.broken_since is not None]
    draft: dict[str, Any] = {"state": "ok"}
    if since:
        n_errors = sum(one.n_errors for one in servings)
        draft = {"state": "broken", "since": min(since).isoformat(), "errors": n_errors}
    return {"last_good_version_served": bool(since), "draft": draft}


@contextmanager
def again_and_again(look: Callable[[], object], say: Say) -> Iterator[None]:
    """Look every second from a thread of its own until the block ends."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_S):
            try:
                look()
            except Exception as error:  # noqa: BLE001 - one bad look must not be the last
                with suppress(Exception):
                    say(f"topics: {_words(error)}")

    thread = threading.Thread(target=watch, name="tactful-topics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=10)


def warm(workspace: Workspace) -> None:
    """Answer a question for nobody, so that everything is loaded."""
    workspace.library.resolver.resolve("a first question", ())
    workspace.library.search("a first question", "customers")


def to_stderr(line: str) -> None:
    """The server's own voice."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _words(error: Exception) -> str:
    return error.detail if isinstance(error, SkillError) else f"{type(error).__name__}: {error}"
