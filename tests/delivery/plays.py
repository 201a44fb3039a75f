"""A world for plays: a store with one customer, a clock that is set by hand, and receivers that count by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from skill.agent.grounding import Prover
from skill.agent.notice import compose_notice
from skill.delivery.engine import Engine, Tuned
from skill.errors import DeliveryError
from skill.model.account import Customer, Past, Person
from skill.model.delivery import Cause, Channel, Effect, Showing, effect_id
from skill.model.notice import Leaving
from skill.model.playbook import Playbook
from skill.outlets import InApp, ToOwner
from skill.release import Outlet, Releases
from skill.store import outbox, showings
from skill.store.accounts import Beside, put_account
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.store.usage import EventEntry, UsageEntry, add_usage
from tests.conftest import NOW

TENANT = "default"
QUICK = Tuned(at_once=4, polls_s=0.05, forgotten=timedelta(0), lease=timedelta(seconds=5))


@dataclass
class Ground:
    """The Topics that are served."""

    playbook: Playbook
    prover: Prover


class Receiver:
    """A receiver by email that knows what it got by its id, and may be down."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self.texts: dict[str, str] = {}
        self.down_until: datetime | None = None

    def words(self, about: Leaving, prover: Prover) -> BaseModel:
        notice = compose_notice(about)
        prover.demand(notice.answer.body())
        return notice

    def deliver(self, effect: Effect, content: Any, now: datetime) -> str:
        if self.down_until is not None and now < self.down_until:
            raise DeliveryError("the receiver is down")
        self.got[effect.id] += 1
        self.texts[effect.id] = content.text
        return ""

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """What was sent was sent."""


@dataclass
class World:
    store: Store
    ground: Ground
    customer: Customer
    now: datetime = NOW
    letters: Receiver = field(default_factory=Receiver)
    outlets: dict[Channel, Outlet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outlets = {
            "in_app": InApp(self.store),
            "owner_task": ToOwner(self.store),
            "email": self.letters,
        }
        put_customers(self.store, TENANT, [self.customer], at=NOW)
        self.release = Releases(self.store, lambda _: self.ground, self.outlets, lambda: self.now)

    @property
    def account(self) -> str:
        return self.customer.account.id

    def claim(self, offer: str, signal: str, play: str, **more: Any) -> Effect:
        """An effect with its showing, as a sweep claims them."""
        person = self.customer.person.id
        identity = effect_id(TENANT, self.account, person, f"{play}/{offer}/{signal}", "v", str(more.get("period", "")))  # fmt: skip
        times = {"created_at": self.now, "due_at": more.get("due_at", self.now)}
        effect = Effect(
            id=identity, tenant=TENANT, account=self.account, person=person, offer=offer,
            channel=more.get("channel", "in_app"), play=play, rule=signal, **times,
        )  # fmt: skip
        showing = Showing(
            effect=identity, account=self.account, person=person, offer=offer, family="plan",
            channel=effect.channel, play=play, at=self.now,
            cause=Cause(kind="signal", name=signal, at=self.now),
        )  # fmt: skip
        with self.store.writing() as connection:
            n = showings.seen(connection, TENANT, self.account)
            assert showings.write(connection, TENANT, [showing], n)
            outbox.insert(connection, [effect])
        return effect

    def happens(self, kind: str, offer: str) -> None:
        """Something came of an offer: a dismissal, a decline, a click."""
        past = Past.model_validate({"kind": kind, "offer": offer, "at": self.now, "person": self.customer.person.id})  # fmt: skip
        put_account(self.store, TENANT, self.customer.account, Beside(history=(past,)), at=self.now)

    def event(self, name: str, **properties: str) -> None:
        """Something is reported of the account."""
        identity = f"{name}-{self.now.isoformat()}"
        one = EventEntry(id=identity, account=self.account, name=name, at=self.now, properties=dict(properties))  # fmt: skip
        add_usage(self.store, TENANT, [], [one])

    def uses(self, meter: str, value: int) -> None:
        """A reading of a meter, as the product reports one every day."""
        identity = f"{meter}-{self.now.isoformat()}"
        one = UsageEntry(id=identity, account=self.account, meter=meter, at=self.now, value=Decimal(value))  # fmt: skip
        add_usage(self.store, TENANT, [one], [])

    def state(self, effect: str) -> str:
        found = outbox.find(self.store, TENANT, effect)
        assert found is not None
        return found.state + (f": {found.reason}" if found.reason else "")

    @contextmanager
    def plays(self, url: str, tuned: Tuned = QUICK) -> Iterator[Engine]:
        engine = Engine.open(url, self.release, self.release, clock=lambda: self.now, tuned=tuned, scheduled=False)  # fmt: skip
        try:
            yield engine
        finally:
            engine.close()

    def run(self, engine: Engine, until: datetime | None = None) -> None:
        """Let the clock say this, wake everybody, and wait until nothing moves."""
        self.now = until or self.now
        engine.nudge(self.release.open_effects(TENANT, self.account))
        engine.drain(60)


def of_sample(customers: Mapping[str, Customer], name: str, **person: Any) -> Customer:
    """A customer of the sample company, with a person of one's own making."""
    customer = customers[name]
    who = Person.model_validate({**customer.person.model_dump(), **person})
    return customer.model_copy(update={"person": who})


Opens = Callable[..., World]
