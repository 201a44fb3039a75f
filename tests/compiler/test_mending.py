"""`--fix` writes what is beyond doubt, and touches nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from skill.compiler.diagnostics import has_errors
from skill.compiler.folder import Compiler, read_folder, write_whole
from skill.compiler.mending import mend
from skill.errors import TopicError

TODAY = date(2026, 11, 21)
FERNWAY = read_folder(Path(__file__).parents[2] / "topics")
SLIPS = [
    ("product-bundles.md", "| Sold as | add-on |", "| Sod as | add-on |"),
    ("product-bundles.md", "| Sold as | add-on |", "| Sold as | ad-on |"),
    ("product-bundles.md", "Salesforce export, HubSpot", "Salesforce exprt, HubSpot"),
    ("product-bundles.md", "**Answer:**", "**Anwser:**"),
    ("features.md", "### What customers can read", "### What customer can read"),
    ("features.md", "### What customers can read", "###What customers can read"),
    ("words.md", "{options}", "{optoins}"),
    ("restraint.md", "Unpaid invoice", "Unpaid invioce"),
    ("usage-thresholds.md", "| Holds when |", "| Hold when |"),
    ("usage-thresholds.md", "| warming |", "| waming |"),
    ("account.md", "kind: account", "kind: acount"),
    ("account.md", "owner: ", "onwer: "),
    ("expansion-playbooks.md", "| Channel |", "| Chanel |"),
]


@pytest.mark.parametrize(("file", "right", "wrong"), SLIPS, ids=lambda x: str(x)[:24])
def test_a_slip_is_mended_to_the_very_text_it_was(file: str, right: str, wrong: str) -> None:
    broken = {**FERNWAY, file: FERNWAY[file].replace(right, wrong, 1)}
    assert Compiler().compile_sources(broken, TODAY).diagnostics
    assert mend(broken, TODAY).sources == FERNWAY


def test_a_price_is_never_mended() -> None:
    file = "product-bundles.md"
    broken = {**FERNWAY, file: FERNWAY[file].replace("EUR 49 per workspace", "EUR 4g per wrkspace")}
    result = mend(broken, TODAY)
    assert result.sources == broken
    assert result.mended == ()


def test_of_two_names_that_could_be_meant_none_is_chosen() -> None:
    text = "---\nkind: features\nowner: a\nreview_by: 2027-01-01\n---\n# F\n\n" + "".join(
        f"## {name}\n\n| Field | Value |\n|---|---|\n| What it does | It works. |\n"
        f"| Free for all | yes |\n{more}\n"
        for name, more in [
            ("Report A", ""),
            ("Report B", ""),
            ("Board", "| Alternatives | Report |\n"),
        ]
    )
    result = mend({"f.md": text}, TODAY)
    assert result.sources == {"f.md": text}


def test_two_slips_in_one_line_are_both_mended() -> None:
    file = "product-bundles.md"
    wrong = FERNWAY[file].replace(
        "Salesforce export, HubSpot export", "Salesforce exprt, HubSpt export", 1
    )
    result = mend({**FERNWAY, file: wrong}, TODAY)
    assert result.sources == FERNWAY
    assert {d.replacement for d in result.mended} == {"Salesforce export", "HubSpot export"}


def test_line_ends_stay_as_they_are() -> None:
    windows = {name: text.replace("\n", "\r\n") for name, text in FERNWAY.items()}
    broken = {**windows, "words.md": windows["words.md"].replace("{options}", "{optoins}")}
    assert mend(broken, TODAY).sources == windows


def test_mended_topics_have_no_more_errors_than_before() -> None:
    broken = {name: text.replace("export", "exprt") for name, text in FERNWAY.items()}
    before = Compiler().compile_sources(broken, TODAY).diagnostics
    after = Compiler().compile_sources(mend(broken, TODAY).sources, TODAY).diagnostics
    assert sum(has_errors([d]) for d in after) <= sum(has_errors([d]) for d in before)


def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("kept", encoding="utf-8")
    (tmp_path / "a.md").symlink_to(tmp_path / "real.md")
    with pytest.raises(TopicError, match="is a link"):
        write_whole(tmp_path / "a.md", "changed")
    assert (tmp_path / "real.md").read_text("utf-8") == "kept"
