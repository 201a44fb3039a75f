"""Which receivers and which mail server there are: read from the environment once, and opened once."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from hashlib import sha256
from typing import Literal
from urllib.parse import unquote, urlsplit

from standardwebhooks import Webhook

from skill.delivery import attio, posthog
from skill.delivery.addresses import Network, checked
from skill.delivery.attio import Attio
from skill.delivery.email import Mailer, MailServer, is_mailbox
from skill.delivery.outgoing import Outgoing
from skill.delivery.posthog import PostHog
from skill.delivery.webhooks import Webhooks
from skill.errors import InputError, SettingsError
from skill.settings import DELIVERY_KEYS, Secret

_SMTP: Mapping[str, tuple[Literal["starttls", "tls", "none"], int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}
"""What the address of a mail server begins with: how it is kept private, and its usual port."""
_MOST = 20
"""Webhooks of one's own; more are better fanned out over there."""
_SHORTEST_SECRET = 24
"""Bytes. Source: Standard Webhooks, "Signature scheme"."""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Whom we tell and by whom letters go out."""

    tenant: str = "default"
    """Whose happenings and letters these are: nobody else's leave by them."""
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Addresses by the name that stands in an effect: what is kept of one says nothing of the address."""
    webhook_secrets: tuple[Secret, ...] = ()
    networks: tuple[Network, ...] = ()
    """Networks of one's own that may be connected to."""
    attio_key: Secret = field(default_factory=lambda: Secret(""))
    attio_url: str = attio.ADDRESS
    posthog_key: Secret = field(default_factory=lambda: Secret(""))
    posthog_url: str = posthog.ADDRESS
    mail: MailServer | None = None
    public_url: str = ""
    """Where people reach this service from outside: the way out of a letter leads there."""
    app_url: str = ""
    """Where the product is: links of the Topics are made whole with it."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> DeliverySettings:
        """The settings of delivery. Raises SettingsError, which names the key and never the secret."""
        given = os.environ if environ is None else environ
        env = {key: given.get(key, "").strip() for key in DELIVERY_KEYS}
        networks = _networks(env["TACTFUL_DELIVERY_NETWORKS"])
        webhooks = _webhooks(env["TACTFUL_WEBHOOK_URLS"], networks)
        secrets = _secrets(env["TACTFUL_WEBHOOK_SECRETS"])
        if webhooks and not secrets:
            raise SettingsError(
                "TACTFUL_WEBHOOK_URLS names receivers, and nothing to sign with",
                pointer="TACTFUL_WEBHOOK_SECRETS",
                help="set it to `whsec_` and 24 random bytes or more in base64",
            )
        return cls(
            tenant=env["TACTFUL_DELIVERY_TENANT"] or "default",
            webhooks=webhooks,
            webhook_secrets=secrets,
            networks=networks,
            attio_key=Secret(env["TACTFUL_ATTIO_KEY"]),
            attio_url=_address("TACTFUL_ATTIO_URL", env, networks) or attio.ADDRESS,
            posthog_key=Secret(env["TACTFUL_POSTHOG_KEY"]),
            posthog_url=_address("TACTFUL_POSTHOG_URL", env, networks) or posthog.ADDRESS,
            mail=_mail(env),
            public_url=_address("TACTFUL_PUBLIC_URL", env, networks, local=True).rstrip("/"),
            app_url=_address("TACTFUL_APP_URL", env, networks),
        )

    @property
    def receivers(self) -> tuple[str, ...]:
        """Names of all who are told what happened."""
        named = [
            name for name, key in (("attio", self.attio_key), ("posthog", self.posthog_key)) if key
        ]
        return (*self.webhooks, *named)


class Receivers:
    """Everything that is opened to reach others. Safe to share between threads; `close` it when done."""

    def __init__(self, settings: DeliverySettings) -> None:
        """Nothing is opened before the first message."""
        self.settings = settings
        self.outgoing = Outgoing(allowed=settings.networks)
        self.webhooks = Webhooks(self.outgoing, settings.webhook_secrets)
        self.attio = Attio(self.outgoing, settings.attio_key, address=settings.attio_url)
        self.posthog = PostHog(self.outgoing, settings.posthog_key, address=settings.posthog_url)
        self.mailer = Mailer(settings.mail) if settings.mail is not None else None

    def close(self) -> None:
        """Give all connections back."""
        self.outgoing.close()


def name_of(url: str) -> str:
    """The name of a webhook, made of its address: no part of the address can be read from it."""
    return "webhook-" + sha256(url.encode()).hexdigest()[:12]


def _webhooks(value: str, networks: Sequence[Network]) -> Mapping[str, str]:
    urls = [part.strip() for part in value.split(",") if part.strip()]
    if len(urls) > _MOST:
        raise _bad(
            "TACTFUL_WEBHOOK_URLS", f"it names {len(urls)} receivers; at most {_MOST} are told"
        )
    for place, url in enumerate(urls, 1):
        try:
            checked(url, allowed=networks)
        except InputError as error:
            raise _bad("TACTFUL_WEBHOOK_URLS", f"entry {place}: {error.detail}") from error
    return {name_of(url): url for url in urls}


def _secrets(value: str) -> tuple[Secret, ...]:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    for place, part in enumerate(parts, 1):
        try:
            Webhook(part)
            fits = part.startswith("whsec_") and len(part) - 6 >= _SHORTEST_SECRET * 4 // 3
        except ValueError:
            fits = False
        if not fits:
            raise _bad(
                "TACTFUL_WEBHOOK_SECRETS",
                f"entry {place} is none: `whsec_` and {_SHORTEST_SECRET} bytes or more in base64",
            )
    return tuple(Secret(part) for part in parts)


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(
            ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip()
        )
    except ValueError as error:
        raise _bad("TACTFUL_DELIVERY_NETWORKS", f"{error}; write them like 10.1.0.0/16") from error


def _address(
    key: str, env: Mapping[str, str], networks: Sequence[Network], *, local: bool = False
) -> str:
    """An address of one's own; `local` lets plain http to this machine through, for first tries."""
    url = env[key]
    if not url:
        return ""
    here = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")) if local else ()
    try:
        checked(url, allowed=(*networks, *here))
    except InputError as error:
        raise _bad(key, error.detail) from error
    if "?" in url:
        raise _bad(key, "what is laid behind it would be lost in its query")
    return url


