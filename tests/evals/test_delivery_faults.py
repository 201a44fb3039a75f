"""The fault proofs of delivery, in short: each checker first finds what it is for, and then nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.proof import delivery_caps, delivery_clock, delivery_kills
from evals.proof import delivery_world as world
from evals.proof.delivery_caps import SHORT, crowd
from evals.proof.delivery_kills import DELIVERIES, WRONG, Half, killed, prepared
from skill.model.playbook import Playbook
from skill.store.engine import Store
from tests.conftest import ROOT
from tests.store.conftest import no_server

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture(scope="module")
def book() -> Playbook:
    return world.playbook(ROOT / "topics")


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    if kind == "postgres":
        psycopg = pytest.importorskip("psycopg")
        try:
            psycopg.connect(world.POSTGRES, connect_timeout=3).close()
        except psycopg.OperationalError as error:
            no_server(f"no PostgreSQL at TACTFUL_TEST_POSTGRES_URL: {error}")
    with world.database(kind, tmp_path) as address:
        yield address


@KINDS
def test_a_crowd_is_shown_exactly_the_cap(url: str, book: Playbook) -> None:
    found = crowd(url, book, SHORT, "ours")
    assert dict(found.shown) == {world.CAP: SHORT.rounds}
    assert found.n_decisions == SHORT.requests * SHORT.rounds
    assert found.holds


@KINDS
def test_a_claim_that_reads_and_then_writes_breaches_the_cap(url: str, book: Playbook) -> None:
    assert crowd(url, book, SHORT, "naive").n_breaches > 0


@KINDS
def test_a_hundred_kills_lose_nothing_and_do_nothing_twice(url: str, tmp_path: Path) -> None:
    told, faults = killed(url, prepared(tmp_path), DELIVERIES, delivery_kills.SHORT, seed=8)
    assert told.n_kills == delivery_kills.SHORT
    assert len(told.decided) > delivery_kills.SHORT
    assert faults == dict.fromkeys(faults, 0)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("half", WRONG, ids=lambda half: half.name)
def test_a_victim_that_is_wrong_is_caught(url: str, half: Half, tmp_path: Path) -> None:
    _, faults = killed(url, prepared(tmp_path), half, delivery_kills.TO_BE_CAUGHT, seed=8)
    assert sum(faults.values()) > 0


def test_no_clock_frees_a_cap(tmp_path: Path, book: Playbook) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'clock.db'}")
    for n, run in enumerate(delivery_clock.runs(24, seed=9)):
        assert delivery_clock.shown_in(store, book, run, f"run_{n}") <= world.CAP, run
    store.close()


def test_a_reader_that_forgets_what_lies_ahead_breaches_the_cap(
    tmp_path: Path, book: Playbook
) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'clock.db'}")
    most = [
        delivery_clock.shown_in(store, book, run, f"run_{n}", forgets=True)
        for n, run in enumerate(delivery_clock.runs(60, seed=8))
        if run.kind == "clock set back"
    ]
    store.close()
    assert max(most) > world.CAP


def test_the_crowds_of_the_proof_are_those_that_were_promised() -> None:
    assert delivery_caps.FULL == (64, 200)
    assert delivery_kills.FULL == 1_000
    assert delivery_clock.FULL == 2_000
