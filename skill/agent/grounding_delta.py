"""The verifier's part for what an offer changes: each side's sources stand in the Topics, add up, and fit the offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from skill.agent.grounding_offers import Problem
from skill.model.decision import Step
from skill.model.delta import DeltaLine, Part, Side
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.policy.value.delta import change_of

Body = Mapping[str, Any]
_TOLD_BY_THE_ACCOUNT = ("grant", "override")
"""Sources that no Topic can prove: only the account says so."""


def deltas(playbook: Playbook, body: Body) -> Iterator[Problem]:
    """What of the differences in an answer's offers is not proven."""
    for i, offer in enumerate(body["recommended_offers"]):
        yield from delta(playbook, f"/recommended_offers/{i}/delta", offer)


def delta(playbook: Playbook, where: str, offer: Body) -> Iterator[Problem]:
    """What in an offer's `delta` is not proven, with no other input than the Topics and the offer itself."""
    known = playbook.bundles.get(offer["id"])
    if known is None:
        yield Problem(where, f"no bundle `{offer['id']}`")
        return
    quantity = offer.get("quantity", 1)
    ids = [s["id"] for s in offer.get("steps") or ()] or [offer["id"]]
    steps = [Step(bundle=i, quantity=quantity if i == ids[-1] else 1) for i in ids]
    if any(step.bundle not in playbook.bundles for step in steps):
        yield Problem(where, "steps that are no bundles of these Topics")
        return
    lines: list[DeltaLine] = []
    for i, told in enumerate(offer["delta"]):
        try:
            line = told if isinstance(told, DeltaLine) else DeltaLine.model_validate(dict(told))
        except (ValidationError, TypeError, ValueError):
            yield Problem(f"{where}/{i}", "is no line of a difference")
            continue
        lines.append(line)
        for said in _line(playbook, line, steps):
            yield Problem(f"{where}/{i}", said)
    yield from _whole(where, lines, offer)


def _whole(where: str, lines: list[DeltaLine], offer: Body) -> Iterator[Problem]:
    """Each thing stands once, and what unblocks is what the offer unlocks or lifts."""
    keys = [(line.what == "limit", line.what == "setting", line.key) for line in lines]
    if len(keys) != len(set(keys)):
        yield Problem(where, "says one thing twice")
    marked = {line.key for line in lines if line.unblocks and line.what != "limit"}
    if lines and marked != set(offer["unlocks"]):
        yield Problem(where, "marks other features than the offer unlocks")
    lifted = {line.key for line in lines if line.unblocks and line.what == "limit"}
    if lines and lifted != ({offer["lifts"]} if offer.get("lifts") else set()):
        yield Problem(where, "marks another limit than the offer lifts")


def _line(playbook: Playbook, line: DeltaLine, steps: list[Step]) -> Iterator[str]:
    feature, meter = playbook.features.get(line.key), playbook.meters.get(line.key)
    thing = meter if line.what == "limit" else feature
    if thing is None or thing.name != line.name:
        yield f"no {line.what} `{line.key}` of that name"
        return
    is_control = feature is not None and bool(feature.needs_role)
    if line.what in ("feature", "control") and is_control != (line.what == "control"):
        yield f"`{line.name}` is no {line.what}"
    if line.unit != (meter.unit if line.what == "limit" and meter else ""):
        yield "is told in another unit than it is counted in"
    if line.change != change_of(line.now, line.then):
        yield f"`{line.change}` is not what its two sides say"
    if line.change == "same" and not line.unblocks:
        yield "is no difference"
    for name, side in (("now", line.now), ("then", line.then)):
        for said in _side(playbook, line, side):
            yield f"{name}: {said}"
    yield from _from_the_steps(playbook, line, steps)


def _side(playbook: Playbook, line: DeltaLine, side: Side) -> Iterator[str]:
    """One side alone: its parts say what the Topics say, and add up to it."""
    if bool(side.has) != bool(side.parts):
        yield "is held without a source, or has a source and is not held"
        return
    if not side.has:
        feature = playbook.features.get(line.key)
        if side.value is not None or side.text:
            yield "has a value and is not held"
        if side.has is False and line.what != "limit" and feature and feature.free_for_all:
            yield "is free for all"
        return
    for part in side.parts:
        if not _stands(playbook, line, part):
            yield f"`{part.name or part.source}` does not give this at {part.topic}:{part.line}"
    if line.what == "limit" and side.value != _sum(side.parts):
        yield "is not the sum of its parts"
    if line.what == "setting" and [p.text for p in side.parts] != [side.text]:
        yield "is not what its source says"
    if (line.what != "limit" and side.value is not None) or (line.what != "setting" and side.text):
        yield f"a {line.what} has no such value"


def _sum(parts: tuple[Part, ...]) -> Decimal | str | None:
    base = [p.value for p in parts if not p.extends]
    if len(base) != 1:
        return None
    if not isinstance(base[0], Decimal):
        return base[0]
    more = (p.value * p.times for p in parts if p.extends and isinstance(p.value, Decimal))
    return base[0] + sum(more, Decimal(0))


def _stands(playbook: Playbook, line: DeltaLine, part: Part) -> bool:
    """Whether a part says what stands at its place; what the account alone tells has no place."""
    feature = playbook.features.get(line.key)
    if part.source == "free for all":
        return feature is not None and feature.free_for_all and _at(part, feature)
    if part.source == "audience":
        audiences = [playbook.audiences[k] for k in feature.free_for] if feature else []
        return any(a.name == part.name and _at(part, a) for a in audiences)
    if part.source in _TOLD_BY_THE_ACCOUNT and not part.topic:
        return part.line is None
    bundle = _named(playbook, part.name)
    if bundle is None:
        return False
    if line.what == "setting":
        rows = [s for s in bundle.settings if s.feature == line.key]
        return any(s.value == part.text and _at(part, s) for s in rows)
    if line.what != "limit":
        return line.key in bundle.unlocks and _at(part, bundle)
    for row in bundle.limits:
        value = "unlimited" if row.value is None else row.value
        same = (row.meter, row.extends, value) == (line.key, part.extends, part.value)
        if same and _at(part, row):
            return True
    return False


def _at(part: Part, thing: Any) -> bool:
    return bool((part.topic, part.line) == (thing.span.file, thing.span.line))


def _named(playbook: Playbook, name: str) -> Bundle | None:
    return next((b for b in playbook.bundles.values() if b.name == name), None)


def _from_the_steps(playbook: Playbook, line: DeltaLine, steps: list[Step]) -> Iterator[str]:
    """What is held then and not now comes from a step; what a step gives is held then; only a plan ends anything."""
    bundles = [playbook.bundles[s.bundle] for s in steps]
    names = {b.name for b in bundles}
    before = {(p.source, p.name) for p in line.now.parts}
    free = ("free for all", "audience", "override")
    for part in line.then.parts:
        is_new = (part.source, part.name) not in before and part.name not in names
        if is_new and part.source not in free:
            yield f"`{part.name}` is no step of this offer"
    takes_plan = any(b.sold_as is SoldAs.PLAN for b in bundles)
    if line.change in ("lost", "less") and not takes_plan:
        yield "only another plan takes anything away"
    gives = any(line.key in b.unlocks for b in bundles)
    if line.what in ("feature", "control") and gives and line.then.has is False:
        yield "a step gives this"
