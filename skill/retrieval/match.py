"""Evidence that an entry is meant: one row of numbers for each entry, from words, vectors and general vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import cdist

from skill.retrieval import concepts as general
from skill.retrieval.amounts import same_kind
from skill.retrieval.embed import Embedder
from skill.retrieval.entries import Entry
from skill.retrieval.ragged import Ragged
from skill.retrieval.question import Question, Token, name_tokens
from skill.retrieval.words import Joins

Row = npt.NDArray[np.float32]
Rows = npt.NDArray[np.float32]

SHARPNESS = 30.0
"""How much the first concept of a question outweighs the second; readings lie between 0 and 0.3."""

EVIDENCE = (
    "label_said", "label_explains", "label_is_all", "in_order", "text_explains", "text_explains_softly", "text_said",
    "cos_label", "cos_both", "cos_text", "cos_whole", "concept", "concept_named", "concept_way", "concept_against", "quantity_meter", "plain_meter", "is_bundle",
    "name_mass", "unit_said", "label_softly", "names_explain", "concept_share", "concept_here", "concept_near", "same_named",
)  # fmt: skip
"""Names of the evidence, in the order of its columns."""

_LIMIT_WORDS = frozenset(
    "limit max min use number count total capac quota threshold cap allow amount unit per of".split()
)


@dataclass(frozen=True)
class Evidence:
    """What speaks for each entry, and what of the question none of them explains."""

    rows: Rows
    """(entries, EVIDENCE)."""
    unexplained: float
    """Share of the question's content that no entry knows at all."""
    label_row: npt.NDArray[np.int_]
    """For each entry, its label that agrees best."""
    said: Row
    """For each word of the product, whether the question says it."""
    elsewhere: float
    """Share of the question that names a generally known thing by a name that no entry's name means as well."""


