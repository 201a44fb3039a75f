"""How one file is read: quotes with exact lines, cells with exact columns, and what stays inside."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.compiler.parse import read_topic
from skill.compiler.text import cells_of, quoted_text, without_label

PACK = """---
kind: product-bundles
---
# Product bundles

## Connect Pack

| Field | Value |
|---|---|
| Sold as | add-on |

### What customers can read

> **Answer:** {feature} comes with the Connect Pack. On {plan} you can
> keep using {workaround}.
>
> **Why you manual-export:** You did it {count} times.

### Internal only

- Lead with the time saved.

A stray paragraph stays inside too.
"""


def pack():  # type: ignore[no-untyped-def]
    return read_topic("product-bundles.md", PACK)[0].sections[1]


def test_a_quote_stands_verbatim_at_its_lines() -> None:
    answer, why = pack().quotes
    assert (answer.span.line, answer.span.end_line) == (14, 15)
    assert (why.span.line, why.span.end_line) == (17, 17)
    for quote in (answer, why):
        lines = PACK.splitlines()[quote.span.line - 1 : quote.span.end_line]
        assert without_label(quoted_text(lines)) == quote.template


def test_soft_breaks_are_one_space_and_slots_are_found_in_order() -> None:
    answer, why = pack().quotes
    assert answer.template.endswith("On {plan} you can keep using {workaround}.")
    assert answer.slots == ("feature", "plan", "workaround")
    assert (why.label, why.subject) == ("Why you", "manual-export")


def test_bullets_and_stray_prose_are_internal() -> None:
    assert [n.text for n in pack().notes] == [
        "- Lead with the time saved.",
        "A stray paragraph stays inside too.",
    ]


def test_cells_know_their_column_and_keep_escaped_pipes() -> None:
    line = r"| Unlocks | CSV \| TSV export |   |"
    assert cells_of(line) == [("Unlocks", 3), ("CSV | TSV export", 13), ("", 33)]


def test_a_row_without_outer_pipes_is_read_too() -> None:
    assert [text for text, _ in cells_of("Price | EUR 49")] == ["Price", "EUR 49"]


@given(st.text(max_size=400))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    topic, found = read_topic("a.md", text)
    assert topic.file == "a.md"
    assert all(d.span.line >= 1 for d in found)


@given(st.lists(st.sampled_from(PACK.splitlines()), max_size=40))
def test_no_order_of_lines_makes_the_reader_fail(lines: list[str]) -> None:
    topic, _ = read_topic("a.md", "\n".join(["---", "kind: product-bundles", "---", *lines]))
    for section in topic.sections:
        for quote in section.quotes:
            assert quote.template == without_label(quote.template) or quote.template


@pytest.mark.parametrize(
    "before", ["Write { to begin. ", "Write [price] for it. ", "See > **this** first. "]
)
def test_a_price_typed_into_a_help_page_is_found_behind_other_slips(before: str) -> None:
    page = f"---\nkind: articles\nowner: A\n---\n# Help\n\n## Exports\n\n{before}It costs EUR 5 a month.\n"
    found = Compiler().compile_sources({"articles.md": page}, date(2026, 11, 21)).diagnostics
    assert "T302" in {one.code for one in found}
