"""Prices, units and limits of a pricing file, as the Topic language writes them.

Billing coefficients give yearly prices; a price that is words (`Contact Sales`) is no price.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from skill.compiler.importers.plain import number, shown, title
from skill.compiler.importers.pricing_things import Named, Pricing, table

_CONTACT = re.compile(r"contact|custom|talk|quote|request|sales", re.IGNORECASE)
_UNSAFE_UNIT = re.compile(r"[^\w\s-]")
_YEARLY = ("annual", "annually", "yearly", "year")
_PERIODS = ("month", "year", "week", "day", "quarter")


def prices(pricing: Pricing, bundle: Named, lost: list[str]) -> Iterator[str]:
    """The price lines of a plan or add-on: monthly first, then yearly by the file's coefficient."""
    price = bundle.raw.get("price")
    if price is None:
        return
    amount = _price_amount(price)
    if amount is None:
        if isinstance(price, str) and _CONTACT.search(price):
            yield "contact us"
        else:
            lost.append(f"`{shown(bundle.original)}`: the price `{shown(price)}` is no amount")
        return
    if amount < 0:
        lost.append(f"`{shown(bundle.original)}`: the price `{shown(price)}` is below zero")
        return
    units, period, once = unit_of(bundle.raw.get("unit"))
    if once:
        yield f"{pricing.currency} {number(amount)} one time"
        return
    per = "".join(f" per {u}" for u in units)
    yield f"{pricing.currency} {number(amount)}{per}" + (f" per {period}" if period else "")
    share = _yearly_share(pricing)
    if period == "month" and share is not None and amount > 0:
        yearly = number((amount * share).normalize())
        yield f"{pricing.currency} {yearly}{per} per month, billed yearly"


def _price_amount(price: Any) -> Decimal | None:
    """The exact amount of a price, or None where it is none."""
    if isinstance(price, str):
        bare = price.strip().lstrip("$€£").strip()
        if not re.fullmatch(r"\d+(\.\d+)?|\d{1,3}(,\d{3})+(\.\d+)?", bare, re.ASCII):
            return None
        return Decimal(bare.replace(",", ""))
    if isinstance(price, bool) or not isinstance(price, int | float):
        return None
    return Decimal(str(price)) if math.isfinite(price) else None


def _yearly_share(pricing: Pricing) -> Decimal | None:
    for name, share in table(pricing.raw.get("billing")).items():
        if str(name).lower() in _YEARLY and not isinstance(share, bool):
            try:
                value = Decimal(str(share))
            except ArithmeticError:
                return None
            return value if value.is_finite() and 0 < value <= 1 else None
    return None


def unit_of(raw: Any) -> tuple[list[str], str, bool]:
    """`user/month/workspace` is per user per workspace, each month; `one time payment` is paid once."""
    text = str(raw or "").strip()
    if re.search(r"one[ -]?time|once", text, re.IGNORECASE):
        return [], "", True
    period = ""
    units: list[str] = []
    for part in text.split("/"):
        word = " ".join(re.sub(r"[^\w\s-]", " ", part).split())
        word = re.sub(r"^per\s+", "", word, flags=re.IGNORECASE)
        if word.lower() in _PERIODS and not period:
            period = word.lower()
        elif word:
            units.append(title(word, keep_key=False).lower())
    return units, period, False


def counted(raw: Any) -> tuple[list[str], str]:
    """What a limit counts, and per which period: the first word is always what is counted (`month`, `hour/month`)."""
    first, _, rest = str(raw or "").partition("/")
    units, period, _ = unit_of(rest)
    word = " ".join(_UNSAFE_UNIT.sub(" ", first).split())
    head = word if word.isupper() else title(word, keep_key=False).lower()
    return ([head] if head else []) + units, period


def amount_of(value: Any, limit: Named) -> str:
    """A limit's value as the Topic language writes it; nothing where the file says nothing."""
    if value is None or isinstance(value, bool):
        return "unlimited" if value is True else ""
    if isinstance(value, float) and math.isinf(value):
        return "unlimited"
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return ""
    if not amount.is_finite() or amount < 0:
        return ""
    units, period = counted(limit.raw.get("unit"))
    parts = [number(amount)]
    if units and re.fullmatch(r"[A-Za-z][\w -]*", units[0]):
        parts.append(units[0])
    parts += [f"per {u}" for u in units[1:]]
    if period:
        parts.append(f"per {period}")
    return " ".join(parts)
