"""Open streams: one look at the database for all of them, every second, and to each what concerns it.

A stream holds no thread and no connection while nothing happens, however many there are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request

from skill.api.watch import Say, to_stderr
from skill.clock import Clock
from skill.errors import SkillError
from skill.store.engine import Store
from skill.store.inbox import as_notification, display
from skill.store.inbox_live import NOTHING, Snapshot, concerned, signs, snapshot
from skill.store.preferences import Who

T = TypeVar("T")

EVERY_S = 1.0
"""How often it is looked."""
HEARTBEAT_S = 15.0
"""After so long without news a comment is sent, so that no proxy takes the stream for dead."""
LONGEST_S = 900.0
"""Then a stream ends and is opened again, by a credential that is still good."""
_OVERLAP = timedelta(seconds=60)
"""What was written earlier and kept later, or by a clock behind ours, is seen all the same."""
_KEPT_LATER = timedelta(seconds=10)
"""Who comes back is told again what changed just before they left: it may have been kept only afterwards."""
_MOST_WAITING = 200
"""Events for one stream; a client that reads slower than that begins again."""
_RETRY = b"retry: 2000\n\n"
_BEAT = b": still here\n\n"


@dataclass(eq=False)
class Line:
    """One open stream."""

    who: Who
    seen: Snapshot | None = None
    """What it was told so far."""
    waiting: asyncio.Queue[bytes | None] = field(
        default_factory=lambda: asyncio.Queue(_MOST_WAITING + 1)
    )
    """What is to be sent; None ends it."""

    def send(self, events: list[bytes]) -> None:
        """Lay events ready; a stream that nobody reads is ended instead, and may be opened again."""
        if self.waiting.qsize() + len(events) > _MOST_WAITING:
            self.end()
            return
        for each in events:
            self.waiting.put_nowait(each)

    def end(self) -> None:
        """Let it end once everything before was sent."""
        with suppress(asyncio.QueueFull):
            self.waiting.put_nowait(None)


class Live:
    """The streams of this process. All but the reading of the database runs in the event loop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        every_s: float = EVERY_S,
        heartbeat_s: float = HEARTBEAT_S,
        longest_s: float = LONGEST_S,
        say: Say = to_stderr,
    ) -> None:
        self._store = store
        self._clock = clock
        self._every_s = every_s
        self._heartbeat_s = heartbeat_s
        self._longest_s = longest_s
        self._say = say
        self._lines: dict[Who, set[Line]] = {}
        self._fresh: set[Who] = set()
        """Who opened a stream since the last look: what happened in between is looked for."""
        self._before = NOTHING
        self._poller: asyncio.Task[None] | None = None
        self._limiter: CapacityLimiter | None = None
        self._ill = False

    @property
    def n_open(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._lines.values()))

    async def stream(self, who: Who, since: datetime | None) -> AsyncIterator[bytes]:
        """What this person is sent: the count, what changed since they last heard, then each change as it comes.

        Args:
            who: whose inbox.
            since: the last event that they heard; None where they hear for the first time.
        """
        line = Line(who)
        loop = asyncio.get_running_loop()
        over = loop.time() + self._longest_s
        try:
            yield _RETRY + b"".join(await self._open(line, since))
            while (left := over - loop.time()) > 0:
                try:
                    event = await asyncio.wait_for(line.waiting.get(), min(left, self._heartbeat_s))
                except TimeoutError:
                    yield _BEAT
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._close(line)

    def end_all(self) -> None:
        """End all streams, as a server does that is asked to stop: it waits for whoever is still answered."""
        for lines in self._lines.values():
            for line in lines:
                line.end()

    async def aclose(self) -> None:
        """End all streams and look no more."""
        self.end_all()
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None

    async def _open(self, line: Line, since: datetime | None) -> list[bytes]:
        now = self._clock()
        who = line.who
        seen = await self._aside(lambda: snapshot(self._store, who, now=now))
        line.seen = seen
        self._lines.setdefault(who, set()).add(line)
        self._fresh.add(who)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="tactful-live")
        if since is None:
            return [_count(seen, now)]
        told = _changed_since(seen, since - _KEPT_LATER)
        await self._display(who, seen, told, now)
        missed = [_notification(seen, key, now) for key in told]
        return [_count(seen, since), *missed, *(_gone(key) for key in sorted(seen.gone))]

    def _close(self, line: Line) -> None:
        lines = self._lines.get(line.who, set())
        lines.discard(line)
        if not lines:
            self._lines.pop(line.who, None)

    async def _poll(self) -> None:
        """Look while anybody listens; a database that is away for a while ends no stream."""
        while self._lines:
            try:
                await self._turn()
                self._ill = False
            except Exception as error:  # noqa: BLE001 - the streams live on, and what was wrong is said once
                if not self._ill:
                    said = error.detail if isinstance(error, SkillError) else type(error).__name__
                    self._say(f"streams: {said}; changes are told once that is over")
                self._ill = True
            await asyncio.sleep(self._every_s)

    async def _turn(self) -> None:
        now = self._clock()
        watched, fresh = frozenset(self._lines), frozenset(self._fresh)
        since = now - _OVERLAP
        after = await self._aside(lambda: signs(self._store, watched, since=since, now=now))
        for who in concerned(self._before, after, watched) | (fresh & watched):
            await self._tell(who, now)
        self._before = after
        self._fresh -= fresh

    async def _tell(self, who: Who, now: datetime) -> None:
        """Tell one person's streams what each does not know yet."""
        # Those that open meanwhile may know more than what is read here; they come at the next look.
        lines = list(self._lines.get(who, ()))
        seen = await self._aside(lambda: snapshot(self._store, who, now=now))
        news = [(line, _difference(line.seen, seen)) for line in lines if line.seen is not None]
        shown = sorted({key for _, changes in news for key in changes.told})
        await self._display(who, seen, shown, now)
        for line, changes in news:
            line.seen = seen
            line.send(changes.events(seen, now))

    async def _display(self, who: Who, seen: Snapshot, told: Sequence[str], now: datetime) -> None:
        rows = [seen.rows[each] for each in told if seen.rows[each].shown_at is None]
        if rows:
            await self._aside(lambda: display(self._store, who, rows, at=now))

    async def _aside(self, work: Callable[[], T]) -> T:
        # One thread for all streams, beside those that answer.
        if self._limiter is None:
            self._limiter = CapacityLimiter(1)
        return await run_sync(work, limiter=self._limiter)


