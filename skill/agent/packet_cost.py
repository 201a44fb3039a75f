"""The rows of what an offer costs: its price as listed, a month now and then, and what that says about tax and use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from skill.agent.languages import Value, Values
from skill.agent.packet_words import Words
from skill.agent.slots import of_price
from skill.model.account import Account
from skill.model.common import plain_number
from skill.model.decision import Offer
from skill.model.packet import Cell, Said, TableRow
from skill.model.playbook import Playbook
from skill.model.preview import Compared, CostPreview
from skill.policy.prices import pricing


def cost_rows(
    words: Words, playbook: Playbook, account: Account, offer: Offer, cost: CostPreview
) -> tuple[TableRow, ...]:
    """What it costs, line by line. What is not known is said to be not known, and never a zero."""
    return (*_prices(words, playbook, account, offer), *_rows(words, playbook, offer, cost))


def _rows(words: Words, playbook: Playbook, offer: Offer, cost: CostPreview) -> Iterator[TableRow]:
    values: Values = {"bundle": Value(playbook.bundles[offer.bundle].name)}
    if offer.quantity > 1:
        fact = Value(f"{offer.quantity:,}", f"quantity.{offer.bundle}", "computed")
        yield words.named("quantity", (words.fact(fact, "quantity"),))
    yield from _months(words, cost, values)
    now = datetime.fromisoformat(cost.as_of)
    if cost.currency is None:
        return
    if cost.once is not None:
        yield words.named("once", (_money(words, cost, "once", cost.once),))
    if cost.first_period is not None:
        amount = cost.first_period.amount
        yield words.named("first period", (_money(words, cost, "first_period", amount),))
    for one in cost.break_even:
        if one.until is not None:
            continue  # further on, staying is the cheaper way again
        fact = Value(plain_number(one.at), f"break_even.{one.meter}", "computed", now)
        meter = words.name("meter", playbook.meters[one.meter].name.replace("_", " "))
        yield words.named("break even", (words.fact(fact, "limit"), meter))
    if cost.tax != "not_said":
        yield words.named("tax", (words.heading(f"tax {cost.tax}"),))


def _prices(words: Words, playbook: Playbook, account: Account, offer: Offer) -> Iterator[TableRow]:
    """The price lines of each purchase, as listed."""
    for step, price in zip(offer.unlock.steps, offer.prices, strict=True):
        bundle = playbook.bundles[step.bundle]
        name = (words.name("bundle", bundle.name),) if len(offer.prices) > 1 else ()
        if price is None:
            yield words.named("price", (*name, words.heading("on request")))
            continue
        for line in pricing.lines_of(bundle, account, price):
            said = words.fact(of_price(bundle, line)["price"], "price")
            yield words.named("price", (*name, said))


def _months(words: Words, cost: CostPreview, values: Values) -> Iterator[TableRow]:
    """A month now and with the offer, at the present use, and at the pace where that makes a difference."""
    by_use = {c.use: c for c in cost.compared}
    present = by_use["now"]
    if cost.currency is None or (present.now.month is None and present.then.month is None):
        known = present.difference
    else:
        known = present.difference
        yield words.named("month today", _month(words, cost, "now", present, "now"))
        yield words.named("month then", _month(words, cost, "then", present, "now"), values=values)
    if known is not None and cost.currency is not None:
        heading = "saved" if known < 0 else "added"
        yield words.named(heading, (_money(words, cost, "difference", abs(known)),))
    pace = by_use.get("projected")
    is_other = pace is not None and (pace.now.month, pace.then.month) != (
        present.now.month,
        present.then.month,
    )
    if pace is not None and is_other and cost.currency is not None:
        yield words.named("pace today", _month(words, cost, "now", pace, "projected"))
        yield words.named(
            "pace then", _month(words, cost, "then", pace, "projected"), values=values
        )


def _month(words: Words, cost: CostPreview, side: str, found: Compared, use: str) -> Cell:
    month = found.now.month if side == "now" else found.then.month
    if month is None:
        return (words.heading("not known"),)
    return (_money(words, cost, f"{side}.{use}", month),)


def amounts(cost: CostPreview) -> dict[str, set[str]]:
    """Every amount that a packet may say of a cost, by the name of its fact: for the verifier."""
    name = f"cost.{cost.offer}"
    found: dict[str, Decimal | None] = {f"{name}.once": cost.once}
    if cost.first_period is not None:
        found[f"{name}.first_period"] = cost.first_period.amount
    for one in cost.compared:
        found |= {f"{name}.now.{one.use}": one.now.month, f"{name}.then.{one.use}": one.then.month}
        if one.use == "now" and one.difference is not None:
            found[f"{name}.difference"] = abs(one.difference)
    said = {key: amount for key, amount in found.items() if amount is not None}
    return {key: {f"{cost.currency} {amount:f}"} for key, amount in said.items()}


def _money(words: Words, cost: CostPreview, what: str, amount: Decimal) -> Said:
    assert cost.currency is not None
    as_of = datetime.fromisoformat(cost.as_of)
    return words.money(f"cost.{cost.offer}.{what}", amount, cost.currency, as_of)
