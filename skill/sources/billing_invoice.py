"""What Stripe's answers say, read strictly: the next invoice in the currency's own units, or that it is no price.

Source: Stripe "The Invoice object", https://docs.stripe.com/api/invoices/object: prorations are the lines whose
`parent.subscription_item_details.proration` is true; "The Price object".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from skill.model.account import Account
from skill.model.preview import Billed, Tax, UnitPrice
from skill.sources.billing import Change
from skill.sources.source import STRIPE

_LONGEST_ID = 200


class NoPriceError(Exception):
    """Why there is no price; never leaves the rooms of billing."""


def billed(
    made: Mapping[str, Any], units: tuple[UnitPrice, ...], change: Change, as_of: datetime
) -> Billed:
    """The invoice in the currency's own units; anything that is not exactly an invoice in that currency is none."""
    if str(made.get("currency")).upper() != change.currency.upper():
        raise NoPriceError("its answer is in another currency")
    rows = rows_of(made.get("lines"))
    first, further = 0, 0
    for row in rows:
        amount = _whole(row.get("amount"))
        if str(row.get("currency")).upper() != change.currency.upper():
            raise NoPriceError("its answer is in another currency")
        if _is_proration(row, change.now):
            first += amount
        else:
            further += amount
    subtotal, total = _whole(made.get("subtotal")), _whole(made.get("total"))
    if first + further != subtotal:
        raise NoPriceError("the lines of its answer do not add up")
    tax, tax_is = _taxes(made.get("total_taxes"))
    is_prorated = any(_is_proration(row, change.now) for row in rows)
    prorated = change.now.replace(microsecond=0) if is_prorated else None
    money = _Money(change.currency)
    return Billed(
        source=STRIPE,
        as_of=_stamp(as_of),
        currency=change.currency,
        first=money.of(first),
        further=money.of(further),
        subtotal=money.of(subtotal),
        tax=money.of(tax),
        tax_is=tax_is,
        total=money.of(total),
        prorated_at=_stamp(prorated) if prorated else None,
        units=units,
    )


class _Money(NamedTuple):
    """Amounts of Stripe in a currency's own units."""

    currency: str

    def of(self, minor: Decimal | int) -> Decimal:
        """`2900` as `29.00`, and as `2900` in yen; exactly."""
        # Loaded here, because most questions are about no price.
        from skill.compiler.importers.stripe_prices import major

        return major(Decimal(minor), self.currency)


def _is_proration(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a line is the credit or charge for the days that are left from now: not that of an earlier change."""
    parent, period = row.get("parent"), row.get("period")
    details = parent.get("subscription_item_details") if isinstance(parent, Mapping) else None
    if not isinstance(details, Mapping) or not isinstance(period, Mapping):
        return False
    return details.get("proration") is True and period.get("start") == int(now.timestamp())


def _taxes(told: object) -> tuple[int, Tax]:
    if told is None:
        return 0, "not_said"
    if not isinstance(told, list) or not all(isinstance(t, Mapping) for t in told):
        raise NoPriceError("its answer is no invoice")
    sides = {str(t.get("tax_behavior")) for t in told}
    total = sum(_whole(t.get("amount")) for t in told)
    if sides == {"exclusive"}:
        return total, "excluded"
    return total, "included" if sides == {"inclusive"} else "not_said"


def unit_of(bundle: str, price: Mapping[str, Any], currency: str) -> UnitPrice:
    """What Stripe asks for one unit in the offer's currency."""
    own = str(price.get("currency")).upper() == currency.upper()
    options = price.get("currency_options")
    other = options.get(currency.lower()) if isinstance(options, Mapping) else None
    said = price if own else other
    if not isinstance(said, Mapping):
        raise NoPriceError(f"no price of `{bundle}` in that currency")
    amount = said.get("unit_amount_decimal")
    amount = said.get("unit_amount") if amount is None else amount
    is_one = price.get("billing_scheme") == "per_unit" and not price.get("transform_quantity")
    recurring = price.get("recurring")
    period = "once"
    if isinstance(recurring, Mapping):
        is_single = recurring.get("interval_count") == 1
        period = str(recurring.get("interval")) if is_single else ""
    return UnitPrice(
        bundle=bundle,
        amount=_Money(currency).of(_exact(amount)) if is_one and amount is not None else None,
        period=period if period in ("month", "year", "once") else "",
        price_id=str(price["id"]),
    )


def _exact(value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        raise NoPriceError("its answer is no price") from None
    if isinstance(value, bool | float) or not found.is_finite() or found < 0:
        raise NoPriceError("its answer is no price")
    return found


def plain(answer: Any) -> Mapping[str, Any]:
    """Their objects raise where a field is missing; a plain mapping says so."""
    told = answer.to_dict()
    if not isinstance(told, Mapping):
        raise NoPriceError("its answer is of another shape")
    return told


def rows_of(listed: object) -> list[Mapping[str, Any]]:
    """The rows of a list that is whole; a sum over half of them would be a wrong price."""
    if not isinstance(listed, Mapping) or not isinstance(listed.get("data"), list):
        raise NoPriceError("its answer is no list")
    if listed.get("has_more") is not False:
        raise NoPriceError("its list is longer than one answer")
    rows = listed["data"]
    if not all(isinstance(row, Mapping) for row in rows):
        raise NoPriceError("its answer is no list")
    return list(rows)


def _whole(value: object) -> int:
    """An amount in Stripe's units, which are whole."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise NoPriceError("its answer is no invoice")
    return value


def is_count(value: object) -> bool:
    """Whether it is a number of units."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def trait(account: Account, key: str) -> str:
    """The id that a trait of the account holds; empty where it holds none."""
    said = account.traits.get(key)
    return said if isinstance(said, str) and is_id(said) else ""


def is_id(value: object) -> bool:
    """Whether it may be an id of theirs."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_ID
        and value.isascii()
        and value.isprintable()
        and "/" not in value
    )


def answered_at(made: Any, now: datetime) -> datetime:
    """When Stripe made the preview, by its own clock."""
    created = made.to_dict().get("created")
    if isinstance(created, bool) or not isinstance(created, int) or not 0 < created < 10**11:
        return now.replace(microsecond=0)
    return datetime.fromtimestamp(created, UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
