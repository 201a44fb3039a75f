"""Stripe's invoice previews: exact amounts of one account's own invoice, and no price at all wherever anything is wrong."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

from skill.compiler.folder import Compiler
from skill.model.account import Account, Customer
from skill.model.decision import Action, Decision, Meaning, Offer, Outcome, Step, Surface, Unlock
from skill.model.money import Price
from skill.model.playbook import SoldAs
from skill.model.preview import Billed
from skill.model.topic import Span
from skill.policy.prices.cost_proof import faults
from skill.policy.prices.costs import expected
from skill.policy.prices.pricing import with_billing
from skill.sources.billing import Change, Unpriced
from skill.sources.billing_stripe import StripeBilling
from skill.sources.priced_offers import change_of, priced, with_said
from skill.sources.source import Timing
from tests.sources.fake_billing import SHAPES, FakeBilling, serving
from tests.sources.told_by import NOON


@pytest.fixture
def server() -> Iterator[FakeBilling]:
    with serving() as fake:
        yield fake


def change(*keys: str, n: int = 1, replaces: str = "", currency: str = "EUR", **traits: Any) -> Change:  # fmt: skip
    account = Account(id="acc_1", plan="starter", traits={"stripe-customer": "cus_1", **traits})
    return Change(account, tuple((key, n) for key in keys), replaces, currency, NOON)


def ask(server: FakeBilling, asked: Change, **more: Any) -> Billed | Unpriced:
    timing = Timing(seconds=more.pop("seconds", 5.0))
    address = more.pop("address", server.url)
    return StripeBilling("rk_test_none", address=address, timing=timing, **more).preview(asked)


UPGRADE = change("team", replaces="starter")


def billed(server: FakeBilling, asked: Change = UPGRADE, **more: Any) -> Billed:
    found = ask(server, asked, **more)
    assert isinstance(found, Billed), found
    return found


def why(server: FakeBilling, asked: Change = UPGRADE, **more: Any) -> str:
    found = ask(server, asked, **more)
    assert isinstance(found, Unpriced), found
    return found.why


# -- what is asked -----------------------------------------------------------------------------------


def test_another_plan_takes_the_place_of_the_one_in_the_subscription(server: FakeBilling) -> None:
    billed(server)
    assert server.body() == {
        "customer": "cus_1",
        "subscription": "sub_1",
        "subscription_details[items][0][id]": "si_1",
        "subscription_details[items][0][price]": "price_team",
        "subscription_details[items][0][quantity]": "1",
        "subscription_details[proration_behavior]": "create_prorations",
        "subscription_details[proration_date]": str(int(NOON.timestamp())),
    }


def test_an_extra_comes_beside_it(server: FakeBilling) -> None:
    billed(server, change("connect-pack", n=2))
    assert server.body()["subscription_details[items][0][price]"] == "price_connect-pack"
    assert server.body()["subscription_details[items][0][quantity]"] == "2"
    assert "subscription_details[items][0][id]" not in server.body()


def test_more_of_what_is_held_raises_its_quantity(server: FakeBilling) -> None:
    billed(server, change("starter", n=3))
    assert server.body()["subscription_details[items][0][id]"] == "si_1"
    assert server.body()["subscription_details[items][0][quantity]"] == "4"


def test_what_is_paid_once_is_an_item_of_the_invoice(server: FakeBilling) -> None:
    billed(server, change("run-credits", n=3))
    assert server.body()["invoice_items[0][price]"] == "price_run-credits"
    assert server.body()["invoice_items[0][quantity]"] == "3"
    assert not any(k.startswith("subscription_details") for k in server.body())


def test_somebody_without_a_subscription_would_begin_one(server: FakeBilling) -> None:
    server.subscriptions = []
    billed(server, change("team"))
    assert server.body()["currency"] == "eur"
    assert "subscription" not in server.body()


def test_a_lookup_key_may_be_another_than_the_bundle_s(server: FakeBilling) -> None:
    billed(server, change("big", replaces="starter"), lookup_keys={"big": "team"})
    assert server.body()["subscription_details[items][0][price]"] == "price_team"


def test_a_named_subscription_is_the_one_that_changes(server: FakeBilling) -> None:
    other = {**copy.deepcopy(server.subscriptions[0]), "id": "sub_2"}
    server.subscriptions.append(other)
    assert "several" in why(server)
    billed(server, change("team", replaces="starter", **{"stripe-subscription": "sub_2"}))
    assert server.body()["subscription"] == "sub_2"


# -- what is answered ----------------------------------------------------------------------------------


def test_amounts_are_exact_and_in_the_currency_s_own_units(server: FakeBilling) -> None:
    told = billed(server)
    assert (str(told.first), str(told.further)) == ("22.17", "99.00")
    assert (str(told.subtotal), str(told.tax), str(told.total)) == ("121.17", "23.02", "144.19")
    assert (told.currency, told.tax_is, told.source) == ("EUR", "excluded", "stripe")
    assert told.prorated_at == told.as_of == "2026-11-21T12:00:00Z"
    assert told.units[0].amount == Decimal("99.00")


def test_tax_that_is_inside_is_said_to_be(server: FakeBilling) -> None:
    server.preview = SHAPES["previews"]["inclusive"]
    told = billed(server)
    assert (told.tax_is, str(told.tax), str(told.total)) == ("included", "15.81", "99.00")


def test_yen_have_no_decimals_and_dinars_have_three(server: FakeBilling) -> None:
    server.preview = SHAPES["previews"]["yen"]
    yen = billed(server, change("yen-pack", currency="JPY"))
    assert (str(yen.first), str(yen.total), str(yen.units[0].amount)) == ("1552", "6452", "4900")
    server.preview = SHAPES["previews"]["dinar"]
    dinar = billed(server, change("dinar-pack", currency="KWD"))
    assert (str(dinar.first), str(dinar.total)) == ("1.350", "5.600")


def test_what_an_earlier_change_left_is_not_counted_to_this_one(server: FakeBilling) -> None:
    server.preview = SHAPES["previews"]["earlier"]
    told = billed(server)
    assert (str(told.first), str(told.further)) == ("22.17", "106.00")


# -- wherever anything is wrong, there is no price ---------------------------------------------------


@pytest.mark.parametrize("at", ["create_preview", "prices", "subscriptions"])
@pytest.mark.parametrize("fault", ["500", "429", "401", "402", "half", "garbage"])
def test_a_server_that_fails_gives_no_price(server: FakeBilling, fault: str, at: str) -> None:
    server.fault, server.fault_at = fault, at
    said = why(server)
    assert said.startswith("it failed with")
    assert "secret" not in said


def test_a_server_that_hangs_is_not_waited_for(server: FakeBilling) -> None:
    server.fault = "hang"
    assert "APIConnectionError" in why(server, seconds=0.2)


def test_a_server_that_is_not_there_gives_no_price(server: FakeBilling) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert "APIConnectionError" in why(server, address=address)


Spoil = Callable[[dict[str, Any]], Any]
SPOILED: dict[str, Spoil] = {
    "another currency": lambda p: p.update(currency="usd"),
    "a line in another currency": lambda p: p["lines"]["data"][0].update(currency="usd"),
    "no currency": lambda p: p.pop("currency"),
    "lines that do not add up": lambda p: p["lines"]["data"].pop(),
    "more lines than one answer holds": lambda p: p["lines"].update(has_more=True),
    "no word of whether there are more": lambda p: p["lines"].pop("has_more"),
    "no lines": lambda p: p.pop("lines"),
    "an amount with decimals": lambda p: p["lines"]["data"][0].update(amount=-918.5),
    "an amount in words": lambda p: p.update(total="12117"),
    "no amount": lambda p: p.update(total=None),
    "a truth for an amount": lambda p: p.update(subtotal=True),
    "taxes of another shape": lambda p: p.update(total_taxes={"amount": 1}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_an_invoice_that_is_not_exactly_one_is_no_price(server: FakeBilling, spoil: Spoil) -> None:
    spoil(server.preview)
    assert why(server)


def test_a_bundle_without_a_price_there_has_none(server: FakeBilling) -> None:
    assert "`business`" in why(server, change("business", replaces="starter"))


def test_two_prices_with_one_lookup_key_are_none(server: FakeBilling) -> None:
    server.prices.append({**server.prices[1], "id": "price_other"})
    assert "`team`" in why(server)


def test_a_price_in_another_currency_is_none(server: FakeBilling) -> None:
    server.preview["currency"] = "chf"
    for line in server.preview["lines"]["data"]:
        line["currency"] = "chf"
    assert "currency" in why(server, change("team", replaces="starter", currency="CHF"))


def test_an_account_that_stripe_does_not_know_is_not_asked_about(server: FakeBilling) -> None:
    account = Account(id="acc_1", plan="starter")
    assert "no customer" in why(server, UPGRADE._replace(account=account))
    assert server.asked == []


def test_a_subscription_that_does_not_hold_the_plan_is_another_one(server: FakeBilling) -> None:
    assert "does not hold" in why(server, change("team", replaces="connect-pack"))


def test_another_customer_s_subscription_is_refused(server: FakeBilling) -> None:
    server.subscriptions[0]["customer"] = "cus_2"
    named = change("team", replaces="starter", **{"stripe-subscription": "sub_1"})
    assert "another customer" in why(server, named)


# -- what becomes of the offer -------------------------------------------------------------------------


def offer(amount: str = "99", **price: Any) -> Offer:
    line = Price.model_validate({"kind": "fixed", "currency": "EUR", "amount": Decimal(amount), "period": "month", "billed": "month", "text": "", "span": Span(file="b.md", line=1, end_line=1), **price})  # fmt: skip
    unlock = Unlock(steps=(Step(bundle="team"),))
    action = Action(kind="link", href="/buy", allowed=True)
    return Offer.model_validate({"unlock": unlock, "bundle": "team", "kind": "plan", "price": line, "prices": (line,), "action": action})  # fmt: skip


def test_an_offer_that_the_provider_agrees_with_stays_as_it_is(server: FakeBilling) -> None:
    assert with_billing(offer(), billed(server)) == offer()


@pytest.mark.parametrize("fault", ["500", "garbage", "half"])
def test_after_an_error_there_is_no_price_and_no_button_and_no_zero(server: FakeBilling, fault: str) -> None:  # fmt: skip
    server.fault = fault
    found = ask(server, UPGRADE)
    left = with_billing(offer(), found if isinstance(found, Billed) else None)
    assert (left.price, left.prices) == (None, (None,))
    assert (left.action.kind, left.action.href) == ("contact", "")


@pytest.mark.parametrize("other", [{"amount": "98"}, {"currency": "USD"}, {"period": "year", "billed": "year"}, {"billed": "year"}])  # fmt: skip
def test_a_price_line_that_the_provider_does_not_ask_is_not_shown(server: FakeBilling, other: Any) -> None:  # fmt: skip
    told = billed(server)
    assert with_billing(offer(**other), told).price is None


def test_who_may_not_buy_still_asks_an_admin() -> None:
    asks = offer().model_copy(update={"action": Action(kind="ask_admin")})
    assert with_billing(asks, None).action.kind == "ask_admin"


def test_the_recorded_shapes_are_read_by_the_official_client_unchanged() -> None:
    import stripe

    made = stripe.Invoice.construct_from(copy.deepcopy(SHAPES["previews"]["upgrade"]), "none")
    assert json.loads(json.dumps(made.to_dict(), default=str)) == SHAPES["previews"]["upgrade"]


# -- a whole decision --------------------------------------------------------------------------------------


FOLDER = Path(__file__).parents[2] / "topics"
FERNWAY = (
    Compiler()
    .compile_sources({p.name: p.read_text("utf-8") for p in FOLDER.glob("*.md")}, NOON.date())
    .playbook
)


def decided(**account: Any) -> tuple[Customer, Decision]:
    """Somebody on Starter asks for approvals, which the Team plan has."""
    fields = {"plan": "starter", "currency": "EUR", "region": "EU", "traits": {"stripe-customer": "cus_1"}, **account}  # fmt: skip
    person = {"role": "owner"}
    who = Customer.model_validate({"account": fields, "person": person}).at(NOON)
    price = FERNWAY.bundles["team"].prices[0]
    unlock = Unlock(steps=(Step(bundle="team"),))
    action = Action(kind="link", href="/billing/plan/team", allowed=True)
    made = Offer.model_validate({"unlock": unlock, "bundle": "team", "kind": "plan", "price": price, "prices": (price,), "action": action})  # fmt: skip
    return who, Decision(topics_version=FERNWAY.version, surface=Surface.IN_PRODUCT, now=NOON, meaning=Meaning(outcome=Outcome.FEATURE), offers=(made,))  # fmt: skip


def test_an_offer_keeps_its_price_where_the_provider_says_the_same(server: FakeBilling) -> None:
    who, decision = decided()
    found = priced(StripeBilling("rk_none", address=server.url), FERNWAY, who, decision, NOON)
    assert found.decision == decision
    assert str(found.billed["team"].total) == "144.19"


@pytest.mark.parametrize("fault", ["500", "garbage"])
def test_a_decision_whose_price_cannot_be_asked_has_no_button(server: FakeBilling, fault: str) -> None:  # fmt: skip
    server.fault = fault
    who, decision = decided()
    found = priced(StripeBilling("rk_none", address=server.url), FERNWAY, who, decision, NOON)
    (left,) = found.decision.offers
    assert (left.price, left.action.kind, left.action.href) == (None, "contact", "")
    assert found.billed == {}
    assert "StripeError" in found.unpriced["team"] or "APIError" in found.unpriced["team"]


def test_what_the_provider_says_is_part_of_a_preview_that_is_proven(server: FakeBilling) -> None:
    who, decision = decided()
    found = priced(StripeBilling("rk_none", address=server.url), FERNWAY, who, decision, NOON)
    made = expected(FERNWAY, who, found.decision.offers[0], NOON)
    body = made.model_copy(update={"billed": found.billed["team"]}).model_dump(mode="json")
    assert list(faults(FERNWAY, body)) == []
    body["billed"]["first"] = "22.18"
    assert list(faults(FERNWAY, body)) == ["`billed` does not add up to its subtotal"]


def test_what_was_recorded_leads_to_the_same_offers_again(server: FakeBilling) -> None:
    who, decision = decided()
    found = priced(StripeBilling("rk_none", address=server.url), FERNWAY, who, decision, NOON)
    assert with_said(decision, found.billed) == found
    server.fault = "500"
    down = priced(StripeBilling("rk_none", address=server.url), FERNWAY, who, decision, NOON)
    assert with_said(decision, {k: Unpriced(why, failed=True) for k, why in down.unpriced.items()}) == down  # fmt: skip
    assert [step.verdict for step in down.decision.trace] == ["price"]


def test_a_page_of_the_provider_s_takes_the_place_of_a_link_and_of_nothing_else(server: FakeBilling) -> None:  # fmt: skip
    who, decision = decided()
    sells = StripeBilling("rk_none", address=server.url, sells=True)
    for kind, href, left in (("link", "/buy", "checkout"), ("checkout", "/own", "checkout"), ("ask_admin", "", "ask_admin")):  # fmt: skip
        action = Action.model_validate({"kind": kind, "href": href, "allowed": bool(href)})
        made = decision.offers[0].model_copy(update={"action": action})
        changed = decision.model_copy(update={"offers": (made,)})
        (offer,) = priced(sells, FERNWAY, who, changed, NOON).decision.offers
        assert offer.action.kind == left
        assert offer.action.href == ("" if kind == "link" else href)


def test_what_a_partner_sells_is_priced_there(server: FakeBilling) -> None:
    who, decision = decided()
    sold = decision.offers[0].model_copy(update={"kind": SoldAs.PARTNER})
    assert change_of(FERNWAY, who, sold, NOON) is None


def test_a_free_trial_is_not_asked_about(server: FakeBilling) -> None:
    who, decision = decided()
    free = FERNWAY.bundles["team-trial"].prices[0]
    trial = decision.offers[0].model_copy(update={"price": free, "prices": (free,)})
    assert change_of(FERNWAY, who, trial, NOON) is None


def test_a_plan_held_for_many_seats_is_not_replaced_by_one_for_a_single_seat(server: FakeBilling) -> None:  # fmt: skip
    server.subscriptions[0]["items"]["data"][0]["quantity"] = 50
    assert "another number of units" in why(server)
    billed(server, change("team", n=50, replaces="starter"))
    assert server.body()["subscription_details[items][0][quantity]"] == "50"


def test_a_preview_in_which_the_provider_asks_another_price_is_not_proven(server: FakeBilling) -> None:  # fmt: skip
    who, decision = decided()
    found = priced(StripeBilling("rk_none", address=server.url), FERNWAY, who, decision, NOON)
    made = expected(FERNWAY, who, found.decision.offers[0], NOON)
    body = made.model_copy(update={"billed": found.billed["team"]}).model_dump(mode="json")
    body["billed"]["units"][0]["amount"] = "1.00"
    assert list(faults(FERNWAY, body)) == ["`billed` asks another price than `Team` has"]
