"""What a question can mean in one product: its features, limits and bundles, each with all its names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from skill.model.playbook import Bundle, Feature, Meter, Playbook, SoldAs

MAX_BUNDLE_FEATURES = 5
"""So many features stand for a named bundle that unlocks more."""


@dataclass(frozen=True)
class Entry:
    """One thing that can be meant, and the features that answer for it."""

    kind: Literal["feature", "meter", "bundle", "article"]
    key: str
    features: tuple[str, ...]
    """Features that are answered when this is meant, the first of them foremost."""
    meter: str | None
    """Key of the limit, for a meter or a bundle that only extends one."""
    labels: tuple[str, ...]
    """Its names, the first as shown."""
    description: str
    """Empty where nothing is said beyond the name."""
    unit: str = ""
    """What a meter counts by, as people say it: `hour per session`."""


class Groups:
    """Which entries stand for one and the same thing: a limit counts with its feature, a large bundle alone."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._feature = [e.features[0] if e.features else None for e in entries]
        self._own = {e.key: at for at, e in enumerate(entries) if e.kind == "feature"}
        self._ids: dict[str, int] = {}
        names = [self._name(e, feature) for e, feature in zip(entries, self._feature, strict=True)]
        self._group = np.asarray([self._id(name) for name in names], dtype=np.intp)
        self._open = [(at, e) for at, e in enumerate(entries) if len(e.features) > 1]

    def of(
        self, scores: npt.NDArray[np.floating[Any]]
    ) -> tuple[npt.NDArray[np.intp], list[str | None]]:
        """The group and the foremost feature of each entry; of several features, the one that scores best."""
        if not self._open:
            return self._group, self._feature
        group, feature = self._group.copy(), list(self._feature)
        for at, entry in self._open:
            best = max(entry.features, key=lambda key: self._score(key, scores))
            feature[at] = best
            group[at] = self._id(self._name(entry, best))
        return group, feature

    def _score(self, key: str, scores: npt.NDArray[np.floating[Any]]) -> float:
        at = self._own.get(key)
        return -99.0 if at is None else float(scores[at])

    def _name(self, entry: Entry, feature: str | None) -> str:
        if entry.kind == "bundle" and len(entry.features) > 1:
            return f"bundle:{entry.key}"
        return feature or f"meter:{entry.key}"

    def _id(self, name: str) -> int:
        return self._ids.setdefault(name, len(self._ids))


def entries(playbook: Playbook) -> tuple[Entry, ...]:
    """All entries of a product, features first; a bundle that has a feature's name is left to the feature."""
    found = [_feature(feature) for feature in playbook.features.values()]
    names = {_bare(label) for entry in found for label in entry.labels}
    found.extend(_meter(meter, playbook) for meter in playbook.meters.values())
    for bundle in playbook.bundles.values():
        entry = _bundle(bundle, playbook)
        if entry is not None and _bare(bundle.name) not in names:
            found.append(entry)
    found.extend(_articles(playbook))
    return tuple(found)


def _articles(playbook: Playbook) -> Iterator[Entry]:
    """Help pages for customers: what one is about is said in its heading and its first passage."""
    for article in playbook.articles:
        needs = tuple(key for key in article.needs if key in playbook.features)
        if needs and not article.internal:
            text = article.passages[0].template if article.passages else ""
            yield Entry("article", article.key, needs, None, (article.heading,), text)


def _feature(feature: Feature) -> Entry:
    text = _beyond(feature.what_it_does, feature.name)
    labels = (feature.name, *feature.also_called, *feature.formerly)
    return Entry("feature", feature.key, (feature.key,), None, labels, text)


def _meter(meter: Meter, playbook: Playbook) -> Entry:
    linked = [feature for feature in playbook.features.values() if meter.key in feature.meters]
    text = [_beyond(meter.counts, meter.name), *(feature.name for feature in linked)]
    keys = tuple(feature.key for feature in linked)
    unit = _unit(meter, playbook)
    return Entry(
        "meter",
        meter.key,
        keys,
        meter.key,
        (meter.name, *meter.also_called),
        " ".join(filter(None, text)),
        unit,
    )


def _bundle(bundle: Bundle, playbook: Playbook) -> Entry | None:
    """An extra stands for what it unlocks, or for the limit it extends; a plan is no entry, its name is frame."""
    if bundle.sold_as is SoldAs.PLAN:
        return None
    features = tuple(key for key in bundle.unlocks if key in playbook.features)
    limits = [limit.meter for limit in bundle.limits if limit.meter in playbook.meters]
    meter = limits[0] if limits and not features else None
    if meter is not None:
        features = tuple(f.key for f in playbook.features.values() if meter in f.meters)
    if not features and meter is None:
        return None
    labels = (bundle.name, *bundle.also_called, *bundle.formerly)
    text = _beyond(bundle.description, bundle.name)
    return Entry("bundle", bundle.key, features[:MAX_BUNDLE_FEATURES], meter, labels, text)


def _unit(meter: Meter, playbook: Playbook) -> str:
    """The meter's unit with its period or scope, which stands in the bundles that limit it."""
    unit = meter.unit.replace("/", " per ").replace("_", " ")
    if " per " in unit:
        return unit
    for bundle in playbook.bundles.values():
        for limit in bundle.limits:
            if limit.meter == meter.key and limit.per:
                return f"{unit or limit.unit} per {limit.per}"
    return unit


def _beyond(text: str, name: str) -> str:
    """The text where it says more than the name."""
    return "" if _bare(text) == _bare(name) else text


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
