"""For tests of your own Topics: a clock that stands still, made-up customers, the proof of an answer, scripted models."""

from skill.testing.made_up import NOON, FixedClock, assert_proven, customer
from skill.testing.model import ScriptedModel
from skill.testing.server import ScriptedServer
from skill.testing.steps import Answers, Cut, Half, Late, Silent, Status, Trickle, always

__all__ = [
    "NOON",
    "Answers",
    "Cut",
    "FixedClock",
    "Half",
    "Late",
    "ScriptedModel",
    "ScriptedServer",
    "Silent",
    "Status",
    "Trickle",
    "always",
    "assert_proven",
    "customer",
]
