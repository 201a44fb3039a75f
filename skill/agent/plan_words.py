"""What is said of plans as wholes: what the asker has, what one holds, what it adds to another, and which there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skill.agent.languages import Speech, Value, Values, listed, place
from skill.model.common import plain_number
from skill.model.decision import Decision, Outcome
from skill.model.playbook import Bundle, Limit, Playbook
from skill.policy import plans

Told = tuple[str, Values]
"""A label, and what its slots are filled with."""


def said(playbook: Playbook, decision: Decision, account: Values) -> Iterator[Told]:
    """The sentences about the plans of a decision, in their order, as labels with their slots."""
    asked = [playbook.bundles[key] for key in decision.plans]
    if not asked:
        return
    if decision.meaning.outcome is Outcome.PLANS and not decision.meaning.plans:
        if decision.meaning.wants == "which_plan" and "plan" in account:
            yield "Only my plan", {"plan": account["plan"]}
        elif decision.meaning.wants == "own_plan" and "plan" in account:
            yield from _whole(playbook, "My plan", asked[0], {"plan": account["plan"]})
        else:
            names = tuple(plan.name for plan in asked)
            yield "Plans", {"plans": Value(listed(names, "and"), parts=names)}
        return
    last = asked[-1]
    if len(asked) == 1:
        yield from _whole(playbook, "Plan has", last, {}, limits=decision.meaning.wants != "price")
        return
    lower = asked[-2]
    names = plans.features(playbook, last, lower)
    if names:
        yield "Plan adds", named(last) | {"lower": Value(lower.name)} | _features(names)
    differ = plans.limits(playbook, last, lower)[: plans.MOST_LIMITS]
    for limit in differ:
        before = next((one for one in lower.limits if one.meter == limit.meter), None)
        if before is not None:
            yield "Plan limit", _limit(playbook, lower, before)
        yield "Plan limit", _limit(playbook, last, limit)


def _whole(
    playbook: Playbook, label: str, plan: Bundle, values: Values, *, limits: bool = True
) -> Iterator[Told]:
    names = plans.features(playbook, plan)
    if names:
        yield label, named(plan) | values | _features(names)
    elif label == "My plan":
        yield "Only my plan", values
    if len(names) > plans.MOST_NAMED:
        yield "And more", named(plan)
    for limit in plans.limits(playbook, plan)[: plans.MOST_LIMITS] if limits else ():
        yield "Plan limit", _limit(playbook, plan, limit)


def named(plan: Bundle) -> Values:
    """The slot that names a plan."""
    return {"bundle": Value(plan.name)}


def _features(names: tuple[str, ...]) -> Values:
    some = names[: plans.MOST_NAMED]
    return {"features": Value(listed(some, "and"), parts=some)}


def _limit(playbook: Playbook, plan: Bundle, limit: Limit) -> Values:
    amount = "unlimited" if limit.value is None else plain_number(limit.value)
    meter = playbook.meters[limit.meter].name.replace("_", " ")
    fact = Value(amount, f"limit.{limit.meter}", place(limit.span))
    return {**named(plan), "meter": Value(meter), "limit": fact}


def lists_plans(text: str, playbook: Playbook, speech: Speech) -> bool:
    """Whether a text is a list of plans of these Topics, in their order, and nothing besides."""
    every = [b.name for b in playbook.bundles.values() if b.sold_as == "plan"]
    found = [name for name in every if speech.name("plans", name) in text]
    # `Team` is found in `Team Plus` as well.
    longest = [n for n in found if not any(n != other and n in other for other in found)]
    lists = (tuple(found), tuple(longest))
    return any(
        names and speech.says("plans", Value(listed(names, "and"), parts=names)) == text
        for names in lists
    )


def texts_of(
    playbook: Playbook, label: str, slots: Mapping[str, str], speech: Speech
) -> dict[str, list[Value]]:
    """What the slots of a label about plans may say: for the verifier.

    Args:
        playbook: the Topics.
        label: of the quote.
        slots: the texts of the quote's slots; the plan that they name decides what else they may say.
        speech: the language of the quote.
    """
    every = [b for b in playbook.bundles.values() if b.sold_as == "plan"]
    by_name = {speech.name("bundle", plan.name): plan for plan in every}
    names = [Value(plan.name) for plan in every]
    out: dict[str, list[Value]] = {"bundle": names, "lower": names}
    plan = by_name.get(slots.get("plan" if label == "My plan" else "bundle", ""))
    lower = by_name.get(slots.get("lower", ""))
    if plan is not None and (label != "Plan adds" or lower is not None):
        out["features"] = [_features(plans.features(playbook, plan, lower))["features"]]
    if plan is not None and label == "Plan limit":
        told = [_limit(playbook, plan, limit) for limit in plans.limits(playbook, plan)]
        out["meter"] = [values["meter"] for values in told]
        # A figure belongs to the meter that stands beside it.
        out["limit"] = [
            v["limit"] for v in told if speech.says("meter", v["meter"]) == slots.get("meter")
        ]
    return out
