"""One answer with a model: what was decided is handed over, it may look up more, and what it says is proven."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from skill.agent import reply, traces
from skill.agent.claims import Names
from skill.agent.pool import Pool
from skill.agent.provider.logged import Logged
from skill.agent.provider.steady import Steady
from skill.agent.provider.turns import (
    LanguageModel,
    Message,
    Said,
    System,
    ToolCall,
    ToolResult,
    Turn,
    TurnRequest,
    Used,
    User,
)
from skill.agent.reply import Composition, Listening, Reply, Unreadable
from skill.agent.telling import Proves, Telling
from skill.agent.tools import TOOLS, Tools, compact
from skill.errors import ModelFailed
from skill.model.answer import Sentence
from skill.settings import ModelPrice, Settings

MAX_CALLS = 6
"""Calls of the model for one answer."""
MAX_TOOLS = 8
"""Tools used for one answer: more are no question but a loop."""
_BROKEN = (
    OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, RecursionError,
)  # fmt: skip
MAX_TOKENS = 1_024
"""Of one reply: ten times what an answer of ours needs."""
_ITS_SHARE = 0.98
"""Of what is left of the deadline, for the model itself."""
_TURNS, _TURN_CHARS = 4, 300
"""So many earlier turns of the person are handed over, and so much of each."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one answer may take."""

    seconds: float = 8.0
    max_calls: int = MAX_CALLS


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, with everything that the loop needs and cannot change."""

    text: str
    earlier: tuple[str, ...]
    """What the person said before, oldest first; what a client claims that others said is not believed."""
    pool: Pool
    tools: Tools
    names: Names
    proves: Proves
    """Whether an answer of these sentences would be proven as a whole."""
    composition: Composition = "strict"
    may_look_up: bool = True
    """Whether tools are offered: not while it is still asked which feature is meant."""


@dataclass(slots=True)
class Tally:
    """What one answer took, and what of it was thrown away."""

    model: str
    calls: int = 0
    used: Used = field(default_factory=Used)
    tools: tuple[str, ...] = ()
    replaced: Counter[str] = field(default_factory=Counter)
    """Sentences of the model that were not shown, by the reason."""
    failed: str = ""
    """Why no whole reply came, or none that could be read; empty where one did."""
    first_s: float | None = None
    """Seconds until the first proven sentence could be shown."""

    def told(self, price: ModelPrice | None = None) -> dict[str, Any]:
        """As it is kept with the decision: figures and names, nothing that anybody said; its cost where a price is known."""
        cost = cost_of(self.used, price) if price is not None else None
        money = {"cost": {"currency": price.currency, "amount": f"{cost:f}"}} if price else {}
        return {
            **money,
            "model": self.model,
            "calls": self.calls,
            "prompt_tokens": self.used.prompt_tokens,
            "cached_tokens": self.used.cached_tokens,
            "completion_tokens": self.used.completion_tokens,
            "tools": [_named(one.partition(" ")[0]) for one in self.tools],
            "replaced": dict(sorted(self.replaced.items())),
            "failed": self.failed,
        }


def _named(tool: str) -> str:
    """A tool's name where it is one of ours; what else a model called is its own words, and is not kept."""
    return tool if tool in {one.name for one in TOOLS} else "unknown"


