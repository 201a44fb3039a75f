"""What each slot of a quote is filled with for this decision, and the dated facts that stand behind the figures."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from skill.agent.languages import Speech, Value, Values, listed, place, slots_needed
from skill.model.account import Customer
from skill.model.answer import FactView, QuoteView
from skill.model.common import plain_number
from skill.model.decision import Access, Decision, EffectiveLimit, Offer, Signal
from skill.model.money import Price
from skill.model.playbook import Bundle, Feature, Playbook, Setting
from skill.model.topic import Quote
from skill.policy import gate

_SLOT = re.compile(r"\{([^{}\n]*)\}")


def fill(template: str, slots: dict[str, str]) -> str:
    """The template with its slots filled, in one pass: what a slot holds is never read as a slot again."""
    return _SLOT.sub(lambda m: slots.get(m[1], m[0]), template)


def told(fact: Mapping[str, Any]) -> str:
    """A fact of an answer's body in one line: what it is, and its value."""
    kind, _, rest = str(fact["name"]).partition(".")
    of, _, part = rest.replace("_", " ").partition(".")
    said = {"limit": f"limit of {of}", "usage": f"{of} {'left' if part == 'left' else 'used'}"}
    return (
        f"{said.get(kind, str(fact['name']).replace('.', ' ').replace('_', ' '))}: {fact['value']}"
    )


def told_fact(fact: FactView) -> str:
    """The same of a fact that is no body yet."""
    return told({"name": fact.name, "value": fact.value})


