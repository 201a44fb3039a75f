"""Amounts in a question: `3,000`, `0.5 GB`, `50k`, `two dozen`, with the unit that follows, exact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_SCALE = {
    "k": 1_000, "m": 1_000_000, "mn": 1_000_000, "mm": 1_000_000, "bn": 10**9, "b": 10**9, "thousand": 1_000,
    "grand": 1_000, "million": 1_000_000, "mio": 1_000_000, "billion": 10**9, "hundred": 100, "dozen": 12,
}  # fmt: skip
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_TENS = ("thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: n for n, word in enumerate(_SMALL)} | {
    word: 30 + 10 * n for n, word in enumerate(_TENS)
}

_FIGURE = re.compile(
    r"(?<![\w.,])-?(?P<figure>\d{1,3}(?:[,'\u202f\u00a0 ]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.000)+(?![\d.])"
    r"|\d{1,15}(?:\.\d{1,6})?)(?![.,]?\d)(?P<tail>[a-z%]*)(?P<next>[ -]{1,2}[a-z%]+)?(?P<after>[ -]{1,2}[a-z%]+)?",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"\b(?:(?P<half>half )?an? (?P<times>hundred|thousand|million|billion|dozen)|(?P<couple>a couple)"
    rf"|(?P<said>{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?:[ -](?P<ones>{'|'.join(_SMALL[1:10])}))?"
    rf"(?: (?P<scale>hundred|thousand|million|billion|dozen))?)\b(?: thousand\b(?P<kilo>))?(?: of)?(?: (?P<unit>[a-z]+))?",
    re.IGNORECASE,
)

_BYTES = {"byte": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "pb": 10**15,
          "kilobyte": 10**3, "megabyte": 10**6, "gigabyte": 10**9, "terabyte": 10**12, "petabyte": 10**15,
          "gig": 10**9, "meg": 10**6, "tera": 10**12, "mib": 2**20, "gib": 2**30, "tib": 2**40}  # fmt: skip
_SECONDS = {"millisecond": Decimal("0.001"), "ms": Decimal("0.001"), "second": 1, "sec": 1, "minute": 60, "min": 60,
            "hour": 3_600, "hr": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000,
            "quarter": 7_776_000, "year": 31_536_000}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """One number of a question, with the word behind it and where it stands."""

    value: Decimal
    unit: str
    """The word that follows, lower case; empty where there is none."""
    start: int
    end: int
    more_than: bool = False
    """True for `more than 10`: the amount itself is not enough."""


def amounts(text: str) -> tuple[Amount, ...]:
    """All amounts of a text in the order they stand; a figure inside a name (`2x`, `x12`) is none."""
    found = [a for match in _FIGURE.finditer(text) if (a := _written(match, text)) is not None]
    taken = [(a.start, a.end) for a in found]
    for match in _SPOKEN.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(_spoken(match, text))
    return tuple(sorted(found, key=lambda a: a.start))


def _written(match: re.Match[str], text: str) -> Amount | None:
    figure = match["figure"]
    figure = (
        figure.replace(".", "")
        if re.fullmatch(r"\d{1,3}(?:\.000)+", figure)
        else re.sub(r"[,'\s]", "", figure)
    )
    value, end, tail = Decimal(figure), match.end("figure"), match["tail"].lower()
    following = [(part or "").strip(" -").lower() for part in (match["next"], match["after"])]
    if tail in _SCALE:
        value, end = value * _SCALE[tail], match.end("tail")
    elif tail and singular(tail) not in _BYTES and singular(tail) not in _SECONDS and tail != "%":
        return None
    elif not tail and len(following[0]) > 2 and following[0] in _SCALE:
        value, end = value * _SCALE[following.pop(0)], match.end("next")
    unit = tail if tail and tail not in _SCALE else following[0]
    return Amount(value, unit, match.start(), end, _past(text, match.start()))


def _spoken(match: re.Match[str], text: str) -> Amount:
    if match["couple"]:
        value = Decimal(2)
    elif match["times"]:
        value = Decimal(_SCALE[match["times"].lower()]) / (2 if match["half"] else 1)
    else:
        value = Decimal(
            _WORDS[match["said"].lower()] + (_WORDS[match["ones"].lower()] if match["ones"] else 0)
        )
        value *= _SCALE[match["scale"].lower()] if match["scale"] else 1
    if match["kilo"] is not None:
        value *= 1_000
    end = match.start("unit") if match["unit"] else match.end()
    return Amount(
        value, (match["unit"] or "").lower(), match.start(), end, _past(text, match.start())
    )


def _past(text: str, start: int) -> bool:
    return bool(
        re.search(
            r"\b(?:more than|over|above|beyond|past|exceed\w*) $",
            text[max(0, start - 14) : start].lower(),
        )
    )


def singular(word: str) -> str:
    """`calls` as `call`, `GBs` as `gb`: enough for units."""
    word = word.lower().strip(".")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


def same_kind(one: str, other: str) -> bool:
    """True where both are units of bytes, both of time, or the same word."""
    a, b = singular(one), singular(other)
    return a == b or any(a in table and b in table for table in (_BYTES, _SECONDS))


def in_unit(value: Decimal, unit: str, wanted: str) -> Decimal:
    """The amount in another unit of the same kind: 1 TB is 1000 GB, 3 months are 90 days; else unchanged."""
    a, b = singular(unit), singular(wanted)
    for table in (_BYTES, _SECONDS):
        if a in table and b in table and a != b:
            exact = value * Decimal(str(table[a])) / Decimal(str(table[b]))
            return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact
    return value
