"""What ties a translation to its original, and what is told where it does not fit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from skill.compiler.build import built_in_translations, built_in_words
from skill.compiler.folder import Compiled, Compiler
from skill.compiler.labels import slot_problem
from skill.compiler.languages import language_of, plural_form, plural_of, reading_order

TODAY = date(2026, 11, 21)
TOPICS = Path(__file__).parents[2] / "topics"
FEATURES = """---
kind: features
owner: a@b.example
review_by: 2027-03-31
---
# Features

## Audit log

| Field | Value |
|---|---|
| What it does | Records who changed what. |

## Wall chart

| Field | Value |
|---|---|
| What it does | Shows charts. |
| Free for all | yes |
"""
BUNDLES = """---
kind: product-bundles
owner: a@b.example
review_by: 2027-03-31
---
# Bundles

## Solo

| Field | Value |
|---|---|
| Sold as | plan |
| Price | free |

### What customers can read

> **Answer:** {feature} is in Solo.

## Data Pack

| Field | Value |
|---|---|
| Sold as | add-on |
| Unlocks | Audit log |
| Price | EUR 49 per desk per month, billed yearly |
| Try it | 7 days, no card |

### What customers can read

> **Answer:** {feature} comes with the Data Pack.
>
> **Price:** The Data Pack costs {price}.
>
> **Soft close:** {trial}, if you like.
"""
WHOLE = """---
kind: product-bundles
owner: a@b.example
review_by: 2027-03-31
---
# Pakete

| Word | Translation |
|---|---|
| per desk | pro Tisch |
| 7 days, no card | 7 Tage, ohne Karte |

## Data Pack

| Field | Value |
|---|---|
| Name | Datenpaket |

### What customers can read

