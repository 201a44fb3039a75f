"""Which way something goes to somebody, if it goes at all: in the answer, in the product, by email, or as a task for the owner."""

from __future__ import annotations

from typing import NamedTuple

from skill.model.account import Person
from skill.model.decision import Decision, Suppression
from skill.model.delivery import Channel
from skill.model.playbook import Play, Playbook
from skill.policy.restraint import opted
from skill.policy.restraint.bounds import HOLDOUT, SHADOW, STOPPED

_BOUNDS = (HOLDOUT, SHADOW, STOPPED)


class Routed(NamedTuple):
    """The channel, and the reason for it or for there being none. There is never a push."""

    channel: Channel | None
    because: str


def channel_of(
    playbook: Playbook, play: Play | None, decision: Decision, person: Person, asked: bool
) -> Routed:
    """Where this decision goes for this person.

    Whoever asked gets an offer inside the answer, and nowhere else. Where nobody asked, the play says the channel;
    an email comes first only where the play says so. Where a person helps, the owner gets a task and the customer
    sees nothing. Nothing that only others can buy reaches anybody who did not ask.

    Args:
        playbook: the compiled Topics.
        play: the one of `decision.play`, or None.
        decision: what was decided for this very person.
        person: the one it would reach.
        asked: whether they asked.
    """
    bound = next((s for s in decision.suppressions if s.because in _BOUNDS), None)
    if bound is not None:
        return Routed(None, bound.because)
    if decision.offers:
        return _of_offers(playbook, play, decision, person, asked)
    return _instead(play, decision, asked)


def _of_offers(
    playbook: Playbook, play: Play | None, decision: Decision, person: Person, asked: bool
) -> Routed:
    if asked:
        return Routed("answer", "they asked")
    if play is None:
        return Routed(None, "no play fits, so nothing says by which way")
    if play.channel == "none":
        return Routed(None, f"the play `{play.name}` has no channel")
    if play.channel == "owner_task":
        return Routed("owner_task", f"the play `{play.name}` gives it to the account owner")
    role = playbook.roles.get(person.role or "")
    if role is not None and not role.is_told:
        return Routed(None, f"the role {role.name} is not told of offers")
    if not any(offer.action.allowed for offer in decision.offers):
        return Routed(None, "this person cannot buy it, and did not ask")
    entry = opted.of_category(playbook, person, play)
    if entry or opted.of_channel(person, play.channel):
        return Routed(None, f"this person opted out of {entry or play.channel.replace('_', '-')}")
    return Routed(play.channel, f"the play `{play.name}` says so")


def _instead(play: Play | None, decision: Decision, asked: bool) -> Routed:
    """No offer: a task for the owner where a person is to help, else nothing."""
    quiet = [s for s in decision.suppressions if not s.owner_task]
    if quiet:
        return Routed(None, quiet[0].because)
    about = asked or any(one.level == "ready" for one in decision.readiness)
    if not decision.withheld or not about:
        return Routed(None, "there is nothing to offer")
    by = next((s for s in decision.suppressions if s.owner_task), None)
    if by is not None:
        return Routed("owner_task", _settles(by))
    if play is None or not play.holds_offers_back:
        return Routed(None, decision.withheld[0].because)
    if play.channel != "owner_task":
        return Routed(None, f"the play `{play.name}` holds offers back")
    if not any(_is_held_by_play(w.because) for w in decision.withheld):
        return Routed(None, decision.withheld[0].because)
    return Routed("owner_task", f"the play `{play.name}` has a person help")


def _settles(by: Suppression) -> str:
    return f"{by.because}: a person settles it first"


def _is_held_by_play(because: str) -> bool:
    """Whether the play alone kept it back: what is not sold to them, or unwanted, is nothing for the owner either."""
    return because.startswith("free to offer")
