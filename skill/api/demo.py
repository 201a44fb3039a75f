"""`/demo`: the sample company in a browser. Mounted only by `tactful demo`, never by `serve`."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import FileResponse

from skill.api.deps import Desk
from skill.errors import NotFound, SkillError
from skill.model.account import Customer
from skill.sample import find_person, sample_customers
from skill.store.customers import put_customers

TENANT = "demo"

_TOKEN_LIFE = timedelta(minutes=15)

_WEB = Path(__file__).parent.parent / "web"

_FILES = {
    "demo.css": "text/css",
    "demo.js": "text/javascript",
    "answer.js": "text/javascript",
    "backend.js": "text/javascript",
    "dom.js": "text/javascript",
    "trace.js": "text/javascript",
}
"""What the page consists of; nothing else is ever read from the disk."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_HERE = ("127.0.0.1", "localhost", "[::1]", "testserver")
"""Names by which the page may be reached: a foreign name that leads here is an attack on it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the people whom a visitor can be."""

    person: str
    """Id in the sample company."""
    short: str
    about: str
    questions: tuple[str, ...]


PARTS = (
    Part(
        "ben",
        "member, may not buy",
        "Your small company is on the Starter plan. You may not buy; Ada, your admin, may.",
        (
            "Can I export to Salesforce?",
            "How many API calls do we have left this month?",
            "Do you have a mobile app?",
        ),
    ),
    Part(
        "ada",
        "admin on a small plan",
        "You run the same small company's workspace on the Starter plan, and may buy for it.",
        (
            "Can I export to Salesforce?",
            "Do we have single sign-on?",
            "Would 60,000 API calls a month be covered?",
        ),
    ),
    Part(
        "cleo",
        "large account with a contact",
        "Your company is large: Lee at Fernway knows it, so the product itself offers nothing.",
        (
            "Can I export to Salesforce?",
            "Do we have an audit log?",
            "What is the weather like today?",
        ),
    ),
)


def install(app: FastAPI, desk: Desk) -> None:
    """Put the sample customers into the store, and serve the page and its people."""
    now = desk.clock()
    people = [(part, find_person(part.person, now)) for part in PARTS]
    put_customers(desk.store, TENANT, [customer for _, customer in people], at=now)
    # Nobody waits for the other forty accounts.
    threading.Thread(target=_load_everybody, args=(desk, now), daemon=True).start()
    router = APIRouter(include_in_schema=False)

    @router.get("/demo")
    def page(request: Request) -> FileResponse:
        _only_here(request)
        return FileResponse(_WEB / "demo.html", media_type="text/html", headers=_HEADERS)

    @router.get("/demo/people")
    def list_people(request: Request) -> dict[str, Any]:
        _only_here(request)
        at = desk.clock()
        return {
            "people": [_person(desk, part, customer, at) for part, customer in people],
            "support_token": _token(desk, at, sub="demo", scope="support"),
        }

    @router.get("/demo/{name}")
    def file(name: str, request: Request) -> FileResponse:
        _only_here(request)
        if name not in _FILES:
            raise NotFound(f"the demo has no file `{name[:40]}`")
        return FileResponse(_WEB / name, media_type=_FILES[name], headers=_HEADERS)

    app.include_router(router)


def _load_everybody(desk: Desk, at: datetime) -> None:
    # The demo may be closed before it is through, and then nothing of it is needed.
    with suppress(SkillError):
        put_customers(desk.store, TENANT, sample_customers(at), at=at)


def _person(desk: Desk, part: Part, customer: Customer, at: datetime) -> dict[str, Any]:
    person, account = customer.person, customer.account
    roles = [person.role] if person.role else []
    return {
        "id": person.id,
        "name": person.name or person.id,
        "short": part.short,
        "about": part.about,
        "questions": part.questions,
        "token": _token(desk, at, sub=person.id, account=account.id, scope="end_user", roles=roles),
    }


def _token(desk: Desk, at: datetime, **claims: Any) -> str:
    said = {
        "tenant": TENANT,
        "aud": desk.settings.jwt_audience,
        "exp": at + _TOKEN_LIFE,
        **claims,
    }
    return jwt.encode(said, desk.settings.jwt_secret.reveal(), algorithm="HS256")


def _only_here(request: Request) -> None:
    """Refuse a page elsewhere whose name was made to lead to this machine.

    Raises:
        NotFound: the request names another host.
    """
    host = request.headers.get("host", "")
    name = host[: host.rindex("]") + 1] if "]" in host else host.partition(":")[0]
    if name not in _HERE:
        raise NotFound("the demo answers on this machine alone")
