"""What every part of the agent's proof stands on: the sample company, who asks what, and how a reply is played to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Self

from skill.agent.loop import Agent, Budget
from skill.agent.provider.turns import Heard, LanguageModel, Turn, TurnRequest
from skill.ask import Asked, Workspace, workspace_of
from skill.compiler.folder import Compiler, read_folder
from skill.converse import Asking, Conversed, converse
from skill.model.playbook import Playbook
from skill.sample import sample_topics

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WAYS = (
    "Can I use {}?",
    "Do we have {} on our plan?",
    "How do I get {}?",
    "What does {} cost?",
    "Is {} included for my whole team?",
    "We need {} this week, what can we do?",
)
"""How people ask for a feature."""
APART = (
    "Can I send a list to another tool?",
    "What does my plan include?",
    "How many automation runs do I have left?",
    "I would like a refund for last month's invoice.",
    "Do you have a barcode scanner?",
    "Which plans are there?",
    "Can we get more seats?",
)
"""Questions about several features, a limit, the plans, or nothing of ours."""


@dataclass(frozen=True)
class Small:
    """How much of each part is done: this much in a minute, and `FULL` where there is time."""

    lies: int = 400
    honest: int = 200
    echoes: int = 300
    attacks: int = 120
    dead: int = 200
    each: int = 2
    """Questions for each way in which an endpoint answers badly."""
    rounds: int = 40
    """Answers that are timed, for each way to make them."""
    rate_s: float = 3.0
    """Seconds of requests over HTTP."""
    pricings: int = 120
    """Cases of the real pricings; 0 is all of them."""
    fuzz: int = 2_000
    """Random texts for the verifier, and a tenth as many bodies."""


FULL = Small(10_000, 2_000, 25_000, 3_000, 5_000, 12, 600, 10.0, 0, 1_000_000)


def compiled_workspace(sources: Mapping[str, str]) -> Workspace:
    """The sample company ready to answer, from these sources of it."""
    return workspace_of(Compiler().compile_sources(dict(sources), TODAY), data_dir=None)


@cache
def sample() -> Workspace:
    """The sample company as it is, opened once for all parts."""
    return compiled_workspace(read_folder(sample_topics()))


def questions(playbook: Playbook) -> list[str]:
    """Every feature asked for in each way, by its name; and those apart."""
    found = [way.format(f.name) for way in WAYS for f in playbook.features.values()]
    return [*found, *APART]


class Says:
    """A model that follows one script: each step is a turn, or makes one of what it is sent. The last step is repeated."""

    name = "scripted"

    def __init__(self, steps: Sequence[Turn | Callable[[TurnRequest], Turn]]) -> None:
        self._steps = steps
        self.requests: list[TurnRequest] = []

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The next step; a stream is one piece."""
        self.requests.append(request)
        step = self._steps[min(len(self.requests), len(self._steps)) - 1]
        turn = step if isinstance(step, Turn) else step(request)
        if heard is not None and turn.text:
            heard(turn.text)
        return turn


@dataclass
class Stage:
    """Plays models before one workspace; one event loop serves all of them."""

    workspace: Workspace
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.close()

    def on(self, workspace: Workspace) -> Stage:
        """The same stage before another workspace."""
        return Stage(workspace, self.runner)

    def plays(
        self, asking: Asking, model: LanguageModel, *, asked: Asked | None = None, **how: Any
    ) -> Conversed:
        """One answer with this model; prose is let in where nothing else is said."""
        how.setdefault("composition", "fluid")
        budget: Budget | None = how.pop("budget", None)
        made = converse(self.workspace, asking, Agent(model, budget), asked=asked, **how)
        return self.runner.run(made)


def reply(*sentences: Mapping[str, Any], **more: Any) -> str:
    """A whole reply as a model would write it."""
    return json.dumps({**more, "sentences": list(sentences)}, ensure_ascii=False)


def ids_in(request: TurnRequest) -> tuple[list[str], list[str]]:
    """The ids of quotes and of facts that a reply may name, as its schema enumerates them."""
    kinds = dict(request.schema or {})["properties"]["sentences"].get("items", {"anyOf": []})
    found: dict[str, list[str]] = {"quote": [], "fact": []}
    for kind in kinds["anyOf"]:
        for name, ids in found.items():
            ids += kind["properties"].get(name, {}).get("enum", [])
    return found["quote"], found["fact"]


def candidates_in(request: TurnRequest) -> list[str]:
    """The keys that a reply may choose among."""
    found: list[str] = dict(request.schema or {})["properties"].get("choice", {}).get("enum", [])
    return found


def decided(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of an answer no model may change: offers, the asked features' access, who takes over, what is missing."""
    names = ("recommended_offers", "candidates", "handoff", "missing", "triggered", "withheld")
    return {name: body.get(name) for name in names} | {"feature": body.get("feature")}


def settled(done: Asked) -> tuple[Any, ...]:
    """The decision without what it was asked in: accesses, offers, and what was withheld, with their reasons."""
    one = done.decision
    return one.meaning.outcome, one.accesses, one.plans, one.offers, one.withheld


def none_of(found: int, n: int) -> str:
    """So many of so many; where there is none, what that rules out. Source: the rule of three."""
    return (
        f"{found} of {n:,} (at most {3 / n:.2%} at 95 %)"
        if not found and n
        else f"{found} of {n:,}"
    )


def at(times: Sequence[float], share: float) -> float:
    """The time that this share of all stayed under, in milliseconds."""
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def told(what: str, n: int) -> Iterator[int]:
    """Count to n, and tell how far it is every two seconds."""
    began = last = time.monotonic()
    for i in range(n):
        now = time.monotonic()
        if now - last > 2:
            last = now
            print(f"    {what}: {i:,} of {n:,} in {now - began:.0f} s", flush=True)
        yield i


def some(found: Iterable[str]) -> str:
    """What was found, behind a figure; nothing where nothing was."""
    texts = shown(found)
    return f": {texts}" if texts else ""


def shown(texts: Iterable[str], most: int = 5) -> str:
    """The first few of these, for a table."""
    found = list(dict.fromkeys(texts))
    return " / ".join(found[:most]) + (f" and {len(found) - most} more" if found[most:] else "")
