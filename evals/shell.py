"""Commands as a user runs them: in a folder of their own, servers started, read from and stopped."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

URL = re.compile(r"https?://[\w.:/-]+")


def environment(bin_folder: Path, home: Path) -> dict[str, str]:
    """The caller's environment with these commands first and a data folder of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    path = f"{bin_folder}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "TACTFUL_DATA_DIR": str(home / "data"), "NO_COLOR": "1"}


@contextmanager
def server(command: str, cwd: Path, env: Mapping[str, str], *, patience: float) -> Iterator[str]:
    """A server while it runs, and the first address that it prints."""
    running = subprocess.Popen(
        command,
        shell=True,
        cwd=cwd,
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield _address(running, patience)
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)


def _address(running: subprocess.Popen[str], patience: float) -> str:
    assert running.stdout is not None
    said: list[str] = []
    until = time.monotonic() + patience
    while time.monotonic() < until:
        ready, _, _ = select.select([running.stdout], [], [], 0.2)
        if not ready:
            continue
        line = running.stdout.readline()
        said.append(line)
        match = URL.search(line)
        if match:
            return match[0]
        if not line and running.poll() is not None:
            break
    raise RuntimeError(f"no address was printed: {''.join(said)[-2000:]}")
