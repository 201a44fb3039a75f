"""The roof: from a recorded offer to the page where it is bought, if it would be made again now at the very same price."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from skill.ask import MAX_OFFERS_ASKED, as_known
from skill.errors import AccessError, CheckoutError, NoLongerOffered, NotFound
from skill.model.account import Customer
from skill.model.decision import Decision, Offer
from skill.model.money import Price
from skill.model.playbook import Playbook
from skill.model.preview import Billed
from skill.policy.decide import decide
from skill.sources.billing import BillingPreview, CheckoutSessions, NoPage, Purchase
from skill.sources.priced_offers import change_of, priced
from skill.store.ledger import Recorded

_ON_THE_WAY = ("impression", "click", "checkout_open")
"""What comes of an offer on the way to buying it: that does not speak against it."""
_ASK_AGAIN = "ask the question again: the answer says what holds now"


@dataclass(frozen=True, slots=True)
class Buying:
    """Somebody who wants to buy what they were offered."""

    playbook: Playbook
    """The present Topics."""
    kept: Recorded
    """The decision that made the offer, of this very person."""
    customer: Customer
    """The same person as they are known now, with the role that their credential states."""
    now: datetime
    request: str
    """What the caller calls this request: the same again is the same page."""
    billing: BillingPreview | None = None
    """Who says what it would cost."""
    sessions: CheckoutSessions | None = None
    """Who opens a page for it."""
    stops: frozenset[str] = frozenset()
    """Keys of bundles that nobody is to be offered now, or `*` for all."""
    shadow: bool = False
    """Nothing is offered to anybody now."""


def checkout(buying: Buying, offer_id: str) -> str:
    """Where this person buys the offer. What it is and what it costs is taken from the decision, and from now.

    Raises:
        NotFound: the decision made no such offer, or there is no page here on which it is bought.
        AccessError: this person may not buy.
        NoLongerOffered: it would not be made now, or not at that price.
        CheckoutError: the billing provider could not be asked.
    """
    then = next((o for o in buying.kept.decision.offers if o.bundle == offer_id), None)
    if then is None:
        raise NotFound("this decision made no such offer")
    _demand_allowed(then)
    if then.price is None:
        raise NotFound(
            "this decision told no price of it, so there is no page on which it is bought"
        )
    decision = _decided_again(buying, offer_id)
    offer = _same_offer(then, decision)
    told = _priced_again(buying, decision, offer)
    if offer.action.kind == "checkout":
        return offer.action.href
    change = change_of(buying.playbook, buying.customer, offer, buying.now)
    if buying.sessions is None or told is None or change is None:
        raise _no_page()
    request = _request_of(buying, offer)
    opened = buying.sessions.open(
        Purchase(change, told.units, offer.bundle, buying.kept.id, request)
    )
    if not isinstance(opened, NoPage):
        return opened.href
    if opened.failed:
        raise CheckoutError(f"no page for `{offer.bundle}`: {opened.why}")
    raise _no_page()


def _demand_allowed(offer: Offer) -> None:
    if not offer.action.allowed:
        raise AccessError("this person's role may not buy: somebody else of the account decides")


def _no_page() -> NotFound:
    return NotFound(
        "there is no page here on which this is bought",
        help="follow the link of the offer, or talk to a person",
    )


def _decided_again(buying: Buying, offer_id: str) -> Decision:
    """What would be decided now about the same meaning, and only this offer of it."""
    kept, customer = buying.kept, buying.customer
    shown = {offer.bundle for offer in kept.decision.offers}
    history = tuple(
        past
        for past in customer.history
        if not (past.offer in shown and past.kind in _ON_THE_WAY and past.at >= kept.at)
    )
    decision = decide(
        buying.playbook,
        as_known(customer.model_copy(update={"history": history}), kept.surface, None),
        kept.decision.meaning,
        surface=kept.surface,
        now=buying.now,
        max_offers=max(0, min(kept.max_offers, MAX_OFFERS_ASKED)),
        stops=buying.stops,
        shadow=buying.shadow,
    )
    offers = tuple(offer for offer in decision.offers if offer.bundle == offer_id)
    return decision.model_copy(update={"offers": offers})


def _same_offer(then: Offer, decision: Decision) -> Offer:
    """The offer as it would be made now, if that is the one that was made."""
    offer = next(iter(decision.offers), None)
    if offer is None:
        raise NoLongerOffered("this would not be offered any more", help=_ASK_AGAIN)
    _demand_allowed(offer)
    if _terms(then) != _terms(offer):
        raise NoLongerOffered("it would be offered at another price now", help=_ASK_AGAIN)
    if offer.action.kind not in ("link", "checkout"):
        raise NoLongerOffered("its price is too old to buy at", help="talk to a person")
    return offer


def _terms(offer: Offer) -> tuple[Any, ...]:
    """What binds: which purchases, how many units, and their prices, wherever in the Topics these stand."""
    return offer.unlock, offer.quantity, [_line(price) for price in offer.prices]


def _line(price: Price | None) -> Mapping[str, Any] | None:
    return None if price is None else price.model_dump(exclude={"span"})


def _priced_again(buying: Buying, decision: Decision, offer: Offer) -> Billed | None:
    """What the provider says of it now; None where it has nothing to say: the offer is free, or nobody is asked."""
    if buying.billing is None:
        return None
    left = priced(buying.billing, buying.playbook, buying.customer, decision, buying.now)
    told, before = left.billed.get(offer.bundle), buying.kept.billed.get(offer.bundle)
    if offer.bundle in left.failed:
        raise CheckoutError(f"no price of `{offer.bundle}`: {left.unpriced[offer.bundle]}")
    if offer.bundle in left.unpriced:
        raise NoLongerOffered("nobody can say its price now", help=_ASK_AGAIN)
    if told is None or before is None:
        return told
    if (before.currency, before.units) != (told.currency, told.units):
        raise NoLongerOffered("it would be offered at another price now", help=_ASK_AGAIN)
    return told


def _request_of(buying: Buying, offer: Offer) -> str:
    """A name of this request that no request of another person, or about another offer, can have."""
    kept = buying.kept
    who = (kept.tenant, kept.customer.account.id, kept.customer.person.id)
    parts = [*who, kept.id, offer.bundle, buying.request]
    return "tactful-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()
