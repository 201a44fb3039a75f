"""Random documents and phrases, grown from fixed seeds: no exception, and no finding outside its file."""

from __future__ import annotations

from datetime import date

import pytest

from evals.proof import fuzz
from skill.compiler import grammar
from skill.compiler.diagnostics import finding
from skill.compiler.folder import read_folder
from skill.model.topic import Span
from skill.sample import sample_topics

TODAY = date(2026, 11, 21)
N = 20_000


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return read_folder(sample_topics())


def test_no_random_document_ends_in_an_exception_or_is_blamed_outside(
    sources: dict[str, str],
) -> None:
    done = fuzz.compile_all(fuzz.Fuzzer(sources, seed=3).documents(N), TODAY)
    assert done.n == N
    assert done.n_findings > N, "the documents should give the compiler something to say"
    assert done.raised[:3] == []
    assert done.outside[:3] == []


@pytest.mark.parametrize("start", grammar.FORMS)
def test_no_random_phrase_ends_in_an_exception(sources: dict[str, str], start: str) -> None:
    phrases = fuzz.Fuzzer(sources, seed=5).phrases(1_000)
    assert fuzz.read_phrases(phrases, {start: getattr(grammar, f"read_{start}")}) == []


def test_an_exception_is_seen(sources: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "Compiler", lambda: None)
    done = fuzz.compile_all(fuzz.Fuzzer(sources, seed=3).documents(5), TODAY)
    assert len(done.raised) == 5


@pytest.mark.parametrize(
    ("line", "column", "is_inside"), [(1, 1, True), (2, 4, True), (2, 5, False), (3, 1, False)]
)
def test_a_place_outside_the_file_is_seen(line: int, column: int, is_inside: bool) -> None:
    place = Span(file="topic.md", line=line, end_line=line, column=column)
    found = finding("T108", place, "wrong", "mend it")
    assert fuzz.inside(found, {"topic.md": "one\u2028\ntwo"}) is is_inside


def test_the_same_seed_grows_the_same_documents(sources: dict[str, str]) -> None:
    once, again = (list(fuzz.Fuzzer(sources, seed=9).documents(60)) for _ in range(2))
    assert once == again
    assert len(set(once)) == 60
