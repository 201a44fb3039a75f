"""Unready: the signals that would have to hold before an offer is made that needs a ready account."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from skill.model.common import plain_number
from skill.model.decision import Unlock
from skill.model.readiness import SignalTold
from skill.model.rules import Truth
from skill.policy.signals import readiness
from skill.policy.why.failed import Failed, failure
from skill.policy.why.scene import Scene


def of_readiness(scene: Scene, way: Unlock) -> Iterator[Failed]:
    """A bundle that is offered only to who is ready; and any bundle, where nobody asked."""
    waits = [b for b in (scene.playbook.bundles[s.bundle] for s in way.steps) if b.only_when_ready]
    found = readiness.readiness(way.bundle, scene.signals)
    if found.level == "ready" or not (waits or not scene.asked):
        return
    needed = "one ready signal, or two warming ones"
    state = "of unknown readiness" if found.level == "unknown" else found.level
    truth = Truth.UNKNOWN if found.level == "unknown" else Truth.FALSE
    rows = {r.key: r for r in scene.playbook.thresholds if r.offer == way.bundle}
    if not scene.asked:
        yield failure(
            "unasked",
            "asked about, or the account is ready",
            f"nothing was asked, and the account is {state} for {scene.name(way.bundle)}",
            needed,
            truth=truth,
            final=not rows,
        )
    else:
        span = scene.place(waits[0], "Only when ready")
        value = f"the account is {state} for it"
        yield failure("ready", "only when ready", value, needed, span, truth=truth, final=not rows)
    for key in scene.nearest():
        if key not in rows:
            continue
        row, told = rows[key], scene.told[key]
        over = f" over {told.window}" if told.window and told.window != "now" else ""
        who = f", for {told.audience}" if told.audience else ""
        yield failure(
            "signal",
            f"signal {row.signal} ({row.means})",
            figure(told),
            f"{told.counts}: {told.holds_when or 'holds'}{over}{who}",
            row.span,
            scene.turner.signal(row.key),
            truth=told.truth,
            distance=told.distance,
        )


def figure(told: SignalTold) -> str:
    """The value of a signal as it stands: `7 of 10 seats`, `3 times`; what was missing where nobody can say."""
    if told.truth is Truth.UNKNOWN and told.missing:
        return f"not known: {', '.join(told.missing)}"
    if told.value is None:
        return "not known"
    if isinstance(told.value, str):
        return told.value
    value, unit = plain_number(told.value), told.unit
    if told.grown is not None:
        grown = plain_number(told.grown.figure)
        return f"{counted(value, unit, told.value)}, grown by {grown}{'%' if told.grown.unit == '%' else ''}"
    if told.limit is None:
        return counted(value, unit, told.value)
    if not isinstance(told.limit.value, Decimal):
        return f"{counted(value, unit, told.value)}, unlimited"
    whole = counted(plain_number(told.limit.value), unit, told.limit.value)
    pace = f", on pace for {plain_number(told.projected)}" if told.projected is not None else ""
    return f"{value} of {whole}{pace}"


def counted(value: str, unit: str, amount: Decimal) -> str:
    """`1 seat`, `2 seats`, `3 GB`, `once` as `1 time`."""
    if unit in ("", "%"):
        return f"{value}{unit}"
    is_word = unit.islower() and unit.replace("_", "").isalpha()
    word = unit.removesuffix("s") if is_word else unit
    return f"{value} {word}{'s' if is_word and amount != 1 else ''}"
