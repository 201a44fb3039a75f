"""What was said to a model and what it said, written down where somebody asked for it; redacted, one line a call."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from skill.agent.provider.turns import Heard, LanguageModel, Message, Said, Turn, TurnRequest
from skill.errors import ModelFailed, SettingsError
from skill.policy.redact import redact

LONGEST = 4_000
"""Characters that are kept of one message."""


class Logged:
    """A language model whose calls are written to a file."""

    def __init__(self, model: LanguageModel, path: Path) -> None:
        """Begin, or go on with, a file.

        Raises:
            SettingsError: it cannot be written.
        """
        self._model = model
        self._path = path
        self._lock = threading.Lock()
        try:
            path.touch(mode=0o600)
        except OSError as wrong:
            raise SettingsError(
                f"TACTFUL_MODEL_LOG is `{path}`, which cannot be written: {wrong.strerror}",
                pointer="TACTFUL_MODEL_LOG",
                help="name a file in a folder that is there, or leave it out",
            ) from wrong

    @property
    def name(self) -> str:
        """The name of the model within."""
        return self._model.name

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """The model's answer, written down before it is given on; raises what the model raises."""
        asked = [_told(message) for message in request.messages]
        try:
            turn = await self._model.turn(request, heard)
        except ModelFailed as failed:
            self._write({"model": self.name, "messages": asked, "failed": failed.why})
            raise
        self._write(
            {"model": self.name, "messages": asked, "reply": _told(Said(turn.text, turn.calls))}
        )
        return turn

    def _write(self, line: dict[str, Any]) -> None:
        text = json.dumps(line) + "\n"
        # A log that cannot be written costs no answer.
        with self._lock, suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(text)


def _told(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {
        "role": type(message).__name__.lower(),
        "text": redact(message.text, longest=LONGEST),
    }
    if isinstance(message, Said) and message.calls:
        said["calls"] = [
            {"name": redact(c.name), "arguments": redact(c.arguments)} for c in message.calls
        ]
    return said
