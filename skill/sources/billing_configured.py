"""Which billing provider is asked for prices and pages: read from the environment once, and opened once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlsplit

from skill.errors import SettingsError
from skill.model.common import slug
from skill.settings import BILLING_KEYS, Secret
from skill.sources.billing import BillingPreview, CheckoutSessions
from skill.sources.billing_checkout import Back, StripeCheckout
from skill.sources.billing_line import BillingLine
from skill.sources.billing_stripe import StripeBilling
from skill.sources.source import STRIPE, Timing
from skill.sources.stripe import loaded

_SECONDS = (0.1, 10.0)
"""The shortest and the longest deadline: nobody waits longer for an answer."""
_FROM_THE_SOURCE = {
    "TACTFUL_BILLING_STRIPE_KEY": "TACTFUL_SOURCE_STRIPE_KEY",
    "TACTFUL_BILLING_STRIPE_URL": "TACTFUL_SOURCE_STRIPE_URL",
}
"""Settings that are those of the source where they are not set: it is the same Stripe account."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """What decides who is asked for prices, and where somebody comes back to from buying."""

    provider: Literal["", "stripe"] = ""
    """Empty where nobody is asked."""
    tenant: str = "default"
    """Whose accounts it knows: nobody else's are asked about."""
    seconds: float = 2.0
    """How long an answer waits for it."""
    stripe_key: Secret = field(default_factory=lambda: Secret(""))
    stripe_url: str = ""
    stripe_prices: Mapping[str, str] = field(default_factory=dict)
    """Lookup keys of prices by our bundle's key, where they differ."""
    back: Back | None = None
    """None where no page of the provider's is opened."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> BillingSettings:
        """The settings of this environment.

        Raises:
            SettingsError: a value cannot be used, or one that the provider needs is missing.
        """
        given = os.environ if environ is None else environ
        wanted = (*BILLING_KEYS, *_FROM_THE_SOURCE.values(), "TACTFUL_SOURCE_TENANT")
        env = {key: given[key].strip() for key in wanted if key in given}
        for key, source in _FROM_THE_SOURCE.items():
            env[key] = env.get(key) or env.get(source, "")
        provider = env.get("TACTFUL_BILLING", "")
        if provider not in ("", STRIPE):
            raise SettingsError(
                f"TACTFUL_BILLING is `{provider[:40]}`, which is no billing provider",
                pointer="TACTFUL_BILLING",
                help=f"say `{STRIPE}`, or leave it out",
            )
        if provider and not env["TACTFUL_BILLING_STRIPE_KEY"]:
            raise SettingsError(
                "TACTFUL_BILLING_STRIPE_KEY is not set, and TACTFUL_BILLING is `stripe`",
                pointer="TACTFUL_BILLING_STRIPE_KEY",
                help="make a restricted key, see docs/how-to/billing.md",
            )
        return cls(
            provider=cast(Literal["", "stripe"], provider),
            tenant=env.get("TACTFUL_SOURCE_TENANT") or "default",
            seconds=_seconds(env.get("TACTFUL_BILLING_SECONDS") or "2"),
            stripe_key=Secret(env["TACTFUL_BILLING_STRIPE_KEY"]),
            stripe_url=_address("TACTFUL_BILLING_STRIPE_URL", env, https=False),
            stripe_prices=_prices(env.get("TACTFUL_BILLING_STRIPE_PRICES", "")),
            back=_back(env),
        )


class Billing:
    """The billing provider of one server, asked about the accounts of one tenant alone."""

    def __init__(self, line: BillingLine | None = None, *, tenant: str, sells: bool) -> None:
        """`sells` is true where it opens pages on which a purchase can be made."""
        self._line = line
        self._tenant = tenant
        self._sells = sells

    @classmethod
    def of(cls, settings: BillingSettings) -> Billing:
        """The provider that these settings name; it is not asked yet.

        Raises:
            SettingsError: its package is not installed.
        """
        if not settings.provider:
            return cls(tenant=settings.tenant, sells=False)
        loaded()
        asked = StripeBilling(
            settings.stripe_key.reveal(),
            address=settings.stripe_url,
            lookup_keys=settings.stripe_prices,
            timing=Timing(seconds=settings.seconds),
            sells=settings.back is not None,
        )
        pages = StripeCheckout(asked, settings.back) if settings.back is not None else None
        line = BillingLine(asked, settings.seconds, sessions=pages)
        return cls(line, tenant=settings.tenant, sells=pages is not None)

    @classmethod
    def from_env(cls) -> Billing:
        """The provider that this environment names."""
        return cls.of(BillingSettings.from_env())

    @property
    def is_asked(self) -> bool:
        """Whether there is a provider at all."""
        return self._line is not None

    def preview_for(self, tenant: str) -> BillingPreview | None:
        """Who says what an account of this tenant would be charged; None where nobody does."""
        return self._line if tenant == self._tenant else None

    def sessions_for(self, tenant: str) -> CheckoutSessions | None:
        """Who opens pages for people of this tenant; None where nobody does."""
        return self._line if self._sells and tenant == self._tenant else None


def _seconds(value: str) -> float:
    least, most = _SECONDS
    is_number = re.fullmatch(r"\d{1,2}(\.\d{1,3})?", value, re.ASCII)
    if not is_number or not least <= float(value) <= most:
        raise SettingsError(
            f"TACTFUL_BILLING_SECONDS is `{value[:40]}`, which is no deadline",
            pointer="TACTFUL_BILLING_SECONDS",
            help=f"use a number of seconds from {least:g} to {most:g}",
        )
    return float(value)


def _prices(value: str) -> dict[str, str]:
    """Stripe's lookup key by our bundle: `lookup_key=Bundle name, ...`."""
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        lookup, equals, name = (part.strip() for part in entry.partition("="))
        key = slug(name)
        if not (lookup and equals and key) or key in found:
            raise SettingsError(
                f"TACTFUL_BILLING_STRIPE_PRICES: `{entry[:60]}` "
                + ("names a bundle for the second time" if key in found else "cannot be read"),
                pointer="TACTFUL_BILLING_STRIPE_PRICES",
                help="write it as `lookup_key=Bundle name`, separated by commas",
            )
        found[key] = lookup
    return found


def _back(env: Mapping[str, str]) -> Back | None:
    """Both addresses, or neither: a page that leads nowhere is not opened."""
    bought, left = (
        _address(key, env, https=True)
        for key in ("TACTFUL_BILLING_SUCCESS_URL", "TACTFUL_BILLING_CANCEL_URL")
    )
    if bool(bought) != bool(left):
        missing = "TACTFUL_BILLING_CANCEL_URL" if bought else "TACTFUL_BILLING_SUCCESS_URL"
        raise SettingsError(
            f"{missing} is not set, and its counterpart is",
            pointer=missing,
            help="say where somebody comes back to after buying, and after leaving without",
        )
    return Back(bought=bought, left=left) if bought else None


def _address(key: str, env: Mapping[str, str], *, https: bool) -> str:
    value = env.get(key, "")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        host, scheme = parts.hostname or "", parts.scheme
        is_plain = scheme == "http" and (not https or host in _THIS_MACHINE)
        fits = bool(host) and parts.port != 0 and (scheme == "https" or is_plain)
    except ValueError:  # half an IPv6 address, or a port past the last
        fits = False
    if not fits or not value.isprintable() or " " in value:
        raise SettingsError(
            f"{key} is `{value[:200]}`, which cannot be used",
            pointer=key,
            help="begin it with https://" if https else "begin it with https:// or http://",
        )
    return value
