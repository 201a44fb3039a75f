"""What the billing provider would charge for a change: the next invoice of this very account, or why there is none.

Source: Stripe "Create a preview invoice", https://docs.stripe.com/api/invoices/create_preview: prorations are the lines whose
`parent.subscription_item_details.proration` is true; "Prices", `lookup_keys`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from skill.model.account import Account
from skill.model.preview import Billed, Tax, UnitPrice
from skill.sources.source import STRIPE, Timing
from skill.sources.stripe import TRAIT as CUSTOMER
from skill.sources.stripe import loaded

SUBSCRIPTION = "stripe-subscription"
"""Key of the trait that holds the id of the subscription, where the customer has several: `Stripe subscription`."""
_MOST_KEYS = 10
"""Lookup keys in one question, the most that Stripe takes."""
_LONGEST_ID = 200


class Change(NamedTuple):
    """What would be bought, and in place of what."""

    account: Account
    steps: tuple[tuple[str, int], ...]
    """Keys of bundles in the order of purchase, and how many units of each."""
    replaces: str
    """Key of the plan that ends with it; empty where all of it comes beside what is held."""
    currency: str
    """ISO 4217: the one in which the offer is made."""
    now: datetime


class Unpriced(NamedTuple):
    """There is no price: then none is shown and nothing can be bought by a button. Never zero."""

    why: str
    """For whoever runs it, with no secret in it."""


class BillingPreview(Protocol):
    """Somebody who knows what an account would be charged."""

    @property
    def name(self) -> str:
        """How it is called in the source of every figure."""
        ...

    def preview(self, change: Change) -> Billed | Unpriced:
        """The next invoice with this change in it."""
        ...


class _NoPriceError(Exception):
    """Why there is none; never leaves this room."""


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
    ) -> None:
        """Nothing is loaded or opened before the first question.

        Args:
            key: a restricted key that may read prices and subscriptions, and preview invoices.
            address: where the API is; empty for Stripe's own.
            lookup_keys: Stripe's lookup key of a price by our bundle's key, where they differ.
            timing: how long each of the three answers is waited for.
        """
        self._key = key
        self._address = address
        self._lookup_keys = dict(lookup_keys or {})
        self._timing = timing or Timing()
        self._making = threading.Lock()
        self._client: Any = None

    def preview(self, change: Change) -> Billed | Unpriced:
        """The next invoice with this change in it, or why nobody can say it."""
        stripe = loaded()
        try:
            return self._preview(change)
        except _NoPriceError as why:
            return Unpriced(str(why))
        except stripe.StripeError as error:
            status = getattr(error, "http_status", None)
            answered = f" and status {status}" if isinstance(status, int) else ""
            return Unpriced(f"it failed with {type(error).__name__}{answered}")

    def _preview(self, change: Change) -> Billed:
        customer = _trait(change.account, CUSTOMER)
        if not customer:
            raise _NoPriceError("the account has no customer at Stripe")
        client = self._opened()
        keys = [key for key, _ in change.steps]
        prices = self._prices(client, [*keys, *([change.replaces] if change.replaces else [])])
        subscription = self._subscription(client, customer, change.account)
        asked = _asked(change, prices, subscription, customer)
        made = client.v1.invoices.create_preview(asked)
        units = tuple(_unit(key, prices[key], change.currency) for key in dict.fromkeys(keys))
        return _billed(_plain(made), units, change, _answered_at(made, change.now))

    def _prices(self, client: Any, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The one active price of each bundle, by its lookup key."""
        wanted = {key: self._lookup_keys.get(key, key) for key in keys}
        if len(set(wanted.values())) > _MOST_KEYS:
            raise _NoPriceError("more purchases than Stripe is asked about at once")
        page = client.v1.prices.list(
            {
                "lookup_keys": list(dict.fromkeys(wanted.values())),
                "active": True,
                "limit": 100,
                "expand": ["data.currency_options"],
            }
        )
        rows = _rows(_plain(page))
        out: dict[str, Mapping[str, Any]] = {}
        for key, lookup in wanted.items():
            found = [row for row in rows if row.get("lookup_key") == lookup]
            if len(found) != 1 or not _is_id(found[0].get("id")):
                raise _NoPriceError(f"no single price with the lookup key `{lookup}`")
            out[key] = found[0]
        return out

    def _subscription(
        self, client: Any, customer: str, account: Account
    ) -> Mapping[str, Any] | None:
        """The subscription that would change; None where the customer has none yet."""
        named = _trait(account, SUBSCRIPTION)
        if named:
            found = _plain(client.v1.subscriptions.retrieve(named))
            if found.get("customer") != customer:
                raise _NoPriceError("the subscription is another customer's")
            if found.get("status") not in ("active", "trialing", "past_due"):
                raise _NoPriceError("the subscription has ended")
            return found
        rows = _rows(_plain(client.v1.subscriptions.list({"customer": customer, "limit": 2})))
        if len(rows) > 1:
            raise _NoPriceError("the customer has several subscriptions, and no trait names one")
        return rows[0] if rows else None

    def _opened(self) -> Any:
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


