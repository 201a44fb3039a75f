"""Opting out: by category of message, by channel, or of everything; an answer to a question is never kept back by it."""

from __future__ import annotations

from skill.model.account import Person
from skill.model.common import slug
from skill.model.decision import Suppression
from skill.model.playbook import Play, Playbook
from skill.policy.restraint.asking import Asking

OFFERS = "offers"
"""The category of a message that no play says otherwise of."""
CHANNELS = {"answer": "answer", "in-app": "in_app", "owner-task": "owner_task", "email": "email"}
"""Channels that a person may opt out of by name, and nothing else with them."""


def of_category(playbook: Playbook, person: Person, play: Play | None) -> str:
    """The entry by which this person opted out of what the play sends; empty where there is none.

    A category that no Topic knows may be this one: whoever opted out of something is believed.
    """
    mine = slug(play.category) if play and play.category else OFFERS
    others = {OFFERS, *(slug(p.category) for p in playbook.plays if p.category)} - {mine}
    for entry in person.opted_out:
        key = slug(entry)
        if key not in CHANNELS and key not in others:
            return entry
    return ""


def of_channel(person: Person, channel: str) -> bool:
    """Whether this person wants nothing by this channel."""
    return any(CHANNELS.get(slug(entry)) == channel for entry in person.opted_out)


def judged(asking: Asking) -> Suppression | None:
    """Who opted out is answered only, with or without a row that says so."""
    if not of_category(asking.playbook, asking.customer.person, asking.play):
        return None
    row = next((r for r in asking.playbook.restraints if r.kind == "opted_out"), None)
    if row is None:
        return Suppression(because="this person opted out")
    return Suppression(because=row.situation, topic=row.span.file, span=row.span)
