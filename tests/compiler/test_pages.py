"""Every finding has its page, each page does what it says, and every sentence of a check is shown by a fixture."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skill.cli.app import app
from skill.compiler.diagnostics import CODES, full
from skill.compiler.fields import COLUMNS, FORMS
from skill.compiler.folder import Compiled, Compiler
from skill.compiler.mending import mend
from skill.compiler.rule_pages import FOLDER, code_of, in_short, nearest_code, rule_page

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 21)
BLOCK = re.compile(r"^```markdown ([\w.-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"^```text\n(.*?)^```\n\n", re.MULTILINE | re.DOTALL)
SHOWN = [code for code in CODES if code != "T004"]
"""T004 is about files that are no text, which no Markdown can show."""
CASES = ROOT / "tests" / "cases" / "topics"
FOUND = re.compile(r"^~~~ findings\n(.*?)^~~~$", re.MULTILINE | re.DOTALL)
FIX = "`tactful topics check --fix` mends"
COMPILER = ROOT / "skill" / "compiler"
TELLING = re.compile(r"\b(?:finding|tell|Problem)\(")
ROOMS = sorted(
    path.stem
    for path in COMPILER.glob("*.py")
    if TELLING.search(path.read_text("utf-8")) and path.stem not in ("diagnostics", "folder")
)
"""The rooms that tell a writer something about a text; what is no text (T004) is told where folders are read."""
NAMES_OF_FIELDS = {
    name
    for names in (
        *((*form.once, *form.repeated) for form in FORMS.values()),
        *((*required, *further) for required, further in COLUMNS.values()),
    )
    for name in names
}


def parts(code: str) -> tuple[dict[str, str], dict[str, str]]:
    """The files of the wrong example, and those of the right one."""
    wrong, right = rule_page(code).split("\n## Wrong\n")[1].split("\n## Right\n")
    return dict(BLOCK.findall(wrong)), dict(BLOCK.findall(right))


def compiled(sources: dict[str, str]) -> Compiled:
    return Compiler().compile_sources(sources, TODAY)


def said(code: str) -> str:
    """What the compiler says of the wrong example, as a writer sees it."""
    wrong = compiled(parts(code)[0])
    return "".join(f"{full(d, wrong.sources)}\n" for d in wrong.diagnostics)


def rewritten(code: str) -> str:
    plain = SAID.sub("", rule_page(code))
    return plain.replace("\n## Right\n", f"\n```text\n{said(code)}```\n\n## Right\n")


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_code_name_severity_what_and_why(code: str) -> None:
    name, severity = CODES[code]
    text = rule_page(code)
    assert text.startswith(f"# {code} {name}\n\nSeverity: {severity.value}\n\n")
    headings = re.findall(r"^## (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    assert headings == ["Why it matters", "Wrong", "Right"]
    assert 20 < len(in_short(code)) < 160


@pytest.mark.parametrize("code", SHOWN)
def test_the_wrong_example_has_this_one_finding_where_the_page_shows_it(code: str) -> None:
    if os.environ.get("REWRITE_FINDINGS"):
        (FOLDER / f"{code}.md").write_text(rewritten(code), encoding="utf-8")
        rule_page.cache_clear()
    assert [d.code for d in compiled(parts(code)[0]).diagnostics] == [code]
    assert SAID.findall(rule_page(code)) == [said(code)]


@pytest.mark.parametrize("code", SHOWN)
def test_the_right_example_has_no_finding(code: str) -> None:
    assert compiled(parts(code)[1]).diagnostics == ()


def test_what_is_no_text_is_told_as_a_page_without_an_example_says(tmp_path: Path) -> None:
    (tmp_path / "features.md").write_bytes("# Gebühren".encode("latin-1"))
    found = Compiler().compile_folder(tmp_path, TODAY).diagnostics
    assert [d.code for d in found] == ["T004"]
    assert parts("T004") == ({}, {})


def test_a_page_tells_of_fix_where_its_example_can_be_mended() -> None:
    mended = [c for c in SHOWN if compiled(parts(c)[0]).diagnostics[0].replacement is not None]
    assert len(mended) > 5
    assert [c for c in mended if FIX not in rule_page(c)] == []
    assert [c for c in mended if mend(parts(c)[0], TODAY).sources != parts(c)[1]] == []


SLIPS = {
    "T003": ("owner:", "ownr:"),
    "T108": ("| Sold as | plan |", "| Sold as | paln |"),
    "T201": ("| ready |", "| redy |"),
    "T601": ("Open support ticket", "Open suport ticket"),
}
"""Slips of one letter where the page shows a mistake that only a person can mend."""


@pytest.mark.parametrize("code", SLIPS)
def test_a_slip_of_one_letter_is_mended_where_the_page_says_so(code: str) -> None:
    of_signals = parts("T205")[1] if code == "T201" else parts(code)[1]
    slipped = {name: text.replace(*SLIPS[code]) for name, text in of_signals.items()}
    assert [d.code for d in compiled(slipped).diagnostics] == [code]
    assert mend(slipped, TODAY).sources == of_signals
    assert FIX in rule_page(code)


def test_only_pages_of_mistakes_that_can_be_mended_tell_of_fix() -> None:
    mended = {c for c in SHOWN if compiled(parts(c)[0]).diagnostics[0].replacement is not None}
    assert {c for c in CODES if FIX in rule_page(c)} == mended | set(SLIPS)


def test_no_page_and_no_document_names_a_code_that_does_not_exist() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *FOLDER.glob("*.md")]
    named = {c for path in documents for c in re.findall(r"\bT\d{3}\b", path.read_text("utf-8"))}
    assert named - set(CODES) == set()


@pytest.mark.parametrize("written", ["T302", "t302", "price-in-wording", "Price in wording"])
def test_a_code_is_found_by_its_number_and_by_its_name(written: str) -> None:
    assert code_of(written) == "T302"


def test_a_code_that_does_not_exist_leads_to_the_nearest() -> None:
    assert code_of("T300") is None
    assert nearest_code("price-in-wordings") == "T302"
    assert nearest_code("zzzzzz") is None


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["topics", "rule", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_prints_the_page() -> None:
    assert run("price-in-WORDING") == (0, rule_page("T302"), "")


def test_the_command_without_a_code_lists_all_of_them() -> None:
    status, listed, _ = run()
    heads = [line for line in listed.splitlines() if line.startswith("T")]
    assert status == 0
    assert heads == [f"{c} {name} ({severity.value})" for c, (name, severity) in CODES.items()]
    assert all(in_short(code) in listed for code in CODES)


def test_the_command_refuses_an_unknown_code_and_names_the_nearest() -> None:
    status, shown, said_to_people = run("prise-in-wording")
    assert (status, shown) == (2, "")
    assert "did you mean T302 (price-in-wording)?" in said_to_people


def sentences(tree: ast.AST) -> Iterator[str]:
    """The words of a room's messages and mends: every text of two words or more, docstrings left out."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip()
            if id(node) not in docstrings and len(text) >= 10 and " " in text:
                yield text


