"""Answers that a client asks for again and again: with an ETag, and a 304 where nothing is new.

Source: RFC 9110, sections 8.8.3 and 13.1.2.
"""

from __future__ import annotations

import hashlib
import re

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_PRIVATE = "private, no-cache"
"""Kept by this person's client alone, and never used without asking."""


def tagged(request: Request, body: BaseModel) -> Response:
    """The body as JSON under the digest of its bytes; a 304 where the client has it already."""
    content = body.model_dump_json().encode()
    tag = hashlib.sha256(content).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": _PRIVATE, "Vary": "Authorization"}
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _has(given: list[str], tag: str) -> bool:
    said = ", ".join(given)
    # A weak tag of ours is the same: the comparison is the weak one here.
    return said.strip() == "*" or tag in _TAG.findall(said)
