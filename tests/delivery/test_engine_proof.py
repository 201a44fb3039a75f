"""What the proof shows at length, in short: workers that are killed lose nothing, and the sequence example goes as told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from evals.proof.delivery_sequence import tell
from tests.conftest import ROOT
from tests.store.conftest import postgres_url, sqlite_url

__all__ = ["postgres_url", "sqlite_url"]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_twenty_workers_killed_leave_nothing_undelivered_and_nothing_twice_after_id(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    # In a process of its own: workers are forked, and this one has threads.
    command = [sys.executable, "-m", "evals.proof.delivery_plays", "20", url]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    said = "80 effects: 0 undelivered, 0 left in the outbox, 0 twice after id"
    assert said in done.stdout, done.stdout


def test_an_upgrade_closed_in_the_product_is_followed_by_one_email_and_later_by_the_add_on(
    sqlite_url: str,
) -> None:
    story = tell(sqlite_url)
    said = [line.split("  ", 1)[-1] for line in story.trace]
    wanted = [
        "swept: ready: api-near-limit (85% of 50,000); offered: team",
        "hana closes it",
        "in_app about team: delivered; next: wait until Fri 13 Nov 11:00",
        "email about team, a follow-up: delivered; next: done: sent",
        "in_app about team: delivered; next: done: bought, and open",
        "swept: ready: asked-for-export ; offered: connect-pack",
    ]
    assert [line for line in said if line in wanted] == wanted
    assert len(story.letters.got) == 1
