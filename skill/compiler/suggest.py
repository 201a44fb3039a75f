"""The readable form of what somebody surely meant: prices, amounts and rules written the way people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from skill.compiler import grammar
from skill.model.common import slug

_SIGNS = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
}
_FIGURE = re.compile(r"\d[\d.,'\s]*\d|\d")
_PERIOD = re.compile(
    r"(?:/|\bper\b|\ba\b|\beach\b)\s*(?P<period>mo(?:nth)?|yr|year|annum|week|day|hour)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:/|\bper\b)\s*(?P<unit>user|seat|workspace|person|member|team|agent)\b", re.IGNORECASE
)
_LONG = {"mo": "month", "yr": "year", "annum": "year"}
_THOUSANDS = {"k": 1_000, "m": 1_000_000}


def price(phrase: str) -> str | None:
    """A price line that says what this phrase says; None where it is not sure what it says."""
    currency = next((code for sign, code in _SIGNS.items() if sign in phrase.lower()), None)
    currency = currency or next(iter(re.findall(r"\b[A-Z]{3}\b", phrase)), None)
    figures = _FIGURE.findall(phrase)
    amount = _plain(figures[0]) if len(figures) == 1 else None
    if currency is None or amount is None:
        return None
    unit, period = _UNIT.search(phrase), _PERIOD.search(phrase)
    said = f"{currency} {amount}"
    said += f" per {unit['unit'].lower()}" if unit else ""
    if period:
        word = period["period"].lower()
        said += f" per {_LONG.get(word, word)}"
    return said if _reads("price", said) else None


def amount(phrase: str) -> str | None:
    """A limit that says what this phrase says: `50k` is `50,000`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([km])\b(.*)", phrase.strip(), re.IGNORECASE)
    if match:
        whole = float(match[1]) * _THOUSANDS[match[2].lower()]
        said = f"{whole:,.0f}{match[3]}"
        return said if whole == int(whole) and _reads("amount", said) else None
    spaced = re.sub(r"(?<=\d)[\s'](?=\d{3}\b)", ",", phrase)
    return spaced if spaced != phrase and _reads("amount", spaced) else None


def limit(part: str, meters: Iterable[tuple[str, str]]) -> str | None:
    """`10 seats` as `seats: 10`; meters are their names and units."""
    match = re.fullmatch(r"([\d.,]+)\s+(\w+)(.*)", part.strip())
    for name, unit in meters:
        if slug(part) == slug(name):
            return f"{name}: 10"
        if match and slug(match[2]).rstrip("s") in {slug(name).rstrip("s"), slug(unit).rstrip("s")}:
            return f"{name}: {match[1]}{match[3]}"
        behind = re.fullmatch(rf"{re.escape(name)}\s+([\d.,]+.*)", part.strip(), re.IGNORECASE)
        if behind:
            return f"{name}: {behind[1]}"
    return None


def rule(phrase: str, audiences: Iterable[str]) -> str | None:
    """A rule that says what this phrase says: `touch = high`, `country is A or B`, the bare name of an audience."""
    bare = re.sub(r"^(?:only|for)\s+", "", phrase.strip(), flags=re.IGNORECASE)
    negated = re.sub(r"^(?:not|no|except)\s+", "", bare, flags=re.IGNORECASE)
    for name in audiences:
        if slug(bare) == slug(name):
            return f"{name} is true"
        if slug(negated) == slug(name):
            return f"{name} is not true"
    equal = re.sub(r"\s*(?:==?|:)\s*", " is ", phrase)
    if equal != phrase and _reads("rule", equal):
        return equal
    both = re.fullmatch(
        r"(?P<what>.+?) is (?P<one>[\w -]+?) (?P<joint>or|and) (?P<other>[\w -]+)", phrase
    )
    if both and " is " not in both["other"]:
        said = f"{both['what']} is {both['one']}, or {both['what']} is {both['other']}"
        return said if _reads("rule", said) else None
    return None


def names(written: str) -> str | None:
    """Why a cell of names names nothing: they are separated by commas, and nothing is excluded in it."""
    if re.match(r"(?:not|no|all but|except)\b", written, re.IGNORECASE):
        return "a row says who or what is meant, never who is not; make an audience with `is not` in its rule"
    if re.search(r"\s(?:or|and|und|oder)\s|;|<br|\s/\s|&", written, re.IGNORECASE):
        return "separate names with commas"
    return None


def _plain(figure: str) -> str | None:
    """A figure with a point before its cents; None where it may mean two things."""
    compact = re.sub(r"[\s']", "", figure)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d{1,2}", compact):
        return compact.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d+,\d{2}", compact):
        return compact.replace(",", ".")
    if re.fullmatch(r"\d+(?:\.\d{1,2})?|\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?", compact):
        return compact
    return None


def _reads(start: grammar.Start, phrase: str) -> bool:
    try:
        grammar.read(start, phrase)
    except grammar.Unreadable:
        return False
    return True
