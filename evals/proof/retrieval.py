"""Finding the right help page: two sets of documents that others wrote, beside plain BM25, and the time it takes.

    python -m evals.proof.retrieval           print the figures of every embedder that is here

GrowthBook: questions whose answer is one passage of one plan. Banking: tasks that need several of 700 documents; what
support asks is what the person of the task wants, so that the documents that stay inside are searched too.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from evals.proof.table import ROOT, Table
from evals.resolver.train import rungs
from skill.compiler.folder import Compiler
from skill.compiler.importers.articles import HelpTopics, import_articles
from skill.model.common import slug
from skill.model.playbook import Article, Playbook
from skill.model.topic import Quote, Span
from skill.retrieval.embed import Embedder, Vectors
from skill.retrieval.index import MAX_HITS, Library
from skill.retrieval.words import MAX_CHARS

DATA = ROOT.parent / "shared" / "data"
GROWTHBOOK = DATA / "docs" / "growthbook"
BANKING = DATA / "banking"
TODAY = date(2026, 11, 21)
N_PASSAGES = 10_000
_TRIES = 5
"""The best of so many is the time of a question: others share the machine."""
_FIRST, _FIVE, _PLAN = (
    "right passage first",
    "right passage in five",
    "plan of the first is the right one",
)
_TEN, _THIRTY = "recall at 10", "recall at 30"
Search = Callable[[str], list[str]]
"""Ids of documents for a question, best first."""


@dataclass(frozen=True)
class Figure:
    """One measured figure: so many of so many; a mean share is of one."""

    value: float
    of: int = 1

    def __str__(self) -> str:
        return f"{self.value:.0f} of {self.of}" if self.of > 1 else f"{self.value:.3f}"


Figures = dict[str, Figure]


def main() -> None:
    """Measure plain BM25 and every embedder that is here."""
    table = Table("retrieval")
    add_plain(table)
    for embedder in reversed(rungs()):
        add_retrieval(table, embedder)
        add_speed(table, embedder)
    table.finish()


def add_retrieval(table: Table, embedder: Embedder) -> None:
    """The figures of the product's own search with this embedder; the goal is what plain BM25 reaches."""
    for name, folder, measured in _SETS:
        if not folder.is_dir():
            table.add(f"{embedder.name}: {name}", "not here: its figures are left out")
            continue
        plain = measured(_plain(name))
        for figure, found in measured(_searched(name, embedder)).items():
            least = plain[figure]
            ok = found.value >= least.value
            table.add(f"{embedder.name}: {name}, {figure}", str(found), f"plain BM25: {least}", ok)


def add_plain(table: Table) -> None:
    """The same figures for plain BM25 over whole documents: its own tokenizer, with stems and without stop words."""
    for name, folder, measured in _SETS:
        if folder.is_dir():
            for figure, found in measured(_plain(name)).items():
                table.add(f"plain bm25s: {name}, {figure}", str(found))


def add_speed(table: Table, embedder: Embedder) -> None:
    """The time of one search over 10,000 passages without the time in which the question is embedded."""
    timed = cast("Embedder", _OfSize(embedder)) if embedder.dim else embedder
    library = Library.build(_many(), embedder=timed)
    texts = _texts(400)
    questions = [" ".join(text.split()[:9]) for text in texts]
    for question in questions[:50]:
        library.search(question, "customers", limit=5)
    took = [
        min(_milliseconds(library, question) for _ in range(_TRIES)) for question in questions[50:]
    ]
    median, late = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    told = f"median {median:.2f} ms, p95 {late:.2f} ms"
    table.add(
        f"{embedder.name}: search of {N_PASSAGES:,} passages", told, "median under 2 ms", median < 2
    )


def _milliseconds(library: Library, question: str) -> float:
    started = time.perf_counter()
    library.search(question, "customers", limit=5)
    return (time.perf_counter() - started) * 1000


# -- the two sets ---------------------------------------------------------------------------------------------------


def growthbook(search: Search) -> Figures:
    """Of all questions, those whose passage comes first, or among five, and those whose first passage has their plan."""
    plan_of = {record["id"]: record["lowest_plan"] for record in _records(GROWTHBOOK / "passages.jsonl")}  # fmt: skip
    first = five = plan = 0
    questions = _records(GROWTHBOOK / "questions.jsonl")
    for one in questions:
        found = search(one["question"])
        first += found[:1] == [one["section_id"]]
        five += one["section_id"] in found[:5]
        plan += bool(found) and plan_of[found[0]] == one["lowest_plan"]
    n = len(questions)
    return {_FIRST: Figure(first, n), _FIVE: Figure(five, n), _PLAN: Figure(plan, n)}


