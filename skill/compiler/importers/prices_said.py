"""Prices as people write them in a cell, put into the language's form; what is not certain is refused with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from skill.compiler import grammar
from skill.compiler.amounts import known_currencies
from skill.compiler.importers.plain import one_line, shown


@dataclass(frozen=True)
class Terms:
    """What a header or a neighbouring column says of the prices below it."""

    currency: str = ""
    unit: str = ""
    period: str = ""
    billed: str = ""


class NoPrice(ValueError):
    """A cell that is no price; the message says why."""


_PERIODS = {
    "monthly": "month",
    "month": "month",
    "mo": "month",
    "mth": "month",
    "pm": "month",
    "months": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
    "year": "year",
    "yr": "year",
    "annum": "year",
    "pa": "year",
    "weekly": "week",
    "week": "week",
    "daily": "day",
    "day": "day",
    "quarterly": "quarter",
    "quarter": "quarter",
    "one-time": "once",
    "one-off": "once",
    "once": "once",
}
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP"}
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD")
_BARE = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+|\d+),(\d{2})(?![\d.,])")
"""`29,00` and `1.490,50` can only be read with the comma as the point."""
_EITHER_WAY = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?![\d.,])")
"""`1.490` is a thousand to some and a little more than one to others."""
_CONTACT = re.compile(
    r"(?:please )?(?:contact|call|talk to|ask|email)(?: us| sales| our sales team)?(?: for (?:a )?(?:pricing|price|quote))?"
    r"|custom(?: pricing| price)?|(?:price )?on request|tailored|bespoke|get a quote|let's talk",
    re.IGNORECASE,
)
_UNSURE = re.compile(r"~|\bca\.?\b|\babout\b|\btbd\b|\?|\bor\b|\d\s*[-\u2013]\s*\d", re.IGNORECASE)
_FROM = re.compile(r"^(?:from|starting (?:at|from)|starts (?:at|from))\s+", re.IGNORECASE)
_SAYS_PERIOD = re.compile(
    r"\bper (?:month|year|week|day|quarter)\b|\bone time\b|\bonce\b", re.IGNORECASE
)
_SPELT = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (r"\bUS\s?\$", "USD "),
        (r"\bCA?\s?\$", "CAD "),
        (r"\bAU?\s?\$", "AUD "),
        (r"\bp\.\s?m\.?(?!\w)", " per month "),
        (r"\bp\.\s?a\.?(?!\w)", " per year "),
        (r"\s*/\s*", " per "),
        (r"\bper (?:mo|mth)\b\.?", "per month"),
        (r"\bper (?:yr|annum)\b\.?", "per year"),
        (r"(?<=\d)\s*monthly\b", " per month"),
        (r"(?<=\d)\s*(?:yearly|annually)\b", " per year"),
        (r",?\s*\b(?:billed|paid) (?:annually|yearly)\b", ", billed yearly"),
        (r",?\s*\b(?:billed|paid) monthly\b", ", billed monthly"),
        (r"\bone[ -](?:time|off)(?: (?:fee|payment))?\b", "one time"),
    )
)


def terms_of(header: str) -> Terms:
    """What a header says: `Monthly price (EUR)`, `price per seat per month`, `Yearly cost, billed yearly`."""
    text = one_line(header)
    low = text.lower()
    codes = [c for c in re.findall(r"\b[A-Z]{3}\b", text) if c in known_currencies()]
    currency = codes[0] if codes else next((c for s, c in _SYMBOLS.items() if s in text), "")
    billed = ""
    said = re.search(r"(?:billed|paid)\s+(annually|yearly|monthly|quarterly|weekly)", low)
    if said:
        billed = "yearly" if said[1] == "annually" else said[1]
        low = low.replace(said[0], " ")
    words = re.findall(r"[a-z]+(?:-(?:time|off))?", low.replace("one time", "one-time"))
    period = next((_PERIODS[w] for w in words if w in _PERIODS), "")
    if period in ("month", "year") and billed == f"{period}ly":
        billed = ""
    unit = next((u for u in re.findall(r"(?:per|/)\s*([a-z_]+)", low) if u not in _PERIODS), "")
    return Terms(currency, unit, period, billed)


def with_columns(terms: Terms, currency: str, unit: str, period: str) -> Terms:
    """The terms of a header, completed from the columns `currency`, `unit` and `period` of the same row.

    Raises:
        NoPrice: the row names a currency or period that is none, or another than the header does.
    """
    code = _SYMBOLS.get(currency, currency.upper())
    if code and code not in known_currencies():
        raise NoPrice(f"`{shown(currency)}` is no currency")
    if code and terms.currency and terms.currency != code:
        raise NoPrice(f"the column says {terms.currency}, and the row says {code}")
    word = period.lower().removeprefix("per ").replace("one time", "one-time").strip(" .")
    if word and word not in _PERIODS:
        raise NoPrice(f"`{shown(period)}` is no period")
    own = _PERIODS.get(word, "")
    if own and terms.period and terms.period != own:
        raise NoPrice(f"the column is per {terms.period}, and the row says {shown(period)}")
    plain = re.sub(r"^per\s+", "", one_line(unit).lower())
    return replace(
        terms,
        currency=terms.currency or code,
        period=terms.period or own,
        unit=terms.unit or re.sub(r"[^\w -]", "", plain),
    )


def said_price(cell: str, terms: Terms) -> str:
    """The price of a cell in the language's form.

    Raises:
        NoPrice: it cannot be read for certain; a price is never guessed, and never zero for want of a better one.
    """
    text = one_line(cell)
    if _CONTACT.fullmatch(text.rstrip(".!…")):
        return "contact us"
    if _UNSURE.search(text):
        raise NoPrice("it is not one certain amount")
    is_zero = re.fullmatch(r"0+(?:[.,]0+)?", text) and not terms.currency
    if is_zero or text.lower() in ("free", "gratis", "no charge", "free of charge"):
        return "free"
    either_way = _EITHER_WAY.search(text)
    if either_way:
        bare = either_way[0]
        raise NoPrice(f"`{bare}` may be {bare.replace('.', ',')} or {bare.rstrip('0')}")
    line = _with_terms(_with_currency(_spelt_out(text), terms.currency), terms)
    try:
        grammar.read_price(line)
    except grammar.Unreadable:
        why = "no currency stands with it" if _BARE.fullmatch(text) else ""
        raise NoPrice(why) from None
    return line


def _spelt_out(text: str) -> str:
    """A cell's text with slashes, abbreviations, decimal commas and signs behind the amount put into the language's form."""
    said = " ".join(re.sub(r"[()]", " ", text).split())
    said = _COMMA.sub(lambda m: f"{m[1].replace('.', '')}.{m[2]}", said, count=1)
    for pattern, form in _SPELT:
        said = pattern.sub(form, said)
    said = re.sub(r"^([\d.,]*\d)\s?([$€£])", lambda m: f"{_SYMBOLS[m[2]]} {m[1]}", said)
    if re.search(r"\d\+(?=\s|$)", said):
        said = f"from {said.replace('+', '', 1)}"
    return " ".join(said.split())


def _with_currency(said: str, currency: str) -> str:
    """The amount with the currency that its column names; a dollar sign is any dollar that the column names.

    Raises:
        NoPrice: the cell names another one.
    """
    if not currency:
        return said
    start, said = ("from ", _FROM.sub("", said)) if _FROM.match(said) else ("", said)
    codes = [c for c in re.findall(r"\b[A-Z]{3}\b", said) if c in known_currencies()]
    if not codes and said[:1] == "$" and currency in _DOLLARS:
        said, codes = f"{currency} {said[1:].strip()}", [currency]
    named = codes[0] if codes else _SYMBOLS.get(said[:1], "")
    if named and named != currency:
        raise NoPrice(f"it is in {named}, and its column says {currency}")
    return f"{start}{said}" if named else f"{start}{currency} {said}"


def _with_terms(said: str, terms: Terms) -> str:
    """The amount with the unit and period of its column, where the cell says none itself."""
    if _SAYS_PERIOD.search(said):
        return said
    amount = _BARE.search(said)
    comma = said.find(",", amount.end()) if amount else -1
    end = comma if comma >= 0 else len(said)
    tail = " one time" if terms.period == "once" else ""
    if terms.period != "once":
        tail += f" per {terms.unit}" if terms.unit and " per " not in said else ""
        tail += f" per {terms.period}" if terms.period else ""
        tail += f", billed {terms.billed}" if terms.billed and "billed" not in said else ""
    return said[:end].rstrip() + tail + said[end:]
