"""What an account holds as a monthly bill: each part with its exact amount, or with what is missing to say it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import NamedTuple

from skill.model.account import Account
from skill.model.common import slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Limit, Meter, Overage, Playbook, SoldAs
from skill.model.preview import Cost, CostLine
from skill.policy.prices import pricing
from skill.policy.prices.charges import charged, coins, month_share
from skill.policy.tables import of_playbook

Use = Callable[[str], Decimal | None]
"""The use of a meter by its key; None where nobody can say."""

FLAT = (
    "",
    "account",
    "block",
    "bundle",
    "company",
    "customer",
    "organisation",
    "organization",
    "pack",
    "package",
    "subscription",
    "team",
    "tenant",
    "unit",
    "workspace",
)
"""Units of which a purchase is one, where no meter counts them."""


class Entry(NamedTuple):
    """One bundle that is paid for, and how many units of it."""

    bundle: Bundle
    n: int = 1
    unpriced: str = ""
    """Why no list price is what this account pays for it; empty where it is."""
    billed: str = ""
    """`month` or `year`; empty where nobody can say."""
    is_new: bool = False
    """Bought with the offer: what is paid one time is then still to be paid."""


@dataclass(frozen=True)
class Holding:
    """Everything that an account pays for, in one state: as it is, or with an offer."""

    account: Account
    currency: str | None
    entries: tuple[Entry, ...]
    own_limits: Mapping[str, Decimal | None]
    """Limits by meter that were agreed with this account."""
    unsure_limits: frozenset[str] = frozenset()
    """Meters of which nobody can say what becomes of the agreed limit."""
    missing: tuple[str, ...] = ()
    """What of the holding itself is not known."""

    @cached_property
    def limits(self) -> Mapping[str, Sequence[tuple[Entry, Limit]]]:
        """By meter, every row that limits it or lifts its limit, and whose it is."""
        found: dict[str, list[tuple[Entry, Limit]]] = {}
        for entry in self.entries:
            for row in entry.bundle.limits:
                found.setdefault(row.meter, []).append((entry, row))
        return found

    @cached_property
    def lines(self) -> Sequence[tuple[tuple[Price, ...], str]]:
        """By entry, the price lines that it is charged by, or what is missing to say which they are."""
        return [
            pricing.charged_together(e.bundle, self.account, self.currency, e.billed)
            for e in self.entries
        ]

    @cached_property
    def fixed(self) -> dict[tuple[int, int], Part]:
        """By entry and line, what was found that is the same at every use: one holding is billed at several uses."""
        return {}

    @cached_property
    def known_limits(self) -> dict[str, tuple[bool, Decimal | None]]:
        """By meter, whether there is a limit and which, as far as it was asked for."""
        return {}

    @cached_property
    def charged_past(self) -> dict[str, Overage | None]:
        """By meter, the price past its limit, as far as it was asked for."""
        return {}


class Part(NamedTuple):
    """One part of a bill."""

    amount: Fraction | None
    """A month, exactly; None where it cannot be said."""
    line: CostLine | None = None
    missing: str = ""
    rests: object = None
    """What it was made from: parts made from the same are the same, known or not."""


Parts = Mapping[tuple[str, ...], Part]


class Bill(NamedTuple):
    """A holding at one use."""

    parts: Parts
    once: tuple[Part, ...]
    refused: tuple[str, ...]

    def cost(self, currency: str | None) -> Cost:
        """The bill as shown: the sum of its lines, or what is missing of it."""
        missing = tuple(dict.fromkeys(p.missing for p in self.parts.values() if p.missing))
        lines = tuple(p.line for p in (*self.parts.values(), *self.once) if p.line is not None)
        amounts = [p.amount for p in self.parts.values() if p.amount is not None]
        month = sum((coins(a, currency) for a in amounts), coins(Fraction(0), currency))
        return Cost(
            month=None if missing or currency is None else month,
            lines=lines,
            missing=missing,
            refused=self.refused,
        )


def difference(now: Parts, then: Parts) -> list[Fraction] | None:
    """The amounts that come (above zero) and go (below); what stays as it is needs not be known."""
    out: list[Fraction] = []
    for key in dict.fromkeys((*now, *then)):
        gone, come = now.get(key), then.get(key)
        if gone is not None and come is not None and gone.rests == come.rests:
            continue
        for part, sign in ((come, 1), (gone, -1)):
            if part is None:
                continue
            if part.amount is None:
                return None
            out.append(sign * part.amount)
    return out


def bill(playbook: Playbook, holding: Holding, use: Use) -> Bill:
    """What a holding costs a month at this use, part by part."""
    parts: dict[tuple[str, ...], Part] = {}
    once: list[Part] = []
    for n, why in enumerate(holding.missing):
        parts["?", str(n)] = Part(None, missing=why, rests=why)
    for i, entry in enumerate(holding.entries):
        for key, part in _entry(playbook, holding, i, entry, use):
            if key[0] == "once":
                once.append(part)
            else:
                twice = (*key, str(i)) if key in parts else key
                parts[twice] = part
    refused: list[str] = []
    for meter in playbook.meters.values():
        found = past_limit(holding, meter, use(meter.key))
        if found is not None:
            parts["past", meter.key] = found
        if _is_refused(holding, meter, use(meter.key)):
            refused.append(meter.key)
    return Bill(parts, tuple(once), tuple(refused))


def _entry(
    playbook: Playbook, holding: Holding, i: int, entry: Entry, use: Use
) -> Iterator[tuple[tuple[str, ...], Part]]:
    key = ("price", entry.bundle.key)
    rests = (entry.bundle.key, entry.n, entry.unpriced, entry.billed)
    if entry.unpriced:
        yield key, Part(None, missing=entry.unpriced, rests=rests)
        return
    lines, missing = holding.lines[i]
    if missing:
        yield key, Part(None, missing=missing, rests=rests)
        return
    for n, line in enumerate(lines):
        is_once = is_for_once(line)
        if is_once and not entry.is_new:
            continue
        part = holding.fixed.get((i, n))
        if part is None:
            units = units_of(playbook, entry, line, use)
            priced = _priced(entry, line, units, holding.currency)
            part = priced._replace(rests=(*rests, line.text))
            if units[1] is None:  # no meter counts it
                holding.fixed[i, n] = part
        yield ("once" if is_once else "price", entry.bundle.key, line.per), part


def _priced(entry: Entry, line: Price, counted: Units, currency: str | None) -> Part:
    """One price line of a bundle at so many units."""
    units, meter, missing = counted
    if units is None:
        return Part(None, missing=missing)
    whole = charged(line, units)
    is_once = is_for_once(line)
    share = Fraction(1) if is_once or line.kind is PriceKind.FREE else _share(line, meter)
    if whole is None or share is None:
        return Part(None, missing=f"price of {entry.bundle.name}")
    amount = whole * share
    return Part(
        amount,
        CostLine(
            bundle=entry.bundle.key,
            what="once" if is_once else "price",
            text=line.text,
            source=str(line.span),
            units=_decimal(max(units, Fraction(line.at_least or 0))),
            per=line.per,
            amount=coins(amount, currency),
        ),
    )


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _share(line: Price, meter: Meter | None) -> Fraction | None:
    """Which part of the line falls on a month: by its own period, or by the one in which its meter counts."""
    resets = meter.resets if meter is not None else "never"
    if resets == "monthly":
        return Fraction(1) if line.period in ("", "month") else None
    return month_share(line) if resets in ("", "never") else None


Units = tuple[Fraction | None, Meter | None, str]
"""How many units, by which meter, or what is missing to say it."""


def units_of(playbook: Playbook, entry: Entry, line: Price, use: Use) -> Units:
    """How many units a line is charged for, by which meter; or what is missing to say it."""
    meter = meter_of(playbook, line.per)
    row = next(
        (r for r in entry.bundle.limits if meter and r.meter == meter.key and r.extends), None
    )
    if row is not None:
        value = row.value
        return (Fraction(value) * entry.n if value is not None else None), None, "units"
    if entry.bundle.sold_as is SoldAs.SEATS:
        return Fraction(entry.n), None, ""
    if meter is not None:
        reading = use(meter.key)
        if reading is None:
            return None, meter, f"usage of {meter.key}"
        return Fraction(reading) * entry.n, meter, ""
    if line.per in FLAT:
        return Fraction(entry.n), None, ""
    return None, None, f"number of {line.per}"


def units_in(playbook: Playbook, bundle: Bundle, line: Price) -> Decimal:
    """Of how many units of a line one purchase is, where it is sold as so many of them: a block of 5 seats is of 5."""
    meter = meter_of(playbook, line.per)
    rows = (r for r in bundle.limits if meter and r.meter == meter.key and r.extends)
    return next((r.value for r in rows if r.value is not None), Decimal(1))


def meter_of(playbook: Playbook, unit: str) -> Meter | None:
    """The meter that counts this unit; none where several do."""
    return _counting(playbook).get(_one(unit))


@of_playbook
def _counting(playbook: Playbook) -> Mapping[str, Meter]:
    """The meter that counts each unit, by the unit's key in the singular; what several meters count is not there."""
    found: dict[str, list[Meter]] = {}
    for meter in playbook.meters.values():
        for said in {_one(x) for x in (meter.unit, meter.key, meter.name, *meter.also_called)}:
            found.setdefault(said, []).append(meter)
    return {said: meters[0] for said, meters in found.items() if said and len(meters) == 1}


