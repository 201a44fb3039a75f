"""What an answer with a model costs beyond the model, beside two loops written by hand.

All of it in one run on one machine, with a model's server that answers at once in a process of its own.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from evals.proof.agent_stage import NOW, WAYS, Small, at, sample
from evals.proof.agent_wire import Bare, model_server
from evals.proof.table import Table
from skill.agent.loop import Agent
from skill.agent.provider.endpoint import ChatEndpoint
from skill.agent.provider.steady import Steady
from skill.ask import Workspace
from skill.converse import Asking, converse
from skill.testing import customer

AT_ONCE = 32
HAND = ("by hand, two calls", "by hand, search first")
_BLOCK = 20
"""Answers of one way before it is another's turn."""
Work = Callable[[str], Awaitable[Any]]

_SEARCH: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Search the product's documents.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}},
            "required": ["query"],
            "additionalProperties": False,
        },
    },
}
_TASK = "You answer questions about the product's features and plans. Use only the passages you are given."


def asks(workspace: Workspace) -> list[str]:
    """Questions about what Starter lacks, each in several ways, so that no two in a row are alike."""
    lacking = [f.name for f in workspace.playbook.features.values() if not f.free_for_all]
    return [way.format(name) for way in WAYS[:4] for name in lacking]


class Handwritten:
    """Two loops as a developer would write them on the client, without a check of what comes back."""

    def __init__(self, workspace: Workspace, base_url: str) -> None:
        openai = importlib.import_module("openai")
        self.client = openai.AsyncOpenAI(api_key="none", base_url=base_url, max_retries=0)
        self._library = workspace.library

    def _passages(self, query: str) -> str:
        hits = self._library.search(query, "customers", limit=3)
        return "\n".join(getattr(hit.passage, "template", "") for hit in hits)

    async def client_alone(self, question: str) -> None:
        """One call, and nothing around it."""
        said = [{"role": "user", "content": question}]
        await self.client.chat.completions.create(model="client-alone", messages=said)

    async def two_calls(self, question: str) -> str:
        """The model calls for a search, and is asked again with its result."""
        messages: list[Any] = [
            {"role": "system", "content": _TASK},
            {"role": "user", "content": question},
        ]
        first = await self.client.chat.completions.create(
            model="two-calls", messages=messages, tools=[_SEARCH]
        )
        said = first.choices[0].message
        messages.append(said.model_dump(exclude_none=True))
        for call in said.tool_calls or ():
            found = self._passages(json.loads(call.function.arguments)["query"])
            messages.append({"role": "tool", "tool_call_id": call.id, "content": found})
        last = await self.client.chat.completions.create(
            model="two-calls", messages=messages, tools=[_SEARCH]
        )
        return str(last.choices[0].message.content)

    async def search_first(self, question: str) -> str:
        """The passages are handed over with the question, in one call."""
        messages = [
            {"role": "system", "content": f"{_TASK}\n\n{self._passages(question)}"},
            {"role": "user", "content": question},
        ]
        said = await self.client.chat.completions.create(model="search-first", messages=messages)
        return str(said.choices[0].message.content)


@dataclass
class Timed:
    """Seconds of answers one after the other, and what of them this process worked."""

    times: list[float] = field(default_factory=list)
    worked: float = 0.0

    @property
    def p50(self) -> float:
        """The median, in milliseconds."""
        return at(self.times, 0.5)

    @property
    def cpu(self) -> float:
        """Milliseconds of a processor for one answer: busy neighbours change it less than the time on the clock."""
        return self.worked / len(self.times) * 1000


async def in_turn(ways: Mapping[str, Work], questions: Sequence[str], n: int) -> dict[str, Timed]:
    """Each way n times, in blocks that take turns, so that a busy moment of the machine meets all of them."""
    found = {name: Timed() for name in ways}
    for work in ways.values():
        for question in questions[:10]:
            await work(question)
    for begin in range(0, n, _BLOCK):
        for name, work in ways.items():
            one = found[name]
            worked = time.process_time()
            for i in range(begin, min(begin + _BLOCK, n)):
                began = time.perf_counter()
                await work(questions[i % len(questions)])
                one.times.append(time.perf_counter() - began)
            one.worked += time.process_time() - worked
    return found


