"""Help pages as Topics: who may read them, what stays inside, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from skill.ask import Workspace, ask, workspace_of
from skill.compiler.folder import Compiler
from skill.compiler.importers.articles import HelpTopics, import_articles
from skill.compiler.importers.detecting import source_of
from skill.compiler.importers.help_text import read_text
from skill.errors import InputError
from skill.model.playbook import Article, Playbook
from skill.testing import customer

TODAY = date(2026, 11, 21)
SHARED = Path(__file__).parents[3] / "shared" / "data"
GROWTHBOOK, BANKING = SHARED / "docs" / "growthbook", SHARED / "banking"
AUDIT = """---
title: Reading the audit log
feature: Audit log
plans: [Scale]
---
# Reading the audit log

Open Settings, then Log, and pick a person. <Badge kind="new"/>

## Exporting it

1. Choose a month.
2. Choose Save.
   - As CSV
   - As JSON

A copy costs $20 per month.

| Column | Holds |
|---|---|
| Who | the person |
| What | the change |

```
curl /log
```

## Internal notes

Ask Kim before you raise the bound.
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """A folder of pages by their names."""
    made = tmp_path / "help"
    made.mkdir()
    for name, text in files.items():
        (made / f"{name}.md").write_text(text, "utf-8")
    return made


def playbook_of(made: HelpTopics) -> Playbook:
    compiled = Compiler().compile_sources(made.files, TODAY)
    assert compiled.servable, compiled.diagnostics
    return compiled.playbook


def reviewed(made: HelpTopics) -> Workspace:
    """The same folder after somebody has read it."""
    files = {name: text.replace("generated: yes\n", "") for name, text in made.files.items()}
    return workspace_of(Compiler().compile_sources(files, TODAY), data_dir=None)


def told(workspace: Workspace, question: str, plan: str | None, now: datetime) -> list[str]:
    """What of the answer is quoted from help pages."""
    body = ask(workspace, question, customer(plan), now=now).answer.body()
    return [one["template"] for one in body["quotes"] if one["label"] == "Article"]


@pytest.fixture
def audit(tmp_path: Path) -> HelpTopics:
    return import_articles([folder(tmp_path, audit=AUDIT)], today=TODAY, name="Plotwise")


def article(playbook: Playbook, heading: str) -> Article:
    return next(one for one in playbook.articles if one.heading == heading)


def test_each_section_is_an_article_that_needs_the_feature_of_its_page(audit: HelpTopics) -> None:
    found = {a.heading: a.needs for a in playbook_of(audit).articles}
    assert found == dict.fromkeys(
        (
            "Reading the audit log",
            "Reading the audit log: Exporting it",
            "Reading the audit log: Internal notes",
        ),
        ("audit-log",),
    )


def test_the_plan_that_a_page_names_unlocks_its_feature(audit: HelpTopics) -> None:
    assert playbook_of(audit).bundles["scale"].unlocks == ("audit-log",)


def test_a_list_is_one_passage_and_a_table_says_its_columns_in_each_row(audit: HelpTopics) -> None:
    passages = [
        p.template
        for p in article(playbook_of(audit), "Reading the audit log: Exporting it").passages
    ]
    assert passages == [
        "1. Choose a month.\n2. Choose Save.\n- As CSV\n- As JSON",
        "- Who; Holds: the person\n- What; Holds: the change",
    ]


def test_a_price_in_a_help_page_stays_inside_and_is_told(audit: HelpTopics) -> None:
    playbook = playbook_of(audit)
    assert not [p for a in playbook.articles for p in a.passages if "$20" in p.template]
    assert [n.text for t in playbook.topics for s in t.sections for n in s.notes] == [
        "A copy costs $20 per month."
    ]
    assert any("1 passage of audit.md" in line for line in audit.lost)


def test_what_stands_below_an_internal_heading_is_for_no_customer(audit: HelpTopics) -> None:
    assert article(playbook_of(audit), "Reading the audit log: Internal notes").internal


def test_code_is_left_out_and_counted(audit: HelpTopics) -> None:
    assert "1 code block: no passage can hold it" in audit.lost


def test_a_page_that_names_no_feature_is_for_everybody_and_told(tmp_path: Path) -> None:
    made = import_articles([folder(tmp_path, start="# Start\n\nOpen the page.")], today=TODAY)
    assert article(playbook_of(made), "Start").needs == ()
    assert made.took == (
        "start.md: no feature is named, so the page is for everybody; "
        "add `Needs` where it is about something that not everybody has",
    )


def test_a_page_called_like_a_feature_of_the_folder_needs_it(tmp_path: Path) -> None:
    topics = Path(__file__).parents[2] / "topics"
    beside = {path.name: path.read_text("utf-8") for path in topics.glob("*.md")}
    pages = folder(tmp_path, csv="# CSV export\n\nOpen the list, then Save.")
    made = import_articles([pages], today=TODAY, beside=beside)
    both = Compiler().compile_sources({**beside, **made.files}, TODAY)
    assert set(made.files) == {"articles-2.md"}
    assert article(both.playbook, "CSV export").needs == ("csv-export",)


