"""Bundles: what is sold, to whom, for how much, and what comes with it."""

from __future__ import annotations

from typing import Any

from skill.compiler import grammar, suggest
from skill.compiler.amounts import singular
from skill.compiler.diagnostics import finding
from skill.compiler.features import reviewed
from skill.compiler.fields import FORMS, Fields, read_date
from skill.compiler.labels import nearest_help, sure
from skill.compiler.names import Names
from skill.model.common import slug
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Limit, Overage, Setting, SoldAs
from skill.model.topic import Field, Section, Span, Topic


def read_bundle(topic: Topic, section: Section, names: Names, position: int) -> Bundle | None:
    """One bundle from its section; None where nothing says how it is sold."""
    fields = Fields(section, FORMS["product-bundles"], names.found)
    sold_as = _sold_as(fields, names)
    if sold_as is None:
        return None
    _check_price(fields, names)
    where = f"bundle `{section.heading}`"
    many: dict[str, Any] = {
        attribute: names.keys(what, _not_all(fields.parts(field)), where=where)
        for attribute, (field, what) in _REFERENCES.items()
    }
    by = fields.text("Reviewed by")
    names.role_keys(fields.parts("Billed to"), where=where)
    return Bundle(
        key=slug(section.heading),
        name=section.heading,
        sold_as=sold_as,
        position=position,
        also_called=tuple(name for name, _ in fields.parts("Also called")),
        description=", ".join(row.value for row in fields.all("Helps with")),
        prices=_prices(fields, names),
        limits=_limits(fields, names),
        settings=_settings(fields, names),
        overage=fields.text("Overage"),
        overages=_overages(fields, names),
        try_it=fields.text("Try it"),
        who_can_buy=names.role_keys(fields.parts("Who can buy"), where=where),
        billed_to=fields.text("Billed to"),
        regions=tuple(name.upper() for name, _ in fields.parts("Regions")),
        only_when_ready=fields.yes("Only when ready"),
        prefer=fields.text("Prefer"),
        family=slug(fields.text("Family")),
        how_to_undo=fields.text("How to undo"),
        link=_link(fields, names, "Link"),
        checkout=_link(fields, names, "Checkout"),
        sold_until=_sold_until(fields, names),
        reviewed_by=by,
        formerly=tuple(slug(name) for name, _ in fields.parts("Formerly")),
        quotes=reviewed(section.quotes, topic, by),
        notes=section.notes,
        topic=topic.name,
        span=section.span,
        review_by=topic.review_by,
        **many,
    )


def _check_price(fields: Fields, names: Names) -> None:
    """A bundle says what it costs; `free` and `contact us` are prices too."""
    heading, span = fields.section.heading, fields.section.span
    if not fields.has("Price"):
        names.found.append(
            finding(
                "T104",
                span,
                f"`{heading}` has no `Price`",
                "add a row `| Price | ... |`; `free` and `contact us` are prices too",
                width=len(heading) + 3,
            )
        )


_REFERENCES = {
    "unlocks": ("Unlocks", "features"),
    "includes": ("Includes", "plans"),
    "available_on": ("Available on", "plans"),
    "sold_to": ("Sold to", "audiences"),
    "can_move_from": ("Can move from", "plans"),
    "needs": ("Needs", "bundles"),
    "not_together_with": ("Not together with", "bundles"),
    "contains": ("Contains", "bundles"),
}
"""Fields of a bundle that name other things, and what they name."""


