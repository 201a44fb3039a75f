"""A billing provider at the server's doors: whose price is shown, what is recorded of it, and who is sent where to buy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from starlette.testclient import TestClient

pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

from skill.api.app import create_app
from skill.clock import now
from skill.model.playbook import Playbook
from skill.policy.holdout import is_held_out
from tests.api.doors import ADMIN, INGEST, SUPPORT, bearer, key, settings_in
from tests.sources.fake_billing import FakeBilling, serving

START = now().replace(microsecond=0)
APPROVALS, SALESFORCE = "Can I use approval steps?", "Can I export to Salesforce?"
THANKS, PLANS = "https://app.example/thanks", "https://app.example/plans"
STARTER = {
    "plan": "starter", "region": "EU", "currency": "EUR", "admins": ["Ada"],
    "traits": {"segment": "smb", "touch": "low", "stripe customer": "cus_1"},
    "facts": [{"name": "successful_runs", "value": 40, "as_of": START.isoformat()},
              {"name": "stable_weeks_since_upgrade", "value": 9, "as_of": START.isoformat()}],
}  # fmt: skip
"""On Starter, with one subscription at Stripe."""


class Desk:
    """A server whose prices come from Stripe, and whose time stands still until it is told to move."""

    def __init__(self, stripe: FakeBilling) -> None:
        self.stripe = stripe
        self.at = START
        self.client: TestClient
        self.playbook: Playbook
        self.n = 0

    def comes(self) -> None:
        """Another account, so that nothing that was shown before counts: an admin and a member of it."""
        names = (f"acc_{n}" for n in count(self.n + 1))
        self.name = next(n for n in names if not is_held_out(self.playbook, "default", n))
        self.n = int(self.name.removeprefix("acc_"))
        self.ada = bearer(sub="u_admin", account=self.name)
        self.ben = bearer(sub="u_member", account=self.name)
        self.account()
        for person, role in (("u_admin", "admin"), ("u_member", "member")):
            body = {"account": self.name, "role": role, "name": person}
            sent = self.client.put(f"/v1/people/{person}", json=body, headers=INGEST)
            assert sent.status_code == 204, sent.text

    def ask(self, question: str = APPROVALS, who: Any = None, **more: Any) -> dict[str, Any]:
        headers = {**(who or self.ada), **more.pop("headers", {})}
        answer = self.client.post("/v1/ask", json={"question": question, **more}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def offer(self, question: str = APPROVALS, who: Any = None) -> dict[str, Any]:
        (made,) = self.ask(question, who)["recommended_offers"]
        return dict(made)

    def recorded(self, decision_id: str) -> dict[str, Any]:
        return dict(self.client.get(f"/v1/decisions/{decision_id}", headers=ADMIN).json())

    def buy(
        self, decision: str, offer: str = "team", who: Any = None, request: str = "r1", **body: Any
    ) -> Any:
        headers = {**(who or self.ada), **({"Idempotency-Key": request} if request else {})}
        path = f"/v1/offers/{decision}/{offer}/checkout"
        return self.client.post(path, headers=headers, json=body or None)

    def event(self, name: str, **properties: str) -> None:
        event = {"id": f"{name}-{self.at.isoformat()}", "account": self.name, "name": name}
        at = {"at": self.at.isoformat(), "properties": properties}
        sent = self.client.post("/v1/events", json={"events": [{**event, **at}]}, headers=INGEST)
        assert sent.status_code == 200, sent.text

    def account(self, **changed: Any) -> None:
        body = {**STARTER, **changed}
        sent = self.client.put(f"/v1/accounts/{self.name}", json=body, headers=INGEST)
        assert sent.status_code == 204, sent.text


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for all tests here."""
    with serving() as fake, pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "TACTFUL_BILLING": "stripe",
            "TACTFUL_BILLING_STRIPE_KEY": "rk_test_none",
            "TACTFUL_BILLING_STRIPE_URL": fake.url,
            "TACTFUL_BILLING_SECONDS": "5",
            "TACTFUL_BILLING_SUCCESS_URL": THANKS,
            "TACTFUL_BILLING_CANCEL_URL": PLANS,
        }.items():
            environment.setenv(name, value)
        made = Desk(fake)
        app = create_app(settings_in(tmp_path_factory.mktemp("billing")), clock=lambda: made.at)
        made.playbook = app.state.desk.topics.of("default").workspace.playbook
        with TestClient(app, raise_server_exceptions=False) as made.client:
            yield made


