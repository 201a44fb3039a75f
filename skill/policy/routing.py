"""Which play fits this account: the first whose rule holds; a play that may fit and holds offers back is never passed over."""

from __future__ import annotations

from datetime import datetime

from skill.model.account import Customer
from skill.model.playbook import Play, Playbook
from skill.model.rules import Truth
from skill.policy import journey, rules


class Route:
    """The play that is used, and whether it is sure that nobody holds offers back for this account."""

    def __init__(
        self,
        play: Play | None,
        held_back: Truth,
        missing: tuple[str, ...],
        by: Play | None,
        outside: Play | None = None,
    ) -> None:
        self.play = play
        self.held_back = held_back
        self.missing = missing
        self.by = by
        """The play that holds offers back, or might."""
        self.outside = outside
        """The first play that fits, where every play that does has a window which is not known to be open."""


def route(
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    standing: rules.Standing,
    *,
    asked: bool = True,
) -> Route:
    """The first play in reading order that applies.

    Where the rule of an earlier play that holds offers back is unknown, so is whether anything may be offered:
    unknown never sells. Where nobody asked, a play outside its window in the journey is passed over; one that holds
    offers back never is.
    """
    outside: Play | None = None
    doubt: Play | None = None
    missing: tuple[str, ...] = ()
    for play in playbook.plays:
        if play.applies_to is None:
            continue
        value, wanted = rules.judge(play.applies_to, playbook, customer, now, standing)
        if value is Truth.TRUE:
            if play.holds_offers_back:
                return Route(play, Truth.TRUE, missing, play)
            if not asked and play.journey is not None:
                is_open = journey.is_open(play.journey, playbook, customer, now, standing)
                if is_open is not Truth.TRUE:
                    outside = outside or play
                    if is_open is Truth.UNKNOWN:
                        missing = (*missing, journey.key_of(play.journey, playbook))
                    continue
            return Route(play, Truth.UNKNOWN if doubt else Truth.FALSE, missing, doubt)
        if value is Truth.UNKNOWN and play.holds_offers_back and doubt is None:
            doubt = play
            missing = wanted
    return Route(None, Truth.UNKNOWN if doubt else Truth.FALSE, missing, doubt, outside)
