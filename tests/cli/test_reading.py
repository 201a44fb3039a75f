"""Reading back on the command line: explain, slots, fmt and diff as a writer runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TACTFUL = Path(sys.executable).with_name("tactful")
RESTRAINT = "---\nkind: restraint\n---\n# Quiet\n\n| Situation | Pause offers for | Unless |\n|---|---|---|\n| Open support ticket | until it is closed, then {} | |\n"
ROUGH = RESTRAINT.format("24 hours").replace("| Open", "|Open").replace("\n\n", "\n\n\n")


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs the command in an empty folder."""
    for key in [k for k in os.environ if k.startswith(("TACTFUL_", "GIT_"))]:
        monkeypatch.delenv(key)

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [str(TACTFUL), "topics", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def folder(at: Path, *, pause: str = "24 hours", text: str | None = None) -> Path:
    """A folder with one Topic in it."""
    at.mkdir(parents=True, exist_ok=True)
    (at / "restraint.md").write_text(text or RESTRAINT.format(pause), "utf-8")
    return at


def git(at: Path, *arguments: str) -> None:
    who = (
        "-c",
        "commit.gpgsign=false",
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@fernway.example",
    )
    subprocess.run(["git", *who, *arguments], cwd=at, check=True, capture_output=True)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A folder in a repository, changed once since its first commit and once since its last."""
    git(tmp_path, "init", "--quiet")
    for pause in ("24 hours", "36 hours"):
        folder(tmp_path / "mine" / "topics", pause=pause)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "-m", pause)
    return folder(tmp_path / "mine" / "topics", pause="40 hours")


def test_explain_reads_the_rules_back_with_their_places(tactful: Any) -> None:
    done = tactful("explain", ROOT / "topics")
    assert done.returncode == 0
    assert (
        "- While a support ticket is open, and for 24 hours after, nothing is offered; "
        "nothing lifts this. (restraint.md:12)"
    ) in done.stdout.splitlines()
    assert "| CSV export | free | free | free | free | - | features.md:23 |" in done.stdout


def test_explain_can_be_about_one_thing_or_one_kind(tactful: Any) -> None:
    one = tactful("explain", ROOT / "topics", "--only", "manual-export")
    plays = tactful("explain", ROOT / "topics", "--only", "plays")
    wrong = tactful("explain", ROOT / "topics", "--only", "manual-exprot")
    assert one.stdout.count("\n- ") == 1
    assert plays.stdout.startswith("# Plays, in their order\n\n- Play 1,")
    assert wrong.returncode == 2
    assert "did you mean `manual-export`?" in wrong.stderr


def test_explain_as_json_holds_sentences_and_the_matrix(tactful: Any) -> None:
    body = json.loads(tactful("explain", ROOT / "topics", "--json").stdout)
    assert {"what", "name", "text", "file", "line"} == set(body["sentences"][0])
    assert body["matrix"]["plans"] == ["Free", "Starter", "Team", "Business"]


def test_slots_are_told_by_label_with_examples_of_this_folder(tactful: Any, tmp_path: Path) -> None:
    own = json.loads(tactful("slots", ROOT / "topics", "--json").stdout)
    bare = json.loads(tactful("slots", folder(tmp_path / "t"), "--json").stdout)
    assert own["labels"]["Answer FEATURE"]["plan"] == "Free"
    assert own["labels"]["Price"]["price"] == "EUR 49 per workspace per month"
    assert "manual-export.count" in own["signals"]
    assert bare["labels"]["Answer FEATURE"]["plan"] == "Starter"
    assert bare["signals"] == {}


def test_fmt_writes_once_and_check_only_tells(tactful: Any, tmp_path: Path) -> None:
    rough = folder(tmp_path / "t", text=ROUGH)
    told = tactful("fmt", rough, "--check")
    assert (told.returncode, told.stdout) == (1, "would change: restraint.md\n")
    assert (rough / "restraint.md").read_text("utf-8") == ROUGH
    assert tactful("fmt", rough).stdout == "changed: restraint.md\n"
    assert (rough / "restraint.md").read_text("utf-8") == RESTRAINT.format("24 hours")
    again = tactful("fmt", rough, "--check")
    assert (again.returncode, again.stdout) == (0, "")


def test_fmt_keeps_the_mode_of_a_file_and_leaves_nothing_behind(
    tactful: Any, tmp_path: Path
) -> None:
    rough = folder(tmp_path / "t", text=ROUGH.replace("\n", "\r\n"))
    (rough / "restraint.md").chmod(0o640)
    tactful("fmt", rough)
    assert (rough / "restraint.md").stat().st_mode & 0o777 == 0o640
    assert [p.name for p in rough.iterdir()] == ["restraint.md"]
    assert b"\r" not in (rough / "restraint.md").read_bytes()


def test_fmt_never_writes_through_a_link(tactful: Any, tmp_path: Path) -> None:
    real = folder(tmp_path / "real", text=ROUGH) / "restraint.md"
    linked = folder(tmp_path / "t")
    (linked / "other.md").symlink_to(real)
    done = tactful("fmt", linked)
    assert done.returncode == 2
    assert "is a link" in done.stderr
    assert real.read_text("utf-8") == ROUGH


def test_diff_of_two_folders_is_told_in_words(tactful: Any, tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old"), folder(tmp_path / "new", pause="36 hours")
    done = tactful("diff", old, new)
    assert done.returncode == 0
    assert "restraint Open support ticket (restraint.md:8)" in done.stdout
    assert "    - While a support ticket is open, and for 24 hours after" in done.stdout
    assert "    + While a support ticket is open, and for 36 hours after" in done.stdout
    assert tactful("diff", old, new, "--exit-code").returncode == 1


def test_a_new_layout_is_no_difference(tactful: Any, tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old"), folder(tmp_path / "new", text=ROUGH)
    done = tactful("diff", old, new, "--exit-code", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"differences": []}


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        (("mine/topics",), "36", "40"),
        (("HEAD", "mine/topics"), "36", "40"),
        (("HEAD~1", "mine/topics"), "24", "40"),
        (("HEAD~1:mine/topics", "mine/topics"), "24", "40"),
        (("HEAD~1:mine/topics", "HEAD"), "24", "36"),
        (("mine/topics", "HEAD~1"), "40", "24"),
    ],
)
def test_a_revision_stands_for_the_folder_as_it_was(
    tactful: Any, history: Path, arguments: tuple[str, ...], before: str, after: str
) -> None:
    (found,) = json.loads(tactful("diff", *arguments, "--json").stdout)["differences"]
    assert f"for {before} hours after" in found["before"]
    assert f"for {after} hours after" in found["after"]


@pytest.mark.parametrize(
    ("revision", "told"),
    [
        ("HEAD~9", "no folder and no git revision `HEAD~9`"),
        ("HEAD:elsewhere", "no folder `elsewhere` at HEAD"),
        ("--output=x", "No such option"),
        ("HEAD:mine", "no Topics in `mine` at HEAD"),
    ],
)
def test_what_git_does_not_have_is_told(
    tactful: Any, history: Path, revision: str, told: str
) -> None:
    done = tactful("diff", revision, "mine/topics")
    assert done.returncode == 2
    assert told in done.stderr


def test_a_revision_is_never_taken_for_an_option(
    tactful: Any, history: Path, tmp_path: Path
) -> None:
    done = tactful("diff", "--", "--output=stolen", "mine/topics")
    assert done.returncode == 2
    assert "is no revision" in done.stderr
    assert not (tmp_path / "stolen").exists()


def test_a_link_in_a_revision_is_refused(tactful: Any, history: Path) -> None:
    (history / "link.md").symlink_to("restraint.md")
    git(history, "add", ".")
    git(history, "commit", "--quiet", "-m", "a link")
    (history / "link.md").unlink()
    done = tactful("diff", "HEAD", "mine/topics")
    assert done.returncode == 2
    assert "`link.md` is a link at HEAD" in done.stderr


def test_without_a_repository_a_revision_is_nothing(tactful: Any, tmp_path: Path) -> None:
    done = tactful("diff", "HEAD", folder(tmp_path / "t"))
    assert done.returncode == 2
    assert "in no git repository" in done.stderr


def test_without_git_two_folders_can_still_be_compared(
    tactful: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = folder(tmp_path / "old"), folder(tmp_path / "new", pause="36 hours")
    monkeypatch.setenv("PATH", "")
    assert tactful("diff", old, new).returncode == 0
    done = tactful("diff", "HEAD", new)
    assert done.returncode == 2
    assert "git is not installed" in done.stderr


def test_a_broken_side_is_compared_as_far_as_it_compiles(tactful: Any, tmp_path: Path) -> None:
    row = "| Full moon | forever | |\n"
    new = folder(tmp_path / "new", text=RESTRAINT.format("36 hours") + row)
    done = tactful("diff", folder(tmp_path / "old"), new)
    assert done.returncode == 0
    assert f"{new}: 1 error; compared as far as it compiles" in done.stderr
    assert "for 36 hours after" in done.stdout
