"""Shadow mode told: a decision as it would be without it, and what that would have left."""

from __future__ import annotations

from skill.model.decision import Decision
from skill.model.shadow import Would
from skill.policy.leaves import QUESTION, Leaves
from skill.policy.restraint.bounds import SHADOW

_IN_ORDER = ("a smaller step comes first", "the upgrade comes first")


def is_in_shadow(decision: Decision) -> bool:
    """Whether this was decided in shadow mode, so that nothing of it may be shown."""
    return any(one.because == SHADOW for one in decision.suppressions)


def revealed(decision: Decision) -> Decision:
    """The same decision as it would be without shadow mode; only its trace still tells of it."""
    if not is_in_shadow(decision):
        return decision
    place = {one.offer: one.place for one in decision.order}
    first = min((place[one.bundle] for one in decision.shadow), default=None)
    withheld = tuple(
        one.model_copy(
            update={
                "still_a_way": first is not None
                and one.because in _IN_ORDER
                and place.get(one.offer, 0) > first
            }
        )
        for one in decision.withheld
        if one.because != SHADOW
    )
    return decision.model_copy(
        update={
            "offers": decision.shadow,
            "shadow": (),
            "withheld": withheld,
            "may_name_unlock": bool(decision.shadow),
            "suppressions": tuple(s for s in decision.suppressions if s.because != SHADOW),
        }
    )


def would_of(left: Leaves) -> tuple[Would, ...]:
    """What these showings and effects would have brought to whom: each once, by its channel."""
    carried = {one.effect: one for one in left.showings}
    shown = [
        Would(
            channel=one.channel,
            offer=one.offer,
            person=one.person,
            signal=one.cause.name if one.cause.kind == "signal" else "",
        )
        for one in left.showings
    ]
    tasks = [
        Would(
            channel=one.channel,
            offer=one.offer,
            person=one.person,
            signal=one.rule if one.rule != QUESTION else "",
        )
        for one in left.effects
        if one.id not in carried
    ]
    return (*shown, *tasks)