@lru_cache(maxsize=4096)
def _one(name: str) -> str:
    """The key of a unit in the singular."""
    key = slug(name) if name else ""
    return key[:-1] if key.endswith("s") and len(key) > 2 else key


def limit_of(holding: Holding, meter: str) -> tuple[bool, Decimal | None]:
    """Whether there is a limit of a meter, and which; None is unlimited. What was agreed goes before the Topics."""
    known = holding.known_limits
    if meter not in known:
        known[meter] = _limit_of(holding, meter)
    return known[meter]


def _limit_of(holding: Holding, meter: str) -> tuple[bool, Decimal | None]:
    if meter in holding.own_limits:
        return True, holding.own_limits[meter]
    rows = holding.limits.get(meter, ())
    base = [r.value for _, r in rows if not r.extends]
    if not base:
        return False, None
    known = [value for value in base if value is not None]
    if len(known) < len(base):
        return True, None
    return True, max(known) + sum((e.n * (r.value or 0) for e, r in rows if r.extends), Decimal(0))


def overage_of(holding: Holding, meter: str) -> Overage | None:
    """The price past a limit that holds for this account: the plan's before that of an extra."""
    known = holding.charged_past
    if meter not in known:
        known[meter] = _overage_of(holding, meter)
    return known[meter]


