"""`tactful stop` and `tactful resume` as somebody runs them in a hurry."""

from __future__ import annotations

from pathlib import Path

import pytest

from skill.store import outbox, stops
from skill.store.engine import Store
from tests.cli.test_decisions import Run, tactful
from tests.store.made import effect

__all__ = ["tactful"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'd' / 'tactful.db'}")


def test_all_offers_are_stopped_and_resumed(tactful: Run, store: Store) -> None:
    with store.writing() as connection:
        outbox.insert(connection, [effect().model_copy(update={"tenant": "default"})])
    done = tactful("stop", "--why", "a wrong price", "--by", "ada")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "stopped: all offers, for `default`; 1 queued kept from leaving\n"
    assert "`tactful resume` ends it" in done.stderr
    (one,) = stops.standing(store, "default")
    assert (one.offer, one.by, one.why) == ("", "ada", "a wrong price")
    assert tactful("resume").stdout == "resumed: all offers, for `default`\n"
    assert stops.standing(store, "default") == ()


def test_one_offer_of_one_tenant_is_stopped_by_its_name(tactful: Run, store: Store) -> None:
    done = tactful("stop", "--offer", "Connect Pack", "--tenant", "acme")
    assert done.exit_code == 0, done.stderr
    assert "`tactful resume --offer connect-pack --tenant acme` ends it" in done.stderr
    assert stops.stopped(store, "acme") == {"connect-pack"}
    tactful("stop", "--tenant", "acme")
    ended = tactful("resume", "--tenant", "acme")
    assert "still stopped: `connect-pack`" in ended.stderr


def test_a_name_that_no_topic_knows_stops_nothing_and_says_so(tactful: Run, store: Store) -> None:
    done = tactful("stop", "--offer", "conect-pack")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean `connect-pack`" in done.stderr
    assert stops.standing(store, "default") == ()


def test_what_is_not_stopped_cannot_be_resumed(tactful: Run, store: Store) -> None:
    tactful("stop", "--offer", "team")
    done = tactful("resume")
    assert done.exit_code == 2
    assert "there is no stop of all offers" in done.stderr
    assert "stopped is `team`" in done.stderr
