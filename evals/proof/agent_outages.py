"""A provider that is dead, or answers badly in each way there is: every question is answered, in time and as decided."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from evals.proof.agent_stage import (
    APART,
    NOW,
    Small,
    Stage,
    at,
    decided,
    none_of,
    questions,
    sample,
    shown,
    told,
)
from evals.proof.table import Table
from skill.agent.grounding import Prover
from skill.agent.loop import Budget
from skill.agent.provider.endpoint import ChatEndpoint
from skill.agent.provider.steady import Breaker, Steady
from skill.agent.provider.turns import MAX_CHARS, ToolCall, Turn
from skill.converse import Asking
from skill.sample import sample_customers
from skill.testing import (
    Answers,
    Cut,
    Half,
    Late,
    ScriptedServer,
    Silent,
    Status,
    Trickle,
    always,
    customer,
)
from skill.testing.steps import Step

SECONDS = 0.6
"""The deadline of one answer in this proof; the product's own is longer and would only make it wait."""
SLACK_S = 0.5
"""What a busy machine may need beyond the deadline to decide, prove and end."""
_LOOP = Turn("", (ToolCall("c", "check_access", '{"feature": "Audit log"}'),))
BAD: dict[str, tuple[Step, str, bool]] = {
    "no JSON as a reply": ("I will not say JSON.", "malformed", False),
    "half of a JSON reply": ('{"sentences": [{"quote": "q1"}', "malformed", False),
    "no JSON as a body": (Answers(b"<html>"), "failed_malformed", False),
    "another shape": (Answers({"choices": "x"}), "failed_malformed", False),
    "unknown ids": ('{"sentences": [{"quote": "q99"}, {"fact": "f99"}]}', "unknown id", False),
    "tools without end": (_LOOP, "malformed", False),
    "a refusal": (Turn("", refusal="I would rather not."), "refusal", False),
    "half a stream": (Half('{"sentences": [{"quote": "q1"}, {"quo'), "failed_broken_off", True),
    "a stream that is cut": (Cut('{"sentences": [{"quote": "q1"}]}', 0.6), "failed_broken_off", True),
    "a body that is cut": (Cut("It is so."), "failed_broken_off", False),
    "429": (Status(429, retry_after="0.05"), "failed_rate_limited", False),
    "429, come back in an hour": (Status(429, retry_after="3600"), "failed_rate_limited", False),
    "500": (Status(500), "failed_server_error", False),
    "401": (Status(401), "failed_refused_request", False),
    "100 kB and more": ("x" * (MAX_CHARS + 1), "failed_too_long", False),
    "silence": (Silent(), "failed_timeout", False),
    "one byte at a time": (Trickle("It is so.", 0.05), "failed_timeout", False),
    "an answer too late": (Late("It is so.", 30.0), "failed_timeout", False),
}  # fmt: skip
"""What the endpoint does, the counter that tells it, and whether it is streamed."""


@dataclass
class Outage:
    """What came of questions while the provider failed."""

    n: int = 0
    wrong: list[str] = field(default_factory=list)
    """Questions without a proven answer, or with another decision."""
    late: int = 0
    open_s: list[float] = field(default_factory=list)
    """Seconds of each answer that was given while the breaker was open."""
    counted: Counter[str] = field(default_factory=Counter)


