"""Email out: one message to one mailbox, with both forms and a way out, through a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtplib import SMTPAuthenticationError
from hypothesis import given
from hypothesis import strategies as st

from skill.delivery.email import Mailer, MailServer, message_of
from skill.delivery.outgoing import Answered, NotTaken
from skill.errors import InputError
from skill.model.letter import Letter
from skill.settings import Secret

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LETTER = Letter(
    effect="eff_1",
    to="ada@brightlane.example",
    to_name="Ada Löfgren",
    lang="en",
    subject="Room for what your team has built",
    text="You have made 41,000 API calls this month.\n\nThe Team plan costs €99.",
    html='<!doctype html><html lang="en"><p>You have made 41,000 API calls.</p></html>',
    unsubscribe_url="https://tactful.fernway.example/v1/unsubscribe/tok",
)


class Mailbox:
    """What a mail server took, and how it answers."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.says = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.says.startswith("250"):
            read = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(read, EmailMessage)
            self.got.append(read)
            self.to.append(envelope.rcpt_tos)
        return self.says


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    running = Controller(mailbox, hostname="127.0.0.1", port=0)
    # The controller asks its own port before it knows it; so the port is taken by hand.
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        running.port = free.getsockname()[1]
    running.start()
    try:
        yield MailServer("127.0.0.1", running.port, "none", "hello@fernway.example", "Fernway")
    finally:
        running.stop()


def test_a_letter_arrives_with_both_forms_and_a_way_out_at_one_click(
    server: MailServer, mailbox: Mailbox
) -> None:
    assert isinstance(Mailer(server).send(LETTER, NOW), Answered)
    got = mailbox.got[0]
    assert got["To"] == "Ada Löfgren <ada@brightlane.example>"
    assert got["List-Unsubscribe"] == f"<{LETTER.unsubscribe_url}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    body = got.get_body(("plain",))
    assert body is not None
    assert "€99" in body.get_content()


def test_every_try_has_the_same_message_id(server: MailServer, mailbox: Mailbox) -> None:
    for _ in range(2):
        Mailer(server).send(LETTER, NOW)
    assert {got["Message-ID"] for got in mailbox.got} == {"<eff_1@fernway.example>"}


@pytest.mark.parametrize(
    ("says", "again"), [("451 later", True), ("452 full", True), ("550 no such user", False), ("554 spam", False)]
)  # fmt: skip
def test_what_the_server_says_for_now_is_tried_again(
    server: MailServer, mailbox: Mailbox, says: str, again: bool
) -> None:
    mailbox.says = says
    sent = Mailer(server).send(LETTER, NOW)
    assert isinstance(sent, NotTaken)
    assert (sent.again, sent.why) == (again, f"the mail server answered {says[:3]}")


def test_a_server_that_is_gone_is_tried_again() -> None:
    sent = Mailer(MailServer("127.0.0.1", 9, "none", "a@b.example", seconds=2)).send(LETTER, NOW)
    assert isinstance(sent, NotTaken)
    assert sent.again


@pytest.mark.parametrize(
    "to",
    [
        "", "ada", "ada@", "@b.example", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example",
        "<a@b.example>", "a b@c.example", "a@b@c.example", "a..b@c.example", "a@b.example;c@d.example",
    ],
)  # fmt: skip
def test_an_address_that_is_no_single_mailbox_is_refused(to: str) -> None:
    with pytest.raises(InputError, match="one address"):
        message_of(LETTER.model_copy(update={"to": to}), MailServer("h", 25, "none", "a@b.example"), NOW)  # fmt: skip


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_name_and_no_subject_adds_a_line_to_the_head(name: str, subject: str) -> None:
    server = MailServer("h", 25, "none", "hello@fernway.example")
    letter = LETTER.model_copy(update={"to_name": name, "subject": f"About {subject}"})
    message = message_of(letter, server, NOW)
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert read.keys() == message.keys()
    assert len(read.get_all("To", [])) == 1
    assert read["To"].addresses[0].addr_spec == "ada@brightlane.example"


def test_without_a_public_address_there_is_no_false_way_out() -> None:
    letter = LETTER.model_copy(update={"unsubscribe_url": ""})
    message = message_of(letter, MailServer("h", 25, "none", "a@b.example"), NOW)
    assert "List-Unsubscribe" not in message


def test_a_sender_that_is_refused_today_is_tried_again(
    server: MailServer, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: Any) -> str:
        return "550 5.7.1 this sender is not known yet"

    monkeypatch.setattr(Mailbox, "handle_MAIL", refuses, raising=False)
    refused = NotTaken("the mail server answered 550", again=True)
    assert Mailer(server).send(LETTER, NOW) == refused
    assert mailbox.got == []


def test_a_wrong_password_is_tried_again_until_somebody_puts_it_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuses(*_: Any, **__: Any) -> None:
        raise SMTPAuthenticationError(535, "5.7.8 hunter2 is wrong")

    monkeypatch.setattr("aiosmtplib.send", refuses)
    server = MailServer("127.0.0.1", 1, "none", "hello@fernway.example", password=Secret("hunter2"))
    assert Mailer(server).send(LETTER, NOW) == NotTaken("the mail server answered 535", again=True)
