"""What many tests share: the sample company compiled once, and one fixed moment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from skill.compiler.folder import Compiler
from skill.model.playbook import Playbook

ROOT = Path(__file__).parents[1]
settings.register_profile("tactful", deadline=None)
settings.load_profile("tactful")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def fernway() -> Playbook:
    """The sample company's playbook."""
    compiled = Compiler().compile_folder(ROOT / "topics", date(2026, 11, 21))
    assert compiled.servable
    return compiled.playbook


@pytest.fixture
def now() -> datetime:
    return NOW
