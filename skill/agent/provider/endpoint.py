"""The door to the `openai` client: one call to any OpenAI-compatible endpoint, ended by its deadline and checked.

One request, no retries: those are decided in `steady.py`. The client brings authentication, connections and errors;
the bytes of an answer are read here, because the client reads an answer of any length and checks no shape.
"""

from __future__ import annotations

import asyncio
import importlib
import re
import ssl
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from pydantic import ValidationError
from pydantic_core import from_json

from skill.agent.provider.chat import Chat
from skill.agent.provider.responses import Responses
from skill.agent.provider.turns import MAX_CHARS, Heard, Turn, TurnRequest
from skill.agent.provider.wire import Dialect, Events, Odd, Told
from skill.errors import ModelFailed, WhyFailed
from skill.settings import Settings

if TYPE_CHECKING:
    import httpx2
    import openai

OPENAI = "https://api.openai.com/v1"
"""The provider's own address, where no other is configured. Unlike others it always needs a key."""

CONNECT_S = 3.0
"""Seconds to connect; what takes longer is not there, and another try may find it."""

_MAX_BODY = 10 * MAX_CHARS
"""Bytes of an answer in one piece, or of one event: `MAX_CHARS` escaped, and what servers put around it."""

_MAX_STREAM = 160 * MAX_CHARS
"""Bytes of a stream: a token of four characters comes in an event of some hundred bytes."""

_DONE = b"[DONE]"
"""What Chat Completions streams behind its last event."""

_DRAIN_S = 0.1
"""Seconds for the end of a body behind the end of its stream, which the connection needs to be of use again. Source: the client's own."""

_PASSING = frozenset({408, 409, 425})
"""Statuses below 500 that say nothing against the request. Source: the client's own rule for what is tried again."""


