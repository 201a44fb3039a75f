"""Names of events that restraint reads: what each means, what it must say, and how two reports of one thing join."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from skill.model.account import Incident, Ticket

Kind = Literal["ticket", "incident", "invoice", "checkout"]
"""Things with a beginning and an end."""

EVERYBODY = "*"
"""In the place of an account: an incident that touches all of them, as a status page tells it."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What an event of this name means."""

    kind: Kind | Literal["reply", "purchase", "merge", "move"]
    does: Literal["begins", "ends", "happens"]
    needs: tuple[str, ...] = ()
    """Properties without which it says nothing; each a text."""
    may: tuple[str, ...] = ()
    """Further properties that are read."""
    needs_person: bool = False


RESERVED: Mapping[str, Reserved] = {
    "ticket.opened": Reserved("ticket", "begins", ("ticket",), ("category",)),
    "ticket.closed": Reserved("ticket", "ends", ("ticket",), ("category",)),
    "incident.started": Reserved("incident", "begins", ("incident",), ("touches",)),
    "incident.ended": Reserved("incident", "ends", ("incident",), ("touches",)),
    "invoice.overdue": Reserved("invoice", "begins", ("invoice",)),
    "invoice.paid": Reserved("invoice", "ends", ("invoice",)),
    "checkout.opened": Reserved("checkout", "begins", ("checkout",), ("offer",)),
    "checkout.closed": Reserved("checkout", "ends", ("checkout",), ("offer",)),
    "purchase.made": Reserved("purchase", "happens", ("offer",), ("checkout", "receipt")),
    "person.replied": Reserved("reply", "happens", (), ("channel", "offer")),
    "person.moved": Reserved("move", "happens", ("from", "into"), (), needs_person=True),
    "account.merged": Reserved("merge", "happens", ("from", "into")),
}
"""All of them. Other properties may stand beside and are kept with the event."""

FAMILIES = frozenset(name.partition(".")[0] for name in RESERVED)
"""What they begin with: in these, a name that is nearly one of them is a slip, and no event of the product."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with whom it is about."""

    account: str
    person: str
    """Empty where nobody is named."""
    name: str
    at: datetime
    properties: Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Span:
    """All that was reported of one thing, in whatever order it came."""

    first_at: datetime | None = None
    """When it began the first time."""
    began_at: datetime | None = None
    """When it began the last time: a ticket may be opened again."""
    ended_at: datetime | None = None
    about: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By property: the time of the newest event that said it, as sortable text, and what it said."""

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended since."""
        if self.began_at is None:
            return False
        return self.ended_at is None or self.ended_at < self.began_at

    @property
    def last_at(self) -> datetime:
        """The newest time that is known of it."""
        return max(at for at in (self.began_at, self.ended_at) if at is not None)

    def said(self, name: str) -> str:
        """What was last said of it under this name; empty where nothing was."""
        return self.about.get(name, ("", ""))[1]


def joined(one: Span, other: Span) -> Span:
    """What both know together: the same for any order, and nothing new if joined twice."""
    about = dict(one.about)
    for name, told in other.about.items():
        about[name] = max(about.get(name, told), told)
    return Span(
        first_at=_least(one.first_at, other.first_at),
        began_at=_most(one.began_at, other.began_at),
        ended_at=_most(one.ended_at, other.ended_at),
        about=about,
    )


def told_by(meaning: Reserved, at: datetime, properties: Mapping[str, object]) -> Span:
    """What one event alone says."""
    stamp = _stamp(at)
    about = {name: (stamp, str(properties[name])) for name in meaning.may if properties.get(name)}
    if meaning.does == "begins":
        return Span(first_at=at, began_at=at, about=about)
    return Span(ended_at=at, about=about)


def ticket_of(key: str, span: Span) -> Ticket:
    """The ticket as restraint reads it; one that was only closed began, as far as we know, when it ended."""
    return Ticket(
        id=key,
        opened_at=span.first_at or span.last_at,
        closed_at=None if span.is_open else span.ended_at,
        category=span.said("category"),
    )


def incident_of(key: str, span: Span) -> Incident:
    """The incident as restraint reads it."""
    touches = (part.strip() for part in span.said("touches").split(","))
    return Incident(
        id=key,
        started_at=span.first_at or span.last_at,
        ended_at=None if span.is_open else span.ended_at,
        touches=tuple(part for part in touches if part),
    )


def of_ticket(ticket: Ticket) -> Span:
    """What a ticket that was sent with its account says."""
    stamp = _stamp(ticket.opened_at)
    about = {"category": (stamp, ticket.category)} if ticket.category else {}
    return Span(ticket.opened_at, ticket.opened_at, ticket.closed_at, about)


def of_incident(incident: Incident) -> Span:
    """What an incident that was sent with its account says."""
    stamp = _stamp(incident.started_at)
    about = {"touches": (stamp, ", ".join(incident.touches))} if incident.touches else {}
    return Span(incident.started_at, incident.started_at, incident.ended_at, about)


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _most(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _stamp(at: datetime) -> str:
    """Text that sorts by time, whatever zone the time was told in."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
