"""Messages out: signed, to the address that was checked, without redirects, and tried again on the schedule."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from skill.delivery.outgoing import Answered, NotTaken, Outgoing
from skill.delivery.tries import RETRY_AFTER, next_try
from skill.delivery.webhooks import Webhooks
from skill.settings import Secret
from tests.delivery.receiver import Answer, receiving

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def outgoing() -> Iterator[Outgoing]:
    made = Outgoing(allowed=LOOPBACK, seconds=2)
    yield made
    made.close()


def webhooks(outgoing: Outgoing, *secrets: str) -> Webhooks:
    return Webhooks(outgoing, [Secret(one) for one in secrets or (SECRET,)])


def test_a_message_is_signed_so_that_the_standard_library_of_the_receiver_believes_it(
    outgoing: Outgoing,
) -> None:
    now = datetime.fromtimestamp(int(datetime.now(UTC).timestamp()), UTC)  # noqa: TID251 - the receiver looks at the real time
    with receiving() as receiver:
        sent = webhooks(outgoing).send(f"{receiver.url}/in", "eff_1", "upsell_offer_sent", NOW, {"account": "acc_4"}, now)  # fmt: skip
    assert isinstance(sent, Answered)
    got = receiver.got[0]
    read = Webhook(SECRET).verify(got.body, got.headers)
    assert read == {
        "type": "upsell_offer_sent",
        "timestamp": "2026-11-21T09:00:00Z",
        "data": {"account": "acc_4"},
    }
    assert got.headers["webhook-id"] == "eff_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(got.body, got.headers)


def test_while_secrets_rotate_either_of_them_is_believed(outgoing: Outgoing) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the receiver looks at the real time
    with receiving() as receiver:
        webhooks(outgoing, SECRET, OLD_SECRET).send(receiver.url, "eff_1", "x", NOW, {}, now)
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)


def test_a_redirect_is_not_followed(outgoing: Outgoing) -> None:
    with (
        receiving() as elsewhere,
        receiving(lambda _: Answer(302, headers=(("location", elsewhere.url),))) as receiver,
    ):
        sent = webhooks(outgoing).send(receiver.url, "eff_1", "x", NOW, {}, NOW)
    assert isinstance(sent, NotTaken)
    assert not sent.again
    assert elsewhere.got == []


@pytest.mark.parametrize(
    ("status", "again"),
    [(500, True), (503, True), (429, True), (404, True), (401, True), (400, False), (410, False), (422, False)],
)  # fmt: skip
def test_what_may_pass_is_tried_again_and_what_stays_wrong_is_not(
    outgoing: Outgoing, status: int, again: bool
) -> None:
    with receiving(lambda _: Answer(status)) as receiver:
        sent = outgoing.send("POST", receiver.url, b"{}", {})
    assert isinstance(sent, NotTaken)
    assert sent.again is again


def test_a_receiver_that_nobody_reaches_is_tried_again(outgoing: Outgoing) -> None:
    with receiving() as receiver:
        gone = receiver.url
    sent = outgoing.send("POST", gone, b"{}", {})
    assert isinstance(sent, NotTaken)
    assert sent.again
    assert "127.0.0.1" not in sent.why


def test_without_an_allowed_network_loopback_is_never_connected_to() -> None:
    with receiving() as receiver:
        out = Outgoing()
        sent = out.send("POST", receiver.url, b"{}", {})
        out.close()
    assert isinstance(sent, NotTaken)
    assert not sent.again
    assert receiver.got == []


def test_the_name_is_kept_for_the_receiver_and_the_checked_address_is_connected_to() -> None:
    def inward(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        out = Outgoing(resolver=inward)
        sent = out.send("POST", f"https://hooks.fernway.example:{port}/in", b"{}", {})
        out.close()
    assert isinstance(sent, NotTaken)
    assert "not public" in sent.why
    assert receiver.got == []


def test_an_endless_answer_is_cut_off(outgoing: Outgoing) -> None:
    with receiving(lambda _: Answer(200, b"x" * 1_000_000)) as receiver:
        sent = outgoing.send("POST", receiver.url, b"{}", {})
    assert isinstance(sent, Answered)
    assert len(sent.body) <= 65_536


def test_a_receiver_that_is_down_for_a_day_gets_its_message_within_the_window() -> None:
    at, tries = NOW, 1
    while at < NOW + timedelta(days=1):
        later = next_try(tries, at)
        assert later is not None
        at, tries = later, tries + 1
    assert at - NOW < sum(RETRY_AFTER, timedelta())


def test_after_the_last_try_a_message_is_given_up() -> None:
    assert next_try(len(RETRY_AFTER), NOW) is not None
    assert next_try(len(RETRY_AFTER) + 1, NOW) is None


def test_a_receiver_that_asks_for_time_gets_it_and_no_more_than_a_day(outgoing: Outgoing) -> None:
    with receiving(lambda _: Answer(429, headers=(("retry-after", "600"),))) as receiver:
        sent = outgoing.send("POST", receiver.url, b"{}", {})
    assert isinstance(sent, NotTaken)
    assert sent.asked_for == timedelta(minutes=10)
    assert next_try(1, NOW, asked_for=sent.asked_for) == NOW + timedelta(minutes=10)
    assert next_try(1, NOW, asked_for=timedelta(days=9)) == NOW + timedelta(days=1)


def test_the_body_is_json_with_its_names_in_order(outgoing: Outgoing) -> None:
    with receiving() as receiver:
        webhooks(outgoing).send(receiver.url, "eff_1", "x", NOW, {"b": "ü", "a": "1"}, NOW)
    assert receiver.got[0].body.decode().startswith('{"data":{"a":"1","b":"ü"}')
    assert json.loads(receiver.got[0].body)