async def together(work: Work, questions: Sequence[str], n: int) -> float:
    """Answers a second with so many on their way at once."""
    left = iter(range(n))

    async def worker() -> None:
        for i in left:
            await work(questions[i % len(questions)])

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return n / (time.perf_counter() - began)


async def compare(table: Table, base_url: str, n: int) -> None:
    """Our loop, our answer without a model, and two written by hand, in turn in the same run."""
    workspace = sample()
    who, questions = customer(plan="starter"), asks(workspace)
    endpoint = ChatEndpoint("ours", base_url=base_url, key="none")
    agent = Agent(Steady(endpoint))
    failed: list[str] = []

    async def ours(question: str) -> None:
        done = await converse(workspace, Asking(question, who, NOW), agent, composition="fluid")
        if done.tally is not None and done.tally.failed:
            failed.append(done.tally.failed)

    async def plainly(question: str) -> None:
        await converse(workspace, Asking(question, who, NOW), None)

    hand = Handwritten(workspace, base_url)
    bare = await Bare.connected(urlsplit(base_url).port or 0)
    body = json.dumps({"model": "ours", "messages": [{"role": "user", "content": "x" * 3_000}]})

    async def model_alone(_: str) -> None:
        await bare.post("/v1/chat/completions", body.encode())

    ways: dict[str, Work] = {
        "the model alone": model_alone,
        "the client alone": hand.client_alone,
        "ours": ours,
        "ours without a model": plainly,
        HAND[0]: hand.two_calls,
        HAND[1]: hand.search_first,
    }
    alone(table, await in_turn(ways, questions, n))
    many = {
        name: await together(work, questions, n * 3)
        for name, work in ways.items()
        if not name.endswith("alone")
    }
    busy(table, many)
    table.add("answers in these runs that the model failed", f"{len(failed)}", "0", not failed)
    bare.close()
    await hand.client.close()
    await endpoint.aclose()


def alone(table: Table, found: Mapping[str, Timed]) -> None:
    """What one answer at a time takes, and what of it is not the model."""
    for name, one in found.items():
        value = f"{one.p50:.2f} ms, {at(one.times, 0.99):.2f} ms; {one.cpu:.2f} ms of a processor"
        table.add(f"one answer at a time, {name}: p50, p99", value)
    ours, plain, model = (found[k] for k in ("ours", "ours without a model", "the model alone"))
    client = found["the client alone"]
    beyond = ours.p50 - model.p50
    table.add(
        "own overhead of an answer beyond the model's time, p50",
        f"{beyond:.2f} ms; {plain.p50:.2f} ms of it decide and prove the answer without a model, "
        f"and the client alone takes {client.p50 - model.p50:.2f} ms",
        "under 3 ms",
        beyond < 3,
    )
    for name in HAND:
        hand = found[name]
        ratio = beyond / (hand.p50 - model.p50)
        value = f"{ratio:.2f} on the clock, {ours.cpu / hand.cpu:.2f} of a processor"
        table.add(f"overhead beyond the model: ours as a multiple of {name}", value)


def busy(table: Table, rates: Mapping[str, float]) -> None:
    """How many answers a second there are with many at once."""
    ours = rates["ours"]
    figure = f"answers a second with {AT_ONCE} at once"
    table.add(f"{figure}, ours", f"{ours:.0f}", "at least 250", ours >= 250)
    for name, rate in rates.items():
        if name != "ours":
            table.add(f"{figure}, {name}", f"{rate:.0f}; ours is {ours / rate:.2f} of it")


def rows(table: Table, much: Small) -> None:
    """The figures of speed."""
    with model_server() as base_url:
        asyncio.run(compare(table, base_url, much.rounds))
