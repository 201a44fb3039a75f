"""The things of a pricing file under the names that people will read, and what the file says of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from skill.compiler.importers.plain import shown, title
from skill.model.common import slug


@dataclass(frozen=True)
class Named:
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
    features: dict[str, Named] = field(default_factory=dict)
    limits: dict[str, Named] = field(default_factory=dict)
    plans: dict[str, Named] = field(default_factory=dict)
    extras: dict[str, Named] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def feature_value(self, bundle: Named, feature: str) -> Any:
        """What a plan says of a feature: its own value, else the default."""
        own = table(bundle.raw.get("features")).get(feature)
        if isinstance(own, Mapping) and "value" in own:
            return own["value"]
        return self.features[feature].raw.get("defaultValue")

    def limit_value(self, plan: Named, limit: str) -> Any:
        """What a plan says of a limit: its own value, else the default."""
        own = table(plan.raw.get("usageLimits")).get(limit)
        if isinstance(own, Mapping) and "value" in own:
            return own["value"]
        return self.limits[limit].raw.get("defaultValue")


def pricing_of(data: Mapping[str, Any], stem: str, lost: Iterable[str]) -> Pricing:
    """The things of a file's content."""
    pricing = Pricing(
        name=shown(data.get("saasName") or stem, 120),
        currency=str(data.get("currency") or "USD")[:3].upper(),
        raw=data,
        lost=list(lost),
    )
    pricing.features = _named(data.get("features"), pricing)
    pricing.limits = _named(data.get("usageLimits"), pricing)
    pricing.plans = _named(data.get("plans"), pricing)
    pricing.extras = _named(
        data.get("addOns"), pricing, taken={n.name for n in pricing.plans.values()}
    )
    if not pricing.plans and not pricing.extras:
        pricing.lost.append("the file sells nothing: it has neither plans nor add-ons")
    pricing.lost += _not_in_the_language(data)
    return pricing


def table(value: Any) -> Mapping[str, Any]:
    """A mapping of the file; an empty one where something else stands."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> tuple[str, ...]:
    """A list of names; one name alone is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(x) for x in value) if isinstance(value, list | tuple) else ()


def _named(value: Any, pricing: Pricing, taken: Iterable[str] = frozenset()) -> dict[str, Named]:
    """Things by original name; two whose keys are the same are told apart by a number."""
    keys = {slug(name) for name in taken}
    out: dict[str, Named] = {}
    for original, raw in table(value).items():
        name = title(str(original))
        if not slug(name):
            pricing.lost.append(f"`{shown(original)}` has no letter or digit in its name")
            continue
        if slug(name) in keys:
            n = next(n for n in range(2, 100_000) if slug(f"{name} {n}") not in keys)
            pricing.lost.append(
                f"`{shown(original)}` has the name of another thing; it is called `{name} {n}`"
            )
            name = f"{name} {n}"
        keys.add(slug(name))
        out[str(original)] = Named(str(original), name, table(raw))
    return out


_CARRIED = {
    "features": {"description", "valueType", "defaultValue", "expression", "serverExpression"}
    | {"type", "tag", "automationType", "integrationType", "docUrl", "pricingUrls", "render"},
    "usageLimits": {"description", "valueType", "defaultValue", "unit", "type", "linkedFeatures"},
    "plans": {"description", "price", "unit", "features", "usageLimits", "private"},
    "addOns": {"description", "price", "unit", "features", "usageLimits", "private"}
    | {"usageLimitsExtensions", "availableFor", "dependsOn", "excludes"},
}
"""What is read, or says nothing about who has what at which price."""
_TOP = {"syntaxVersion", "saasName", "createdAt", "version", "url", "tags", "billing", "currency"}


def _not_in_the_language(data: Mapping[str, Any]) -> list[str]:
    """One line for each key that the file holds and Topics have no place for."""
    out = [
        f"`{shown(key)}`: Topics have no place for it"
        for key in data
        if key not in _TOP and key not in _CARRIED
    ]
    for part, carried in _CARRIED.items():
        others: dict[str, list[str]] = {}
        for name, raw in table(data.get(part)).items():
            for key in table(raw):
                if key not in carried:
                    others.setdefault(str(key), []).append(shown(name))
        out += [
            f"`{part}`: `{shown(key)}` of {', '.join(f'`{n}`' for n in names[:3])}"
            f"{f' and {len(names) - 3} more' if len(names) > 3 else ''}: Topics have no place for it"
            for key, names in others.items()
        ]
    return out
