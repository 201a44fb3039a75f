"""Findings in the forms that other programs read: annotations of a GitHub workflow, and SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from skill.compiler.diagnostics import CODES
from skill.model.topic import Diagnostic, Severity

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_github(found: Iterable[Diagnostic], folder: str) -> str:
    """Workflow commands, one line a finding, that annotate the lines of a pull request.

    Source: GitHub Actions, "Workflow commands", setting an error message.
    """
    lines = []
    for d in found:
        place = {
            "file": str(PurePosixPath(folder) / d.span.file),
            "line": d.span.line,
            "endLine": d.span.end_line,
            "col": d.span.column,
            "title": f"{d.code} {d.name}",
        }
        said = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
        lines.append(f"::{_GITHUB[d.severity]} {said}::{_data(f'{d.message}. {d.help}')}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(found: Iterable[Diagnostic], folder: str) -> str:
    """A SARIF log with one run; a mend that is beyond doubt stands in it as a fix.

    Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
    """
    results = [_result(d, folder) for d in found]
    rules = [
        {
            "id": code,
            "name": name,
            "shortDescription": {"text": name.replace("-", " ")},
            "defaultConfiguration": {"level": severity.value},
        }
        for code, (name, severity) in CODES.items()
    ]
    driver = {"name": "tactful", "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(d: Diagnostic, folder: str) -> dict[str, Any]:
    file = {"uri": str(PurePosixPath(folder) / d.span.file)}
    region = {
        "startLine": d.span.line,
        "startColumn": d.span.column,
        "endColumn": d.span.column + d.width,
    }
    place = {"physicalLocation": {"artifactLocation": file, "region": region}}
    result: dict[str, Any] = {
        "ruleId": d.code,
        "level": d.severity.value,
        "message": {"text": f"{d.message}. {d.help}"},
        "locations": [place],
    }
    if d.replacement is not None:
        change = {"deletedRegion": region, "insertedContent": {"text": d.replacement}}
        result["fixes"] = [
            {
                "description": {"text": d.help},
                "artifactChanges": [{"artifactLocation": file, "replacements": [change]}],
            }
        ]
    return result
