"""Made-up accounts for sweeps: customers of the made-up company, and the tables that tell of them.

Readings lie on the edges of windows and of days somewhere, several at one moment, out of order; clocks change;
limits are zero, unlimited, unknown, overridden or extended; the tables hold values that are no readings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from evals.proof.sweep_company import PLANS, RESETS
from skill.model.account import Account, Customer, Event, Fact, Reading
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.policy import gate
from skill.policy.rules import plain

MOMENTS = (
    datetime(2026, 11, 21, 9, tzinfo=UTC),
    datetime(2026, 10, 27, 23, tzinfo=UTC),
    datetime(2026, 3, 30, 0, tzinfo=UTC),
    datetime(2026, 3, 10, 6, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 11, 4, 12, tzinfo=UTC),
)
"""A usual day; days after clocks changed in Europe and on Cuba, where midnight itself is skipped; early in a month."""
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata", "Nowhere/Land")
Row = Mapping[str, Any]


class World(NamedTuple):
    """Accounts at one moment, and the tables that tell of them."""

    now: datetime
    customers: tuple[Customer, ...]
    tables: Mapping[str, Sequence[Row]]


class _Maker:
    """One account after the other, from one stream of chance."""

    def __init__(self, chance: Random, now: datetime) -> None:
        self.chance = chance
        self.now = now

    def ago(self) -> datetime:
        """A moment until now, often on an edge of a window or of a day somewhere."""
        chance = self.chance
        kind = chance.random()
        if kind < 0.15:  # midnight somewhere
            back = chance.randint(0, 8)
            offset = chance.choice([0, 1, -5, -4, 5])
            day = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
            at = day - timedelta(days=back, hours=offset, minutes=chance.choice([0, 0, 30]))
        else:
            edges = [24 * d for d in (0, 1, 2, 3, 7, 14, 21, 28, 30)]
            few = chance.choice([*edges, chance.randint(0, 60)])
            hours = few if kind < 0.7 else chance.randint(0, 40 * 24)
            at = self.now - timedelta(hours=hours, minutes=chance.choice([0, 0, 0, 1, 30, 59]))
        tick = timedelta(microseconds=chance.choice([0, 0, 0, 0, 0, 1, -1, 123456]))
        return min(at + tick, self.now)

    def times(self, most: int) -> list[datetime]:
        """Some moments, each once."""
        return list(dict.fromkeys(self.ago() for _ in range(self.chance.randint(0, most))))

    def value(self) -> Decimal:
        """Figures on and around those of the rows."""
        chance = self.chance
        if chance.random() < 0.9:
            return Decimal(chance.choice([*range(13), 4, 8, 10, 20]))
        return Decimal(chance.choice(["7.999999", "8.000001", "3.5", "0.000001", "999999999"]))

    def usage(self, meter: str) -> Iterator[Reading]:
        """The readings of a meter, several at one moment among them."""
        times = self.times(8 if meter in ("calls", "seats") else 4)
        if self.chance.random() < 0.4:  # somebody who reports every day, at about the same hour
            hour = self.chance.choice([0, 1, 23])
            daily = (
                self.now - timedelta(days=d, hours=hour) for d in range(self.chance.randint(2, 12))
            )
            times += [at for at in daily if at not in times]
        for at in times:
            yield Reading(meter=meter, at=at, value=self.value())
            if meter == "seats" and self.chance.random() < 0.1:
                yield Reading(meter=meter, at=at, value=self.value())

    def facts(self) -> Iterator[Fact]:
        """Dated facts: numbers, words and dates, old and fresh."""
        chance = self.chance
        for at in self.times(5):
            value = chance.choice([self.value(), int(self.value()), str(self.value()), "1,000", None, "n/a"] + [self.value()] * 9)  # fmt: skip
            age = chance.choice([None, None, None, Decimal(24), Decimal(1000)])
            yield Fact(name="queue", value=value, as_of=at, max_age_hours=age)
        for name, values in _WORDS.items():
            for at in self.times(2):
                yield Fact(name=name, value=chance.choice(values), as_of=at)
        for at in self.times(2):
            yield Fact(name="renewal", value=self.date(), as_of=at)
        if chance.random() < 0.2:
            yield Fact(name="time zone", value=chance.choice(ZONES), as_of=self.ago())

    def date(self) -> str:
        """A day around now, as people and programs write it."""
        chance = self.chance
        at = self.now + timedelta(days=chance.choice([-1, 0, 1, 2, 13, 14, 15, 29, 30, 31]))
        at += timedelta(hours=chance.choice([0, 0, 1, -5, 12]), minutes=chance.choice([0, 0, 30]))
        plain = at.replace(tzinfo=None)
        told = (plain.isoformat(), at.isoformat(), at.isoformat().replace("+00:00", "Z"), at.astimezone(_FAR).isoformat(), "2026-02-30", "soon")  # fmt: skip
        return chance.choice([plain.date().isoformat()] * 6 + list(told))

    def events(self) -> Iterator[Event]:
        """What happened: some of it does not count."""
        kinds: tuple[tuple[str, dict[str, str | int]], ...] = (
            ("done", {"kind": "big"}), ("done", {"kind": "Big"}), ("done", {"kind": "bigOne", "a b": 1}), ("done", {"kind": "small"}), ("done", {}), ("done", {}),
            ("attempt", {"feature": "export"}), ("attempt", {"feature": "Import"}), ("attempt", {"feature": "other"}),
            ("view", {"page": "pricing"}), ("use", {"feature": "export"}), ("login", {}),
        )  # fmt: skip
        for n, at in enumerate(self.times(12)):
            name, said = self.chance.choice(kinds)
            yield Event(id=str(n), name=name, at=at, properties=said)

    def traits(self) -> dict[str, Any]:
        """What is known without a date."""
        chance = self.chance
        found: dict[str, Any] = {}
        some = {
            "time zone": ZONES, "sector": ("school", "School", "bank", "two words"), "size": (10, 10.5, "1,000", 99, True, float("nan")),
            "fresh": (7, 8), "queue": (8, "12", float("inf")), "stage": ("live", "Two Words", False), "renewal": (self.date(),),
            "first win": ("yes", "no", "Reached"),
        }  # fmt: skip
        for name, values in some.items():
            if chance.random() < (0.8 if name == "time zone" else 0.25):
                found[name] = chance.choice(values)
        for meter in RESETS:
            if chance.random() < 0.5:
                found[f"{meter} commit"] = chance.choice([0, 10, 10, 5, -1, "10"])
        return found

    def account(self, number: int) -> Account:
        """What is held, and where."""
        chance = self.chance
        limits: dict[str, Any] = {}
        for meter in RESETS if chance.random() < 0.15 else ():
            limits[meter] = chance.choice([None, 0, 5, 12])
        bundles = [b for b in ("pack", "extra", "extra") if chance.random() < 0.12]
        grants = [{"name": "extra"}] if chance.random() < 0.05 else []
        return Account.model_validate(
            {
                "id": f"acc_{number:06}", "plan": chance.choice([*PLANS, "ten", "ten", "platinum", None]),
                "bundles": bundles, "grants": grants, "limits": limits, "region": chance.choice(["EU", "US", None]),
                "currency": chance.choice(["EUR", "USD", None]), "traits": self.traits(),
            }
        )  # fmt: skip

    def customer(self, number: int) -> Customer:
        """One account, everything about it out of order."""
        account = self.account(number)
        usage = [r for meter in RESETS for r in self.usage(meter)]
        facts, events = list(self.facts()), list(self.events())
        for things in (usage, facts, events):
            self.chance.shuffle(things)
        return Customer(
            account=account, usage=tuple(usage), facts=tuple(facts), events=tuple(events)
        )


_WORDS = {"stage": ("live", "Live", "two words", "twoWords", " Two  Words!", "gone", None), "size": (10, "250", 99), "fresh": (7, 8), "seats commit": (10, 0)}  # fmt: skip
_FAR = timezone(timedelta(hours=9))


def customers(seed: int, n: int, now: datetime) -> tuple[Customer, ...]:
    """So many made-up accounts at a moment; the same seed makes the same ones."""
    maker = _Maker(Random(f"{seed} {now.isoformat()}"), now)
    return tuple(maker.customer(number) for number in range(n))


def rows_of(
    some: Iterable[Customer], playbook: Playbook, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that tell what these customers tell; moments are aware, values exact."""
    tables: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("accounts", "traits", "facts", "bundles", "limits", "readings", "events")
    }  # fmt: skip
    for customer in some:
        account, key = customer.account, {"account": customer.account.id}
        tables["accounts"].append(
            {**key, "plan": account.plan, "region": account.region, "currency": account.currency}
        )
        for name, value in account.traits.items():
            tables["traits"].append({**key, "name": slug(name), "value": text_of(value)})
        for f in customer.facts:
            tables["facts"].append({**key, "name": slug(f.name), "value": text_of(f.value), "as_of": f.as_of, "max_age_hours": f.max_age_hours})  # fmt: skip
        tables["bundles"] += [
            {**key, "bundle": bundle} for bundle in dict.fromkeys(account.bundles)
        ]
        tables["limits"] += _own_limits(playbook, customer, now)
        for r in customer.usage:
            tables["readings"].append({**key, "meter": r.meter, "at": r.at, "value": r.value})
        for e in customer.events:
            said = {name: slug(str(e.properties[name])) if name in e.properties else None for name in ("feature", "page")}  # fmt: skip
            tables["events"].append({**key, "name": e.name, "at": e.at, **said, "properties": json.dumps(e.properties)})  # fmt: skip
    return tables