# -- what is asked ---------------------------------------------------------------------------------------


def _asked(
    change: Change,
    prices: Mapping[str, Mapping[str, Any]],
    subscription: Mapping[str, Any] | None,
    customer: str,
) -> dict[str, Any]:
    """The body of the question: the items of the subscription that change, and what is charged once."""
    held = _items(subscription)
    items: list[dict[str, Any]] = []
    once: list[dict[str, Any]] = []
    replaced = held.get(str(prices[change.replaces]["id"])) if change.replaces else None
    if change.replaces and replaced is None:
        raise _NoPriceError("the subscription does not hold the plan that would be replaced")
    for key, n in change.steps:
        price = str(prices[key]["id"])
        if prices[key].get("type") == "one_time":
            once.append({"price": price, "quantity": n})
        elif price in held:
            items.append({"id": held[price][0], "quantity": held[price][1] + n})
        elif replaced is not None:
            items.append({"id": replaced[0], "price": price, "quantity": n})
            replaced = None
        else:
            items.append({"price": price, "quantity": n})
    if change.replaces and replaced is not None:
        raise _NoPriceError("nothing takes the place of the plan")
    details: dict[str, Any] = {"items": items} if items else {}
    if subscription is not None and items:
        details["proration_behavior"] = "create_prorations"
        details["proration_date"] = int(change.now.timestamp())
    out: dict[str, Any] = {"customer": customer}
    if subscription is not None:
        out["subscription"] = subscription["id"]
    else:
        out["currency"] = change.currency.lower()
    return (
        out
        | ({"subscription_details": details} if details else {})
        | ({"invoice_items": once} if once else {})
    )


def _items(subscription: Mapping[str, Any] | None) -> dict[str, tuple[str, int]]:
    """Id and quantity of each item of a subscription, by the id of its price."""
    if subscription is None:
        return {}
    listed = subscription.get("items")
    rows = _rows(listed)
    out: dict[str, tuple[str, int]] = {}
    for row in rows:
        price = row.get("price")
        price_id = price.get("id") if isinstance(price, Mapping) else None
        n = row.get("quantity", 1)
        n = 1 if n is None else n
        if not _is_id(row.get("id")) or not _is_id(price_id) or not _is_count(n):
            raise _NoPriceError("its answer is no subscription")
        out[str(price_id)] = (str(row["id"]), n)
    if not _is_id(subscription.get("id")):
        raise _NoPriceError("its answer is no subscription")
    return out


# -- what is answered ------------------------------------------------------------------------------------


def _billed(
    made: Mapping[str, Any], units: tuple[UnitPrice, ...], change: Change, as_of: datetime
) -> Billed:
    """The invoice in the currency's own units; anything that is not exactly an invoice in that currency is none."""
    if str(made.get("currency")).upper() != change.currency.upper():
        raise _NoPriceError("its answer is in another currency")
    rows = _rows(made.get("lines"))
    first, further = 0, 0
    for row in rows:
        amount = _whole(row.get("amount"))
        if str(row.get("currency")).upper() != change.currency.upper():
            raise _NoPriceError("its answer is in another currency")
        if _is_proration(row, change.now):
            first += amount
        else:
            further += amount
    subtotal, total = _whole(made.get("subtotal")), _whole(made.get("total"))
    if first + further != subtotal:
        raise _NoPriceError("the lines of its answer do not add up")
    tax, tax_is = _taxes(made.get("total_taxes"))
    is_prorated = any(_is_proration(row, change.now) for row in rows)
    prorated = change.now.replace(microsecond=0) if is_prorated else None
    money = _Money(change.currency)
    return Billed(
        source=STRIPE,
        as_of=_stamp(as_of),
        currency=change.currency,
        first=money.of(first),
        further=money.of(further),
        subtotal=money.of(subtotal),
        tax=money.of(tax),
        tax_is=tax_is,
        total=money.of(total),
        prorated_at=_stamp(prorated) if prorated else None,
        units=units,
    )


