"""Everything that keeps offers back now, each with until when and where it stands."""

from __future__ import annotations

from skill.model.decision import Suppression
from skill.model.playbook import Restraint
from skill.model.rules import Truth
from skill.policy.restraint import bounds, caps, opted, situations
from skill.policy.restraint.asking import Asking

SOURCES = {"tickets": "help desk", "incidents": "status page", "history": "history of offers"}
"""Without these nobody can say that the moment is right, so nothing is offered."""


def suppressions(asking: Asking) -> tuple[tuple[Suppression, ...], tuple[str, ...]]:
    """Every situation that holds, the workspace's own bounds before all, and the moments that nobody could tell.

    A source that could not be read suppresses too: closed for selling, open for answering.
    """
    found = [*bounds.of_workspace(asking)]
    found += [
        Suppression(because=f"the {name} could not be read")
        for source, name in SOURCES.items()
        if source in asking.customer.unavailable
    ]
    found += [s for s in (opted.judged(asking), _outside(asking)) if s is not None]
    for row in asking.playbook.restraints:
        held, until = situations.judge(row, asking)
        if held and not asking.lifts(row.unless):
            found.append(
                Suppression(
                    because=situations.told(row, asking),
                    until=until,
                    topic=row.span.file,
                    span=row.span,
                    explain=row.explain,
                    owner_task=row.kind in situations.OWNER_TASK,
                )
            )
    found += [s for s in (caps.of_play(asking), caps.of_attention(asking)) if s is not None]
    unclear = (r.subject for r in asking.playbook.restraints if _is_unclear(r, asking))
    return tuple(found), tuple(unclear)


def _is_unclear(row: Restraint, asking: Asking) -> bool:
    if row.kind != "moment_not_reached":
        return False
    return asking.standing.moments.get(row.subject, Truth.UNKNOWN) is Truth.UNKNOWN


def _outside(asking: Asking) -> Suppression | None:
    """Every play that fits has a window in the journey, and none of them is known to be open."""
    play = asking.outside
    if play is None:
        return None
    because = f"the window of the play `{play.name}` is not known to be open"
    return Suppression(because=because, topic=play.span.file, span=play.span)
