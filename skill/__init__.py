"""Tactful: upgrade guidance that answers first, proves every word, and knows when not to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skill.ask import Asked, Workspace, check_access, open_workspace
    from skill.errors import SkillError
    from skill.model.account import Customer
    from skill.model.answer import Answer
    from skill.model.decision import Decision, Surface
    from skill.model.playbook import Playbook

_ROOMS = {
    "Answer": "skill.model.answer",
    "Asked": "skill.ask",
    "Customer": "skill.model.account",
    "Decision": "skill.model.decision",
    "Playbook": "skill.model.playbook",
    "SkillError": "skill.errors",
    "Surface": "skill.model.decision",
    "Workspace": "skill.ask",
    "check_access": "skill.ask",
    "open_workspace": "skill.ask",
}
__all__ = [
    "Answer",
    "Asked",
    "Customer",
    "Decision",
    "Playbook",
    "SkillError",
    "Surface",
    "Workspace",
    "check_access",
    "open_workspace",
]


def __getattr__(name: str) -> Any:
    """Names load their room when they are first used, so that `import skill` costs next to nothing."""
    if name in _ROOMS:
        from importlib import import_module

        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module `skill` has no `{name}`")
