"""The Topics that are served as published: each tenant's own version, swapped whole when there is a newer one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from skill.api.watch import Say, Serving, again_and_again, broken, to_stderr, told_of, warm
from skill.ask import workspace_of
from skill.clock import Clock
from skill.compiler.folder import Compiler
from skill.errors import LedgerError, NotPublished
from skill.publish import compiled_version
from skill.store.topics import Current, current, currents, lately_published

if TYPE_CHECKING:
    from skill.ask import Workspace
    from skill.store.engine import Store

MOST_OPEN = 32
"""Tenants kept ready at once; one more than that closes the one that was asked longest ago."""

_WARMED = 8
"""Tenants made ready at the start: those that published last."""

_AT_ONCE = 16
"""So many tenants may be opened at the same time, each once."""


@dataclass(frozen=True, slots=True)
class _Open:
    """One tenant that is kept ready; replaced whole."""

    serving: Serving
    tried: Current
    """The newest that was looked at, whether it could be served or not."""
    day: date
    """Review dates pass: the next day is looked at anew."""
    compiler: Compiler


class PublishedTopics:
    """What each tenant has published, read from the store, and looked for again off every request's path."""

    source: Literal["folder", "published"] = "published"

    def __init__(
        self,
        store: Store,
        *,
        data_dir: Path | None,
        clock: Clock,
        say: Say | None = None,
        most: int = MOST_OPEN,
    ) -> None:
        self._store = store
        self._data_dir = data_dir
        self._clock = clock
        self._say = say or to_stderr
        self._most = most
        # From the one asked longest ago to the one asked last.
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._order = threading.Lock()
        self._turns = tuple(threading.Lock() for _ in range(_AT_ONCE))
        self._away = False
        self._unread: set[str] = set()

    def of(self, tenant: str) -> Serving:
        """What is served to this tenant; its first question waits until its Topics are compiled.

        Raises:
            NotPublished: it has published nothing.
            TopicError: what it has published has errors for the compiler of today.
            LedgerError: the store cannot be read.
        """
        one = self._known(tenant)
        if one is None:
            with self._turn(tenant):
                # Whoever waited here finds what the first has opened.
                one = self._known(tenant) or self._opened(tenant)
        return one.serving

    def look(self, tenant: str) -> None:
        """See at once whether there is a newer version for this tenant, if it is kept ready."""
        if self._known(tenant) is not None:
            now = current(self._store, tenant)
            if now is not None:
                self._catch_up(tenant, now)

    def refresh(self) -> None:
        """Look for newer versions of all tenants that are kept ready, and serve them."""
        with self._order:
            tenants = list(self._open)
        try:
            newest = currents(self._store, tenants)
        except LedgerError as error:
            if not self._away:
                self._say(f"topics: {error.detail}; what was published last is still served")
            self._away = True
            return
        self._away = False
        for tenant, now in newest.items():
            self._catch_up(tenant, now)

    def warm(self) -> None:
        """Open those who published last, so that their first question need not wait."""
        with suppress(Exception):
            tenants = lately_published(self._store, min(_WARMED, self._most))
            if not tenants:
                self._say("topics: nothing is published yet; `tactful topics publish DIR` does it")
            for tenant in tenants:
                with suppress(Exception):
                    warm(self.of(tenant).workspace)

    def watched(self) -> AbstractContextManager[None]:
        """Refresh from a thread of its own, off every request's path."""
        return again_and_again(self.refresh, self._say)

    def told(self) -> dict[str, Any]:
        """How many tenants are kept ready, and whether something of theirs is broken; never who they are."""
        with self._order:
            servings = [one.serving for one in self._open.values()]
        return {"source": self.source, "tenants_open": len(servings), **told_of(servings)}

    def _known(self, tenant: str) -> _Open | None:
        with self._order:
            one = self._open.get(tenant)
            if one is not None:
                self._open.move_to_end(tenant)
            return one

    def _turn(self, tenant: str) -> threading.Lock:
        return self._turns[hash(tenant) % _AT_ONCE]

    def _opened(self, tenant: str) -> _Open:
        now = current(self._store, tenant)
        if now is None:
            raise NotPublished(
                "no Topics are published here yet, so there is nothing to answer from",
                help="publish them: `tactful topics publish DIR`, or POST /v1/topics/publish",
            )
        compiler, day = Compiler(), self._clock().date()
        workspace = self._workspace(tenant, now, day, compiler)
        one = _Open(Serving(workspace, since=self._clock()), now, day, compiler)
        with self._order:
            self._open[tenant] = one
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        return one

    def _catch_up(self, tenant: str, now: Current) -> None:
        day = self._clock().date()
        with self._turn(tenant):
            with self._order:
                one = self._open.get(tenant)
            # Another thread may have seen something newer in the meantime.
            if one is None or one.tried.sequence > now.sequence:
                return
            if one.tried == now and one.day == day:
                return
            try:
                newer = self._newer(tenant, one, now, day)
            except LedgerError as error:
                if tenant not in self._unread:
                    self._say(f"topics of {tenant}: {error.detail}; looking again")
                self._unread.add(tenant)
                return
            self._unread.discard(tenant)
            with self._order:
                if tenant in self._open:
                    self._open[tenant] = newer

    def _newer(self, tenant: str, one: _Open, now: Current, day: date) -> _Open:
        at, whose = self._clock(), f" of {tenant}"
        try:
            workspace = self._workspace(tenant, now, day, one.compiler)
            # Before it is served: no question waits for the new version to make ready.
            warm(workspace)
        except LedgerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the last good version stays
            kept = broken(one.serving, error, at, self._say, whose)
            return replace(one, serving=kept, tried=now, day=day)
        changed = workspace.playbook.version != one.serving.workspace.playbook.version
        if changed or one.serving.broken_since:
            self._say(f"topics{whose}: now serving {workspace.playbook.version}")
        serving = Serving(workspace, since=at if changed else one.serving.since)
        return replace(one, serving=serving, tried=now, day=day)

    def _workspace(self, tenant: str, now: Current, day: date, compiler: Compiler) -> Workspace:
        compiled = compiled_version(self._store, tenant, now.version, day, compiler=compiler)
        return workspace_of(compiled, data_dir=self._data_dir)
