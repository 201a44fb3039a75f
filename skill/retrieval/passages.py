"""Every quotable or internal passage of a playbook, with the features it is about; customers' and internal ones apart."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from skill.model.playbook import Article, Playbook
from skill.model.topic import Note, Quote

Scope = Literal["customers", "all"]

_LAYOUT = "2"
"""Counts up when the text that is indexed is made differently, so that no old index is read."""
_SLOT = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Passage:
    """A passage with the text that it is found by."""

    passage: Quote | Note
    features: frozenset[str]
    """Keys of the features it is about; empty where it is about none."""
    needs_all: bool
    """True for a how-to: it is for somebody who has every one of its features."""
    text: str
    about: str = ""
    """What the features that a how-to needs are called and what they do: it is found by that too."""

    @property
    def body(self) -> str:
        """The text without its heading."""
        return self.text[len(self.passage.heading) :]

    @property
    def digest(self) -> str:
        """Digest of the text and the place; two passages never share one."""
        place = f"{self.passage.topic}\0{self.passage.span}\0{self.passage.digest}\0{self.text}"
        return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()

    @property
    def key(self) -> tuple[str, int, str]:
        """Where it stands in the Topics, and its digest: equals are ordered by it, whatever order they came in."""
        return (self.passage.span.file, self.passage.span.line, self.digest)


def passages(playbook: Playbook, scope: Scope) -> tuple[Passage, ...]:
    """The passages of one index, each once, in reading order.

    Internal text is in `all` alone: it stands in another index, not behind a filter.
    """
    found = list(_for_customers(playbook))
    if scope == "all":
        found.extend(_internal(playbook))
    kept: dict[str, Passage] = {}
    for passage in found:
        kept.setdefault(passage.digest, passage)
    return tuple(kept.values())


def content_digest(found: Sequence[Passage], scope: Scope) -> str:
    """Digest of everything an index is built from, apart from the embedder."""
    whole = hashlib.sha256(f"{_LAYOUT}\0{scope}".encode())
    for passage in found:
        whole.update(passage.digest.encode())
    return whole.hexdigest()


def _for_customers(playbook: Playbook) -> Iterator[Passage]:
    for feature in playbook.features.values():
        yield from (_quote(quote, {feature.key}) for quote in feature.quotes)
    for bundle in playbook.bundles.values():
        yield from (_quote(quote, set(bundle.unlocks)) for quote in bundle.quotes)
    for play in playbook.plays:
        yield from (_quote(quote, set()) for quote in play.quotes)
    for quote in (*playbook.defaults, *playbook.notices):
        yield _quote(quote, set())
    for article in playbook.articles:
        if not article.internal:
            yield from _article(article, playbook)


def _internal(playbook: Playbook) -> Iterator[Passage]:
    for feature in playbook.features.values():
        yield from (_note(note, {feature.key}) for note in feature.notes)
    for bundle in playbook.bundles.values():
        yield from (_note(note, set(bundle.unlocks)) for note in bundle.notes)
    for play in playbook.plays:
        yield from (_note(note, set()) for note in play.notes)
    for article in playbook.articles:
        if article.internal:
            yield from _article(article, playbook)
    for topic in playbook.topics:
        for section in topic.sections:
            yield from (_note(note, set()) for note in section.notes)


def _article(article: Article, playbook: Playbook) -> Iterator[Passage]:
    known = (playbook.features[key] for key in article.needs if key in playbook.features)
    about = " ".join(
        part for one in known for part in (one.name, *one.also_called, one.what_it_does)
    )
    for quote in article.passages:
        yield Passage(quote, frozenset(article.needs), True, _text(quote), about)


def _quote(quote: Quote, features: set[str]) -> Passage:
    return Passage(quote, frozenset(features), False, _text(quote))


def _text(quote: Quote) -> str:
    return f"{quote.heading}. {_SLOT.sub(' ', quote.template)}"


def _note(note: Note, features: set[str]) -> Passage:
    return Passage(note, frozenset(features), False, f"{note.heading}. {note.text}")
