"""What is done once an answer is decided: gaps are noted in a thread of their own, which no answer waits for."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request

from skill import gaps as roof
from skill.api.watch import Say, to_stderr
from skill.clock import Clock
from skill.errors import SkillError
from skill.settings import Settings
from skill.store.engine import Store
from skill.store.gaps import MOST_GAPS, forget
from skill.store.ledger import Recorded

MOST_WAITING = 500
"""Answered questions that wait to be looked at; past it the newest are left out of the log, and answered all the same."""

_AT_ONCE = 100
"""Kept in one transaction, so that a busy server writes its log seldom."""
_TIDY_EVERY = timedelta(hours=1)
_LOOK_S = 60.0
"""How often the thread sees whether it is time to tidy, where nobody asks anything."""
_LAST_S = 5.0
"""How long stopping waits for what is still to be kept."""


class GapLog:
    """Notes questions without an answer; whatever goes wrong in here, nobody's answer is another one."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Clock,
        *,
        say: Say | None = None,
        most: int = MOST_GAPS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._store = store
        self._on = settings.gap_log
        self._kept_for = timedelta(days=settings.gap_days)
        self._clock = clock
        self._say = say or to_stderr
        self._most = most
        # Nothing in place of an entry wakes the thread, so that stopping need not wait for it.
        self._waiting: queue.Queue[Recorded | None] = queue.Queue(most_waiting)
        self._stop = threading.Event()
        self._ill = False
        self._tidied: datetime | None = None

    def note(self, entry: Recorded) -> None:
        """Look at an answered question later. Never waits and never raises."""
        try:
            if self._on and roof.matters(entry):
                self._waiting.put_nowait(entry)
        except Exception:  # noqa: BLE001 - full or broken: the answer matters, the log does not
            return

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep what is noted, from a thread of its own; at the end what still waits is kept."""
        self._stop.clear()
        thread = threading.Thread(target=self._run, name="tactful-gaps", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            with suppress(queue.Full):
                self._waiting.put_nowait(None)
            thread.join(_LAST_S)

    def kept(self, within: float = 10.0) -> bool:
        """Wait until everything noted so far is looked at; False where that takes longer than `within` seconds."""
        end = time.monotonic() + within
        while self._waiting.unfinished_tasks:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def _run(self) -> None:
        while True:
            self._tidy()
            batch = self._next()
            if batch:
                self._keep(batch)
            elif self._stop.is_set():
                return

    def _next(self) -> list[Recorded]:
        """What waits, up to a batch of it; where nothing does, it is waited for a little."""
        batch: list[Recorded] = []
        with suppress(queue.Empty):
            while len(batch) < _AT_ONCE:
                wait = not batch and not self._stop.is_set()
                entry = self._waiting.get(wait, _LOOK_S)
                if entry is None:
                    self._waiting.task_done()
                else:
                    batch.append(entry)
        return batch

    def _keep(self, batch: list[Recorded]) -> None:
        try:
            # Where there was nothing to write, nobody knows whether it can be written again.
            if roof.keep(self._store, batch, most=self._most):
                self._ill = False
        except Exception as error:  # noqa: BLE001 - the thread lives on, and says what was wrong once
            self._tell(error)
            if len(batch) > 1 and not isinstance(error, SkillError):
                # One that cannot be kept does not take the others with it: nothing was written yet.
                self._one_by_one(batch)
        finally:
            for _ in batch:
                self._waiting.task_done()

    def _one_by_one(self, batch: list[Recorded]) -> None:
        for entry in batch:
            try:
                roof.keep(self._store, [entry], most=self._most)
            except Exception as error:  # noqa: BLE001 - told once
                self._tell(error)

    def _tidy(self) -> None:
        now = self._clock()
        if self._tidied is not None and now - self._tidied < _TIDY_EVERY:
            return
        self._tidied = now
        try:
            forget(self._store, now - self._kept_for)
        except Exception as error:  # noqa: BLE001 - tried again in an hour
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        if not self._ill:
            # Only words of ours: those of another exception could hold what somebody asked.
            said = error.detail if isinstance(error, SkillError) else type(error).__name__
            self._say(f"gap log: {said}; questions are answered without it")
        self._ill = True


async def _gap_log(request: Request) -> GapLog:
    log = request.app.state.gap_log
    assert isinstance(log, GapLog)
    return log


GapLogDep = Annotated[GapLog, Depends(_gap_log)]
