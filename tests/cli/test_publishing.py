"""`tactful topics publish`, `rollback` and `history` as a person or a script runs them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.errors import SettingsError
from skill.settings import Settings
from skill.store.engine import Store
from skill.store.topics import current
from tests.api.doors import ADA, ADMIN, SECRET, settings_in
from tests.api.test_api_commands import MAIN, started

ROOT = Path(__file__).parents[2]
BROKEN = "---\nkind: nonsense\nowner: a@b.example\nreview_by: 2030-01-01\n---\n# X\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "topics", tmp_path / "topics"))


@pytest.fixture
def tactful(tmp_path: Path) -> Run:
    """Runs `tactful topics ...` in a folder of its own, with a database of its own."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("TACTFUL_")}
    env = {**own, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "TACTFUL_DATA_DIR": str(tmp_path / "d")}

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from skill.cli import main; main()", "topics"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            cwd=tmp_path,
            env={**env, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def edit(folder: Path, mark: str) -> None:
    path = folder / "features.md"
    path.write_text(path.read_text(encoding="utf-8") + f"\n<!-- {mark} -->\n", encoding="utf-8")


def test_publishing_prints_the_version_and_tells_people_what_changed(
    tactful: Run, folder: Path
) -> None:
    first = tactful("publish", folder, "--by", "ada", "--note", "start")
    assert first.returncode == 0, first.stderr
    version = first.stdout.strip()
    assert version.startswith("sha256:")
    assert "first version" in first.stderr

    path = folder / "product-bundles.md"
    path.write_text(path.read_text("utf-8").replace("EUR 49 ", "EUR 59 "), encoding="utf-8")
    second = tactful("publish", folder, "--by", "ben")

    assert second.stdout.strip() not in ("", version)
    assert f"replacing {version}" in second.stderr
    assert "Connect Pack" in second.stderr
    assert "EUR 59" in second.stderr
    again = tactful("publish", folder)
    assert again.stdout == second.stdout
    assert "current already" in again.stderr


def test_the_history_tells_who(tactful: Run, folder: Path) -> None:
    assert tactful("history").stdout == ""
    version = tactful("publish", folder, "--by", "ada", "--note", "a\nb").stdout.strip()
    edit(folder, "2")
    tactful("publish", folder, "--by", "ben")
    tactful("rollback", "--by", "cleo", "--note", "oops")

    lines = tactful("history").stdout.splitlines()
    items = json.loads(tactful("history", "--json").stdout)["items"]

    assert [line.split()[2] for line in lines] == ["rollback", "publish", "publish"]
    assert lines[0].endswith("cleo  oops")
    assert lines[2].endswith("ada  a b")
    assert [item["by"] for item in items] == ["cleo", "ben", "ada"]
    assert items[0]["version"] == items[2]["version"] == version


def test_who_publishes_is_the_login_name_where_nobody_is_named(tactful: Run, folder: Path) -> None:
    tactful("publish", folder, LOGNAME="dora", USER="dora")

    assert json.loads(tactful("history", "--json").stdout)["items"][0]["by"] == "dora"


def test_a_broken_draft_is_printed_like_a_compiler_does_and_ends_with_one(
    tactful: Run, folder: Path
) -> None:
    version = tactful("publish", folder).stdout.strip()
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    done = tactful("publish", folder)

    assert done.returncode == 1
    assert "draft.md:2" in done.stdout
    assert "error[T001]" in done.stdout
    assert "not published" in done.stderr
    assert [i["version"] for i in json.loads(tactful("history", "--json").stdout)["items"]] == [
        version
    ]


def test_a_version_that_is_named_must_be_current(tactful: Run, folder: Path) -> None:
    version = tactful("publish", folder).stdout.strip()
    edit(folder, "2")
    wrong = tactful("publish", folder, "--if-match", "0" * 64)
    assert wrong.returncode == 2
    assert version in wrong.stderr
    assert wrong.stdout == ""

    right = tactful("publish", folder, "--if-match", version[7:15])

    assert right.returncode == 0, right.stderr


def test_rolling_back_names_a_version_or_takes_the_one_before(tactful: Run, folder: Path) -> None:
    versions = []
    for mark in "abc":
        edit(folder, mark)
        versions.append(tactful("publish", folder).stdout.strip())

    assert tactful("rollback", versions[0][:19]).stdout.strip() == versions[0]
    assert tactful("rollback").stdout.strip() == versions[2]
    assert tactful("rollback", "0000").returncode == 2


@pytest.mark.parametrize("env", [{}, {"TACTFUL_TOPICS": "published"}])
def test_without_a_folder_nothing_is_published(tactful: Run, env: dict[str, str]) -> None:
    done = tactful("publish", **env)

    assert done.returncode == 2
    assert "help: name" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_folder_of_topics_here_is_the_one_that_is_published(tactful: Run, folder: Path) -> None:
    assert tactful("publish").stdout.startswith("sha256:")


def test_a_server_serves_what_the_command_published(
    tactful: Run, folder: Path, tmp_path: Path
) -> None:
    version = tactful("publish", folder).stdout.strip()
    keys = settings_in(tmp_path / "d").api_keys
    settings = Settings(data_dir=tmp_path / "d", published=True, api_keys=keys)

    with TestClient(create_app(settings)) as client:
        assert client.get("/v1/topics", headers=ADMIN).json()["version"] == version


def test_the_commands_of_the_page_about_publishing_work(tactful: Run, folder: Path) -> None:
    """In their order; in the place of the page's digest stands the version that is meant."""
    page = (ROOT / "docs" / "how-to" / "publish.md").read_text("utf-8")
    commands = re.findall(r"^    tactful topics (.+)$", page, re.MULTILINE)
    assert len(commands) == 5
    version = ""
    for command in commands:
        if "--if-match" in command:
            edit(folder, "in the meantime")
        done = tactful(*shlex.split(command.replace("sha256:9f2c...", version[:15])))
        assert done.returncode == 0, (command, done.stderr)
        if command.startswith("publish"):
            version = done.stdout.strip()
    acts = json.loads(tactful("history", "--json").stdout)["items"]
    assert [act["act"] for act in acts] == ["rollback", "rollback", "publish", "publish"]


def test_the_word_published_names_no_folder() -> None:
    settings = Settings.from_env({"TACTFUL_TOPICS": "published"})

    assert settings.published
    assert settings.topics is None
    with pytest.raises(SettingsError, match="published"):
        settings.served_topics()


def test_serving_what_is_published_needs_nothing_published(tmp_path: Path) -> None:
    env = {"TACTFUL_DATA_DIR": str(tmp_path), "TACTFUL_JWT_SECRET": SECRET}
    with started(*MAIN, "serve", "--topics", "published", "--port", "0", **env) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(2)]
        (url,) = [line.split()[-1] for line in lines if "serving at" in line]

        ready = httpx2.get(f"{url}/readyz").json()
        asked = httpx2.post(f"{url}/v1/ask", json={"question": "Do I have SSO?"}, headers=ADA)

    assert ready["topics"]["source"] == "published"
    assert asked.json()["code"] == "topics_not_published"
    assert any("nothing is published yet" in line for line in lines)


def test_a_tenant_is_named_where_there_are_several(
    tactful: Run, folder: Path, tmp_path: Path
) -> None:
    version = tactful("publish", folder, "--tenant", "acme").stdout.strip()

    store = Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")
    acme: Any = current(store, "acme")
    assert acme.version == version
    assert current(store, "default") is None


def test_a_store_that_is_away_is_said_in_one_line_with_status_three(
    tactful: Run, folder: Path
) -> None:
    done = tactful("publish", folder, TACTFUL_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/x")

    assert done.returncode == 3
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
