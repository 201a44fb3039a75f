"""A server on this machine that answers like Stripe's billing API, from recorded shapes, or fails as servers do."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SHAPES = json.loads(
    (Path(__file__).parents[1] / "cases" / "billing" / "stripe.json").read_text("utf-8")
)
"""What Stripe answers, as its API reference describes the objects: prices, a subscription, previews, pages to buy on."""


class FakeBilling:
    """What the server holds, what it was asked, and how it fails."""

    def __init__(self) -> None:
        shapes = copy.deepcopy(SHAPES)
        self.prices: list[dict[str, Any]] = shapes["prices"]
        self.subscriptions: list[dict[str, Any]] = shapes["subscriptions"]
        self.preview: Any = shapes["previews"]["upgrade"]
        self.fault = ""
        """`500`, `429`, `401`, `402`, `hang`, `half` or `garbage`, of the question named in `fault_at`."""
        self.fault_at = "create_preview"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sessions: dict[str, Any] = shapes["sessions"]
        self.opened: dict[str, tuple[dict[str, str], Any]] = {}
        """By the request's idempotency key: what was asked with it, and what was answered."""
        self.release = threading.Event()
        self.url = ""

    def body(self) -> dict[str, str]:
        """The form of the last question about an invoice."""
        return [form for path, form in self.asked if path.endswith("create_preview")][-1]

    def pages(self) -> list[tuple[str, dict[str, str]]]:
        """Every page that was asked for: `checkout` or `billing_portal`, and the form."""
        return [(p.split("/")[2], form) for p, form in self.asked if p.endswith("/sessions")]


def _listed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": rows, "has_more": False, "url": "/v1/x"}


def _answer(fake: FakeBilling, path: str, asked: dict[str, str]) -> tuple[int, Any]:
    if path == "/v1/prices":
        keys = [v for k, v in asked.items() if k.startswith("lookup_keys")]
        return 200, _listed([p for p in fake.prices if p["lookup_key"] in keys])
    if path == "/v1/subscriptions":
        own = [s for s in fake.subscriptions if s["customer"] == asked["customer"]]
        return 200, _listed(own[: int(asked["limit"])])
    if path.startswith("/v1/subscriptions/"):
        one = next((s for s in fake.subscriptions if s["id"] == path.rsplit("/", 1)[1]), None)
        gone = {"error": {"message": "No such subscription", "type": "invalid_request_error"}}
        return (200, one) if one else (404, gone)
    return 200, fake.preview


def _session(fake: FakeBilling, path: str, asked: dict[str, str], key: str) -> tuple[int, Any]:
    """A new page for each new key; the same key with another form is refused, as Stripe does."""
    if key in fake.opened:
        before, answer = fake.opened[key]
        error = {"message": "Keys for idempotent requests", "type": "idempotency_error"}
        return (200, answer) if before == asked else (400, {"error": error})
    made = dict(fake.sessions["portal" if "billing_portal" in path else "checkout"])
    if isinstance(made["url"], str) and made["url"]:
        made["url"] += f"#{len(fake.opened)}"
    fake.opened[key] = (asked, made)
    return 200, made


def _handler(fake: FakeBilling) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._serve(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode())

        def _serve(self, form: str) -> None:
            path, asked = urlsplit(self.path).path, dict(parse_qsl(form))
            fake.asked.append((path, asked))
            fails = fake.fault and path.endswith(fake.fault_at)
            if fails and fake.fault == "hang":
                fake.release.wait(10)
            if fails and fake.fault.isdigit():
                error = {"error": {"message": "sk_live_secret is wrong", "type": "api_error"}}
                return self._send(int(fake.fault), error, half=False)
            if fails and fake.fault == "garbage":
                return self._send(200, "<html>maintenance</html>", half=False)
            if path.endswith("/sessions"):
                answer = _session(fake, path, asked, self.headers.get("Idempotency-Key") or "")
            else:
                answer = _answer(fake, path, asked)
            self._send(*answer, half=bool(fails and fake.fault == "half"))

        def _send(self, status: int, said: Any, *, half: bool) -> None:
            body = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if half else body)

    return Handler


@contextmanager
def serving() -> Iterator[FakeBilling]:
    """The server, as long as the block lasts."""
    fake = FakeBilling()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        fake.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
