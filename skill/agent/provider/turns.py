"""The seam to a language model: what it is told, what it answers, what it used; pure types, no provider.

Everything above speaks to a `LanguageModel` and never sees an endpoint, a socket or a vendor's types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

MAX_TOKENS = 2_048
"""Of one answer, where the caller names no bound: ten times what an answer of ours needs, reasoning included."""

MAX_CHARS = 100_000
"""Characters of one answer, with its tool calls; whatever answers longer is not read to its end."""

Finish = Literal["stop", "tool_calls", "length", "content_filter", ""]
"""Why the model ended, in one set of words for both APIs; empty where a script does not say."""


@dataclass(frozen=True, slots=True)
class System:
    """What the model is told of its task."""

    text: str


@dataclass(frozen=True, slots=True)
class User:
    """What a person said, or what is put before the model as if a person had said it."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants to be used."""

    id: str
    """Names the call in this conversation; its result carries the same."""
    name: str
    arguments: str
    """JSON text as the model wrote it: not parsed, and perhaps not JSON."""


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier turn of the model itself."""

    text: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered to the call of this id."""

    call_id: str
    text: str


Message = System | User | Said | ToolResult
"""One message of a conversation, the oldest first."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of an object. It is sent as strict: every property required, no others allowed."""


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens that were used. All are 0 where an endpoint does not tell."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    """The part of the prompt that the provider had read before."""
    completion_tokens: int = 0

    def __add__(self, other: Used) -> Used:
        return Used(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of a model: text, or tools it wants to be used, or both; or a refusal."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    used: Used = Used()
    refusal: str = ""
    """The model's own words for why it does not answer."""
    finish: Finish = ""
    """`length` means that the text ends in the middle."""


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One question to a model."""

    messages: tuple[Message, ...]
    seconds: float
    """What is left of the deadline: so long after the call began it has ended, one way or another."""
    tools: tuple[Tool, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON Schema that the answer's text has to follow; strict, as for tools."""
    schema_name: str = "reply"
    max_tokens: int = MAX_TOKENS


Heard = Callable[[str], None]
"""Is handed each piece of the answer's text as it comes."""


class LanguageModel(Protocol):
    """Whatever answers a conversation with one turn."""

    @property
    def name(self) -> str:
        """The model's name, as it is recorded with a decision."""
        ...

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The model's answer. With `heard` it is streamed: the pieces that were heard make up its text.

        Raises:
            ModelFailed: no whole answer came; `why` says what was the matter.
        """
        ...
