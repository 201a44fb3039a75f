"""`POST /v1/hooks/{source}`: signed messages of a help desk or a status page, taken as entries of ours; and Stripe's.

Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from skill.api.deps import Desk, DeskDep, PathId
from skill.api.events import UNREADABLE, SentDep, json_of
from skill.api.taking import TakenBody, checks_for, take_batch
from skill.errors import InputError, NotAuthenticated, NotFound
from skill.settings import HookSecret
from skill.sources.entries import batch_of, read_event, unfit
from skill.sources.faults import Path, Refused
from skill.sources.hooks_helpdesk import of_helpdesk
from skill.sources.hooks_status import of_statuspage
from skill.sources.source import STRIPE
from skill.sources.stripe import message_signed_with, summary_of
from skill.store.counts import count_refused
from skill.store.verified import LastTold

router = APIRouter(tags=["customers"])

TOLERANCE = timedelta(minutes=5)
"""How far a message's time may be from ours, either way. Source: Standard Webhooks, "Timestamp"."""

NOT_MAPPED = "not_mapped"
"""What a message is counted as that says nothing which restraint reads."""

Adapter = Callable[[Mapping[str, object]], Sequence[Mapping[str, object]]]
"""From a message to entries of `events`, without `id`: none where it says nothing that is read here."""

ADAPTERS: Mapping[str, Adapter] = {"helpdesk": of_helpdesk, "statuspage": of_statuspage}
"""By the source in the path."""


# Before the route of all the others, which would take this path too.
@router.post("/v1/hooks/stripe")
def receive_stripe(
    desk: DeskDep, body: SentDep, stripe_signature: Annotated[str, Header()] = ""
) -> TakenBody:
    """Keep which entitlements a customer has, as a signed event says; an older one changes nothing.

    An event that holds only some of them makes us read all of them. Where that fails, it is done with the next question.
    """
    source = desk.sources.stripe
    secrets = [one for one in desk.settings.hook_secrets if one.source == STRIPE]
    if source is None or not secrets:
        raise NotFound("there is no such source of webhooks here")
    now = desk.clock()
    known = [one.secret.reveal() for one in secrets]
    tenant = secrets[message_signed_with(body.content, stripe_signature, known, now)].tenant
    try:
        summary = summary_of(body.content, now)
    except InputError:
        count_refused(desk.store, tenant, now, {UNREADABLE: 1})
        raise
    if summary is None:
        count_refused(desk.store, tenant, now, {NOT_MAPPED: 1})
        return TakenBody(accepted=0, duplicates=0)
    kept = LastTold(desk.store, tenant)
    is_new, known_now = kept.take(STRIPE, summary.customer, source.verified(summary), now=now)
    if known_now.due and tenant == desk.sources.tenant:
        desk.sources.reread_stripe(summary.customer, kept, now)
    return TakenBody(accepted=int(is_new), duplicates=int(not is_new))


@router.post("/v1/hooks/{source}", response_model=TakenBody)
def receive(
    source: PathId,
    desk: DeskDep,
    body: SentDep,
    webhook_id: Annotated[str, Header()] = "",
    webhook_timestamp: Annotated[str, Header()] = "",
    webhook_signature: Annotated[str, Header()] = "",
) -> TakenBody | Response:
    """Keep what a signed message says; sent again it is a duplicate, sent late it is refused."""
    secrets = [one for one in desk.settings.hook_secrets if one.source == source]
    adapter = ADAPTERS.get(source)
    if adapter is None or not secrets:
        raise NotFound("there is no such source of webhooks here")
    now = desk.clock()
    signer = verified(
        body.content, webhook_id, webhook_timestamp, webhook_signature, secrets=secrets, now=now
    )
    return _taken(desk, signer, adapter, webhook_id, body.content)


def verified(
    content: bytes,
    message_id: str,
    timestamp: str,
    signatures: str,
    *,
    secrets: Sequence[HookSecret],
    now: datetime,
) -> HookSecret:
    """The secret that this message was signed with.

    Args:
        content: the body, byte for byte.
        message_id: `webhook-id`; the same for every attempt to deliver one message.
        timestamp: `webhook-timestamp`, whole seconds since 1970.
        signatures: `webhook-signature`, several with a space between.
        secrets: those of this source, old and new while one replaces the other.
        now: the moment of receipt.

    Raises:
        NotAuthenticated: it is not signed with any of them, or its time is not now.
    """
    if not message_id or len(message_id) > 150 or not message_id.isprintable():
        raise NotAuthenticated("`webhook-id` is missing or cannot be used")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise NotAuthenticated("`webhook-timestamp` is missing or is no time")
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), content)
    given = [one.partition(",") for one in signatures.split()]
    for secret in secrets:
        made = base64.b64encode(hmac.digest(secret.key(), signed, hashlib.sha256))
        for version, _, signature in given:
            if version == "v1" and hmac.compare_digest(made, signature.encode()):
                if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
                    raise NotAuthenticated("the message's time is more than 5 minutes from ours")
                return secret
    raise NotAuthenticated("the message is not signed with a secret that is known here")


def _taken(
    desk: Desk, signer: HookSecret, adapter: Adapter, message_id: str, content: bytes
) -> TakenBody | Response:
    checks = checks_for(desk, signer.tenant)
    source = f"hooks/{signer.source}"
    try:
        message = json_of(content)
    except Refused:
        count_refused(desk.store, signer.tenant, checks.now, {UNREADABLE: 1})
        raise
    if not isinstance(message, Mapping):
        batch = batch_of([unfit("bad_entry", (), "the message must be one JSON object")])
        return take_batch(desk, signer.tenant, batch, checks)
    entries = adapter(message)
    if not entries:
        count_refused(desk.store, signer.tenant, checks.now, {NOT_MAPPED: 1})
        return TakenBody(accepted=0, duplicates=0)
    batch = batch_of(
        read_event({**one, "id": f"{message_id}/{n}"}, _at(n), checks, source=source)
        for n, one in enumerate(entries)
    )
    return take_batch(desk, signer.tenant, batch, checks)


def _at(n: int) -> Path:
    """Entries are made of a message, so their place is the one among those made of it."""
    return ("events", n)
