"""The only place where exceptions become HTTP: every refusal is `application/problem+json`.

Source: RFC 9457.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from skill.errors import (
    AccessError,
    CheckoutError,
    Conflicting,
    DeliveryError,
    DraftRefused,
    GroundingError,
    InputError,
    LedgerError,
    ModelError,
    NoLongerOffered,
    NotAuthenticated,
    NotFound,
    Outdated,
    RetrievalError,
    SettingsError,
    SkillError,
    TooLong,
    TopicError,
    Unconditional,
    UnknownPerson,
)
from skill.model.topic import Diagnostic
from skill.sources.faults import Fault, Refused

STATUS: dict[type[SkillError], int] = {
    NotAuthenticated: 401,
    AccessError: 403,
    NotFound: 404,
    UnknownPerson: 404,
    Conflicting: 409,
    NoLongerOffered: 409,
    Outdated: 412,
    Unconditional: 428,
    TooLong: 413,
    InputError: 422,
    TopicError: 503,
    RetrievalError: 503,
    ModelError: 503,
    LedgerError: 503,
    CheckoutError: 503,
    DeliveryError: 503,
    GroundingError: 500,
    SettingsError: 500,
    SkillError: 500,
}
"""The status of each exception; the nearest class up its tree counts."""

_PUBLIC = (InputError, AccessError, NotFound, Conflicting, NoLongerOffered, Outdated)
"""Refusals that are about the request: their words go to the caller."""

_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}

_MOST_ERRORS = 1_000
"""Listed in one problem; nobody mends more at a time."""

_INTERNAL = "something went wrong here; it has been noted"

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": _TITLES.get(status, HTTPStatus(status).phrase),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for status in (400, 401, 403, 413, 422, 503)
}
"""What OpenAPI says of every route."""

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "help": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail", "code"],
                "properties": {
                    "pointer": {"type": "string"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "help": {"type": "string"},
                },
            },
        },
    },
}
"""The schema of a problem, for OpenAPI."""


def install(app: FastAPI) -> None:
    """Answer every exception of this app as a problem."""
    app.add_exception_handler(SkillError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    help: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A problem as a response.

    Args:
        status: of HTTP.
        code: stable, for programs.
        detail: one sentence, for people.
        errors: each with pointer, detail and code.
        help: the mend, where there is one.
        headers: further headers.
        **more: further members.
    """
    body = {
        "type": f"urn:tactful:problem:{code}",
        "title": _TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": list(errors),
        **({"help": help} if help else {}),
        **more,
    }
    # ASCII, so that half a character that a caller sent can be named without choking on it.
    return Response(
        json.dumps(body),
        status_code=status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def too_large(largest: int) -> Response:
    """The refusal of a body past the bound, in bytes."""
    return problem(413, "too_long", larger_than(largest))


def larger_than(largest: int) -> str:
    """What is said of a body past the bound."""
    return f"the body is larger than {largest // 1024:,} kB"


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, SkillError)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if not isinstance(error, _PUBLIC):
        print(f"tactful: {request.method} {_path(request)}: {error.detail}", file=sys.stderr)  # noqa: T201
        return problem(status, error.code, _words_for(error))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    more: Mapping[str, Any] = error.more if isinstance(error, Conflicting) else {}
    if isinstance(error, Outdated):
        more = {"current": error.current}
        headers = {"ETag": f'"{error.current}"'} if error.current else {}
    return problem(
        status,
        error.code,
        error.detail,
        errors=_errors_of(error),
        help=error.help,
        headers=headers,
        **more,
    )


def _path(request: Request) -> str:
    """The path as it was asked for, on one line. The whole URL may be unreadable, so it is not used."""
    return quote(request.scope["path"][:200])


def _words_for(error: SkillError) -> str:
    """What an outsider is told of a fault of ours: no path, no host, no text of a Topic."""
    if isinstance(error, LedgerError):
        return "the store is not available, so nothing was answered; try again"
    if isinstance(error, TopicError):
        return "there are no Topics to answer from at the moment"
    if isinstance(error, CheckoutError):
        return "it cannot be bought here at the moment; nothing was begun, try again"
    if isinstance(error, RetrievalError | ModelError):
        return "a part of the service is not available; try again"
    return _INTERNAL


def _errors_of(error: SkillError) -> list[dict[str, str]]:
    if isinstance(error, Refused | Conflicting):
        return [_as_error(fault) for fault in error.faults[:_MOST_ERRORS]]
    if isinstance(error, DraftRefused):
        # Errors first: they are what keeps the draft from being published.
        found = sorted(error.diagnostics, key=lambda one: one.severity != "error")
        return [_of_compiler(one) for one in found[:_MOST_ERRORS]]
    if error.pointer:
        pointer = error.pointer if error.pointer[0] in "/?" else f"/{error.pointer}"
        return [{"pointer": pointer, "detail": error.detail, "code": error.code}]
    return []


def _as_error(fault: Fault) -> dict[str, str]:
    return {
        "pointer": fault.pointer,
        "detail": fault.detail,
        "code": fault.code,
        **({"help": fault.help} if fault.help else {}),
    }


def _of_compiler(found: Diagnostic) -> dict[str, str]:
    return {
        "pointer": str(found.span),
        "detail": found.message,
        "code": found.code,
        "severity": found.severity.value,
        "help": found.help,
    }


async def _invalid(request: Request, error: Exception) -> Response:
    """What FastAPI finds: a parameter, a body that is no JSON, a body without its content type."""
    assert isinstance(error, RequestValidationError)
    errors = [_of_fastapi(request, each) for each in error.errors()]
    return problem(422, "bad_input", errors[0]["detail"], errors=errors)


def _of_fastapi(request: Request, each: Mapping[str, Any]) -> dict[str, str]:
    place, *rest = each["loc"]
    if each["type"] == "json_invalid":
        at = f" at character {rest[0]}" if rest else ""
        return {"pointer": "", "detail": f"the body is not JSON{at}", "code": "not_json"}
    if place == "body" and not rest:
        typed = request.headers.get("content-type", "").startswith("application/json")
        detail = (
            "a JSON body is missing" if typed else "send JSON, with Content-Type: application/json"
        )
        return {"pointer": "", "detail": detail, "code": each["type"]}
    name = "/".join(str(part) for part in rest)
    pointer = f"?{name}" if place == "query" else f"/{name}" if place == "body" else name
    message = each["msg"][:1].lower() + each["msg"][1:]
    return {"pointer": pointer, "detail": f"{place} `{name}`: {message}", "code": each["type"]}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        400: "the body cannot be read as JSON",
        404: f"there is nothing at {_path(request)}",
        405: f"{request.method[:20]} is not possible at {_path(request)}",
        413: str(error.detail),
    }
    codes = {400: "not_json", 404: "not_found", 405: "method_not_allowed", 413: "too_long"}
    status = error.status_code
    return problem(
        status,
        codes.get(status, "http_error"),
        details.get(status, str(error.detail)),
        headers=error.headers,
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    print(f"tactful: {request.method} {_path(request)}: unexpected", file=sys.stderr)  # noqa: T201
    traceback.print_exception(error, file=sys.stderr)
    return problem(500, "internal", _INTERNAL)