def _overage_of(holding: Holding, meter: str) -> Overage | None:
    rows = [o for e in holding.entries for o in e.bundle.overages if o.meter == meter]
    rows = [o for o in rows if pricing.holds_for(o.price, holding.account, holding.currency)]
    return next((o for o in rows if o.price.region), rows[0] if rows else None)


def past_limit(holding: Holding, meter: Meter, used: Decimal | None) -> Part | None:
    """What use past a soft limit costs; None where there is no such limit."""
    if meter.hard and overage_of(holding, meter.key) is None:
        return None
    there_is, limit = limit_of(holding, meter.key)
    if not there_is or limit is None:
        return None
    priced = overage_of(holding, meter.key)
    mine = {id(e.bundle) for e, _ in holding.limits.get(meter.key, ())}
    whose = [e for e in holding.entries if id(e.bundle) in mine]
    rests = (limit, priced.price.text if priced else None, *((e.bundle.key, e.n) for e in whose))
    if meter.key in holding.unsure_limits:
        return Part(None, missing=f"limit of {meter.key}", rests=(*rests, "unsure"))
    if any(e.unpriced for e in whose) and meter.key not in holding.own_limits:
        return Part(None, missing=f"terms past the limit of {meter.key}", rests=(*rests, "own"))
    if used is None:
        return Part(None, missing=f"usage of {meter.key}", rests=rests)
    over = Fraction(max(used - limit, Decimal(0)))
    if not over:
        return Part(Fraction(0), rests=rests)
    if priced is None or meter.hard or any(e.unpriced for e in whose):
        return Part(None, missing=f"price past the limit of {meter.key}", rests=rests)
    amount, share = charged(priced.price, over), _share(priced.price, meter)
    if amount is None or share is None:
        return Part(None, missing=f"price past the limit of {meter.key}", rests=rests)
    bundle = next(e.bundle for e in holding.entries if priced in e.bundle.overages)
    line = CostLine(
        bundle=bundle.key,
        what="overage",
        text=priced.price.text,
        source=str(priced.price.span),
        units=_decimal(over),
        per=priced.price.per,
        amount=coins(amount * share, holding.currency),
    )
    return Part(amount * share, line, rests=rests)


def _is_refused(holding: Holding, meter: Meter, used: Decimal | None) -> bool:
    """Whether this much use is past a limit at which the product stops."""
    there_is, limit = limit_of(holding, meter.key)
    unsure = meter.key in holding.unsure_limits
    if not meter.hard or not there_is or limit is None or used is None or unsure:
        return False
    return used > limit


def is_paid_once(bundle: Bundle) -> bool:
    """Whether it has a price that is paid one time."""
    return any(is_for_once(p) for p in bundle.prices)


def is_for_once(price: Price) -> bool:
    """Whether a line is paid one time; `from EUR 900 one time` is, though nobody knows how much."""
    return price.billed == "once" and price.kind in (PriceKind.ONE_TIME, PriceKind.FROM)


def with_entry(holding: Holding, entry: Entry) -> Holding:
    """The holding with one purchase more; more units of what is held at its list price are one purchase."""
    is_once = is_paid_once(entry.bundle)
    for i, held in enumerate(holding.entries):
        if held.bundle.key == entry.bundle.key and not held.unpriced and not is_once:
            more = held._replace(n=held.n + entry.n)
            return replace(holding, entries=(*holding.entries[:i], more, *holding.entries[i + 1 :]))
    return replace(holding, entries=(*holding.entries, entry))
