"""The billing provider is asked about the whole purchase: every unit that is paid for, and no part of several prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.decision import Action, Decision, Meaning, Offer, Outcome, Step, Surface, Unlock
from skill.model.playbook import Playbook
from skill.model.preview import Billed
from skill.sources.billing import Change, Unpriced
from skill.sources.priced_offers import change_of, priced
from tests.policy.test_costs import COMPANY, NOW, sold_topic


class Asked:
    """Remembers what it was asked about, and knows no price."""

    name = "asked"

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def previews(self, changes: Sequence[Change]) -> Sequence[Billed | Unpriced]:
        """Nothing of any of them."""
        self.changes += changes
        return [Unpriced("asked") for _ in changes]


def offered(price: str | list[str], **usage: int) -> tuple[Playbook, Customer, Offer]:
    sold: dict[str, dict[str, Any]] = {
        "Starter": {"Sold as": "plan", "Price": "EUR 20 per month"},
        "Team": {"Sold as": "plan", "Price": price},
    }
    topics = {**COMPANY, "product-bundles.md": sold_topic(sold)}
    playbook = Compiler().compile_sources(topics, NOW.date()).playbook
    told = [{"meter": meter, "at": NOW, "value": n} for meter, n in usage.items()]
    who = Customer.model_validate(
        {"account": {"plan": "starter", "currency": "EUR"}, "usage": told}
    ).at(NOW)
    line = playbook.bundles["team"].prices[0]
    offer = Offer.model_validate(
        {
            "unlock": Unlock(steps=(Step(bundle="team"),)),
            "bundle": "team",
            "kind": "plan",
            "price": line,
            "prices": (line,),
            "action": Action(kind="link", href="/team", allowed=True),
        }
    )
    return playbook, who, offer


def steps(price: str, **usage: int) -> tuple[tuple[str, int], ...]:
    change = change_of(*offered(price, **usage), NOW)
    assert change is not None
    return change.steps


@pytest.mark.parametrize(
    ("price", "usage", "n"),
    [
        ("EUR 80 per workspace per month", {"seats": 50}, 1),
        ("EUR 8 per seat per month", {"seats": 50}, 50),
        ("EUR 8 per seat per month, at least 5 seats", {"seats": 2}, 5),
        ("EUR 0.01 per api_call per month", {"api_calls": 700}, 1),
    ],
)
def test_what_is_paid_by_the_seat_is_bought_for_every_seat(
    price: str, usage: dict[str, int], n: int
) -> None:
    assert steps(price, **usage) == (("team", n),)


@pytest.mark.parametrize(
    "price", ["EUR 8 per seat per month", ["EUR 50 per month", "EUR 8 per seat per month"]]
)
def test_nobody_is_asked_for_the_price_of_a_part(price: str | list[str]) -> None:
    playbook, who, offer = offered(price)
    decision = Decision(
        topics_version=playbook.version,
        surface=Surface.IN_PRODUCT,
        now=NOW,
        meaning=Meaning(outcome=Outcome.FEATURE),
        offers=(offer,),
    )
    asked = Asked()
    (left,) = priced(asked, playbook, who, decision, NOW).decision.offers
    assert (asked.changes, left.price, left.action.kind) == ([], None, "contact")
