"""A Stripe catalog as Topics: products, prices and entitlement features from JSON as Stripe's API lists them.

Read are a list (`{"object": "list", "data": [...]}`), a bare array, one object a line, and files that hold several
of these by name. Nobody's key and no network is needed.

Source: Stripe API reference, the objects product, price, entitlements.feature and product_feature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from skill.compiler.importers.files import read_bounded
from skill.compiler.importers.plain import shown
from skill.compiler.importers.stripe_topics import Catalog, draft_of
from skill.compiler.importers.writing import Imported
from skill.errors import InputError

MAX_BYTES = 20_000_000
_SPACE = re.compile(r"\s+")
_LIST_OF_PRODUCT = re.compile(r"/v1/products/(?P<product>[^/]+)/features")
"""A list of a product's features names the product in its address alone."""


def import_stripe(
    paths: Sequence[Path], *, today: date, name: str = "", owner: str = ""
) -> Imported:
    """The Topics of a Stripe export in one or more files, together one folder.

    Raises:
        InputError: a file that cannot be read as JSON, or that holds nothing of a catalog.
    """
    catalog = read_catalog(paths)
    draft = draft_of(catalog, name=name, owner=owner)
    return draft.imported(today=today)


def read_catalog(paths: Sequence[Path]) -> Catalog:
    """Every object of the files by what it is. Raises InputError."""
    found = _Found()
    for path in paths:
        content = _json(path, found.catalog.lost)
        found.take(content, path.name)
    if not found.catalog.products and not found.catalog.features and not found.catalog.prices:
        raise InputError(
            f"{', '.join(p.name for p in paths)}: no Stripe product, price or feature in it",
            pointer=str(paths[0]) if paths else "",
            help="export them with the Stripe CLI, such as `stripe products list --limit 100 > products.json`",
        )
    return found.catalog


def _json(path: Path, lost: list[str]) -> Any:
    raw = read_bounded(path, MAX_BYTES)
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        content, twice = _decoded(text, path.name)
        lost += twice
        return content
    except json.JSONDecodeError as wrong:
        raise InputError(
            f"{path}:{wrong.lineno}:{wrong.colno}: no readable JSON: {wrong.msg}",
            pointer=f"{path}:{wrong.lineno}",
        ) from wrong
    except RecursionError as wrong:
        raise InputError(f"{path} is nested too deeply", pointer=str(path)) from wrong
    except (UnicodeDecodeError, ValueError, ArithmeticError) as wrong:
        raise InputError(
            f"{path} is no readable JSON: {shown(wrong, 200)}", pointer=str(path)
        ) from wrong


def _decoded(text: str, where: str) -> tuple[Any, list[str]]:
    """One JSON document, or one object a line; and a line for each key that stands twice."""
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in items:
            if key in out:
                twice.append(
                    f"{where}: `{shown(key)}` stands twice in one object, and the last is taken"
                )
            out[key] = value
        return out

    def no_number(word: str) -> Any:
        raise ValueError(f"`{word}` is no number")

    read = json.JSONDecoder(object_pairs_hook=pairs, parse_float=Decimal, parse_constant=no_number)
    try:
        return read.decode(text), twice
    except json.JSONDecodeError as wrong:
        if wrong.msg != "Extra data":
            raise
        twice.clear()
        return _documents(read, text), twice


def _documents(read: json.JSONDecoder, text: str) -> list[Any]:
    """Several JSON documents one after another."""
    out: list[Any] = []
    at = 0
    while True:
        gap = _SPACE.match(text, at)
        at = gap.end() if gap else at
        if at >= len(text):
            return out
        one, at = read.raw_decode(text, at)
        out.append(one)


@dataclass
class _Found:
    """Objects of a catalog while files are walked."""

    catalog: Catalog = field(default_factory=Catalog)

    def take(self, content: Any, where: str, product: str = "") -> None:
        """Every object in this content, lists and named parts opened."""
        if isinstance(content, list):
            for one in content:
                self.take(one, where, product)
        elif not isinstance(content, Mapping):
            self.catalog.lost.append(f"{where}: `{shown(content)}` is no object of Stripe")
        elif content.get("object") == "list" or _is_page(content):
            self._take_list(content, where, product)
        elif isinstance(content.get("object"), str):
            self._take_object(content, where, product)
        else:
            self._take_parts(content, where)

    def _take_list(self, content: Mapping[str, Any], where: str, product: str) -> None:
        if content.get("has_more") is True:
            self.catalog.lost.append(
                f"{where}: the list goes on (`has_more`); export the rest as well"
            )
        named = _LIST_OF_PRODUCT.search(str(content.get("url") or ""))
        self.take(content.get("data") or [], where, named["product"] if named else product)

    def _take_parts(self, content: Mapping[str, Any], where: str) -> None:
        """A file that holds several lists by name; features of products may stand by the product's id."""
        parts = {k: v for k, v in content.items() if isinstance(v, list | dict)}
        if not parts:
            self.catalog.lost.append(f"{where}: an object that does not say what it is")
        for name, part in parts.items():
            if name == "product_features" and isinstance(part, Mapping) and "object" not in part:
                for product, features in part.items():
                    self.take(features, where, str(product))
            else:
                self.take(part, where)

    def _take_object(self, content: Mapping[str, Any], where: str, product: str) -> None:
        kind, known = str(content["object"]), self.catalog
        name = str(content.get("id") or "")
        if not name and kind != "product_feature":
            known.lost.append(f"{where}: a {shown(kind)} without an id")
        elif content.get("deleted") is True:
            known.lost.append(f"{where}: {shown(kind)} `{shown(name)}` is deleted")
        elif kind == "product":
            known.products[name] = content
            self._expanded(content.get("default_price"), where)
            self._expanded(content.get("prices"), where)
        elif kind == "price":
            known.prices[name] = content
            self._expanded(content.get("product"), where)
        elif kind == "entitlements.feature":
            known.features[name] = content
        elif kind == "product_feature":
            self._attached(content, where, product)
        else:
            known.lost.append(f"{where}: a `{shown(kind)}` is not part of a catalog")

    def _expanded(self, part: Any, where: str) -> None:
        """An object that stands in another because the export expanded it; one listed itself counts."""
        if not isinstance(part, Mapping) or part.get("id") in (
            *self.catalog.products,
            *self.catalog.prices,
        ):
            return
        self.take(part, where)

    def _attached(self, content: Mapping[str, Any], where: str, product: str) -> None:
        feature = content.get("entitlement_feature") or content.get("feature")
        key = str(feature.get("id") if isinstance(feature, Mapping) else feature or "")
        owner = content.get("product") or product
        owner = owner.get("id") if isinstance(owner, Mapping) else owner
        if isinstance(feature, Mapping):
            self.catalog.features.setdefault(key, feature)
        if not owner:
            named = feature.get("name") if isinstance(feature, Mapping) else key
            self.catalog.lost.append(
                f"{where}: the file does not say which product has the feature `{shown(named)}`; "
                "keep the list's `url`, or put `product` beside it"
            )
            return
        self.catalog.attached.append((str(owner), key))


def _is_page(content: Mapping[str, Any]) -> bool:
    return isinstance(content.get("data"), list) and "object" not in content


def objects_of(content: Any) -> Iterator[str]:
    """What the first objects of a content say they are: enough to tell a Stripe export from other JSON."""
    if isinstance(content, list):
        for one in content[:20]:
            yield from objects_of(one)
    elif isinstance(content, Mapping):
        if isinstance(content.get("object"), str):
            yield content["object"]
        for part in list(content.values())[:20]:
            if isinstance(part, list | dict):
                yield from objects_of(part)
