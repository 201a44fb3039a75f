"""What a decision leaves: the showings it spends or reserves, and the effects that carry it, each with an id of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from skill.model.account import Customer
from skill.model.common import Frozen
from skill.model.decision import Decision, Offer, Surface
from skill.model.delivery import Cause, Channel, Effect, Showing, Worth, effect_id, worth_of
from skill.model.playbook import Play, Playbook
from skill.policy.channels import channel_of
from skill.policy.prices import costs
from skill.policy.proposed import proposed

QUESTION = "question"
"""The rule of an effect that a question caused."""


class Leaves(NamedTuple):
    """What is claimed together with a decision."""

    showings: tuple[Showing, ...] = ()
    effects: tuple[Effect, ...] = ()


class Signalled(NamedTuple):
    """A signal that came to hold."""

    key: str
    at: datetime
    figures: dict[str, str]
    line: str
    """Its place in the Topics."""


def of_question(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    *,
    question: str,
    decision_id: str,
) -> Leaves:
    """What an answer leaves: each offer in it was shown with it; what a play or an unpaid invoice keeps for the owner is a task.

    Where anybody may read along nothing is about this customer, and nothing is left.
    """
    if decision.surface is Surface.PUBLIC_DIRECTORY:
        return Leaves()
    cause = Cause(kind="question", name=question, decision=decision_id, at=decision.now)
    shown = tuple(
        _showing(playbook, customer, decision, offer, cause, channel="answer", period=decision_id)
        for offer in decision.offers
    )
    play = play_of(playbook, decision)
    routed = channel_of(playbook, play, decision, customer.person, asked=True)
    if routed.channel != "owner_task":
        return Leaves(shown)
    offer = proposed(playbook, customer, decision, decision.now)
    # One a day of an account and play, however much is asked: the first question that led to it stands in it.
    day = decision.now.astimezone(UTC).date().isoformat()
    rule = f"{play.key if play else ''}/owner_task"
    identity = _id(customer, "", rule, _version(play), day)
    body = {"question": question, "cause": cause.model_dump(mode="json")}
    task = _effect(identity, customer, decision, "owner_task", cause, offer, "", QUESTION, body)
    return Leaves((), (task,))


def of_signal(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    fired: Sequence[Signalled],
    *,
    decision_id: str,
    channel: Channel,
) -> Leaves:
    """What a decision that nobody asked for leaves: the first offer that a signal which just came to hold speaks for.

    One at a time: of two, each would be in the other's way when it is judged again before it leaves.
    """
    found = _first(decision.offers, fired)
    if found is None:
        return Leaves()
    offer, signal = found
    cause = _cause(signal, decision_id)
    period = _moment(signal.at)
    shown = _showing(
        playbook,
        customer,
        decision,
        offer,
        cause,
        channel=channel,
        period=period,
        signal=signal.key,
    )
    person = customer.person.id
    body = _told(signal, cause, _value(playbook, customer, offer, decision.now))
    effect = _effect(
        shown.effect, customer, decision, channel, cause, offer, person, signal.key, body
    )
    return Leaves((shown,), (effect,))


def task_of_signal(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    fired: Sequence[Signalled],
    *,
    decision_id: str,
) -> Leaves:
    """A task for the account's owner instead of an offer: where the play says so, or nobody else is known."""
    offer = proposed(playbook, customer, decision, decision.now)
    found = _first((offer,) if offer is not None else (), fired)
    if found is None:
        return Leaves()
    offer, signal = found
    cause = _cause(signal, decision_id)
    rule = _rule(decision, offer, signal.key, "owner_task")
    version = _version(play_of(playbook, decision), _threshold(playbook, signal.key))
    identity = _id(customer, "", rule, version, _moment(signal.at))
    body = _told(signal, cause, _value(playbook, customer, offer, decision.now))
    task = _effect(identity, customer, decision, "owner_task", cause, offer, "", signal.key, body)
    return Leaves((), (task,))


def _first(offers: Sequence[Offer], fired: Sequence[Signalled]) -> tuple[Offer, Signalled] | None:
    """The first of the offers that one of these signals speaks for."""
    by_key = {one.key: one for one in fired}
    found = ((offer, by_key[key]) for offer in offers for key in offer.signals if key in by_key)
    return next(found, None)


def play_of(playbook: Playbook, decision: Decision) -> Play | None:
    """The play that was used."""
    return next((play for play in playbook.plays if play.key == decision.play), None)


def _threshold(playbook: Playbook, key: str) -> Frozen | None:
    return next((row for row in playbook.thresholds if row.key == key), None)


def _showing(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    offer: Offer,
    cause: Cause,
    *,
    channel: Channel,
    period: str,
    signal: str = QUESTION,
) -> Showing:
    bundle = playbook.bundles[offer.bundle]
    rule = _rule(decision, offer, signal, channel)
    version = _version(play_of(playbook, decision), _threshold(playbook, signal), bundle)
    person = customer.person.id
    return Showing(
        effect=_id(customer, person, rule, version, period),
        account=customer.account.id,
        person=person,
        offer=offer.bundle,
        family=bundle.family_key,
        channel=channel,
        play=decision.play or "",
        at=decision.now,
        # What stands in an answer is displayed with it.
        state="spent" if channel == "answer" else "reserved",
        cause=cause,
    )


def _effect(
    identity: str,
    customer: Customer,
    decision: Decision,
    channel: Channel,
    cause: Cause,
    offer: Offer | None,
    person: str,
    rule: str,
    body: dict[str, Any],
) -> Effect:
    return Effect(
        id=identity,
        tenant=customer.tenant,
        account=customer.account.id,
        person=person,
        channel=channel,
        offer=offer.bundle if offer is not None else "",
        play=decision.play or "",
        rule=rule,
        decision=cause.decision,
        created_at=decision.now,
        due_at=decision.now,
        body=body,
    )


def _cause(signal: Signalled, decision_id: str) -> Cause:
    return Cause(kind="signal", name=signal.key, decision=decision_id, at=signal.at)


def _value(playbook: Playbook, customer: Customer, offer: Offer, now: datetime) -> Worth | None:
    """What the offer adds a month, for whoever counts what offers are worth."""
    if offer.price is None:
        return None
    return worth_of(costs.expected(playbook, customer, offer, now).model_dump(mode="json"))


def _told(signal: Signalled, cause: Cause, worth: Worth | None) -> dict[str, Any]:
    value = {} if worth is None else {"value": worth.model_dump(mode="json")}
    return {
        **value,
        "signal": signal.key,
        "figures": signal.figures,
        "line": signal.line,
        "cause": cause.model_dump(mode="json"),
    }


def _rule(decision: Decision, offer: Offer, signal: str, channel: Channel) -> str:
    """The first step of a play: what follows it up says `1`, and so on."""
    step = "0" if channel in ("in_app", "email") else channel
    return f"{decision.play or ''}/{offer.bundle}/{signal}/{step}"


def _id(customer: Customer, person: str, rule: str, version: str, period: str) -> str:
    return effect_id(customer.tenant, customer.account.id, person, rule, version, period)


def _version(*rules: Frozen | None) -> str:
    """A digest of what these lines of Topics mean; where they stand does not count."""
    meant = [_meant(one.model_dump(mode="json")) for one in rules if one is not None]
    text = json.dumps(meant, sort_keys=True, ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _meant(value: Any) -> Any:
    if isinstance(value, dict):
        where = ("span", "digest", "position")
        return {key: _meant(one) for key, one in value.items() if key not in where}
    return [_meant(one) for one in value] if isinstance(value, list) else value


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
