"""Stripe's active entitlements: what a customer is entitled to, read in full, and what their webhooks say in between.

Source: Stripe "Entitlements", https://docs.stripe.com/billing/entitlements; "Webhooks", "Event ordering": events come late, twice and in
any order, so that only `created` says which is newer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from skill.errors import InputError, NotAuthenticated, SettingsError
from skill.model.account import Right
from skill.model.common import slug
from skill.sources.source import STRIPE, Asked, Down, Timing
from skill.store.verified import Told, Verified

if TYPE_CHECKING:
    from stripe import StripeClient

TRAIT = "stripe-customer"
"""Key of the trait that holds the account's customer id at Stripe: `Stripe customer`."""

SUMMARY = "entitlements.active_entitlement_summary.updated"
"""The only type of event that is read."""

TOLERANCE = timedelta(minutes=5)
"""How far a message's time may be from ours, either way. Source: Stripe "Webhooks", "Preventing replay attacks"."""

_AHEAD = timedelta(hours=24)
"""So far may an event's `created` be ahead of our clock: one from the far future would count for ever."""

_PAGE = 100
"""Entitlements in one answer, the most that Stripe gives."""
_MOST_PAGES = 50
"""5,000 entitlements of one customer: more is a server that never ends."""
_LONGEST_ID = 200


class Entitlements:
    """What one Stripe account knows of its customers. It grants; what it does not grant is left to the others."""

    name = STRIPE
    tells_rights = True
    withholding: tuple[str, ...] = ()

    def __init__(
        self,
        key: str,
        *,
        address: str = "",
        features: Mapping[str, str] | None = None,
        timing: Timing | None = None,
    ) -> None:
        """Nothing is loaded or opened before the first question.

        Args:
            key: a restricted key that may read entitlements.
            address: where the API is; empty for Stripe's own.
            features: keys of our features by Stripe's lookup key, where they differ.
            timing: how long it is waited for and believed.
        """
        self.timing = timing or Timing(fresh=timedelta(minutes=5))
        self._key = key
        self._address = address
        self._features = {lookup: slug(name) for lookup, name in (features or {}).items()}
        self._making = threading.Lock()
        self._client: StripeClient | None = None

    def subject(self, asked: Asked) -> str:
        """The customer's id at Stripe, from the account's trait."""
        said = asked.account.traits.get(TRAIT)
        return said if isinstance(said, str) and _is_id(said) else ""

    def tell(self, asked: Asked) -> Told | Down:
        """Everything that this account's customer is entitled to now."""
        return self.read(self.subject(asked), asked.now)

    def read(self, customer: str, now: datetime) -> Told | Down:
        """All active entitlements of a customer, page by page, as of the first page; half of them is nothing.

        Args:
            customer: the id at Stripe.
            now: stands in where the answer does not say its own time.
        """
        import stripe

        client = self._opened()
        keys: list[str] = []
        as_of, last = now, ""
        for n in range(_MOST_PAGES):
            params: dict[str, Any] = {"customer": customer, "limit": _PAGE}
            if last:
                params["starting_after"] = last
            try:
                page = client.v1.entitlements.active_entitlements.list(params)  # type: ignore[arg-type]
            except stripe.StripeError as error:
                return Down(_why(error))
            if n == 0:
                as_of = _date(page.last_response, now)
            # Their objects raise where a field is missing; a plain mapping says so.
            found, has_more = _page(page.to_dict())
            if found is None:
                return Down("its answer is no list of entitlements")
            keys += [key for _, key in found]
            if not has_more:
                return Told(as_of=as_of, grants=self.grants(keys))
            if not found:
                return Down("its list goes on after an empty page")
            last = found[-1][0]
        return Down(f"its list goes on after {_MOST_PAGES} pages")

    def grants(self, lookup_keys: Iterable[str]) -> tuple[Right, ...]:
        """The rights that these lookup keys stand for: the feature of that key, or the one that the settings name."""
        names = {self._features.get(key) or slug(key) for key in lookup_keys}
        return tuple(Right(name=name, source=self.name) for name in sorted(names) if name)

    def verified(self, summary: Summary) -> Verified:
        """What an event says, to be joined with what is known; an incomplete list says only that one must be read."""
        if summary.keys is None:
            return Verified(due_at=summary.created, by=summary.id)
        told = Told(as_of=summary.created, grants=self.grants(summary.keys))
        return Verified(told=told, whole=False, by=summary.id)

    def close(self) -> None:
        """Nothing stays open."""

    def _opened(self) -> StripeClient:
        import stripe

        with self._making:
            if self._client is None:
                # A page that hangs ends by itself, so that its thread does; a retry would come too late.
                self._client = stripe.StripeClient(
                    self._key,
                    base_addresses={"api": self._address} if self._address else {},
                    max_network_retries=0,
                    http_client=stripe.RequestsClient(timeout=self.timing.seconds),
                )
            return self._client