> **Answer:** {feature} kommt mit dem Datenpaket.
>
> **Price:** Das Datenpaket kostet {price}.
>
> **Soft close:** Wenn Sie mögen: {trial}.
"""


def compiled(german: str = WHOLE, file: str = "product-bundles.de.md", **more: str) -> Compiled:
    sources = {"features.md": FEATURES, "product-bundles.md": BUNDLES, file: german, **more}
    return Compiler().compile_sources(sources, TODAY)


def told(german: str, file: str = "product-bundles.de.md") -> list[tuple[str, int, str]]:
    """The findings about a translation: code, line and what is said."""
    found = compiled(german, file).diagnostics
    return [(d.code, d.span.line, d.message) for d in found if d.span.file == file]


def test_a_whole_translation_is_tied_quote_by_quote_and_nothing_is_told() -> None:
    playbook = compiled().playbook
    german = playbook.translations["de"]
    original = next(q for q in playbook.bundles["data-pack"].quotes if q.label == "Price")
    assert told(WHOLE) == []
    assert german.quotes[original.place].template == "Das Datenpaket kostet {price}."
    assert german.quotes[original.place].lang == "de"
    assert german.bundles == {"data-pack": "Datenpaket"}
    assert german.words["per-desk"] == "pro Tisch"


def test_a_translation_defines_nothing() -> None:
    alone = Compiler().compile_sources(
        {"features.md": FEATURES, "product-bundles.md": BUNDLES}, TODAY
    )
    both = compiled().playbook
    assert (both.features, both.bundles, both.defaults) == (
        alone.playbook.features,
        alone.playbook.bundles,
        alone.playbook.defaults,
    )
    assert both.version != alone.playbook.version


def test_a_section_that_is_not_translated_is_no_mistake() -> None:
    assert "## Solo" not in WHOLE
    assert told(WHOLE) == []


def test_labels_that_a_translation_lacks_are_told_once_at_its_heading() -> None:
    some = WHOLE[: WHOLE.index(">\n> **Price")]
    ((code, line, said),) = told(some)
    assert (code, line) == ("T501", some.splitlines().index("## Data Pack") + 1)
    assert "`Price` (line 32)" in said
    assert "`Soft close` (line 34)" in said


def test_a_heading_that_the_original_has_not_is_told_with_the_row_for_its_name() -> None:
    renamed = WHOLE.replace("## Data Pack", "## Verbindung")
    (found,) = [d for d in compiled(renamed).diagnostics if d.code == "T501"]
    assert found.message == "`product-bundles.md` has no heading `Verbindung`"
    assert "| Name | Verbindung |" in found.help
    near = WHOLE.replace("## Data Pack", "## Data Packs")
    assert "did you mean `Data Pack`?" in [d.help for d in compiled(near).diagnostics]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kostet {price}.", "ist günstig.", "`Price` lacks {price}"),
        (
            "Wenn Sie mögen:",
            "In {bundle}:",
            "`Soft close` has {bundle}, which the original has not",
        ),
        ("kostet {price}.", "heißt {bundle}.", "`Price` lacks {price} and has {bundle}"),
    ],
)
def test_a_slot_lost_or_added_is_told_and_the_original_stays(
    before: str, after: str, said: str
) -> None:
    changed = WHOLE.replace(before, after)
    ((code, _, message),) = told(changed)
    assert code == "T501"
    assert message.startswith(said)
    playbook = compiled(changed).playbook
    assert len(playbook.translations["de"].quotes) == 2 + len(built_in_words().sections[0].quotes)


def test_a_quote_that_the_original_has_not_is_told_at_the_quote() -> None:
    more = WHOLE + ">\n> **Two steps:** Erst {first_step}.\n"
    assert told(more) == [
        ("T501", more.count("\n"), "the original has no further `Two steps` here")
    ]


def test_facts_in_a_translation_are_told_once_and_never_count() -> None:
    priced = WHOLE.replace(
        "| Name | Datenpaket |", "| Name | Datenpaket |\n| Price | EUR 1 |\n| Limits | seats: 9 |"
    )
    ((code, _, said),) = told(priced)
    assert code == "T501"
    assert said.startswith("`Price`, `Limits` in a translation: facts stand in")
    prices = compiled(priced).playbook.bundles["data-pack"].prices
    assert [p.text for p in prices] == ["EUR 49 per desk per month, billed yearly"]


def test_a_table_of_facts_in_a_translation_is_told() -> None:
    signals = (
        "---\nkind: product-bundles\n---\n# Pakete\n\n| Signal | Offer |\n|---|---|\n| a | b |\n"
    )
    assert [(code, line) for code, line, _ in told(signals)] == [("T501", 8)]


@pytest.mark.parametrize("file", ["product-bundels.de.md", "words.pl.md"])
def test_a_translation_without_its_original_is_told_and_nothing_else(file: str) -> None:
    ((code, line, said),) = told(WHOLE, file)
    assert (code, line) == ("T501", 1)
    assert "which is not there" in said
    assert all(d.code not in ("T101", "T104") for d in compiled(WHOLE, file).diagnostics)


def test_a_language_that_nobody_speaks_and_another_kind_are_told() -> None:
    assert [(c, s) for c, _, s in told(WHOLE, "product-bundles.xx.md")] == [
        ("T501", "`xx` is no known language")
    ]
    other = WHOLE.replace("kind: product-bundles", "kind: features")
    assert [(c, n) for c, n, _ in told(other)] == [("T501", 1)]


def test_words_that_facts_need_are_told_once_at_the_title() -> None:
    lacking = WHOLE.replace("| per desk | pro Tisch |\n", "").replace(
        "| 7 days, no card | 7 Tage, ohne Karte |\n", ""
    )
    ((code, line, said),) = told(lacking)
    assert (code, line) == ("T501", 6)
    assert "`per desk`, `7 days, no card`" in said


def test_a_word_with_other_figures_or_a_price_is_refused() -> None:
    wrong = WHOLE.replace("7 Tage, ohne Karte", "70 Tage, ohne Karte")
    assert "other figures" in told(wrong)[-1][2]
    assert "7-days-no-card" not in compiled(wrong).playbook.translations["de"].words
    priced = WHOLE.replace("pro Tisch", "nur 5 EUR pro Tisch")
    assert "T302" in {code for code, _, _ in told(priced)}


def test_two_things_cannot_share_a_name() -> None:
    assert "is the name of `Solo` too" in told(WHOLE.replace("Datenpaket |", "Solo |"))[0][2]


def test_a_misspelt_label_is_one_mistake() -> None:
    assert [c for c, _, _ in told(WHOLE.replace("**Price:**", "**Prise:**"))] == ["T406"]


def test_variants_of_one_label_find_each_other_by_their_slots() -> None:
    variants = "\n### What customers can read\n\n> **Limit:** {limit} and {left}.\n>\n> **Limit:** {limit}.\n"
    turned = "\n### What customers can read\n\n> **Limit:** Nur {limit}.\n>\n> **Limit:** {limit}, noch {left}.\n"
    english = FEATURES.replace("\n## Audit log", f"{variants}\n## Audit log")
    german = f"---\nkind: features\n---\n# Funktionen\n{turned}"
    found = Compiler().compile_sources(
        {"features.md": english, "product-bundles.md": BUNDLES, "features.de.md": german}, TODAY
    )
    quotes = found.playbook.translations["de"].quotes
    said = {q.template: quotes[q.place].template for q in found.playbook.defaults[:2]}
    assert said == {
        "{limit} and {left}.": "{limit}, noch {left}.",
        "{limit}.": "Nur {limit}.",
    }


def test_generated_translations_wait_for_a_review() -> None:
    generated = WHOLE.replace("---\n# Pakete", "generated: yes\n---\n# Pakete")
    quotes = compiled(generated).playbook.translations["de"].quotes.values()
    assert {q.reviewed for q in quotes if q.topic == "product-bundles.de"} == {False}


def test_a_help_page_is_tied_paragraph_by_paragraph() -> None:
    page = "---\nkind: articles\n---\n# Help\n\n## Logs\n\n| Field | Value |\n|---|---|\n| Needs | Audit log |\n\nOne.\n\nTwo.\n"
    german = "---\nkind: articles\n---\n# Hilfe\n\n## Logs\n\nEins.\n\nZwei.\n"
    found = compiled(**{"articles.md": page, "articles.de.md": german})
    first, second = found.playbook.articles[0].passages
    quotes = found.playbook.translations["de"].quotes
    assert (quotes[first.place].template, quotes[second.place].template) == ("Eins.", "Zwei.")
    short = compiled(**{"articles.md": page, "articles.de.md": german.replace("Zwei.\n", "")})
    assert [d.message for d in short.diagnostics if d.code == "T501"] == [
        "`Logs` paragraphs for customers: 1 here, 2 in its original"
    ]


def test_the_sample_has_a_german_side_without_a_finding() -> None:
    found = Compiler().compile_folder(TOPICS, TODAY)
    german = found.playbook.translations["de"]
    topics = {q.topic for q in german.quotes.values()}
    assert not [d for d in found.diagnostics if d.code == "T501"]
    assert {"words.de", "features.de", "product-bundles.de", "tactful-words.de"} <= topics


def test_the_german_words_of_last_resort_are_whole() -> None:
    originals = [q for s in built_in_words().sections for q in s.quotes]
    german = [q for t in built_in_translations() for s in t.sections for q in s.quotes]
    assert [(q.label, set(q.slots)) for q in originals] == [(q.label, set(q.slots)) for q in german]


@pytest.mark.parametrize(
    ("slot", "lang", "said"),
    [
        ("left|seat|seats", "en", None),
        ("left|Platz|Plätze", "de", None),
        ("left|Platz", "de", "has 1 of the 2 words"),
        ("left|miejsce|miejsca|miejsc|miejsca", "pl", None),
        ("left|miejsce|miejsca", "pl", "has 2 of the 4 words"),
        ("left|siège|sièges", "fr", None),
        ("left|siège|sièges|de sièges", "fr", None),
        ("left|席", "ja", None),
        ("left|a|b", "ja", "has 2 of the 1 words"),
        ("plan|a|b", "en", "is no figure"),
        ("left|a|", "en", "an empty word"),
        ("lef|a|b", "en", "unknown slot"),
    ],
)
def test_the_words_of_a_plural_are_counted_by_the_language(
    slot: str, lang: str, said: str | None
) -> None:
    problem = slot_problem(slot, "Limit", lang)
    assert (problem is None) if said is None else (problem is not None and said in problem[0])


def test_a_figure_chooses_its_word() -> None:
    from decimal import Decimal

    forms = plural_of("left|miejsce|miejsca|miejsc|miejsca")[1]
    chosen = [plural_form(forms, Decimal(n), "pl") for n in (1, 2, 5, 22, 25)]
    assert chosen == ["miejsce", "miejsca", "miejsc", "miejsca", "miejsc"]
    assert plural_form(("seat", "seats"), None, "en") == "seats"


@pytest.mark.parametrize(
    ("locale", "reads"),
    [
        ("de-AT", ("de-AT", "de")),
        ("de_de", ("de-DE", "de")),
        ("pt-PT", ("pt-PT", "pt")),
        ("es-AR", ("es-AR", "es-419", "es")),
        ("zh-TW", ("zh-TW", "zh-Hant-TW", "zh-Hant")),
        ("zh-CN", ("zh-CN", "zh")),
        ("sr-Latn", ("sr-Latn",)),
        ("de-u-co-phonebk", ("de",)),
        ("xx", ("xx",)),
        ("../../etc", ()),
        ("de" * 5000, ()),
        ("", ()),
    ],
)
def test_a_locale_reads_its_own_language_and_what_stands_in_for_it(
    locale: str, reads: tuple[str, ...]
) -> None:
    assert reading_order(locale) == reads


@pytest.mark.parametrize(
    ("stem", "lang"),
    [
        ("features.de", "de"),
        ("product-bundles.pt-BR", "pt-BR"),
        ("features.zh-Hant", "zh-Hant"),
        ("features.es-419", "es-419"),
        ("features.fil", "fil"),
        ("features.xx", "xx"),
        ("features.api", None),
        ("features.v2", None),
        ("features.DE", None),
        ("features", None),
    ],
)
def test_a_file_name_ends_with_its_language(stem: str, lang: str | None) -> None:
    assert language_of(stem) == lang


def test_a_second_table_beside_the_words_is_told_and_nothing_breaks() -> None:
    table = "\n\n| Word | Translation |\n|---|---|\n| free | gratis |\n\n| Signal | Offer |\n|---|---|\n| a | b |\n"
    german = f"---\nkind: product-bundles\n---\n# Pakete{table}"
    assert ("T501", "this table in a translation") in [
        (code, said.split(":")[0]) for code, _, said in told(german)
    ]
