"""The relay takes up what is due once, whoever else is at it, and reminds of what was begun and has no play."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from skill.delivery.relay import AT_ONCE, relay, remind
from tests.conftest import NOW

Key = tuple[str, str]


class Box:
    """An outbox in memory; `stolen` are taken up by somebody else a moment before us."""

    def __init__(self, due: list[Key], stolen: set[Key] = frozenset()) -> None:  # type: ignore[assignment]
        self.pending = dict.fromkeys(due)
        self.stolen = stolen
        self.started: list[Key] = []

    def due(self, now: object, n: int) -> tuple[Key, ...]:
        return tuple(self.pending)[:n]

    def take_up(self, tenant: str, effect: str, at: object) -> bool:
        self.pending.pop((tenant, effect), None)
        if (tenant, effect) in self.stolen:
            return False
        self.started.append((tenant, effect))
        return True

    def begun(self, before: object, n: int) -> tuple[Key, ...]:
        return tuple(self.started)[:n]


def keys(n: int) -> list[Key]:
    return [("acme", f"eff_{i}") for i in range(n)]


@given(st.integers(0, 3 * AT_ONCE), st.sets(st.integers(0, 3 * AT_ONCE)))
def test_everything_that_is_ours_is_started_once(n: int, stolen: set[int]) -> None:
    box = Box(keys(n), {("acme", f"eff_{i}") for i in stolen})
    begun: list[Key] = []
    while box.pending:  # as the next turns of the schedule would
        relay(box, lambda tenant, effect: begun.append((tenant, effect)), NOW)
    assert begun == [key for key in keys(n) if key not in box.stolen]


def test_it_says_how_many_it_took_up() -> None:
    box = Box(keys(5), {("acme", "eff_1")})
    assert relay(box, lambda tenant, effect: None, NOW) == 4


def test_what_was_begun_is_started_again_and_nothing_else() -> None:
    box = Box(keys(3))
    box.take_up("acme", "eff_2", NOW)
    begun: list[Key] = []
    remind(box, lambda tenant, effect: begun.append((tenant, effect)), NOW, timedelta(0))
    assert begun == [("acme", "eff_2")]
