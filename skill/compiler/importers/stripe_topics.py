"""Topics from a Stripe catalog: products are what is sold, prices their price lines, entitlement features what they unlock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skill.compiler import grammar
from skill.compiler.importers.drafts import Draft, Gathered
from skill.compiler.importers.plain import plain_name, sentence, shown
from skill.compiler.importers.stripe_prices import NotSayable, lines_of
from skill.model.common import slug
from skill.model.playbook import SoldAs

Object = Mapping[str, Any]
SOLD_AS = "tactful_sold_as"
AVAILABLE_ON = "tactful_available_on"


@dataclass
class Catalog:
    """Objects of a Stripe export by their id, and which product has which feature."""

    products: dict[str, Object] = field(default_factory=dict)
    prices: dict[str, Object] = field(default_factory=dict)
    features: dict[str, Object] = field(default_factory=dict)
    attached: list[tuple[str, str]] = field(default_factory=list)
    """(id of a product, id of a feature)"""
    lost: list[str] = field(default_factory=list)


_READ = {
    "product": {"name", "description", "active", "metadata", "default_price", "unit_label", "url"}
    | {"features", "marketing_features", "prices"},
    "price": {
        "currency",
        "currency_options",
        "unit_amount",
        "unit_amount_decimal",
        "recurring",
        "type",
    }
    | {
        "billing_scheme",
        "tiers",
        "tiers_mode",
        "transform_quantity",
        "custom_unit_amount",
        "active",
    }
    | {"product", "nickname", "tax_behavior"},
    "feature": {"name", "lookup_key", "active"},
}
_HOUSEKEEPING = {"id", "object", "created", "updated", "livemode", "deleted", "type", "product"}
"""What says nothing about what is sold."""


def draft_of(catalog: Catalog, *, name: str = "", owner: str = "") -> Draft:
    """Everything of a catalog that Topics can say, with what they cannot."""
    draft = Draft(name=name, owner=owner, lost=list(catalog.lost))
    features = _features(draft, catalog)
    sold = {
        key: bundle
        for key, product in catalog.products.items()
        if (bundle := _product(draft, key, product, catalog))
    }
    _attached(draft, catalog, sold, features)
    _prices(draft, catalog, sold)
    for kind, objects in (
        ("product", catalog.products),
        ("price", catalog.prices),
        ("feature", catalog.features),
    ):
        draft.lost += _not_read(kind, objects)
    return draft


# -- features -------------------------------------------------------------------------------------------------


def _features(draft: Draft, catalog: Catalog) -> dict[str, Gathered]:
    """Features by their Stripe id; one that is archived is left out."""
    out: dict[str, Gathered] = {}
    for key, raw in catalog.features.items():
        lookup = sentence(raw.get("lookup_key"))
        where = f"feature `{shown(lookup or key)}`"
        if raw.get("active") is False:
            draft.lost.append(f"{where}: it is archived")
            continue
        said = sentence(raw.get("name")) or lookup
        name = draft.new_name(draft.features, said, where)
        feature = draft.feature(name, where) if name else None
        if feature is None:
            continue
        if lookup and slug(lookup) != slug(feature.name):
            feature.add("Also called", plain_name(lookup))
        out[key] = feature
    if out:
        draft.took.append(
            "names of Stripe features are for your own use there; read them before customers do"
        )
    return out


def _attached(
    draft: Draft, catalog: Catalog, sold: Mapping[str, Gathered], features: Mapping[str, Gathered]
) -> None:
    for product, key in catalog.attached:
        if product in sold and key in features:
            sold[product].unlock(features[key].name, f"feature `{shown(key)}`")
            continue
        if product not in catalog.products:
            draft.lost.append(
                f"feature `{shown(key)}`: no product `{shown(product)}` in this export"
            )
        elif key not in catalog.features:
            draft.lost.append(
                f"product `{shown(product)}`: no feature `{shown(key)}` in this export"
            )


# -- products ---------------------------------------------------------------------------------------------------


def _product(draft: Draft, key: str, raw: Object, catalog: Catalog) -> Gathered | None:
    said = sentence(raw.get("name"))
    where = f"product `{shown(said or key)}`"
    if raw.get("active") is False:
        draft.lost.append(f"{where}: it is not active")
        return None
    name = draft.new_name(draft.bundles, said or key, where)
    bundle = draft.bundle(name, where) if name else None
    if bundle is None:
        return None
    bundle.add("Sold as", _sold_as(draft, key, raw, catalog, where))
    metadata = _metadata(raw)
    for plan in metadata.get(AVAILABLE_ON, "").split(","):
        bundle.add("Available on", plain_name(plan), f"{where}, `{AVAILABLE_ON}`")
    bundle.add("Helps with", sentence(raw.get("description")))
    bundle.add("Link", sentence(raw.get("url")), f"{where}, `url`")
    for one in (raw.get("marketing_features"), raw.get("features")):
        for promise in one if isinstance(one, list) else ():
            text = sentence(promise.get("name")) if isinstance(promise, Mapping) else ""
            if text and text not in bundle.notes:
                bundle.notes.append(text)
    return bundle


def _metadata(raw: Object) -> dict[str, str]:
    metadata = raw.get("metadata")
    return {str(k): str(v) for k, v in metadata.items()} if isinstance(metadata, Mapping) else {}


def _sold_as(draft: Draft, key: str, raw: Object, catalog: Catalog, where: str) -> str:
    """What the product's metadata says, else a plan where a price recurs, else an add-on; a guess is said."""
    metadata = _metadata(raw)
    said = metadata.get(SOLD_AS, "").strip()
    if slug(said) in set(SoldAs):
        return slug(said)
    if said:
        draft.lost.append(f"{where}: unknown way to sell `{shown(said)}` in `{SOLD_AS}`")
    prices = [
        p for p in catalog.prices.values() if _product_of(p) == key and p.get("active") is not False
    ]
    recurs = any(p.get("recurring") for p in prices)
    is_plan = (recurs or not prices) and not metadata.get(AVAILABLE_ON)
    why = (
        "a price of it recurs"
        if recurs
        else "it has a price that is paid once"
        if prices
        else "it has no price"
    )
    draft.took.append(
        f"{where}: taken for {'a plan' if is_plan else 'an add-on'}, because {why}; "
        f"metadata `{SOLD_AS}` settles it"
    )
    return "plan" if is_plan else "add-on"


