"""A worker's name, from which others tell whether it is gone: host, process, and a token of its own."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

_PART = "|"


def name_of_worker() -> str:
    """A name that no other process has, now or later."""
    return _PART.join((_place(), str(os.getpid()), secrets.token_hex(6)))


def is_gone(worker: str) -> bool:
    """Whether this worker surely runs no more: it was a process of this very place, and that process is another or none.

    False says nothing: a worker of another host may be gone all the same.
    """
    place, _, rest = worker.partition(_PART)
    pid, _, token = rest.partition(_PART)
    if place != _place() or not pid.isdigit() or not token:
        return False
    if int(pid) == os.getpid():
        return worker not in _MINE
    if os.name != "posix":  # elsewhere a signal of 0 is no question
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


_MINE: set[str] = set()


def of_this_process(worker: str) -> str:
    """The same name, known as one of this process."""
    _MINE.add(worker)
    return worker


def _place() -> str:
    """Host and the space that its process numbers count in: two containers may share a host's name."""
    space = Path("/proc/self/ns/pid")
    try:
        return f"{socket.gethostname()}/{space.readlink().name}"
    except OSError:
        return socket.gethostname()