class Matcher:
    """All entries of a product, ready to be compared with a question."""

    def __init__(
        self, entries: Sequence[Entry], embedder: Embedder, concepts: general.Concepts | None = None
    ) -> None:
        self.entries = tuple(entries)
        self._embedder = embedder
        self._general = concepts or general.table(embedder)
        self._known = self._general.stems
        labels = [
            (at, name_tokens(label)) for at, entry in enumerate(entries) for label in _names(entry)
        ]
        texts = [name_tokens(entry.description) for entry in entries]
        plain = [[t.stem for t in q] for _, q in labels] + [[t.stem for t in q] for q in texts]
        self._joins = Joins(plain)
        self._vocabulary: dict[str, int] = {}
        self._surface: list[str] = []
        self._label_owner = np.asarray([at for at, _ in labels], dtype=np.intp)
        label_ids = [self._ids(q, entries[at].kind == "meter") for at, q in labels]
        text_ids = [self._ids(q, False) for q in texts]
        self._label_order = [tuple(i for i, _ in pairs) for pairs in label_ids]
        self._label_tokens = [tokens for _, tokens in labels]
        self._spellings([tokens for _, tokens in labels] + texts)
        self._weights(label_ids, text_ids)
        self._vectors(labels, texts)
        self._link()

    # building -----------------------------------------------------------------------------------------

    def _ids(self, tokens: Sequence[Token], of_meter: bool) -> list[tuple[int, float]]:
        surface = {t.stem: t for t in tokens}
        out = []
        for stem, at in self._joins.apply([t.stem for t in tokens]):
            token = tokens[at]
            if stem not in self._vocabulary:
                self._vocabulary[stem] = len(self._vocabulary)
                self._surface.append(surface[stem].word if stem in surface else stem)
            weight = token.weight
            if of_meter and stem in _LIMIT_WORDS:
                weight = min(weight, 0.15)
            out.append((self._vocabulary[stem], weight))
        return out

    def _spellings(self, texts: Sequence[Sequence[Token]]) -> None:
        """Every written form of every word, for typing errors, and the words of each group of synonyms."""
        forms = {
            (t.word, self._vocabulary[t.stem])
            for text in texts
            for t in text
            if t.stem in self._vocabulary
        }
        pairs = sorted((word, at) for word, at in forms if len(word) > 3)
        self._written = [word for word, _ in pairs]
        self._written_id = np.asarray([at for _, at in pairs], dtype=np.intp)
        self._senses = general.synonyms()
        self._by_sense: dict[int, list[int]] = {}
        for stem, at in self._vocabulary.items():
            for group in self._senses.get(stem, ()):
                self._by_sense.setdefault(group, []).append(at)

    def _weights(
        self, label_ids: list[list[tuple[int, float]]], text_ids: list[list[tuple[int, float]]]
    ) -> None:
        n = len(self.entries)
        size = len(self._vocabulary)
        members: list[set[int]] = [set() for _ in range(n)]
        for owner, pairs in zip(self._label_owner, label_ids, strict=True):
            members[owner].update(i for i, _ in pairs)
        for owner, pairs in enumerate(text_ids):
            members[owner].update(i for i, _ in pairs)
        count = np.zeros(size, dtype=np.float32)
        for ids in members:
            count[list(ids)] += 1
        self._idf = (np.log1p(n / np.maximum(count, 1)) / np.log1p(n)).astype(np.float32)
        self._labels = Ragged(label_ids, self._idf)
        self._texts = Ragged(text_ids, self._idf)
        named: list[set[int]] = [set() for _ in range(n)]
        for owner, pairs in zip(self._label_owner, label_ids, strict=True):
            named[owner].update(i for i, w in pairs if w > 0.1)
        self._names = Ragged([[(i, 1.0) for i in sorted(ids)] for ids in named], self._idf)
        self._first_label = np.searchsorted(self._label_owner, np.arange(n)).astype(np.intp)
        self._all = Ragged([[(i, 1.0) for i in sorted(ids)] for ids in members], self._idf)

    def _vectors(
        self, labels: list[tuple[int, tuple[Token, ...]]], texts: list[tuple[Token, ...]]
    ) -> None:
        embed = self._embedder.embed
        names = [_plain(q) for _, q in labels]
        first: dict[int, str] = {}
        for (at, _), name in zip(labels, names, strict=True):
            first.setdefault(at, name)
        self._label_vectors = embed(names)
        described = [_plain(q) for q in texts]
        self._text_vectors = embed([d or first[at] for at, d in enumerate(described)])
        self._both_vectors = embed(
            [f"{first[at]}: {d}" if d else first[at] for at, d in enumerate(described)]
        )
        self._word_vectors = embed(self._surface)
        self._alike = self._likeness([bool(d) for d in described])

    def _likeness(self, described: list[bool]) -> Rows:
        """Share of common words of two descriptions, by weight; 0 where one has none."""
        n = len(self.entries)
        sparse = np.zeros((n, len(self._vocabulary)), dtype=np.float32)
        for at, (ids, weights) in enumerate(self._texts.pairs()):
            if described[at]:
                sparse[at, ids] = weights
        common = np.zeros((n, n), dtype=np.float32)
        totals = sparse.sum(axis=1)
        for at in range(n):
            if totals[at] > 0:
                shared = np.minimum(sparse, sparse[at]).sum(axis=1)
                common[at] = shared / np.maximum(np.maximum(totals, totals[at]), 1e-6)
        return common

    def _link(self) -> None:
        """How strongly each concept is tied to each entry: its name in a label, or whole in the description."""
        stems = list(self._vocabulary)
        n_concepts = len(self._general.concepts)
        link = np.zeros((n_concepts, len(self.entries)), dtype=np.float32)
        starting: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for at, name in self._general.names:
            if name:
                starting.setdefault(name[0], []).append((at, name))
        for row, (ids, weights) in enumerate(self._labels.pairs()):
            label = {stems[i]: float(w) for i, w in zip(ids, weights, strict=True)}
            owner = self._label_owner[row]
            for stem in label:
                for at, name in starting.get(stem, ()):
                    link[at, owner] = max(link[at, owner], _agreement(name, label))
        self._links = link
        self._kin: dict[int, set[int]] = {}
        for row, tokens in enumerate(self._label_tokens):
            bare = general.bare_stems(tokens)
            for stem in bare:
                for group, name in general.same().get(stem, ()):
                    if name == bare:
                        self._kin.setdefault(group, set()).add(int(self._label_owner[row]))
        self._present = (link.max(axis=1) >= 0.5).astype(np.float32)

    def label(self, evidence: Evidence, entry: int) -> tuple[int, ...]:
        """The words, as numbers, of the label that agreed best with a question."""
        return self._label_order[evidence.label_row[entry]]

    def told_apart(self, evidence: Evidence, one: int, other: int) -> bool:
        """True where the question says a word of the first one's name that the second's lacks, and not the reverse."""
        first, second = set(self.label(evidence, one)), set(self.label(evidence, other))
        mine = any(evidence.said[word] > 0.8 for word in first - second)
        theirs = any(evidence.said[word] > 0.8 for word in second - first)
        return mine and not theirs

    def alike(self, one: int, other: int) -> float:
        """How near two entries are in what they do, in 0..1: twins have nearly one description."""
        return float(self._alike[one, other])

    # asking -------------------------------------------------------------------------------------------

    def evidence(self, question: Question) -> Evidence:
        """One row for each entry; pure, and the same for the same question."""
        tokens, weights, similar, soft = self._compare(question)
        n = len(self.entries)
        rows = np.zeros((n, len(EVIDENCE)), dtype=np.float32)
        if not tokens:
            return Evidence(
                rows, 1.0, self._first_label, np.zeros(len(self._vocabulary), dtype=np.float32)
            )
        total = float(weights.sum()) + 1e-6
        said = similar.max(axis=0)
        labels = self._labels
        label_said = labels.share(said)
        label_explains = weights @ labels.best(similar) / total
        whole = labels.share((said > 0.8).astype(np.float32)) > 0.999
        good = 2 * label_said * label_explains / (label_said + label_explains + 1e-6) + 0.2 * whole
        row = self._best_label(good)
        column = dict(zip(EVIDENCE, range(len(EVIDENCE)), strict=True))
        rows[:, column["label_said"]] = label_said[row]
        rows[:, column["label_explains"]] = label_explains[row]
        rows[:, column["label_is_all"]] = whole[row] * label_explains[row]
        in_order = self._in_order(question, whole, row)
        rows[:, column["in_order"]] = in_order * label_explains[row]
        rows[:, column["name_mass"]] = in_order * np.minimum(labels.mass(said)[row], 4) / 4
        rows[:, column["names_explain"]] = weights @ self._names.best(similar) / total
        rows[:, column["text_explains"]] = weights @ self._all.best(similar) / total
        rows[:, column["text_explains_softly"]] = weights @ self._all.best(soft) / total
        rows[:, column["text_said"]] = self._texts.share(soft.max(axis=0))
        rows[:, column["label_softly"]] = self._best_value(
            labels.share(soft.max(axis=0)) * (weights @ labels.best(soft) / total)
        )
        elsewhere = self._by_same_name(question, rows[:, column["same_named"]])
        self._by_vector(question, rows, column)
        self._by_amount(question, rows, column)
        known = float(weights @ similar.max(axis=1)) / total
        return Evidence(rows, 1.0 - known, row, said, elsewhere)

    def _compare(self, question: Question) -> tuple[list[int], Row, Rows, Rows]:
        """Question words against the vocabulary: exact or mistyped, and softly by meaning."""
        pairs = self._joins.apply([t.stem for t in question.tokens])
        kept: dict[str, Token] = {}
        weight: dict[str, float] = {}
        for stem, at in pairs:
            token = question.tokens[at]
            if stem not in kept or token.weight > weight[stem]:
                kept[stem], weight[stem] = token, token.weight
        stems = list(kept)[:60]
        size = len(self._vocabulary)
        similar = np.zeros((len(stems), size), dtype=np.float32)
        strange = []
        for at, stem in enumerate(stems):
            found = self._vocabulary.get(stem)
            if found is not None:
                similar[at, found] = 1.0
            elif len(stem) >= 4 and not stem.isdigit() and stem not in self._known:
                strange.append(at)
        if strange:
            near = cdist(
                [kept[stems[i]].word for i in strange], self._written, scorer=DamerauLevenshtein.normalized_similarity,
                score_cutoff=0.79,
            )  # fmt: skip
            for at, line in zip(strange, near, strict=True):
                np.maximum.at(
                    similar[at], self._written_id, np.where(line > 0, 0.9, 0).astype(np.float32)
                )
        weights = np.asarray([weight[s] for s in stems], dtype=np.float32)
        idf = np.asarray(
            [self._idf[self._vocabulary[s]] if s in self._vocabulary else 1.0 for s in stems],
            dtype=np.float32,
        )
        weights = weights * (0.4 + 0.6 * idf)
        soft = similar.copy()
        for at, stem in enumerate(stems):
            for group in self._senses.get(stem, ()):
                for other in self._by_sense.get(group, ()):
                    soft[at, other] = max(soft[at, other], 0.75)
        if self._embedder.dim:
            vectors = self._embedder.embed([kept[s].word for s in stems])
            meaning = np.clip((vectors @ self._word_vectors.T - 0.4) / 0.6, 0, 0.8)
            meaning[weights < 0.15] = 0
            soft = np.maximum(soft, meaning)
        return [self._vocabulary.get(s, -1) for s in stems], weights, similar, soft

    def _best_label(self, good: Row) -> npt.NDArray[np.int_]:
        order = np.lexsort((good, self._label_owner))
        last = (
            np.searchsorted(self._label_owner[order], np.arange(len(self.entries)), side="right")
            - 1
        )
        best: npt.NDArray[np.int_] = order[last]
        return best

    def _best_value(self, values: Row) -> Row:
        out = np.zeros(len(self.entries), dtype=np.float32)
        np.maximum.at(out, self._label_owner, values)
        return out

    def _in_order(
        self, question: Question, whole: npt.NDArray[np.bool_], row: npt.NDArray[np.int_]
    ) -> Row:
        """1 where the label stands in the question word for word."""
        said = [
            self._vocabulary.get(stem, -1)
            for stem, _ in self._joins.apply([t.stem for t in question.tokens])
        ]
        text = " " + " ".join(map(str, said)) + " "
        out = np.zeros(len(row), dtype=np.float32)
        for at in np.flatnonzero(whole[row]):
            out[at] = float(" " + " ".join(map(str, self._label_order[row[at]])) + " " in text)
        return out

    def _by_same_name(self, question: Question, column: Row) -> float:
        """Entries whose name means the same as a name that was said; returns what such names say of nothing here."""
        told: dict[str, float] = {}
        for token in question.tokens:
            told[token.stem] = max(told.get(token.stem, 0.0), token.weight)
        total = sum(told.values()) + 1e-6
        elsewhere = 0.0
        for stem in told:
            for group, name in general.same().get(stem, ()):
                if not name <= told.keys():
                    continue
                share = sum(told[s] for s in name) / total
                for entry in self._kin.get(group, ()):
                    column[entry] = max(column[entry], share)
                if group not in self._kin:
                    elsewhere = max(elsewhere, share)
        return elsewhere

    def _by_vector(self, question: Question, rows: Rows, column: dict[str, int]) -> None:
        vectors = self._embedder.embed([question.core or question.text, question.text])
        if self._embedder.dim:
            core, whole = vectors
            rows[:, column["cos_label"]] = self._best_value(self._label_vectors @ core)
            rows[:, column["cos_both"]] = self._both_vectors @ core
            rows[:, column["cos_text"]] = self._text_vectors @ core
            rows[:, column["cos_whole"]] = self._both_vectors @ whole
        reading, by_name, by_way, near = self._general.scores(question, vectors[0])
        unnamed = 1.0 - float(rows[:, column["in_order"]].max(initial=0.0))
        named = (self._links * by_name[:, None]).max(axis=0)
        share = np.exp((reading - reading.max()) * SHARPNESS)
        here = share * self._present
        rows[:, column["concept_share"]] = self._links.T @ (share / share.sum()) * unnamed
        rows[:, column["concept_here"]] = (
            self._links.T @ (here / max(float(here.sum()), 1e-6)) * unnamed
        )
        rows[:, column["concept_near"]] = (self._links * np.maximum(near, 0)[:, None]).max(
            axis=0
        ) * unnamed
        rows[:, column["concept"]] = (self._links * np.maximum(reading, 0)[:, None]).max(
            axis=0
        ) * unnamed
        rows[:, column["concept_named"]] = named * unnamed
        rows[:, column["concept_way"]] = (self._links * by_way[:, None]).max(axis=0) * unnamed
        rows[:, column["concept_against"]] = (by_name.max() - named) * unnamed

    def _by_amount(self, question: Question, rows: Rows, column: dict[str, int]) -> None:
        quantity = question.wants in ("limit", "enough", "more")
        units = {a.unit for a in question.amounts if a.unit}
        for at, entry in enumerate(self.entries):
            if entry.kind == "bundle":
                rows[at, column["is_bundle"]] = 1
            if entry.kind == "meter":
                rows[at, column["quantity_meter" if quantity else "plain_meter"]] = 1
                if quantity and entry.unit:
                    head = entry.unit.split()[0]
                    rows[at, column["unit_said"]] = any(same_kind(unit, head) for unit in units)


def _names(entry: Entry) -> tuple[str, ...]:
    return (*entry.labels, entry.unit) if entry.unit else entry.labels


def _plain(tokens: Sequence[Token]) -> str:
    return " ".join(t.word for t in tokens)


def _agreement(name: tuple[str, ...], label: dict[str, float]) -> float:
    """Share of a label that a concept's whole name explains; 0 where the name is not whole in it."""
    if not name or not all(stem in label for stem in name):
        return 0.0
    return sum(label[stem] for stem in set(name)) / (sum(label.values()) + 1e-6)
