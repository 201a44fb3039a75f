"""What happened, written down for other systems in the transaction in which it happened; it leaves by the outbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from skill.model.announcement import Announcement, Outcome
from skill.model.delivery import Channel, Effect, Showing, Worth, effect_id
from skill.store import outbox
from skill.store.engine import TELLS
from skill.store.tables import accounts, showings

_CHANNELS: dict[str, Channel] = {"attio": "crm", "posthog": "analytics"}
_DAY = timedelta(days=1)
_HUNDREDTH = Decimal("0.01")


def announce(connection: Connection, tenant: str, told: Announcement, *, period: str) -> None:
    """Write one happening down, for whoever is configured to be told when it leaves; nothing where nobody is.

    Args:
        connection: the transaction in which it happened.
        tenant: whose.
        told: what happened.
        period: what makes it one occasion, as the id of an effect: the same again is nothing new.
    """
    if not connection.get_execution_options().get(TELLS, False):
        return
    id_ = effect_id(tenant, told.account, told.person, f"announce/{told.name}", "", period)
    outbox.insert(connection, [_effect(tenant, id_, told, "webhook", "")])


def fan_out(
    connection: Connection, announced: Effect, told: Announcement, receivers: Sequence[str]
) -> None:
    """Write one effect for each receiver, so that one who is down holds up nobody else."""
    made = []
    told = told.model_copy(update={"domain": _domain(connection, announced.tenant, told.account)})
    for name in receivers:
        rule = f"tell/{name}"
        id_ = effect_id(announced.tenant, told.account, told.person, rule, "", announced.id)
        made.append(_effect(announced.tenant, id_, told, _CHANNELS.get(name, "webhook"), name))
    outbox.insert(connection, made)


def announced_of(effect: Effect) -> tuple[Announcement, str]:
    """What an effect tells, and the name of its receiver; that is empty for one that is still to be fanned out."""
    return Announcement.model_validate(effect.body["told"]), str(effect.body.get("to", ""))


def sent(connection: Connection, effect: Effect, at: datetime) -> None:
    """An offer, or the task about one, is with whom it is for."""
    told = Announcement(
        name="upsell_offer_sent",
        at=at,
        account=effect.account,
        person=effect.person,
        expansion_signal_type=effect.rule,
        upsell_offer_made=effect.offer,
        channel=effect.channel,
        decision=effect.decision,
        **_worth(effect.body),
    )
    announce(connection, effect.tenant, told, period=effect.id)


def shown(connection: Connection, tenant: str, one: Showing, worth: Worth | None) -> None:
    """An offer was shown with the answer to a question."""
    told = Announcement(
        name="upsell_offer_sent",
        at=one.at,
        account=one.account,
        person=one.person,
        expansion_signal_type=one.cause.kind,
        upsell_offer_made=one.offer,
        channel=one.channel,
        decision=one.cause.decision,
        upsell_value=worth.amount if worth else None,
        currency=worth.currency if worth else "",
    )
    announce(connection, tenant, told, period=one.effect)


def fired(connection: Connection, effect: Effect, at: datetime) -> None:
    """A signal came to hold and led to something; one that led to nothing is told to nobody."""
    told = Announcement(
        name="usage_threshold_hit",
        at=at,
        account=effect.account,
        expansion_signal_type=effect.rule,
        upsell_offer_made=effect.offer,
        decision=effect.decision,
    )
    announce(connection, effect.tenant, told, period=f"{effect.rule}/{at.isoformat()}")


def called(connection: Connection, tenant: str, account: str, offer: str, task: str, at: datetime) -> None:  # fmt: skip
    """The account's owner arranged a call about a task."""
    told = Announcement(
        name="upsell_call_scheduled", at=at, account=account, upsell_offer_made=offer
    )
    announce(connection, tenant, told, period=task)


def closed(
    connection: Connection,
    tenant: str,
    account: str,
    offer: str,
    outcome: Outcome,
    at: datetime,
    *,
    person: str = "",
) -> bool:
    """An offer that we had shown to this account came to an end; one that we never showed is none of ours.

    Returns:
        Whether we had shown it.
    """
    c = showings.c
    mine = (c.tenant == tenant, c.account == account, c.offer == offer, c.at <= at)
    # What was reserved and never displayed was not shown.
    displayed = select(c.at, c.effect).where(*mine, c.state == "spent")
    first = connection.execute(displayed.order_by(c.n).limit(1)).one_or_none()
    if first is None:
        return False
    days = Decimal((at - first.at) / _DAY).quantize(_HUNDREDTH)
    told = Announcement(
        name="upsell_closed",
        at=at,
        account=account,
        person=person,
        upsell_offer_made=offer,
        outcome=outcome,
        time_to_close=days,
    )
    announce(connection, tenant, told, period=f"{outcome}/{offer}/{at.isoformat()}")
    return True


def _domain(connection: Connection, tenant: str, account: str) -> str:
    """The company's own domain, where a trait of the account says it."""
    c = accounts.c
    row = connection.execute(select(c.body).where(c.tenant == tenant, c.id == account)).scalar()
    said = json.loads(row).get("traits", {}).get("domain") if row else ""
    return said if isinstance(said, str) else ""


def _worth(body: dict[str, Any]) -> dict[str, Any]:
    """What the offer adds a month, where it was known when the effect was written."""
    if "value" not in body:
        return {}
    worth = Worth.model_validate(body["value"])
    return {"upsell_value": worth.amount, "currency": worth.currency}


def _effect(tenant: str, id_: str, told: Announcement, channel: Channel, to: str) -> Effect:
    # No decision is named: these follow from effects that are counted already.
    return Effect(
        id=id_,
        tenant=tenant,
        account=told.account,
        person=told.person,
        channel=channel,
        offer=told.upsell_offer_made,
        rule=told.name,
        created_at=told.at,
        due_at=told.at,
        body={"told": told.model_dump(mode="json"), **({"to": to} if to else {})},
    )
