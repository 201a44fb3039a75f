"""Evidence that an entry is meant: one row of numbers for each entry, from words, vectors and general vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skill.retrieval import concepts as general
from skill.retrieval.amounts import same_kind
from skill.retrieval.embed import Embedder, dots
from skill.retrieval.entries import Entry, Groups
from skill.retrieval.links import Links
from skill.retrieval.question import Question, Token, name_tokens
from skill.retrieval.ragged import Ragged
from skill.retrieval.vocabulary import Compared, Vocabulary

Row = npt.NDArray[np.float32]
Rows = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

EVIDENCE = (
    "label_said", "label_explains", "label_is_all", "in_order", "text_explains", "text_explains_softly",
    "text_said", "cos_label", "cos_both", "cos_text", "cos_whole", "concept", "concept_named", "concept_way",
    "concept_against", "quantity_meter", "plain_meter", "is_bundle", "name_mass", "unit_said", "label_softly",
    "names_explain", "concept_share", "concept_here", "concept_near", "same_named",
)  # fmt: skip
"""Names of the evidence, in the order of its columns."""

AT = {name: place for place, name in enumerate(EVIDENCE)}
_LIMIT_WORDS = frozenset(
    [
        "limit",
        "max",
        "min",
        "use",
        "number",
        "count",
        "total",
        "capac",
        "quota",
        "threshold",
        "cap",
        "allow",
        "amount",
        "unit",
        "per",
        "of",
    ]
)
"""Stems that only say that something is limited."""
_WHOLE = 0.999
_FULL_MASS = 4.0
"""A name of so many telling words needs no further one."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for each entry, and what of the question none of them explains."""

    rows: Rows
    """(entries, EVIDENCE)."""
    unexplained: float
    """Share of the question's content that no entry knows at all."""
    label_row: Places
    """For each entry, its label that agrees best."""
    said: Row
    """For each word of the product, whether the question says it."""
    elsewhere: float
    """Share of the question that names a generally known thing by a name that no entry's name means as well."""


