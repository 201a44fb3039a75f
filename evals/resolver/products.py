"""Made-up products to learn from: features, limits, other people's words for them, and things they do not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from skill.model.common import slug
from skill.model.playbook import Feature, Meter, Playbook
from skill.model.topic import Span

HERE = Path(__file__).parent / "products"


@dataclass(frozen=True)
class Product:
    """One made-up product with the questions written for it."""

    name: str
    playbook: Playbook
    said: tuple[tuple[str, str], ...]
    """Key of a feature or meter, and a question in words that are not its own."""
    absent: tuple[str, ...]
    """Questions about things that it does not have."""


def products() -> tuple[Product, ...]:
    """All products of the folder, by name."""
    return tuple(read(path) for path in sorted(HERE.glob("*.txt")))


def read(path: Path) -> Product:
    """One product of a file: a thing on each line, its parts between bars."""
    features: dict[str, Feature] = {}
    meters: dict[str, Meter] = {}
    said: list[tuple[str, str]] = []
    absent: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        kind, _, rest = line.partition(" ")
        parts = [part.strip() for part in rest.split("|")]
        span = Span(file=path.name, line=number, end_line=number)
        if kind == "feature":
            name, does, words = (*parts, "", "")[:3]
            key = slug(name)
            features[key] = Feature(
                key=key, name=name, what_it_does=does, topic=path.name, span=span
            )
            said += [(key, way.strip()) for way in words.split(" / ") if way.strip()]
        elif kind == "limit":
            name, unit, of, words = parts
            key = slug(name)
            meters[key] = Meter(key=key, name=name, unit=unit, span=span)
            said.append((key, words))
            if of:
                counted = features[slug(of)]
                kept = (*counted.meters, key)
                features[counted.key] = counted.model_copy(update={"meters": kept})
        elif kind == "absent":
            absent.append(rest)
    playbook = Playbook(version=f"made-up:{path.stem}", features=features, meters=meters)
    return Product(path.stem, playbook, tuple(said), tuple(absent))


def undescribed(product: Product) -> Product:
    """The same product with names alone."""
    bare = {
        key: feature.model_copy(update={"what_it_does": ""})
        for key, feature in product.playbook.features.items()
    }
    playbook = product.playbook.model_copy(update={"features": bare})
    return Product(product.name, playbook, product.said, product.absent)


def without(product: Product, gone: frozenset[str]) -> Product:
    """The same product without some of its features."""
    kept = {k: f for k, f in product.playbook.features.items() if k not in gone}
    playbook = product.playbook.model_copy(update={"features": kept})
    said = tuple((key, way) for key, way in product.said if key not in gone)
    return Product(product.name, playbook, said, product.absent)


def grown(product: Product, told: Mapping[str, tuple[str, tuple[str, ...]]]) -> Product:
    """The same product with more features: what each says of itself, and what else it is called."""
    span = Span(file=product.name, line=1, end_line=1)
    more = {
        slug(name): Feature(
            key=slug(name),
            name=name,
            what_it_does=does,
            also_called=called,
            topic=product.name,
            span=span,
        )
        for name, (does, called) in told.items()
    }
    playbook = product.playbook.model_copy(
        update={"features": {**product.playbook.features, **more}}
    )
    return Product(product.name, playbook, product.said, product.absent)
