"""Signed webhooks out: what happened, to each receiver of one's own, with the effect's id as the message's.

Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks: signature, `webhook-id` as the
receiver's idempotency key, and the schedule of tries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from skill.delivery.outgoing import Answered, NotTaken, Outgoing
from skill.settings import Secret


class Webhooks:
    """The receivers of one's own webhooks: each message is signed with every secret, the newest first, so that they rotate."""

    def __init__(self, outgoing: Outgoing, secrets: Sequence[Secret]) -> None:
        """`secrets` as they were given: `whsec_` and base64; several are valid at once while they rotate."""
        self._outgoing = outgoing
        self._signers = [Webhook(secret.reveal()) for secret in secrets]

    def send(
        self, url: str, effect: str, name: str, at: datetime, data: Mapping[str, Any], now: datetime
    ) -> Answered | NotTaken:
        """Send one message.

        Args:
            url: the receiver.
            effect: id of the effect; the same for every try.
            name: what happened, as `upsell_offer_sent`.
            at: when it happened.
            data: what is told of it.
            now: the moment of this try, which the signature covers.
        """
        payload = {"type": name, "timestamp": _stamp(at), "data": data}
        body = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        headers = {
            "content-type": "application/json",
            "user-agent": "tactful-webhooks",
            "webhook-id": effect,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                signer.sign(effect, now.astimezone(UTC), body) for signer in self._signers
            ),
        }
        return self._outgoing.send("POST", url, body.encode(), headers)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
