"""The Topics that are served: swapped whole when they compile, kept while a draft is broken."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.api.watch import ServedTopics
from skill.clock import now
from skill.errors import LedgerError, SettingsError, TopicError
from skill.sample import sample_topics
from skill.settings import Settings
from skill.store.engine import Store
from tests.api.doors import ADA, fill, settings_in

BROKEN = "---\nkind: nonsense\nowner: a@b.example\nreview_by: 2030-01-01\n---\n# X\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample Topics that may be changed."""
    return Path(shutil.copytree(sample_topics(), tmp_path / "topics"))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def topics(folder: Path, tmp_path: Path, said: list[str]) -> ServedTopics:
    return ServedTopics(folder, data_dir=tmp_path / "data", clock=now, say=said.append)


def changed(folder: Path) -> None:
    path = folder / "features.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n<!-- another draft -->\n", encoding="utf-8")


def test_a_changed_folder_is_served_once_it_compiles(folder: Path, topics: ServedTopics) -> None:
    before = topics.workspace.playbook.version
    changed(folder)

    assert topics.refresh()
    assert topics.workspace.playbook.version != before
    assert not topics.refresh()


def test_while_the_draft_is_broken_the_last_good_version_stays(
    folder: Path, topics: ServedTopics, said: list[str]
) -> None:
    good = topics.workspace
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    assert not topics.refresh()

    assert topics.workspace is good
    assert topics.serving.broken_since is not None
    assert "draft.md" in said[0]
    assert "still serving" in said[0]


def test_a_mended_draft_is_no_longer_broken(folder: Path, topics: ServedTopics) -> None:
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")
    topics.refresh()
    since = topics.serving.broken_since
    (folder / "draft2.md").write_text(BROKEN, encoding="utf-8")
    topics.refresh()
    assert topics.serving.broken_since == since

    (folder / "draft.md").unlink()
    (folder / "draft2.md").unlink()
    topics.refresh()

    assert topics.serving.broken_since is None


def test_a_folder_that_vanishes_leaves_what_is_served(folder: Path, topics: ServedTopics) -> None:
    good = topics.workspace
    shutil.rmtree(folder)

    topics.refresh()

    assert topics.workspace is good
    assert topics.serving.broken_since is not None


def test_a_new_day_looks_at_review_dates_again(folder: Path, tmp_path: Path) -> None:
    moment = [now()]
    topics = ServedTopics(folder, data_dir=tmp_path, clock=lambda: moment[0])
    before = topics.workspace
    moment[0] += timedelta(days=1)

    topics.refresh()

    assert topics.workspace is not before


def test_nothing_is_served_from_a_folder_that_never_compiled(folder: Path, tmp_path: Path) -> None:
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    with pytest.raises(TopicError) as caught:
        create_app(settings_in(tmp_path, folder))

    assert caught.value.diagnostics  # type: ignore[attr-defined]


def test_without_topics_the_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match="TACTFUL_TOPICS"):
        create_app(Settings(data_dir=tmp_path))


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(settings_in(tmp_path / "data", folder))
    with TestClient(app, raise_server_exceptions=False) as opened:
        fill(opened, now())
        yield opened


def test_ready_says_which_topics_and_whether_the_draft_is_broken(
    folder: Path, server: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    ready = server.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["topics"]["draft"] == {"state": "ok"}
    (folder / "draft.md").write_text(BROKEN, encoding="utf-8")

    for _ in range(50):
        topics = server.get("/readyz").json()["topics"]
        if topics["draft"]["state"] == "broken":
            break
        time.sleep(0.1)

    assert topics["draft"]["errors"] == 1
    assert topics["draft"]["since"]
    assert topics["last_good_version_served"]
    assert topics["version"] == ready["topics"]["version"]
    assert "draft.md:2" in capfd.readouterr().err
    answer = server.post("/v1/ask", json={"question": "Do I have SSO?"}, headers=ADA).json()
    assert answer["topics_version"] == ready["topics"]["version"]


def test_no_answer_mixes_two_versions(folder: Path, server: TestClient) -> None:
    """Every answer's version is one that was served, and its quotes stand in that version."""
    versions: set[str] = set()
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            body = {"question": "Can I export to Salesforce?"}
            answer = server.post("/v1/ask", json=body, headers=ADA).json()
            versions.add(answer["topics_version"])

    first = server.get("/readyz").json()["topics"]["version"]
    asking = threading.Thread(target=keep_asking)
    asking.start()
    changed(folder)
    for _ in range(60):
        second = server.get("/readyz").json()["topics"]["version"]
        if second != first:
            break
        time.sleep(0.1)
    done.set()
    asking.join()

    assert second != first
    assert versions <= {first, second}


def test_where_the_record_cannot_be_kept_no_answer_leaves(server: TestClient) -> None:
    store: Store = server.app.state.desk.store  # type: ignore[attr-defined]
    with store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE decisions RENAME TO gone")

    response = server.post("/v1/ask", json={"question": "Do I have SSO?"}, headers=ADA)

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert "answer" not in response.json()
    assert "gone" not in response.text


def test_a_store_that_cannot_be_read_is_not_ready(server: TestClient) -> None:
    store: Store = server.app.state.desk.store  # type: ignore[attr-defined]
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")

    response = server.get("/readyz")

    assert response.status_code == 503
    assert response.json()["store"] == "unavailable"
    assert server.get("/healthz").status_code == 200


def test_a_store_in_a_folder_that_cannot_be_written_keeps_the_server_from_starting(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises((LedgerError, OSError)):
        create_app(settings_in(tmp_path / "file" / "data", folder))


def test_the_folder_is_not_read_again_while_nothing_changes(
    topics: ServedTopics, folder: Path
) -> None:
    before = topics.workspace
    stamp = (folder / "features.md").stat()
    os.utime(folder / "features.md", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

    assert not topics.refresh()
    assert topics.workspace is before
