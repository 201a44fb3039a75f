"""A billing provider asked in threads of its own: nobody waits for it past its deadline, and while it is down it rests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from typing import TypeVar

from skill.model.preview import Billed
from skill.sources.billing import (
    BillingPreview,
    Change,
    CheckoutSessions,
    NoPage,
    Page,
    Purchase,
    Unpriced,
)
from skill.sources.source import FAILURES, MOST_AT_ONCE, REST

_Said = TypeVar("_Said", Billed | Unpriced, Page | NoPage)

_RESTS = "it failed too often just now and was not asked"
_BUSY = "it still has not answered earlier questions"


class BillingLine:
    """One billing provider, and its pages where it opens any: all questions of one decision share one deadline."""

    def __init__(
        self,
        billing: BillingPreview,
        seconds: float,
        *,
        sessions: CheckoutSessions | None = None,
        most: int = MOST_AT_ONCE,
    ) -> None:
        """Nobody is asked yet.

        Args:
            billing: who says what an account would be charged.
            seconds: how long an answer waits for it, whatever it is asked.
            sessions: who opens its pages.
            most: questions that it may be asked at a time.
        """
        self.name = billing.name
        self.seconds = seconds
        self._billing = billing
        self._sessions = sessions
        self._free = threading.BoundedSemaphore(most)
        self._failures = 0
        self._failed_at: datetime | None = None

    def previews(self, changes: Sequence[Change]) -> Sequence[Billed | Unpriced]:
        """The next invoice with each change in it; all are asked at once, and what comes too late is no price."""
        if not changes:
            return ()
        now = changes[0].now
        if self._rests(now):
            return [Unpriced(_RESTS, failed=True) for _ in changes]
        calls = [self._preview_of(change) for change in changes]
        said = self._answered(calls, lambda why: Unpriced(why, failed=True))
        self._heard(any(isinstance(one, Unpriced) and one.failed for one in said), now)
        return said

    def open(self, purchase: Purchase) -> Page | NoPage:
        """A page for this purchase alone; one that comes too late is none."""
        sessions, now = self._sessions, purchase.change.now
        if sessions is None:
            return NoPage("it opens no pages here")
        if self._rests(now):
            return NoPage(_RESTS, failed=True)
        calls: list[Callable[[], Page | NoPage]] = [lambda: sessions.open(purchase)]
        (said,) = self._answered(calls, lambda why: NoPage(why, failed=True))
        self._heard(isinstance(said, NoPage) and said.failed, now)
        return said

    def _preview_of(self, change: Change) -> Callable[[], Billed | Unpriced]:
        return lambda: self._billing.previews((change,))[0]

    def _rests(self, now: datetime) -> bool:
        return self._failed_at is not None and abs(now - self._failed_at) < REST

    def _heard(self, failed: bool, now: datetime) -> None:
        self._failures = self._failures + 1 if failed else 0
        self._failed_at = now if self._failures >= FAILURES else None

    def _answered(
        self, calls: Sequence[Callable[[], _Said]], failed: Callable[[str], _Said]
    ) -> list[_Said]:
        """What each call answers within the deadline, which is one for all of them."""
        begun = [self._begun(call, failed) for call in calls]
        wait(begun, timeout=self.seconds)
        late = f"it did not answer within {self.seconds:g} s"
        # Cancelling does nothing to one that has answered, and keeps a later answer from being waited for.
        return [one.result() if not one.cancel() and one.done() else failed(late) for one in begun]

    def _begun(self, call: Callable[[], _Said], failed: Callable[[str], _Said]) -> Future[_Said]:
        future: Future[_Said] = Future()
        if not self._free.acquire(blocking=False):
            future.set_result(failed(_BUSY))
            return future

        def run() -> None:
            try:
                said = call()
            except Exception as error:  # noqa: BLE001 - a provider's client is anybody's code
                said = failed(f"it failed with {type(error).__name__}")
            self._free.release()
            if future.set_running_or_notify_cancel():
                future.set_result(said)

        # A thread of a pool would be waited for when the program ends, and this one may hang for ever.
        thread = threading.Thread(target=run, name=f"tactful-billing-{self.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._free.release()
            future.set_result(failed("there is no thread left to ask it in"))
        return future
