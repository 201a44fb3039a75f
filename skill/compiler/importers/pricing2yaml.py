"""A Pricing2Yaml file turned into Topics: features, what is sold, and what is counted; wording is generated and unreviewed.

Source: Pricing2Yaml 2.1 (isa-group). Billing coefficients give yearly prices; `availableFor`, `dependsOn`, `excludes`
and `usageLimitsExtensions` of add-ons carry over; a price that is words (`Contact Sales`) is no price.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from skill.compiler.importers.writing import Topics, cell, number, sentence, title
from skill.errors import InputError
from skill.model.common import slug

MAX_BYTES = 2_000_000
_CONTACT = re.compile(r"contact|custom|talk|quote|request|sales", re.IGNORECASE)
_UNSAFE_UNIT = re.compile(r"[^\w\s-]")
_YEARLY = ("annual", "annually", "yearly", "year")
_PERIODS = ("month", "year", "week", "day", "quarter")


@dataclass
class _Named:
    """Something of the file with its original name and the name people will read."""

    original: str
    name: str
    raw: Mapping[str, Any]


@dataclass
class Pricing:
    """One pricing file, read: its things in file order, and what could not be carried over."""

    name: str
    currency: str
    raw: Mapping[str, Any]
    features: dict[str, _Named] = field(default_factory=dict)
    limits: dict[str, _Named] = field(default_factory=dict)
    plans: dict[str, _Named] = field(default_factory=dict)
    extras: dict[str, _Named] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def feature_value(self, bundle: _Named, feature: str) -> Any:
        """What a plan says of a feature: its own value, else the default."""
        own = _table(bundle.raw.get("features")).get(feature)
        if isinstance(own, Mapping) and "value" in own:
            return own["value"]
        return self.features[feature].raw.get("defaultValue")

    def limit_value(self, plan: _Named, limit: str) -> Any:
        """What a plan says of a limit: its own value, else the default."""
        own = _table(plan.raw.get("usageLimits")).get(limit)
        if isinstance(own, Mapping) and "value" in own:
            return own["value"]
        return self.limits[limit].raw.get("defaultValue")


def read_pricing(path: Path) -> Pricing:
    """A pricing file.

    Raises:
        InputError: not a file, not YAML, or no Pricing2Yaml; names the file and the line where there is one.
    """
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise InputError(f"cannot read {path}: {wrong.strerror}", pointer=str(path)) from wrong
    if len(raw) > MAX_BYTES:
        raise InputError(
            f"{path} has {len(raw):,} bytes, more than {MAX_BYTES:,}", pointer=str(path)
        )
    try:
        data = yaml.safe_load(raw.decode("utf-8-sig"))
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise InputError(
            f"{path}:{line}: {wrong.problem or 'unreadable YAML'}", pointer=f"{path}:{line}"
        ) from wrong
    except RecursionError as wrong:
        raise InputError(f"{path} is nested too deeply", pointer=str(path)) from wrong
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as wrong:
        raise InputError(f"{path} is no readable YAML: {wrong}", pointer=str(path)) from wrong
    if not isinstance(data, dict) or not isinstance(data.get("features"), dict):
        raise InputError(
            f"{path} is no Pricing2Yaml file: it has no `features`",
            pointer=str(path),
            help="such a file begins with `syntaxVersion` and lists `features`, `plans` and `addOns`",
        )
    return _pricing(data, path)


def _pricing(data: dict[str, Any], path: Path) -> Pricing:
    pricing = Pricing(
        name=str(data.get("saasName") or path.stem),
        currency=str(data.get("currency") or "USD")[:3].upper(),
        raw=data,
    )
    pricing.features = _named(data.get("features"), pricing)
    pricing.limits = _named(data.get("usageLimits"), pricing)
    pricing.plans = _named(data.get("plans"), pricing)
    pricing.extras = _named(
        data.get("addOns"), pricing, taken={n.name for n in pricing.plans.values()}
    )
    if not pricing.plans and not pricing.extras:
        pricing.lost.append("the file sells nothing: it has neither plans nor add-ons")
    return pricing


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _named(value: Any, pricing: Pricing, taken: set[str] = frozenset()) -> dict[str, _Named]:  # type: ignore[assignment]
    """Things by original name; two whose keys are the same are told apart by a number."""
    keys = {slug(name) for name in taken}
    out: dict[str, _Named] = {}
    for original, raw in _table(value).items():
        name = title(str(original))
        if not slug(name):
            pricing.lost.append(f"`{original}` has no letter or digit in its name")
            continue
        if slug(name) in keys:
            n = next(n for n in range(2, 1000) if slug(f"{name} {n}") not in keys)
            pricing.lost.append(
                f"`{original}` has the name of another thing; it is called `{name} {n}`"
            )
            name = f"{name} {n}"
        keys.add(slug(name))
        out[str(original)] = _Named(str(original), name, _table(raw))
    return out


def topics_of(pricing: Pricing, *, today: date) -> dict[str, str]:
    """The Topic files of a pricing by name: features.md, product-bundles.md and, where there are limits, meters.md."""
    files = {
        "features.md": _features(pricing, today),
        "product-bundles.md": _bundles(pricing, today),
    }
    if pricing.limits:
        files["meters.md"] = _meters(pricing, today)
    return files


# -- features -------------------------------------------------------------------------------------------------


def _features(pricing: Pricing, today: date) -> str:
    out = Topics("features", f"What {pricing.name} does", today, owner=pricing.name)
    out.words(
        ("Answer", "{feature} is part of {bundle}."),
        ("Two steps", "{feature} is part of {bundle}, which is sold on {first_step}."),
        ("Answer without offer", "{feature} is not part of what you have today."),
        ("Have it", "{feature} is part of {plan}."),
        ("Have it", "{feature} is part of what you have."),
        ("Limit", "{meter}: {limit}."),
        ("Covered", "{meter}: {limit}. That fits."),
        ("More", "{meter}: {limit} today. {bundle} raises it."),
        ("More without offer", "{meter}: {limit} today. That is what we can say about it here."),
        ("Price", "{bundle}: {price}."),
        ("Step price", "{bundle}: {price}."),
        ("Several", "{bundle}: {quantity} times {price}."),
        ("Ask your admin", "Somebody in your team who looks after the plan can add {bundle}."),
        (
            "Role",
            "{feature} is part of what you have, and it is set up for other roles in your team.",
        ),
        ("Not sold", f"{cell(pricing.name)} does not offer that."),
        ("Not found", "We do not find that in our plans. The nearest we find: {options}."),
        ("Which one", "Which one do you mean: {options}, or none of these?"),
        ("Not mine to say", "That is not something to settle here."),
        ("Cannot say", "We cannot see right now what you have, so we would rather not guess."),
    )
    for original, feature in pricing.features.items():
        rows = [("What it does", sentence(feature.raw.get("description")) or feature.name)]
        spoken = _spoken(original, feature.name)
        if spoken:
            rows.append(("Also called", spoken))
        meters = [n.name for n in pricing.limits.values() if original in _links(n)]
        if meters:
            rows.append(("Kind", "metered " + ", ".join(meters)))
        elif not isinstance(feature.raw.get("defaultValue"), bool):
            rows.append(("Kind", "setting"))
        if _is_everywhere(pricing, original):
            rows.append(("Free for all", "yes"))
        out.thing(feature.name, rows)
    return out.text()


def _links(limit: _Named) -> tuple[str, ...]:
    links = limit.raw.get("linkedFeatures")
    return tuple(str(x) for x in links) if isinstance(links, list) else ()


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


def _bundles(pricing: Pricing, today: date) -> str:
    out = Topics("product-bundles", f"What {pricing.name} sells", today, owner=pricing.name)
    before: _Named | None = None
    for plan in pricing.plans.values():
        out.thing(
            plan.name,
            _plan_rows(pricing, plan, before),
            unlocks=_plan_unlocks(pricing, plan, before),
        )
        before = plan
    for extra in pricing.extras.values():
        out.thing(extra.name, _extra_rows(pricing, extra), unlocks=_extra_unlocks(pricing, extra))
    return out.text()


def _plan_features(pricing: Pricing, plan: _Named) -> list[str]:
    return [
        f
        for f in pricing.features
        if _has(pricing.feature_value(plan, f)) and not _is_everywhere(pricing, f)
    ]


def _plan_unlocks(pricing: Pricing, plan: _Named, before: _Named | None) -> list[str]:
    mine = _plan_features(pricing, plan)
    included = (
        set(_plan_features(pricing, before))
        if _includes(pricing, plan, before) and before
        else set()
    )
    return [pricing.features[f].name for f in mine if f not in included]


def _includes(pricing: Pricing, plan: _Named, before: _Named | None) -> bool:
    return before is not None and set(_plan_features(pricing, before)) <= set(
        _plan_features(pricing, plan)
    )


def _plan_rows(pricing: Pricing, plan: _Named, before: _Named | None) -> list[tuple[str, str]]:
    rows = [("Sold as", "plan")]
    if before is not None and _includes(pricing, plan, before):
        rows.append(("Includes", before.name))
    rows += [("Price", line) for line in _prices(pricing, plan)]
    for original, limit in pricing.limits.items():
        amount = _amount(pricing.limit_value(plan, original), limit)
        if amount:
            rows.append(("Limits", f"{limit.name}: {amount}"))
    rows += [("Settings", text) for text in _settings(pricing, plan)]
    about = sentence(plan.raw.get("description"))
    if about:
        rows.append(("Helps with", about))
    return rows


def _settings(pricing: Pricing, plan: _Named) -> Iterator[str]:
    """Values of features that are no yes or no: `transaction fee: 5%`."""
    for original, feature in pricing.features.items():
        value = pricing.feature_value(plan, original)
        if isinstance(value, bool) or not _has(value):
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{feature.name}: {cell(text).replace(';', ',')}"


def _extra_unlocks(pricing: Pricing, extra: _Named) -> list[str]:
    own = _table(extra.raw.get("features"))
    missing = [f for f in own if f not in pricing.features]
    pricing.lost += [f"add-on `{extra.original}`: no feature `{f}` in this file" for f in missing]
    return [
        pricing.features[f].name
        for f, said in own.items()
        if f in pricing.features and _has(_table(said).get("value", True))
    ]


def _extra_rows(pricing: Pricing, extra: _Named) -> list[tuple[str, str]]:
    rows = [("Sold as", "add-on")]
    for name, key, known in (
        ("Available on", "availableFor", pricing.plans),
        ("Needs", "dependsOn", pricing.extras),
        ("Not together with", "excludes", pricing.extras),
    ):
        wanted = [str(x) for x in extra.raw.get(key) or () if str(x) != extra.original]
        names = [known[x].name for x in wanted if x in known]
        pricing.lost += [
            f"add-on `{extra.original}`: `{key}` names `{x}`, which is not in this file"
            for x in wanted
            if x not in known
        ]
        if names:
            rows.append((name, ", ".join(names)))
    rows += [("Price", line) for line in _prices(pricing, extra)]
    for key, sign in (("usageLimits", ""), ("usageLimitsExtensions", "+")):
        for original, said in _table(extra.raw.get(key)).items():
            limit = pricing.limits.get(original)
            if limit is None:
                pricing.lost.append(
                    f"add-on `{extra.original}`: no limit `{original}` in this file"
                )
                continue
            amount = _amount(_table(said).get("value"), limit)
            if amount:
                plus = "" if amount.startswith("unlimited") else sign
                rows.append(("Limits", f"{limit.name}: {plus}{amount}"))
    about = sentence(extra.raw.get("description"))
    if about:
        rows.append(("Helps with", about))
    return rows


# -- money ------------------------------------------------------------------------------------------------------


def _prices(pricing: Pricing, bundle: _Named) -> Iterator[str]:
    """The price lines of a plan or add-on: monthly first, then yearly by the file's coefficient."""
    price = bundle.raw.get("price")
    if price is None:
        return
    if isinstance(price, str):
        bare = price.strip().lstrip("$€£").strip()
        exact = bare.replace(",", "")
        if not re.fullmatch(r"\d+(\.\d+)?|\d{1,3}(,\d{3})+(\.\d+)?", bare):
            if _CONTACT.search(price):
                yield "contact us"
            else:
                pricing.lost.append(f"`{bundle.original}`: the price `{price}` is no amount")
            return
        price = exact
    if isinstance(price, bool) or (isinstance(price, float) and not math.isfinite(price)):
        pricing.lost.append(f"`{bundle.original}`: the price `{price}` is no amount")
        return
    amount = Decimal(str(price))
    if amount < 0:
        pricing.lost.append(f"`{bundle.original}`: the price `{price}` is below zero")
        return
    units, period, once = _unit(bundle.raw.get("unit"))
    line = f"{pricing.currency} {number(amount)}" + "".join(f" per {u}" for u in units)
    if once:
        yield f"{pricing.currency} {number(amount)} one time"
        return
    line += f" per {period}" if period else ""
    yield line
    share = _yearly_share(pricing)
    if period == "month" and share is not None and amount > 0:
        yearly = number((amount * share).normalize())
        yield (
            f"{pricing.currency} {yearly}"
            + "".join(f" per {u}" for u in units)
            + " per month, billed yearly"
        )


