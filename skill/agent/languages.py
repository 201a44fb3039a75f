"""How a quote of any language says what stands in its slots: figures, money, lists and words. The agent's door to Babel.

A fact keeps one text, that of its Topic, whatever language is read. What a slot shows is derived from it here, by the
composer and again by the verifier, so that a figure changed in any language is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from skill.compiler.fact_words import price_words
from skill.compiler.languages import base_of, cldr, plural_form, plural_of, reading_order
from skill.model.common import slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import Playbook, Translation
from skill.model.topic import Quote, Span

if TYPE_CHECKING:
    from datetime import datetime

    from babel import Locale

_FIGURE = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(%?)")
_LENGTH = re.compile(r"(?:the last )?(\d*) ?(minute|hour|day|week|month|year)s?")
_FRACTION = re.compile(r"\.[0#]+")
_BUNDLES = ("plan", "bundle", "first_step", "lower", "plans")
_FEATURES = ("feature", "workaround", "options", "features")
_LISTS = {
    "admin_names": ("and", "standard"),
    "options": ("or", "or"),
    "features": ("and", "standard"),
    "plans": ("and", "standard"),
    "who_can_buy": ("or", "or"),
}
"""Slots that hold several names: the word before the last in a Topic's own language, and CLDR's style."""
_AMOUNTS = ("cost_now", "cost_then", "cost_added", "first_period")
"""Slots that hold an amount of money, as Topics write it."""
_AMOUNT = re.compile(r"([A-Z]{3}) (\d{1,3}(?:,\d{3})*(?:\.\d+)?)")
ORIGINAL = "en"
"""The language in which the compiler and the policy say figures and lists."""


class Value(NamedTuple):
    """What a slot says in the original, and the fact it rests on; a name from the Topics needs none."""

    text: str
    fact: str | None = None
    source: str = ""
    as_of: datetime | None = None
    parts: tuple[str, ...] = ()
    """The names of a list, each for itself."""


Values = dict[str, Value]


def place(span: Span) -> str:
    """Where a fact stands in the Topics: `product-bundles.md:24`."""
    return f"{span.file}:{span.line}"


def listed(names: Iterable[str], last: str) -> str:
    """`a, b or c`."""
    all_names = list(names)
    if len(all_names) < 2:
        return "".join(all_names)
    return f"{', '.join(all_names[:-1])} {last} {all_names[-1]}"


def slots_needed(quote: Quote) -> tuple[str, ...]:
    """The slots whose values a quote needs: `{left|seat|seats}` needs `left`."""
    return tuple(dict.fromkeys(plural_of(slot)[0] for slot in quote.slots))


def figure_of(text: str) -> Decimal | None:
    """The exact figure that a fact's text says: `50,000` or `82%`; None where it is no figure."""
    match = _FIGURE.fullmatch(text)
    return Decimal(match[1].replace(",", "") + (match[2] or "")) if match else None


@dataclass(frozen=True)
class Speech:
    """What one language says, with these Topics: exact, or not at all."""

    playbook: Playbook
    lang: str

    def fill(self, quote: Quote, values: Mapping[str, Value]) -> dict[str, str] | None:
        """The text of every slot of a quote; None where one cannot be said in its language."""
        texts: dict[str, str] = {}
        for slot in quote.slots:
            value = values.get(plural_of(slot)[0])
            text = self.says(slot, value) if value is not None else None
            if text is None:
                return None
            texts[slot] = text
        return texts

    def says(self, slot: str, value: Value) -> str | None:
        """What this slot shows of a value; None where the language has no way to say it.

        `{left|seat|seats}` shows the word that goes with the figure.
        """
        name, forms = plural_of(slot)
        if forms:
            return plural_form(forms, figure_of(value.text), self.lang)
        if name in ("projected_day", "reset_day"):
            return self._day(value.text)
        if self.lang == ORIGINAL or name == "owner_name":
            return value.text
        if name in _LISTS:
            return self._list(name, value)
        if name in _BUNDLES or name in _FEATURES:
            return self.name(name, value.text)
        if name == "price":
            return self._price(value)
        if name in _AMOUNTS:
            amount = _AMOUNT.fullmatch(value.text)
            return amount and money_text(Decimal(amount[2].replace(",", "")), amount[1], self.lang)
        figure = figure_of(value.text)
        if figure is not None:
            return figure_text(figure, self.lang, percent=value.text.endswith("%"))
        return self.word(value.text) or self._length(value.text)

    def name(self, slot: str, original: str) -> str:
        """A feature's or bundle's name in this language; where no sibling names it, its own."""
        for translation in self._chain():
            names = translation.features if slot in _FEATURES else translation.bundles
            if slug(original) in names:
                return names[slug(original)]
        return original

    def word(self, original: str) -> str | None:
        """A word of a fact in this language; None where no table has it."""
        key = slug(original)
        found = (t.words[key] for t in self._chain() if key in t.words)
        return next(found, original if base_of(self.lang) == ORIGINAL else None)

    def _chain(self) -> Iterable[Translation]:
        known = self.playbook.translations
        return (known[lang] for lang in reading_order(self.lang) if lang in known)

    def _list(self, slot: str, value: Value) -> str | None:
        last, style = _LISTS[slot]
        head, _, end = value.text.rpartition(f" {last} ")
        names = (*head.split(", "), end) if head else (end,)
        if value.parts and names != value.parts:
            if slot == "admin_names":
                return None  # nobody could tell these names apart again
            names = value.parts
        if slot == "who_can_buy":
            roles = [word for name in names if (word := self.word(name)) is not None]
            return list_text(roles, style, self.lang) if len(roles) == len(names) else None
        if slot != "admin_names":
            names = tuple(self.name(slot, name) for name in names)
        return list_text(names, style, self.lang)

    def _price(self, value: Value) -> str | None:
        """A price line of the Topics, said anew from its exact amount."""
        bundle = self.playbook.bundles.get((value.fact or "").removeprefix("price."))
        for price in bundle.prices if bundle is not None else ():
            if place(price.span) == value.source and price.text == value.text:
                return self.price(price)
        return None

    def price(self, price: Price) -> str | None:
        """A price in this language: its exact amount by CLDR, and the words of the table; None where one is missing."""
        needed = price_words(price)
        before, units, after = (
            [self.word(w) for w in words] for words in (needed.before, needed.units, needed.after)
        )
        if not all((*before, *units, *after)):
            return None
        text: str | None = ""
        if price.amount is not None and price.currency and price.kind is not PriceKind.FREE:
            text = money_text(price.amount, price.currency, self.lang)
        elif not before:
            return None
        for word in reversed(before):
            text = _around(word or "", text or "")
        text = " ".join(filter(None, (text, *units)))
        if needed.period:
            said = self.word(f"per {needed.period}") if base_of(self.lang) != ORIGINAL else None
            text = f"{text} {said}" if said else per_text(text, needed.period, self.lang)
        return ", ".join((text, *filter(None, after))) if text else None

    def _day(self, text: str) -> str | None:
        try:
            return day_text(date.fromisoformat(text), self.lang)
        except ValueError:
            return None

    def _length(self, text: str) -> str | None:
        """`the last 2 weeks` and `30 days`: the length alone, as CLDR says it."""
        match = _LENGTH.fullmatch(text)
        return length_text(int(match[1] or 1), match[2], self.lang) if match else None


