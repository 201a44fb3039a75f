"""Stripe's pages where a purchase is made: Checkout for what is new, the customer portal where a subscription changes.

Source: Stripe "Create a Checkout Session", https://docs.stripe.com/api/checkout/sessions/create; "Create a portal session",
https://docs.stripe.com/api/customer_portal/sessions/create.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from skill.sources.billing import NoPage, Page, Purchase
from skill.sources.billing_invoice import NoPriceError, plain, unit_of
from skill.sources.billing_stripe import Ordered, StripeBilling, failure
from skill.sources.source import STRIPE
from skill.sources.stripe import loaded

_LONGEST_ADDRESS = 4_000
"""Characters; Stripe's own have about 400."""


class Back(NamedTuple):
    """Where somebody comes back to from a page of the provider."""

    bought: str
    left: str
    """After leaving it without buying."""


class StripeCheckout:
    """Opens pages of Stripe, each for one purchase of one customer; what is bought and for how much stands in it."""

    name = STRIPE

    def __init__(self, billing: StripeBilling, back: Back) -> None:
        """`billing` needs a key that may also write Checkout sessions and portal sessions."""
        self._billing = billing
        self._back = back

    def open(self, purchase: Purchase) -> Page | NoPage:
        """The page for this purchase alone, or why there is none."""
        stripe = loaded()
        try:
            return self._open(purchase)
        except NoPriceError as why:
            return NoPage(str(why))
        except stripe.StripeError as error:
            return NoPage(failure(error), failed=True)

    def _open(self, purchase: Purchase) -> Page | NoPage:
        ordered = self._billing.ordered(purchase.change)
        currency = purchase.change.currency
        keys = dict.fromkeys(key for key, _ in purchase.change.steps)
        if tuple(unit_of(key, ordered.prices[key], currency) for key in keys) != purchase.units:
            raise NoPriceError("its prices changed just now")
        v1 = self._billing.client.v1
        # Stripe itself answers the same request with the same page.
        options = {"idempotency_key": purchase.request}
        if ordered.page == "checkout":
            made = v1.checkout.sessions.create(self._checkout(purchase, ordered), options)
        elif ordered.page == "portal":
            made = v1.billing_portal.sessions.create(self._portal(ordered), options)
        else:
            return NoPage("it has no page that adds this to the subscription that is held")
        return _page(plain(made).get("url"))

    def _checkout(self, purchase: Purchase, ordered: Ordered) -> dict[str, Any]:
        """The body of a Checkout Session."""
        return {
            "mode": "subscription" if ordered.items else "payment",
            "customer": ordered.customer,
            "currency": purchase.change.currency.lower(),
            "line_items": [
                {"price": one["price"], "quantity": one["quantity"]}
                for one in (*ordered.items, *ordered.once)
            ],
            "client_reference_id": purchase.decision_id,
            "metadata": {
                "tactful_decision": purchase.decision_id,
                "tactful_offer": purchase.offer,
            },
            "success_url": self._back.bought,
            "cancel_url": self._back.left,
        }

    def _portal(self, ordered: Ordered) -> dict[str, Any]:
        """The body of a portal session that shows this one change, to be confirmed."""
        change = {
            "subscription": ordered.subscription,
            "items": [dict(item) for item in ordered.items],
        }
        return {
            "customer": ordered.customer,
            "return_url": self._back.left,
            "flow_data": {
                "type": "subscription_update_confirm",
                "subscription_update_confirm": change,
                "after_completion": {
                    "type": "redirect",
                    "redirect": {"return_url": self._back.bought},
                },
            },
        }


def _page(url: object) -> Page | NoPage:
    """A page that somebody may be sent to: over https, and nothing else."""
    is_text = isinstance(url, str) and 0 < len(url) <= _LONGEST_ADDRESS and url.isprintable()
    if is_text and " " not in str(url):
        parts = urlsplit(str(url))
        if parts.scheme == "https" and parts.hostname and not parts.username:
            return Page(str(url))
    return NoPage("its answer names no page", failed=True)