def closed_port() -> str:
    """A base URL where nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}/v1"


def dead(stage: Stage, base_url: str, n: int, seconds: float, seed: int) -> Outage:
    """Ask n questions while this endpoint fails in its own way."""
    rng = Random(seed)
    people, asks = sample_customers(NOW), questions(stage.workspace.playbook)
    prover = Prover(stage.workspace.playbook)
    endpoint = ChatEndpoint("dead", base_url=base_url, key="none")
    steady = Steady(endpoint)
    made = Outage()
    for _ in told("questions with a dead provider", n):
        asking = Asking(rng.choice(asks), rng.choice(people), NOW)
        plain = asking.answered(stage.workspace)
        began = time.perf_counter()
        done = stage.plays(asking, steady, budget=Budget(seconds=seconds))
        took = time.perf_counter() - began
        made.n += 1
        made.late += took > seconds + SLACK_S
        if done.tally is not None and done.tally.failed == "breaker_open":
            made.open_s.append(took)
        body = done.asked.answer.body()
        same = decided(body) == decided(plain.answer.body())
        if not same or not prover.prove(body).holds:
            made.wrong.append(asking.question)
    made.counted.update(steady.counts())
    stage.runner.run(endpoint.aclose())
    return made


def badly(stage: Stage, name: str, n: int) -> Outage:
    """Ask n questions while the endpoint answers badly in this way; the breaker stays closed."""
    step, _, streamed = BAD[name]
    made = Outage()
    prover = Prover(stage.workspace.playbook)
    with ScriptedServer(always(step)) as server:
        endpoint = ChatEndpoint("bad", base_url=server.base_url, key="none")
        steady = Steady(endpoint, breaker=Breaker(failures=10_000))
        for i in range(n):
            asks = _OFFERED[:2] if streamed else _OFFERED
            asking = Asking(asks[i % len(asks)], customer(plan="starter"), NOW)
            plain = asking.answered(stage.workspace)
            how: dict[str, Any] = {"heard": lambda _: None} if streamed else {}
            began = time.perf_counter()
            done = stage.plays(asking, steady, budget=Budget(seconds=SECONDS), **how)
            made.late += time.perf_counter() - began > SECONDS + SLACK_S
            made.n += 1
            body = done.asked.answer.body()
            if decided(body) != decided(plain.answer.body()) or not prover.prove(body).holds:
                made.wrong.append(asking.question)
            if done.tally is not None:
                made.counted.update(done.tally.replaced)
                made.counted[done.tally.failed] += bool(done.tally.failed)
        made.counted.update(steady.counts())
        stage.runner.run(endpoint.aclose())
    return made


_OFFERED: Sequence[str] = ("Can I export to Salesforce?", "Do we have the audit log?", APART[0])
"""Two that are answered with an offer, and one that is asked back about: until it is chosen, nothing is streamed."""


def rows(table: Table, much: Small) -> None:
    """The figures of a dead provider, and of each way to answer badly."""
    with Stage(sample()) as stage:
        _measure(table, stage, much)


def _measure(table: Table, stage: Stage, much: Small) -> None:
    third = much.dead // 3
    made = [dead(stage, closed_port(), much.dead - 2 * third, 2.0, 5)]
    with ScriptedServer(always(Silent())) as server:
        made.append(dead(stage, server.base_url, third, 0.2, 6))
    with ScriptedServer(always(Cut("It is so."))) as server:
        made.append(dead(stage, server.base_url, third, 2.0, 7))
    n, wrong = sum(one.n for one in made), [q for one in made for q in one.wrong]
    late = sum(one.late for one in made)
    table.add(
        "provider dead: questions answered, proven and decided as without it",
        f"{n - len(wrong):,} of {n:,}",
        "all",
        not wrong,
    )
    table.add("provider dead: answers after the deadline", none_of(late, n), "0", not late)
    times = [s for one in made for s in one.open_s]
    p99 = at(times, 0.99)
    table.add(
        "provider dead, breaker open: p50, p99",
        f"{at(times, 0.5):.1f} ms, {p99:.1f} ms of {len(times):,}",
        "p99 under 300 ms",
        p99 < 300,
    )
    for name in BAD:
        _, counter, _ = BAD[name]
        one = badly(stage, name, much.each)
        ok = not one.wrong and not one.late and one.counted[counter] >= one.n
        value = f"{one.n - len(one.wrong)} of {one.n} as decided, {one.late} late, {one.counted[counter]} counted as `{counter}`"
        table.add(
            f"provider bad: {name}",
            value + (f": {shown(one.wrong)}" if one.wrong else ""),
            "all, none late, all counted",
            ok,
        )
