"""What both dialects share on the wire: strict shapes, server-sent events, and what may be wrong with an answer."""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from skill.agent.provider.turns import Turn, TurnRequest


class Wire(BaseModel):
    """A part of an answer: what is needed has its exact type, and what is not needed may be anything."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Odd(ValueError):
    """An answer of a shape that cannot be used; says which. Never leaves the door."""


class Told(ValueError):
    """An error that the endpoint told in the place of an answer. Never leaves the door."""

    def __init__(self, error: Any) -> None:
        message = error.get("message") if isinstance(error, dict) else error
        super().__init__(str(message or "an error without words"))
        code = error.get("code") if isinstance(error, dict) else None
        self.code = code if isinstance(code, str) else ""
        """Stable, such as `rate_limit_exceeded`; empty where there is none."""


class Hearing(Protocol):
    """Puts one streamed answer together."""

    n_chars: int

    def hear(self, data: bytes) -> str:
        """Take one event; tell the piece of text in it."""
        ...

    def turn(self) -> Turn | None:
        """The whole turn, or none while its end has not come."""
        ...


class Dialect(Protocol):
    """How one API is spoken."""

    path: str

    def body(self, model: str, request: TurnRequest, *, stream: bool) -> dict[str, Any]:
        """What is sent, ready for JSON."""
        ...

    def whole(self, data: bytes) -> Turn:
        """The turn in an answer that came in one piece."""
        ...

    def hearing(self) -> Hearing:
        """A new ear for one streamed answer."""
        ...


class Events:
    """Cuts a stream of bytes into the data of its server-sent events.

    Both APIs put each event's data on one line, and name its type inside it; so a line is enough.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def n_waiting(self) -> int:
        """Bytes of a line whose end has not come."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes]:
        """The data of the events whose lines have become whole; comments and other fields are left out."""
        if b"\n" not in data:
            self._rest += data
            return []
        *lines, rest = (bytes(self._rest) + data).split(b"\n")
        self._rest = bytearray(rest)
        return [line[5:].strip() for line in lines if line.startswith(b"data:")]


def mended(text: str) -> str:
    """The text without half characters, which JSON in UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def tokens(usage: Any, *path: str) -> int:
    """A count of tokens in an endpoint's report; 0 where it tells none, since nothing depends on it but a report."""
    for name in path:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return usage if isinstance(usage, int) and usage >= 0 else 0