def banking(search: Search) -> Figures:
    """The share of a task's documents among the first ones, as a mean over the tasks."""
    at: dict[str, list[float]] = {_TEN: [], _THIRTY: []}
    for task in _records(BANKING / "tasks.jsonl"):
        found, required = search(task["instructions"]), set(task["required_documents"])
        for figure, depth in ((_TEN, 10), (_THIRTY, 30)):
            at[figure].append(len(required & set(found[:depth])) / len(required))
    return {figure: Figure(statistics.fmean(shares)) for figure, shares in at.items()}


_SETS = (("growthbook", GROWTHBOOK, growthbook), ("banking", BANKING, banking))


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# -- the two ways to search -----------------------------------------------------------------------------------------


@cache
def _imported(name: str) -> tuple[HelpTopics, Playbook]:
    """The documents as any company would import them."""
    made = import_articles([GROWTHBOOK if name == "growthbook" else BANKING], today=TODAY)
    return made, Compiler().compile_sources(made.files, TODAY).playbook


def _searched(name: str, embedder: Embedder) -> Search:
    """The product's search; a document is where its best passage is."""
    made, playbook = _imported(name)
    library = Library.build(playbook, embedder=embedder)
    ids = dict(_ids(name, made))

    def search(question: str) -> list[str]:
        hits = library.search(question, "all", limit=MAX_HITS, reviewed=False)
        keys = (slug(hit.passage.heading) for hit in hits)
        return list(dict.fromkeys(ids[key] for key in keys if key in ids))

    return search


def _ids(name: str, made: HelpTopics) -> Iterator[tuple[str, str]]:
    """The document of each article: a line of the passages, or a file."""
    records = _records(GROWTHBOOK / "passages.jsonl") if name == "growthbook" else []
    for key, origin in made.origins.items():
        file, _, line = origin.rpartition(":")
        yield key, records[int(line) - 1]["id"] if file else Path(origin).stem


def _plain(name: str) -> Search:
    """BM25 over whole documents, with nothing of ours; the same part of a long question is read."""
    import bm25s
    import snowballstemmer

    texts = dict(_documents(name))
    stemmer = snowballstemmer.stemmer("english")

    def tokens(of: Sequence[str]) -> Any:
        return bm25s.tokenize(
            list(of), stopwords="en", stemmer=stemmer.stemWords, show_progress=False
        )

    index = bm25s.BM25()
    index.index(tokens(list(texts.values())), show_progress=False)
    ids = list(texts)

    def search(question: str) -> list[str]:
        asked = tokens([question[:MAX_CHARS]])
        found, _ = index.retrieve(asked, k=min(MAX_HITS, len(ids)), show_progress=False)
        return [ids[place] for place in found[0]]

    return search


def _documents(name: str) -> Iterator[tuple[str, str]]:
    """Each document whole, with its title and, where it is a page of its own, its description."""
    if name == "banking":
        for path in sorted((BANKING / "topics").glob("*.md")):
            yield path.stem, path.read_text("utf-8")
        return
    for record in _records(GROWTHBOOK / "passages.jsonl"):
        whole = record["title"] == record["page_title"]
        about = record["page_description"] if whole else ""
        yield record["id"], "\n".join((record["page_title"], record["title"], about, record["text"]))  # fmt: skip


# -- ten thousand passages ------------------------------------------------------------------------------------------


class _OfSize:
    """Vectors as long as an embedder's, made up at once: what is timed is everything but the embedding."""

    def __init__(self, embedder: Embedder) -> None:
        self._real = embedder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows without a meaning."""
        rows = np.random.default_rng(len(texts)).standard_normal((len(texts), self._real.dim))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows.astype(np.float32)


@cache
def _many() -> Playbook:
    """A playbook with 10,000 passages of forty words each and nothing else."""
    span = Span(file="articles.md", line=1, end_line=1)
    articles = []
    for n, text in enumerate(_texts(N_PASSAGES // 2)):
        heading = f"{text.split()[0]} {text.split()[1]} {n}"
        parts = (text, " ".join(reversed(text.split())))
        quotes = [
            Quote(topic="articles", heading=heading, label="Article", template=part, digest="made up",
                  span=span.model_copy(update={"line": 4 * n + at, "end_line": 4 * n + at}))
            for at, part in enumerate(parts, 1)
        ]  # fmt: skip
        articles.append(
            Article(key=slug(heading), heading=heading, passages=tuple(quotes), span=span)
        )
    return Playbook(version="sha256:made-up", articles=tuple(articles))


def _texts(n: int) -> list[str]:
    """Texts of forty words out of 4,000, rare ones seldom, as words are; the same ones every time."""
    random = np.random.default_rng(7)
    places = np.minimum(random.zipf(1.3, size=(n, 40)), 4_000)
    return [" ".join(_word(int(place)) for place in row) for row in places]


def _word(n: int) -> str:
    """A word that no list holds: `bakodu`."""
    sounds = ("ba", "ko", "du", "ri", "ne", "lo", "ta", "mi", "su", "ge")
    return "".join(sounds[int(digit)] for digit in f"{n:04}")


if __name__ == "__main__":
    main()
