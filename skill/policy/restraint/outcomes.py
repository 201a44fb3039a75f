"""What became of earlier offers, as the rows of the restraint Topic name it."""

from __future__ import annotations

from collections.abc import Sequence

from skill.model.account import Past

_KINDS: dict[str, tuple[str, ...]] = {
    "dismissed": ("dismissal",),
    "declined": ("decline", "not_now", "never"),
    "accepted": ("acceptance",),
}
_ANSWERS = ("click", "acceptance", "reply", "checkout_open")
"""What shows that a message was welcome; to close it or to decline makes nobody readier than to ignore it."""


def with_outcome(outcome: str, past: Sequence[Past]) -> list[Past]:
    """Everything of this outcome: `dismissed`, `declined`, `accepted`, or the emails that were `ignored`."""
    if outcome == "ignored":
        return [p for p in past if _is_email(p) and not _is_answered(p, past)]
    return [p for p in past if p.kind in _KINDS[outcome]]


def _is_email(one: Past) -> bool:
    return one.kind == "impression" and one.channel == "email"


def _is_answered(email: Past, past: Sequence[Past]) -> bool:
    """Whether anything good came of an email: what is said of no offer in particular may be about this one."""
    return any(
        p.kind in _ANSWERS and p.at >= email.at and (p.offer is None or p.offer == email.offer)
        for p in past
    )
