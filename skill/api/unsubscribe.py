"""`/v1/unsubscribe/{token}`: one click ends such emails, without a login; only POST acts, as scanners follow every link.

Source: RFC 8058.
"""

from __future__ import annotations

from html import escape
from typing import Annotated
from urllib.parse import parse_qs

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse

from skill.api.deps import Desk, DeskDep
from skill.api.preferences import categories_of
from skill.delivery.unsubscribe import Subject, key_of, read_token
from skill.errors import NotFound
from skill.model.preferences import ALL, OFFERS, Preferences
from skill.store.moved import wherever
from skill.store.opting_out import choose
from skill.store.preferences import Who, get_preferences

router = APIRouter(tags=["inbox"])

Token = Annotated[str, Path(min_length=1, max_length=4_000, pattern=r"^[A-Za-z0-9_.-]+$")]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    # The token is in the address.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_WHAT = {ALL: "any messages", OFFERS: "messages with offers", "email": "emails"}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }}
button {{ font: inherit; padding: .6rem 1.2rem; border: 2px solid #1a1a1a; border-radius: .4rem;
  background: #1a1a1a; color: #fff; cursor: pointer; }}
button:focus-visible {{ outline: 3px solid #0b57d0; outline-offset: 3px; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #f2f2f2; background: #16181d; }}
  button {{ background: #f2f2f2; color: #16181d; border-color: #f2f2f2; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p role="status">{text}</p>
{form}
</main>
</body>
</html>
"""
_FORM = """<form method="post">
<input type="hidden" name="{name}" value="{value}">
<button type="submit">{label}</button>
</form>"""
_PAGES: dict[int | str, dict[str, object]] = {
    404: {"description": "Not Found", "content": {"text/html": {}}}
}


@router.get("/v1/unsubscribe/{token}", response_class=HTMLResponse, responses=_PAGES)
def show_unsubscribe(token: Token, desk: DeskDep) -> HTMLResponse:
    """A page with a button. Looking at it changes nothing."""
    try:
        subject = _subject(desk, token)
    except NotFound:
        return _invalid()
    chosen = get_preferences(desk.store, _who(subject))
    return _ended(subject) if subject.category in chosen.entries else _asked(subject)


@router.post("/v1/unsubscribe/{token}", response_class=HTMLResponse, responses=_PAGES)
async def unsubscribe(token: Token, request: Request, desk: DeskDep) -> HTMLResponse:
    """End it at once, also for what is queued; with `undo=1` take that back. Any other body ends it, as one click does."""
    said = parse_qs((await request.body()).decode("utf-8", "replace"))
    try:
        subject = _subject(desk, token)
    except NotFound:
        return _invalid()
    on = said.get("undo") == ["1"]

    def change(before: Preferences) -> Preferences:
        if (subject.category in before.entries) is not on:
            return before
        return before.again(subject.category) if on else before.without(subject.category)

    def keep() -> None:
        plays = categories_of(desk, subject.tenant)
        # A link that was sent before somebody moved ends such emails where they are now.
        places = wherever(desk.store, _who(subject))
        for who in places:
            choose(desk.store, who, change, plays, at=desk.clock())
        desk.heard(subject.tenant, [who.account for who in places])

    await run_sync(keep)
    return _again(subject) if on else _ended(subject)


def _subject(desk: Desk, token: str) -> Subject:
    secret = desk.settings.jwt_secret
    if not secret:
        raise NotFound("this link is not valid")
    return read_token(key_of(secret.reveal()), token)


def _who(subject: Subject) -> Who:
    return Who(subject.tenant, subject.account, subject.person)


def _what(subject: Subject) -> str:
    return _WHAT.get(subject.category) or f"messages about {subject.category.replace('-', ' ')}"


def _asked(subject: Subject) -> HTMLResponse:
    form = _FORM.format(name="List-Unsubscribe", value="One-Click", label="Unsubscribe")
    return _page("Unsubscribe", f"Press the button to stop getting {_what(subject)} from us.", form)


def _ended(subject: Subject) -> HTMLResponse:
    form = _FORM.format(name="undo", value="1", label="Undo")
    return _page(
        "You are unsubscribed", f"You will not get {_what(subject)} from us any more.", form
    )


def _again(subject: Subject) -> HTMLResponse:
    form = _FORM.format(name="List-Unsubscribe", value="One-Click", label="Unsubscribe")
    return _page("You are subscribed again", f"You may get {_what(subject)} from us.", form)


def _invalid() -> HTMLResponse:
    text = "It may have been cut off: open it from the email again, or copy all of it."
    return _page("This link is not valid", text, "", status=404)


def _page(title: str, text: str, form: str, *, status: int = 200) -> HTMLResponse:
    page = _PAGE.format(title=escape(title), text=escape(text), form=form)
    return HTMLResponse(page, status_code=status, headers=_HEADERS)
