"""What the engine asks of whoever decides and sends: what comes next for an effect, and the sending of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from skill.model.delivery import Channel
from skill.policy.sequence import Done, Move


class Sent(NamedTuple):
    """With its receiver, or was already."""


class Held(NamedTuple):
    """Not now: judged again at that moment."""

    until: datetime
    because: str


class Dropped(NamedTuple):
    """Not at all; the outbox says why."""

    because: str


class Release(Protocol):
    """Decides afresh at every call, and may be called twice for the same: the engine runs a step again after a crash."""

    def next(self, tenant: str, effect: str) -> Move:
        """What the play of this effect does now."""

    def send(self, tenant: str, effect: str, channel: Channel) -> Sent | Held | Dropped:
        """Judge it again, and hand it over.

        Raises:
            DeliveryError: the receiver did not take it, and may take it later.
        """

    def wait(self, tenant: str, effect: str, until: datetime) -> None:
        """It was not taken, and is tried again then."""

    def give_up(self, tenant: str, effect: str, because: str) -> None:
        """No receiver took it in all its tries."""

    def done(self, tenant: str, effect: str, end: Done) -> None:
        """The play is over: what was never displayed is given back, and after a purchase its siblings are closed."""


class Outbox(Protocol):
    """The effects that are written down, as the relay takes them up."""

    def due(self, now: datetime, n: int) -> tuple[tuple[str, str], ...]:
        """Tenant and id of what is to be done by now, the oldest first."""

    def take_up(self, tenant: str, effect: str, at: datetime) -> bool:
        """Mark it as begun; False where somebody else did."""

    def begun(self, before: datetime, n: int) -> tuple[tuple[str, str], ...]:
        """What was begun before then and has not ended."""
