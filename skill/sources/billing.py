"""A billing provider as we see it: what it would charge for a change, and the page where that can be bought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from skill.model.account import Account
from skill.model.preview import Billed, UnitPrice


class Change(NamedTuple):
    """What would be bought, and in place of what."""

    account: Account
    steps: tuple[tuple[str, int], ...]
    """Keys of bundles in the order of purchase, and how many units of each."""
    replaces: str
    """Key of the plan that ends with it; empty where all of it comes beside what is held."""
    currency: str
    """ISO 4217: the one in which the offer is made."""
    now: datetime


class Unpriced(NamedTuple):
    """There is no price: then none is shown and nothing can be bought by a button. Never zero."""

    why: str
    """For whoever runs it, with no secret in it."""
    failed: bool = False
    """Whether the provider could not be asked, rather than knowing no price."""


class BillingPreview(Protocol):
    """Somebody who knows what an account would be charged."""

    @property
    def name(self) -> str:
        """How it is called in the source of every figure."""
        ...

    def previews(self, changes: Sequence[Change]) -> Sequence[Billed | Unpriced]:
        """The next invoice with each change in it, one by one and in their order."""
        ...


class Purchase(NamedTuple):
    """What somebody is about to buy, exactly as it was offered and priced."""

    change: Change
    units: tuple[UnitPrice, ...]
    """The provider's own prices, as it told them just now."""
    offer: str
    """Key of the bundle that was offered."""
    decision_id: str
    request: str
    """The same text for the same request, however often it is sent."""


class Page(NamedTuple):
    """A page of the provider where exactly one purchase can be made."""

    href: str


class NoPage(NamedTuple):
    """There is no page for this purchase."""

    why: str
    """For whoever runs it, with no secret in it."""
    failed: bool = False
    """Whether the provider could not be asked, rather than having no such page."""


class CheckoutSessions(Protocol):
    """Somebody who opens a page where a purchase can be made."""

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    def open(self, purchase: Purchase) -> Page | NoPage:
        """A page for this purchase alone."""
        ...
