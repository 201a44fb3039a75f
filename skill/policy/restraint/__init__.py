"""Restraint: the situations of the restraint Topic that hold now, each with until when and where it stands."""

from skill.policy.restraint.asking import CLOSES, Asking
from skill.policy.restraint.offers import of_offer
from skill.policy.restraint.rests import SOURCES, suppressions

__all__ = ["CLOSES", "SOURCES", "Asking", "of_offer", "suppressions"]