def _yearly_share(pricing: Pricing) -> Decimal | None:
    billing = _table(pricing.raw.get("billing"))
    for name, share in billing.items():
        if str(name).lower() in _YEARLY and not isinstance(share, bool):
            try:
                value = Decimal(str(share))
            except ArithmeticError:
                return None
            return value if 0 < value <= 1 else None
    return None


def _unit(raw: Any) -> tuple[list[str], str, bool]:
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


# -- what is counted ---------------------------------------------------------------------------------------------


def _meters(pricing: Pricing, today: date) -> str:
    out = Topics("meters", f"What {pricing.name} counts", today, owner=pricing.name)
    rows = []
    for limit in pricing.limits.values():
        units, period = _counted(limit.raw.get("unit"))
        counts = sentence(limit.raw.get("description")) or limit.name
        renews = str(limit.raw.get("type", "")).upper() == "RENEWABLE"
        resets = (
            {"month": "monthly", "year": "yearly", "day": "daily"}.get(period, "")
            if renews
            else "never"
        )
        rows.append((limit.name, " per ".join(units) or "unit", counts, resets, "hard"))
    out.table(("Meter", "Unit", "Counts", "Resets", "Limit is"), rows)
    return out.text()


def _counted(raw: Any) -> tuple[list[str], str]:
    """What a limit counts, and per which period: the first word is always what is counted (`month`, `hour/month`)."""
    first, _, rest = str(raw or "").partition("/")
    units, period, _ = _unit(rest)
    word = " ".join(_UNSAFE_UNIT.sub(" ", first).split())
    head = word if word.isupper() else title(word, keep_key=False).lower()
    return ([head] if head else []) + units, period


def _amount(value: Any, limit: _Named) -> str:
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
    units, period = _counted(limit.raw.get("unit"))
    parts = [number(amount)]
    if units and re.fullmatch(r"[A-Za-z][\w -]*", units[0]):
        parts.append(units[0])
    parts += [f"per {u}" for u in units[1:]]
    if period:
        parts.append(f"per {period}")
    return " ".join(parts)
