"""The phrases of the Topic language, read by one grammar; an unreadable phrase is told with its nearest form."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lark import Lark
from lark.exceptions import LarkError
from rapidfuzz import fuzz, process

from skill.compiler.phrases import AmountPhrase, PricePhrase, Reading
from skill.model.rules import Count, Holds, Rule, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

Start = Literal["price", "amount", "duration", "rule", "counts", "holds", "window", "moment"]

FORMS: dict[Start, tuple[str, ...]] = {
    "price": (
        "EUR 49 per workspace per month",
        "USD 29 per seat per month, billed yearly",
        "USD 0.002 per api_call",
        "first 1,000 free, then USD 0.01 per run",
        "from USD 4 per user per month",
        "USD 99 one time",
        "USD 12 per seat per month, at least 5 seats",
        "EUR 49 per month, excluding tax",
        "free",
        "contact us",
    ),
    "amount": ("50,000 per month", "10", "unlimited", "+10,000", "5 GB per user"),
    "duration": ("24 hours", "30 days", "2 weeks", "6 months"),
    "rule": (
        "segment is enterprise",
        "segment is not enterprise",
        "yearly revenue is at least EUR 25,000",
        "segment is startup, or plan is Free",
        "touch is high, and region is not US",
    ),
    "counts": (
        "api_calls",
        "attempts: Salesforce export",
        "attempts: anything in Connect Pack",
        "views: pricing",
        "events: csv_export",
        "events: csv_export where kind is leads",
        "ratio: editors / viewers",
        "fact: renewal_in_days",
    ),
    "holds": (
        "at least 80% of limit",
        "at least 80% of commit",
        "at least 4 times",
        "more than 100",
        "at most 2 left",
        "less than 2 minutes",
        "crosses 4, 10",
        "grew by at least 50%",
        "grew by at least 2",
        "on pace to pass the limit",
        "is true",
    ),
    "window": (
        "now",
        "this period",
        "the last 48 hours",
        "the last 30 days",
        "3 of the last 7 days",
        "each of the last 4 weeks",
    ),
    "moment": (
        "events: run_succeeded at least 3 times over the last 365 days",
        "fact: successful_runs at least 3 over now",
    ),
}
"""The readable forms of each phrase, for help lines and the reference page."""

_TYPOGRAPHY = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2010": "-", "\u2011": "-", "\u2013": "-"}
    | {"\u2212": "-", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\ufe6a": "%"}
)
_CURRENCY = re.compile(r"[A-Z]{3}$")
_JOIN = re.compile(r"\s*,\s*(and|or)\s")
"""A comma before `and` or `or` is only for the eye."""


class Unreadable(ValueError):
    """A phrase that no form reads; carries the nearest one that can be read."""

    def __init__(self, phrase: str, nearest: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.nearest = nearest


@cache
def _parser() -> Lark:
    source = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(source, parser="lalr", start=list(FORMS), maybe_placeholders=False)


@lru_cache(maxsize=8192)
def _read(start: Start, phrase: str) -> Any:
    plain = _prepared(start, phrase)
    try:
        return Reading().transform(_parser().parse(plain, start=start))
    except (LarkError, ValueError, KeyError, ArithmeticError):
        return None


def _prepared(start: Start, phrase: str) -> str:
    """Typography undone, key words in lower case; currencies keep their capitals, names are keys anyway."""
    plain = phrase.translate(_TYPOGRAPHY).strip().rstrip(".")
    if start in ("price", "rule"):
        plain = " ".join(w if _CURRENCY.match(w) else w.lower() for w in plain.split())
        return _JOIN.sub(r" \1 ", plain) if start == "rule" else plain
    return plain.lower() if start in ("holds", "window", "duration") else plain


def _need(start: Start, phrase: str) -> Any:
    value = _read(start, phrase)
    if value is None:
        hit = process.extractOne(phrase.lower(), FORMS[start], scorer=fuzz.token_sort_ratio)
        raise Unreadable(phrase, hit[0] if hit else FORMS[start][0])
    return value


def read_price(phrase: str) -> PricePhrase:
    """A price line.

    Raises:
        Unreadable: no form of `FORMS["price"]` reads it; a price is never guessed, and never zero.
    """
    value: PricePhrase = _need("price", phrase)
    return value


def read_amount(phrase: str) -> AmountPhrase:
    """The amount of a limit. Raises Unreadable."""
    value: AmountPhrase = _need("amount", phrase)
    return value


def read_duration(phrase: str) -> Decimal:
    """A duration in hours; a month counts 30 days. Raises Unreadable."""
    value: Decimal = _need("duration", phrase)
    return value


def read_rule(phrase: str) -> Rule:
    """A rule over facts; `and` binds closer than `or`. Raises Unreadable."""
    value: Rule = _need("rule", phrase)
    return value


def read_counts(phrase: str) -> tuple[Count, ...]:
    """What a threshold counts. Raises Unreadable."""
    value: tuple[Count, ...] = _need("counts", phrase)
    return value


def read_holds(phrase: str) -> Holds:
    """When a threshold holds. Raises Unreadable."""
    value: Holds = _need("holds", phrase)
    return value


def read_window(phrase: str) -> Window:
    """Over which time a threshold is judged. Raises Unreadable."""
    value: Window = _need("window", phrase)
    return value


def read_moment(phrase: str) -> tuple[Count, Holds, Window]:
    """What makes a moment of the journey: a count, its figure and its window. Raises Unreadable."""
    value: tuple[Count, Holds, Window] = _need("moment", phrase)
    return value


def entries(cell: str) -> Sequence[tuple[str, str]]:
    """`name: value; name: value` of a Limits or Settings cell, in order; a part without a colon has no value."""
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    out = []
    for part in parts:
        name, _, value = part.partition(":")
        out.append((name.strip(), value.strip()))
    return out
