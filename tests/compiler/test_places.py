"""Topics while they are typed: what stands at a cursor, what could stand there, what is said, and where it leads.

The cursor is `‸` in the texts.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.compiler.fields import COLUMNS, FORMS
from skill.compiler.folder import Compiled, Compiler, read_folder
from skill.compiler.labels import LABELS
from skill.compiler.places import Place, place_at
from skill.lsp.index import Index, Name, index_of
from skill.lsp.offered import offered
from skill.lsp.renaming import Change, renamed
from skill.lsp.said import said_at
from skill.lsp.takes import SLOTS_OF, takes
from skill.model.topic import Span

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 21)
SOURCES = read_folder(ROOT / "topics")
FERNWAY = Compiler().compile_sources(SOURCES, TODAY)
INDEX = index_of(FERNWAY.playbook.topics, FERNWAY.sources)
FIELDS = "---\nkind: {}\n---\n# All\n\n## Connect Pack\n\n| Field | Value |\n|---|---|\n"
BUNDLE = FIELDS.format("product-bundles")
FEATURE = FIELDS.format("features")
PLAY = FIELDS.format("expansion-playbooks")
QUOTE = BUNDLE + "| Sold as | add-on |\n\n### What customers can read\n\n"
SIGNALS = (
    "---\nkind: usage-thresholds\n---\n# Signals\n\n"
    "| Signal | What we count | Holds when | Over | Means | Offer | Audience |\n|---|---|---|---|---|---|---|\n"
)
QUIET = "---\nkind: restraint\n---\n# Quiet\n\n| Situation | Pause offers for | Unless |\n|---|---|---|\n"
ACCOUNT = "---\nkind: account\n---\n# Accounts\n\n## {}\n\n{}\n|---|---|---|\n"


def cursor(marked: str) -> tuple[str, int, int]:
    """The text without its mark, and the line and column of the mark."""
    before, _, after = marked.partition("‸")
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def place(marked: str) -> Place:
    return place_at("a.md", *cursor(marked))


PLACES = [
    ("---\nki‸", "key", "ki", ""),
    ("---\nkind: fea‸\n---\n", "value", "kind", ""),
    ("---\nkind: features\n---\n# Features\n\n## Audit‸ log", "heading", "", ""),
    (BUNDLE + "\n### Inter‸", "section", "", "Connect Pack"),
    (BUNDLE + "| Unl‸", "field", "Unl", "Connect Pack"),
    (BUNDLE + "| unlocks | Sales‸", "cell", "Unlocks", "Connect Pack"),
    (BUNDLE + "| Overage | a \\| b‸ |", "cell", "Overage", "Connect Pack"),
    (BUNDLE + "\n### Unlocks\n\n- Sal‸", "cell", "Unlocks", "Connect Pack"),
    (SIGNALS.replace("Over", "Ov‸er"), "column", "", ""),
    (SIGNALS + "| a | seats | ‸", "cell", "Holds when", ""),
    (QUOTE + "> **Ans‸", "label", "", "Connect Pack"),
    (QUOTE + "> **Price:** it is {pri‸", "slot", "Price", "Connect Pack"),
    (QUOTE + "> **Price:** it is\n> {‸}, and", "slot", "Price", "Connect Pack"),
    (QUOTE + "> **Price:** it is {price}‸", "text", "Price", "Connect Pack"),
    (BUNDLE + "\n### Internal only\n\n> **Price:** {‸", "text", "", "Connect Pack"),
    (BUNDLE + "\n```\n| Unlocks | ‸", "text", "", "Connect Pack"),
    (BUNDLE + "<!-- | Unlocks | ‸ -->", "text", "", "Connect Pack"),
]


@pytest.mark.parametrize(("marked", "what", "name", "thing"), PLACES)
def test_what_stands_at_a_place(marked: str, what: str, name: str, thing: str) -> None:
    found = place(marked)
    assert (found.what, found.name, found.thing) == (what, name, thing)


def options(marked: str) -> list[str]:
    """The line as it is after each of the options was taken."""
    text, line, column = cursor(marked)
    here = text.split("\n")[line - 1]
    return [
        here[: o.start - 1] + o.text + here[o.end - 1 :]
        for o in offered("a.md", text, line, column, INDEX)
    ]


OFFERED = [
    ("---\nkind: pro‸\n---", "kind: product-bundles"),
    ("---\nki‸", "kind: "),
    ("---\nkind: expansion-playbooks\nhol‸", "holdout: "),
    ("---\nkind: expansion-playbooks\nholdout: ‸", "holdout: 10%"),
    ("---\nkind: expansion-playbooks\npriors: Te‸", "priors: Team "),
    (BUNDLE + "| Unl‸", "| Unlocks"),
    (BUNDLE + "| Unlocks | CSV export, Sal‸ |", "| Unlocks | CSV export, Salesforce export |"),
    (BUNDLE + "| Unlocks | ‸, CSV export |", "| Unlocks | Salesforce export, CSV export |"),
    (BUNDLE + "| Available on | ‸", "| Available on | Starter"),
    (BUNDLE + "| Sold to | ‸", "| Sold to | Self-serve"),
    (BUNDLE + "| Who can buy | owner, ‸", "| Who can buy | owner, admin"),
    (BUNDLE + "| Sold as | ‸ |", "| Sold as | add-on |"),
    (BUNDLE + "| Price | ‸ |", "| Price | EUR 49 per workspace per month |"),
    (BUNDLE + "| Limits | seats: 10; ru‸", "| Limits | seats: 10; runs: "),
    (BUNDLE + "| Limits | seats: ‸", "| Limits | seats: unlimited"),
    (BUNDLE + "\n### Unl‸", "### Unlocks"),
    (BUNDLE + "\n### Unlocks\n\n- Sal‸", "- Salesforce export"),
    (FEATURE + "| Kind | metered ‸", "| Kind | metered api_calls"),
    (PLAY + "| Applies to | seg‸", "| Applies to | segment is "),
    (PLAY + "| Applies to | segment is not ‸", "| Applies to | segment is not smb"),
    (PLAY + "| Applies to | touch is low, and has Con‸", "| Applies to | touch is low, and has Connect Pack"),
    (PLAY + "| Applies to | has ‸ and touch is low |", "| Applies to | has Team and touch is low |"),
    (PLAY + "| Applies to | plan is ‸", "| Applies to | plan is Team"),
    (PLAY + "| Applies to | ‸", "| Applies to | First win is reached"),
    (PLAY + "| Applies to | upsell_readiness is ‸", "| Applies to | upsell_readiness is ready"),
    (PLAY + "| Channel | ‸", "| Channel | in-app notification"),
    (SIGNALS + "| a | attempts: ‸ |", "| a | attempts: Salesforce export |"),
    (SIGNALS + "| a | attempts: ‸ |", "| a | attempts: anything in  |"),
    (SIGNALS + "| a | attempts: anything in Co‸ |", "| a | attempts: anything in Connect Pack |"),
    (SIGNALS + "| a | ‸ |", "| a | api_calls |"),
    (SIGNALS + "| a | events: ‸ |", "| a | events: csv_export |"),
    (SIGNALS + "| a | seats | ‸ |", "| a | seats | at least 80% of limit |"),
    (SIGNALS + "| a | seats | x | ‸", "| a | seats | x | the last 30 days"),
    (SIGNALS + "| a | b | c | d | ready | Te‸ |", "| a | b | c | d | ready | Team |"),
    (QUIET + "| Any‸ |", "| Any offer was shown |"),
    (QUIET + "| ‸", "| Schools and universities"),
    (QUIET + "| First‸", "| First win not reached"),
    (QUIET + "| Opted out | ‸", "| Opted out | forever"),
    (ACCOUNT.format("Traits", "| Trait | Type | Maximum age |") + "| a | ‸ |", "| a | one of |"),
    ("---\nkind: account\n---\n# A\n\n## ‸", "## Events and facts"),
    (QUOTE + "> **Ans‸", "> **Answer:** "),
    (QUOTE + "> **Ans‸:** x", "> **Answer without offer:** x"),
    (QUOTE + "> **Why you ‸", "> **Why you manual-export:** "),
    (QUOTE + "> **Price:** It costs {‸", "> **Price:** It costs {price}"),
    (QUOTE + "> **Price:** It costs {‸}.", "> **Price:** It costs {price}."),
    (QUOTE + "> **Answer:** {manual-export.‸", "> **Answer:** {manual-export.count}"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "taken"), OFFERED)
def test_what_could_stand_there_is_offered(marked: str, taken: str) -> None:
    assert taken in options(marked)


NOT_OFFERED = [
    (BUNDLE + "| Unlocks | CSV export, ‸ |", "CSV export, CSV export"),
    (BUNDLE + "| Available on | ‸", "Connect Pack"),
    (QUOTE + "> **Price:** {‸", "{workaround}"),
    (PLAY + "| Applies to | plan is ‸", "Connect Pack"),
    ("---\nkind: features\nowner: a\n‸\n---", "kind: "),
    ("---\nkind: features\n‸\n---", "holdout"),
]


@pytest.mark.parametrize(("marked", "words"), NOT_OFFERED)
def test_what_could_not_stand_there_is_not_offered(marked: str, words: str) -> None:
    every = options(marked)
    assert every
    assert not [line for line in every if words in line]


@pytest.mark.parametrize("marked", ["", "# Team‸", "some ‸ prose", BUNDLE + "\n\nWords {‸"])
def test_nothing_is_offered_in_running_text(marked: str) -> None:
    assert options(marked if "‸" in marked else "‸") == []


@pytest.mark.parametrize("label", LABELS)
def test_every_slot_that_is_offered_can_be_filled_by_its_label(label: str) -> None:
    lines = options(f"{QUOTE}> **{label}:** {{‸")
    assert {line.split("{")[1] for line in lines} == {f"{s}}}" for s in LABELS[label].slots}


def first_cells() -> list[tuple[str, int, int, str, str]]:
    """One written cell of each field and column of the sample: file, line, column, table and name."""
    found: dict[tuple[str, str], tuple[str, int, int, str, str]] = {}
    for topic in FERNWAY.playbook.topics:
        spans = [f.span for s in topic.sections for f in s.fields if f.value]
        spans += [
            c.span for s in topic.sections for r in s.rows for c in r.cells.values() if c.text
        ]
        for span in spans:
            at = place_at(topic.file, SOURCES[topic.file], span.line, span.column)
            if at.what == "cell" and (
                takes(at.table, at.name).names or takes(at.table, at.name).words
            ):
                key = (at.table, at.name)
                found.setdefault(key, (topic.file, span.line, span.column, *key))
    return list(found.values())


@pytest.mark.parametrize("where", first_cells(), ids=lambda w: f"{w[3]}-{w[4]}")
def test_the_compiler_reads_what_is_offered(where: tuple[str, int, int, str, str]) -> None:
    file, line, column, *_ = where
    lines = SOURCES[file].split("\n")
    here = lines[line - 1]
    compiler = Compiler()
    for option in offered(file, SOURCES[file], line, column, INDEX)[:4]:
        lines[line - 1] = here[: option.start - 1] + option.text + here[option.end - 1 :]
        found = compiler.compile_sources(SOURCES | {file: "\n".join(lines)}, TODAY).diagnostics
        unread = ("T102", "T103", "T104", "T108", "T201", "T601")
        here_found = [d for d in found if (d.span.line, d.span.column) == (line, option.start)]
        assert [d.message for d in here_found if d.code in unread] == []


def said(file: str, words: str, skip: int = 0) -> str:
    """What is said of a place of the sample company: some letters into the first place of these words."""
    text = SOURCES[file]
    at = text.index(words) + skip
    line, column = text[:at].count("\n") + 1, at - text.rfind("\n", 0, at)
    found = said_at(file, text, line, column, index=INDEX, playbook=FERNWAY.playbook)
    return found.markdown if found else ""


SAID = [
    ("usage-thresholds.md", "| at least 80% of limit", 4, "api-near-limit speaks for Team (ready) when"),
    ("restraint.md", "| 30 days |", 3, "For 30 days after the customer said"),
    ("expansion-playbooks.md", "segment is enterprise", 14, "fits when the segment is enterprise"),
    ("expansion-playbooks.md", "2 offers in 30 days", 2, "at most 2 offers to one person"),
    ("account.md", "| segment is enterprise", 14, "A customer belongs to “Large accounts” when"),
    ("product-bundles.md", "EUR 29 per", 2, "Starter costs EUR 29"),
    ("product-bundles.md", "| Available on |", 3, "the plans beside which it is sold"),
    ("product-bundles.md", "| Available on | Starter", 19, "Starter is sold as a plan."),
    ("product-bundles.md", "| Available on | Starter", 19, "Starter costs EUR 29 per workspace per month"),
    ("usage-thresholds.md", "attempts: anything in Connect Pack", 24, "Connect Pack is sold as an add-on"),
    ("features.md", "> **Have it:", 6, "included: how to use it"),
    ("usage-thresholds.md", "{percent}", 3, "An example: 82%"),
    ("usage-thresholds.md", "| Holds when", 3, "**Holds when** (required)"),
    ("expansion-playbooks.md", "holdout", 3, "share of accounts that are never offered anything"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "words", "skip", "expected"), SAID)
def test_what_is_said_of_a_place(file: str, words: str, skip: int, expected: str) -> None:
    assert expected in said(file, words, skip)


def test_a_finding_and_an_allowed_code_lead_to_their_page() -> None:
    text = (
        SIGNALS
        + "| a | seatz | at least 4 | now | ready | Team | |\n<!-- tactful: allow T303 -->\n"
    )
    found = Compiler().compile_sources(SOURCES | {"usage-thresholds.md": text}, TODAY)
    args = {"index": INDEX, "playbook": found.playbook, "found": found.diagnostics}
    told = said_at("usage-thresholds.md", text, 8, 8, **args)  # type: ignore[arg-type]
    assert told is not None
    assert "**T103 unknown-name**: unknown meter `seatz`" in told.markdown
    page = said_at("usage-thresholds.md", text, 9, 24, **args)  # type: ignore[arg-type]
    assert page is not None
    assert page.markdown.startswith("# T303")


def declared_at(file: str, words: str, skip: int = 0) -> str:
    """Where the name at a place of the sample leads, as `file: the words there`."""
    text = SOURCES[file]
    at = text.index(words) + skip
    line, column = text[:at].count("\n") + 1, at - text.rfind("\n", 0, at)
    name = INDEX.at(file, line, column)
    there = INDEX.declaration(name) if name else None
    if there is None:
        return ""
    written = SOURCES[there.span.file].split("\n")[there.span.line - 1]
    return f"{there.span.file}: {written[: there.end - 1]}"


LEADS = [
    ("product-bundles.md", "| Available on | Starter", 19, "product-bundles.md: ## Starter"),
    ("product-bundles.md", "api_calls:", 2, "meters.md: | api_calls"),
    ("product-bundles.md", "> **Why you manual-export", 14, "usage-thresholds.md: | manual-export"),
    ("usage-thresholds.md", "anything in Connect Pack", 14, "product-bundles.md: ## Connect Pack"),
    ("restraint.md", "| First win not reached", 4, "account.md: | First win"),
    ("restraint.md", "Schools and universities", 4, "account.md: | Schools and universities"),
    ("expansion-playbooks.md", "segment is", 2, "account.md: | segment"),
    ("articles.md", "| Needs | CSV export", 10, "features.md: ## CSV export"),
    ("features.de.md", "## CSV export", 5, "features.md: ## CSV export"),
    ("features.de.md", "> **Limit runs", 12, "meters.md: | runs"),
    ("expansion-playbooks.md", "segment is enterprise", 15, ""),
]


@pytest.mark.parametrize(("file", "words", "skip", "there"), LEADS)
def test_a_name_leads_to_where_it_is_declared(file: str, words: str, skip: int, there: str) -> None:
    assert declared_at(file, words, skip) == there


def applied(changes: tuple[Change, ...]) -> dict[str, str]:
    """The sample with these changes made; each stands where it says."""
    lines = {file: text.split("\n") for file, text in SOURCES.items()}
    for c in sorted(changes, key=lambda c: (c.span.file, c.span.line, -c.span.column)):
        at, here = c.span.column - 1, lines[c.span.file][c.span.line - 1]
        assert here[at : at + len(c.old)] == c.old
        lines[c.span.file][c.span.line - 1] = here[:at] + c.new + here[at + len(c.old) :]
    return {file: "\n".join(text) for file, text in lines.items()}


@pytest.mark.parametrize("sort", [s for s, names in INDEX.declared.items() if names])
def test_a_renamed_thing_is_known_everywhere_by_its_new_name(sort: str) -> None:
    compiler = Compiler()
    for name in list(INDEX.declared[sort].values())[:5]:
        changes = renamed(INDEX, name, "Zeta and others")
        assert not isinstance(changes, str)
        found = compiler.compile_sources(applied(changes), TODAY).diagnostics
        assert [d.message for d in found if d.severity.value != "note"] == [], name


def test_a_name_that_is_taken_or_cannot_be_written_is_refused() -> None:
    team = INDEX.declared["plans"]["team"]
    assert "has that name" in str(renamed(INDEX, team, "Connect pack"))
    assert "cannot be a name" in str(renamed(INDEX, team, "Team, or more"))
    assert "cannot be a name" in str(renamed(INDEX, team, " "))
    assert "declared nowhere" in str(renamed(Index(), team, "Squad"))


def test_a_key_is_renamed_as_a_key() -> None:
    text = BUNDLE + "| Sold as | add-on |\n| Unlocks | audit-log |\n"
    other = "---\nkind: features\n---\n# F\n\n## Audit log\n"
    sources = {"b.md": text, "f.md": other}
    compiled: Compiled = Compiler().compile_sources(sources, TODAY)
    index = index_of(compiled.playbook.topics, compiled.sources)
    changes = renamed(index, index.declared["features"]["audit-log"], "Activity feed")
    assert [c.new for c in changes if isinstance(c, Change)] == ["activity-feed", "Activity feed"]


@given(
    file=st.sampled_from(sorted(SOURCES)),
    share=st.floats(0, 1),
    line=st.integers(-2, 400),
    column=st.integers(-2, 400),
)
def test_a_half_typed_topic_is_answered_at_every_place(
    file: str, share: float, line: int, column: int
) -> None:
    text = SOURCES[file][: int(len(SOURCES[file]) * share)]
    end = text.count("\n") + 1, len(text) - text.rfind("\n")
    for where in (end, (line, column)):
        for option in offered(file, text, *where, INDEX):
            assert option.start <= max(where[1], 1) or where != end
        said_at(
            file, text, *where, index=INDEX, playbook=FERNWAY.playbook, found=FERNWAY.diagnostics
        )
        INDEX.at(file, *where)


@given(text=st.text(alphabet="|>#-*{}:, \n\r`<!TSab🙂", max_size=200), line=st.integers(-1, 9))
def test_any_text_at_all_is_answered(text: str, line: int) -> None:
    head = "---\nkind: product-bundles\n---\n"
    for whole in (text, head + text, head + "## A\n\n| Field | Value |\n|---|---|\n" + text):
        compiled = Compiler().compile_sources({"a.md": whole}, TODAY)
        index = index_of(compiled.playbook.topics, compiled.sources)
        for column in (0, 1, 5, 500):
            offered("a.md", whole, line, column, index)
            said_at("a.md", whole, line, column, index=index, playbook=compiled.playbook)


def test_every_cell_that_is_known_is_one_of_the_language() -> None:
    for table, names in [(t, (*f.once, *f.repeated)) for t, f in FORMS.items()]:
        assert all(
            place_at("a.md", *cursor(FIELDS.format(table) + f"| {n} | ‸")).name == n for n in names
        )
    for table, (required, further) in COLUMNS.items():
        known = [takes(table, name) for name in (*required, *further)]
        assert any(known), table
    assert all(s.sort in INDEX.declared for slots in SLOTS_OF.values() for s in slots)


def test_a_cursor_touches_a_name_at_both_its_ends() -> None:
    at = Span(file="a.md", line=1, end_line=1, column=3)
    name = Name("features", "audit-log", "Audit log", at)
    assert [name.covers("a.md", 1, c) for c in (2, 3, 12, 13)] == [False, True, True, False]


def test_of_two_things_with_one_name_a_rule_uses_the_one_it_speaks_of() -> None:
    text = (
        "---\nkind: account\n---\n# Accounts\n\n## Traits\n\n| Trait | Type |\n|---|---|\n| Settled | yes or no |\n\n"
        "## Journey\n\n| Moment | Holds when |\n|---|---|\n| Settled | fact: runs at least 3 over now |\n\n"
        "## Audiences\n\n| Audience | Rule |\n|---|---|\n| Old hands | Settled is reached |\n"
    )
    compiled = Compiler().compile_sources({"account.md": text}, TODAY)
    index = index_of(compiled.playbook.topics, compiled.sources)
    assert [use.sort for use in index.uses if use.key == "settled"] == ["moments"]