def _mail(env: Mapping[str, str]) -> MailServer | None:
    url, sender = env["TACTFUL_SMTP_URL"], env["TACTFUL_MAIL_FROM"]
    if not url and not sender:
        return None
    try:
        parts = urlsplit(url)
        known, port = _SMTP.get(parts.scheme), parts.port
    except ValueError as error:
        raise _bad("TACTFUL_SMTP_URL", "it cannot be read") from error
    if known is None or not parts.hostname or parts.path.strip("/") or parts.query:
        raise _bad("TACTFUL_SMTP_URL", "write it like smtp://user:password@mail.example.com:587")
    security, usual = known
    if security == "none" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise _bad("TACTFUL_SMTP_URL", "smtp+plain:// is for a mail server on this machine alone")
    name, address = _writer("TACTFUL_MAIL_FROM", sender)
    reply = env["TACTFUL_MAIL_REPLY_TO"]
    return MailServer(
        host=parts.hostname,
        port=port or usual,
        security=security,
        sender=address,
        sender_name=name,
        reply_to=_writer("TACTFUL_MAIL_REPLY_TO", reply)[1] if reply else "",
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
    )


def _writer(key: str, value: str) -> tuple[str, str]:
    name, address = parseaddr(value)
    if not is_mailbox(address):
        raise _bad(key, "write it like `Fernway <hello@fernway.example>`")
    return name, address


def _bad(key: str, wrong: str) -> SettingsError:
    return SettingsError(f"{key}: {wrong}", pointer=key)