class _Changes(NamedTuple):
    """What a stream does not know yet."""

    told: tuple[str, ...]
    """Notifications that are new, or other than they were."""
    gone: tuple[str, ...]
    counted: bool
    """Whether the count is another one."""

    def events(self, seen: Snapshot, now: datetime) -> list[bytes]:
        """The same as it is sent."""
        found = [_notification(seen, key, now) for key in self.told]
        found += [_gone(key) for key in self.gone]
        return [*found, _count(seen)] if self.counted else found


def _difference(before: Snapshot, after: Snapshot) -> _Changes:
    def is_news(key: str) -> bool:
        old, new = before.rows.get(key), after.rows[key]
        if old is None:
            return True
        return bool(old.changed_at != new.changed_at) or before.states[key] != after.states[key]

    told = sorted(filter(is_news, after.rows), key=lambda key: (after.rows[key].changed_at, key))
    gone = sorted(before.rows.keys() & after.gone)
    return _Changes(tuple(told), tuple(gone), before.counted != after.counted)


def _changed_since(seen: Snapshot, since: datetime) -> list[str]:
    def when(key: str) -> datetime:
        row = seen.rows[key]
        changed: datetime = row.changed_at
        woken: datetime | None = row.snoozed_until if seen.states[key] != "snoozed" else None
        return changed if woken is None else max(changed, woken)

    return sorted((key for key in seen.rows if when(key) > since), key=lambda k: (when(k), k))


def _count(seen: Snapshot, at: datetime | None = None) -> bytes:
    """With the moment from which on a client that comes back wants to hear more, where it has none yet."""
    told = seen.counted.model_dump(mode="json")
    return _event("count", told, at.isoformat() if at is not None else "")


def _gone(key: str) -> bytes:
    return _event("gone", {"id": key})


def _notification(seen: Snapshot, key: str, now: datetime) -> bytes:
    row = seen.rows[key]
    shown = as_notification(row, now).model_dump(mode="json")
    return _event("notification", shown, row.changed_at.isoformat())


def _event(kind: str, data: Mapping[str, Any], at: str = "") -> bytes:
    # JSON has no line break of its own, so the data is one line.
    lines = [f"event: {kind}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    if at:
        lines.insert(0, f"id: {at}")
    return "\n".join((*lines, "", "")).encode()


async def _live(request: Request) -> Live:
    live = request.app.state.live
    assert isinstance(live, Live)
    return live


LiveDep = Annotated[Live, Depends(_live)]
