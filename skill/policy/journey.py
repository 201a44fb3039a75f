"""The windows of the journey: whether the part of it in which a play is used is open now, closed, or not known."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from skill.model.account import Customer
from skill.model.playbook import JourneyWindow, Playbook
from skill.model.rules import Truth
from skill.policy import rules

FIRST_WIN, COMMITTED, RENEWAL = "first-win", "committed", "renewal-date"
"""Keys of the moments and the trait that the windows go by. Source: topics-format, the `account` Topic."""


def is_open(
    window: JourneyWindow,
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    standing: rules.Standing,
) -> Truth:
    """Whether a window is open. It narrows what may be used unasked, and makes nobody ready.

    A moment of the writer's own with the window's name (`Adoption`) goes before what is said here: onboarding lies
    between the first win and commitment, adoption begins with commitment, pre-renewal ends on the day of the renewal,
    and post-incident begins when the pause after an incident is over.
    """
    own = "" if window.kind == "moment" else window.kind.replace("_", "-")
    if own in playbook.moments:
        return standing.moments.get(own, Truth.UNKNOWN)
    match window.kind:
        case "moment":
            return standing.moments.get(window.moment, Truth.UNKNOWN)
        case "onboarding":
            is_past = standing.moments.get(COMMITTED) is Truth.TRUE
            return Truth.FALSE if is_past else standing.moments.get(FIRST_WIN, Truth.UNKNOWN)
        case "adoption":
            return standing.moments.get(COMMITTED, Truth.UNKNOWN)
        case "pre_renewal":
            return _before_renewal(window, playbook, customer, now)
        case "post_incident":
            return _after_incident(window, playbook, customer, now)


def _before_renewal(
    window: JourneyWindow, playbook: Playbook, customer: Customer, now: datetime
) -> Truth:
    """By the trait or fact `renewal date`: an unknown or old one opens nothing."""
    told = rules.known_value(RENEWAL, playbook, customer, now)
    try:
        day = datetime.fromisoformat(str(told)).date() if told is not None else None
    except ValueError:
        day = None
    if day is None:
        return Truth.UNKNOWN
    left = day - now.date()
    return _truth(timedelta() <= left <= _hours(window.hours))


def _after_incident(
    window: JourneyWindow, playbook: Playbook, customer: Customer, now: datetime
) -> Truth:
    """After the last incident was resolved and its pause is over; never while one is under way."""
    if "incidents" in customer.unavailable:
        return Truth.UNKNOWN
    ends = [i.ended_at for i in customer.incidents]
    if any(end is None or end > now for end in ends):
        return Truth.FALSE
    last = max((end for end in ends if end is not None), default=None)
    if last is None:
        return Truth.FALSE
    pauses = [r.pause_hours for r in playbook.restraints if r.kind == "incident" and r.pause_hours]
    opens = last + _hours(max(pauses, default=None))
    return _truth(opens <= now < opens + _hours(window.hours))


def _hours(n: Decimal | None) -> timedelta:
    return timedelta(hours=float(n or 0))


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE


def key_of(window: JourneyWindow, playbook: Playbook) -> str:
    """What was wanted to be known, where nobody knows whether it is open."""
    own = window.moment or window.kind.replace("_", "-")
    if own in playbook.moments:
        return own
    return {
        "onboarding": FIRST_WIN,
        "adoption": COMMITTED,
        "pre_renewal": RENEWAL,
        "post_incident": "incidents",
        "moment": own,
    }[window.kind]
