"""Passages in two indexes: what customers may read, and everything; in memory or in Chroma, with the same answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from skill.model.playbook import Playbook
from skill.model.topic import Note, Quote
from skill.retrieval.embed import LexicalOnly
from skill.retrieval.index import Library, _fused
from skill.retrieval.lexical import Bm25, InSections


@pytest.fixture(scope="module")
def library(fernway: Playbook, tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library.build(fernway, data_dir=tmp_path_factory.mktemp("index"))


def test_a_help_page_is_found_by_what_it_says(library: Library) -> None:
    hits = library.search("how do I export a list as a CSV file", "customers", limit=5)
    assert any("csv" in h.passage.heading.lower() for h in hits)


def test_internal_notes_are_in_no_index_for_customers(fernway: Playbook, library: Library) -> None:
    notes = [n for b in fernway.bundles.values() for n in b.notes]
    for note in notes[:10]:
        hits = library.search(note.text, "customers", limit=10)
        assert all(isinstance(h.passage, Quote) for h in hits)
        assert note.text not in [h.passage.template for h in hits if isinstance(h.passage, Quote)]


def test_support_finds_them(fernway: Playbook, library: Library) -> None:
    note = next(n for b in fernway.bundles.values() for n in b.notes)
    hits = library.search(note.text, "all", limit=5)
    assert note.text in [h.passage.text for h in hits if isinstance(h.passage, Note)]


def test_chroma_and_memory_find_the_same_first(fernway: Playbook, library: Library) -> None:
    memory = Library.build(fernway, data_dir=None)
    for question in ("export to a file", "who changed what", "sign in with our directory"):
        found = [x.search(question, "customers", limit=1)[0].passage for x in (library, memory)]
        assert found[0] == found[1]


def test_a_second_process_reads_the_same_index(fernway: Playbook, tmp_path: Path) -> None:
    first, second = (Library.build(fernway, data_dir=tmp_path) for _ in range(2))
    asked = ("export to a file", "customers")
    assert first.search(*asked) == second.search(*asked)


def test_an_edited_topic_is_never_answered_from_old_text(fernway: Playbook, tmp_path: Path) -> None:
    before = Library.build(fernway, data_dir=tmp_path)
    before.search("export", "customers")
    emptied = fernway.model_copy(
        update={"version": "sha256:1", "articles": (), "features": {}, "bundles": {}, "topics": ()}
    )
    after = Library.build(emptied, data_dir=tmp_path)
    old = {h.passage for h in before.search("export a list", "customers", limit=20)}
    new = {h.passage for h in after.search("export a list", "customers", limit=20)}
    assert not {p for p in old & new if p.heading in ("CSV export", "Connect Pack")}


def test_what_runs_is_told(library: Library) -> None:
    told = library.status()
    assert "embedder" in told
    assert any("Chroma" in value for value in told.values())


def test_words_that_only_hold_a_sentence_together_find_nothing(fernway: Playbook) -> None:
    words = Library.build(fernway, embedder=LexicalOnly("words are enough here"))
    assert words.search("what is it and how would you do that", "customers") == ()
    assert words.search("export", "customers")


def test_a_passage_is_found_by_what_its_neighbours_name() -> None:
    bodies = [["open"], ["person"], ["open"]]
    asked = ["open", "person"]
    alone = Bm25(bodies).scores(asked)
    assert alone[0] == alone[2]
    nothing: list[list[str]] = [[], [], []]
    beside = InSections(nothing, bodies, nothing, ["log", "log", "map"]).scores(asked)
    assert beside[0] > beside[2]


def test_a_passage_is_found_by_what_the_feature_that_it_needs_does(fernway: Playbook) -> None:
    words = Library.build(fernway, embedder=LexicalOnly("words are enough here"))
    needing = {key for a in fernway.articles if not a.internal for key in a.needs}
    for key in sorted(needing):
        asked = fernway.features[key].what_it_does
        found = words.search(asked, "customers", features=frozenset([key]), limit=20)
        assert "Article" in {h.passage.label for h in found if isinstance(h.passage, Quote)}


def test_far_ahead_by_words_outweighs_a_little_ahead_by_meaning() -> None:
    scores = np.asarray([10, 1, 0], dtype=np.float32)
    near = ((1, 0.52), (0, 0.51), (2, 0.5))
    places, fused = _fused(scores, np.asarray([0, 1], dtype=np.intp), near)
    ranks = [1 / 61 + 1 / 62, 1 / 62 + 1 / 61]
    assert ranks[0] == ranks[1]
    assert places.tolist() == [0, 1, 2]
    assert fused[0] > fused[1] > fused[2] == 0


def test_meaning_alone_decides_where_no_word_is_shared() -> None:
    near = ((2, 0.9), (0, 0.5))
    places, fused = _fused(np.zeros(3, np.float32), np.zeros(0, np.intp), near)
    assert places[int(fused.argmax())] == 2
