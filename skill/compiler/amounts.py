"""From the parse tree of a phrase to its value: prices, limits and durations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from lark import Token, Transformer
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from skill.model.money import PriceKind, Tier

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
HOURS: dict[str, Decimal] = {
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
    tiers: tuple[Tier, ...] = ()
    each: Decimal | None = None
    at_least: Decimal | None = None
    excluding_tax: bool = False
    including_tax: bool = False
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
def known_currencies() -> frozenset[str]:
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
    long = (known for known in _PERIOD_WORDS if len(known) > 3)
    slip = any(OSA.distance(word, known, score_cutoff=1) <= 1 for known in long)
    return slip or (len(word) > 3 and hit is not None)


def singular(unit: str) -> str:
    """A unit without the s of its plural."""
    return unit[:-1] if unit.endswith("s") and len(unit) > 2 else unit


def is_time_unit(word: str) -> bool:
    """Whether this is a unit of time, in singular or plural."""
    return singular(word) in HOURS


class Amounts(Transformer[Token, Any]):
    """Prices, limits and durations; every method is one form."""

    def free(self, items: list[Any]) -> PricePhrase:
        return PricePhrase(kind=PriceKind.FREE, amount=Decimal(0), **_tails(items))

    def contact(self, items: list[Any]) -> PricePhrase:
        return PricePhrase(kind=PriceKind.CONTACT, **_tails(items))

    def priced(self, items: list[Any]) -> PricePhrase:
        told = _tails(items)
        kind = PriceKind.ONE_TIME if told.get("billed") == "once" else PriceKind.FIXED
        if ("from", True) in items:
            kind = PriceKind.FROM  # a lower bound stays one, also where it is paid once
        currency, amount = next(v for k, v in items if k == "money")
        items = [part for item in items for part in (item if isinstance(item, list) else [item])]
        units = [v for k, v in items if k == "per"]
        period = ""
        if units and units[-1].lower() in _PERIODS:
            period = _PERIODS[units.pop().lower()]
        elif len(units) > 1 and any(u.lower() in _PERIODS for u in units):
            at = next(i for i, u in enumerate(units) if u.lower() in _PERIODS)
            period = _PERIODS[units.pop(at).lower()]
        if any(_is_like_a_period(word) for unit in units for word in unit.lower().split()):
            raise ValueError("a period inside a unit")
        stretches = [v for k, v in items if k == "stretch"]
        each = next((v for k, v in items if k == "each"), None)
        if each is not None and (not units or each <= 0):
            raise ValueError("so many of what?")
        first_free, tiers = _stretches(stretches, currency)
        if tiers and each is not None:
            raise ValueError("stretches are priced for each unit")
        told.setdefault("billed", period if period in ("month", "year") else "")
        return PricePhrase(
            kind=kind,
            currency=currency,
            amount=amount,
            per=" per ".join(units).lower(),
            period=period,
            first_free=first_free,
            tiers=tiers,
            each=each,
            **told,
        )

    def from_(self, _: list[Token]) -> tuple[str, bool]:
        return "from", True

    def stretch(self, items: list[Any]) -> tuple[str, tuple[Decimal, Any]]:
        rate = items[-1]
        return "stretch", (number(items[0]), rate[1] if isinstance(rate, tuple) else None)

    def gratis(self, _: list[Token]) -> None:
        return None

    def money(self, items: list[Token]) -> tuple[str, tuple[str, Decimal]]:
        currency, amount = (
            (items[1], items[0]) if items[0].type == "NUMBER" else (items[0], items[1])
        )
        code = _CURRENCIES.get(currency, str(currency))
        if code not in known_currencies():
            raise ValueError(f"`{code}` is no currency")
        return "money", (code, number(amount))

    def per(self, items: list[str]) -> tuple[str, str]:
        return "per", items[0]

    def per_many(self, items: list[Any]) -> list[tuple[str, Any]]:
        return [("each", number(items[0])), ("per", items[1])]

    def billed(self, items: list[Token]) -> tuple[str, str]:
        return "billed", _BILLED[items[0].lower()]

    def once(self, _: list[Token]) -> tuple[str, str]:
        return "billed", "once"

    def fewest(self, items: list[Any]) -> tuple[str, Decimal]:
        return "at_least", number(items[0])

    def untaxed(self, _: list[Token]) -> tuple[str, bool]:
        return "excluding_tax", True

    def taxed(self, _: list[Token]) -> tuple[str, bool]:
        return "including_tax", True

    def region(self, items: list[str]) -> tuple[str, str]:
        return "region", items[0].lower()

    def unlimited(self, items: list[Any]) -> AmountPhrase:
        return AmountPhrase(value=None, per=_pers(items))

    def plus(self, _: list[Token]) -> tuple[str, bool]:
        return "plus", True

    def amount(self, items: list[Any]) -> AmountPhrase:
        extends = items[0] == ("plus", True)
        rest = items[1:] if extends else items
        unit = rest[1] if len(rest) > 1 and isinstance(rest[1], str) else ""
        if unit.lower().split(" ")[0] in _MULTIPLES:
            raise ValueError("write the whole number")
        per = _pers([v for v in rest[1:] if not isinstance(v, str)])
        if any(_is_like_a_period(w) and w not in _PERIODS for w in per.lower().split()):
            raise ValueError("a period that is none")
        return AmountPhrase(value=number(rest[0]), extends=extends, unit=unit, per=per)

    def duration(self, items: list[Any]) -> Decimal:
        unit = singular(items[1].lower())
        n = Decimal(1) if items[0].type == "ONE" else number(items[0])
        return n * HOURS[unit]


def _pers(items: list[Any]) -> str:
    """The units and period of a limit; a limit for so many of something else is none."""
    if any(isinstance(item, list) for item in items):
        raise ValueError("a limit is per one of something")
    return " per ".join(v for _, v in items)


def _tails(items: list[Any]) -> dict[str, Any]:
    names = ("billed", "at_least", "excluding_tax", "including_tax", "region")
    told = {k: v for k, v in items if k in names}
    if told.get("excluding_tax") and told.get("including_tax"):
        raise ValueError("tax is on top, or it is inside")
    return told


def _stretches(
    found: list[tuple[Decimal, tuple[str, Decimal] | None]], currency: str
) -> tuple[Decimal | None, tuple[Tier, ...]]:
    """A first part that is free, or stretches at prices of their own, which end where the next begins."""
    if len(found) == 1 and found[0][1] is None:
        return found[0][0], ()
    out: list[Tier] = []
    end = Decimal(0)
    for n, rate in found:
        if n <= 0:
            raise ValueError("a stretch of nothing")
        if rate is not None and rate[0] != currency:
            raise ValueError("one price in two currencies")
        end += n
        out.append(Tier(until=end, amount=rate[1] if rate is not None else Decimal(0)))
    return None, tuple(out)
