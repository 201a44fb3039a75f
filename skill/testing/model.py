"""A language model that says what a test wrote down, in process; for tests of whatever speaks to a `LanguageModel`."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from skill.agent.provider.turns import Heard, Turn, TurnRequest

Step = Turn | str | BaseException | Callable[[TurnRequest], Turn]
"""What it does when it is asked: answer, answer with this text, raise, or make an answer of the request."""


class ScriptedModel:
    """Answers with its steps in order, and keeps the requests it got.

    As a context manager it also fails where steps were left over:

        with ScriptedModel(Turn("Yes.")) as model:
            ...
    """

    def __init__(self, *steps: Step, name: str = "scripted") -> None:
        self._steps = steps
        self._name = name
        self.requests: list[TurnRequest] = []

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The next step; with `heard` its text comes word by word.

        Raises:
            AssertionError: no step is left.
        """
        self.requests.append(request)
        if len(self.requests) > len(self._steps):
            asked = request.messages[-1] if request.messages else "nothing"
            raise AssertionError(
                f"the script has {len(self._steps)} steps, and was asked once more: {asked}"[:500]
            )
        step = self._steps[len(self.requests) - 1]
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, str):
            step = Turn(step)
        turn = step if isinstance(step, Turn) else step(request)
        if heard is not None:
            for piece in words(turn.text):
                heard(piece)
        return turn

    def finish(self) -> None:
        """Fail where steps were left over.

        Raises:
            AssertionError: with the first that nobody asked for.
        """
        left = self._steps[len(self.requests) :]
        if left:
            raise AssertionError(f"{len(left)} steps were left over, first: {left[0]!r}"[:500])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What went wrong first is what the test should tell.
        if error is None:
            self.finish()


def words(text: str) -> list[str]:
    """The text in pieces of a word and the space before it, as models send it."""
    pieces = text.split(" ")
    return [piece if at == 0 else f" {piece}" for at, piece in enumerate(pieces) if piece or at]
