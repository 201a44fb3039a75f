"""Email out: a letter as a message with both its forms, handed to one's own mail server.

Source: RFC 5322 (message), RFC 2369 and RFC 8058 (unsubscribing at one click), RFC 3834 (automatic messages).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from skill.delivery.outgoing import Answered, NotTaken
from skill.errors import InputError
from skill.model.letter import Letter
from skill.settings import Secret

SECONDS = 20.0
_ADDRESS = re.compile(
    r"[^\s<>\"(),:;@\[\]\\\x00-\x1f\x7f]{1,64}@[^\s<>\"(),:;@\\\x00-\x1f\x7f]{3,253}"
)
"""One plain mailbox. What may stand in one is wider; who has such an address is rare, and a list of them is an attack."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


_OURS = (
    aiosmtplib.SMTPAuthenticationError,
    aiosmtplib.SMTPConnectResponseError,
    aiosmtplib.SMTPHeloError,
    aiosmtplib.SMTPSenderRefused,
)
"""Refusals of us and not of the letter, as with a wrong password: somebody puts that right, and the letter leaves."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """One's own mail server, and who writes."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    """`none` is for a server on this machine alone."""
    sender: str
    sender_name: str = ""
    reply_to: str = ""
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    seconds: float = SECONDS


class Mailer:
    """Sends letters. A try that was cut off after the server took it comes twice, with the same `Message-ID`."""

    def __init__(self, server: MailServer) -> None:
        """Nothing is opened before the first letter."""
        self._server = server

    def send(self, letter: Letter, now: datetime) -> Answered | NotTaken:
        """Hand a letter to the server and say what came of it; nothing the server does raises."""
        try:
            message = message_of(letter, self._server, now)
        except InputError as error:
            return NotTaken(error.detail, again=False)
        try:
            asyncio.run(asyncio.wait_for(self._handed_over(message), self._server.seconds))
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [one.code for one in error.recipients]
            return NotTaken(
                f"the mail server refused the address ({_listed(codes)})", again=_passes(codes)
            )
        except aiosmtplib.SMTPResponseException as error:
            # A server's words may repeat the address or the letter; its code says enough.
            return NotTaken(
                f"the mail server answered {error.code}",
                again=_passes([error.code]) or isinstance(error, _OURS),
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return NotTaken(f"the mail server was not reached: {type(error).__name__}")
        return Answered(250, b"")

    async def _handed_over(self, message: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=None if server.security == "none" else ssl.create_default_context(),
            username=server.user or None,
            password=server.password.reveal() or None,
            timeout=server.seconds,
        )


def message_of(letter: Letter, server: MailServer, now: datetime) -> EmailMessage:
    """The letter as a message: plain text first, the page beside it, and a way out in its head.

    Raises:
        InputError: the address is no single mailbox, or the subject is none.
    """
    to = _mailbox(letter.to, letter.to_name)
    sender = _mailbox(server.sender, server.sender_name)
    subject = " ".join(_CONTROL.sub(" ", letter.subject).split())
    if not subject:
        raise InputError("an email needs a subject")
    plain = all(a.addr_spec.isascii() for a in (to, sender))
    message = EmailMessage(policy=SMTP if plain else SMTPUTF8)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.effect}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.lang
    if server.reply_to:
        message["Reply-To"] = _mailbox(server.reply_to, "")
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def is_mailbox(address: str) -> bool:
    """Whether this is one plain mailbox, as name@host."""
    return bool(_ADDRESS.fullmatch(address)) and ".." not in address


def _mailbox(address: str, name: str) -> Address:
    if not is_mailbox(address):
        raise InputError("an email goes to one address, as name@host")
    shown = " ".join(_CONTROL.sub(" ", name).split())[:100]
    local, _, host = address.rpartition("@")
    try:
        return Address(shown, local, host)
    except ValueError as error:
        raise InputError("an email goes to one address, as name@host") from error


def _passes(codes: list[int]) -> bool:
    """Whether any of these refusals may pass: 4yz does, 5yz does not. Source: RFC 5321, section 4.2.1."""
    return any(400 <= code < 500 for code in codes)


def _listed(codes: list[int]) -> str:
    return ", ".join(str(code) for code in sorted(set(codes)))
