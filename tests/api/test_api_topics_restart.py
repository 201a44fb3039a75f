"""A server that starts on a broken draft serves the last good version of its folder, and says so loudly."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.api.watch import ServedTopics
from skill.clock import now
from skill.errors import TopicError
from skill.sample import sample_topics
from skill.store.engine import Store
from skill.store.folders import LastGood, keep_last_good
from tests.api.doors import ADA, fill, settings_in

BROKEN = "---\nkind: nonsense\nowner: a@b.example\nreview_by: 2030-01-01\n---\n# X\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_topics(), tmp_path / "topics"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'x.db'}")


def opened(folder: Path, store: Store, said: list[str]) -> ServedTopics:
    return ServedTopics(folder, data_dir=None, clock=now, say=said.append, store=store)


def test_the_last_good_version_outlives_a_restart(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path / "data", folder)
    with TestClient(create_app(settings)) as client:
        good = client.get("/readyz").json()["topics"]["version"]
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    with TestClient(create_app(settings)) as client:
        fill(client, now())
        ready = client.get("/readyz").json()
        answer = client.post("/v1/ask", json={"question": "Do I have SSO?"}, headers=ADA).json()

        said = capfd.readouterr().err
        assert ready["status"] == "ready"
        assert ready["topics"]["version"] == answer["topics_version"] == good
        assert ready["topics"]["last_good_version_served"]
        assert ready["topics"]["draft"]["errors"] == 1
        assert ready["topics"]["draft"]["since"]
        assert "draft.md:2" in said
        assert f"still serving {good}" in said

        (folder / "draft.md").unlink()
        for _ in range(300):
            topics = client.get("/readyz").json()["topics"]
            if topics["draft"]["state"] == "ok":
                break
            time.sleep(0.1)
        assert topics["draft"] == {"state": "ok"}
        assert topics["version"] == good


def test_each_good_version_takes_the_place_of_the_one_before(folder: Path, store: Store) -> None:
    said: list[str] = []
    topics = opened(folder, store, said)
    path = folder / "features.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n<!-- newer -->\n", encoding="utf-8")
    assert topics.refresh()
    newer = topics.workspace.playbook.version
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    again = opened(folder, store, said)

    assert again.workspace.playbook.version == newer
    assert again.serving.broken_since is not None


def test_another_folder_has_its_own_last_good_version(
    folder: Path, tmp_path: Path, store: Store
) -> None:
    opened(folder, store, [])
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    (other / "draft.md").write_text(BROKEN, encoding="utf-8")

    with pytest.raises(TopicError) as caught:
        opened(other, store, [])

    assert caught.value.diagnostics


def test_a_last_good_version_that_is_good_no_more_is_not_served(folder: Path, store: Store) -> None:
    # As if a newer compiler found an error that an older one let through.
    keep_last_good(store, folder, LastGood(version="sha256:1", at=now(), files={"x.md": BROKEN}))
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    with pytest.raises(TopicError, match=r"draft\.md"):
        opened(folder, store, [])


def test_a_store_that_cannot_keep_it_stops_no_server(folder: Path, store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE topic_folders")
    said: list[str] = []

    topics = opened(folder, store, said)

    assert topics.serving.broken_since is None
    assert "not kept for a restart" in said[0]