def cost_of(used: Used, price: ModelPrice) -> Decimal:
    """What these tokens cost, exactly; those that were read before at their own price."""
    fresh = max(used.prompt_tokens - used.cached_tokens, 0)
    parts = (
        fresh * price.prompt,
        used.cached_tokens * price.cached,
        used.completion_tokens * price.completion,
    )
    return (sum(parts, Decimal(0)) / 1_000_000).normalize()


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came of it: proven sentences, and the candidate that the model took the question to mean."""

    sentences: tuple[Sentence, ...]
    tally: Tally
    choice: str | None = None


Heard = Callable[[Sentence], None]
"""Is handed each sentence as soon as it is proven."""


class Agent:
    """Words answers with one model. It holds no state of a question, so one serves all of them."""

    def __init__(
        self,
        model: LanguageModel,
        budget: Budget | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = model
        self.budget = budget or Budget()
        self._clock = clock

    async def speak(self, question: Question, heard: Heard | None = None) -> Spoken:
        """The sentences of one answer. A model that fails, lies or rambles costs its prose and nothing else.

        With `heard`, sentences are handed out as they are proven, and the model's reply is streamed.
        """
        with traces.answering(self.model.name) as span:
            spoken = await _Speaking(self, question, heard, self._clock).run()
            traces.tell(span, spoken.tally.used, spoken.tally.failed, spoken.tally.replaced)
        return spoken


def agent_of(model: LanguageModel | None, settings: Settings) -> Agent | None:
    """What words the answers with this model: asked with patience, and given up while it is down."""
    if model is None:
        return None
    heard = Logged(model, settings.model_log) if settings.model_log is not None else model
    return Agent(Steady(heard), Budget(seconds=settings.model_seconds))


class _Speaking:
    """One question on its way; made for it and thrown away."""

    def __init__(
        self,
        agent: Agent,
        question: Question,
        heard: Heard | None,
        clock: Callable[[], float],
    ) -> None:
        self._model = agent.model
        self._budget = agent.budget
        self._question = question
        self._heard = heard
        self._clock = clock
        self._began = clock()
        self._telling = Telling(
            question.pool, question.names, question.composition, question.proves
        )
        self._choices = tuple(c.key for c in question.pool.answer.candidates)
        self.tally = Tally(agent.model.name)

    async def run(self) -> Spoken:
        choice = None
        try:
            choice = await self._converse()
        except ModelFailed as failed:
            self.tally.failed = failed.why
        except Unreadable:
            self.tally.failed = "malformed"
        except _BROKEN:
            # A model is somebody else's code: whatever is wrong with it, the question is answered.
            self.tally.failed = "broken"
        if choice is None:
            self._show(self._telling.rest())
        self.tally.replaced = self._telling.replaced
        return Spoken(tuple(self._telling.sentences), self.tally, choice)

    async def _converse(self) -> str | None:
        messages = [*_opening(self._question)]
        used: list[str] = []
        for n in range(self._budget.max_calls):
            last = n == self._budget.max_calls - 1 or len(used) >= MAX_TOOLS
            listening = Listening()
            turn = await self._turn(messages, listening, tools=not last)
            if not turn.calls or last:
                return self._finish(turn, listening)
            messages.append(Said(turn.text, turn.calls))
            for call in turn.calls:
                messages.append(ToolResult(call.id, self._result(call, used)))
            self.tally.tools = tuple(used)
        return None

    async def _turn(
        self, messages: Sequence[Message], listening: Listening, *, tools: bool
    ) -> Turn:
        pool = self._question.pool
        left = self._budget.seconds - (self._clock() - self._began)
        if left <= 0:
            raise ModelFailed("the deadline has passed", why="timeout")
        request = TurnRequest(
            messages=tuple(messages),
            # A model that keeps to its deadline tells what it failed of; ours is for one that does not.
            seconds=left * _ITS_SHARE,
            tools=TOOLS if tools and self._question.may_look_up else (),
            schema=reply.schema(
                list(pool.sentences),
                list(pool.figures()),
                self._choices,
                self._question.composition,
            ),
            max_tokens=MAX_TOKENS,
        )
        self.tally.calls += 1
        # Until it is known which feature is meant, nothing can be said.
        streamed = self._heard is not None and not self._choices
        with traces.calling(self._model.name) as span:
            heard = (lambda more: self._hear(listening, more)) if streamed else None
            try:
                async with asyncio.timeout(left):
                    turn = await self._model.turn(request, heard)
            except TimeoutError as late:
                raise ModelFailed("no answer by the deadline", why="timeout") from late
            traces.tell(span, turn.used, turn.refusal and "refused", {})
        self.tally.used += turn.used
        return turn

    def _hear(self, listening: Listening, more: str) -> None:
        for piece in listening.hear(more):
            self._show(self._telling.take(piece))

    def _finish(self, turn: Turn, listening: Listening) -> str | None:
        """The reply's sentences; the candidate that it chose, where there were any."""
        if turn.refusal:
            self.tally.failed = "refusal"
            return None
        found: Reply = reply.read(turn.text)
        if found.choice in self._choices:
            return found.choice
        for piece in found.pieces[listening.n_heard :]:
            self._show(self._telling.take(piece))
        return None

    def _result(self, call: ToolCall, used: list[str]) -> str:
        said = f"{call.name} {call.arguments}"
        if not self._question.may_look_up or len(used) >= MAX_TOOLS:
            return compact({"error": "nothing more can be looked up"})
        if said in used:
            return compact({"error": "this was asked before"})
        if self._clock() - self._began >= self._budget.seconds:
            raise ModelFailed("the deadline has passed", why="timeout")
        used.append(said)
        with traces.using(call.name):
            return self._question.tools.call(call)

    def _show(self, sentences: Sequence[Sentence]) -> None:
        if sentences and self.tally.first_s is None:
            self.tally.first_s = self._clock() - self._began
        if self._heard is not None:
            for one in sentences:
                self._heard(one)


def _opening(question: Question) -> tuple[Message, ...]:
    """What the model is told first: its task, the question as data, and what was decided as a finished result.

    The task comes first and never changes, so that a provider reads it from its cache.
    """
    asked: dict[str, Any] = {"question": question.text}
    if question.earlier:
        asked["earlier"] = [turn[:_TURN_CHARS] for turn in question.earlier[-_TURNS:]]
    names = [view.name for view in question.pool.answer.features if view.name]
    call = ToolCall("c1", "check_access", compact({"feature": ", ".join(names)}))
    return (
        System(prompt()),
        User(compact(asked)),
        Said("", (call,)),
        ToolResult("c1", question.tools.decided()),
    )


@cache
def prompt() -> str:
    """The task, as it stands in `prompts/answer.md`."""
    return files("skill.agent").joinpath("prompts/answer.md").read_text(encoding="utf-8").strip()
