"""Every file of tests/cases/tone: what is told as pressure or blame, what is not, and where a slot brings it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.agent.tone import brought_pressure
from skill.compiler.wording import pressure

HERE = Path(__file__).parents[1] / "cases" / "tone"
FILES: dict[str, Any] = {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in HERE.glob("*.yaml")}
TOPICS = Path(__file__).parents[2] / "topics"


@pytest.mark.parametrize("said", [x for f in FILES.values() for x in f["pushes"]])
def test_what_pushes_is_told(said: str) -> None:
    found = pressure(said)
    assert found is not None
    assert found.code == "T303"
    assert said[found.at : found.at + found.width]


@pytest.mark.parametrize("said", [x for f in FILES.values() for x in f["calm"]])
def test_what_is_calm_is_not_told(said: str) -> None:
    assert pressure(said) is None


def test_a_slot_may_not_bring_pressure_into_a_german_sentence() -> None:
    assert brought_pressure("Sie müssen {workaround}.", {"workaround": "upgraden"}) is not None
    assert brought_pressure("Sie können {workaround}.", {"workaround": "exportieren"}) is None
