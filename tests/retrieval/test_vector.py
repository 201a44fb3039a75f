"""Exact vectors: one ranking, whichever index serves, in whatever order the passages came and were embedded."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.errors import RetrievalError
from skill.model.playbook import Playbook
from skill.retrieval import vector
from skill.retrieval.embed import LexicalOnly, Vectors, best_embedder
from skill.retrieval.index import Library
from skill.retrieval.passages import passages
from skill.retrieval.vector import InMemory, best, open_chroma, snapped

MADE_BY = {"embedder": "made up", "digest": "d"}
QUESTIONS = ("export to a file", "who changed what", "how many seats do we have", "pay by invoice")


def made(seed: int, n: int, dim: int) -> Vectors:
    """Unit vectors, every fifth one twice so that there are ties, and one of nothing."""
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[::5] = rows[0]
    rows[-1] = 0
    return rows


def ranking(vectors: Vectors, ids: np.ndarray[Any, Any], query: Vectors, limit: int) -> list[Any]:
    """What is found, by name; the order among equals is that of the names."""
    order = np.argsort(np.argsort(ids))
    return [(ids[at], score) for at, score in InMemory(vectors, order).near(query, limit, None)]


@given(st.integers(0, 10**6), st.integers(2, 200), st.integers(1, 60), st.data())
@settings(max_examples=60)
def test_the_order_of_passages_never_changes_a_ranking(
    seed: int, n: int, limit: int, data: st.DataObject
) -> None:
    vectors, ids = made(seed, n, 64), np.arange(n)
    query = made(seed + 1, 2, 64)[0]
    shuffled = np.asarray(data.draw(st.permutations(range(n))))
    there = ranking(vectors, ids, query, limit)
    assert ranking(vectors[shuffled], ids[shuffled], query, limit) == there


@given(st.integers(0, 10**6), st.integers(2, 400))
@settings(max_examples=60)
def test_a_score_is_the_same_in_whatever_order_its_products_are_added(seed: int, dim: int) -> None:
    rows, rng = snapped(made(seed, 12, dim)), np.random.default_rng(seed)
    for _ in range(5):
        order = rng.permutation(dim)
        assert np.array_equal(rows @ rows.T, rows[:, order] @ rows[:, order].T)
    exact = rows.astype(np.float64) @ rows.T.astype(np.float64)
    assert np.array_equal((rows @ rows.T).astype(np.float64), exact)


def test_unsnapped_vectors_would_not_be_so() -> None:
    rows = made(3, 50, 384)
    order = np.random.default_rng(0).permutation(384)
    assert not np.array_equal(rows @ rows.T, rows[:, order] @ rows[:, order].T)


def test_the_grid_hardly_moves_a_cosine() -> None:
    rows = made(5, 300, 384)
    assert np.abs(snapped(rows) @ snapped(rows).T - rows @ rows.T).max() < 2e-3
    assert np.array_equal(snapped(snapped(rows)), snapped(rows))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80), st.integers(0, 90), st.data())
def test_the_best_are_those_of_a_plain_sort(given_: list[int], limit: int, data: Any) -> None:
    scores = np.asarray(given_, dtype=np.float32)
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(given_))))))
    order = np.asarray(data.draw(st.permutations(range(len(given_)))))
    plain = sorted(places, key=lambda at: (-given_[at], order[at]))[:limit]
    found = best(scores, np.asarray(places, dtype=np.intp), order, limit)
    assert [at for at, _ in found] == plain


def test_only_what_is_allowed_is_ranked() -> None:
    vectors = made(1, 100, 32)
    allowed = np.asarray([3, 50, 98], dtype=np.intp)
    found = InMemory(vectors, np.arange(100)).near(vectors[7], 50, allowed)
    assert sorted(at for at, _ in found) == [3, 50, 98]


@pytest.mark.parametrize("exact", [vector.EXACT, 100])
def test_chroma_gives_the_same_scores_as_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: int
) -> None:
    monkeypatch.setattr(vector, "EXACT", exact)
    vectors, order = made(2, 400, 48), np.arange(400)
    ids = [f"p{at:03}" for at in range(400)]
    memory = InMemory(vectors, order)
    allowed = np.arange(0, 400, 7, dtype=np.intp)
    for _ in range(2):  # once as it is built, once as it is read again
        chroma = open_chroma(tmp_path, "both", ids, lambda: vectors, order, MADE_BY)
        for at in range(0, 390, 13):
            query = vectors[at] + np.float32(0.01)
            assert chroma.near(query, 5, allowed) == memory.near(query, 5, allowed)
            if exact > 400:  # a larger one gives the true scores of what Chroma found
                assert chroma.near(query, 5, None) == memory.near(query, 5, None)


def test_an_index_that_another_embedder_made_is_built_again(tmp_path: Path) -> None:
    ids, order = [f"p{at}" for at in range(20)], np.arange(20)
    first, second = made(1, 20, 16), made(2, 20, 16)
    open_chroma(tmp_path, "one", ids, lambda: first, order, MADE_BY)
    other = {**MADE_BY, "digest": "e"}
    found = open_chroma(tmp_path, "one", ids, lambda: second, order, other)
    assert found.near(second[1], 3, None) == InMemory(second, order).near(second[1], 3, None)
    assert found.near(second[1], 3, None) != InMemory(first, order).near(second[1], 3, None)


def test_vectors_that_were_damaged_are_built_again(tmp_path: Path) -> None:
    ids, order, vectors = [f"p{at}" for at in range(20)], np.arange(20), made(1, 20, 16)
    open_chroma(tmp_path, "one", ids, lambda: vectors, order, MADE_BY)
    collection = vector._client(tmp_path).get_collection("one", embedding_function=None)
    collection.update(ids=["p3"], embeddings=[np.full(16, 3.0, dtype=np.float32)])
    found = open_chroma(tmp_path, "one", ids, lambda: vectors, order, MADE_BY)
    assert found.near(vectors[3], 3, None) == InMemory(vectors, order).near(vectors[3], 3, None)


def test_a_question_of_another_length_is_refused() -> None:
    with pytest.raises(RetrievalError, match="32 numbers"):
        InMemory(made(1, 10, 32), np.arange(10)).near(made(1, 3, 16)[0], 5, None)


def test_where_chroma_cannot_be_used_memory_serves(fernway: Playbook, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("not a folder", "utf-8")
    broken, whole = Library.build(fernway, data_dir=tmp_path), Library.build(fernway)
    for question in QUESTIONS:
        assert broken.search(question, "customers") == whole.search(question, "customers")
    assert "Chroma cannot open" in broken.status()["index customers"]


def test_a_library_finds_the_same_however_its_topics_are_ordered(
    fernway: Playbook, tmp_path: Path
) -> None:
    turned = fernway.model_copy(
        update={
            "features": dict(reversed(fernway.features.items())),
            "bundles": dict(reversed(fernway.bundles.items())),
            "articles": tuple(reversed(fernway.articles)),
        }
    )
    assert passages(turned, "all") != passages(fernway, "all")
    for data_dir in (None, tmp_path):
        one, other = (Library.build(p, data_dir=data_dir) for p in (fernway, turned))
        for question in QUESTIONS:
            assert one.search(question, "all", limit=50) == other.search(question, "all", limit=50)


def test_passages_about_given_features_are_those_of_a_plain_look(fernway: Playbook) -> None:
    library = Library.build(fernway, embedder=LexicalOnly("words are enough here"))
    found, index = passages(fernway, "all"), library._index("all")
    for keys in (frozenset[str](), *(frozenset([k]) for k in fernway.features), *_pairs(fernway)):
        plain = [
            at
            for at, one in enumerate(found)
            if (one.features and one.features <= keys if one.needs_all else one.features & keys)
        ]
        allowed = index.allowed(keys, reviewed=False)
        assert allowed is not None
        assert allowed.tolist() == plain


def _pairs(playbook: Playbook) -> list[frozenset[str]]:
    keys = list(playbook.features)
    return [frozenset(pair) for pair in pairwise(keys)]


def test_batches_change_no_vector() -> None:
    embedder = best_embedder()
    texts = [f"{q} {n}" for n in range(40) for q in QUESTIONS]
    whole = embedder.embed(texts)
    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert np.array_equal(whole, alone)
