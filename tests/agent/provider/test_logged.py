"""Prompts and replies are written down where somebody asks for it, and say nothing of who asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from skill.agent.provider.logged import Logged
from skill.agent.provider.turns import System, Turn, TurnRequest, User
from skill.errors import ModelFailed, SettingsError
from skill.testing import ScriptedModel

ASKED = TurnRequest(
    (System("Word it."), User("Write to ada@acme.example, key sk-abcdef123456789.")), 8
)


def test_a_call_is_one_line_without_what_says_who_asked(tmp_path: Path) -> None:
    model = Logged(ScriptedModel(Turn("Call +49 170 1234567.")), tmp_path / "log")
    assert asyncio.run(model.turn(ASKED)).text == "Call +49 170 1234567."
    (line,) = (tmp_path / "log").read_text("utf-8").splitlines()
    assert json.loads(line)["messages"][1] == {
        "role": "user",
        "text": "Write to [email], key [key].",
    }
    assert "1234567" not in line


def test_a_failed_call_is_written_with_its_reason(tmp_path: Path) -> None:
    model = Logged(ScriptedModel(ModelFailed("down", why="unreachable")), tmp_path / "log")
    with pytest.raises(ModelFailed):
        asyncio.run(model.turn(ASKED))
    assert json.loads((tmp_path / "log").read_text("utf-8"))["failed"] == "unreachable"


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    Logged(ScriptedModel(), tmp_path / "log")
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_written_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TACTFUL_MODEL_LOG"):
        Logged(ScriptedModel(), tmp_path / "nowhere" / "log")