def _own_limits(playbook: Playbook, customer: Customer, now: datetime) -> Iterator[dict[str, Any]]:
    """The effective limits of an account that differ from its plan's own."""
    bare = Customer(account=Account(plan=customer.account.plan))
    for meter in playbook.meters:
        mine = gate.effective_limit(playbook, customer.model_copy(update={"usage": ()}), meter, now)
        plans = gate.effective_limit(playbook, bare, meter, now)
        if (mine and mine.value) == (plans and plans.value) and bool(mine) == bool(plans):
            continue
        kind = "unknown" if mine is None else "unlimited" if mine.value is None else "figure"
        value = mine.value if mine is not None else None
        yield {"account": customer.account.id, "meter": meter, "value": value, "kind": kind}


def text_of(value: Any) -> str | None:
    """A value as the tables hold it."""
    known = plain(value)
    return format(known, "f") if isinstance(known, Decimal) else known


def noise(seed: int, some: Sequence[Customer], now: datetime) -> list[dict[str, Any]]:
    """Rows of readings that are none, or not yet: nothing may follow from them."""
    chance = Random(seed)
    bad = (None, float("nan"), float("inf"), float("-inf"), Decimal(-1))
    found = []
    for customer in some:
        for meter in RESETS:
            at = now - timedelta(minutes=chance.randint(0, 90))
            found.append({"account": customer.account.id, "meter": meter, "at": at, "value": chance.choice(bad)})  # fmt: skip
            later = now + timedelta(microseconds=chance.choice([1, 10**9]))
            found.append({"account": customer.account.id, "meter": meter, "at": later, "value": Decimal(99)})  # fmt: skip
    return found


def world(seed: int, n: int, now: datetime, playbook: Playbook) -> World:
    """So many accounts at a moment, with the tables that an engine reads."""
    some = customers(seed, n, now)
    tables = rows_of(some, playbook, now)
    tables["readings"] += noise(seed, some, now)
    return World(now, some, tables)
