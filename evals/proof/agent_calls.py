"""What an answer with a model takes: calls, tools, bytes of its prompt, the first sentence, and the verifier's time."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from random import Random

from evals.proof import wice
from evals.proof.agent_forgeries import scenes
from evals.proof.agent_stage import (
    NOW,
    Says,
    Small,
    Stage,
    at,
    questions,
    reply,
    sample,
)
from evals.proof.claims import honest
from evals.proof.table import Table
from evals.run import judge, load
from skill.agent.claims import Ground
from skill.agent.grounding import Prover
from skill.agent.provider.chat import Chat
from skill.agent.provider.turns import Heard, Turn, TurnRequest
from skill.ask import Workspace
from skill.converse import Asking
from skill.testing import customer
from skill.testing.model import words

TYPICAL = "Can I export to Salesforce?"
WORD_S = 0.004
"""Seconds from one word of the streamed model to the next: 250 words a second."""


class Slowly:
    """A model that streams one honest reply word by word."""

    name = "slowly"

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The reply, after the time that its words take; it is the same for every request."""
        del request
        text = reply(
            {"prose": "Good question!", "evidence": []},
            {"quote": "q1"},
            {"prose": "Here is how it works.", "evidence": []},
            {"prose": "Thank you for the question.", "evidence": []},
            {"quote": "q2"},
        )
        for piece in words(text):
            await asyncio.sleep(WORD_S)
            if heard is not None:
                heard(piece)
        return Turn(text)


def size_of(request: TurnRequest) -> int:
    """Bytes of what a model reads: messages, tools and the schema, without what the wire puts around them."""
    parts = [getattr(message, "text", "") for message in request.messages]
    parts += [c.name + c.arguments for m in request.messages for c in getattr(m, "calls", ())]
    parts += [t.name + t.description + _json(dict(t.parameters)) for t in request.tools]
    return len("".join([*parts, _json(dict(request.schema or {}))]).encode())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rows(table: Table, much: Small) -> None:
    """The figures of calls, prompts, streams and the verifier."""
    conversations(table)
    with Stage(sample()) as stage:
        prompts(table, stage)
        streamed(table, stage)
    verifier(table, sample(), much.rounds * 3)
    if wice.CLAIMS.is_file():
        table.rows += (found := wice.rows(wice.claims()))
        for row in found:
            print(f"  {row.figure}: {row.value}", flush=True)
    else:
        table.add("claims that other people judged", "not here; their figures are left out")


def conversations(table: Table) -> None:
    """Calls and tools over all fixture conversations, each as expected."""
    workspace = sample()
    calls: list[int] = []
    tools: list[int] = []
    failed: list[str] = []
    for one in load():
        judged = list(judge(one, workspace, scripted=True))
        calls += [j.calls for j in judged if j.calls]
        tools.append(sum(j.tools for j in judged))
        failed += [one.id for j in judged if not j.passed]
    middle = statistics.median(calls)
    n_many = sum(n >= 2 for n in tools)
    table.add(
        "conversations as expected with a model",
        f"{len(tools) - len(set(failed))} of {len(tools)}",
        "all",
        not failed,
    )
    table.add(
        "calls of the model for an answer, median and mean",
        f"{middle:g}, {statistics.mean(calls):.2f} of {len(calls)} answers",
        "median 1",
        middle == 1,
    )
    table.add(
        "conversations in which two or more tools were used",
        f"{n_many} of {len(tools)}",
        "at least 10",
        n_many >= 10,
    )


def prompts(table: Table, stage: Stage) -> None:
    """Bytes of the first prompt of an answer."""
    sizes, wires = [], []
    for question in (TYPICAL, *questions(stage.workspace.playbook)[::5]):
        model = Says([Turn(reply())])
        stage.plays(Asking(question, customer(plan="starter"), NOW), model)
        for request in model.requests[:1]:
            sizes.append(size_of(request))
            wires.append(len(_json(Chat().body("gpt", request, stream=False)).encode()))
    table.add(
        "prompt of a typical question",
        f"{sizes[0]:,} bytes ({wires[0]:,} on the wire)",
        "under 2,560",
        sizes[0] < 2_560,
    )
    table.add(
        "prompt over all questions, median and longest",
        f"{statistics.median(sizes):,.0f} and {max(sizes):,} bytes of {len(sizes)}",
    )


def streamed(table: Table, stage: Stage) -> None:
    """When the first proven sentence can be shown, and when the whole answer can."""
    firsts, wholes = [], []
    for _ in range(9):
        began = time.perf_counter()
        asking = Asking(TYPICAL, customer(plan="starter"), NOW)
        done = stage.plays(asking, Slowly(), heard=lambda _: None)
        wholes.append(time.perf_counter() - began)
        firsts.append((done.tally.first_s if done.tally else None) or wholes[-1])
    first, whole = statistics.median(firsts) * 1000, statistics.median(wholes) * 1000
    figure = f"first proven sentence of a stream of {1 / WORD_S:.0f} words a second, median"
    table.add(figure, f"{first:.0f} ms of {whole:.0f} ms", "before a third", first < whole / 3)


def verifier(table: Table, workspace: Workspace, n: int) -> None:
    """The time to verify the prose of one answer, and to prove a whole one."""
    rng = Random(8)
    found = [s for s in scenes(workspace) if s.said]
    names, prover = workspace.prover.names, Prover(workspace.playbook)
    prose: list[float] = []
    whole: list[float] = []
    for i in range(n):
        scene = found[i % len(found)]
        good = honest(Random(rng.random()), names, scene.said)
        said = [next(good).text for _ in range(4)]
        evidence = {str(k): text for k, text in enumerate(scene.said[0].texts)}
        began = time.perf_counter()
        ground = Ground(evidence, names)
        for text in said:
            ground.unproven(text, tuple(evidence))
        prose.append(time.perf_counter() - began)
        body = scene.asked.answer.body()
        began = time.perf_counter()
        prover.prove(body)
        whole.append(time.perf_counter() - began)
    middle = at(prose, 0.5)
    table.add(
        "verifier: four sentences of prose of one answer, p50, p99",
        f"{middle:.2f} ms, {at(prose, 0.99):.2f} ms",
        "p50 under 1 ms",
        middle < 1,
    )
    middle = at(whole, 0.5)
    table.add(
        "verifier: a whole answer proven, p50, p99",
        f"{middle:.2f} ms, {at(whole, 0.99):.2f} ms",
        "p50 under 1 ms",
        middle < 1,
    )