def _not_all(parts: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
    """`all plans` says what leaving the row out says."""
    return [p for p in parts if p[0].lower() not in ("all plans", "any plan", "every plan")]


def _sold_as(fields: Fields, names: Names) -> SoldAs | None:
    row = fields.one("Sold as")
    if row is None:
        return None
    word = row.value.strip().lower().replace("addon", "add-on")
    if word in set(SoldAs):
        return SoldAs(word)
    names.found.append(
        finding(
            "T108",
            row.span,
            f"unknown way to sell `{row.value}`",
            nearest_help(word, [s.value for s in SoldAs]),
            width=len(row.value),
            replacement=sure(word, [s.value for s in SoldAs]),
        )
    )
    return None


def _prices(fields: Fields, names: Names) -> tuple[Price, ...]:
    out: list[Price] = []
    for row in fields.all("Price"):
        try:
            read = grammar.read_price(row.value)
        except grammar.Unreadable as wrong:
            names.found.append(
                finding(
                    "T301",
                    row.span,
                    f"unreadable price `{row.value}`",
                    f"write it like `{suggest.price(row.value) or wrong.nearest}`",
                    width=len(row.value),
                )
            )
            continue
        price = Price(text=row.value, span=row.span, **vars(read))
        same = next((p for p in out if _told_apart(p) == _told_apart(price)), None)
        if same is not None:
            names.found.append(
                finding(
                    "T101",
                    row.span,
                    f"two prices of `{fields.section.heading}` for the same period, currency and region",
                    f"keep one of them; the first is in line {same.span.line}",
                    width=len(row.value),
                )
            )
            continue
        out.append(price)
    return tuple(out)


def _overages(fields: Fields, names: Names) -> tuple[Overage, ...]:
    """What each unit past a limit costs: `EUR 0.002 per api_call; EUR 5 per 1,000 runs`."""
    row = fields.one("Overage")
    out: list[Overage] = []
    at = 0
    for part in row.value.split(";") if row is not None else ():
        text, lead = part.strip(), len(part) - len(part.lstrip())
        place = row.span.at(row.span.column + at + lead) if row is not None else None
        at += len(part) + 1
        if not text or place is None:
            continue
        read = _overage(text, place, names)
        if read is None:
            continue
        if any(_is_same_overage(read, o) for o in out):
            names.found.append(
                finding(
                    "T101",
                    place,
                    f"two prices of `{fields.section.heading}` past the limit of `{read.meter}`",
                    "keep one of them for each currency and region",
                    width=len(text),
                )
            )
            continue
        out.append(read)
    return tuple(out)


def _is_same_overage(one: Overage, other: Overage) -> bool:
    return one.meter == other.meter and (one.price.currency, one.price.region) == (
        other.price.currency,
        other.price.region,
    )


def _overage(text: str, place: Span, names: Names) -> Overage | None:
    """One price past a limit: an exact amount for each unit of one meter."""
    try:
        read = grammar.read_price(text)
    except grammar.Unreadable:
        _unreadable_overage(f"unreadable price past a limit: `{text}`", text, place, names)
        return None
    if read.kind is not PriceKind.FIXED or read.billed not in ("", read.period) or read.at_least:
        wrong = f"a price past a limit is an exact one for each unit: `{text}`"
        _unreadable_overage(wrong, text, place, names)
        return None
    said = singular(slug(read.per))
    counted = [
        key for key in names.meters if said in (singular(slug(names.unit_of(key))), singular(key))
    ]
    if not read.per or len(counted) != 1:
        wrong = f"no meter counts `{read.per}`" if not counted else "several meters count that"
        wrong = wrong if read.per else f"past which limit? `{text}`"
        _unreadable_overage(wrong, text, place, names)
        return None
    price = Price(text=text, span=place, **vars(read))
    return Overage(meter=counted[0], price=price)


def _unreadable_overage(said: str, text: str, place: Span, names: Names) -> None:
    unit = next(iter(names.units.values()), "") or "api_call"
    names.found.append(
        finding(
            "T301",
            place,
            said,
            f"write it like `EUR 0.002 per {unit}`, with the unit of a meter",
            width=len(text),
        )
    )


def _told_apart(price: Price) -> tuple[object, ...]:
    return (price.currency, price.period, price.billed, price.region, price.per, price.first_free)


_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
"""How a meter resets, and the period that its limits are written for."""


def _limits(fields: Fields, names: Names) -> tuple[Limit, ...]:
    out: dict[tuple[str, bool], Limit] = {}
    heading = fields.section.heading
    for row in fields.all("Limits"):
        for name, text in grammar.entries(row.value):
            place, amount = _within(row, name), _within(row, text)
            if not text:
                _nameless_limit(name, place, names)
                continue
            meter = names.key("meters", name, place, where=f"bundle `{heading}`")
            limit = _limit(meter, text, amount, names) if meter else None
            if limit is None:
                continue
            if (limit.meter, limit.extends) in out:
                names.found.append(
                    finding(
                        "T101",
                        place,
                        f"two limits of `{heading}` for `{name}`",
                        "keep one of them",
                        width=len(name),
                    )
                )
                continue
            out[limit.meter, limit.extends] = limit
    return tuple(out.values())


def _nameless_limit(part: str, place: Span, names: Names) -> None:
    """`10 seats`: an amount that does not begin with the name of its meter."""
    meters = [(name, names.units.get(key, "")) for key, (name, _) in names.meters.items()]
    meant = suggest.limit(part, meters) or "seats: 10"
    names.found.append(
        finding(
            "T301",
            place,
            f"a limit names its meter first, and then its amount: `{part}`",
            f"write it like `{meant}`",
            width=len(part),
        )
    )


def _limit(meter: str, text: str, place: Span, names: Names) -> Limit | None:
    try:
        read = grammar.read_amount(text)
    except grammar.Unreadable as wrong:
        names.found.append(
            finding(
                "T301",
                place,
                f"unreadable limit `{text}`",
                f"write it like `{suggest.amount(text) or wrong.nearest}`",
                width=len(text),
            )
        )
        return None
    counted = names.units.get(meter, "")
    if not _is_its_unit(read.unit, counted, meter):
        names.found.append(
            finding(
                "T301",
                place,
                f"the limit is in `{read.unit}`, and its meter counts {counted or meter}",
                f"write it like `{meant}`"
                if (meant := suggest.amount(text))
                else f"write it in {counted or meter}, or leave the unit out",
                width=len(text),
            )
        )
        return None
    period, resets = read.per.lower(), names.resets.get(meter, "")
    if period in _PERIODS.values() and _PERIODS.get(resets, period) != period:
        names.found.append(
            finding(
                "T301",
                place,
                f"the limit is per {period}, and the count of its meter starts afresh {resets}",
                f"write it per {_PERIODS[resets]}",
                width=len(text),
            )
        )
        return None
    return Limit(meter=meter, text=text, span=place, **vars(read))


def _is_its_unit(unit: str, counted: str, meter: str) -> bool:
    """Whether a limit is written in what its meter counts: 1 TB is not 1 of a meter in GB, and `50O` is a slip."""
    said = {singular(word) for word in unit.lower().split()}
    known = f"{counted} {meter}".lower().replace("_", " ").replace("-", " ").split()
    return not said or bool(said & {singular(word) for word in known})


def _settings(fields: Fields, names: Names) -> tuple[Setting, ...]:
    out: list[Setting] = []
    where = f"bundle `{fields.section.heading}`"
    for row in fields.all("Settings"):
        for name, value in grammar.entries(row.value):
            at = _within(row, name)
            if not name or not value:
                names.found.append(
                    finding(
                        "T108",
                        at,
                        f"a setting without a {'value' if name else 'name'}: `{name or value}`",
                        "write it like `support hours: 9 to 5`",
                        width=len(name or value),
                    )
                )
                continue
            feature = names.key("features", name, at, where=where)
            if feature:
                out.append(Setting(feature=feature, value=value, span=row.span))
    return tuple(out)


def _within(row: Field, words: str) -> Span:
    """Where these words stand inside a cell."""
    return row.span.at(row.span.column + max(row.value.find(words), 0))


def _link(fields: Fields, names: Names, field: str) -> str:
    """Where a button leads: a page of the product, or an https address."""
    row = fields.one(field)
    if row is None:
        return ""
    link = row.value.strip("<>")
    inside = link.startswith("/") and not link.startswith(("//", "/\\"))
    if (inside or link.startswith("https://")) and not any(
        c.isspace() or c in '"<>\\' for c in link
    ):
        return link
    names.found.append(
        finding(
            "T502",
            row.span,
            f"link of a shape that is not allowed: `{row.value}`",
            "begin it with / for a page of the product, or with https://",
            width=len(row.value),
        )
    )
    return ""


def _sold_until(fields: Fields, names: Names) -> str:
    row: Field | None = fields.one("Sold until")
    day = read_date(row.value, row.span, names.found) if row else None
    return day.isoformat() if day else ""
