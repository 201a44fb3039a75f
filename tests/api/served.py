"""A real server on a free port, in a thread of its own; and a client that hears its events."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx
import uvicorn
from fastapi import FastAPI


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of this app while it runs."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=5, lifespan="on"
    )
    server = uvicorn.Server(config)
    started = threading.Event()
    plain = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await plain(sockets)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert started.wait(60), "the server did not start"
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


class Event(NamedTuple):
    """One event of a stream; a comment has the kind `:`."""

    kind: str
    data: Any
    id: str


class Heard:
    """An open stream of events; whatever is awaited and does not come within half a minute fails the test."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._client = httpx.Client(timeout=httpx.Timeout(30, read=30))
        self._response = self._client.stream("GET", url, headers=headers)
        self.answered = self._response.__enter__()
        self._lines = self.answered.iter_lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        self._response.__exit__(None, None, None)
        self._client.close()

    def next(self) -> Event:
        """The next event or comment."""
        said: dict[str, str] = {}
        for line in self._lines:
            if line.startswith(":"):
                said[":"] = line[1:].strip()
            elif line:
                name, _, value = line.partition(": ")
                said[name] = value
            elif ":" in said:
                return Event(":", said[":"], "")
            elif "event" in said:
                return Event(said["event"], json.loads(said["data"]), said.get("id", ""))
            else:
                said = {}
        raise StopIteration("the stream ended")

    def until(self, kind: str) -> Event:
        """The next event of this kind."""
        while (event := self.next()).kind != kind:
            pass
        return event
