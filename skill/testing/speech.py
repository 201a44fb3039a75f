"""Turns as the two APIs put them on the wire, whole and streamed: the other side of `skill/agent/provider/chat.py` and `responses.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from skill.agent.provider.turns import Turn
from skill.testing.model import words

Event = dict[str, Any]


def encoded(value: Any) -> bytes:
    """A value as JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def event_bytes(event: Any) -> bytes:
    """One server-sent event."""
    kind = event.get("type") if isinstance(event, Mapping) else None
    name = f"event: {kind}\n".encode() if isinstance(kind, str) else b""
    return name + b"data: " + (event if isinstance(event, bytes) else encoded(event)) + b"\n\n"


def chat_whole(turn: Turn, model: str) -> Event:
    """A turn as Chat Completions answers it in one piece."""
    message: Event = {"role": "assistant", "content": turn.text or None}
    if turn.refusal:
        message["refusal"] = turn.refusal
    if turn.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in turn.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(turn)}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [choice],
        "usage": _chat_usage(turn),
    }


def chat_events(turn: Turn, model: str, *, with_usage: bool) -> Iterator[Event]:
    """A turn as Chat Completions streams it, without the `[DONE]` behind it."""
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model}

    def chunk(delta: Event, finish: str | None = None) -> Event:
        return {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in words(turn.text):
        yield chunk({"content": piece})
    for piece in words(turn.refusal):
        yield chunk({"refusal": piece})
    for at, call in enumerate(turn.calls):
        named = {"name": call.name, "arguments": ""}
        yield chunk(
            {"tool_calls": [{"index": at, "id": call.id, "type": "function", "function": named}]}
        )
        for piece in words(call.arguments):
            yield chunk({"tool_calls": [{"index": at, "function": {"arguments": piece}}]})
    yield chunk({}, _finish(turn))
    if with_usage:
        yield {**frame, "choices": [], "usage": _chat_usage(turn)}


def responses_whole(turn: Turn, model: str) -> Event:
    """A turn as the Responses API answers it in one piece."""
    parts: list[Event] = []
    if turn.text:
        parts.append({"type": "output_text", "text": turn.text, "annotations": []})
    if turn.refusal:
        parts.append({"type": "refusal", "refusal": turn.refusal})
    output: list[Event] = [{"type": "reasoning", "id": "rs_1", "summary": []}]
    if parts:
        output.append({"type": "message", "id": "msg_1", "role": "assistant", "content": parts})
    output += [
        {
            "type": "function_call",
            "id": f"fc_{at}",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }
        for at, call in enumerate(turn.calls)
    ]
    reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
    reason = reasons.get(turn.finish)
    used = turn.used
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": output,
        "usage": {
            "input_tokens": used.prompt_tokens,
            "input_tokens_details": {"cached_tokens": used.cached_tokens},
            "output_tokens": used.completion_tokens,
            "total_tokens": used.prompt_tokens + used.completion_tokens,
        },
    }


def responses_events(turn: Turn, model: str) -> Iterator[Event]:
    """A turn as the Responses API streams it."""
    whole = responses_whole(turn, model)
    started = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": started}
    for piece in words(turn.text):
        yield {"type": "response.output_text.delta", "item_id": "msg_1", "delta": piece}
    for piece in words(turn.refusal):
        yield {"type": "response.refusal.delta", "item_id": "msg_1", "delta": piece}
    for at, call in enumerate(turn.calls):
        for piece in words(call.arguments):
            yield {
                "type": "response.function_call_arguments.delta",
                "item_id": f"fc_{at}",
                "delta": piece,
            }
    yield {"type": f"response.{whole['status']}", "response": whole}


def _finish(turn: Turn) -> str:
    return turn.finish or ("tool_calls" if turn.calls else "stop")


def _chat_usage(turn: Turn) -> Event:
    used = turn.used
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_tokens},
    }
