"""A folder compiled again after an edit is what it would be if it were compiled for the first time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler, read_folder

TODAY = date(2026, 11, 21)
FERNWAY = read_folder(Path(__file__).parents[2] / "topics")
LINES = [(name, i) for name, text in FERNWAY.items() for i in range(len(text.splitlines()))]


@st.composite
def edits(draw: st.DrawFn) -> dict[str, str]:
    name, i = draw(st.sampled_from(LINES))
    lines = FERNWAY[name].splitlines()
    how = draw(st.sampled_from(["drop", "twice", "swap", "change"]))
    if how == "drop":
        del lines[i]
    elif how == "twice":
        lines.insert(i, lines[i])
    elif how == "swap":
        j = draw(st.integers(0, len(lines) - 1))
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i] = lines[i].replace(draw(st.sampled_from("aeiou |#>")), "", 1)
    return {**FERNWAY, name: "\n".join(lines) + "\n"}


@settings(max_examples=60, deadline=None)
@given(st.lists(edits(), min_size=1, max_size=3))
def test_an_edit_gives_what_a_fresh_start_gives(versions: list[dict[str, str]]) -> None:
    compiler = Compiler()
    for sources in (FERNWAY, *versions):
        again = compiler.compile_sources(sources, TODAY)
        fresh = Compiler().compile_sources(sources, TODAY)
        assert again.diagnostics == fresh.diagnostics
        assert again.playbook == fresh.playbook