class Endpoint:
    """A language model behind an endpoint. Its connections are shared by all calls of one event loop.

    Whoever makes it closes it, in the loop that used it.
    """

    def __init__(self, model: str, dialect: Dialect, *, base_url: str = "", key: str = "") -> None:
        self._model = model
        self._dialect = dialect
        self._base_url = base_url or OPENAI
        self._key = key
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = (
            WeakKeyDictionary()
        )
        self._making = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name, as the endpoint knows it."""
        return self._model

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The model's answer; with `heard` it is streamed.

        Raises:
            ModelFailed: no whole answer came; `why` says what was the matter. The key is never in it.
        """
        if not self._key and self._base_url == OPENAI:
            mend = "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"
            raise self._failed("no_key", "it needs a key", help=mend)
        if not (self._key.isascii() and self._key.isprintable()):
            mend = "copy OPENAI_API_KEY again"
            raise self._failed("no_key", "its key has letters that no key has", help=mend)
        within = asyncio.timeout(max(0.0, request.seconds))
        try:
            async with within:
                return await self._asked(request, heard)
        except TimeoutError:
            if not within.expired():
                raise
            told = f"no whole answer within {request.seconds:.3g} seconds"
            raise self._failed("timeout", told) from None

    async def ready(self) -> None:
        """Load the client now, so that the first answer need not wait for it (about a second)."""
        await self._client()

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        with self._making:
            client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    # -- one call -----------------------------------------------------------------------------------------

    async def _asked(self, request: TurnRequest, heard: Heard | None) -> Turn:
        client = await self._client()
        import anyio
        import httpx2
        import openai

        body = self._dialect.body(self._model, request, stream=heard is not None)
        # As `extra_body` it is sent as it stands. As arguments the client would first walk the whole of it, looking
        # for fields to rename, which was a third of the time of a call.
        opening: Any
        if self._dialect.path == "/responses":
            opening = client.responses.with_streaming_response.create(extra_body=body)
        else:
            chat = client.chat.completions.with_streaming_response
            opening = chat.create(model=self._model, messages=[], extra_body=body)
        try:
            async with opening as response:
                pieces = response.http_response.aiter_bytes()
                turn = await (self._read(pieces) if heard is None else self._hear(pieces, heard))
        except openai.APIConnectionError as error:
            why: WhyFailed = "broken_off"
            if isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout):
                why = "unreachable"
            raise self._failed(why, _named(error.__cause__ or error)) from None
        # The last is what an end of a TLS connection without a goodbye looks like.
        except (httpx2.RequestError, ssl.SSLError, anyio.EndOfStream) as error:
            raise self._failed("broken_off", f"in the middle, {_named(error)}") from None
        if not (turn.text or turn.calls or turn.refusal) and turn.finish in ("stop", "tool_calls"):
            raise self._failed("malformed", "an answer that says nothing")
        return turn

    async def _read(self, pieces: AsyncIterator[bytes]) -> Turn:
        data = bytearray()
        async for piece in pieces:
            data += piece
            if len(data) > _MAX_BODY:
                raise self._too_long()
        with self._checking():
            turn = self._dialect.whole(bytes(data))
        said = (turn.text, turn.refusal, *(call.arguments for call in turn.calls))
        if sum(map(len, said)) > MAX_CHARS:
            raise self._too_long()
        return turn

    async def _hear(self, pieces: AsyncIterator[bytes], heard: Heard) -> Turn:
        hearing = self._dialect.hearing()
        ended = False
        async with aclosing(self._events(pieces)) as events:
            async for event in events:
                if event == _DONE:
                    ended = True
                    break
                with self._checking():
                    piece = hearing.hear(event)
                if hearing.n_chars > MAX_CHARS:
                    raise self._too_long()
                if piece:
                    heard(piece)
        turn = hearing.turn()
        if turn is None and ended:
            raise self._failed("malformed", "a stream that ends without a reason")
        if turn is None:
            raise self._failed("broken_off", "the stream ended before the answer did")
        if ended:
            await _drained(pieces)
        return turn

    async def _events(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The data of each event as it comes."""
        events, n_bytes = Events(), 0
        async for piece in pieces:
            n_bytes += len(piece)
            for data in events.feed(piece):
                yield data
            if n_bytes > _MAX_STREAM or events.n_waiting > _MAX_BODY:
                raise self._too_long()

    # -- what was the matter ------------------------------------------------------------------------------

    def _failed(self, why: WhyFailed, told: str, **more: Any) -> ModelFailed:
        return ModelFailed(f"the model `{self._model}` gave no answer: {told}", why=why, **more)

    def _too_long(self) -> ModelFailed:
        return self._failed("too_long", f"it says more than {MAX_CHARS:,} characters")

    @contextmanager
    def _checking(self) -> Iterator[None]:
        """What the wire says of an answer, in the words of the seam."""
        try:
            yield
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, fault["loc"]))
            told = f"`{place}`: {fault['msg']}" if place else fault["msg"]
            raise self._failed("malformed", told[:200]) from None
        except Odd as error:
            raise self._failed("malformed", str(error)) from None
        except Told as error:
            said = self._without_key(str(error))
            if error.code.startswith("rate_limit"):
                raise self._failed("rate_limited", "it says so in its answer", said=said) from None
            raise self._failed("server_error", "it says so in its answer", said=said) from None

    async def _refuse(self, response: httpx2.Response) -> None:
        """Raise what another status than success means; a hook, since the client reads any length of an error."""
        status = response.status_code
        if response.is_success:
            return
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > _MAX_BODY:
                break
        why: WhyFailed = "refused_request"
        if status == 429:
            why = "rate_limited"
        elif status >= 500 or status in _PASSING:
            why = "server_error"
        raise self._failed(
            why,
            f"it says {status}",
            status=status,
            retry_after_s=_retry_after(response.headers),
            said=self._without_key(_message(bytes(data))),
        )

    def _without_key(self, said: str) -> str:
        # A key so short is a made-up one, and its letters stand in words.
        return (said.replace(self._key, "(the key)") if len(self._key) > 7 else said)[:300]

    # -- the client ---------------------------------------------------------------------------------------

    async def _client(self) -> openai.AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if (found := self._clients.get(loop)) is not None:
            return found
        if "openai.resources.responses" not in sys.modules:
            await asyncio.to_thread(_load)
        with self._making:
            if (found := self._clients.get(loop)) is None:
                found = self._clients[loop] = self._made()
        return found

    def _made(self) -> openai.AsyncOpenAI:
        import httpx2
        import openai

        try:
            return openai.AsyncOpenAI(
                # An endpoint on one's own machine needs no key, and the client does not start without one.
                api_key=self._key or "none",
                base_url=self._base_url,
                max_retries=0,
                # The deadline of a call is kept here; the client's own is for each read, which a trickle never meets.
                timeout=httpx2.Timeout(None, connect=CONNECT_S),
                # A few compressed bytes can be any number of others.
                default_headers={"Accept-Encoding": "identity"},
                # An endpoint that moved is not followed: the conversation would go where nobody sent it.
                http_client=openai.DefaultAsyncHttpx2Client(
                    follow_redirects=False, event_hooks={"response": [self._refuse]}
                ),
            )
        except httpx2.InvalidURL as error:
            raise self._failed("unreachable", f"its address is none: {error}") from None


class ChatEndpoint(Endpoint):
    """A model behind Chat Completions, which every compatible server speaks."""

    def __init__(
        self, model: str, *, base_url: str = "", key: str = "", temperature: float | None = None
    ) -> None:
        # Newer models of OpenAI refuse `max_tokens`, and other servers may not know what took its place.
        own = re.match(r"https://[^/]+\.(openai|azure)\.com(/|$)", base_url or OPENAI)
        limit_as: Literal["max_tokens", "max_completion_tokens"] = (
            "max_completion_tokens" if own else "max_tokens"
        )
        dialect = Chat(limit_as=limit_as, temperature=temperature)
        super().__init__(model, dialect, base_url=base_url, key=key)


class ResponsesEndpoint(Endpoint):
    """A model behind the Responses API."""

    def __init__(
        self, model: str, *, base_url: str = "", key: str = "", temperature: float | None = None
    ) -> None:
        super().__init__(model, Responses(temperature=temperature), base_url=base_url, key=key)


def endpoint_of(settings: Settings) -> Endpoint | None:
    """The configured model, or none where none is configured. Whoever asks for it closes it."""
    if not settings.model:
        return None
    kind = ResponsesEndpoint if settings.model_api == "responses" else ChatEndpoint
    return kind(
        settings.model, base_url=settings.openai_base_url, key=settings.openai_api_key.reveal()
    )


def _load() -> None:
    """Import the client with the parts it imports late: a second, which must not hold up a running loop."""
    for module in ("openai", "openai.resources.chat", "openai.resources.responses"):
        importlib.import_module(module)


async def _drained(pieces: AsyncIterator[bytes]) -> None:
    """Read what is left, a moment long; a connection that does not end then is closed instead of kept."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in pieces:
                pass


def _message(data: bytes) -> str:
    """The words in an error's body: its message where it has one, else the body as it is."""
    try:
        body = from_json(data)
        error = body.get("error", body)
        return str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, AttributeError, KeyError):
        return data[:1_000].decode("utf-8", "replace")


def _named(error: BaseException) -> str:
    """A transport's error in a few words; the class where it has none."""
    return f"{type(error).__name__} {error}".strip()[:200]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds in `Retry-After-Ms` or `Retry-After`; a date is not read, since the two clocks may differ."""
    for key, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(key, "")
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
            return float(value) * unit_s
    return None