class Summary(NamedTuple):
    """What one event says of a customer."""

    id: str
    customer: str
    created: datetime
    keys: tuple[str, ...] | None
    """Lookup keys of all that they are entitled to; None where the event holds only some of them."""


def message_signed_with(
    content: bytes, signature: str, secrets: Iterable[str], now: datetime
) -> int:
    """The place of the secret that this message was signed with.

    Args:
        content: the body, byte for byte.
        signature: the header `Stripe-Signature`.
        secrets: signing secrets of the endpoint, old and new while one replaces the other.
        now: the moment of receipt.

    Raises:
        NotAuthenticated: it is signed with none of them, or its time is not now.
        SettingsError: Stripe's package is not installed.
    """
    stripe = loaded()
    for place, secret in enumerate(secrets):
        try:
            # Without a tolerance: the package would read the clock, which is told here.
            stripe.Webhook.construct_event(content, signature, secret, tolerance=0, api_key="none")
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        except (ValueError, AttributeError, TypeError, KeyError):
            pass  # signed, and no event: its reader says what is wrong with it
        if abs(now - _signed_at(signature)) > TOLERANCE:
            raise NotAuthenticated("the message's time is more than 5 minutes from ours")
        return place
    raise NotAuthenticated("the message is not signed with a secret that is known here")


def summary_of(content: bytes, now: datetime) -> Summary | None:
    """What a message that is believed says; None for an event of another type.

    Raises:
        InputError: it ought to say what a customer is entitled to and does not.
    """
    try:
        message = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError("the body cannot be read as JSON") from error
    if not isinstance(message, Mapping):
        raise InputError("the body must be one JSON object")
    if message.get("type") != SUMMARY:
        return None
    data = message.get("data")
    summary = data.get("object") if isinstance(data, Mapping) else None
    found, has_more = None, False
    customer, event_id = None, message.get("id")
    if isinstance(summary, Mapping):
        customer = summary.get("customer")
        found, has_more = _page(summary.get("entitlements"))
    if found is None or not _is_id(customer) or not _is_id(event_id):
        raise InputError("the event does not say which entitlements a customer has")
    created = _created(message.get("created"), now)
    keys = None if has_more else tuple(key for _, key in found)
    return Summary(str(event_id), str(customer), created, keys)


def loaded() -> Any:
    """Stripe's package.

    Raises:
        SettingsError: it is not installed.
    """
    try:
        import stripe
    except ModuleNotFoundError as error:
        raise SettingsError(
            "the source `stripe` needs a package that is not installed",
            pointer="TACTFUL_SOURCES",
            help="pip install 'tactful[stripe]'",
        ) from error
    return stripe


def _page(data: object) -> tuple[list[tuple[str, str]] | None, bool]:
    """Id and lookup key of each entitlement, and whether there are more; None for what is no list of them."""
    if not isinstance(data, Mapping) or not isinstance(data.get("data"), list):
        return None, False
    found = []
    for one in data["data"]:
        key = one.get("lookup_key") if isinstance(one, Mapping) else None
        if not isinstance(key, str) or not _is_id(one.get("id")):
            return None, False
        found.append((str(one["id"]), key))
    has_more = data.get("has_more")
    return (found, has_more) if isinstance(has_more, bool) else (None, False)


def _is_id(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_ID
        and value.isascii()
        and value.isprintable()
    )


def _created(value: object, now: datetime) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**11:
        raise InputError("the event does not say when it was created")
    created = datetime.fromtimestamp(value, UTC)
    if created > now + _AHEAD:
        raise InputError("the event was created more than 24 hours ahead of our clock")
    return created


def _signed_at(signature: str) -> datetime:
    """The time in a header whose signature was right."""
    times = [part.partition("=")[2] for part in signature.split(",") if part.startswith("t=")]
    try:
        return datetime.fromtimestamp(int(times[0]), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        raise NotAuthenticated("the message's time cannot be read") from None


def _date(response: Any, now: datetime) -> datetime:
    """When Stripe answered, by the clock that its events are dated by; in whole seconds, as they are."""
    headers = getattr(response, "headers", None) or {}
    said = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return now.replace(microsecond=0)
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return at.astimezone(UTC)


def _why(error: Exception) -> str:
    """What was the matter, without the words of the message, which may hold a part of the key."""
    status = getattr(error, "http_status", None)
    answered = f" and status {status}" if isinstance(status, int) else ""
    return f"it failed with {type(error).__name__}{answered}"
