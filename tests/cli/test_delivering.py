"""`tactful deliver --once` as a timer runs it: what is due is handed over, and the same again finds nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skill import clock
from skill.cli.app import app
from skill.model.delivery import Effect
from skill.sample import sample_customers
from skill.store import outbox, tasks
from skill.store.customers import put_customers
from skill.store.engine import Store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATABASE_URL", f"sqlite:///{tmp_path / 'tactful.db'}")
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    now = clock.now()
    opened = Store.open(f"sqlite:///{tmp_path / 'tactful.db'}")
    put_customers(opened, "default", sample_customers(now), at=now)
    return opened


def test_what_is_due_is_handed_over_and_the_same_again_finds_nothing(store: Store) -> None:
    now = clock.now()
    effect = Effect(
        id="eff_" + "0" * 32, tenant="default", account="northmoor", person="", rule="question",
        channel="owner_task", play="a-person-helps-large-accounts", created_at=now, due_at=now,
        body={"asked": "Can we have single sign-on?", "cause": "question", "offers": []},
    )  # fmt: skip
    with store.writing() as connection:
        outbox.insert(connection, [effect])
    said = [CliRunner().invoke(app, ["deliver", "--once"]) for _ in range(2)]
    assert [(one.exit_code, one.stdout) for one in said] == [
        (0, "1 taken up\n"),
        (0, "0 taken up\n"),
    ]
    assert tasks.find(store, "default", effect.id) is not None
    store.close()
