"""A folder from a blank page: a few plans with their prices, and one thing that only the highest of them does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from skill.compiler.importers.drafts import Draft
from skill.compiler.importers.plain import shown
from skill.compiler.importers.prices_said import NoPrice, Terms, said_price
from skill.compiler.importers.writing import Imported
from skill.errors import InputError
from skill.model.common import slug


@dataclass(frozen=True)
class Start:
    """What somebody who starts from nothing was asked; the defaults stand for whoever only wants to look."""

    company: str = "Our product"
    owner: str = "topics@company.example"
    plans: tuple[tuple[str, str], ...] = (("Basic", "free"), ("Pro", "EUR 29 per month"))
    """Name and price of each, the lowest first."""
    feature: str = "Audit log"
    """Something that only the highest plan has."""
    seats: int | None = None
    """How many people the lowest plan is for; None is any number."""


def readable_price(said: str) -> str:
    """A price as somebody types it, in the language's form.

    Raises:
        InputError: it cannot be read for certain.
    """
    try:
        return said_price(said, Terms())
    except NoPrice as wrong:
        why = f": {wrong}" if str(wrong) else ""
        raise InputError(
            f"unreadable price `{shown(said)}`{why}",
            help="write it like `EUR 29 per month`, `free` or `contact us`",
        ) from None


def plan_names(said: str) -> tuple[str, ...]:
    """The plans of a list such as `Basic, Pro`.

    Raises:
        InputError: fewer than two, or two of one name.
    """
    names = tuple(name.strip() for name in said.split(",") if slug(name))
    if len(names) < 2 or len({slug(name) for name in names}) < len(names):
        raise InputError(
            f"`{shown(said)}` does not name at least two plans",
            help="write them with commas, the lowest first: Basic, Pro",
        )
    return names


def from_blank(start: Start, *, today: date) -> Imported:
    """The features, plans and, where there is a limit, meters of a product that was only just described."""
    draft = Draft(name=start.company, owner=start.owner)
    feature = draft.feature(start.feature, "the feature")
    names = _added(draft, start.plans)
    if feature is not None:
        draft.bundles[slug(names[-1])].unlock(feature.name)
    if start.seats is not None:
        meter = draft.meter("seats", "the limit", unit="seat", resets="never")
        for i, name in enumerate(names):
            amount = f"{start.seats:,}" if i == 0 else "unlimited"
            draft.bundles[slug(name)].add("Limits", f"{meter}: {amount}")
    return draft.imported(today=today)


def _added(draft: Draft, plans: Sequence[tuple[str, str]]) -> list[str]:
    names: list[str] = []
    for said, price in plans:
        name = draft.new_name(draft.bundles, said, f"the plan `{shown(said)}`")
        plan = draft.bundle(name, f"the plan `{shown(said)}`") if name else None
        if plan is None:
            continue
        plan.add("Sold as", "plan")
        if names:
            plan.add("Includes", names[-1])
        plan.add("Price", readable_price(price))
        plan.add("Who can buy", "owner, admin")
        names.append(plan.name)
    return names


def seats_of(said: str) -> int | None:
    """How many people: a whole number, and None for `0` or nothing.

    Raises:
        InputError: no whole number.
    """
    bare = said.replace(",", "").strip()
    if bare in ("", "0"):
        return None
    if not bare.isascii() or not bare.isdigit() or len(bare) > 7:
        raise InputError(f"`{shown(said)}` is no number of people", help="write it like 5")
    return int(bare)
