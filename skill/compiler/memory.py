"""What was read of each section the last time: an edit costs the file that was edited, not the folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from skill.compiler.names import Names
from skill.model.topic import Section

T = TypeVar("T")
_Kept = tuple[Section, Any, frozenset[str]]
"""The section itself, so that its identity is not given to another one; what it was read as; the names it uses."""


class Memory:
    """Things by the section they were read from; only what was read without a finding is kept."""

    def __init__(self) -> None:
        self._declared: object = None
        self._before: dict[tuple[int, int], _Kept] = {}
        self._now: dict[tuple[int, int], _Kept] = {}

    def begin(self, names: Names) -> None:
        """A new build. What a section says depends on what is declared: where that changed, nothing is kept."""
        declared = names.signature()
        self._before = self._now if declared == self._declared else {}
        self._declared, self._now = declared, {}

    def read(self, section: Section, position: int, names: Names, make: Callable[[], T]) -> T:
        """The thing of a section, read anew only where the section or the names are not those of the last time."""
        key = (id(section), position)
        kept = self._before.get(key)
        if kept is not None:
            self._now[key] = kept
            names.used |= kept[2]
            thing: T = kept[1]
            return thing
        told, used = names.mark(), names.used
        names.used = set()
        made = make()
        if names.mark() == told:
            self._now[key] = (section, made, frozenset(names.used))
        names.used |= used
        return made
