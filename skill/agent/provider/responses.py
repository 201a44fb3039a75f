"""The Responses API on the wire: what is sent, and what an answer has to look like; pure, without a socket.

Nothing is kept at the provider (`store` is off): each request carries its whole conversation.

Source: https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

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

PATH = "/responses"


class _Part(Wire):
    type: str
    text: str | None = None
    refusal: str | None = None


class _Item(Wire):
    type: str
    content: list[_Part] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class _Incomplete(Wire):
    reason: Literal["max_output_tokens", "content_filter"]


class _Response(Wire):
    status: Literal["completed", "incomplete", "failed"] | None = None
    output: tuple[_Item, ...] = ()
    incomplete_details: _Incomplete | None = None
    usage: Any = None
    error: Any = None


class _Event(Wire):
    type: str = ""
    delta: Any = None
    error: Any = None
    message: Any = None
    code: Any = None


class _End(Wire):
    response: _Response


_ENDS = ("response.completed", "response.incomplete", "response.failed")


class Responses:
    """How the Responses API is spoken."""

    path = PATH

    def __init__(self, *, temperature: float | None = None) -> None:
        self._temperature = temperature

    def body(self, model: str, request: TurnRequest, *, stream: bool) -> dict[str, Any]:
        """What is sent, ready for JSON."""
        body: dict[str, Any] = {
            "model": model,
            "input": [item for message in request.messages for item in _sent(message)],
            "max_output_tokens": request.max_tokens,
            "store": False,
        }
        if self._temperature is not None:
            body["temperature"] = self._temperature
        if request.tools:
            body["tools"] = [_offered(tool) for tool in request.tools]
        if request.schema is not None:
            wanted = {"name": request.schema_name, "strict": True, "schema": dict(request.schema)}
            body["text"] = {"format": {"type": "json_schema", **wanted}}
        if stream:
            body["stream"] = True
        return body

    def whole(self, data: bytes) -> Turn:
        """The turn in an answer that came in one piece.

        Raises:
            Odd, Told, pydantic.ValidationError: it holds none.
        """
        return _turn(_Response.model_validate_json(data))

    def hearing(self) -> ResponsesHearing:
        """A new ear for one streamed answer."""
        return ResponsesHearing()


class ResponsesHearing:
    """Puts one streamed answer together: pieces as they come, and the whole from its last event."""

    def __init__(self) -> None:
        self.n_chars = 0
        """Of everything said so far: text, refusal and the arguments of calls."""
        self._text: list[str] = []
        self._turn: Turn | None = None

    def hear(self, data: bytes) -> str:
        """Take one event; tell the piece of text in it.

        Raises:
            Odd, Told, pydantic.ValidationError: it is none.
        """
        event = _Event.model_validate_json(data)
        if event.type == "error" or event.error:
            raise Told(event.error or {"message": event.message, "code": event.code})
        if not event.type:
            raise Odd("an event without a type")
        if event.type in _ENDS:
            return self._hear_end(data)
        if not event.type.endswith(".delta"):
            return ""
        if not isinstance(event.delta, str):
            # A kind of delta that nobody asked for, such as audio.
            if event.type == "response.output_text.delta":
                raise Odd("a piece of text that is none")
            return ""
        self.n_chars += len(event.delta)
        if event.type != "response.output_text.delta":
            return ""
        self._text.append(event.delta)
        return event.delta

    def _hear_end(self, data: bytes) -> str:
        self._turn = _turn(_End.model_validate_json(data).response)
        heard = "".join(self._text)
        if not heard:  # a server that sends no pieces
            self.n_chars += len(self._turn.text)
            return self._turn.text
        if heard != self._turn.text:
            raise Odd("another text at the end than in its pieces")
        return ""

    def turn(self) -> Turn | None:
        """The whole turn; none while its end has not come."""
        return self._turn


def _turn(response: _Response) -> Turn:
    if response.error or response.status == "failed":
        raise Told(response.error)
    if response.status is None:
        raise Odd("no status")
    parts = [p for item in response.output if item.type == "message" for p in item.content or ()]
    calls = tuple(_call(item) for item in response.output if item.type == "function_call")
    return Turn(
        text="".join(_text(part) for part in parts if part.type == "output_text"),
        calls=calls,
        used=Used(
            prompt_tokens=tokens(response.usage, "input_tokens"),
            cached_tokens=tokens(response.usage, "input_tokens_details", "cached_tokens"),
            completion_tokens=tokens(response.usage, "output_tokens"),
        ),
        refusal="".join(part.refusal or "" for part in parts if part.type == "refusal"),
        finish=_finish(response, calls),
    )


def _text(part: _Part) -> str:
    if part.text is None:
        raise Odd("a part of text without text")
    return part.text


def _call(item: _Item) -> ToolCall:
    if not item.call_id or not item.name or item.arguments is None:
        raise Odd("a call without its name, id or arguments")
    return ToolCall(item.call_id, item.name, item.arguments)


def _finish(response: _Response, calls: tuple[ToolCall, ...]) -> Finish:
    if response.status == "completed":
        return "tool_calls" if calls else "stop"
    if response.incomplete_details is None:
        raise Odd("no reason for its end")
    return (
        "length" if response.incomplete_details.reason == "max_output_tokens" else "content_filter"
    )


def _sent(message: Message) -> Iterator[dict[str, Any]]:
    match message:
        case System(text):
            yield {"role": "system", "content": mended(text)}
        case User(text):
            yield {"role": "user", "content": mended(text)}
        case ToolResult(call_id, text):
            yield {"type": "function_call_output", "call_id": call_id, "output": mended(text)}
        case Said(text, calls):
            if text:
                yield {"role": "assistant", "content": mended(text)}
            for call in calls:
                yield {
                    "type": "function_call",
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": mended(call.arguments),
                }


def _offered(tool: Tool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": True,
    }
