"""PostHog: what happened as an event, with the names of the field, once however often it is sent.

Source: PostHog "Capture API", `POST /batch/`: an event of the same `uuid`, time, name and person counts once.
"""

from __future__ import annotations

import json
import uuid

from skill.delivery.outgoing import Answered, NotTaken, Outgoing
from skill.model.announcement import Announcement
from skill.settings import Secret

ADDRESS = "https://eu.i.posthog.com"
_NAMESPACE = uuid.UUID("6f1f0c8e-0f60-5a0e-9d0a-7a3f6b1f0d55")
"""Any of our own: from it and the effect's id comes the event's `uuid`, the same for every try."""


class PostHog:
    """One PostHog project."""

    def __init__(self, outgoing: Outgoing, key: Secret, *, address: str = ADDRESS) -> None:
        """Nothing is sent before the first announcement."""
        self._outgoing = outgoing
        self._key = key
        self._address = address.rstrip("/")

    def send(self, effect: str, told: Announcement) -> Answered | NotTaken:
        """Send one event: about the person where one is known, and about the account as a group either way."""
        known = told.told()
        properties = {
            **{key: known[key] for key in known if key not in ("account", "person")},
            "$groups": {"account": told.account},
            # Nobody's address is looked up, and where only the account is known no profile of a person is made.
            "$geoip_disable": True,
            "$process_person_profile": bool(told.person),
        }
        event = {
            "event": told.name,
            "distinct_id": told.person or f"account:{told.account}",
            "timestamp": told.at.isoformat(),
            "uuid": str(uuid.uuid5(_NAMESPACE, effect)),
            "properties": properties,
        }
        body = {"api_key": self._key.reveal(), "batch": [event]}
        headers = {"content-type": "application/json"}
        sent = json.dumps(body, ensure_ascii=False).encode()
        return self._outgoing.send("POST", f"{self._address}/batch/", sent, headers)
