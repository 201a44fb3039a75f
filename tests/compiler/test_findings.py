"""Every fixture under tests/cases/topics: Markdown in, findings out, wording and position pinned."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from skill.compiler.diagnostics import concise
from skill.compiler.folder import Compiler

CASES = sorted((Path(__file__).parents[1] / "cases" / "topics").glob("*.md"))
TODAY = date(2026, 11, 21)
BLOCK = re.compile(r"^~~~ ([\w.-]+)\n(.*?)^~~~$", re.MULTILINE | re.DOTALL)


def findings(case: str) -> str:
    sources = {name: text for name, text in BLOCK.findall(case) if name != "findings"}
    found = Compiler().compile_sources(sources, TODAY).diagnostics
    return "".join(f"{concise(d)}\nhelp: {d.help}\n" for d in found)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_findings_are_those_of_the_fixture(path: Path) -> None:
    case = path.read_text(encoding="utf-8")
    expected = next((t for n, t in BLOCK.findall(case) if n == "findings"), "")
    found = findings(case)
    if os.environ.get("REWRITE_FINDINGS"):
        kept = re.sub(r"\n~~~ findings\n.*?^~~~\n", "", case, flags=re.MULTILINE | re.DOTALL)
        block = f"\n~~~ findings\n{found}~~~\n" if found else ""
        path.write_text(kept.rstrip("\n") + "\n" + block, encoding="utf-8")
        return
    assert found == expected
