"""What CLDR knows of languages: which one stands in for which, and the words that a figure chooses. The compiler's door to Babel."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale


def plural_of(slot: str) -> tuple[str, tuple[str, ...]]:
    """The slot whose figure decides, and the words to choose from: `left|seat|seats` is (`left`, (`seat`, `seats`)).

    A plain slot has no words.
    """
    name, *forms = (part.strip() for part in slot.split("|"))
    return name, tuple(forms)


_ORDER = ("zero", "one", "two", "few", "many", "other")
"""The order in which CLDR, and therefore a writer, lists the categories of a plural."""


@lru_cache(maxsize=256)
def plural_categories(lang: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All plural categories of a language in their order, and those that a figure under a million can have.

    French has `many` for whole millions alone; a writer may leave it out.

    Source: CLDR plural rules, through Babel.
    """
    known = cldr(lang)
    if known is None:
        return ("other",), ("other",)
    rule = known.plural_form
    every = tuple(c for c in _ORDER if c in rule.tags or c == "other")
    figures = [*(Decimal(n) for n in range(1001)), *(Decimal(n) / 10 for n in range(1, 200, 2))]
    met = {rule(figure) for figure in figures}
    return every, tuple(c for c in every if c in met or c == "other")


def plural_form(forms: tuple[str, ...], figure: Decimal | None, lang: str) -> str:
    """The word that goes with a figure; what is no figure (`unlimited`) takes the last one."""
    known = cldr(lang)
    if figure is None or known is None:
        return forms[-1]
    every, needed = plural_categories(lang)
    order = every if len(forms) == len(every) else needed
    category = known.plural_form(figure)
    at = order.index(category) if category in order else len(forms) - 1
    return forms[min(at, len(forms) - 1)]


_SUFFIX = re.compile(r"\.([a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?)$")


def language_of(stem: str) -> str | None:
    """The language that a file name ends with: `product-bundles.de-AT` is `de-AT`; None where it ends with none.

    Three letters are often something else (`features.api`), so they must be a language that CLDR knows.
    """
    match = _SUFFIX.search(stem)
    if match is None or (len(base_of(match[1])) == 3 and cldr(match[1]) is None):
        return None
    return match[1]


@lru_cache(maxsize=256)
def cldr(lang: str) -> Locale | None:
    """What CLDR knows of a language (`de`, `de-AT`, `zh-Hant`); None where it knows nothing. Never raises."""
    if len(lang) > 35 or not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", lang):
        return None
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(lang.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,6}")
_LONGEST_TAG = 60


def base_of(tag: str) -> str:
    """The language of a tag without its region or script."""
    return tag.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=1024)
def reading_order(locale: str) -> tuple[str, ...]:
    """The languages that a person of this locale reads, nearest first: `de-AT` reads `de-AT`, then `de`.

    One script never stands in for another: `zh-TW` reads `zh-Hant` and not `zh`. What is no locale reads nothing,
    so that everything is shown in its original.

    Source: RFC 4647 lookup, with the parents and scripts of CLDR.
    """
    if len(locale) > _LONGEST_TAG or not _TAG.fullmatch(locale):
        return ()
    from babel.core import get_global

    parents, likely = get_global("parent_exceptions"), get_global("likely_subtags")
    parts: list[str] = []
    for at, part in enumerate(re.split("[-_]", locale)):
        if len(part) == 1:
            break  # what follows is about calendars and the like, not about words
        cased = part.title() if len(part) == 4 else part.upper() if len(part) < 4 else part.lower()
        parts.append(cased if at else part.lower())
    order = ["-".join(parts)]
    usual = _script_of(str(likely.get(parts[0], "")))
    whole = str(likely.get("_".join(parts), ""))
    if len(parts) == 2 and len(parts[1]) < 4 and _script_of(whole) not in ("", usual):
        order.append(whole.replace("_", "-"))
    while "-" in order[-1]:
        last = order[-1]
        parent = parents.get(last.replace("-", "_"))
        up = str(parent).replace("_", "-") if parent else last.rpartition("-")[0]
        if up == "root" or ("-" not in up and _script_of(last) not in ("", usual)):
            break
        order.append(up)
    return tuple(dict.fromkeys(order))


def _script_of(tag: str) -> str:
    return next((p for p in re.split("[-_]", tag)[1:] if len(p) == 4 and p.isalpha()), "")
