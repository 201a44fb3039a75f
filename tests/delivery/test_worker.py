"""Whether a worker is gone can be told of this very place alone; of anywhere else nothing is claimed."""

from __future__ import annotations

import os
import subprocess
import sys

from skill.delivery.worker import is_gone, name_of_worker, of_this_process


def test_no_two_workers_have_one_name() -> None:
    assert len({name_of_worker() for _ in range(100)}) == 100


def test_a_worker_of_this_process_is_there() -> None:
    assert not is_gone(of_this_process(name_of_worker()))


def test_a_process_that_ended_is_gone() -> None:
    code = "from skill.delivery.worker import name_of_worker; print(name_of_worker())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert is_gone(said.stdout.strip())


def test_an_earlier_process_of_our_own_number_is_gone() -> None:
    place, _, _ = name_of_worker().split("|")
    assert is_gone(f"{place}|{os.getpid()}|000000000000")


def test_of_another_place_or_of_no_name_of_ours_nothing_is_claimed() -> None:
    for name in ("", "local", "elsewhere|1|abc", "elsewhere/pid:[1]|999999|abc", "a|b|c"):
        assert not is_gone(name)
