"""One request to a receiver of ours: to the address that was checked, without redirects, within its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import httpx2

from skill.delivery.addresses import Network, NotReachableError, Resolver, resolved
from skill.errors import InputError

SECONDS = 15.0
"""Source: Standard Webhooks, "Delivery attempts": a receiver has between 15 and 30 seconds."""
_LARGEST_ANSWER = 65_536
"""Bytes of an answer that are read; a receiver that sends more is cut off."""
_GONE = 410
_MUCH = 429
_HELD_OFF = 503


class Answered(NamedTuple):
    """A receiver took it."""

    status: int
    body: bytes


class NotTaken(NamedTuple):
    """A receiver did not take it, and why."""

    why: str
    """For whoever runs it: no secret and nothing of the message stands in it."""
    again: bool = True
    """Whether another try may help."""
    asked_for: timedelta | None = None
    """How long the receiver asks to be left alone."""


class Outgoing:
    """Requests to receivers whose addresses others configured. Safe to share between threads; `close` it when done."""

    def __init__(
        self,
        *,
        allowed: Sequence[Network] = (),
        resolver: Resolver | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """Nothing is opened before the first request.

        Args:
            allowed: networks of one's own that may be connected to, in tests and behind one's own wall.
            resolver: how names are looked up.
            seconds: how long one request may take, from looking up its name to the end of the answer.
        """
        self._allowed = tuple(allowed)
        self._resolver = resolver
        # A proxy would look the name up again, so what the environment says of one is not read.
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(seconds), follow_redirects=False, trust_env=False
        )

    def send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answered | NotTaken:
        """Send this body and say what came of it; nothing a receiver does raises."""
        try:
            to = resolved(url, allowed=self._allowed, resolver=self._resolver)
        except InputError as error:
            return NotTaken(error.detail, again=False)
        except NotReachableError as error:
            return NotTaken(str(error))
        request = self._client.build_request(
            method,
            to.url,
            content=body,
            headers={**headers, "Host": to.authority},
            extensions={"sni_hostname": to.host},
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                return _told(response, _read(response))
            finally:
                response.close()
        except httpx2.HTTPError as error:
            return NotTaken(f"no answer: {type(error).__name__}")

    def close(self) -> None:
        """Give all connections back."""
        self._client.close()


def _read(response: httpx2.Response) -> bytes:
    """The answer, up to what anybody needs of it."""
    got = bytearray()
    for part in response.iter_bytes():
        got += part
        if len(got) >= _LARGEST_ANSWER:
            break
    return bytes(got[:_LARGEST_ANSWER])


def _told(response: httpx2.Response, body: bytes) -> Answered | NotTaken:
    status = response.status_code
    if 200 <= status < 300:
        return Answered(status, body)
    if 300 <= status < 400:
        return NotTaken(f"it answered {status}, and redirects are not followed", again=False)
    if status == _GONE:
        return NotTaken("it answered 410: it wants no more", again=False)
    if status in (_MUCH, _HELD_OFF):
        return NotTaken(f"it answered {status}", asked_for=_asked_for(response))
    # What is wrong with the message stays wrong; everything else may pass.
    return NotTaken(
        f"it answered {status}", again=status >= 500 or status in (401, 403, 404, 408, 409, 425)
    )


def _asked_for(response: httpx2.Response) -> timedelta | None:
    said = response.headers.get("retry-after", "")
    return (
        timedelta(seconds=int(said))
        if said.isascii() and said.isdigit() and len(said) < 7
        else None
    )
