"""Whom a signal that came to hold reaches, and how: decided for each person as if they were the only one, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from skill.model.account import Customer, Past
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.delivery import Channel, Showing
from skill.model.playbook import Playbook
from skill.model.shadow import Would
from skill.policy import leaves
from skill.policy.channels import channel_of
from skill.policy.decide import decide
from skill.policy.leaves import Leaves, Signalled
from skill.policy.recipients import recipients
from skill.policy.shadow import is_in_shadow, revealed, would_of

UNASKED = Meaning(outcome=Outcome.SIGNAL, reasons=("usage changed",))
"""What a decision is about that nobody asked for."""


class Made(NamedTuple):
    """A decision for one person, or for the account's owner, with what it leaves."""

    customer: Customer
    """As it was decided about: with what was just planned for the others of this account."""
    decision: Decision
    decision_id: str
    leaves: Leaves
    would: tuple[Would, ...] = ()
    """In shadow mode, where it leaves nothing: what it would have left."""


class Reach(NamedTuple):
    """Everybody whom a signal reaches."""

    made: tuple[Made, ...] = ()
    because: str = ""
    """Why it reaches nobody."""


class Fired(NamedTuple):
    """An account in which a signal came to hold, and what was decided about it as a whole."""

    account: Customer
    """With nobody as its person."""
    decision: Decision
    signals: tuple[Signalled, ...]


def reach(
    playbook: Playbook,
    fired: Fired,
    people: Sequence[Customer],
    *,
    nobody: str,
    owner_instead: bool,
    stops: frozenset[str],
    new_id: Callable[[], str],
    shadow: bool = False,
) -> Reach:
    """Who is told of the first offer that the signals speak for, each by the channel of the play.

    Where the play has a person help, that is a task for the account's owner and nothing else. An offer to one counts
    when it is decided about the next: a cap of the account holds over all of them.

    Args:
        playbook: the compiled Topics.
        fired: the account.
        people: its people who may be told, each with what is known of them.
        nobody: why there are none, where there are none.
        owner_instead: whether the owner gets a task where none of its people is known.
        stops: keys of bundles that nobody is to be offered now, or `*` for all.
        new_id: gives a decision its id.
        shadow: reach nobody, and tell who would have been reached; so do Topics that are in shadow mode.
    """
    play = leaves.play_of(playbook, fired.decision)
    whole = channel_of(playbook, play, revealed(fired.decision), fired.account.person, asked=False)
    has_channel = play is not None and play.channel != "none"
    if whole.channel == "owner_task" or (not people and owner_instead and has_channel):
        return _to_owner(playbook, fired, new_id())
    if not people:
        return Reach(because=nobody)
    made: list[Made] = []
    shown: list[Showing] = []
    because = nobody
    for person in people:
        # Who opted out since the list of people was read is not on it any more.
        if not recipients(playbook, [person.person]):
            continue
        one = _to_person(playbook, _after(person, shown), fired, stops, new_id(), shadow=shadow)
        if isinstance(one, str):
            because = because or one
            continue
        made.append(_unseen(one))
        shown += one.leaves.showings
    return Reach(tuple(made), "" if made else because)


def _to_owner(playbook: Playbook, fired: Fired, identity: str) -> Reach:
    account, decision = fired.account, fired.decision
    left = leaves.task_of_signal(
        playbook, account, revealed(decision), fired.signals, decision_id=identity
    )
    if not left.effects:
        return Reach(because="there is nothing to offer for it")
    return Reach((_unseen(Made(account, decision, identity, left)),))


def _unseen(made: Made) -> Made:
    """In shadow mode it is recorded, with what it would have left, and leaves nothing."""
    if not is_in_shadow(made.decision):
        return made
    return made._replace(leaves=Leaves(), would=would_of(made.leaves))


def _to_person(
    playbook: Playbook,
    person: Customer,
    fired: Fired,
    stops: frozenset[str],
    identity: str,
    *,
    shadow: bool,
) -> Made | str:
    """What this person gets; else why nothing."""
    decision = decide(
        playbook,
        person,
        UNASKED,
        surface=Surface.IN_PRODUCT,
        now=fired.decision.now,
        stops=stops,
        shadow=shadow,
    )
    shown = revealed(decision)
    play = leaves.play_of(playbook, decision)
    routed = channel_of(playbook, play, shown, person.person, asked=False)
    if routed.channel is None or routed.channel not in _TO_A_PERSON:
        return routed.because
    left = leaves.of_signal(
        playbook,
        person,
        shown,
        fired.signals,
        decision_id=identity,
        channel=routed.channel,
    )
    return Made(person, decision, identity, left) if left.effects else "no new signal speaks for it"


_TO_A_PERSON: tuple[Channel, ...] = ("in_app", "email")


def _after(person: Customer, shown: Sequence[Showing]) -> Customer:
    """The person with what was just planned for the others of their account."""
    planned = tuple(
        Past(kind="impression", offer=one.offer, at=one.at, channel=one.channel, person=one.person)
        for one in shown
    )
    return person.model_copy(update={"history": (*person.history, *planned)}) if planned else person
