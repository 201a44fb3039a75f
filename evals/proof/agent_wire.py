"""The wires of the speed figures: a model's server in a process of its own, the product's server, and a bare client.

`python -m evals.proof.agent_wire` is the model's server: it answers at once, and prints where it listens.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from skill.agent.provider.turns import ToolCall, Turn, Used
from skill.sample import sample_topics
from skill.testing import ScriptedServer, always

SECRET = "a secret for measuring that is long enough to sign with, for every algorithm"
INGEST = "key-ingest"
_SAID = {
    "sentences": [
        {"prose": "Good question!", "evidence": []},
        {"quote": "q1"},
        {"quote": "q2"},
    ]
}


def at_once(body: dict[str, Any]) -> Turn:
    """The model: to a loop that offers a tool and has no result of it, a call; to everybody else a whole reply."""
    used = Used(600, 500, 30)
    if body["model"] == "two-calls" and body["messages"][-1]["role"] != "tool":
        query = json.dumps({"query": str(body["messages"][-1]["content"])[:80]})
        return Turn("", (ToolCall("c1", "search", query),), used)
    return Turn(json.dumps(_SAID), used=used)


@contextmanager
def model_server() -> Iterator[str]:
    """The base URL of the model, in a process of its own, so that only the socket is shared with what is measured."""
    running = subprocess.Popen(
        [sys.executable, "-m", "evals.proof.agent_wire"], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    try:
        yield running.stdout.readline().strip()
    finally:
        running.terminate()
        running.wait(timeout=20)
        running.stdout.close()


@contextmanager
def product_server(folder: Path) -> Iterator[int]:
    """The port of the product itself without a model, its data in this folder.

    Raises:
        RuntimeError: it was not ready within a minute.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if k not in ("TACTFUL_MODEL", "OPENAI_API_KEY")}
    env |= {
        "TACTFUL_DATA_DIR": str(folder),
        "TACTFUL_JWT_SECRET": SECRET,
        "TACTFUL_API_KEYS": f"{INGEST}=ingest@default",
    }
    command = str(Path(sys.executable).with_name("tactful"))
    running = subprocess.Popen(
        [command, "serve", "--port", str(port), "--topics", str(sample_topics())],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_ready(f"http://127.0.0.1:{port}/readyz")
        yield port
    finally:
        running.terminate()
        running.wait(timeout=20)


def _until_ready(url: str) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            with urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("the product's server was not ready within a minute")


def put(port: int, path: str, body: Mapping[str, Any]) -> None:
    """Report an account or a person to the product."""
    asked = Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"X-API-Key": INGEST, "Content-Type": "application/json"},
        method="PUT",
    )
    with urlopen(asked, timeout=10):
        pass


@dataclass
class Bare:
    """One kept connection and as little around it as HTTP allows: what a request takes with nobody's code before it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connected(cls, port: int) -> Bare:
        """A connection to a server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a body; the status and the body that come back."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"POST {path} HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n{lines}content-length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        told = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(told.partition("content-length:")[2].partition("\r\n")[0])
        return int(told.split(" ", 2)[1]), await self.reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


def main() -> None:
    """Serve as the model until somebody ends it."""
    with ScriptedServer(always(at_once)) as server:
        print(server.base_url, flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
