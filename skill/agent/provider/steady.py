"""A model that is asked with patience: one more try where it may help, none where it was failing just now, and counts.

Nothing here knows a provider: it wraps whatever answers with turns.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from skill.agent.provider.turns import Heard, LanguageModel, Turn, TurnRequest
from skill.errors import ModelFailed

PAUSE_S = 0.1
"""Seconds before the second try, where the endpoint names none: a restart of a process or a lost packet is over."""

_TRANSIENT = frozenset({"unreachable", "rate_limited", "server_error", "broken_off"})
"""What may be otherwise in a moment. A timeout is not among them: its deadline is gone."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to ask once; it is given back with what came of it."""

    era: int
    """The stretch of one state that it was given in. What comes back after its era changes nothing."""
    trial: bool
    """Whether it is the one question that finds out if an open breaker may close."""


class Breaker:
    """Keeps a model that fails from being asked again and again; safe for threads and tasks.

    Closed, it lets every question through. After `failures` in a row it opens, and lets none through for `rest_s`
    seconds; then one at a time on trial, until one is answered and closes it, or fails and opens it again.
    Moments are arguments, in seconds of any clock that only goes forward.
    """

    def __init__(self, *, failures: int = 5, rest_s: float = 10.0) -> None:
        self._most = failures
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._era = 0
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._on_trial = False
        self._openings = 0

    @property
    def openings(self) -> int:
        """How often it opened, after a failed trial too."""
        return self._openings

    def admit(self, at: float) -> Ticket | None:
        """The right to ask now, or none. Whoever gets one calls `settle` with it, whatever happens."""
        with self._lock:
            if self._opened_at is None:
                return Ticket(self._era, trial=False)
            if self._on_trial or at < self._opened_at + self._rest_s:
                return None
            self._on_trial = True
            return Ticket(self._era, trial=True)

    def settle(self, ticket: Ticket, at: float, *, answered: bool | None) -> None:
        """What came of the question: an answer, a failure, or neither, where the asker gave up before."""
        with self._lock:
            if ticket.era != self._era:
                return
            self._on_trial = False
            if answered is None:
                return
            if answered:
                self._in_a_row = 0
                if ticket.trial:
                    self._opened_at = None
                    self._era += 1
                return
            self._in_a_row += 1
            if ticket.trial or self._in_a_row >= self._most:
                self._in_a_row = 0
                self._opened_at = at
                self._era += 1
                self._openings += 1


class Counts:
    """What happened so far, by name; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Count one more of this name."""
        with self._lock:
            self._counts[name] += 1

    def taken(self) -> dict[str, int]:
        """The counts of this moment, the names in order."""
        with self._lock:
            return dict(sorted(self._counts.items()))


class Steady:
    """A language model that fails less often, and at once where there is no hope."""

    def __init__(
        self,
        model: LanguageModel,
        *,
        clock: Callable[[], float] = time.monotonic,
        breaker: Breaker | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._model = model
        self._clock = clock
        self._breaker = breaker or Breaker()
        self._sleep = sleep
        self._counts = Counts()

    @property
    def name(self) -> str:
        """The name of the model within."""
        return self._model.name

    def counts(self) -> Mapping[str, int]:
        """Counts since it was made.

        `calls`, `retries` and `breaker_openings`, and for each way in which a try failed `failed_` and its `why`.
        """
        told = {"calls": 0, "retries": 0} | self._counts.taken()
        return told | {"breaker_openings": self._breaker.openings}

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The model's answer, at the second try where the first failed in passing and time is left.

        Raises:
            ModelFailed: what the last try failed of; `breaker_open` where it was not asked at all.
        """
        ends = self._clock() + request.seconds
        self._counts.add("calls")
        hearing = _Hearing(heard)
        try:
            return await self._try(request, hearing)
        except ModelFailed as error:
            pause = PAUSE_S if error.retry_after_s is None else error.retry_after_s
            if not _may_pass(error, hearing) or self._clock() + pause >= ends:
                raise
            failed = error
        await self._sleep(pause)
        left = replace(request, seconds=ends - self._clock())
        return await self._try(left, hearing, failed)

    async def _try(
        self, request: TurnRequest, hearing: _Hearing, failed: ModelFailed | None = None
    ) -> Turn:
        """Ask once. `failed` is what an earlier try failed of: it is told again where no other may follow."""
        ticket = self._breaker.admit(self._clock())
        if failed is not None:
            if ticket is None:
                raise failed
            self._counts.add("retries")
        if ticket is None:
            self._counts.add("failed_breaker_open")
            raise ModelFailed(
                f"the model `{self.name}` failed too often just now, so it is not asked",
                why="breaker_open",
            )
        # Also where the asker is cancelled, or anything unexpected is raised, the ticket is given back.
        answered: bool | None = None
        try:
            turn = await self._model.turn(request, hearing.told)
            answered = True
        except ModelFailed as error:
            self._counts.add(f"failed_{error.why}")
            # A missing key is no sign of the endpoint, which was not even asked.
            answered = None if error.why == "no_key" else False
            raise
        finally:
            self._breaker.settle(ticket, self._clock(), answered=answered)
        return turn


class _Hearing:
    """Passes pieces of text on, and knows whether there were any: what was heard cannot be said again."""

    def __init__(self, heard: Heard | None) -> None:
        self._heard = heard
        self.any = False

    @property
    def told(self) -> Heard | None:
        """What to hand to the model."""
        return None if self._heard is None else self._pass_on

    def _pass_on(self, piece: str) -> None:
        self.any = True
        if self._heard is not None:
            self._heard(piece)


def _may_pass(error: ModelFailed, hearing: _Hearing) -> bool:
    return error.why in _TRANSIENT and not hearing.any
