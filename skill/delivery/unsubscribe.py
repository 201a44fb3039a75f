"""The link under an email that ends such emails: signed, without a login, good for as long as the secret is.

Source: RFC 8058 (one click), RFC 2369 (`List-Unsubscribe`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import NamedTuple

from skill.errors import NotFound

_PURPOSE = b"tactful unsubscribe 1"
"""What the key is for: a token of another kind, signed with the same secret, is none of ours."""
_LONGEST = 4_000
"""Characters; four ids of 200 are far below."""


class Subject(NamedTuple):
    """Who ends what."""

    tenant: str
    account: str
    person: str
    category: str
    """As in `Person.opted_out`: `offers`, a play's own category, or the channel `email`."""


def key_of(secret: str) -> bytes:
    """The key for these tokens alone, made from the secret of the settings."""
    return hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()


def token_of(key: bytes, subject: Subject) -> str:
    """The token of a person and category; the same whenever it is made."""
    said = json.dumps(list(subject), ensure_ascii=False, separators=(",", ":"))
    payload = said.encode("utf-8", "surrogatepass")
    return f"{_text(payload)}.{_text(_signature(key, payload))}"


def read_token(key: bytes, token: str) -> Subject:
    """Whom a token is about.

    Raises:
        NotFound: it is none of ours, or was changed.
    """
    try:
        if len(token) > _LONGEST:
            raise ValueError(token)
        payload, signature = (_bytes(part) for part in token.split("."))
        if not hmac.compare_digest(signature, _signature(key, payload)):
            raise ValueError(token)
        # Only what we signed is read.
        return Subject(*json.loads(payload.decode("utf-8", "surrogatepass")))
    except (ValueError, TypeError) as error:
        raise NotFound("this link is not valid") from error


def url_of(public_url: str, token: str) -> str:
    """Where the link leads, for `List-Unsubscribe` and the foot of an email.

    Args:
        public_url: of this server, as people reach it.
        token: of the person.
    """
    return f"{public_url.rstrip('/')}/v1/unsubscribe/{token}"


def _signature(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, payload, hashlib.sha256).digest()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # One text for one value: another spelling of a token is none of ours.
    if _text(found) != text:
        raise ValueError(text)
    return found
