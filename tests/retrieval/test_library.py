"""Passages in two indexes: what customers may read, and everything; in memory or in Chroma, with the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from skill.model.playbook import Playbook
from skill.model.topic import Note, Quote
from skill.retrieval.index import Library


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
