"""Runs the fixture conversations over the sample company: offline, at one fixed moment, without a model or with a script.

`python -m evals.run [--scripted] [NAME ...]` prints a table for each conversation; status 1 where one is not as expected.
With `--scripted` a model is played that looks up what a conversation says, and shows all that it was given.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from evals.scorers import Conversation, Score, scores
from skill.agent.loop import Agent
from skill.agent.provider.turns import Heard, ToolCall, Turn, TurnRequest
from skill.ask import Workspace, open_workspace
from skill.converse import Asking, converse
from skill.errors import SkillError
from skill.model.decision import Surface
from skill.sample import find_person, sample_topics
from skill.testing import FixedClock

FOLDER = Path(__file__).parent / "conversations"
CLOCK = FixedClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


class Judged(NamedTuple):
    """One turn, its answer and how it was scored."""

    question: str
    answer: str
    scores: tuple[Score, ...]
    calls: int = 0
    """Of the model."""
    tools: int = 0
    """Used by it."""

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return all(score.value for score in self.scores)


def load(folder: Path = FOLDER) -> tuple[Conversation, ...]:
    """Every conversation of a folder, by name.

    Raises:
        ValueError: a file that is no conversation, or is called other than its id; says which and why.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            one = Conversation.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (ValidationError, yaml.YAMLError) as error:
            raise ValueError(f"{path.name}: {error}") from error
        if one.id != path.stem:
            raise ValueError(f"{path.name}: its id is `{one.id}`; give both one name")
        found.append(one)
    return tuple(found)


def sample_workspace() -> Workspace:
    """The sample company, ready to answer."""
    return open_workspace(sample_topics(), data_dir=None, today=CLOCK().date())


def judge(
    conversation: Conversation, workspace: Workspace, *, scripted: bool = False
) -> Iterator[Judged]:
    """Ask each question with those before it, and score the answer."""
    customer = find_person(conversation.as_, CLOCK())
    before: list[str] = []
    for turn in conversation.turns:
        asking = Asking(
            turn.question,
            customer,
            CLOCK(),
            surface=conversation.surface,
            conversation=tuple(before),
            support=conversation.surface is Surface.SUPPORT_COPILOT,
            locale=conversation.locale,
        )
        agent = Agent(Playing(turn.looks_up)) if scripted else None
        done = asyncio.run(converse(workspace, asking, agent, composition="fluid"))
        before.append(turn.question)
        expected = turn.expected(looked_up=scripted)
        found = tuple(scores(done.asked, expected, workspace.playbook))
        tally = done.tally
        yield Judged(
            turn.question,
            done.asked.answer.answer.text,
            found,
            tally.calls if tally else 0,
            len(tally.tools) if tally else 0,
        )


class Playing:
    """A model that looks up what it is told to, and then shows everything that it was given; it chooses nothing."""

    name = "scripted"

    def __init__(self, looks_up: Sequence[Mapping[str, str]]) -> None:
        self._calls = tuple(
            ToolCall(f"look_{n}", tool, json.dumps({"what": argument}))
            for n, one in enumerate(looks_up)
            for tool, argument in one.items()
        )

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """First what it looks up, where tools are offered; then its reply."""
        if self._calls and request.tools:
            calls, self._calls = self._calls, ()
            return Turn("", calls)
        kinds = (request.schema or {})["properties"]["sentences"].get("items", {"anyOf": []})
        ids = [i for kind in kinds["anyOf"] for i in _enum(kind, "quote")]
        text = json.dumps({"sentences": [{"quote": i} for i in ids]})
        if heard is not None:
            heard(text)
        return Turn(text)


def _enum(kind: Mapping[str, Any], name: str) -> list[str]:
    found: list[str] = kind["properties"].get(name, {}).get("enum", [])
    return found


def main(names: Sequence[str]) -> int:
    """Run those named, or all of them; 1 where one is not as expected, 2 where one cannot be run."""
    try:
        scripted = "--scripted" in names
        wanted = [name for name in names if name != "--scripted"]
        conversations = [c for c in load() if not wanted or c.id in wanted]
        workspace = sample_workspace()
        failed = sum(not _run_one(c, workspace, scripted=scripted) for c in conversations)
    except (SkillError, ValueError) as error:
        print(f"cannot run: {error}", file=sys.stderr)
        return 2
    print(f"\n{len(conversations) - failed} of {len(conversations)} conversations as expected")
    return 1 if failed or not conversations else 0


def _run_one(conversation: Conversation, workspace: Workspace, *, scripted: bool) -> bool:
    print(f"\n{conversation.id}, as {conversation.as_}: {conversation.says}")
    passed = True
    for judged in judge(conversation, workspace, scripted=scripted):
        passed = passed and judged.passed
        print(f"  > {judged.question}")
        for score in judged.scores:
            print(f"    {'ok  ' if score.value else 'FAIL'}  {score.name:<20}  {score.reason}")
        if not judged.passed:
            print("    the answer was: " + judged.answer.replace("\n\n", "\n                    "))
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
