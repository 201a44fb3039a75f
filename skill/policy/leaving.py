"""An offer on its way out: what does the same job, whether it was bought and is open, and why it would not be made now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from skill.model.account import Customer, Past
from skill.model.decision import Decision
from skill.model.delivery import Cause, Channel, Effect, Showing, effect_id
from skill.model.notice import Leaving
from skill.model.playbook import Play, Playbook
from skill.policy import gate

_COOLDOWNS = ("any_offer_shown", "this_offer_shown")


def play_of(playbook: Playbook, key: str | None) -> Play | None:
    """The play of this key, where these Topics know it."""
    return next((play for play in playbook.plays if play.key == key), None)


def family_of(playbook: Playbook, offer: str) -> frozenset[str]:
    """Keys of the offers that do the same job as this one, itself among them."""
    bundle = playbook.bundles.get(offer)
    if bundle is None:
        return frozenset((offer,))
    mine = bundle.family_key
    return frozenset(b.key for b in playbook.bundles.values() if b.family_key == mine)


def bought_of(came: Iterable[Past]) -> str | None:
    """The offer that was bought, if one was."""
    return next((past.offer for past in came if past.kind == "acceptance"), None)


def is_open(playbook: Playbook, customer: Customer, offer: str, now: datetime) -> bool:
    """Whether the gate grants everything that this offer brings, and counts it as held."""
    bundle = playbook.bundles.get(offer)
    if bundle is None:
        return False
    plan = gate.held_plan(playbook, customer)
    held = {b.key for b in gate.held_bundles(playbook, customer, now)} | {plan.key if plan else ""}
    features = (playbook.features[key] for key in bundle.unlocks if key in playbook.features)
    return bundle.key in held and all(
        gate.entitlements(playbook, customer, feature, now) for feature in features
    )


def without_cooldowns(playbook: Playbook) -> Playbook:
    """The same Topics without the pauses after a showing: what is left of restraint counts, and forbids."""
    kept = tuple(row for row in playbook.restraints if row.kind not in _COOLDOWNS)
    return playbook.model_copy(update={"restraints": kept})


def why_not_made(decision: Decision, offer: str) -> str:
    """Why it would not be made now, in the Topic's words."""
    held = next((w for w in decision.withheld if w.offer == offer), None)
    if held is not None:
        return held.because
    if decision.suppressions:
        return decision.suppressions[0].because
    return "the account is no longer ready for it"


def follow_up_id(effect: Effect) -> str:
    """The id of the one follow-up that an effect may have: no version and no channel in it, so there is never a second."""
    rule = f"{effect.play}/{effect.offer}/{effect.rule}/then"
    return effect_id(effect.tenant, effect.account, effect.person, rule, "", effect.id)


def following(effect: Effect, channel: Channel, now: datetime) -> Effect:
    """The follow-up of an effect: due at once, and judged like any other."""
    changed = {
        "id": follow_up_id(effect),
        "channel": channel,
        "follows": effect.id,
        "created_at": now,
        "due_at": now,
        "state": "pending",
        "reason": "",
    }
    return effect.model_copy(update=changed)


def showing_of(effect: Effect, about: Leaving) -> Showing:
    """What an effect reserves when it is claimed."""
    bundle = about.playbook.bundles[effect.offer]
    cause = Cause(kind="signal", name=effect.rule, decision=effect.decision, at=effect.created_at)
    return Showing(
        effect=effect.id,
        account=effect.account,
        person=effect.person,
        offer=effect.offer,
        family=bundle.family_key,
        channel=effect.channel,
        play=effect.play,
        at=effect.created_at,
        cause=cause,
    )