class Evidence:
    """The quotes and facts of one answer, numbered in the order they are first used."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._quotes: dict[tuple[str, int, tuple[tuple[str, str], ...]], QuoteView] = {}
        self._facts: dict[tuple[str, str], FactView] = {}

    @classmethod
    def going_on(
        cls, playbook: Playbook, quotes: Iterable[QuoteView], facts: Iterable[FactView]
    ) -> Evidence:
        """The evidence of an answer that is not finished: what comes next gets the next number."""
        found = cls(playbook)
        for view in quotes:
            key = (f"{view.topic}.md", view.lines[0], tuple(sorted(view.slots.items())))
            found._quotes[key] = view
        for fact in facts:
            found._facts[(fact.name, str(fact.value))] = fact
        return found

    def quote(self, quote: Quote, values: Values) -> tuple[str, tuple[str, ...]]:
        """The filled text of a quote in its own language, with the ids of the quote and of the facts in it."""
        used = {slot: values[slot] for slot in slots_needed(quote)}
        slots = self.speech(quote.lang).fill(quote, values)
        assert slots is not None, f"`{quote.label}` was chosen and cannot be filled"
        key = (quote.span.file, quote.span.line, tuple(sorted(slots.items())))
        if key not in self._quotes:
            self._quotes[key] = QuoteView(
                id=f"q{len(self._quotes) + 1}",
                topic=quote.topic,
                heading=quote.heading,
                label=" ".join(x for x in (quote.label, quote.subject) if x),
                lines=(quote.span.line, quote.span.end_line),
                template=quote.template,
                slots=slots,
                digest=quote.digest,
                lang=quote.lang,
            )
        facts = [self.fact(v) for v in used.values() if v.fact]
        return fill(quote.template, slots), (self._quotes[key].id, *dict.fromkeys(facts))

    def speech(self, lang: str) -> Speech:
        """What this language says with these Topics."""
        return Speech(self._playbook, lang)

    def fact(self, value: Value) -> str:
        """The id of the fact behind a value."""
        assert value.fact is not None
        key = (value.fact, value.text)
        if key not in self._facts:
            self._facts[key] = FactView(
                id=f"f{len(self._facts) + 1}",
                name=value.fact,
                value=value.text,
                source=value.source,
                as_of=value.as_of.isoformat().replace("+00:00", "Z") if value.as_of else None,
            )
        return self._facts[key].id

    @property
    def quotes(self) -> tuple[QuoteView, ...]:
        """Every quote used so far."""
        return tuple(self._quotes.values())

    @property
    def facts(self) -> tuple[FactView, ...]:
        """Every fact used so far."""
        return tuple(self._facts.values())


PERSONAL = ("owner_name", "admin_names", "used", "left", "percent")
"""Slots about the account itself: never filled where anybody may read along."""


def of_account(playbook: Playbook, customer: Customer) -> Values:
    """Slots that say who is asking: the plan held, the owner, the people who can buy."""
    account = customer.account
    values: Values = {}
    plan = gate.held_plan(playbook, customer)
    if plan is not None:
        values["plan"] = Value(plan.name, "plan", "account")
    if account.owner is not None and account.owner.name:
        values["owner_name"] = Value(account.owner.name, "owner", "account")
    if account.admins:
        values["admin_names"] = Value(
            listed(account.admins, "and"), "admins", "account", parts=account.admins
        )
    return values


def free_ways(
    playbook: Playbook, customer: Customer, feature: Feature, now: datetime
) -> tuple[str, ...]:
    """Keys of the features that do the job for free and that this account has today."""
    return tuple(
        key
        for key in feature.alternatives
        if gate.entitlements(playbook, customer, playbook.features[key], now)
    )


def of_access(playbook: Playbook, customer: Customer, decision: Decision, found: Access) -> Values:
    """Slots about the asked feature: its name, a free way to do it, and the limit that applies."""
    feature = playbook.features[found.feature]
    values: Values = {"feature": Value(feature.name)}
    free = free_ways(playbook, customer, feature, decision.now)
    if free:
        values["workaround"] = Value(playbook.features[free[0]].name)
    setting = _setting(playbook, customer, feature)
    if setting is not None:
        values["setting"] = Value(setting.value, f"setting.{feature.key}", place(setting.span))
    if found.limit is not None:
        values |= _of_limit(playbook, decision, found.limit)
    return values


def _setting(playbook: Playbook, customer: Customer, feature: Feature) -> Setting | None:
    """What the plan held says of a feature that is a setting: `run history: 30 days`."""
    plan = gate.held_plan(playbook, customer)
    return next((s for s in plan.settings if s.feature == feature.key), None) if plan else None


def _of_limit(playbook: Playbook, decision: Decision, limit: EffectiveLimit) -> Values:
    """Slots about the limit that applies, and what is used of it."""
    values: Values = {}
    meter = playbook.meters.get(limit.meter)
    if meter is not None:
        values["meter"] = Value(meter.name.replace("_", " "))
    source = place(limit.span) if limit.span and limit.text else limit.source
    amount = "unlimited" if limit.value is None else plain_number(limit.value)
    values["limit"] = Value(amount, f"limit.{limit.meter}", source)
    fact = f"usage.{limit.meter}"
    if limit.used is not None:
        values["used"] = Value(plain_number(limit.used), fact, "usage", limit.used_as_of)
    if limit.used is not None and limit.value is not None:
        left = max(limit.value - limit.used, Decimal(0))
        values["left"] = Value(plain_number(left), f"{fact}.left", "usage", limit.used_as_of)
        if limit.value > 0:
            share = f"{int(limit.used * 100 / limit.value)}%"
            values["percent"] = Value(share, f"{fact}.percent", "usage", limit.used_as_of)
    if meter is not None and meter.resets == "monthly":
        values["days_left"] = _days_left(decision.now)
    return values


def _days_left(now: datetime) -> Value:
    last = calendar.monthrange(now.year, now.month)[1]
    return Value(str(last - now.day), "days_left", "calendar", now)


def of_offer(playbook: Playbook, offer: Offer) -> Values:
    """Slots about an offer: its name, its price as written, its trial, and the plan that comes first."""
    bundle = playbook.bundles[offer.bundle]
    values: Values = {"bundle": Value(bundle.name)}
    if len(offer.unlock.steps) > 1:
        values["first_step"] = Value(playbook.bundles[offer.unlock.steps[0].bundle].name)
    if offer.price is not None:
        values |= of_price(bundle, offer.price)
    if bundle.try_it:
        values["trial"] = Value(bundle.try_it, f"trial.{bundle.key}", place(bundle.span))
    return values


def of_price(bundle: Bundle, price: Price) -> Values:
    """The name and the price of one purchase, as its Topic writes it."""
    return {
        "bundle": Value(bundle.name),
        "price": Value(price.text, f"price.{bundle.key}", place(price.span)),
    }


def of_quantity(offer: Offer) -> Values:
    """How many units the need takes."""
    return {"quantity": Value(f"{offer.quantity:,}", f"quantity.{offer.bundle}", "computed")}


def of_signal(signal: Signal, decision: Decision) -> Values:
    """Slots inside `Why you SIGNAL`: the figures that made the signal hold."""
    source = signal.evidence[0].split(".")[0] if signal.evidence else "facts"
    values = {
        name: Value(text, f"signal.{signal.key}.{name}", source, decision.now)
        for name, text in signal.figures.items()
    }
    if "percent" in values or "limit" in values:
        values["days_left"] = _days_left(decision.now)
    return values
