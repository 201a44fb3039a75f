"""A receiver of the test's own: it keeps what it is sent and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Got(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What the receiver says."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()


class Receiver:
    """Its address, what it got, and how it answers."""

    def __init__(self, answers: Callable[[Got], Answer]) -> None:
        self.got: list[Got] = []
        self.answers = answers
        self.url = ""


@contextmanager
def receiving(answers: Callable[[Got], Answer] = lambda _: Answer()) -> Iterator[Receiver]:
    """A receiver on a free port of loopback."""
    receiver = Receiver(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got = Got(self.command, self.path, headers, body)
            receiver.got.append(got)
            answer = receiver.answers(got)
            self.send_response(answer.status)
            self.send_header("content-length", str(len(answer.body)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def log_message(self, *_: object) -> None:
            """A test says by itself what went wrong."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A sender that hangs up early is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
