"""Runs the fixture conversations over the sample company: offline, at one fixed moment, without a model.

`python -m evals.run [NAME ...]` prints a table for each conversation; status 1 where one is not as expected.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from evals.scorers import Conversation, Score, scores
from skill.ask import Workspace, ask, open_workspace
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


def judge(conversation: Conversation, workspace: Workspace) -> Iterator[Judged]:
    """Ask each question with those before it, and score the answer."""
    customer = find_person(conversation.as_, CLOCK())
    before: list[str] = []
    for turn in conversation.turns:
        asked = ask(
            workspace,
            turn.question,
            customer,
            now=CLOCK(),
            surface=conversation.surface,
            conversation=tuple(before),
            support=conversation.surface is Surface.SUPPORT_COPILOT,
            locale=conversation.locale,
        )
        before.append(turn.question)
        found = tuple(scores(asked, turn.expect, workspace.playbook))
        yield Judged(turn.question, asked.answer.answer.text, found)


def main(names: Sequence[str]) -> int:
    """Run those named, or all of them; 1 where one is not as expected, 2 where one cannot be run."""
    try:
        conversations = [c for c in load() if not names or c.id in names]
        workspace = sample_workspace()
        failed = sum(not _run_one(conversation, workspace) for conversation in conversations)
    except (SkillError, ValueError) as error:
        print(f"cannot run: {error}", file=sys.stderr)
        return 2
    print(f"\n{len(conversations) - failed} of {len(conversations)} conversations as expected")
    return 1 if failed or not conversations else 0


def _run_one(conversation: Conversation, workspace: Workspace) -> bool:
    print(f"\n{conversation.id}, as {conversation.as_}: {conversation.says}")
    passed = True
    for judged in judge(conversation, workspace):
        passed = passed and judged.passed
        print(f"  > {judged.question}")
        for score in judged.scores:
            print(f"    {'ok  ' if score.value else 'FAIL'}  {score.name:<20}  {score.reason}")
        if not judged.passed:
            print("    the answer was: " + judged.answer.replace("\n\n", "\n                    "))
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
