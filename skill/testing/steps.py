"""What a scripted server may do with a request: answer, or go wrong in one of the ways in which servers do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skill.agent.provider.turns import Turn


@dataclass(frozen=True, slots=True)
class Answers:
    """The body exactly as it stands here: bytes, or a value that is sent as JSON; for wrong shapes.

    In a stream it is one event, or with a list several, and the end of the stream follows.
    """

    body: bytes | Mapping[str, Any] | Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP status with an error in its body."""

    code: int
    retry_after: str = ""
    """The header as it is sent; none where it is empty."""
    message: str = "not today"
    location: str = ""
    """Where a redirect leads."""
    body: bytes | None = None
    """The whole body, in the place of one that holds the message."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks after this much of an answer."""

    turn: Turn | str
    share: float = 0.5
    """Of the bytes of the answer's body, 0 to 1; the status line and the headers always arrive."""


@dataclass(frozen=True, slots=True)
class Half:
    """A stream that ends politely in the middle: all text, and nothing that says it is the end."""

    text: str


@dataclass(frozen=True, slots=True)
class Trickle:
    """An answer one byte at a time."""

    turn: Turn | str
    pause_s: float = 0.05


@dataclass(frozen=True, slots=True)
class Late:
    """Another step after this time."""

    step: Step
    after_s: float


@dataclass(frozen=True, slots=True)
class Silent:
    """Takes the request and never answers."""


Made = Callable[[dict[str, Any]], "Turn | str | Mapping[str, Any]"]
"""Makes an answer of the body of the request; a mapping becomes the answer's text, as JSON."""

Step = Turn | str | Made | Answers | Status | Cut | Half | Trickle | Late | Silent
"""One thing that the server does. A text is a turn that says it."""


@dataclass(frozen=True, slots=True)
class Always:
    """A script without an end."""

    step: Step


def always(step: Step) -> Always:
    """A script that does the same for every request, as often as it is asked."""
    return Always(step)
