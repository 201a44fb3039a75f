"""Attio: the company, found by its domain, with the fields of its last signal and offer; and a note of what happened.

Source: Attio REST API, "Upsert a company record", "List notes" and "Create a note"; https://docs.attio.com/rest-api.
A company is matched by `domains`, which is unique over there; a name is not.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

from skill.delivery.outgoing import Answered, NotTaken, Outgoing
from skill.model.announcement import Announcement
from skill.settings import Secret

ADDRESS = "https://api.attio.com"
FIELDS = (
    "expansion_signal_type", "upsell_offer_made", "upsell_value", "outcome", "time_to_close",
)  # fmt: skip
"""Slugs of the attributes of `companies` that are written; whoever sets Attio up makes them once, all as text."""

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_SAID = {
    "usage_threshold_hit": "A usage signal fired",
    "upsell_offer_sent": "An offer was shown",
    "upsell_call_scheduled": "A call was arranged",
    "upsell_closed": "An offer came to an end",
}
_NOTES = 50


class Attio:
    """One Attio workspace."""

    def __init__(self, outgoing: Outgoing, key: Secret, *, address: str = ADDRESS) -> None:
        """Nothing is sent before the first announcement."""
        self._outgoing = outgoing
        self._key = key
        self._address = address.rstrip("/")

    def send(self, effect: str, told: Announcement) -> Answered | NotTaken:
        """Write the company's fields, and a note once: a try that is repeated finds the note of the one before.

        A company without a domain of its own is not written: one that is guessed may be somebody else's.
        """
        domain = told.domain.strip().lower().removeprefix("www.")
        if not _DOMAIN.fullmatch(domain):
            return NotTaken(
                f"account `{told.account}` has no trait `domain`, by which its company is found",
                again=False,
            )
        company = self._company(domain, told)
        if isinstance(company, NotTaken):
            return company
        there = self._has_note(company, effect)
        if not isinstance(there, bool):
            return there
        return Answered(200, b"") if there else self._note(company, effect, told)

    def _company(self, domain: str, told: Announcement) -> str | NotTaken:
        known = told.told()
        values: dict[str, Any] = {key: known[key] for key in FIELDS if key in known}
        body = {"data": {"values": {"domains": [domain], **values}}}
        query = urlencode({"matching_attribute": "domains"})
        answer = self._call("PUT", f"/v2/objects/companies/records?{query}", body)
        if isinstance(answer, NotTaken):
            return answer
        found = _at(answer, "data", "id", "record_id")
        return found if isinstance(found, str) and found else NotTaken("its answer names no record")

    def _has_note(self, company: str, effect: str) -> bool | NotTaken:
        query = urlencode(
            {"parent_object": "companies", "parent_record_id": company, "limit": _NOTES}
        )
        answer = self._call("GET", f"/v2/notes?{query}")
        if isinstance(answer, NotTaken):
            return answer
        notes = _at(answer, "data")
        return any(
            effect in str(_at(note, "content_plaintext"))
            for note in (notes if isinstance(notes, list) else [])
        )

    def _note(self, company: str, effect: str, told: Announcement) -> Answered | NotTaken:
        lines = [f"{key}: {value}" for key, value in sorted(told.told().items())]
        note = {
            "parent_object": "companies",
            "parent_record_id": company,
            "title": _SAID[told.name],
            "format": "plaintext",
            "content": "\n".join([*lines, f"id: {effect}"]),
            "created_at": told.at.isoformat(),
        }
        answer = self._call("POST", "/v2/notes", {"data": note})
        return answer if isinstance(answer, NotTaken) else Answered(200, b"")

    def _call(self, method: str, path: str, body: Any = None) -> Any | NotTaken:
        """The answer as it was sent, read; or why there is none."""
        headers = {
            "authorization": f"Bearer {self._key.reveal()}",
            "content-type": "application/json",
        }
        sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        answer = self._outgoing.send(method, self._address + path, sent, headers)
        if isinstance(answer, NotTaken):
            return answer
        try:
            return json.loads(answer.body)
        except ValueError:
            return NotTaken("its answer is no JSON")


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
