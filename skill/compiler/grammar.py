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

from skill.compiler.amounts import AmountPhrase, PricePhrase
from skill.compiler.conduct import KindPhrase, PausePhrase, SituationPhrase
from skill.compiler.phrases import Reading
from skill.model.playbook import Cap, Due, FollowUp, JourneyWindow, Saving, Variant
from skill.model.rules import Count, Holds, Rule, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

Start = Literal[
    "price",
    "amount",
    "duration",
    "rule",
    "counts",
    "holds",
    "window",
    "moment",
    "situation",
    "pause",
    "unless",
    "cap",
    "due",
    "then",
    "variant",
    "stage",
    "kind",
    "saving",
    "share",
    "costs",
    "budget",
    "salt",
    "yes_no",
    "priors",
    "hosts",
]

FORMS: dict[Start, tuple[str, ...]] = {
    "price": (
        "EUR 49 per workspace per month",
        "USD 29 per seat per month, billed yearly",
        "USD 0.002 per api_call",
        "first 1,000 free, then USD 0.01 per run",
        "first 10 EUR 9, next 40 EUR 8, then EUR 7 per seat per month",
        "EUR 5 per 1,000 runs",
        "from USD 4 per user per month",
        "USD 99 one time",
        "USD 12 per seat per month, at least 5 seats",
        "EUR 49 per month, excluding tax",
        "EUR 49 per month, including tax",
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
        "everyone",
        "has Connect Pack",
        "does not have Connect Pack",
        "uses Salesforce export",
        "does not use Salesforce export",
        "First win is reached",
        "First win is not reached",
        "api-near-limit holds",
        "api-near-limit does not hold",
        "upsell_readiness is ready",
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
    "situation": (
        "Open support ticket",
        "Incident touching the customer",
        "Unresolved bug touching the person",
        'Customer said "not now"',
        "Any offer was shown",
        "This offer was shown",
        "An offer was dismissed",
        "An offer was declined",
        "An offer was accepted",
        "An email was ignored",
        "This offer was declined",
        "Any offer was shown per account",
        "First win not reached",
        "2 offers in 30 days",
        "3 offers in 30 days per account",
        "2 offers of one family in 30 days",
        "Quiet hours",
        "Closed three times in a row",
        "Unpaid invoice",
        "Checkout or quote open",
        "A person replied",
        "Opted out",
    ),
    "pause": (
        "30 days",
        "forever",
        "until it is closed",
        "until it is over, then 7 days",
        "explain the feature instead, until a ready signal",
        "explain the feature instead",
        "19:00 to 08:00, and weekends, in the person's own time zone",
    ),
    "unless": ("the customer asked", "a limit was reached", "a ready signal"),
    "cap": (
        "2 offers in 30 days",
        "1 offer in a week per account",
        "2 offers in 30 days, unless the customer asked",
        "2 offers of one family in 30 days",
    ),
    "due": ("2 working days", "24 hours"),
    "then": ("email after 2 days, if dismissed or ignored", "owner task after 5 days"),
    "variant": ("short: 50%",),
    "stage": (
        "onboarding",
        "adoption",
        "pre-renewal for 60 days",
        "post-incident for 30 days",
    ),
    "kind": ("switch", "setting", "metered api_calls"),
    "saving": ("17 minutes", "1 hour", "30 seconds"),
    "share": ("10%",),
    "costs": ("answer 0, in-app notification 1, email 3",),
    "budget": ("5 in 30 days",),
    "salt": ("autumn",),
    "yes_no": ("yes", "no"),
    "priors": ("Connect Pack 5%, Team 2%",),
    "hosts": ("fernway.example, help.fernway.example",),
}
"""The readable forms of each phrase, for help lines and the reference page."""

_TYPOGRAPHY = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2010": "-", "\u2011": "-", "\u2013": "-"}
    | {"\u2212": "-", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\ufe6a": "%"}
)
_WORD = re.compile(r"[^\s,;:+%/\"]+")
_JOIN = re.compile(r"\s*,\s*(and|or)\s")
"""A comma before `and` or `or` is only for the eye."""


class Unreadable(ValueError):
    """A phrase that no form reads; carries the nearest one that can be read."""

    def __init__(self, phrase: str, nearest: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.nearest = nearest


_GROUPS: tuple[tuple[Start, ...], ...] = (
    ("price", "amount"),
    ("rule",),
    ("counts",),
    ("holds", "window"),
    ("moment",),
    ("situation",),
    ("cap",),
    ("kind",),
    ("priors",),
    ("hosts",),
    ("salt",),
    ("stage", "budget", "yes_no"),
    ("duration", "pause", "unless", "due", "then", "variant", "saving", "share", "costs"),
)
"""Phrases that share a parser. Those with names have one of their own: another phrase's key words may stand in a name."""


@cache
def _parser(start: Start) -> Lark:
    group = next(group for group in _GROUPS if start in group)
    return _made(group)


@cache
def _made(starts: tuple[Start, ...]) -> Lark:
    source = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(source, parser="lalr", start=list(starts), maybe_placeholders=False)


@cache
def _keywords(start: Start) -> frozenset[str]:
    """The fixed words of a phrase, in lower case."""
    terminals = _parser(start).terminals
    return frozenset(t.pattern.value for t in terminals if t.pattern.type == "str")


@lru_cache(maxsize=8192)
def _read(start: Start, phrase: str) -> Any:
    plain = _prepared(start, phrase)
    try:
        return Reading().transform(_parser(start).parse(plain, start=start))
    except (LarkError, ValueError, KeyError, ArithmeticError):
        return None


def _prepared(start: Start, phrase: str) -> str:
    """Typography undone, key words in lower case; names and currencies keep their capitals."""
    plain = phrase.translate(_TYPOGRAPHY).strip().rstrip(".")
    known = _keywords(start)
    plain = _WORD.sub(lambda m: m[0].lower() if m[0].lower() in known else m[0], plain)
    return _JOIN.sub(r" \1 ", plain) if start == "rule" else plain


def read(start: Start, phrase: str) -> Any:
    """A phrase of this sort. Raises Unreadable."""
    value = _read(start, phrase)
    if value is None:
        has_figure = any(c.isdigit() for c in phrase)
        alike = [f for f in FORMS[start] if not has_figure or any(c.isdigit() for c in f)]
        forms = alike or FORMS[start]
        hit = process.extractOne(phrase.lower(), forms, scorer=fuzz.token_sort_ratio)
        raise Unreadable(phrase, hit[0] if hit else forms[0])
    return value


def read_price(phrase: str) -> PricePhrase:
    """A price line.

    Raises:
        Unreadable: no form of `FORMS["price"]` reads it; a price is never guessed, and never zero.
    """
    value: PricePhrase = read("price", phrase)
    return value


def read_amount(phrase: str) -> AmountPhrase:
    """The amount of a limit. Raises Unreadable."""
    value: AmountPhrase = read("amount", phrase)
    return value


def read_duration(phrase: str) -> Decimal:
    """A duration in hours; a month counts 30 days. Raises Unreadable."""
    value: Decimal = read("duration", phrase)
    return value


def read_rule(phrase: str) -> Rule:
    """A rule over facts; `and` binds closer than `or`. Raises Unreadable."""
    value: Rule = read("rule", phrase)
    return value


def read_counts(phrase: str) -> tuple[Count, ...]:
    """What a threshold counts. Raises Unreadable."""
    value: tuple[Count, ...] = read("counts", phrase)
    return value


def read_holds(phrase: str) -> Holds:
    """When a threshold holds. Raises Unreadable."""
    value: Holds = read("holds", phrase)
    return value


def read_window(phrase: str) -> Window:
    """Over which time a threshold is judged. Raises Unreadable."""
    value: Window = read("window", phrase)
    return value


def read_moment(phrase: str) -> tuple[Count, Holds, Window]:
    """What makes a moment of the journey: a count, its figure and its window. Raises Unreadable."""
    value: tuple[Count, Holds, Window] = read("moment", phrase)
    return value


def read_situation(phrase: str) -> SituationPhrase:
    """A situation of the restraint Topic. Raises Unreadable."""
    value: SituationPhrase = read("situation", phrase)
    return value


def read_pause(phrase: str) -> PausePhrase:
    """How long offers rest. Raises Unreadable."""
    value: PausePhrase = read("pause", phrase)
    return value


def read_unless(phrase: str) -> str:
    """What lifts a pause, as a key. Raises Unreadable."""
    return str(read("unless", phrase))


def read_cap(phrase: str) -> Cap:
    """At most so many offers in a time. Raises Unreadable."""
    value: Cap = read("cap", phrase)
    return value


def read_due(phrase: str) -> Due:
    """By when a task is done. Raises Unreadable."""
    value: Due = read("due", phrase)
    return value


def read_then(phrase: str) -> FollowUp:
    """What comes after. Raises Unreadable."""
    value: FollowUp = read("then", phrase)
    return value


def read_variant(phrase: str) -> Variant:
    """A wording under test and its share. Raises Unreadable."""
    value: Variant = read("variant", phrase)
    return value


def read_kind(phrase: str) -> KindPhrase:
    """What kind of feature it is. Raises Unreadable."""
    value: KindPhrase = read("kind", phrase)
    return value


def read_saving(phrase: str) -> Saving:
    """How much time one use saves. Raises Unreadable."""
    value: Saving = read("saving", phrase)
    return value


def read_share(phrase: str) -> Decimal:
    """A share, in 0..1. Raises Unreadable."""
    value: Decimal = read("share", phrase)
    return value


def read_stage(phrase: str) -> JourneyWindow:
    """The window of the journey in which a play is used. Raises Unreadable."""
    value: JourneyWindow = read("stage", phrase)
    return value


def read_costs(phrase: str) -> dict[str, Decimal]:
    """What a showing costs by channel. Raises Unreadable."""
    value: dict[str, Decimal] = read("costs", phrase)
    return value


def read_budget(phrase: str) -> tuple[Decimal, Decimal]:
    """How much attention offers may take, and within how many hours. Raises Unreadable."""
    value: tuple[Decimal, Decimal] = read("budget", phrase)
    return value


def read_salt(phrase: str) -> str:
    """The word that says which accounts are held out. Raises Unreadable."""
    return str(read("salt", phrase))


def read_yes_no(phrase: str) -> bool:
    """A setting that is on or off. Raises Unreadable."""
    return bool(read("yes_no", phrase) == "yes")


def read_priors(phrase: str) -> dict[str, Decimal]:
    """How likely each bundle is to be taken, by its name. Raises Unreadable."""
    value: dict[str, Decimal] = read("priors", phrase)
    return value


def read_hosts(phrase: str) -> tuple[str, ...]:
    """The hosts that links may lead to. Raises Unreadable."""
    value: tuple[str, ...] = read("hosts", phrase)
    return value


def entries(cell: str) -> Sequence[tuple[str, str]]:
    """`name: value; name: value` of a Limits or Settings cell, in order; a part without a colon has no value."""
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    out = []
    for part in parts:
        name, _, value = part.partition(":")
        out.append((name.strip(), value.strip()))
    return out
