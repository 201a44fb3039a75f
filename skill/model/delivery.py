"""Delivery: an offer's showings, the effects that carry it to a person, what stops them, and what came of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import AwareDatetime

from skill.model.common import Frozen

Channel = Literal["answer", "in_app", "email", "owner_task", "webhook", "crm", "analytics"]
"""By which way something reaches somebody: `answer` is an offer inside the answer to a question; never push."""

ShowingState = Literal["reserved", "spent", "returned"]
"""Counted against every cap from the decision on; spent once it was displayed; returned where it never was."""

EffectState = Literal["pending", "started", "delivered", "suppressed", "failed"]
"""Written down; taken up by a play; with its receiver; kept from leaving, with the reason; given up after all tries."""


class Cause(Frozen):
    """Why a showing happens: the question or the signal that caused it. There is no broadcast."""

    kind: Literal["question", "signal"]
    name: str
    """The question as it was asked, or the key of the signal."""
    decision: str = ""
    """Id of the decision that was recorded with it."""
    at: AwareDatetime


class Worth(Frozen):
    """What an offer adds a month."""

    amount: Decimal
    """Below zero where it saves."""
    currency: str
    """ISO 4217."""


class Showing(Frozen):
    """One offer shown to one person, or about to be: what every cap counts."""

    effect: str
    """Id of the effect that shows it."""
    account: str
    person: str
    offer: str
    """Key of the bundle."""
    family: str = ""
    """Family of the offer; several offers of one job share it."""
    channel: Channel
    play: str = ""
    at: AwareDatetime
    """When it was decided."""
    state: ShowingState = "reserved"
    cause: Cause


class Effect(Frozen):
    """One thing that is to be done once: claimed with the decision, done by a play, known to its receiver by its id."""

    id: str
    tenant: str
    account: str
    person: str
    """Whom it reaches; of an owner task whom it is about."""
    channel: Channel
    offer: str = ""
    """Key of the bundle that it is about."""
    play: str = ""
    rule: str = ""
    """What fired: key of the signal, or `question`."""
    decision: str = ""
    created_at: AwareDatetime
    due_at: AwareDatetime
    """Not before."""
    state: EffectState = "pending"
    reason: str = ""
    """Why it was suppressed, or failed."""
    follows: str = ""
    """Id of the effect that this one follows up."""
    body: dict[str, Any] = {}
    """What it needs beside: figures of the signal, names of receivers. No text for a customer: that is composed when it leaves."""


class Stop(Frozen):
    """The kill switch, pulled: at once, also for what is queued."""

    offer: str = ""
    """Key of the bundle; empty stops all offers of the tenant."""
    since: AwareDatetime
    by: str = ""
    why: str = ""


def worth_of(preview: Mapping[str, Any]) -> Worth | None:
    """What an offer adds a month at the present use, by its cost preview as an answer holds it; None where nobody can say."""
    compared = preview.get("compared") or ()
    added = compared[0].get("difference") if compared else None
    if added is None or not preview.get("currency") or not preview.get("fresh", True):
        return None
    return Worth(amount=added, currency=preview["currency"])


def effect_id(
    tenant: str, account: str, person: str, rule: str, rule_version: str, period: str
) -> str:
    """The id of an effect: whoever computes it again for the same rule and period comes to the same.

    Args:
        tenant: whose customer.
        account: id of the account.
        person: id of the person; empty for what concerns the account.
        rule: the play with the offer and the signal or step, as `self-serve/team/api-near-limit/0`.
        rule_version: digest of the lines of Topics that the rule is made of.
        period: what makes it a new occasion: the moment a signal fired, or the decision that answered a question.
    """
    text = json.dumps([tenant, account, person, rule, rule_version, period], ensure_ascii=False)
    return "eff_" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
