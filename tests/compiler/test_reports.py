"""Findings in the forms that other programs read."""

from __future__ import annotations

import json
from datetime import date

from skill.compiler.diagnostics import CODES
from skill.compiler.folder import Compiler
from skill.compiler.reports import as_github, as_sarif

SOURCES = {
    "restraint.md": "---\nkind: restraint\nowner: a, b: c\nreview_by: 2027-01-01\n---\n# R\n\n"
    "| Situation | Pause offers for | Unless |\n|---|---|---|\n| Unpaid invioce | until it is paid | |\n"
    '| Customer said "no, thanks" | 30 dyas | |\n'
}
FOUND = Compiler().compile_sources(SOURCES, date(2026, 11, 21)).diagnostics


def test_a_pull_request_is_annotated_at_the_line() -> None:
    first, second = as_github(FOUND, "docs/topics").splitlines()
    assert first == (
        "::error file=docs/topics/restraint.md,line=10,endLine=10,col=3,title=T601 unreadable-restraint"
        "::unreadable situation `Unpaid invioce`. write it like `Unpaid invoice`"
    )
    assert ",line=11," in second


def test_what_would_end_a_command_early_is_escaped() -> None:
    odd = FOUND[0].model_copy(update={"message": "50%\nof :: all", "name": "a,b:c"})
    said = as_github([odd], ".")
    assert "\n" not in said
    assert "50%25%0Aof :: all" in said
    assert "title=T601 a%2Cb%3Ac::" in said


def test_sarif_names_rule_place_and_mend() -> None:
    log = json.loads(as_sarif(FOUND, "topics"))
    (run,) = log["runs"]
    first = run["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert (first["ruleId"], first["level"]) == ("T601", "error")
    assert place["artifactLocation"] == {"uri": "topics/restraint.md"}
    assert place["region"] == {"startLine": 10, "startColumn": 3, "endColumn": 17}
    mend = first["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert mend["insertedContent"] == {"text": "Unpaid invoice"}
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == set(CODES)


def test_no_finding_is_a_log_without_results() -> None:
    assert json.loads(as_sarif((), "topics"))["runs"][0]["results"] == []
    assert as_github((), "topics") == ""
