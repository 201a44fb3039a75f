"""A server on this machine that speaks both APIs of OpenAI as a script says, over real sockets, well or badly.

    with ScriptedServer(["Yes.", Status(429, retry_after="1"), Cut("It is so")]) as server:
        ChatEndpoint("any", base_url=server.base_url)

It runs in a thread of its own, so that it also serves a test that blocks.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from skill.agent.provider.turns import Turn
from skill.testing.model import words
from skill.testing.speech import (
    chat_events,
    chat_whole,
    encoded,
    event_bytes,
    responses_events,
    responses_whole,
)
from skill.testing.steps import (
    Always,
    Answers,
    Cut,
    Half,
    Late,
    Silent,
    Status,
    Step,
    Trickle,
)

_MOST_KEPT = 10_000
"""Requests that are kept of an endless script; the earlier ones are forgotten."""

_AT_ONCE = 65_536
"""Bytes that are written before it is looked whether the other side still reads."""

_DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    path: str
    """Behind the base URL: `/chat/completions` or `/responses`."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: dict[str, Any]

    @property
    def streamed(self) -> bool:
        """Whether the answer should come as a stream."""
        return bool(self.body.get("stream"))


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer ready to be written."""

    pieces: Sequence[bytes]
    status: int = 200
    headers: tuple[str, ...] = ()
    streamed: bool = False

    def head(self) -> bytes:
        length = "transfer-encoding: chunked"
        if not self.streamed:
            length = f"content-length: {sum(map(len, self.pieces))}"
        kind = "text/event-stream" if self.streamed else "application/json"
        lines = (f"HTTP/1.1 {self.status} Scripted", f"content-type: {kind}", length, *self.headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def body(self) -> Iterable[bytes]:
        if not self.streamed:
            return self.pieces
        chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in self.pieces if piece]
        return [*chunks, b"0\r\n\r\n"]


class ScriptedServer:
    """Answers requests with its steps, in the order in which they arrive. Used as a context manager.

    Leaving it fails where steps were left over, or a request came that the script did not expect.
    """

    def __init__(self, steps: Sequence[Step] | Always) -> None:
        self._script = steps
        self._n_taken = 0
        self._requests: deque[Asked] = deque(maxlen=_MOST_KEPT)
        self._unexpected: list[str] = []
        self._hang_ups = threading.Semaphore(0)
        self._handlers: set[asyncio.Task[Any]] = set()
        self._started = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._port = 0
        self.n_connections = 0
        """Connections that were made to it so far."""
        self.n_sent = 0
        """Bytes of answers that were handed to the sockets so far."""

    @property
    def base_url(self) -> str:
        """Where it listens, as `OPENAI_BASE_URL` wants it."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[Asked]:
        """What it was asked so far, in order; of an endless script the last ten thousand."""
        return list(self._requests)

    def saw_hang_up(self, within_s: float = 5.0) -> bool:
        """Whether a client left before its answer was whole; waits for it, and tells each such client once."""
        return self._hang_ups.acquire(timeout=within_s)

    def finish(self) -> None:
        """Fail where the script and what happened differ.

        Raises:
            AssertionError: with each unexpected request, or how many steps were left over.
        """
        faults = list(self._unexpected)
        if not isinstance(self._script, Always) and self._n_taken < len(self._script):
            left = self._script[self._n_taken :]
            faults.append(f"{len(left)} steps were left over, first: {left[0]!r}"[:500])
        if faults:
            raise AssertionError("\n".join(faults))

    # -- its thread ---------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="scripted-server", daemon=True)
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._over is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()
        # What went wrong first is what the test should tell.
        if error is None:
            self.finish()

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self._port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._over.wait()
        server.close()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    # -- one connection -----------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        handler = asyncio.current_task()
        assert handler is not None
        self._handlers.add(handler)
        try:
            while (asked := await _request(reader)) is not None:
                try:
                    if not await self._follow(self._next(asked), asked, reader, writer):
                        return
                except ConnectionError:
                    self._hang_ups.release()
                    return
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._handlers.discard(handler)
            writer.close()

    def _next(self, asked: Asked) -> Step:
        self._requests.append(asked)
        if asked.path not in ("/chat/completions", "/responses"):
            self._unexpected.append(f"unexpected request to `{asked.path}`")
            return Status(404, message="no such path")
        if isinstance(self._script, Always):
            return self._script.step
        if self._n_taken >= len(self._script):
            last = str(asked.body.get("messages", asked.body.get("input")))[-200:]
            n_steps = len(self._script)
            self._unexpected.append(f"unexpected request after all {n_steps} steps: {last}")
            return Status(500, message="the script is over")
        self._n_taken += 1
        return self._script[self._n_taken - 1]

    async def _follow(
        self, step: Step, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Do what the step says; tell whether the connection may be used again."""
        if isinstance(step, Late):
            await asyncio.sleep(step.after_s)
            return await self._follow(step.step, asked, reader, writer)
        if isinstance(step, Silent):
            await reader.read(1)
            raise ConnectionResetError
        if isinstance(step, Trickle):
            reply = self._reply(step.turn, asked)
            await self._write(writer, [reply.head()])
            for byte in b"".join(reply.body()):
                await asyncio.sleep(step.pause_s)
                await self._write(writer, [bytes((byte,))])
            return True
        if isinstance(step, Cut):
            reply = self._reply(step.turn, asked)
            body = b"".join(reply.body())
            await self._write(writer, [reply.head(), body[: int(len(body) * step.share)]])
            return False
        reply = self._reply(step, asked)
        await self._write(writer, [reply.head(), *reply.body()])
        return True

    async def _write(self, writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
        whole = b"".join(pieces)
        for at in range(0, len(whole), _AT_ONCE):
            part = whole[at : at + _AT_ONCE]
            writer.write(part)
            await writer.drain()
            self.n_sent += len(part)

    def _reply(self, step: Step, asked: Asked) -> _Reply:
        if isinstance(step, Status):
            return _refusal(step)
        if isinstance(step, Half):
            return _half(step, asked)
        if isinstance(step, Answers):
            return _as_it_stands(step, asked)
        if isinstance(step, Turn | str):
            return _spoken(Turn(step) if isinstance(step, str) else step, asked)
        assert callable(step), f"`{step!r}` is no answer"
        try:
            made = step(asked.body)
        except Exception as error:  # noqa: BLE001 - told when the script is finished
            self._unexpected.append(f"a step raised {type(error).__name__}: {error}")
            return self._reply(Status(500, message="the script raised"), asked)
        if isinstance(made, Mapping):
            made = json.dumps(made, ensure_ascii=False)
        return self._reply(made, asked)


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    """The next request of a connection; none where it was closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (ln.partition(":") for ln in lines)
        }
        data = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    body = json.loads(data) if data else {}
    return Asked(first.split(" ")[1].removeprefix("/v1"), headers, body)