@pytest.fixture
def desk(opened: Desk) -> Desk:
    """The server a minute later, with Stripe as it was recorded."""
    fresh = FakeBilling()
    for name in ("prices", "subscriptions", "preview", "fault", "fault_at", "asked", "opened"):
        setattr(opened.stripe, name, getattr(fresh, name))
    opened.at += timedelta(minutes=1)
    opened.comes()
    return opened


# -- the price that is shown ---------------------------------------------------------------------------


def test_an_answer_says_what_the_provider_would_charge_and_it_is_recorded(desk: Desk) -> None:
    body = desk.ask()
    (offer,) = body["recommended_offers"]
    assert offer["price"]["amount"] == "99.00"
    assert offer["preview"]["billed"]["total"] == "144.19"
    kept = desk.recorded(body["decision_id"])
    assert kept["billed"]["team"] == offer["preview"]["billed"]
    assert kept["unpriced"] == {}


def test_where_it_has_a_page_the_button_opens_it_and_where_not_the_topic_s_link_stays(desk: Desk) -> None:  # fmt: skip
    action = desk.offer()["action"]
    assert (action["kind"], action["href"], action["allowed"]) == ("checkout", None, True)
    desk.comes()
    assert desk.offer(SALESFORCE)["action"] == {
        "kind": "link", "href": "/billing/add/connect-pack", "label": "See details", "allowed": True, "lang": "en",
    }  # fmt: skip


def test_who_may_not_buy_is_told_the_price_and_whom_to_ask(desk: Desk) -> None:
    offer = desk.offer(who=desk.ben)
    assert (offer["price"]["amount"], offer["action"]["kind"]) == ("99.00", "ask_admin")


