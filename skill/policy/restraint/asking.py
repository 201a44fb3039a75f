"""What restraint knows of the moment: who, when, whether they asked, what was shown to them, and what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal

from skill.model.account import Customer, Past, Person
from skill.model.playbook import Play, Playbook, Restraint
from skill.model.rules import Truth
from skill.policy import rules

Held = tuple[bool, datetime | None]
"""Whether a situation holds, and until when; None is for ever or until it is over."""

NO: Held = (False, None)
FOREVER: Held = (True, None)
CLOSES = ("dismissal", "decline", "not_now", "never")
NOBODY = ("", Person().id)
"""Who is not named may be anybody, so everything that anybody was shown counts."""


class Asking:
    """What restraint needs to know about the moment: who, when, whether they asked, and whether a limit was just reached."""

    def __init__(
        self,
        playbook: Playbook,
        customer: Customer,
        now: datetime,
        *,
        limit_reached: bool,
        standing: rules.Standing,
        asked: bool = True,
        play: Play | None = None,
        outside: Play | None = None,
        stops: frozenset[str] = frozenset(),
    ) -> None:
        self.playbook = playbook
        self.customer = customer
        self.now = now
        self.limit_reached = limit_reached
        self.standing = standing
        self.asked = asked
        """False in a sweep, where nobody asked and usage alone speaks."""
        self.play = play
        """The play that is used."""
        self.outside = outside
        """The play that fits, where its window is not known to be open and no other fits."""
        self.stops = stops
        """Keys of the bundles that were stopped, or `*` for all."""

    def after(self, shown: Sequence[str]) -> Asking:
        """The same moment once these bundles were shown to this person too."""
        impressions = tuple(
            Past(
                kind="impression",
                offer=key,
                at=self.now,
                channel=self._channel,
                person=self.customer.person.id,
            )
            for key in shown
        )
        history = (*self.customer.history, *impressions)
        return Asking(
            self.playbook,
            self.customer.model_copy(update={"history": history}),
            self.now,
            limit_reached=self.limit_reached,
            standing=self.standing,
            asked=self.asked,
            play=self.play,
            outside=self.outside,
            stops=self.stops,
        )

    @property
    def _channel(self) -> str:
        """Where an offer of this decision would be shown."""
        if self.asked:
            return "answer"
        return self.play.channel if self.play else "in_app"

    @cached_property
    def own(self) -> tuple[Past, ...]:
        """What this person was shown and said, and what names nobody, the oldest first.

        What lies ahead of a clock that was set back has happened all the same.
        """
        me = self.customer.person.id
        if me in NOBODY:
            return self.everybodys
        return tuple(p for p in self.everybodys if p.person in ("", me))

    @cached_property
    def everybodys(self) -> tuple[Past, ...]:
        """What anybody of the account was shown and said, the oldest first."""
        return tuple(sorted(self.customer.history, key=lambda p: p.at))

    def of(self, per: Literal["person", "account"]) -> tuple[Past, ...]:
        """The past that a row counts."""
        return self.everybodys if per == "account" else self.own

    def lifts(self, unless: str) -> bool:
        """Whether an `Unless` holds: the customer asked, a limit was reached, or the account is ready."""
        return {
            "": False,
            "asked": self.asked,
            "limit_reached": self.limit_reached,
            "ready": self.standing.ready is Truth.TRUE,
        }[unless]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The present key of every bundle by each key that it ever had."""
        return names_of(self.playbook)


def names_of(playbook: Playbook) -> dict[str, str]:
    """The present key of every bundle by each key that it ever had; a rename makes no offer a new one."""
    former = {old: b.key for b in playbook.bundles.values() for old in b.formerly}
    return {**former, **{key: key for key in playbook.bundles}}


def after(end: datetime, row: Restraint, now: datetime) -> Held:
    """Holds until `pause_hours` after the end of what it is about."""
    until = end + hours(row.pause_hours or Decimal(0))
    return (True, until) if now < until else NO


def hours(n: Decimal) -> timedelta:
    """So many hours."""
    return timedelta(hours=float(n))
