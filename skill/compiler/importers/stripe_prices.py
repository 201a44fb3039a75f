"""Prices of Stripe as price lines: exact amounts in the currency's own units, or the reason why there is no line for it.

Source: Stripe, "Supported currencies" (zero-decimal currencies, three-decimal currencies, special cases). This is not
the number of decimals that people write: MGA and JPY have none at Stripe, while ISK and UGX, which are written without
decimals, are still counted in hundredths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from skill.compiler.amounts import known_currencies
from skill.compiler.importers.plain import money, one_line, shown
from skill.model.common import slug

NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
"""Amounts are whole units. UGX stands in Stripe's list as well, and its special case (hundredths) holds."""
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_PERIODS = {
    ("day", 1): "day",
    ("week", 1): "week",
    ("day", 7): "week",
    ("month", 1): "month",
    ("month", 3): "quarter",
    ("month", 12): "year",
    ("year", 1): "year",
}
_MAX_DIGITS = 30


class NotSayable(ValueError):
    """A price that the language has no form for; the message says why."""


@dataclass(frozen=True)
class PriceLine:
    """A price in the language's form, with the currency it is in."""

    text: str
    currency: str


def major(minor: Decimal, currency: str) -> Decimal:
    """An amount of Stripe (`2900`) in the currency's own units (`29`), exactly."""
    if currency in NO_DECIMALS:
        return minor
    return minor.scaleb(-3 if currency in THREE_DECIMALS else -2)


def lines_of(price: Mapping[str, Any], unit_label: str) -> Iterator[PriceLine | NotSayable]:
    """A line for each currency of a price, or why there is none for it."""
    own = str(price.get("currency") or "").lower()
    yield _line(price, price, own, unit_label)
    options = price.get("currency_options")
    for currency, option in options.items() if isinstance(options, Mapping) else ():
        if str(currency).lower() != own and isinstance(option, Mapping):
            yield _line(price, option, str(currency).lower(), unit_label)


def _line(
    price: Mapping[str, Any], option: Mapping[str, Any], currency: str, unit_label: str
) -> PriceLine | NotSayable:
    try:
        return _told(price, option, currency.upper(), unit_label)
    except NotSayable as wrong:
        return NotSayable(f"{currency.upper()}: {wrong}" if option is not price else str(wrong))


def _told(
    price: Mapping[str, Any], option: Mapping[str, Any], currency: str, unit_label: str
) -> PriceLine:
    if currency not in known_currencies():
        raise NotSayable(f"`{shown(currency)}` is no currency")
    if option.get("custom_unit_amount") is not None:
        raise NotSayable("the customer chooses the amount")
    if price.get("transform_quantity") is not None:
        raise NotSayable("the quantity is divided and rounded before it is charged")
    start, amount, counts_units = _amount(price, option, currency)
    unit = _unit(price, unit_label) if counts_units else ""
    unit = unit or ("unit" if start else "")
    per = f" per {unit}" if unit else ""
    tax = ", excluding tax" if option.get("tax_behavior") == "exclusive" else ""
    period = _period(price)
    return PriceLine(f"{start}{currency} {money(amount)}{per}{period}{tax}", currency)


def _period(price: Mapping[str, Any]) -> str:
    recurring = price.get("recurring")
    if not isinstance(recurring, Mapping):
        if price.get("type") == "recurring":
            raise NotSayable("it recurs, and does not say how often")
        return " one time"
    interval, n = str(recurring.get("interval")), recurring.get("interval_count", 1)
    period = _PERIODS.get((interval, n if isinstance(n, int) and not isinstance(n, bool) else 0))
    if period is None:
        raise NotSayable(
            f"it is charged every {shown(n)} {shown(interval)}s, and no period is that long"
        )
    return f" per {period}"


def _unit(price: Mapping[str, Any], unit_label: str) -> str:
    """What one of them is: the product's own label; metered use without a label is counted in units."""
    words = slug(unit_label).replace("-", " ") if one_line(unit_label) else ""
    recurring = price.get("recurring")
    metered = isinstance(recurring, Mapping) and recurring.get("usage_type") == "metered"
    if any(w.isdigit() for w in words.split()):
        raise NotSayable(f"its unit `{shown(unit_label)}` holds a number")
    return words or ("unit" if metered else "")


def _amount(
    price: Mapping[str, Any], option: Mapping[str, Any], currency: str
) -> tuple[str, Decimal, bool]:
    """What stands before the amount, the amount, and whether it is for each unit."""
    if price.get("billing_scheme") == "tiered" or option.get("tiers"):
        return _tiered(price, option, currency)
    minor = _minor(option, "unit_amount")
    if minor is None:
        raise NotSayable("it has no amount")
    return "", major(minor, currency), True


def _minor(part: Mapping[str, Any], name: str) -> Decimal | None:
    """An amount in Stripe's units; the decimal one is exact where the whole one is null.

    Raises:
        NotSayable: no number, below zero, or of an absurd size.
    """
    value = part.get(f"{name}_decimal")
    value = part.get(name) if value is None else value
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise NotSayable(f"its amount `{shown(value)}` is no number") from None
    if isinstance(value, bool) or not amount.is_finite() or amount < 0:
        raise NotSayable(f"its amount `{shown(value)}` is no amount")
    if amount.adjusted() > _MAX_DIGITS or amount.as_tuple().exponent < -_MAX_DIGITS:  # type: ignore[operator]
        raise NotSayable("its amount is of an absurd size")
    return amount


def _tiered(
    price: Mapping[str, Any], option: Mapping[str, Any], currency: str
) -> tuple[str, Decimal, bool]:
    """Tiers that say the same as one price: a single one, or a free first part and one price from then on."""
    tiers = option.get("tiers")
    if not isinstance(tiers, list) or not tiers or not all(isinstance(t, Mapping) for t in tiers):
        raise NotSayable("it has tiers, and the export does not hold them (expand `data.tiers`)")
    each = [(t.get("up_to"), _minor(t, "unit_amount"), _minor(t, "flat_amount")) for t in tiers]
    if len(each) == 1:
        _, unit, flat = each[0]
        if unit is not None and not flat:
            return "", major(unit, currency), True
        if flat is not None and not unit:
            return "", major(flat, currency), False
        raise NotSayable("it has a flat part and a part for each unit")
    (up_to, first, first_flat), (_, rest, rest_flat) = each[:2]
    free_first = not first and not first_flat
    graduated = price.get("tiers_mode") == "graduated"
    sayable = free_first and graduated and len(each) == 2 and not rest_flat
    if sayable and rest is not None and isinstance(up_to, int) and up_to > 0:
        return f"first {up_to:,} free, then ", major(rest, currency), True
    mode = shown(price.get("tiers_mode") or "its")
    raise NotSayable(f"{mode} tiers ({len(each)} of them) are no single price")