@pytest.mark.parametrize("fault", ["500", "garbage", "half", "hang"])
def test_a_provider_that_fails_takes_the_price_and_the_button_and_never_the_answer(
    desk: Desk, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: Any = desk.client.app
    monkeypatch.setattr(app.state.desk.billing.preview_for("default"), "seconds", 0.5)
    desk.stripe.fault = fault
    body = desk.ask()
    (offer,) = body["recommended_offers"]
    assert (offer["price"], offer["preview"]) == (None, {})
    assert (offer["action"]["kind"], offer["action"]["href"]) == ("contact", None)
    assert body["answer"]["text"]
    assert "99" not in json.dumps(body["answer"])
    kept = desk.recorded(body["decision_id"])
    assert (kept["billed"], list(kept["unpriced"])) == ({}, ["team"])
    assert "secret" not in json.dumps(kept)


def test_another_price_than_the_topic_s_is_nobody_s(desk: Desk) -> None:
    desk.stripe.prices[1]["unit_amount_decimal"] = "10900"
    assert desk.offer()["price"] is None


def test_an_account_that_the_provider_does_not_know_has_no_price(desk: Desk) -> None:
    desk.account(traits={"segment": "smb", "touch": "low"})
    assert desk.offer()["price"] is None
    assert desk.stripe.asked == []


def test_where_anybody_may_read_along_nobody_is_asked(desk: Desk) -> None:
    assert desk.ask(surface="public_directory")["recommended_offers"] == []
    assert desk.stripe.asked == []


def test_where_nothing_is_offered_nobody_is_asked(desk: Desk) -> None:
    assert desk.ask(max_offers=0)["recommended_offers"] == []
    assert desk.ask("Can I export a CSV?")["recommended_offers"] == []
    assert desk.stripe.asked == []


def test_another_tenant_s_account_is_never_asked_about(desk: Desk) -> None:
    sent = desk.client.put("/v1/accounts/acc_1", json=STARTER, headers=key("ingest@other"))
    assert sent.status_code == 204
    offer = desk.offer(who=bearer(sub="u_9", account="acc_1", tenant="other", roles=["admin"]))
    assert (offer["price"]["amount"], offer["action"]["kind"]) == ("99.00", "link")
    assert offer["preview"]["billed"] is None
    assert desk.stripe.asked == []


def test_the_same_request_is_the_same_answer_and_asks_nobody_again(desk: Desk) -> None:
    first = desk.ask(headers={"Idempotency-Key": "k1"})
    n_asked = len(desk.stripe.asked)
    desk.stripe.fault = "500"
    assert desk.ask(headers={"Idempotency-Key": "k1"}) == first
    assert len(desk.stripe.asked) == n_asked


def test_what_is_read_back_later_asks_nobody_again(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    desk.stripe.asked, desk.stripe.fault = [], "500"
    for path, who in (("packet", desk.ada), ("why-not", SUPPORT), ("mine", desk.ada)):
        assert desk.client.get(f"/v1/decisions/{made}/{path}", headers=who).status_code == 200
    assert desk.stripe.asked == []


def test_for_support_it_is_the_customer_s_price(desk: Desk) -> None:
    about = {"account": desk.name, "person": "u_admin"}
    body = desk.ask(who=SUPPORT, on_behalf_of=about)
    assert body["recommended_offers"][0]["preview"]["billed"]["total"] == "144.19"


# -- the page where it is bought ----------------------------------------------------------------------


def test_the_page_of_the_very_offer_is_opened(desk: Desk) -> None:
    bought = desk.buy(desk.ask()["decision_id"])
    assert bought.status_code == 200, bought.text
    assert bought.json()["href"].startswith("https://billing.stripe.com/p/session/")
    ((where, form),) = desk.stripe.pages()
    assert where == "billing_portal"
    assert form["flow_data[subscription_update_confirm][items][0][price]"] == "price_team"
    assert form["return_url"] == PLANS


def test_somebody_without_a_subscription_buys_in_checkout(desk: Desk) -> None:
    desk.stripe.subscriptions = []
    made = desk.ask(SALESFORCE)["decision_id"]
    assert desk.buy(made, "connect-pack").status_code == 200
    ((where, form),) = desk.stripe.pages()
    assert (where, form["client_reference_id"], form["success_url"]) == ("checkout", made, THANKS)
    assert form["line_items[0][price]"] == "price_connect-pack"


def test_the_same_request_again_is_the_same_page(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    first = desk.buy(made).json()
    desk.at += timedelta(seconds=30)
    assert desk.buy(made).json() == first
    assert desk.buy(made, request="r2").json() != first


def test_what_came_of_the_offer_on_the_way_does_not_speak_against_it(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    seen = [
        {"kind": k, "offer": "team", "at": desk.at.isoformat()} for k in ("impression", "click")
    ]
    desk.account(history=seen)
    assert desk.buy(made).status_code == 200


def test_nobody_opens_a_page_for_somebody_else_s_offer(desk: Desk) -> None:
    on_behalf_of = {"account": desk.name, "person": "u_admin"}
    theirs = desk.ask(who=SUPPORT, on_behalf_of=on_behalf_of)
    assert desk.buy(theirs["decision_id"]).status_code == 404
    desk.comes()
    made = desk.ask()["decision_id"]
    for who in (desk.ben, bearer(sub="u_admin", account="acc_0"), bearer(sub="u_admin", account=desk.name, tenant="other")):  # fmt: skip
        assert desk.buy(made, who=who).status_code == 404
    for who in (SUPPORT, ADMIN, INGEST):
        assert desk.buy(made, who=who).status_code == 403
    assert desk.client.post(f"/v1/offers/{made}/team/checkout").status_code == 401
    assert desk.stripe.pages() == []


def test_only_what_the_decision_offered_is_sold(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    for offer in ("business", "connect-pack", "price_team", "nothing"):
        assert desk.buy(made, offer).status_code == 404
    assert desk.buy("dec_of_nobody").status_code == 404
    assert desk.stripe.pages() == []


@pytest.mark.parametrize("body", [{"price": "price_1"}, {"amount": 1}, {"quantity": 9}, {"customer": "cus_2"}])  # fmt: skip
def test_nothing_that_a_caller_says_of_it_is_read(desk: Desk, body: dict[str, Any]) -> None:
    refused = desk.buy(desk.ask()["decision_id"], **body)
    assert refused.status_code == 422
    assert desk.stripe.pages() == []


def test_a_request_needs_a_key_of_its_own(desk: Desk) -> None:
    assert desk.buy(desk.ask()["decision_id"], request="").status_code == 422


def test_who_may_not_buy_opens_no_page(desk: Desk) -> None:
    assert desk.buy(desk.ask(who=desk.ben)["decision_id"], who=desk.ben).status_code == 403
    desk.comes()
    made = desk.ask()["decision_id"]
    assert (
        desk.buy(made, who=bearer(sub="u_admin", account=desk.name, roles=["member"])).status_code
        == 403
    )
    assert desk.stripe.pages() == []


def refused(desk: Desk, made: str, offer: str = "team") -> tuple[int, str]:
    answer = desk.buy(made, offer)
    assert desk.stripe.pages() == []
    assert answer.headers["content-type"] == "application/problem+json"
    assert "rk_" not in answer.text
    assert "sk_" not in answer.text
    return answer.status_code, answer.json()["code"]


def test_a_price_that_changed_is_not_sold(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    desk.stripe.prices[1]["unit_amount_decimal"] = "10900"
    assert refused(desk, made) == (409, "no_longer_offered")


def test_a_price_of_another_id_is_another_price(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    desk.stripe.prices[1]["id"] = "price_other"
    assert refused(desk, made) == (409, "no_longer_offered")


def test_what_is_held_by_now_is_not_sold_again(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    desk.account(plan="team")
    assert refused(desk, made) == (409, "no_longer_offered")


def test_where_offers_are_held_back_by_now_nothing_is_sold(desk: Desk) -> None:
    made = desk.ask()["decision_id"]
    desk.event("ticket.opened", ticket="t1", category="bug")
    assert refused(desk, made) == (409, "no_longer_offered")
    desk.event("ticket.closed", ticket="t1")


@pytest.mark.parametrize("at", ["create_preview", "prices", "sessions"])
def test_a_provider_that_fails_sells_nothing_and_says_nothing_of_itself(desk: Desk, at: str) -> None:  # fmt: skip
    made = desk.ask()["decision_id"]
    desk.stripe.fault, desk.stripe.fault_at = "500", at
    answer = desk.buy(made)
    assert (answer.status_code, answer.json()["code"]) == (503, "checkout_unavailable")
    assert "secret" not in answer.text
    assert "Stripe" not in answer.text


def test_what_the_provider_has_no_page_for_is_bought_where_its_link_leads(desk: Desk) -> None:
    made = desk.ask(SALESFORCE)["decision_id"]
    assert refused(desk, made, "connect-pack") == (404, "not_found")


def test_without_a_price_there_is_no_page(desk: Desk) -> None:
    desk.stripe.fault = "500"
    made = desk.ask()["decision_id"]
    desk.stripe.fault = ""
    assert refused(desk, made) == (404, "not_found")


# -- what came of it ------------------------------------------------------------------------------------


def test_the_receipt_of_a_purchase_stands_in_what_is_known_of_the_account(desk: Desk) -> None:
    desk.event("purchase.made", offer="Connect Pack", receipt="in_1Mx")
    kept = desk.recorded(desk.ask()["decision_id"])
    past = next(p for p in kept["customer"]["history"] if p["kind"] == "acceptance")
    assert (past["offer"], past["receipt"]) == ("connect-pack", "in_1Mx")
