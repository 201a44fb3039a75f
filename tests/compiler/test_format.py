"""The layout of Topic files: one look, no word changed, and the same Playbook as before."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.compiler.format import formatted, laid_out, meaning

ROOT = Path(__file__).parents[2]
TOPICS = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "topics").glob("*.md"))}
TODAY = date(2026, 11, 21)
FRONT = "---\nkind: product-bundles\n---\n"
LAYOUT = " \t\r\n\u00a0\u202f|>#-=:"
"""What a layout is made of; everything else is words."""


def placeless(value: Any) -> Any:
    """A playbook without places and digests; translations are kept by the place of their original."""
    drop = ("span", "name_span", "places", "digest", "version", "columns")
    if isinstance(value, dict):
        if "quotes" in value and isinstance(value["quotes"], dict):
            value = {**value, "quotes": list(value["quotes"].values())}
        return {k: placeless(v) for k, v in value.items() if k not in drop}
    return [placeless(v) for v in value] if isinstance(value, list) else value


def compiled(sources: dict[str, str]) -> Any:
    made = Compiler().compile_sources(sources, TODAY)
    found = sorted((d.code, d.span.file) for d in made.diagnostics)
    return placeless(made.playbook.model_dump(mode="json")), found


PLAYBOOK = compiled(TOPICS)


def mangled(text: str, chance: random.Random) -> str:
    """The same Topic as somebody in a hurry would leave it."""
    front, _, body = text.partition("\n---\n")
    lines = []
    for line in body.split("\n"):
        if line.startswith("|") and not line.startswith("|---"):
            open_ended = line if line.endswith("| |") else line.removesuffix("|")
            line = chance.choice(
                [line, line.replace(" | ", "|"), line.replace("| ", "|   "), open_ended]
            )
        elif line.startswith("|---"):
            line = chance.choice(
                [line, line.replace("---", " - ", 1), line.replace("---", "------")]
            )
        elif line.startswith("> "):
            line = chance.choice([line, ">" + line[2:], "  " + line, ">  " + line[2:]])
        elif line.startswith("#"):
            line = chance.choice([line, line.replace("# ", "#   "), " " + line, line + " ##"])
        lines.append(line + chance.choice(["", "", "  ", " \t"]))
        if not line:
            lines += [""] * chance.choice([0, 0, 2])
    ends = chance.choice(["\n", "\r\n"])
    return (front + "\n---\n" + "\n".join(lines)).replace("\n", ends) + chance.choice(
        ["", ends * 3]
    )


@pytest.mark.parametrize("name", TOPICS)
def test_the_sample_company_is_laid_out_already(name: str) -> None:
    assert laid_out(TOPICS[name]) == TOPICS[name]


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_a_mangled_folder_comes_back_as_it_was(seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice(sorted(TOPICS))
    assert formatted(mangled(TOPICS[name], chance), name) == TOPICS[name]


@pytest.mark.parametrize("seed", range(3))
def test_a_mangled_folder_compiles_to_the_same_playbook_before_and_after(seed: int) -> None:
    chance = random.Random(seed)
    rough = {name: mangled(text, chance) for name, text in TOPICS.items()}
    assert rough != TOPICS
    assert compiled(rough) == PLAYBOOK
    assert compiled({name: formatted(text, name) for name, text in rough.items()}) == PLAYBOOK


BLOCKS = st.sampled_from(
    [
        "Some text.  \nAnd more.",
        "- one\n- two\n  - three\n\n  still three",
        "1. first\n2. second",
        "```\n a |b|  \n\n\n# no heading\n```",
        "~~~\n> no quote\n~~~",
        "    indented |code|  \n\n\n    more",
        ">No label",
        "> **Answer:** {feature}\n>   goes on\n> **Price:** {price}\n>\n>\n> after\n>",
        "> - a\n>   - b",
        ">     code",
        "|Field|Value|\n|-|:-:|\n|Price|free|\n| Helps with | a \\| b |",
        "Field | Value\n--- | ---\nTry it | 14-day trial",
        "##   Thing   ##",
        "### What customers can read",
        "###  Internal only",
        "#### Deeper",
        "Title\n=====",
        "Thing\n-----",
        "* * *",
        "<!-- a | b |\n\n\n  and more -->",
        "<!-- tactful: allow T106 -->\n## Silent",
        "| a | b |\n|---|---|\n| c | d | <!-- note -->\n| e |",
        "Non\u00a0breaking \u201cwords\u201d \u2014 kept\u00a0",
        "### Unlocks\n\n* A\n* B",
    ]
)
DOCUMENTS = st.lists(
    st.tuples(BLOCKS, st.sampled_from(["\n", "\n\n", "\n\n\n\n"])), max_size=9
).map(lambda parts: FRONT + "".join(block + gap for block, gap in parts))


@given(DOCUMENTS)
def test_any_document_keeps_its_meaning_and_is_laid_out_once(text: str) -> None:
    out = formatted(text)
    assert meaning("a.md", out) == meaning("a.md", text)
    assert formatted(out) == out
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


@given(DOCUMENTS)
def test_no_word_is_changed(text: str) -> None:
    strip = str.maketrans(dict.fromkeys(LAYOUT))
    assert formatted(text).translate(strip) == text.translate(strip)


@given(st.text(max_size=300))
def test_any_text_at_all_keeps_its_meaning(text: str) -> None:
    out = formatted(FRONT + text)
    assert meaning("a.md", out) == meaning("a.md", FRONT + text)
    assert formatted(out) == out


@given(st.lists(st.tuples(BLOCKS, st.just("\n\n")), max_size=9).map(
    lambda parts: FRONT + "".join(block + gap for block, gap in parts)
))  # fmt: skip
def test_blocks_with_space_between_them_are_never_left_as_they_are(text: str) -> None:
    assert formatted(text) == laid_out(text)


def body(text: str) -> str:
    """What a body becomes, without its front matter."""
    return formatted(FRONT + text).removeprefix(FRONT)


def test_tables_have_one_space_around_each_cell() -> None:
    rough = "|Field|  Value |\n| :- |---:|\n|Price|free|\nTry it |\n"
    assert body(rough) == "| Field | Value |\n|:---|---:|\n| Price | free |\n| Try it |\n"


def test_escaped_pipes_stay_escaped() -> None:
    rough = "|Field|Value|\n|-|-|\n|Helps with|CSV \\| TSV|\n"
    assert "| Helps with | CSV \\| TSV |" in body(rough)


def test_a_bare_sign_stands_between_quotes_and_none_at_the_end() -> None:
    rough = "## A\n### What customers can read\n>**Answer:** a\n> b\n> **Price:** c\n>\n\n\nx"
    assert body(rough) == (
        "## A\n\n### What customers can read\n\n> **Answer:** a\n> b\n>\n> **Price:** c\n\nx\n"
    )


def test_headings_have_one_space_and_a_blank_line_on_each_side() -> None:
    assert body("Text\n##   Thing  ##\nmore\nOther\n---\n") == (
        "Text\n\n## Thing\n\nmore\nOther\n---\n"
    )
    assert body("x\n\nThing\n---\ny") == "x\n\n## Thing\n\ny\n"


def test_code_and_comments_are_left_alone() -> None:
    rough = "```\n|a|b|  \n\n\n```\n\n<!-- |a|b|\n\n\n   #x -->\n\n    a  \n\n\n    b\n"
    assert body(rough) == rough


def test_front_matter_keeps_its_values() -> None:
    rough = "---\nkind:  meters  \nowner: 'a  b'\n---\n\n\n# M\n"
    assert formatted(rough) == "---\nkind:  meters\nowner: 'a  b'\n---\n# M\n"


def test_what_silences_a_finding_stays_beside_it() -> None:
    rough = "text\n<!-- tactful: allow T106 -->\n## Thing\n"
    assert body(rough) == "text\n<!-- tactful: allow T106 -->\n## Thing\n"


def test_a_table_inside_notes_is_part_of_the_note() -> None:
    rough = "## A\n\n### Internal only\n\n|a|b|\n|-|-|\n|c|d|\n"
    assert body(rough) == rough


def test_spaces_that_do_not_break_stay_within_words() -> None:
    rough = "|Field|Value|\n|-|-|\n|Price|EUR\u00a049 per\u202fmonth|\n\n\u201cas\u00a0is\u201d\n"
    assert "| Price | EUR\u00a049 per\u202fmonth |" in body(rough)
    assert "\u201cas\u00a0is\u201d" in body(rough)


def test_an_endless_file_takes_no_endless_time() -> None:
    assert formatted(FRONT + "\n" * 200_000 + "x\n" * 2_000) == FRONT + "x\n" * 2_000
