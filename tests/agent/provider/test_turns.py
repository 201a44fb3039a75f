"""The seam to a language model: small frozen values, and a script that keeps to it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.agent.provider.turns import Turn, Used

counts = st.builds(Used, *[st.integers(0, 10_000)] * 3)


def test_nothing_of_a_turn_can_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Turn("Yes.").text = "No."  # type: ignore[misc]


@given(st.lists(counts))
def test_tokens_of_several_turns_add_up(parts: list[Used]) -> None:
    whole = sum(parts, start=Used())
    assert whole.prompt_tokens == sum(part.prompt_tokens for part in parts)
    assert whole.cached_tokens == sum(part.cached_tokens for part in parts)
    assert whole.completion_tokens == sum(part.completion_tokens for part in parts)
