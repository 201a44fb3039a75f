"""What Stripe would charge for a change: the next invoice of this very account, or why there is none.

Source: Stripe "Create a preview invoice", https://docs.stripe.com/api/invoices/create_preview; "Prices", `lookup_keys`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from skill.model.account import Account
from skill.model.preview import Billed
from skill.sources.billing import Change, Unpriced
from skill.sources.billing_invoice import (
    NoPriceError,
    answered_at,
    billed,
    is_count,
    is_id,
    plain,
    rows_of,
    trait,
    unit_of,
)
from skill.sources.source import STRIPE, Timing
from skill.sources.stripe import TRAIT as CUSTOMER
from skill.sources.stripe import loaded

SUBSCRIPTION = "stripe-subscription"
"""Key of the trait that holds the id of the subscription, where the customer has several: `Stripe subscription`."""
_MOST_KEYS = 10
"""Lookup keys in one question, the most that Stripe takes."""


class Ordered(NamedTuple):
    """A change in Stripe's own ids."""

    customer: str
    subscription: str
    """Id of the subscription that changes; empty where the customer has none yet."""
    n_held: int
    """How many items it has now."""
    items: tuple[Mapping[str, Any], ...]
    """What recurs: items that change (with their `id`), and new ones."""
    once: tuple[Mapping[str, Any], ...]
    """What is charged one time."""
    prices: Mapping[str, Mapping[str, Any]]
    """The price of each bundle, by its key."""

    @property
    def page(self) -> Literal["checkout", "portal", ""]:
        """Which page of Stripe's sells exactly this; empty where none does.

        Checkout begins a subscription and never changes one, and the customer portal confirms a change of the only
        item. Source: Stripe "Create a portal session", `flow_data.subscription_update_confirm.items`.
        """
        if not self.items or not self.subscription:
            return "checkout"
        is_one = self.n_held == len(self.items) == 1 and "id" in self.items[0]
        return "portal" if is_one and not self.once else ""