def _product_of(price: Object) -> str:
    product = price.get("product")
    return str(product.get("id") if isinstance(product, Mapping) else product or "")


# -- prices -------------------------------------------------------------------------------------------------------


def _prices(draft: Draft, catalog: Catalog, sold: Mapping[str, Gathered]) -> None:
    defaults = {_id_of(p.get("default_price")) for p in catalog.products.values()} - {""}
    ordered = sorted(catalog.prices, key=lambda key: key not in defaults)
    for key in ordered:
        raw = catalog.prices[key]
        where = f"price `{shown(key)}`"
        product = _product_of(raw)
        if raw.get("active") is False:
            draft.lost.append(f"{where}: it is not active")
        elif product not in catalog.products:
            draft.lost.append(f"{where}: no product `{shown(product)}` in this export")
        elif product in sold:
            label = sentence(catalog.products[product].get("unit_label"))
            _add_lines(draft, sold[product], raw, where, label)
    for key in sorted(defaults - set(catalog.prices)):
        draft.lost.append(f"price `{shown(key)}`: it is a default price, and not in this export")


def _id_of(value: Any) -> str:
    return str(value.get("id") if isinstance(value, Mapping) else value or "")


def _add_lines(draft: Draft, bundle: Gathered, raw: Object, where: str, label: str) -> None:
    nickname = sentence(raw.get("nickname"))
    for line in lines_of(raw, label):
        called = f"{where} of `{bundle.name}`" + (f" (`{shown(nickname)}`)" if nickname else "")
        if isinstance(line, NotSayable):
            draft.lost.append(f"{called}: {line}")
            continue
        try:
            grammar.read_price(line.text)
        except grammar.Unreadable:
            draft.lost.append(f"{called}: unreadable price `{shown(line.text)}`")
            continue
        present = any(row.cells == ("Price", line.text) for row in bundle.rows)
        bundle.add("Price", line.text, called)
        if present:
            draft.took.append(f"{called}: the same price stands there already")
        elif nickname:
            bundle.notes.append(f"The price {line.text} is called: {nickname}")
            nickname = ""
    recurring = raw.get("recurring")
    days = recurring.get("trial_period_days") if isinstance(recurring, Mapping) else None
    if isinstance(days, int) and days > 0:
        bundle.add("Try it", f"{days}-day trial", where)


def _not_read(kind: str, objects: Mapping[str, Object]) -> list[str]:
    """One line for each field with a value that Topics have no place for."""
    seen: dict[str, list[str]] = {}
    for key, raw in objects.items():
        label = shown(raw.get("name") or raw.get("nickname") or key)
        if raw.get("active") is False:
            continue
        for name, value in raw.items():
            if (
                name not in _READ[kind]
                and name not in _HOUSEKEEPING
                and name != "metadata"
                and value not in (None, "", [], {}, False)
            ):
                seen.setdefault(str(name), []).append(label)
        for name in _metadata(raw):
            if name not in (SOLD_AS, AVAILABLE_ON) or kind != "product":
                seen.setdefault(f"metadata.{name}", []).append(label)
    return [
        f"`{shown(name)}` of {kind} {', '.join(f'`{x}`' for x in labels[:3])}"
        f"{f' and {len(labels) - 3} more' if len(labels) > 3 else ''}: Topics have no place for it"
        for name, labels in seen.items()
    ]
