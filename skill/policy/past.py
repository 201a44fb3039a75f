"""What was told of one customer, put in order once: readings by meter and happenings by what they were about.

The same customer is asked about again and again, and nothing here depends on the moment of asking. What was told is
immutable, so its order is kept by identity; the same tuples in another customer are the same past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from operator import lt
from typing import NamedTuple

from skill.model.account import Customer, Event, Reading
from skill.model.common import slug

KEPT = 64
"""Customers whose past is kept in order; each is asked about several times in a row."""


class Readings(NamedTuple):
    """The readings of a meter, the oldest first; of several at one moment the highest stands last."""

    ats: Sequence[datetime] = ()
    values: Sequence[Decimal] = ()


NO_READINGS = Readings()


class Past:
    """Everything that was told of a customer's use, put in order as far as it is asked for."""

    def __init__(self, usage: tuple[Reading, ...], events: tuple[Event, ...]) -> None:
        self._usage = usage
        self._events = events
        self._about: dict[tuple[str, str], Mapping[str, Sequence[datetime]]] = {}

    @cached_property
    def readings(self) -> Mapping[str, Readings]:
        """The readings of each meter."""
        found: dict[str, list[Reading]] = {}
        for reading in self._usage:
            found.setdefault(reading.meter, []).append(reading)
        return {meter: _in_order(told) for meter, told in found.items()}

    @cached_property
    def events(self) -> Mapping[str, Sequence[Event]]:
        """The events of each name, in the order they arrived."""
        found: dict[str, list[Event]] = {}
        for event in self._events:
            found.setdefault(event.name, []).append(event)
        return found

    @cached_property
    def heard_since(self) -> datetime:
        """When the oldest event of any name was."""
        return min(e.at for e in self._events)

    def times(self, name: str) -> Sequence[datetime]:
        """When an event happened, the oldest first."""
        return self._told_of(name, "").get("", ())

    def times_about(self, name: str, key: str, value: str) -> Sequence[datetime]:
        """When an event happened with this value, as a key, of one of its properties."""
        return self._told_of(name, key).get(value, ())

    def _told_of(self, name: str, key: str) -> Mapping[str, Sequence[datetime]]:
        about = self._about.get((name, key))
        if about is None:
            found: dict[str, list[datetime]] = {}
            for event in self.events.get(name, ()):
                told = event.properties.get(key) if key else None
                value = "" if told is None else slug(str(told))
                found.setdefault(value, []).append(event.at)
            for ats in found.values():
                ats.sort()
            about = self._about[name, key] = found
        return about


def _in_order(told: Sequence[Reading]) -> Readings:
    ats, values = [r.at for r in told], [r.value for r in told]
    if not all(map(lt, ats, ats[1:])):
        pairs = sorted(zip(ats, values, strict=True))
        ats, values = [at for at, _ in pairs], [value for _, value in pairs]
    return Readings(ats, values)


class _Told:
    """What was told, as a key: equal only to the very same tuples."""

    __slots__ = ("events", "usage")

    def __init__(self, customer: Customer) -> None:
        self.usage = customer.usage
        self.events = customer.events

    def __hash__(self) -> int:
        return hash((id(self.usage), id(self.events)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Told) and other.usage is self.usage and other.events is self.events
        )


def past_of(customer: Customer) -> Past:
    """What was told of a customer, in order."""
    return _past(_Told(customer))


@lru_cache(maxsize=KEPT)
def _past(told: _Told) -> Past:
    return Past(told.usage, told.events)
