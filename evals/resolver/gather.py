"""From made-up products to samples: every question with the evidence that the resolver sees, and what is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evals.resolver import products as made
from evals.resolver import questions as asked
from evals.resolver.products import Product
from skill.model.common import slug
from skill.retrieval import concepts as general
from skill.retrieval.embed import Embedder
from skill.retrieval.entries import entries
from skill.retrieval.match import AT, Evidence, Matcher
from skill.retrieval.question import Question, read
from skill.retrieval.rank import Ranked

FOLDS = 5
"""The ways of saying in general vocabulary are left out by turns: each is asked where it is not known."""
N_GROWN = 40
"""So many names of general vocabulary are added, so that a product is as large as real ones are."""
N_FOREIGN = 5
"""So many things of each other product are asked about."""

MIX = {
    "named": 26, "mistyped": 6, "partly": 3, "described": 16, "loosely": 6, "counted": 12, "said": 5, "way": 12,
    "nearly a way": 3, "called": 8, "foreign": 8, "foreign wish": 4, "foreign way": 3, "removed": 6, "removed, said": 2,
    "absent": 4, "bare, described": 2, "bare, said": 2,
}  # fmt: skip
"""How often each style is asked, in parts: what each counts in training, whatever its number of questions."""


NEARLY = ("nearly a way",)
"""Styles close to what general vocabulary knows: asked where all of it is known."""


@dataclass(frozen=True)
class World:
    """One product as it is asked about, with what is known of general vocabulary there."""

    product: Product
    matcher: Matcher


@dataclass(frozen=True)
class Sample:
    """One question with its evidence."""

    world: World
    case: asked.Case
    question: Question
    evidence: Evidence

    @cached_property
    def meant(self) -> npt.NDArray[np.bool_]:
        """Entries that stand for what is meant; none where the product has no such thing."""
        playbook, wanted = self.world.product.playbook, self.case.key
        keys = {wanted} if wanted else set()
        if wanted in playbook.meters:
            keys |= {k for k, f in playbook.features.items() if wanted in f.meters}
        return np.asarray(
            [e.key in keys or wanted in e.features for e in self.world.matcher.entries]
        )

    def found(self, order: Sequence[Ranked], among: int) -> bool:
        """True where what is meant is among the first of an order."""
        rows = self.meant
        return any(bool(rows[ranked.entry]) for ranked in order[:among])


def gather(embedder: Embedder) -> list[Sample]:
    """All samples of all products, each product in four guises."""
    everything = made.products()
    tables = [left_out(embedder, fold) for fold in range(FOLDS)]
    whole = general.Concepts(embedder, general.load())
    out: list[Sample] = []
    for at, product in enumerate(everything):
        fold = at % FOLDS
        others = [other for other in everything if other.name != product.name]
        for guise, cases in guises(product, others, fold, embedder, tables[fold]):
            found = entries(guise.playbook)
            partly = World(guise, Matcher(found, embedder, tables[fold]))
            wholly = World(guise, Matcher(found, embedder, whole))
            for case in cases:
                question = read(case.text)
                world = wholly if case.kind in NEARLY else partly
                if question.core:
                    evidence = world.matcher.evidence(question)
                    out.append(Sample(world, case, question, evidence))
    return out


def left_out(embedder: Embedder, fold: int) -> general.Concepts:
    """General vocabulary without one fifth of its ways of saying."""
    kept = [replace(c, ways=tuple(w for w in c.ways if _fold(w) != fold)) for c in general.load()]
    return general.Concepts(embedder, kept)


def _fold(way: str) -> int:
    return asked.chance("way", way) % FOLDS


def guises(
    product: Product,
    others: Sequence[Product],
    fold: int,
    embedder: Embedder,
    concepts: general.Concepts,
) -> Iterator[tuple[Product, list[asked.Case]]]:
    """As it is; with names alone; grown to a real size; and without a third of its features."""
    found = entries(product.playbook)
    matcher = Matcher(found, embedder, concepts)
    cases = list(asked.own(product.name, found))
    cases += said(product, "said")
    cases += [asked.Case("absent", text) for text in product.absent]
    cases += foreign(product, others, matcher)
    yield product, cases
    bare = [replace(c, kind="bare, described") for c in cases if c.kind == "described"]
    yield made.undescribed(product), bare + said(product, "bare, said")
    more, free = extras(product, matcher)
    whole = made.grown(
        product, {name: (_told(concept, fold), _called(name, concept)) for name, concept in more}
    )
    kinds = ("described", "loosely", "counted", "said", "absent")
    added = [*general_cases(product, more, fold), *foreign_ways(product, free, fold)]
    yield whole, [*(c for c in cases if c.kind in kinds), *added]
    yield thinned_out(product)


def thinned_out(product: Product) -> tuple[Product, list[asked.Case]]:
    """A third of the features taken away, and asked about."""
    keys = sorted(product.playbook.features)
    gone = frozenset(key for key in keys if asked.chance(product.name, "gone", key) % 3 == 0)
    cases = [
        asked.Case("removed", asked.framed(product.playbook.features[key].name, f"{key}gone"))
        for key in sorted(gone)
    ]
    cases += [asked.Case("removed, said", way) for key, way in product.said if key in gone]
    rest = made.without(product, gone)
    return rest, [*cases, *(replace(c, kind="said") for c in said(rest, "said"))]


def said(product: Product, kind: str) -> list[asked.Case]:
    """The questions in other people's words."""
    return [asked.Case(kind, way, key) for key, way in product.said]