def _around(word: str, text: str) -> str:
    """A word and what it belongs to: in front of it, or where the word says `...`."""
    if "..." in word:
        return word.replace("...", text)
    return " ".join(filter(None, (word, text)))


def _locale(lang: str) -> Locale:
    """CLDR's data of a language; of the nearest that it knows."""
    found = (known for tag in reading_order(lang) if (known := cldr(tag)) is not None)
    known = next(found, None) or cldr(ORIGINAL)
    assert known is not None
    return known


def figure_text(figure: Decimal, lang: str, *, percent: bool = False) -> str:
    """An exact figure in a language's own writing, every digit kept: `50.000`, `0,5`, `82 %`."""
    from babel.numbers import format_decimal, format_percent

    if percent:
        return format_percent(figure.scaleb(-2), locale=_locale(lang), decimal_quantization=False)
    return format_decimal(figure, locale=_locale(lang), decimal_quantization=False)


def day_text(day: date, lang: str) -> str:
    """A day of this year or the next in a language's own writing: `November 24`, `24. November`."""
    from babel.dates import format_skeleton

    return format_skeleton("MMMMd", day, locale=_locale(lang))


def money_text(amount: Decimal, currency: str, lang: str) -> str:
    """An exact amount with its currency in a language's own writing, every digit kept and none added but for cents.

    A whole amount has no decimals where its Topic wrote none: `49 €`, and `49,00 €` for `EUR 49.00`.
    """
    from babel.numbers import format_currency, get_currency_precision

    locale = _locale(lang)
    exponent = amount.as_tuple().exponent
    written = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    places = max(written, get_currency_precision(currency)) if written else 0
    pattern = _FRACTION.sub("", locale.currency_formats["standard"].pattern)
    if places:
        pattern = re.sub(r"(?<=0)(?![0#,.])", "." + "0" * places, pattern)
    return format_currency(
        amount,
        currency,
        pattern,
        locale=locale,
        currency_digits=False,
        decimal_quantization=False,
    )


def list_text(names: Iterable[str], style: str, lang: str) -> str:
    """Several names in one phrase: `a, b und c`, `a, b oder c`."""
    from babel.lists import format_list

    standard = style == "standard"
    return format_list(list(names), "standard" if standard else "or", locale=_locale(lang))


def per_text(text: str, period: str, lang: str) -> str | None:
    """So much for each period: `49 € pro Monat`; None where CLDR has no words for it."""
    from babel.units import format_compound_unit

    unit = f"duration-{period}"
    for length in ("long", "short"):
        said = format_compound_unit(
            text,
            denominator_unit=unit,
            length=length,
            locale=_locale(lang),
        )
        # Where CLDR lacks a length, Babel puts the unit's own key into the text.
        if said and unit not in said:
            return said
    return None


def length_text(n: int, unit: str, lang: str) -> str | None:
    """A length of time: `2 Wochen`; None where CLDR has no words for it."""
    from babel.units import format_unit

    for length in ("long", "short"):
        said = format_unit(n, f"duration-{unit}", length=length, locale=_locale(lang))
        if "duration-" not in said:
            return said
    return None
