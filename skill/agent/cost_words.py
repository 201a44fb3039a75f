"""What is said of an offer's cost: the slots that its proven figures fill, each with its fact, and which of it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from skill.agent.languages import Value, Values, listed
from skill.model.common import plain_number, slug
from skill.model.decision import Offer
from skill.model.money import decimals
from skill.model.playbook import Playbook, SoldAs
from skill.model.preview import CostPreview
from skill.model.topic import Quote
from skill.policy.prices.bills import is_paid_once

MONTHS = ("Cost", "Cost added")
"""Labels of sentences that say what an offer costs a month: beside them stands what its prices say of tax."""
TAX = {"excluded": "Tax on top", "included": "Tax inside"}
"""The label of the words that go with each."""
LABELS = (*MONTHS, *TAX.values(), "Break even", "Undo", "Billed to")
SLOTS = (
    "cost_now", "cost_then", "cost_added", "break_even", "first_period", "undo", "billed_to", "who_can_buy",
)  # fmt: skip
"""Slots that speak of one offer, and of no other."""
Told = tuple[Quote, Values, tuple[Value, ...]]
"""Words, what fills their slots, and facts that they rest on and that fill none."""
Choose = Callable[[str, Values, tuple[str, ...]], Quote | None]


def of_cost(playbook: Playbook, cost: CostPreview) -> Values:
    """The slots that this cost can fill, by slot; `break_even` stands behind its meter, as `break_even.METER`.

    Nothing where a price is not today's. What is paid now is told only of an account on a known plan at its list
    price. Beside something that is paid once, months alone would make half a price, so none is told.
    """
    if not cost.fresh:
        return {}
    if "currency" in cost.now.now.missing:
        return _of_terms(playbook, cost)  # nobody knows in which currency the rest is paid
    figures = _of_months(playbook, cost) | _of_use(cost) if _is_clear(playbook, cost) else {}
    return figures | _of_terms(playbook, cost)


def said(
    playbook: Playbook, offer: Offer, cost: CostPreview, values: Values, choose: Choose
) -> Iterator[Told]:
    """What is said of a cost: two things at most, so that an answer stays short.

    The first is what it comes to, and what its prices say of tax. The second is what helps most to decide: where a
    limit is to be lifted, from which use on that pays; else how the purchase is undone. Whoever cannot buy is told who
    decides and who is billed, and not what is paid. All else stands in `preview`, and in what is passed on.

    Args:
        playbook: the Topics.
        offer: the offer.
        cost: what it costs this account.
        values: the slots that any words about this offer can fill.
        choose: finds the words of a label that can be said, where there are some.
    """
    own = values | of_cost(playbook, cost)
    if offer.action.kind == "ask_admin":
        yield from _one(choose("Billed to", own, ()), own)
        return
    yield from _months_said(offer, cost, own, choose)
    meter = playbook.meters.get(offer.lifts or "")
    if meter is not None and f"break_even.{meter.key}" in own:
        own["break_even"] = own[f"break_even.{meter.key}"]
        own["meter"] = Value(meter.name.replace("_", " "))
        quote = choose("Break even", own, (meter.key,))
        if quote is not None:
            yield quote, own, ()
            return
    yield from _one(choose("Undo", own, ()), own)


def _one(quote: Quote | None, values: Values) -> Iterator[Told]:
    if quote is not None:
        yield quote, values, ()


def _months_said(offer: Offer, cost: CostPreview, own: Values, choose: Choose) -> Iterator[Told]:
    """A month now and with the offer, else what it adds; never without what its prices say of tax."""
    tax = tax_of(cost)
    beside = choose(TAX[cost.tax], own, ()) if tax is not None else None
    if tax is not None and beside is None:
        return
    quote = choose("Cost", own, ())
    if quote is None and not _is_its_price(offer, cost):
        quote = choose("Cost added", own, ())
    if quote is not None:
        yield quote, own, ()
        if beside is not None and tax is not None:
            yield beside, own, (tax,)


def _is_its_price(offer: Offer, cost: CostPreview) -> bool:
    """Whether what is added is the price that was just said, so that saying it again tells nothing."""
    price = offer.price
    if price is None or len(offer.prices) > 1 or offer.quantity > 1:
        return False
    return (price.period, price.amount) == ("month", cost.now.difference)


def tax_of(cost: CostPreview) -> Value | None:
    """What the prices say of tax; None where they do not say."""
    if cost.tax == "not_said":
        return None
    return Value(cost.tax, f"cost.{cost.offer}.tax", "computed", _as_of(cost))


def facts_of(playbook: Playbook, cost: CostPreview) -> dict[str, Value]:
    """Everything that may be said of this cost, by the name of its fact."""
    tax = tax_of(cost)
    told = [*of_cost(playbook, cost).values(), *((tax,) if tax else ())]
    return {value.fact: value for value in told if value.fact}


def money_said(amount: Decimal, currency: str) -> str:
    """An amount as Topics write theirs: `EUR 1,490`, and `EUR 40.83` where there are cents."""
    places = 0 if amount == amount.to_integral_value() else decimals(currency)
    return f"{currency} {amount:,.{places}f}"


def _as_of(cost: CostPreview) -> datetime:
    return datetime.fromisoformat(cost.as_of)


def _is_clear(playbook: Playbook, cost: CostPreview) -> bool:
    """Whether it can be said if tax is in it: all of its prices say the same of tax, or none says anything."""
    if cost.tax != "not_said":
        return True
    places = {line.source for c in cost.compared for x in (c.now, c.then) for line in x.lines}
    prices = (
        p for b in playbook.bundles.values() for p in (*b.prices, *(o.price for o in b.overages))
    )
    return not any(
        str(price.span) in places and (price.excluding_tax or price.including_tax)
        for price in prices
    )


def _of_months(playbook: Playbook, cost: CostPreview) -> Values:
    """What a month costs, now and with the offer, at the present use; and what the days left of this period add."""
    present = cost.now
    added, first = present.difference, cost.first_period
    once = any(is_paid_once(playbook.bundles[key]) for key, _ in cost.steps)
    if cost.currency is None or once or not added or present.then.refused:
        return {}
    amounts: dict[str, Decimal | None] = {"added": added if added > 0 else None}
    if _is_theirs(cost) and present.now.month is not None and present.then.month is not None:
        amounts |= {"now": present.now.month, "then": present.then.month}
    values = {
        f"cost_{what}": Value(
            money_said(amount, cost.currency), f"cost.{cost.offer}.{what}", "computed", _as_of(cost)
        )
        for what, amount in amounts.items()
        if amount is not None
    }
    if values and first is not None and first.amount > 0:
        text = money_said(first.amount, cost.currency)
        name = f"cost.{cost.offer}.first_period"
        values["first_period"] = Value(text, name, "computed", _as_of(cost))
    return values


def _is_theirs(cost: CostPreview) -> bool:
    """Whether list prices are what this account pays: its plan is known, and it has no terms of its own."""
    return not cost.own_terms and any(ground.name == "plan" for ground in cost.grounds)


def _of_use(cost: CostPreview) -> Values:
    """From which use on the offer costs no more than staying, where that holds for all use beyond."""
    return {
        f"break_even.{one.meter}": Value(
            plain_number(one.at),
            f"cost.{cost.offer}.break_even.{one.meter}",
            "computed",
            _as_of(cost),
        )
        for one in cost.break_even
        if one.until is None and one.at > 0
    }


def _of_terms(playbook: Playbook, cost: CostPreview) -> Values:
    """How it is undone, who can buy and who is billed; nothing that holds for one of two purchases alone.

    A plan that was left on terms of one's own may be gone for good: then nobody is told that the way back is open.
    """
    same = {(one.who_can_buy, one.billed_to) for one in cost.terms}
    if not cost.terms or len(same) > 1:
        return {}
    last, name = cost.terms[-1], f"cost.{cost.offer}"
    values: Values = {}
    if last.how_to_undo and leads_back(playbook, cost):
        values["undo"] = Value(last.how_to_undo, f"{name}.undo", last.source)
    if last.billed_to:
        values["billed_to"] = Value(last.billed_to, f"{name}.billed_to", last.source)
    if last.who_can_buy:
        who = Value(listed(last.who_can_buy, "or"), f"{name}.who_can_buy", last.source)
        values["who_can_buy"] = who._replace(parts=last.who_can_buy)
    return values


def leads_back(playbook: Playbook, cost: CostPreview) -> bool:
    """Whether the way back that is written leads to where this account is: to its plan, as long as that is sold."""
    last = cost.terms[-1]
    if len(cost.terms) > 1:
        return False  # what undoes the second purchase leaves the first
    if playbook.bundles[last.bundle].sold_as is not SoldAs.PLAN:
        return True
    held = next((slug(ground.value) for ground in cost.grounds if ground.name == "plan"), None)
    plan = playbook.bundles.get(held or "")
    is_gone = plan is not None and bool(plan.sold_until) and plan.sold_until < cost.as_of[:10]
    if cost.own_terms or is_gone:
        return False
    text = f"-{slug(last.how_to_undo)}-"
    others = (b.key for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN)
    return not any(f"-{key}-" in text for key in others if key not in (held, last.bundle))
