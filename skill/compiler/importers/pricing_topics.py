"""Topics from the things of a pricing: features, what is sold, and what is counted; wording is generated and unreviewed.

`availableFor`, `dependsOn`, `excludes` and `usageLimitsExtensions` of add-ons carry over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from skill.compiler.importers.plain import sentence, shown, title
from skill.compiler.importers.pricing_money import amount_of, counted, prices
from skill.compiler.importers.pricing_things import Named, Pricing, listed, table
from skill.compiler.importers.settling import settled
from skill.compiler.importers.wording import default_words
from skill.compiler.importers.writing import Imported, Line, Page, Thing

Rows = list[tuple[str, str]]


def carried_over(pricing: Pricing, *, today: date, owner: str = "") -> Imported:
    """The Topics of a pricing, and everything that it says and they do not."""
    lost = list(pricing.lost)
    by = owner or pricing.name
    pages = {
        "features.md": _features(pricing, by),
        "product-bundles.md": _bundles(pricing, by, lost),
    }
    if pricing.limits:
        pages["meters.md"] = _meters(pricing, by)
    kept, refused = settled(pages, today=today, told=lost)
    return Imported(name=pricing.name, pages=kept, today=today, lost=(*lost, *refused))


def _thing(named: Named, rows: Rows, unlocks: list[str] | None = None) -> Thing:
    origin = f"`{shown(named.original)}`"
    return Thing(
        named.name,
        tuple(Line(row, origin) for row in rows),
        unlocks=tuple(Line((name,), origin) for name in unlocks or ()),
        origin=origin,
    )


# -- features -------------------------------------------------------------------------------------------------


def _features(pricing: Pricing, owner: str) -> Page:
    things = []
    for original, feature in pricing.features.items():
        rows = [("What it does", sentence(feature.raw.get("description")) or feature.name)]
        spoken = _spoken(original, feature.name)
        if spoken:
            rows.append(("Also called", spoken))
        meters = [
            n.name
            for n in pricing.limits.values()
            if original in listed(n.raw.get("linkedFeatures"))
        ]
        if meters:
            rows.append(("Kind", "metered " + ", ".join(meters)))
        elif not isinstance(feature.raw.get("defaultValue"), bool):
            rows.append(("Kind", "setting"))
        if _is_everywhere(pricing, original):
            rows.append(("Free for all", "yes"))
        things.append(_thing(feature, rows))
    words = default_words(pricing.name)
    heading = f"What {pricing.name} does"
    return Page("features", heading, owner, words=words, things=tuple(things))


def _spoken(original: str, name: str) -> str:
    """The name as it is spoken where the readable name had to keep capitals together."""
    spoken = title(original, keep_key=False)
    return spoken if spoken.lower() != name.lower() else ""


def _is_everywhere(pricing: Pricing, feature: str) -> bool:
    """A feature that every plan has and that nobody pays for apart: it is free for all."""
    default = _has(pricing.features[feature].raw.get("defaultValue"))
    return default and all(_has(pricing.feature_value(p, feature)) for p in pricing.plans.values())


def _has(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "no", "none", "-")
    return bool(value)


# -- what is sold -----------------------------------------------------------------------------------------------


def _bundles(pricing: Pricing, owner: str, lost: list[str]) -> Page:
    things = []
    before: Named | None = None
    for plan in pricing.plans.values():
        rows = _plan_rows(pricing, plan, before, lost)
        things.append(_thing(plan, rows, _plan_unlocks(pricing, plan, before)))
        before = plan
    for extra in pricing.extras.values():
        rows = _extra_rows(pricing, extra, lost)
        things.append(_thing(extra, rows, _extra_unlocks(pricing, extra, lost)))
    heading = f"What {pricing.name} sells"
    return Page("product-bundles", heading, owner, things=tuple(things))


def _plan_features(pricing: Pricing, plan: Named) -> list[str]:
    return [
        f
        for f in pricing.features
        if _has(pricing.feature_value(plan, f)) and not _is_everywhere(pricing, f)
    ]


def _plan_unlocks(pricing: Pricing, plan: Named, before: Named | None) -> list[str]:
    mine = _plan_features(pricing, plan)
    included = (
        set(_plan_features(pricing, before))
        if _includes(pricing, plan, before) and before
        else set()
    )
    return [pricing.features[f].name for f in mine if f not in included]


def _includes(pricing: Pricing, plan: Named, before: Named | None) -> bool:
    return before is not None and set(_plan_features(pricing, before)) <= set(
        _plan_features(pricing, plan)
    )


def _plan_rows(pricing: Pricing, plan: Named, before: Named | None, lost: list[str]) -> Rows:
    rows = [("Sold as", "plan")]
    for key, what, known in (
        ("features", "feature", pricing.features),
        ("usageLimits", "limit", pricing.limits),
    ):
        lost += [
            f"plan `{shown(plan.original)}`: no {what} `{shown(name)}` in this file"
            for name in table(plan.raw.get(key))
            if name not in known
        ]
    if before is not None and _includes(pricing, plan, before):
        rows.append(("Includes", before.name))
    rows += [("Price", line) for line in prices(pricing, plan, lost)]
    for original, limit in pricing.limits.items():
        value = pricing.limit_value(plan, original)
        amount = amount_of(value, limit)
        if amount:
            rows.append(("Limits", f"{limit.name}: {amount}"))
        elif value is not None and value is not False:
            lost.append(f"`{shown(plan.original)}`: the limit `{shown(value)}` is no amount")
    rows += [("Settings", text) for text in _settings(pricing, plan)]
    about = sentence(plan.raw.get("description"))
    if about:
        rows.append(("Helps with", about))
    return rows


def _settings(pricing: Pricing, plan: Named) -> Iterator[str]:
    """Values of features that are no yes or no: `transaction fee: 5%`."""
    for original, feature in pricing.features.items():
        value = pricing.feature_value(plan, original)
        if isinstance(value, bool) or not _has(value):
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{feature.name}: {text.replace(';', ',')}"


def _extra_unlocks(pricing: Pricing, extra: Named, lost: list[str]) -> list[str]:
    own = table(extra.raw.get("features"))
    lost += [
        f"add-on `{shown(extra.original)}`: no feature `{shown(f)}` in this file"
        for f in own
        if f not in pricing.features
    ]
    return [
        pricing.features[f].name
        for f, said in own.items()
        if f in pricing.features and _has(table(said).get("value", True))
    ]


def _extra_rows(pricing: Pricing, extra: Named, lost: list[str]) -> Rows:
    rows = [("Sold as", "add-on")]
    where = f"add-on `{shown(extra.original)}`"
    for name, key, known in (
        ("Available on", "availableFor", pricing.plans),
        ("Needs", "dependsOn", pricing.extras),
        ("Not together with", "excludes", pricing.extras),
    ):
        wanted = [x for x in listed(extra.raw.get(key)) if x != extra.original]
        names = [known[x].name for x in wanted if x in known]
        lost += [
            f"{where}: `{key}` names `{shown(x)}`, which is not in this file"
            for x in wanted
            if x not in known
        ]
        if names or (wanted and key != "excludes"):
            # What is sold nowhere else must not be sold everywhere: an unknown name is refused with its whole bundle.
            rows.append((name, ", ".join(names or wanted)))
    rows += [("Price", line) for line in prices(pricing, extra, lost)]
    for key, sign in (("usageLimits", ""), ("usageLimitsExtensions", "+")):
        for original, said in table(extra.raw.get(key)).items():
            limit = pricing.limits.get(original)
            if limit is None:
                lost.append(f"{where}: no limit `{shown(original)}` in this file")
                continue
            amount = amount_of(table(said).get("value"), limit)
            if amount:
                plus = "" if amount.startswith("unlimited") else sign
                rows.append(("Limits", f"{limit.name}: {plus}{amount}"))
    about = sentence(extra.raw.get("description"))
    if about:
        rows.append(("Helps with", about))
    return rows


# -- what is counted ---------------------------------------------------------------------------------------------


def _meters(pricing: Pricing, owner: str) -> Page:
    rows = []
    for limit in pricing.limits.values():
        units, period = counted(limit.raw.get("unit"))
        counts = sentence(limit.raw.get("description")) or limit.name
        renews = str(limit.raw.get("type", "")).upper() == "RENEWABLE"
        resets = (
            {"month": "monthly", "year": "yearly", "day": "daily"}.get(period, "")
            if renews
            else "never"
        )
        row = (limit.name, " per ".join(units) or "unit", counts, resets, "hard")
        rows.append(Line(row, f"`{shown(limit.original)}`"))
    columns = ("Meter", "Unit", "Counts", "Resets", "Limit is")
    heading = f"What {pricing.name} counts"
    return Page("meters", heading, owner, columns=columns, rows=tuple(rows))
