"""The one interface of every source: asked about one account at a moment, it tells what it knows, or that it is down."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from skill.model.account import Account, Person
from skill.store.verified import Told, Verified

STRIPE, OPENFEATURE, WAREHOUSE = "stripe", "openfeature", "warehouse"

FAILURES = 3
REST = timedelta(seconds=10)
"""After so many failures in a row a source rests for so long: while it is down, most questions do not wait for it."""

MOST_AT_ONCE = 8
"""Questions that one source may be asked at a time: those of a source that hangs never take the threads of all."""


class Asked(NamedTuple):
    """What a source is asked about."""

    account: Account
    """As our own store knows it: its id, plan and traits."""
    person: Person
    tenant: str
    now: datetime
    features: tuple[str, ...] = ()
    """Keys of the features that the Topics know."""
    meters: frozenset[str] = frozenset()
    """Keys of the meters that the Topics know."""


class Down(NamedTuple):
    """A source that could not be read, and why: a word for whoever runs it, with no secret in it."""

    why: str


class Timing(NamedTuple):
    """How long a source is waited for and believed."""

    seconds: float = 2.0
    """The deadline of one question."""
    fresh: timedelta = timedelta(0)
    """So long after it said something it is not asked again."""
    max_age: timedelta = timedelta(hours=24)
    """So long what it said last serves while it is down."""


class Source(Protocol):
    """Somebody who knows something about accounts."""

    @property
    def name(self) -> str:
        """How it is called in settings and in the source of every fact."""
        ...

    @property
    def timing(self) -> Timing:
        """How long it is waited for and believed."""
        ...

    @property
    def tells_rights(self) -> bool:
        """Whether nobody can say what an account may do without it."""
        ...

    @property
    def withholding(self) -> tuple[str, ...]:
        """Names of the facts that it tells and that keep offers back while they are true: without it they may be."""
        ...

    def subject(self, asked: Asked) -> str:
        """Who it calls this account; empty for one that it does not know, which is not asked about."""
        ...

    def tell(self, asked: Asked) -> Told | Down:
        """All that it knows of the account now."""
        ...

    def close(self) -> None:
        """End what it has running."""
        ...


class Keeping(Protocol):
    """Where the last that each source said is kept."""

    def read(self, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Verified]:
        """By source and subject."""
        ...

    def keep(self, source: str, subject: str, said: Verified) -> Verified:
        """Join what was said with what is kept; what both know together."""
        ...


class Line:
    """A source with threads of its own to ask it in, which nobody waits for past its deadline."""

    def __init__(self, source: Source, *, most: int = MOST_AT_ONCE) -> None:
        self.source = source
        self._free = threading.BoundedSemaphore(most)
        self._failures = 0
        self._failed_at: datetime | None = None

    def heard(self, answer: Told | Down, now: datetime) -> None:
        """Remember whether it answered."""
        self._failures = self._failures + 1 if isinstance(answer, Down) else 0
        self._failed_at = now if self._failures >= FAILURES else None

    def rests(self, now: datetime) -> bool:
        """Whether it failed so often just now that it is not asked."""
        failed_at = self._failed_at
        return failed_at is not None and abs(now - failed_at) < REST

    def ask(self, asked: Asked) -> Future[Told | Down]:
        """Begin to ask; the answer comes in its own time, and whatever goes wrong is an answer too."""
        future: Future[Told | Down] = Future()
        if not self._free.acquire(blocking=False):
            future.set_result(Down("it still has not answered earlier questions"))
            return future

        def run() -> None:
            answer: Told | Down
            try:
                answer = self.source.tell(asked)
            except Exception as error:  # noqa: BLE001 - providers and drivers are anybody's code
                answer = Down(f"it failed with {type(error).__name__}")
            self._free.release()
            # Nobody waits any more for what comes past the deadline.
            if future.set_running_or_notify_cancel():
                future.set_result(answer)

        # A thread of a pool would be waited for when the program ends, and this one may hang for ever.
        thread = threading.Thread(target=run, name=f"tactful-{self.source.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._free.release()
            future.set_result(Down("there is no thread left to ask it in"))
        return future
