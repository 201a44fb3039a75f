"""Stripe's pages: exactly the purchase that was priced, in the one place where Stripe sells it, and no page otherwise."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

from skill.model.preview import Billed
from skill.sources.billing import Change, NoPage, Page, Purchase
from skill.sources.billing_checkout import Back, StripeCheckout
from skill.sources.billing_stripe import StripeBilling
from skill.sources.source import Timing
from tests.sources.fake_billing import SHAPES, FakeBilling, serving
from tests.sources.test_billing import change

BACK = Back(bought="https://app.example/thanks", left="https://app.example/plans")
UPGRADE = change("team", replaces="starter")


@pytest.fixture
def server() -> Iterator[FakeBilling]:
    with serving() as fake:
        yield fake


def told(server: FakeBilling, asked: Change) -> Billed:
    billing = StripeBilling("rk_test_none", address=server.url, sells=True)
    found = billing.preview(asked)
    assert isinstance(found, Billed), found
    return found


def opened(server: FakeBilling, asked: Change, *, units: Any = None, request: str = "r1", seconds: float = 5.0) -> Page | NoPage:  # fmt: skip
    billing = StripeBilling("rk_test_none", address=server.url, timing=Timing(seconds=seconds))
    offered = told(server, asked).units if units is None else units
    bought = Purchase(asked, offered, asked.steps[-1][0], "dec_1", request)
    return StripeCheckout(billing, BACK).open(bought)


def test_a_new_subscription_is_bought_in_checkout(server: FakeBilling) -> None:
    server.subscriptions = []
    page = opened(server, change("connect-pack", n=2))
    assert isinstance(page, Page)
    assert page.href.startswith("https://checkout.stripe.com/c/pay/")
    ((where, form),) = server.pages()
    assert where == "checkout"
    assert form == {
        "mode": "subscription",
        "customer": "cus_1",
        "currency": "eur",
        "line_items[0][price]": "price_connect-pack",
        "line_items[0][quantity]": "2",
        "client_reference_id": "dec_1",
        "metadata[tactful_decision]": "dec_1",
        "metadata[tactful_offer]": "connect-pack",
        "success_url": BACK.bought,
        "cancel_url": BACK.left,
    }


def test_what_is_paid_once_is_bought_in_checkout_beside_a_subscription(server: FakeBilling) -> None:
    assert isinstance(opened(server, change("run-credits", n=3)), Page)
    ((where, form),) = server.pages()
    assert (where, form["mode"]) == ("checkout", "payment")


def test_a_change_of_plan_is_confirmed_in_the_portal_and_never_a_second_subscription(server: FakeBilling) -> None:  # fmt: skip
    page = opened(server, UPGRADE)
    assert isinstance(page, Page)
    assert page.href.startswith("https://billing.stripe.com/p/session/")
    ((where, form),) = server.pages()
    confirm = "flow_data[subscription_update_confirm]"
    assert where == "billing_portal"
    assert form == {
        "customer": "cus_1",
        "return_url": BACK.left,
        "flow_data[type]": "subscription_update_confirm",
        f"{confirm}[subscription]": "sub_1",
        f"{confirm}[items][0][id]": "si_1",
        f"{confirm}[items][0][price]": "price_team",
        f"{confirm}[items][0][quantity]": "1",
        "flow_data[after_completion][type]": "redirect",
        "flow_data[after_completion][redirect][return_url]": BACK.bought,
    }


def test_no_page_of_stripe_s_adds_an_extra_to_a_subscription(server: FakeBilling) -> None:
    page = opened(server, change("connect-pack"))
    assert isinstance(page, NoPage)
    assert not page.failed
    assert server.pages() == []


def test_a_subscription_of_several_items_has_no_page_either(server: FakeBilling) -> None:
    rows = server.subscriptions[0]["items"]["data"]
    other = {**copy.deepcopy(rows[0]), "id": "si_2"}
    other["price"]["id"] = "price_connect-pack"
    rows.append(other)
    assert isinstance(opened(server, UPGRADE), NoPage)
    assert server.pages() == []


@pytest.mark.parametrize(("asked", "has_page"), [(UPGRADE, True), (change("connect-pack"), False), (change("run-credits"), True)])  # fmt: skip
def test_a_preview_says_whether_there_is_a_page(
    server: FakeBilling, asked: Change, has_page: bool
) -> None:
    assert told(server, asked).has_page is has_page
    quiet = StripeBilling("rk_test_none", address=server.url).preview(asked)
    assert isinstance(quiet, Billed)
    assert not quiet.has_page


def test_a_price_that_changed_since_it_was_told_is_not_sold(server: FakeBilling) -> None:
    units = told(server, UPGRADE).units
    server.prices[1]["unit_amount"], server.prices[1]["unit_amount_decimal"] = 10900, "10900"
    page = opened(server, UPGRADE, units=units)
    assert isinstance(page, NoPage)
    assert "changed" in page.why
    assert server.pages() == []


def test_the_same_request_is_the_same_page_and_another_is_another(server: FakeBilling) -> None:
    first, again = opened(server, UPGRADE), opened(server, UPGRADE)
    assert first == again
    assert opened(server, UPGRADE, request="r2") != first


def test_one_request_for_two_purchases_is_refused_by_stripe(server: FakeBilling) -> None:
    opened(server, UPGRADE)
    page = opened(server, change("team", n=2, replaces="starter"))
    assert isinstance(page, NoPage)
    assert (page.failed, "IdempotencyError" in page.why) == (True, True)


@pytest.mark.parametrize("fault", ["500", "429", "401", "half", "garbage"])
def test_a_server_that_fails_opens_no_page(server: FakeBilling, fault: str) -> None:
    server.fault, server.fault_at = fault, "sessions"
    page = opened(server, UPGRADE)
    assert isinstance(page, NoPage)
    assert page.failed
    assert "secret" not in page.why


def test_a_server_that_hangs_is_not_waited_for(server: FakeBilling) -> None:
    server.fault, server.fault_at = "hang", "sessions"
    page = opened(server, UPGRADE, seconds=0.2)
    assert isinstance(page, NoPage)
    assert page.failed


@pytest.mark.parametrize("url", [None, "", "http://checkout.stripe.com/x", "javascript:alert(1)", "https://", "https://a b/c", 5, "https://x@evil.example/"])  # fmt: skip
def test_an_answer_that_names_no_page_leads_nowhere(server: FakeBilling, url: Any) -> None:
    server.sessions["portal"]["url"] = url
    assert isinstance(opened(server, UPGRADE, request="r9"), NoPage)


@pytest.mark.parametrize(("name", "kind"), [("checkout", "checkout"), ("portal", "billing_portal")])
def test_the_recorded_shapes_are_read_by_the_official_client_unchanged(
    name: str, kind: str
) -> None:
    import stripe

    room: Any = getattr(stripe, kind)
    made = room.Session.construct_from(copy.deepcopy(SHAPES["sessions"][name]), "none")
    assert json.loads(json.dumps(made.to_dict(), default=str)) == SHAPES["sessions"][name]