class Matcher:
    """All entries of a product, ready to be compared with a question."""

    def __init__(
        self,
        entries: Sequence[Entry],
        embedder: Embedder,
        concepts: general.Concepts | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.groups = Groups(entries)
        self.embedder = embedder
        names = [(at, name_tokens(n)) for at, entry in enumerate(entries) for n in _names(entry)]
        texts = [name_tokens(entry.description) for entry in entries]
        self._owner = np.asarray([at for at, _ in names], dtype=np.intp)
        self._first = np.searchsorted(self._owner, np.arange(len(entries))).astype(np.intp)
        self._words = Vocabulary([*(tokens for _, tokens in names), *texts], embedder)
        self._lists(names, texts)
        self._vectors(names, texts)
        stems = list(self._words.ids)
        told = [[(stems[i], w) for i, w in pairs] for pairs in self._label_words]
        self.links = Links(
            told, self._owner.tolist(), len(entries), concepts or general.table(embedder)
        )
        self._quantities()

    # building -----------------------------------------------------------------------------------------

    def _lists(
        self, names: list[tuple[int, tuple[Token, ...]]], texts: list[tuple[Token, ...]]
    ) -> None:
        labels = [self._words.weighted(tokens) for _, tokens in names]
        stems = list(self._words.ids)
        for row, owner in enumerate(self._owner):
            if self.entries[owner].kind == "meter":
                pairs = labels[row]
                labels[row] = [
                    (i, min(w, 0.15) if stems[i] in _LIMIT_WORDS else w) for i, w in pairs
                ]
        described = [self._words.weighted(tokens) for tokens in texts]
        named: list[set[int]] = [set() for _ in self.entries]
        members: list[set[int]] = [{i for i, _ in pairs} for pairs in described]
        for owner, pairs in zip(self._owner, labels, strict=True):
            named[owner].update(i for i, weight in pairs if weight > 0.1)
            members[owner].update(i for i, _ in pairs)
        self._words.count(members)
        idf = self._words.idf
        self._label_words = labels
        self._label_order = [tuple(i for i, _ in pairs) for pairs in labels]
        self._labels = Ragged(labels, idf)
        self._texts = Ragged(described, idf)
        self._named = Ragged([[(i, 1.0) for i in sorted(ids)] for ids in named], idf)
        self._all = Ragged([[(i, 1.0) for i in sorted(ids)] for ids in members], idf)

    def _vectors(
        self, names: list[tuple[int, tuple[Token, ...]]], texts: list[tuple[Token, ...]]
    ) -> None:
        embed = self.embedder.embed
        labels = [_plain(tokens) for _, tokens in names]
        described = [_plain(tokens) for tokens in texts]
        first = [labels[row] for row in self._first]
        both = [f"{n}: {d}" if d else n for n, d in zip(first, described, strict=True)]
        self._label_vectors = embed(labels)
        self._text_vectors = embed([d or n for n, d in zip(first, described, strict=True)])
        self._both_vectors = embed(both)
        self._alike = _likeness(self._texts, len(self._words.ids), [bool(d) for d in described])

    def _quantities(self) -> None:
        self._is_bundle = np.asarray([e.kind == "bundle" for e in self.entries], dtype=np.float32)
        self._is_meter = np.asarray([e.kind == "meter" for e in self.entries], dtype=np.float32)
        counted = [(e.unit.split()[0], at) for at, e in enumerate(self.entries) if e.unit]
        self._units = {head: [at for h, at in counted if h == head] for head, _ in counted}

    # asking -------------------------------------------------------------------------------------------

    def label(self, evidence: Evidence, entry: int) -> tuple[int, ...]:
        """The words, as numbers, of the label that agreed best with a question."""
        order: tuple[int, ...] = self._label_order[evidence.label_row[entry]]
        return order

    def told_apart(self, evidence: Evidence, one: int, other: int) -> bool:
        """True where the question says a word of the first one's name that the second's lacks, and not the reverse."""
        first, second = set(self.label(evidence, one)), set(self.label(evidence, other))
        mine = any(evidence.said[word] > 0.8 for word in first - second)
        theirs = any(evidence.said[word] > 0.8 for word in second - first)
        return mine and not theirs

    def alike(self, one: int, other: int) -> float:
        """How near two entries are in what they do, in 0..1: twins have nearly one description."""
        return float(self._alike[one, other])

    def evidence(self, question: Question) -> Evidence:
        """One row for each entry; pure, and the same for the same question."""
        rows = np.zeros((len(self.entries), len(EVIDENCE)), dtype=np.float32)
        if not question.tokens:
            said = np.zeros(len(self._words.ids), dtype=np.float32)
            return Evidence(rows, 1.0, self._first, said, 0.0)
        compared = self._words.compare(question)
        total = float(compared.weights.sum()) + 1e-6
        said = compared.exact.max(axis=0)
        row = self._by_words(question, compared, said, total, rows)
        rows[:, AT["same_named"]], elsewhere = self.links.same_name(question)
        self._by_vector(question, rows)
        self._by_amount(question, rows)
        known = float(dots(compared.exact.max(axis=1)[None], compared.weights)[0]) / total
        return Evidence(rows, 1.0 - known, row, said, elsewhere)

    def _by_words(
        self, question: Question, compared: Compared, said: Row, total: float, rows: Rows
    ) -> Places:
        weights, exact, soft = compared.weights, compared.exact, compared.soft
        labels = self._labels
        softly = soft.max(axis=0)
        label_said = labels.share(said)
        label_explains = labels.explained(weights, exact) / total
        whole = labels.share((said > 0.8).astype(np.float32)) > _WHOLE
        good = 2 * label_said * label_explains / (label_said + label_explains + 1e-6) + 0.2 * whole
        row = self._best_label(good)
        in_order = self._in_order(question, whole, row)
        mass = np.minimum(labels.mass(said)[row], _FULL_MASS) / _FULL_MASS
        both_softly = labels.share(softly) * labels.explained(weights, soft) / total
        rows[:, AT["label_said"]] = label_said[row]
        rows[:, AT["label_explains"]] = label_explains[row]
        rows[:, AT["label_is_all"]] = whole[row] * label_explains[row]
        rows[:, AT["in_order"]] = in_order * label_explains[row]
        rows[:, AT["name_mass"]] = in_order * mass
        rows[:, AT["label_softly"]] = self._best_of_labels(both_softly)
        rows[:, AT["names_explain"]] = self._named.explained(weights, exact) / total
        rows[:, AT["text_explains"]] = self._all.explained(weights, exact) / total
        rows[:, AT["text_explains_softly"]] = self._all.explained(weights, soft) / total
        rows[:, AT["text_said"]] = self._texts.share(softly)
        return row

    def _by_vector(self, question: Question, rows: Rows) -> None:
        core, whole = self.embedder.embed([question.core or question.text, question.text])
        if self.embedder.dim:
            rows[:, AT["cos_label"]] = self._best_of_labels(dots(self._label_vectors, core))
            rows[:, AT["cos_both"]] = dots(self._both_vectors, core)
            rows[:, AT["cos_text"]] = dots(self._text_vectors, core)
            rows[:, AT["cos_whole"]] = dots(self._both_vectors, whole)
        unnamed = 1.0 - float(rows[:, AT["in_order"]].max(initial=0.0))
        through = self.links.through(question, core)
        rows[:, AT["concept"]] = through.reading * unnamed
        rows[:, AT["concept_named"]] = through.named * unnamed
        rows[:, AT["concept_way"]] = through.way * unnamed
        rows[:, AT["concept_against"]] = through.against * unnamed
        rows[:, AT["concept_share"]] = through.share * unnamed
        rows[:, AT["concept_here"]] = through.here * unnamed
        rows[:, AT["concept_near"]] = through.near * unnamed

    def _by_amount(self, question: Question, rows: Rows) -> None:
        quantity = question.wants in ("limit", "enough", "more")
        rows[:, AT["is_bundle"]] = self._is_bundle
        rows[:, AT["quantity_meter" if quantity else "plain_meter"]] = self._is_meter
        units = {amount.unit for amount in question.amounts if amount.unit}
        if quantity and units:
            for head, entries in self._units.items():
                rows[entries, AT["unit_said"]] = any(same_kind(unit, head) for unit in units)

    def _best_label(self, good: Row) -> Places:
        """For each entry its best label; the first of equals."""
        equal = np.flatnonzero(good == self._best_of_labels(good)[self._owner])[::-1]
        best = np.empty(len(self.entries), dtype=np.intp)
        best[self._owner[equal]] = equal  # the last one written is the first of its entry
        return best

    def _best_of_labels(self, values: Row) -> Row:
        out: Row = np.maximum.reduceat(values, self._first)
        return out

    def _in_order(self, question: Question, whole: npt.NDArray[np.bool_], row: Places) -> Row:
        """1 where the label stands in the question word for word."""
        text = f" {' '.join(map(str, self._words.spoken(question)))} "
        out = np.zeros(len(row), dtype=np.float32)
        for at in np.flatnonzero(whole[row]):
            out[at] = float(f" {' '.join(map(str, self._label_order[row[at]]))} " in text)
        return out


def _likeness(texts: Ragged, size: int, described: Sequence[bool]) -> Rows:
    """Share of common words of two descriptions, by weight; 0 where one has none."""
    n = len(described)
    sparse = np.zeros((n, size), dtype=np.float32)
    for at, (ids, weights) in enumerate(texts.pairs()):
        if described[at]:
            sparse[at, ids] = weights
    totals = sparse.sum(axis=1)
    common = np.zeros((n, n), dtype=np.float32)
    for at in np.flatnonzero(totals > 0).tolist():
        shared = np.minimum(sparse, sparse[at]).sum(axis=1)
        common[at] = shared / np.maximum(np.maximum(totals, totals[at]), 1e-6)
    return common


def _names(entry: Entry) -> tuple[str, ...]:
    return (*entry.labels, entry.unit) if entry.unit else entry.labels


def _plain(tokens: Sequence[Token]) -> str:
    return " ".join(token.word for token in tokens)
