"""Words that customers use for a plan, an extra or a limit lead to it, as those for a feature do."""

from __future__ import annotations

from datetime import date

import pytest

from skill.compiler.folder import Compiler, read_folder
from skill.retrieval.embed import best_embedder
from skill.retrieval.resolve import Resolver
from skill.sample import sample_topics


def with_words(files: dict[str, str]) -> dict[str, str]:
    """The sample company, whose customers have words of their own for Free, the Connect Pack and seats."""
    bundles, meters = files["product-bundles.md"], files["meters.md"]
    for kind, word in (("plan", "the free lunch"), ("add-on", "bridge kit")):
        row = f"| Sold as | {kind} |\n"
        bundles = bundles.replace(row, f"{row}| Also called | {word} |\n", 1)
    lines = meters.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("| Meter "))
    lines[at : at + 2] = [f"{lines[at]} Also called |", f"{lines[at + 1]}---|"]
    seats = next(n for n, line in enumerate(lines) if line.startswith("| seats "))
    lines[seats] += " bums on chairs |"
    return {**files, "product-bundles.md": bundles, "meters.md": "\n".join(lines) + "\n"}


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    compiled = Compiler().compile_sources(
        with_words(dict(read_folder(sample_topics()))), date(2026, 11, 21)
    )
    return Resolver(compiled.playbook, best_embedder())


def test_an_extra_is_found_by_what_customers_call_it(resolver: Resolver) -> None:
    found = resolver.resolve("Do we have the bridge kit?")
    assert found.reasons[0] == "bundle `Connect Pack`"


def test_a_limit_is_found_by_what_customers_call_it(resolver: Resolver) -> None:
    assert resolver.resolve("how many bums on chairs do we have?").meter == "seats"


def test_a_plan_is_found_by_what_customers_call_it(resolver: Resolver) -> None:
    assert resolver.resolve("what is in the free lunch?").plans == ("free",)
