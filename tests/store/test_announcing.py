"""What happened is written down for other systems in the transaction in which it happened, once, and only where somebody is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network

import pytest
from standardwebhooks import Webhook

from skill.delivery.configured import DeliverySettings, Receivers, name_of
from skill.model.account import Account
from skill.model.announcement import Announcement
from skill.model.delivery import Cause, Effect
from skill.outside import ToOthers
from skill.settings import Secret
from skill.store import outbox
from skill.store.accounts import Beside, put_account
from skill.store.announcing import announced_of
from skill.store.claims import Claimed, claim
from skill.store.engine import Store
from skill.store.usage import EventEntry, add_usage
from tests.delivery.receiver import Receiver, receiving
from tests.store.made import NOON, TENANT, decided, effect, showing

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNAL = Cause(kind="signal", name="seats-nearly-full", at=NOON)


@pytest.fixture
def telling(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[Store]:
    """A store whose server tells somebody."""
    opened = Store.open(sqlite_url, tells=True)
    yield opened
    opened.close()


def told(store: Store) -> list[Announcement]:
    every = outbox.of_account(store, TENANT, "acc_1")
    return [announced_of(one)[0] for one in every if one.channel == "webhook"]


def bought(store: Store, *, after: timedelta) -> None:
    entry = EventEntry(id="e1", account="acc_1", name="purchase.made", at=NOON + after, properties={"offer": "team"})  # fmt: skip
    add_usage(store, TENANT, (), [entry])


def shown_in_an_answer(store: Store) -> None:
    cause = Cause(kind="question", name="how many?", at=NOON)
    one = showing(channel="answer", state="spent", cause=cause)
    claim(store, decided(), showings=[one], seen=0)


def test_where_nobody_is_told_nothing_is_written(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    shown_in_an_answer(store)
    bought(store, after=timedelta(days=1))
    assert outbox.of_account(store, TENANT, "acc_1") == ()
    store.close()


def test_an_offer_in_an_answer_is_told_once(telling: Store) -> None:
    shown_in_an_answer(telling)
    shown_in_an_answer(telling)
    (one,) = told(telling)
    assert (one.name, one.upsell_offer_made, one.channel) == ("upsell_offer_sent", "team", "answer")


def test_a_signal_that_led_to_something_is_told_with_it(telling: Store) -> None:
    left = effect(rule="seats-nearly-full", body={"cause": SIGNAL.model_dump(mode="json")})
    assert isinstance(claim(telling, decided(), showings=[showing()], effects=[left], seen=0), Claimed)  # fmt: skip
    (one,) = told(telling)
    assert (one.name, one.expansion_signal_type) == ("usage_threshold_hit", "seats-nearly-full")


def test_a_purchase_of_what_was_shown_is_told_with_the_days_it_took(telling: Store) -> None:
    shown_in_an_answer(telling)
    bought(telling, after=timedelta(days=2, hours=12))
    one = next(one for one in told(telling) if one.name == "upsell_closed")
    assert (one.outcome, one.time_to_close) == ("accepted", Decimal("2.50"))


def test_a_purchase_of_what_was_never_shown_is_none_of_ours(telling: Store) -> None:
    bought(telling, after=timedelta(days=2))
    assert told(telling) == []


def to(receiver: Receiver, *others: str) -> Receivers:
    hooks = {name_of(url): url for url in (f"{receiver.url}/in", *others)}
    return Receivers(
        DeliverySettings(
            tenant=TENANT,
            webhooks=hooks,
            webhook_secrets=(Secret(SECRET),),
            networks=(ip_network("127.0.0.0/8"),),
        )
    )


def queued(store: Store) -> list[Effect]:
    return [one for one in outbox.due(store, NOON + timedelta(days=9)) if one.channel == "webhook"]


def test_each_receiver_gets_an_effect_of_its_own_and_the_company_by_its_domain(
    telling: Store,
) -> None:
    account = Account(id="acc_1", traits={"domain": "brightlane.example"})
    put_account(telling, TENANT, account, Beside(), at=NOON)
    shown_in_an_answer(telling)
    with receiving() as receiver:
        receivers = to(receiver, "https://other.example/in")
        outlet = ToOthers(telling, receivers)
        (announced,) = queued(telling)
        for _ in range(2):
            assert outlet.deliver(announced, None, NOON) == ""
        mine = next(one for one in queued(telling) if one.body.get("to") == name_of(f"{receiver.url}/in"))  # fmt: skip
        assert outlet.deliver(mine, None, NOON) == ""
        receivers.close()
    assert len(queued(telling)) == 3
    (got,) = receiver.got
    assert got.headers["webhook-id"] == mine.id
    assert got.body.count(b"brightlane.example") == 1
    assert Webhook(SECRET).sign(mine.id, NOON, got.body.decode()) == got.headers["webhook-signature"]  # fmt: skip


def test_another_tenants_happenings_do_not_leave(telling: Store) -> None:
    shown_in_an_answer(telling)
    with receiving() as receiver:
        receivers = Receivers(DeliverySettings(tenant="other", webhooks={"w": receiver.url}))
        (announced,) = queued(telling)
        assert "nobody" in ToOthers(telling, receivers).deliver(announced, None, NOON)
        receivers.close()
    assert receiver.got == []
