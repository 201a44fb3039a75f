"""From an offer to where it is bought: only if it would be made again now, at the same price, to somebody who may buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from skill.checkout import Buying, checkout
from skill.compiler.folder import Compiler
from skill.errors import AccessError, CheckoutError, NoLongerOffered, NotFound
from skill.model.account import Customer
from skill.model.answer import Answer, AnswerText
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.model.preview import Billed, UnitPrice
from skill.policy.decide import decide
from skill.sources.billing import Change, NoPage, Page, Purchase, Unpriced
from skill.sources.priced_offers import Priced, priced
from skill.store.ledger import Recorded
from tests.policy.offer_cases import COMPANY

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
LINK = "| Link | /add/connect |"
OWN = ("product-bundles.md", LINK, f"{LINK}\n| Checkout | /buy/connect |")
STRICT = (
    "restraint.md",
    "| Any offer was shown | 7 days | the customer asked |",
    "| Any offer was shown | 7 days | |\n| Checkout or quote open | until it is closed | |",
)
"""Restraint that minds what was shown even where somebody asked."""
CONNECT = "connect-pack"


@cache
def company(*changes: tuple[str, str, str]) -> Playbook:
    """Quayside's Topics with some words in the place of others."""
    sources = dict(COMPANY)
    for file, old, new in changes:
        assert old in sources[file]
        sources[file] = sources[file].replace(old, new)
    compiled = Compiler().compile_sources(sources, date(2026, 11, 21))
    assert compiled.servable
    return compiled.playbook


class Provider:
    """Asks 15.00 for a Connect Pack, and opens a page for whatever is bought."""

    name = "made-up"

    def __init__(self) -> None:
        self.amount, self.price_id, self.fails = "15.00", "price_1", False
        self.page: Page | NoPage = Page("https://pay.example/1")
        self.opened: list[Purchase] = []

    def previews(self, changes: Sequence[Change]) -> Sequence[Billed | Unpriced]:
        return [Unpriced("down", failed=True) if self.fails else self._said(c) for c in changes]

    def _said(self, change: Change) -> Billed:
        amount = Decimal(self.amount)
        units = tuple(
            UnitPrice(bundle=key, amount=amount, period="month", price_id=self.price_id)
            for key, _ in change.steps
        )
        return Billed(
            source=self.name, as_of="2026-11-21T09:00:00Z", currency=change.currency, units=units, has_page=True,
            first=amount, further=Decimal("0.00"), subtotal=amount, tax=Decimal("0.00"), tax_is="not_said", total=amount,
        )  # fmt: skip

    def open(self, purchase: Purchase) -> Page | NoPage:
        self.opened.append(purchase)
        return self.page


def somebody(role: str = "admin", **more: Any) -> Customer:
    account = {"id": "acc_1", "plan": "starter", "region": "EU", "currency": "EUR",
               "traits": {"segment": "smb", "touch": "low"}, **more.pop("account", {})}  # fmt: skip
    facts = [{"name": "boards_shared", "value": 5, "as_of": NOW.isoformat()}]
    body = {"account": account, "person": {"id": "u_1", "role": role}, "facts": facts, **more}
    return Customer.model_validate(body).at(NOW)


def offered(playbook: Playbook, provider: Provider | None = None) -> Recorded:
    """The decision that made the offer, as it is recorded."""
    who, meaning = somebody(), Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
    made = Priced(decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW), {}, {})
    if provider is not None:
        made = priced(provider, playbook, who, made.decision, NOW)
    assert [o.bundle for o in made.decision.offers] == [CONNECT]
    said = AnswerText(text="Connect Pack has it.")
    answer = Answer(
        decision_id="dec_1", topics_version=playbook.version, triggered=True, answer=said
    )
    return Recorded(
        id="dec_1", tenant="default", at=NOW, scope="end_user", question="Salesforce?", customer=who, surface=Surface.IN_PRODUCT,
        billed=dict(made.billed), unpriced=dict(made.unpriced), decision=made.decision, answer=answer,
    )  # fmt: skip


def buying(provider: Provider | None = None, *changes: tuple[str, str, str], **more: Any) -> Buying:
    playbook = company(*changes)
    kept = offered(playbook, provider)
    return replace(Buying(playbook, kept, somebody(), LATER, "r1", provider, provider), **more)


def test_the_provider_opens_a_page_for_what_was_offered() -> None:
    provider = Provider()
    assert checkout(buying(provider), CONNECT) == "https://pay.example/1"
    (bought,) = provider.opened
    assert bought.change.steps == ((CONNECT, 1),)
    assert (bought.offer, bought.decision_id) == (CONNECT, "dec_1")


