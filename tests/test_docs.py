"""What the documentation says is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals.readme import shown
from skill.compiler.reference import page
from skill.settings import KEYS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_page_is_made_from_the_compiler() -> None:
    assert (ROOT / "docs" / "reference" / "topics.md").read_text("utf-8") == page()


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    assert [key for key in KEYS if f"`{key}`" not in text] == []


def test_the_readme_shows_commands_with_their_output() -> None:
    commands = shown((ROOT / "README.md").read_text("utf-8"))
    assert sum(bool(c.lines) for c in commands) >= 4


def test_the_python_of_the_readme_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})  # the README is ours
    assert capsys.readouterr().out == "denied\n"