def foreign(product: Product, others: Sequence[Product], matcher: Matcher) -> list[asked.Case]:
    """Things of other products that nothing here comes near, by name and by description."""
    out: list[asked.Case] = []
    for other in others:
        keys = sorted(
            other.playbook.features, key=lambda key: asked.chance(product.name, other.name, key)
        )
        kept = [key for key in keys if not _sold(matcher, other.playbook.features[key].name)]
        for key in kept[:N_FOREIGN]:
            feature = other.playbook.features[key]
            out.append(asked.Case("foreign", asked.framed(feature.name, f"{product.name}{key}")))
            text = asked.wish(feature.what_it_does)
            if text:
                wish = asked.wished(text, f"{product.name}{key}w")
                out.append(asked.Case("foreign wish", wish))
    return out


def _sold(matcher: Matcher, name: str) -> bool:
    """True where something here may well go by that name."""
    rows = matcher.evidence(read(name)).rows
    signs = ("label_is_all", "same_named", "names_explain", "concept_named")
    return max(float(rows[:, AT[sign]].max(initial=0)) for sign in signs) >= 0.6


def extras(
    product: Product, matcher: Matcher
) -> tuple[list[tuple[str, general.Concept]], list[general.Concept]]:
    """Names from general vocabulary that nothing here goes by; and concepts that stay foreign to the product."""
    tied = matcher.links.ties.max(axis=1, initial=0)
    free = [c for c, tie in zip(general.load(), tied, strict=True) if tie < 0.2]
    free.sort(key=lambda c: asked.chance(product.name, c.key))
    taken = set(product.playbook.features) | set(product.playbook.meters)
    out: list[tuple[str, general.Concept]] = []
    for concept in free[:N_GROWN]:
        name = concept.names[asked.chance(product.name, concept.key, "name") % len(concept.names)]
        if slug(name) not in taken:
            taken.add(slug(name))
            out.append((name, concept))
    grown = Matcher(
        entries(made.grown(product, {n: ("", ()) for n, _ in out}).playbook), matcher.embedder
    )
    ties = dict(zip((c.key for c in general.load()), grown.links.ties.max(axis=1), strict=True))
    return out, [c for c in free[N_GROWN:] if ties[c.key] < 0.2]


def general_cases(
    product: Product, more: Sequence[tuple[str, general.Concept]], fold: int
) -> Iterator[asked.Case]:
    """The added names asked by name, by ways of saying that are not known there, and by ways nearly known."""
    for name, concept in more:
        key, seed = slug(name), f"{product.name}{name}"
        yield asked.Case("named", asked.framed(name, seed), key)
        for other in _called(name, concept):
            yield asked.Case("called", asked.framed(other, f"{seed}{other}"), key)
        for way in [w for w in concept.ways if _fold(w) == fold][:3]:
            yield asked.Case("way", asked.wished(way, f"{seed}{way}"), key)
        for way in concept.ways[:2]:
            yield asked.Case("nearly a way", _nearly(way, seed), key)


def foreign_ways(
    product: Product, free: Sequence[general.Concept], fold: int
) -> Iterator[asked.Case]:
    """Ways of saying, not known there, of things that the product does not have."""
    for concept in free[:N_GROWN]:
        for way in [w for w in concept.ways if _fold(w) == fold][:2]:
            yield asked.Case("foreign way", asked.wished(way, f"{product.name}{way}"))


def _called(name: str, concept: general.Concept) -> tuple[str, ...]:
    """What an added feature is also called: two more of its names and a way of saying, for every third one."""
    if asked.chance(concept.key, "called") % 3:
        return ()
    return (*[other for other in concept.names if other != name][-2:], *concept.ways[:1])


def _told(concept: general.Concept, fold: int) -> str:
    """What an added feature says of itself: every second one something, in words of a way that is known there."""
    known = [w for w in concept.ways if _fold(w) != fold]
    if not known or asked.chance(concept.key, "told") % 2:
        return ""
    way = known[-1]
    return f"{way[0].upper()}{way[1:]}."


def _nearly(way: str, seed: str) -> str:
    return asked.wished(asked.thinned(way, f"{seed}{way}", 70), f"{seed}{way}")
