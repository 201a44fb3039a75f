"""Cases: everything that one decision is made from, and one thing about it that may be tried otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Surface
from skill.model.playbook import Playbook
from skill.model.topic import Span
from skill.model.why_not import Change
from skill.policy.decide import MAX_OFFERS, decide

Known = Callable[[Customer, Surface], Customer]
"""Who may be known of a customer where the answer is shown: nobody, where anybody may read along."""


def as_told(customer: Customer, _: Surface) -> Customer:
    """The customer as it was told, wherever the answer is shown."""
    return customer


@dataclass(frozen=True)
class Case:
    """Everything that one decision is made from."""

    playbook: Playbook
    customer: Customer
    meaning: Meaning
    surface: Surface
    now: datetime
    max_offers: int = MAX_OFFERS
    known: Known = as_told
    stops: frozenset[str] = frozenset()
    """Keys of the bundles that were stopped, or `*`."""

    @property
    def seen(self) -> Customer:
        """The customer as this surface may know them."""
        return self.known(self.customer, self.surface)

    def decided(self) -> Decision:
        """What is decided of it."""
        return decide(
            self.playbook,
            self.seen,
            self.meaning,
            surface=self.surface,
            now=self.now,
            max_offers=self.max_offers,
            stops=self.stops,
        )

    def told(self, **update: Any) -> Case:
        """The same with something else told of the customer."""
        return replace(self, customer=self.customer.model_copy(update=update))

    def of_account(self, **update: Any) -> Case:
        """The same with something else told of the account."""
        return self.told(account=self.customer.account.model_copy(update=update))

    def of_person(self, **update: Any) -> Case:
        """The same with something else told of the person."""
        return self.told(person=self.customer.person.model_copy(update=update))


class Option(NamedTuple):
    """A change that may be tried."""

    change: Change
    slot: str
    """What it changes; two changes of one slot contradict each other."""
    apply: Callable[[Case], Case]


def applied(case: Case, options: Iterable[Option]) -> Case:
    """The case with all these changes: time passes first, for what happens then happens at that time."""
    for option in sorted(options, key=lambda o: o.slot != "now"):
        case = option.apply(case)
    return case


def option(
    kind: str, said: str, slot: str, span: Span | None, apply: Callable[[Case], Case]
) -> Option:
    """A change with its sentence and the Topic line that asks for it."""
    place: dict[str, Any] = {"topic": span.file, "line": span.line} if span else {}
    return Option(Change.model_validate({"kind": kind, "said": said, **place}), slot, apply)