def _spoken(turn: Turn, asked: Asked) -> _Reply:
    model = str(asked.body.get("model"))
    chat = asked.path == "/chat/completions"
    if not asked.streamed:
        whole = chat_whole(turn, model) if chat else responses_whole(turn, model)
        return _Reply((encoded(whole),))
    if not chat:
        events = [event_bytes(event) for event in responses_events(turn, model)]
        return _Reply(events, streamed=True)
    with_usage = bool((asked.body.get("stream_options") or {}).get("include_usage"))
    events = [event_bytes(event) for event in chat_events(turn, model, with_usage=with_usage)]
    return _Reply([*events, _DONE], streamed=True)


def _refusal(step: Status) -> _Reply:
    told = {"retry-after": step.retry_after, "location": step.location}
    headers = tuple(f"{name}: {value}" for name, value in told.items() if value)
    error = {"message": step.message, "type": "scripted", "code": None}
    body = encoded({"error": error}) if step.body is None else step.body
    return _Reply((body,), step.code, headers)


def _half(step: Half, asked: Asked) -> _Reply:
    pieces = words(step.text)
    if not asked.streamed:
        whole = _spoken(Turn(step.text), asked).pieces[0]
        return _Reply((whole[: len(whole) // 2],))
    if asked.path == "/responses":
        events = [{"type": "response.output_text.delta", "delta": piece} for piece in pieces]
        return _Reply([event_bytes(event) for event in events], streamed=True)
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    return _Reply([event_bytes(chunk) for chunk in chunks], streamed=True)


def _as_it_stands(step: Answers, asked: Asked) -> _Reply:
    body = step.body
    if not asked.streamed:
        return _Reply((body if isinstance(body, bytes) else encoded(body),))
    events = body if isinstance(body, list) else [body]
    return _Reply([*(event_bytes(event) for event in events), _DONE], streamed=True)