def test_a_request_is_told_apart_by_everything_that_it_is_about() -> None:
    provider = Provider()
    first = buying(provider)
    other = first.kept.model_copy(update={"id": "dec_2"})
    for one in (first, replace(first, request="r2"), replace(first, kept=other), first):
        checkout(one, CONNECT)
    names = [bought.request for bought in provider.opened]
    assert (len(set(names)), names[0]) == (3, names[3])


@pytest.mark.parametrize("provider", [None, Provider()])
def test_the_host_s_own_checkout_comes_before_the_provider_s(provider: Provider | None) -> None:
    assert checkout(buying(provider, OWN), CONNECT) == "/buy/connect"
    assert provider is None or provider.opened == []


def test_without_any_checkout_there_is_the_link_and_no_page() -> None:
    with pytest.raises(NotFound):
        checkout(buying(), CONNECT)


def test_what_was_not_offered_is_not_sold() -> None:
    for bundle in ("team", "price_1", ""):
        with pytest.raises(NotFound):
            checkout(buying(Provider()), bundle)


def test_who_may_not_buy_now_opens_no_page() -> None:
    for changes in ((), (OWN,)):
        with pytest.raises(AccessError):
            checkout(buying(Provider(), *changes, customer=somebody("member")), CONNECT)


@pytest.mark.parametrize(
    "now",
    [
        somebody(account={"bundles": [CONNECT]}),
        somebody(account={"currency": "USD"}),
        somebody(tickets=[{"id": "t", "opened_at": LATER.isoformat()}]),
        somebody(history=[{"kind": "never", "offer": CONNECT, "at": LATER.isoformat()}]),
        somebody(unavailable=["tickets"]),
    ],
    ids=["held", "another currency", "a ticket", "never again", "unread"],
)
@pytest.mark.parametrize("changes", [(), (OWN,)], ids=["provider", "host"])
def test_what_would_not_be_offered_now_is_not_sold(now: Customer, changes: Any) -> None:
    provider = Provider()
    with pytest.raises(NoLongerOffered):
        checkout(buying(provider, *changes, customer=now), CONNECT)
    assert provider.opened == []


@pytest.mark.parametrize("kind", ["impression", "click", "checkout_open"])
def test_having_seen_it_is_no_reason_not_to_sell_it(kind: str) -> None:
    seen = somebody(history=[{"kind": kind, "offer": CONNECT, "at": NOW.isoformat()}])
    assert checkout(buying(Provider(), STRICT, customer=seen), CONNECT)
    other = somebody(history=[{"kind": kind, "offer": "team", "at": NOW.isoformat()}])
    if kind == "impression":
        with pytest.raises(NoLongerOffered):
            checkout(buying(Provider(), STRICT, customer=other), CONNECT)


@pytest.mark.parametrize("stops", [{CONNECT}, {"*"}])
def test_what_was_stopped_meanwhile_is_not_sold(stops: set[str]) -> None:
    with pytest.raises(NoLongerOffered):
        checkout(buying(Provider(), stops=frozenset(stops)), CONNECT)


def test_another_price_in_the_topics_of_today_is_not_the_one_that_was_told() -> None:
    before = buying(None, OWN)
    dearer = company(OWN, ("product-bundles.md", "EUR 15 per workspace", "EUR 16 per workspace"))
    with pytest.raises(NoLongerOffered):
        checkout(replace(before, playbook=dearer), CONNECT)
    moved = company(OWN, ("product-bundles.md", "## Connect Pack", "\n\n## Connect Pack"))
    assert checkout(replace(before, playbook=moved), CONNECT) == "/buy/connect"


def test_a_price_past_its_day_is_not_sold_at() -> None:
    long_after = LATER + timedelta(days=400)
    with pytest.raises(NoLongerOffered):
        checkout(buying(None, OWN, now=long_after, customer=somebody().at(long_after)), CONNECT)


@pytest.mark.parametrize(("amount", "price_id"), [("16.00", "price_1"), ("15.00", "price_2")])
def test_another_price_of_the_provider_s_is_not_the_one_that_was_told(
    amount: str, price_id: str
) -> None:
    provider = Provider()
    one = buying(provider)
    provider.amount, provider.price_id = amount, price_id
    with pytest.raises(NoLongerOffered):
        checkout(one, CONNECT)
    assert provider.opened == []


def test_where_the_provider_cannot_be_asked_nothing_is_sold() -> None:
    provider = Provider()
    for changes in ((), (OWN,)):
        provider.fails = False
        one = buying(provider, *changes)
        provider.fails = True
        with pytest.raises(CheckoutError):
            checkout(one, CONNECT)


@pytest.mark.parametrize(("failed", "error"), [(True, CheckoutError), (False, NotFound)])
def test_a_page_that_is_not_opened_is_told_as_what_it_is(
    failed: bool, error: type[Exception]
) -> None:
    provider = Provider()
    provider.page = NoPage("no such page", failed=failed)
    with pytest.raises(error):
        checkout(buying(provider), CONNECT)