def shown_by_fixtures() -> str:
    texts = (path.read_text("utf-8") for path in sorted(CASES.glob("*.md")))
    return "".join(found for text in texts for found in FOUND.findall(text))


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_of_a_check_is_shown_by_a_fixture(room: str) -> None:
    tree = ast.parse((COMPILER / f"{room}.py").read_text("utf-8"))
    said_there = set(sentences(tree)) - NAMES_OF_FIELDS
    shown = shown_by_fixtures()
    assert sorted(text for text in said_there if text not in shown) == []


def test_the_rooms_that_tell_something_are_those_of_the_checks() -> None:
    assert {"front", "parse", "wording", "sold", "reach", "translations"} <= set(ROOMS)


def test_every_code_has_a_fixture() -> None:
    assert set(SHOWN) - set(re.findall(r"\[(T\d{3})\]", shown_by_fixtures())) == set()


def test_fixtures_that_show_what_is_fine_have_no_finding() -> None:
    fine = sorted(CASES.glob("fine-*.md"))
    assert len(fine) > 8
    assert [p.stem for p in fine if FOUND.search(p.read_text("utf-8"))] == []


def test_a_mistake_that_many_places_follow_from_is_told_once() -> None:
    once = sorted(CASES.glob("once-*.md"))
    assert len(once) > 3
    counts = {p.stem: FOUND.findall(p.read_text("utf-8"))[0].count("\nhelp: ") for p in once}
    assert {stem: n for stem, n in counts.items() if n != 1} == {}