def test_the_same_pages_again_replace_themselves(tmp_path: Path, audit: HelpTopics) -> None:
    again = import_articles([tmp_path / "help"], today=TODAY, name="Plotwise", beside=audit.files)
    assert again.articles == audit.articles
    assert not again.pages


def test_pages_that_give_a_feature_to_different_plans_give_it_only_where_all_agree(
    tmp_path: Path,
) -> None:
    page = "---\nfeature: Maps\nplans: {}\n---\n# {}\n\nOpen the map.\n"
    pages = folder(tmp_path, a=page.format("Basic, Scale", "One"), b=page.format("Scale", "Two"))
    playbook = playbook_of(import_articles([pages], today=TODAY))
    assert playbook.bundles["basic"].unlocks == ()
    assert playbook.bundles["scale"].unlocks == ("maps",)


def test_who_has_the_feature_is_told_how_and_nobody_else(audit: HelpTopics, now: datetime) -> None:
    workspace, question = reviewed(audit), "How do I use the audit log?"
    assert told(workspace, question, "scale", now)
    assert not told(workspace, question, None, now)


def test_pages_that_nobody_has_reviewed_are_not_quoted(audit: HelpTopics, now: datetime) -> None:
    workspace = workspace_of(Compiler().compile_sources(audit.files, TODAY), data_dir=None)
    assert not told(workspace, "How do I use the audit log?", "scale", now)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no help page"),
        ({"a.md": b"caf\xe9"}, "no UTF-8: byte 4"),
        ({"a.jsonl": b'{"text": "x"}\n{"text"'}, "a.jsonl:2: unreadable JSON"),
        ({"a.md": b"x" * 2_000_001}, "more than 2,000,000 bytes"),
        ({"notes.txt": b"hello"}, "no help page"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match=message):
        import_articles([tmp_path], today=TODAY)


def test_too_many_pages_are_refused_before_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skill.compiler.importers.help_pages.MAX_FILES", 2)
    pages = folder(tmp_path, a="x", b="x", c=chr(0))
    with pytest.raises(InputError, match="more than 2 pages"):
        import_articles([pages], today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!-- never closed",
        "![a](b)",
        "| a |\n|---|",
        "[x](javascript:alert(1)) {price} <script>",
        "> " * 400,
        "- \n- \n",
        "\x00\u202e\ufeff",
        "## Internal only\n\nThe bound is soft.",
        "**Internal only**\n\nThe bound is soft.",
        "The bound is soft (internal use only).",
        "- Internal note: the bound is soft.",
        "# T\n\n{ costs EUR 20",
    ],
)
def test_no_text_of_a_page_makes_topics_that_do_not_compile(tmp_path: Path, text: str) -> None:
    pages = folder(tmp_path, first="# First\n\nWords.", odd=text)
    playbook = playbook_of(import_articles([pages], today=TODAY))
    shown = " ".join(p.template for a in playbook.articles if not a.internal for p in a.passages)
    assert not any(sign in shown for sign in ("EUR", "{", "<script", "javascript:", "soft"))


def test_links_keep_their_words_and_only_allowed_targets() -> None:
    read = read_text("See [this](../other.md), [that](/there) and <https://x.example/y>.")
    assert read.parts[0].passages[0].text == "See this, [that](/there) and https://x.example/y."


def test_a_start_from_help_pages_says_what_to_do_instead(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds help pages"):
        source_of(folder(tmp_path, a="# A"))


@pytest.mark.skipif(not GROWTHBOOK.is_dir(), reason="the real help pages are not here")
def test_the_growthbook_pages_are_quoted_to_nobody_who_lacks_the_feature(now: datetime) -> None:
    workspace = reviewed(import_articles([GROWTHBOOK], today=TODAY, name="GrowthBook"))
    plans = {key: set(bundle.unlocks) for key, bundle in workspace.playbook.bundles.items()}
    assert len(plans["pro"]) < len(plans["enterprise"]) == len(workspace.playbook.features)
    quoted = 0
    for feature in workspace.playbook.features.values():
        for plan in ("pro", "enterprise", None):
            found = told(workspace, f"How do I use {feature.name}?", plan, now)
            if plan is None or feature.key not in plans[plan]:
                assert not found
            quoted += bool(found)
    assert quoted > len(plans["enterprise"])


@pytest.mark.skipif(not BANKING.is_dir(), reason="the real documents are not here")
def test_every_banking_document_is_loaded_and_internal_ones_stay_inside() -> None:
    made = import_articles([BANKING], today=TODAY)
    playbook = playbook_of(made)
    assert len(set(made.origins.values())) == len(list((BANKING / "topics").glob("*.md")))
    marked = [a for a in playbook.articles if "internal" in a.heading.lower()]
    assert marked
    assert all(a.internal for a in marked)