class StripeBilling:
    """Stripe's preview of a subscription change. It asks three things and changes nothing."""

    name = STRIPE

    def __init__(
        self,
        key: str,
        *,
        address: str = "",
        lookup_keys: Mapping[str, str] | None = None,
        timing: Timing | None = None,
        sells: bool = False,
    ) -> None:
        """Nothing is loaded or opened before the first question.

        Args:
            key: a restricted key that may read prices and subscriptions, and preview invoices.
            address: where the API is; empty for Stripe's own.
            lookup_keys: Stripe's lookup key of a price by our bundle's key, where they differ.
            timing: how long each of the three answers is waited for.
            sells: whether pages are opened where it can be bought, so that a preview says if there is one.
        """
        self._key = key
        self._address = address
        self._lookup_keys = dict(lookup_keys or {})
        self._timing = timing or Timing()
        self._sells = sells
        self._making = threading.Lock()
        self._client: Any = None

    def previews(self, changes: Sequence[Change]) -> Sequence[Billed | Unpriced]:
        """The next invoice with each change in it, or why nobody can say it; asked one after the other."""
        return [self.preview(change) for change in changes]

    def preview(self, change: Change) -> Billed | Unpriced:
        """The next invoice with this change in it, or why nobody can say it."""
        stripe = loaded()
        try:
            return self._preview(change)
        except NoPriceError as why:
            return Unpriced(str(why))
        except stripe.StripeError as error:
            return Unpriced(failure(error), failed=True)

    def _preview(self, change: Change) -> Billed:
        ordered = self.ordered(change)
        made = self.client.v1.invoices.create_preview(_asked(change, ordered))
        keys = dict.fromkeys(key for key, _ in change.steps)
        units = tuple(unit_of(key, ordered.prices[key], change.currency) for key in keys)
        told = billed(plain(made), units, change, answered_at(made, change.now))
        has_page = self._sells and bool(ordered.page)
        return told.model_copy(update={"has_page": True}) if has_page else told

    def ordered(self, change: Change) -> Ordered:
        """The change in Stripe's own ids, asked for now.

        Raises:
            NoPriceError: it knows no single price or subscription for it.
        """
        customer = trait(change.account, CUSTOMER)
        if not customer:
            raise NoPriceError("the account has no customer at Stripe")
        keys = [key for key, _ in change.steps]
        prices = self._prices([*keys, *([change.replaces] if change.replaces else [])])
        subscription = self._subscription(customer, change.account)
        held = _items(subscription)
        items, once = _changed(change, prices, held)
        return Ordered(
            customer=customer,
            subscription=str(subscription["id"]) if subscription is not None else "",
            n_held=len(held),
            items=items,
            once=once,
            prices=prices,
        )

    def _prices(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The one active price of each bundle, by its lookup key."""
        wanted = {key: self._lookup_keys.get(key, key) for key in keys}
        if len(set(wanted.values())) > _MOST_KEYS:
            raise NoPriceError("more purchases than Stripe is asked about at once")
        page = self.client.v1.prices.list(
            {
                "lookup_keys": list(dict.fromkeys(wanted.values())),
                "active": True,
                "limit": 100,
                "expand": ["data.currency_options"],
            }
        )
        rows = rows_of(plain(page))
        out: dict[str, Mapping[str, Any]] = {}
        for key, lookup in wanted.items():
            found = [row for row in rows if row.get("lookup_key") == lookup]
            if len(found) != 1 or not is_id(found[0].get("id")):
                raise NoPriceError(f"no single price with the lookup key `{lookup}`")
            out[key] = found[0]
        return out

    def _subscription(self, customer: str, account: Account) -> Mapping[str, Any] | None:
        """The subscription that would change; None where the customer has none yet."""
        named = trait(account, SUBSCRIPTION)
        if named:
            found = plain(self.client.v1.subscriptions.retrieve(named))
            if found.get("customer") != customer:
                raise NoPriceError("the subscription is another customer's")
            if found.get("status") not in ("active", "trialing", "past_due"):
                raise NoPriceError("the subscription has ended")
            return found
        rows = rows_of(plain(self.client.v1.subscriptions.list({"customer": customer, "limit": 2})))
        if len(rows) > 1:
            raise NoPriceError("the customer has several subscriptions, and no trait names one")
        return rows[0] if rows else None

    @property
    def client(self) -> Any:
        """Stripe's own client, opened once."""
        stripe = loaded()
        with self._making:
            if self._client is None:
                # A retry would come too late for the answer that waits for it.
                self._client = stripe.StripeClient(
                    self._key,
                    base_addresses={"api": self._address} if self._address else {},
                    max_network_retries=0,
                    http_client=stripe.RequestsClient(timeout=self._timing.seconds),
                )
            return self._client


def failure(error: Exception) -> str:
    """What was the matter, without the words of the message, which may hold a part of the key."""
    status = getattr(error, "http_status", None)
    answered = f" and status {status}" if isinstance(status, int) else ""
    return f"it failed with {type(error).__name__}{answered}"


def _asked(change: Change, ordered: Ordered) -> dict[str, Any]:
    """The body of the question about the next invoice."""
    details: dict[str, Any] = {"items": list(ordered.items)} if ordered.items else {}
    if ordered.subscription and ordered.items:
        details["proration_behavior"] = "create_prorations"
        details["proration_date"] = int(change.now.timestamp())
    out: dict[str, Any] = {"customer": ordered.customer}
    if ordered.subscription:
        out["subscription"] = ordered.subscription
    else:
        out["currency"] = change.currency.lower()
    return (
        out
        | ({"subscription_details": details} if details else {})
        | ({"invoice_items": list(ordered.once)} if ordered.once else {})
    )


def _changed(
    change: Change,
    prices: Mapping[str, Mapping[str, Any]],
    held: Mapping[str, tuple[str, int]],
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """The items of the subscription that change, and what is charged once."""
    items: list[dict[str, Any]] = []
    once: list[dict[str, Any]] = []
    replaced = held.get(str(prices[change.replaces]["id"])) if change.replaces else None
    if change.replaces and replaced is None:
        raise NoPriceError("the subscription does not hold the plan that would be replaced")
    for key, n in change.steps:
        price = str(prices[key]["id"])
        if prices[key].get("type") == "one_time":
            once.append({"price": price, "quantity": n})
        elif price in held:
            items.append({"id": held[price][0], "quantity": held[price][1] + n})
        elif replaced is not None:
            if replaced[1] not in (1, n):
                raise NoPriceError("the plan is held for another number of units than was counted")
            items.append({"id": replaced[0], "price": price, "quantity": n})
            replaced = None
        else:
            items.append({"price": price, "quantity": n})
    if change.replaces and replaced is not None:
        raise NoPriceError("nothing takes the place of the plan")
    return tuple(items), tuple(once)


def _items(subscription: Mapping[str, Any] | None) -> dict[str, tuple[str, int]]:
    """Id and quantity of each item of a subscription, by the id of its price."""
    if subscription is None:
        return {}
    out: dict[str, tuple[str, int]] = {}
    for row in rows_of(subscription.get("items")):
        price = row.get("price")
        price_id = price.get("id") if isinstance(price, Mapping) else None
        n = row.get("quantity", 1)
        n = 1 if n is None else n
        if not is_id(row.get("id")) or not is_id(price_id) or not is_count(n):
            raise NoPriceError("its answer is no subscription")
        out[str(price_id)] = (str(row["id"]), n)
    if not is_id(subscription.get("id")):
        raise NoPriceError("its answer is no subscription")
    return out