class _Money(NamedTuple):
    """Amounts of Stripe in a currency's own units."""

    currency: str

    def of(self, minor: Decimal | int) -> Decimal:
        """`2900` as `29.00`, and as `2900` in yen; exactly."""
        # Loaded here, because most questions are about no price.
        from skill.compiler.importers.stripe_prices import major

        return major(Decimal(minor), self.currency)


def _is_proration(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a line is the credit or charge for the days that are left from now: not that of an earlier change."""
    parent, period = row.get("parent"), row.get("period")
    details = parent.get("subscription_item_details") if isinstance(parent, Mapping) else None
    if not isinstance(details, Mapping) or not isinstance(period, Mapping):
        return False
    return details.get("proration") is True and period.get("start") == int(now.timestamp())


def _taxes(told: object) -> tuple[int, Tax]:
    if told is None:
        return 0, "not_said"
    if not isinstance(told, list) or not all(isinstance(t, Mapping) for t in told):
        raise _NoPriceError("its answer is no invoice")
    sides = {str(t.get("tax_behavior")) for t in told}
    total = sum(_whole(t.get("amount")) for t in told)
    if sides == {"exclusive"}:
        return total, "excluded"
    return total, "included" if sides == {"inclusive"} else "not_said"


def _unit(bundle: str, price: Mapping[str, Any], currency: str) -> UnitPrice:
    """What Stripe asks for one unit in the offer's currency."""
    own = str(price.get("currency")).upper() == currency.upper()
    options = price.get("currency_options")
    other = options.get(currency.lower()) if isinstance(options, Mapping) else None
    said = price if own else other
    if not isinstance(said, Mapping):
        raise _NoPriceError(f"no price of `{bundle}` in that currency")
    amount = said.get("unit_amount_decimal")
    amount = said.get("unit_amount") if amount is None else amount
    is_one = price.get("billing_scheme") == "per_unit" and not price.get("transform_quantity")
    recurring = price.get("recurring")
    period = "once"
    if isinstance(recurring, Mapping):
        is_single = recurring.get("interval_count") == 1
        period = str(recurring.get("interval")) if is_single else ""
    return UnitPrice(
        bundle=bundle,
        amount=_Money(currency).of(_exact(amount)) if is_one and amount is not None else None,
        period=period if period in ("month", "year", "once") else "",
        price_id=str(price["id"]),
    )


def _exact(value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        raise _NoPriceError("its answer is no price") from None
    if isinstance(value, bool | float) or not found.is_finite() or found < 0:
        raise _NoPriceError("its answer is no price")
    return found


def _plain(answer: Any) -> Mapping[str, Any]:
    """Their objects raise where a field is missing; a plain mapping says so."""
    told = answer.to_dict()
    if not isinstance(told, Mapping):
        raise _NoPriceError("its answer is of another shape")
    return told


def _rows(listed: object) -> list[Mapping[str, Any]]:
    """The rows of a list that is whole; a sum over half of them would be a wrong price."""
    if not isinstance(listed, Mapping) or not isinstance(listed.get("data"), list):
        raise _NoPriceError("its answer is no list")
    if listed.get("has_more") is not False:
        raise _NoPriceError("its list is longer than one answer")
    rows = listed["data"]
    if not all(isinstance(row, Mapping) for row in rows):
        raise _NoPriceError("its answer is no list")
    return list(rows)


def _whole(value: object) -> int:
    """An amount in Stripe's units, which are whole."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _NoPriceError("its answer is no invoice")
    return value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _trait(account: Account, key: str) -> str:
    said = account.traits.get(key)
    return said if isinstance(said, str) and _is_id(said) else ""


def _is_id(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_ID
        and value.isascii()
        and value.isprintable()
        and "/" not in value
    )


def _answered_at(made: Any, now: datetime) -> datetime:
    """When Stripe made the preview, by its own clock."""
    created = made.to_dict().get("created")
    if isinstance(created, bool) or not isinstance(created, int) or not 0 < created < 10**11:
        return now.replace(microsecond=0)
    return datetime.fromtimestamp(created, UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
