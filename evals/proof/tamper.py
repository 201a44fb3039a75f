"""Tampered copies of a true answer: each changes one thing that a reader would rely on."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Body = dict[str, Any]


def tampered_quotes(body: Body) -> Iterator[tuple[str, Body]]:
    """For each quote: its words, its place, its slots and its digest changed, one at a time and consistently."""
    for i, quote in enumerate(body["quotes"]):
        yield f"quote {i}: words", _reworded(body, i)
        first, last = quote["lines"]
        for name, value in (
            ("lines", [first + 1, last + 1]),
            ("digest", "sha256:" + "0" * 64),
            ("topic", quote["topic"] + "s"),
        ):
            copied = copy.deepcopy(body)
            copied["quotes"][i][name] = value
            yield f"quote {i}: {name}", copied
        for slot in quote["slots"]:
            yield f"quote {i}: slot {slot}", _refilled(body, i, slot)


def tampered_prices(body: Body) -> Iterator[tuple[str, Body]]:
    """For each price: another amount, another currency, another period, and the price left out."""
    for i, offer in enumerate(body["recommended_offers"]):
        if offer["price"] is None:
            continue
        for name, value in (
            ("amount", str(Decimal(offer["price"]["amount"]) + 1)),
            ("currency", "XAU"),
            ("period", "decade"),
        ):
            copied = copy.deepcopy(body)
            copied["recommended_offers"][i]["price"][name] = value
            yield f"price {i}: {name}", copied
        copied = copy.deepcopy(body)
        copied["recommended_offers"][i]["price"] = None
        yield f"price {i}: left out", copied


def _everywhere(body: Body, old: str, new: str) -> Body:
    """The same change in every text that shows the quote, as a careful forger would make it."""
    copied = copy.deepcopy(body)
    for sentence in [
        *copied["answer"]["sentences"],
        *(o["why"] for o in copied["recommended_offers"]),
    ]:
        if sentence["text"] == old:
            sentence["text"] = new
    copied["answer"]["text"] = "\n\n".join(s["text"] for s in copied["answer"]["sentences"])
    return copied


def _filled(quote: dict[str, Any]) -> str:
    text: str = quote["template"]
    for slot, value in quote["slots"].items():
        text = text.replace("{" + slot + "}", value)
    return text


def _reworded(body: Body, i: int) -> Body:
    quote = body["quotes"][i]
    new = {**quote, "template": quote["template"] + " It is free today."}
    copied = _everywhere(body, _filled(quote), _filled(new))
    copied["quotes"][i] = new
    return copied


def _refilled(body: Body, i: int, slot: str) -> Body:
    quote = body["quotes"][i]
    new = {**quote, "slots": {**quote["slots"], slot: quote["slots"][slot] + " Plus"}}
    copied = _everywhere(body, _filled(quote), _filled(new))
    copied["quotes"][i] = new
    return copied
