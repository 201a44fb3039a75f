"""The workspace's own bounds: accounts that are held out, offers that were stopped, and shadow mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skill.model.decision import Offer, Suppression, Withheld
from skill.model.playbook import Playbook
from skill.policy.holdout import is_held_out
from skill.policy.restraint.asking import Asking

HOLDOUT, STOPPED, SHADOW = "holdout", "stopped", "shadow"
"""Reasons as they stand in a decision; support and reports read them, customers never."""
ALL = "*"
"""What stops every offer."""


class Shown(NamedTuple):
    """What leaves of what was decided."""

    offers: tuple[Offer, ...]
    shadow: tuple[Offer, ...]
    """What would have left, were it not for shadow mode."""
    withheld: tuple[Withheld, ...]
    held: tuple[Suppression, ...]


def of_workspace(asking: Asking) -> tuple[Suppression, ...]:
    """The holdout before anything else, then a stop of everything."""
    found = []
    customer = asking.customer
    if is_held_out(asking.playbook, customer.tenant, customer.account.id):
        found.append(_by_setting(asking.playbook, HOLDOUT, "holdout"))
    if ALL in asking.stops:
        found.append(Suppression(because=STOPPED))
    return tuple(found)


def of_stop(asking: Asking, offers: Sequence[str]) -> Suppression | None:
    """Whether any step of this offer was stopped, by whatever name it had then."""
    stopped = {asking.names.get(key, key) for key in asking.stops}
    if any(asking.names.get(key, key) in stopped for key in offers):
        return Suppression(because=STOPPED)
    return None


def shown(
    playbook: Playbook,
    made: tuple[Offer, ...],
    withheld: tuple[Withheld, ...],
    held: tuple[Suppression, ...],
    *,
    shadow: bool,
) -> Shown:
    """What leaves: in shadow mode nothing does, as if nothing may be offered, and what would have is kept apart."""
    if not (shadow or playbook.outreach.shadow):
        return Shown(made, (), withheld, held)
    by = _by_setting(playbook, SHADOW, "shadow")
    kept = tuple(
        Withheld(offer=o.bundle, because=SHADOW, topic=by.topic, span=by.span, alone=True)
        for o in made
    )
    others = tuple(w.model_copy(update={"still_a_way": False}) for w in withheld)
    return Shown((), made, (*kept, *others), (*held, by))


def _by_setting(playbook: Playbook, because: str, key: str) -> Suppression:
    span = playbook.outreach.spans.get(key)
    return Suppression(because=because, topic=span.file if span else "", span=span)
