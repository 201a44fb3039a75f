"""From the parse tree of a phrase to its value: prices, amounts, durations, rules and thresholds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from lark import Token, Transformer
from rapidfuzz import fuzz, process

from skill.model.common import slug
from skill.model.money import PriceKind
from skill.model.rules import Both, Compare, Count, Either, Holds, Rule, Window

_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d\d0")
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP"}
_PERIODS = {
    "month": "month",
    "mo": "month",
    "year": "year",
    "yr": "year",
    "annum": "year",
    "day": "day",
    "week": "week",
    "quarter": "quarter",
    "minute": "minute",
    "hour": "hour",
}
_BILLED = {
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
    "quarterly": "quarter",
    "weekly": "week",
}
_HOURS: dict[str, Decimal] = {
    "minute": Decimal(1) / 60,
    "hour": Decimal(1),
    "day": Decimal(24),
    "week": Decimal(168),
    "month": Decimal(720),
    "year": Decimal(8760),
}


@dataclass(frozen=True)
class PricePhrase:
    """A price line, read."""

    kind: PriceKind
    currency: str | None = None
    amount: Decimal | None = None
    per: str = ""
    period: str = ""
    billed: str = ""
    first_free: Decimal | None = None
    at_least: Decimal | None = None
    excluding_tax: bool = False
    region: str = ""


@dataclass(frozen=True)
class AmountPhrase:
    """An amount of a meter, read; None is unlimited."""

    value: Decimal | None
    extends: bool = False
    unit: str = ""
    per: str = ""


def number(text: str) -> Decimal:
    """An exact number as people write it: `1,000.50`.

    Raises:
        ValueError: `1.490`, which some read as a thousand.
    """
    if _AMBIGUOUS.fullmatch(text):
        raise ValueError("a point before three digits that end in zero")
    return Decimal(text.replace(",", ""))


@cache
def _known_currencies() -> frozenset[str]:
    """Every currency there is or was. Source: CLDR, through Babel."""
    from babel.core import get_global

    return frozenset(get_global("all_currencies"))


_MULTIPLES = ("k", "m", "bn", "thousand", "million", "billion")
_PERIOD_WORDS = (*_PERIODS, *_BILLED, "billed")


def _is_like_a_period(word: str) -> bool:
    """A misspelt period would silently become a unit: `per mounth`, `biled yearly`."""
    if word in ("hour", "minute", "day", "mo", "yr"):
        return False
    hit = process.extractOne(word, _PERIOD_WORDS, scorer=fuzz.ratio, score_cutoff=80)
    return hit is not None and len(word) > 3


def _singular(unit: str) -> str:
    return unit[:-1] if unit.endswith("s") and len(unit) > 2 else unit


class Reading(Transformer[Token, Any]):
    """From parse tree to values; every method is one form."""

    def words(self, items: list[Token]) -> str:
        return " ".join(items)

    # prices
    def free(self, items: list[Any]) -> PricePhrase:
        return PricePhrase(kind=PriceKind.FREE, amount=Decimal(0), **_tails(items))

    def contact(self, items: list[Any]) -> PricePhrase:
        return PricePhrase(kind=PriceKind.CONTACT, **_tails(items))

    def priced(self, items: list[Any]) -> PricePhrase:
        told = _tails(items)
        kind = PriceKind.FROM if ("from", True) in items else PriceKind.FIXED
        if told.get("billed") == "once":
            kind = PriceKind.ONE_TIME
        currency, amount = next(v for k, v in items if k == "money")
        units = [v for k, v in items if k == "per"]
        period = ""
        if units and units[-1].lower() in _PERIODS:
            period = _PERIODS[units.pop().lower()]
        elif len(units) > 1 and any(u.lower() in _PERIODS for u in units):
            at = next(i for i, u in enumerate(units) if u.lower() in _PERIODS)
            period = _PERIODS[units.pop(at).lower()]
        if any(_is_like_a_period(word) for unit in units for word in unit.lower().split()):
            raise ValueError("a period inside a unit")
        free = next((v for k, v in items if k == "tiers"), None)
        told.setdefault("billed", period if period in ("month", "year") else "")
        return PricePhrase(
            kind=kind,
            currency=currency,
            amount=amount,
            per=" per ".join(units),
            period=period,
            first_free=free,
            **told,
        )

    def from_(self, _: list[Token]) -> tuple[str, bool]:
        return "from", True

    def tiers(self, items: list[Any]) -> tuple[str, Decimal]:
        return "tiers", number(items[0])

    def money(self, items: list[Token]) -> tuple[str, tuple[str, Decimal]]:
        currency, amount = (
            (items[1], items[0]) if items[0].type == "NUMBER" else (items[0], items[1])
        )
        code = _CURRENCIES.get(currency, str(currency))
        if code not in _known_currencies():
            raise ValueError(f"`{code}` is no currency")
        return "money", (code, number(amount))

    def per(self, items: list[str]) -> tuple[str, str]:
        return "per", items[0]

    def billed(self, items: list[Token]) -> tuple[str, str]:
        return "billed", _BILLED[items[0].lower()]

    def once(self, _: list[Token]) -> tuple[str, str]:
        return "billed", "once"

    def fewest(self, items: list[Any]) -> tuple[str, Decimal]:
        return "at_least", number(items[0])

    def untaxed(self, _: list[Token]) -> tuple[str, bool]:
        return "excluding_tax", True

    def region(self, items: list[str]) -> tuple[str, str]:
        return "region", items[0]

    # limits
    def unlimited(self, items: list[Any]) -> AmountPhrase:
        return AmountPhrase(value=None, per=" per ".join(v for _, v in items))

    def plus(self, _: list[Token]) -> tuple[str, bool]:
        return "plus", True

    def amount(self, items: list[Any]) -> AmountPhrase:
        extends = items[0] == ("plus", True)
        rest = items[1:] if extends else items
        unit = rest[1] if len(rest) > 1 and isinstance(rest[1], str) else ""
        if unit.lower().split(" ")[0] in _MULTIPLES:
            raise ValueError("write the whole number")
        per = " per ".join(v[1] for v in rest[1:] if isinstance(v, tuple))
        return AmountPhrase(value=number(rest[0]), extends=extends, unit=unit, per=per)

    def duration(self, items: list[Any]) -> Decimal:
        unit = _singular(items[1].lower())
        return number(items[0]) * _HOURS[unit]

    # rules
    def rule(self, items: list[Rule]) -> Rule:
        return items[0]

    def any_of(self, items: list[Rule]) -> Rule:
        return Either(parts=tuple(items))

    def all_of(self, items: list[Rule]) -> Rule:
        return Both(parts=tuple(items))

    def equal(self, items: list[Any]) -> Compare:
        op, value = items[1]
        return _compare(items[0], op, value)

    def differs(self, items: list[Any]) -> Compare:
        op, value = items[1]
        if op != "is":
            raise ValueError("`is not` takes a word")
        return _compare(items[0], "is_not", value)

    def value(self, items: list[Any]) -> tuple[str, str | Decimal, str | None]:
        first = items[0]
        if isinstance(first, Token) and first.type == "CURRENCY":
            return "money", number(items[1]), str(first)
        if isinstance(first, Token) and first.type == "NUMBER":
            return "number", number(first), None
        return "word", slug(first), None

    def same(self, items: list[Any]) -> tuple[str, Any]:
        return "is", items[0]

    def at_least(self, items: list[Any]) -> tuple[str, Any]:
        return "at_least", items[0]

    def at_most(self, items: list[Any]) -> tuple[str, Any]:
        return "at_most", items[0]

    def more_than(self, items: list[Any]) -> tuple[str, Any]:
        return "more_than", items[0]

    def less_than(self, items: list[Any]) -> tuple[str, Any]:
        return "less_than", items[0]

    # thresholds
    def counts(self, items: list[Count]) -> tuple[Count, ...]:
        return tuple(items)

    def moment(self, items: list[Any]) -> tuple[Count, Holds, Window]:
        return items[0], items[1], items[2]

    def attempts_in(self, items: list[str]) -> Count:
        return Count(what="attempts_in", name=items[0])

    def attempts(self, items: list[str]) -> Count:
        return Count(what="attempts", name=items[0])

    def views(self, items: list[str]) -> Count:
        return Count(what="views", name=items[0])

    def events(self, items: list[Any]) -> Count:
        return Count(what="events", name=items[0], where=tuple(items[1:]))

    def where(self, items: list[str]) -> tuple[str, str]:
        return items[0], items[1]

    def ratio(self, items: list[str]) -> Count:
        return Count(what="ratio", name=items[0], other=items[1])

    def fact(self, items: list[str]) -> Count:
        return Count(what="fact", name=items[0])

    def meter(self, items: list[str]) -> Count:
        return Count(what="meter", name=items[0])

    def percent_of_limit(self, items: list[Token]) -> Holds:
        return Holds(op="at_least_percent_of_limit", figures=(_percent(items[0]),))

    def percent_of_commit(self, items: list[Token]) -> Holds:
        return Holds(op="at_least_percent_of_commit", figures=(_percent(items[0]),))

    def at_least_n(self, items: list[Any]) -> Holds:
        return _figure("at_least", items)

    def more_than_n(self, items: list[Any]) -> Holds:
        return _figure("more_than", items)

    def left_n(self, items: list[Any]) -> Holds:
        return _figure("at_most_left", items)

    def at_most_n(self, items: list[Any]) -> Holds:
        return _figure("at_most", items)

    def less_than_n(self, items: list[Any]) -> Holds:
        return _figure("less_than", items)

    def crosses(self, items: list[Token]) -> Holds:
        return Holds(op="crosses", figures=tuple(number(x) for x in items))

    def grew_percent(self, items: list[Token]) -> Holds:
        return Holds(op="grew_percent", figures=(_percent(items[0]),))

    def grew(self, items: list[Any]) -> Holds:
        return _figure("grew", items)

    def on_pace(self, _: list[Token]) -> Holds:
        return Holds(op="on_pace")

    def is_word(self, items: list[str]) -> Holds:
        return Holds(op="is", word=items[0])

    def now(self, _: list[Token]) -> Window:
        return Window(kind="now")

    def period(self, _: list[Token]) -> Window:
        return Window(kind="period")

    def last(self, items: list[Any]) -> Window:
        return Window(kind="last", n=int(number(items[0])), unit=_time_unit(items[1]))

    def sustained(self, items: list[Any]) -> Window:
        at_least, n = int(number(items[0])), int(number(items[1]))
        return Window(kind="sustained", at_least=at_least, n=n, unit=_time_unit(items[2]))

    def each(self, items: list[Any]) -> Window:
        return Window(kind="each", n=int(number(items[0])), unit=_time_unit(items[1]))


def _tails(items: list[Any]) -> dict[str, Any]:
    names = ("billed", "at_least", "excluding_tax", "region")
    return {k: v for k, v in items if k in names}


def _compare(subject: str, op: Any, value: tuple[str, str | Decimal, str | None]) -> Compare:
    kind, what, currency = value
    if op not in ("is", "is_not") and kind == "word":
        raise ValueError("an amount is compared with a number")
    return Compare(op=op, subject=slug(subject), value=what, currency=currency)


def _percent(token: Token) -> Decimal:
    """A share in 0..1; percent stands only in Topics."""
    return Decimal(token.replace("%", "").strip()) / 100


def _figure(op: Any, items: list[Any]) -> Holds:
    return Holds(op=op, figures=(number(items[0]),), word=items[1] if len(items) > 1 else "")


def _time_unit(word: str) -> Any:
    unit = _singular(word.lower())
    if unit not in ("hour", "day", "week", "month"):
        raise ValueError(f"`{word}` is no unit of time")
    return unit
