"""The reference page: every row of the compiler's tables has its line, and every example compiles."""

from __future__ import annotations

import re
from datetime import date

import pytest

from skill.compiler import fields, grammar, labels
from skill.compiler.diagnostics import CODES
from skill.compiler.folder import Compiler
from skill.compiler.front import KEYS, KINDS, SETTINGS
from skill.compiler.reference import FRONT, PHRASES, SLOTS, example_files, meanings, page

TODAY = date(2026, 11, 21)
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FORMS = [(start, form) for start, forms in grammar.FORMS.items() for form in forms]
TABLES = {kind: (kind,) for kind in KINDS} | {"account": fields.ACCOUNT_TABLES}


def names_of(table: str) -> set[str]:
    if table in fields.FORMS:
        form = fields.FORMS[table]
        return {*form.once, *form.repeated}
    required, further = fields.COLUMNS[table]
    return {*required, *further}


def examples() -> dict[str, str]:
    """Every fenced block of the page, by the file name behind its fence."""
    return {info.removeprefix("markdown "): text for info, text in FENCE.findall(page())}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_and_column_of_a_kind_has_its_line_and_no_other(kind: str) -> None:
    said = meanings(kind)
    assert set(said) == set(TABLES[kind])
    assert {table: set(lines) for table, lines in said.items()} == {
        table: names_of(table) for table in TABLES[kind]
    }


def test_every_phrase_setting_and_slot_has_its_line() -> None:
    assert set(PHRASES) == set(grammar.FORMS)
    assert set(FRONT) == {*KEYS, *SETTINGS}
    assert list(SLOTS) == list(labels.SLOTS)


@pytest.mark.parametrize(
    "name",
    [f"### {kind}" for kind in KINDS]
    + [f"| `{key}` |" for key in FRONT]
    + [f"| `{label}{' ' * bool(of.subject)}{of.subject.upper()}` | {of.used_for} |" for label, of in labels.LABELS.items()]
    + [f"| `{{{slot}}}` | {SLOTS[slot]} | {like} |" for slot, like in labels.SLOTS.items()]
    + [f"| {where} |" for where, _ in PHRASES.values()],
)  # fmt: skip
def test_the_page_has_a_line_for(name: str) -> None:
    assert f"\n{name}" in page()


@pytest.mark.parametrize("code", CODES)
def test_each_code_leads_to_its_page_and_to_the_command(code: str) -> None:
    (row,) = (line for line in page().splitlines() if line.startswith(f"| [{code}]"))
    assert f"(../../skill/compiler/pages/{code}.md)" in row
    assert f"`tactful topics rule {code}`" in row


@pytest.mark.parametrize(("start", "form"), FORMS, ids=[f"{s}: {f}" for s, f in FORMS])
def test_every_form_that_is_listed_can_be_read(start: grammar.Start, form: str) -> None:
    assert grammar.read(start, form) is not None
    assert f"`{form}`" in page()


def test_the_examples_of_the_page_are_one_folder_without_a_finding() -> None:
    assert len(FENCE.findall(page())) == len(examples()) == len(example_files())
    compiled = Compiler().compile_sources(examples(), TODAY)
    assert compiled.diagnostics == ()
    assert {t.kind for t in compiled.playbook.topics} == set(KINDS)
    assert set(compiled.playbook.translations) == {"de"}


def test_every_field_column_and_setting_is_used_by_an_example() -> None:
    topics = Compiler().compile_sources(examples(), TODAY).playbook.topics
    used = {f.name for t in topics for s in t.sections for f in s.fields}
    used |= {c.text for t in topics for s in t.sections for c in s.columns}
    used |= {key for t in topics for key in t.settings}
    wanted = {name for tables in TABLES.values() for table in tables for name in names_of(table)}
    elsewhere = {
        "Helps with",  # a list under a heading of its own, which is the field too
        "Reviewed by",  # only a generated file has use for it
    }
    assert {*wanted, *SETTINGS} - used - elsewhere == set()


@pytest.mark.parametrize("table", fields.ACCOUNT_TABLES)
def test_each_table_of_the_account_is_introduced_in_a_sentence(table: str) -> None:
    heading = table.replace("-", " ").capitalize()
    (line,) = (x for x in page().splitlines() if x.startswith(f"`## {heading}`: "))
    assert line.endswith(".")
    assert "`: - " not in line
