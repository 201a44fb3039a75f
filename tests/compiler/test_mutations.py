"""Small mistakes in the sample company's Topics, made from a fixed seed: the short form of `make proof-topics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from evals.proof import mutations
from skill.compiler.diagnostics import finding
from skill.compiler.folder import Compiler, read_folder
from skill.model.topic import Diagnostic, Span
from skill.sample import sample_topics

TODAY = date(2026, 11, 21)
N, SEED = 60, 11


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return read_folder(sample_topics())


def test_a_small_mistake_is_told_once_and_on_its_line(sources: dict[str, str]) -> None:
    compiler = Compiler()
    judged = list(
        mutations.run(sources, N, SEED, lambda s: compiler.compile_sources(s, TODAY).diagnostics)
    )
    wrong = [mutations.told(one) for one in judged if one.verdict != "right"]
    assert len(judged) == N
    assert not wrong, "\n\n".join(wrong)


def test_the_check_fails_a_compiler_that_says_nothing(sources: dict[str, str]) -> None:
    verdicts = Counter(j.verdict for j in mutations.run(sources, N, SEED, lambda _: ()))
    assert verdicts == {"silent": N}


def test_the_check_fails_a_compiler_that_blames_the_first_line(sources: dict[str, str]) -> None:
    def blames_line_one(broken: Mapping[str, str]) -> Sequence[Diagnostic]:
        changed = [name for name in broken if broken[name] != sources[name]]
        return [
            finding("T108", Span(file=x, line=1, end_line=1), "wrong", "mend it") for x in changed
        ]

    verdicts = Counter(j.verdict for j in mutations.run(sources, N, SEED, blames_line_one))
    assert verdicts == {"elsewhere": N}


def test_the_check_fails_a_compiler_that_tells_one_mistake_twice(sources: dict[str, str]) -> None:
    def twice(broken: Mapping[str, str]) -> list[Diagnostic]:
        found = Compiler().compile_sources(broken, TODAY).diagnostics
        return [d.model_copy(update={"message": d.message + tail}) for d in found for tail in " !"]

    verdicts = Counter(j.verdict for j in mutations.run(sources, 10, SEED, twice))
    assert verdicts["right"] == 0


def test_the_same_seed_makes_the_same_mistakes(sources: dict[str, str]) -> None:
    once, again = (list(mutations.mutants(sources, N, SEED)) for _ in range(2))
    assert [m.after for m in once] == [m.after for m in again]
    assert all(m.before != m.after for m in once)


def test_every_sort_of_place_gets_its_mistakes(sources: dict[str, str]) -> None:
    kinds = Counter(m.site.sort for m in mutations.mutants(sources, 300, SEED))
    for sort in (
        "a price",
        "a slot",
        "a label",
        "a table's pipe",
        "a required row",
        "a field's name",
    ):
        assert kinds[sort] >= 5, kinds
