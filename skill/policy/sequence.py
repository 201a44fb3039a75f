"""What a play does next for one effect: send it, wait, follow it up once, or stop. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from skill.model.account import Customer, Past
from skill.model.delivery import Channel
from skill.model.playbook import FollowUp, Play

STANDS = timedelta(days=14)
"""How long an offer that was sent stands: what was never displayed by then is given back."""
OPENS_WITHIN = timedelta(hours=24)
"""How long after a purchase the feature may take to open; later than that a person has to look."""
LOOKS_AGAIN = timedelta(minutes=10)
"""How often it is looked whether the feature is open."""

_ENDS = {
    "decline": "declined",
    "not_now": "not now",
    "never": "never again",
    "reply": "a person replied",
}
_CLOSED = ("dismissal",)
_TELLS = ("webhook", "crm", "analytics")
"""Channels that tell another system what happened: whatever comes of the offer, it did happen."""
_ACTED = ("click", "checkout_open")


class Send(NamedTuple):
    """Send it now by this channel; by another than the effect's own it is the follow-up."""

    channel: Channel


class Wait(NamedTuple):
    """Nothing before then, unless something happens."""

    until: datetime


class Done(NamedTuple):
    """The play is over."""

    because: str
    bought: bool = False
    """Whether it was bought: its siblings are closed."""
    withdraws: bool = True
    """Whether what was sent is taken off the screen; what the person closed is theirs to open again."""


Move = Send | Wait | Done


class Course(NamedTuple):
    """How far the play of one effect is."""

    channel: Channel
    """By which it is sent first."""
    decided_at: datetime
    due_at: datetime
    """Not sent before."""
    sent_at: datetime | None = None
    followed_at: datetime | None = None
    """When its follow-up was made, which is an effect of its own."""
    follows: bool = False
    """Whether it is a follow-up itself: nothing follows it."""
    is_open: bool = False
    """Whether the gate grants what was offered."""


def happened(
    customer: Customer, offer: str, since: datetime, family: Collection[str] = ()
) -> tuple[Past, ...]:
    """What came of an offer since it was decided, the oldest first; an opened ticket is told as `reply`.

    A reply is about everything: whoever is in a conversation is left to it. So is whoever opened a ticket.
    Buying another offer of its `family` is buying: the job is done.
    """
    mine = [
        past
        for past in customer.history
        if past.at >= since
        and past.kind != "impression"
        and (
            past.offer == offer
            or (past.offer is None and past.kind == "reply")
            or (past.offer in family and past.kind == "acceptance")
        )
    ]
    opened = [
        Past(kind="reply", at=ticket.opened_at, note="ticket")
        for ticket in customer.tickets
        if ticket.opened_at >= since
    ]
    return tuple(sorted([*mine, *opened], key=lambda past: past.at))


def next_move(play: Play | None, course: Course, came: Sequence[Past], now: datetime) -> Move:
    """What comes next.

    Args:
        play: its follow-ups; None where the Topics know the play no longer, and then nothing follows.
        course: how far it is.
        came: what came of it, as `happened` says.
        now: the moment of asking; what came later is not seen.
    """
    if course.channel in _TELLS:
        if course.sent_at is not None:
            return Done("told")
        return Wait(course.due_at) if now < course.due_at else Send(course.channel)
    seen = [past for past in came if past.at <= now]
    bought = next((past for past in seen if past.kind == "acceptance"), None)
    if bought is not None:
        return _bought(course, bought.at, now)
    if course.sent_at is None:
        # Our own people are told all the same: they are no trouble to anybody.
        ended = _ended(seen) if course.channel != "owner_task" else None
        if ended is not None:
            return ended
        return Wait(course.due_at) if now < course.due_at else Send(course.channel)
    if course.channel == "owner_task":
        return Done("with the account's owner")
    follow_up = None if course.follows or course.followed_at else _email(play)
    ended = _ended(seen, unless=() if follow_up is None else follow_up.when)
    if ended is not None:
        return ended
    over = course.sent_at + STANDS
    at = _follows_at(follow_up, course.sent_at, seen) if follow_up is not None else None
    if at is not None and at < over:
        return Wait(at) if now < at else Send("email")
    if course.channel == "email":
        return Done("sent")
    return Wait(over) if now < over else Done("its time is over")


def _bought(course: Course, at: datetime, now: datetime) -> Move:
    """After a purchase the feature has to be open; then the play and its siblings are closed."""
    if course.is_open:
        return Done("bought, and open", bought=True)
    last = at + OPENS_WITHIN
    if now < last:
        return Wait(min(now + LOOKS_AGAIN, last))
    return Done("bought, and still not open after a day", bought=True)


def _ended(seen: Sequence[Past], unless: Sequence[str] = ()) -> Done | None:
    """What ends a play at once; a decline that the play itself answers does not."""
    for past in seen:
        answered = past.kind in ("decline", "not_now") and "declined" in unless
        if past.kind in _ENDS and not answered:
            said = "a ticket was opened" if past.note == "ticket" else _ENDS[past.kind]
            return Done(said, withdraws=past.kind == "reply")
    return None


def _email(play: Play | None) -> FollowUp | None:
    """The one email that may follow."""
    return next((f for f in play.follow_ups if f.channel == "email"), None) if play else None


def _follows_at(follow_up: FollowUp, sent_at: datetime, seen: Sequence[Past]) -> datetime | None:
    """When the follow-up is due as things stand; None where what happened does not call for it."""
    delay = timedelta(hours=float(follow_up.after_hours))
    since = [past for past in seen if past.at >= sent_at]
    if not follow_up.when:
        return sent_at + delay
    if "declined" in follow_up.when:
        declined = [past.at for past in since if past.kind in ("decline", "not_now")]
        if declined:
            return min(declined) + delay
    if any(past.kind in _ACTED for past in since):
        return None
    closed = [past.at for past in since if past.kind in _CLOSED]
    if closed:
        return min(closed) + delay if "dismissed" in follow_up.when else None
    return sent_at + delay if "ignored" in follow_up.when else None
