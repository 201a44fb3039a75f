"""Chat Completions on the wire: what is sent, and what an answer has to look like; pure, without a socket.

The portable dialect: every OpenAI-compatible server speaks it. What is not needed is ignored, and what is needed
is checked, because such servers differ.

Source: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from skill.agent.provider.turns import (
    Finish,
    Message,
    Said,
    System,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    TurnRequest,
    Used,
    User,
)
from skill.agent.provider.wire import Odd, Told, Wire, mended, tokens

PATH = "/chat/completions"


class _Function(Wire):
    name: str = Field(min_length=1)
    arguments: str


class _Call(Wire):
    id: str | None = None
    function: _Function


class _Message(Wire):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(Wire):
    message: _Message
    finish_reason: Finish


class _Completion(Wire):
    choices: tuple[_Choice, ...] = ()
    usage: Any = None
    error: Any = None


class _PartOfFunction(Wire):
    name: str | None = None
    arguments: str | None = None


class _PartOfCall(Wire):
    index: int
    id: str | None = None
    function: _PartOfFunction = _PartOfFunction()


class _Delta(Wire):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_PartOfCall] | None = None


class _ChunkChoice(Wire):
    delta: _Delta | None = None
    finish_reason: Finish | None = None


class _Chunk(Wire):
    choices: tuple[_ChunkChoice, ...] = ()
    usage: Any = None
    error: Any = None


class Chat:
    """How Chat Completions is spoken."""

    path = PATH

    def __init__(
        self,
        *,
        limit_as: Literal["max_tokens", "max_completion_tokens"] = "max_tokens",
        temperature: float | None = None,
    ) -> None:
        self._limit_as = limit_as
        self._temperature = temperature

    def body(self, model: str, request: TurnRequest, *, stream: bool) -> dict[str, Any]:
        """What is sent, ready for JSON."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [_sent(message) for message in request.messages],
            self._limit_as: request.max_tokens,
        }
        if self._temperature is not None:
            body["temperature"] = self._temperature
        if request.tools:
            body["tools"] = [_offered(tool) for tool in request.tools]
        if request.schema is not None:
            wanted = {"name": request.schema_name, "strict": True, "schema": dict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body

    def whole(self, data: bytes) -> Turn:
        """The turn in an answer that came in one piece.

        Raises:
            Odd, Told, pydantic.ValidationError: it holds none.
        """
        answer = _Completion.model_validate_json(data)
        if answer.error:
            raise Told(answer.error)
        if not answer.choices:
            raise Odd("no choices")
        choice = answer.choices[0]
        if not choice.finish_reason:
            raise Odd("no reason for its end")
        said = choice.message
        return Turn(
            text=said.content or "",
            calls=tuple(
                ToolCall(call.id or f"call_{at}", call.function.name, call.function.arguments)
                for at, call in enumerate(said.tool_calls or ())
            ),
            used=_used(answer.usage),
            refusal=said.refusal or "",
            finish=choice.finish_reason,
        )

    def hearing(self) -> ChatHearing:
        """A new ear for one streamed answer."""
        return ChatHearing()


class ChatHearing:
    """Puts one streamed answer together."""

    def __init__(self) -> None:
        self.n_chars = 0
        """Of everything said so far: text, refusal and the arguments of calls."""
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, ToolCall] = {}
        self._arguments: dict[int, list[str]] = {}
        self._finish: Finish = ""
        self._usage: Any = None

    def hear(self, data: bytes) -> str:
        """Take one event; tell the piece of text in it.

        Raises:
            Told, pydantic.ValidationError: it is none.
        """
        chunk = _Chunk.model_validate_json(data)
        if chunk.error:
            raise Told(chunk.error)
        if chunk.usage is not None:
            self._usage = chunk.usage
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self._finish = choice.finish_reason or self._finish
        delta = choice.delta
        if delta is None:
            return ""
        for part in delta.tool_calls or ():
            self._hear_call(part)
        piece = delta.content or ""
        self._text.append(piece)
        self._refusal.append(delta.refusal or "")
        self.n_chars += len(piece) + len(delta.refusal or "")
        return piece

    def _hear_call(self, part: _PartOfCall) -> None:
        name, more = part.function.name, part.function.arguments or ""
        if part.index not in self._calls:
            # The name comes with the first piece of a call, and whole.
            if not name:
                raise Odd("a call without a name")
            self._calls[part.index] = ToolCall(part.id or f"call_{part.index}", name, "")
            self._arguments[part.index] = []
        self._arguments[part.index].append(more)
        self.n_chars += len(more)

    def turn(self) -> Turn | None:
        """The whole turn; none where the model has not said why it ended."""
        if not self._finish:
            return None
        return Turn(
            text="".join(self._text),
            calls=tuple(
                ToolCall(call.id, call.name, "".join(self._arguments[at]))
                for at, call in sorted(self._calls.items())
            ),
            used=_used(self._usage),
            refusal="".join(self._refusal),
            finish=self._finish,
        )


def _sent(message: Message) -> dict[str, Any]:
    match message:
        case System(text):
            return {"role": "system", "content": mended(text)}
        case User(text):
            return {"role": "user", "content": mended(text)}
        case ToolResult(call_id, text):
            return {"role": "tool", "tool_call_id": call_id, "content": mended(text)}
        case Said(text, calls):
            # An empty text beside calls is sent as none: some servers refuse the empty one.
            said: dict[str, Any] = {"role": "assistant", "content": mended(text) or None}
            if calls:
                said["tool_calls"] = list(_called(calls))
            return said


def _called(calls: tuple[ToolCall, ...]) -> Iterator[dict[str, Any]]:
    for call in calls:
        function = {"name": call.name, "arguments": mended(call.arguments)}
        yield {"id": call.id, "type": "function", "function": function}


def _offered(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": True,
    }
    return {"type": "function", "function": function}


def _used(usage: Any) -> Used:
    return Used(
        prompt_tokens=tokens(usage, "prompt_tokens"),
        cached_tokens=tokens(usage, "prompt_tokens_details", "cached_tokens"),
        completion_tokens=tokens(usage, "completion_tokens"),
    )
