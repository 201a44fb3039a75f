"""A server on this machine that answers like Stripe's entitlements API, or fails in one of the ways that servers do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 2
"""Entitlements in one answer: real pages are longer, and tests would be too."""


class FakeStripe:
    """What the server says of each customer, and how it fails."""

    def __init__(self) -> None:
        self.entitled: dict[str, list[str]] = {}
        self.at: datetime | None = None
        """What it says is the time."""
        self.fault = ""
        """`500`, `429`, `401`, `hang`, `half`, `garbage`, `shape`, `second page` or `endless`."""
        self.asked: list[dict[str, str]] = []
        self.release = threading.Event()
        self.url = ""


def _handler(fake: FakeStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(fake.at, usegmt=True) if fake.at else super().date_time_string()

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            asked = {name: values[0] for name, values in query.items()}
            fake.asked.append(asked)
            start = int(asked.get("starting_after", "ent_-1").removeprefix("ent_")) + 1
            if fake.fault == "hang":
                fake.release.wait(10)
            if fake.fault in ("500", "429", "401"):
                return self._send(int(fake.fault), {"error": {"message": "no", "type": "api"}})
            if fake.fault == "second page" and start:
                return self._send(500, {"error": {"message": "no"}})
            if fake.fault == "garbage":
                return self._send(200, "<html>maintenance</html>")
            if fake.fault == "shape":
                return self._send(200, {"object": "list", "data": [{"id": "ent_0"}]})
            if asked["customer"] not in fake.entitled:
                error = {"message": "No such customer", "type": "invalid_request_error"}
                return self._send(400, {"error": error})
            keys = fake.entitled[asked["customer"]]
            page = [
                {"id": f"ent_{n}", "object": "entitlements.active_entitlement", "lookup_key": key}
                for n, key in list(enumerate(keys))[start : start + PAGE]
            ]
            more = start + PAGE < len(keys) or fake.fault == "endless"
            return self._send(200, {"object": "list", "data": page, "has_more": more})

        def _send(self, status: int, said: Any) -> None:
            body = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fake.fault == "half" else body)

    return Handler


@contextmanager
def serving() -> Iterator[FakeStripe]:
    """The server, as long as the block lasts."""
    fake = FakeStripe()
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


def summary(
    event_id: str,
    created: datetime,
    keys: list[str],
    *,
    customer: str = "cus_1",
    more: bool = False,
) -> dict[str, Any]:
    """An event as Stripe sends it."""
    entitlements = {
        "object": "list",
        "data": [
            {"id": f"ent_{n}", "object": "entitlements.active_entitlement", "lookup_key": key}
            for n, key in enumerate(keys)
        ],
        "has_more": more,
        "url": f"/v1/customer/{customer}/entitlements",
    }
    return {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(created.timestamp()),
        "type": "entitlements.active_entitlement_summary.updated",
        "livemode": False,
        "data": {
            "object": {
                "object": "entitlements.active_entitlement_summary",
                "customer": customer,
                "entitlements": entitlements,
                "livemode": False,
            }
        },
    }
