"""The verifier's part for facts: what a fact says stands where it says, and is of what the slot speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from skill.agent.grounding_offers import Problem
from skill.model.common import plain_number
from skill.model.playbook import Playbook
from skill.policy import gate
from skill.policy.offers import waiting

_PLACE = re.compile(r"(?P<file>[^:]+\.md):(?P<line>\d+)")


def facts(playbook: Playbook, body: dict[str, Any]) -> Iterator[Problem]:
    """Each fact of an answer that claims a place in a Topic, held against what stands there; and the plan's name."""
    plans = {b.name for b in playbook.bundles.values() if b.sold_as == "plan"}
    for i, fact in enumerate(body["facts"]):
        where = f"/facts/{i}"
        match = _PLACE.fullmatch(fact["source"])
        is_cost = fact["name"].startswith("cost.")  # held against its offer, in `grounding_cost`
        if (
            match
            and not is_cost
            and not _stands_there(playbook, fact, match["file"], int(match["line"]))
        ):
            yield Problem(where, f"`{fact['value']}` does not stand at {fact['source']}")
        if fact["name"].startswith(("price.", "trial.", "setting.")) and not match:
            yield Problem(where, "a price needs its place in a Topic")
        if fact["name"].startswith("limit.") and not match and fact["source"] == "plan":
            yield Problem(where, "the limit of a plan needs its place in a Topic")
        if fact["name"].startswith("reset.") and not _begins_again(playbook, fact):
            yield Problem(where, f"`{fact['value']}` is not when that meter begins again")
        if fact["name"] == "plan" and fact["value"] not in plans:
            yield Problem(where, f"no plan is called `{fact['value']}`")


def _begins_again(playbook: Playbook, fact: dict[str, Any]) -> bool:
    """Whether a day, or the days until then, follow from the meter's own row and the moment of asking."""
    key, _, what = fact["name"].removeprefix("reset.").partition(".")
    meter = playbook.meters.get(key)
    try:
        now = datetime.fromisoformat(fact["as_of"])
    except (TypeError, ValueError):
        return False
    end = gate.period_end(meter, gate.period_start(meter, now))
    if end is None or end - now > waiting.SOON:
        return False
    days = (end.date() - now.astimezone(UTC).date()).days
    return bool(fact["value"] == (str(days) if what == "days" else end.date().isoformat()))


def _stands_there(playbook: Playbook, fact: dict[str, Any], file: str, line: int) -> bool:
    kind, _, key = fact["name"].partition(".")
    for bundle in playbook.bundles.values():
        if kind == "price" and bundle.key == key:
            if any(_at(p.span, file, line) and p.text == fact["value"] for p in bundle.prices):
                return True
        elif kind == "trial" and bundle.key == key:
            if _at(bundle.span, file, line) and bundle.try_it == fact["value"]:
                return True
        elif kind == "setting":
            for setting in bundle.settings:
                if setting.feature == key and _at(setting.span, file, line):
                    return bool(setting.value == fact["value"])
        elif kind == "limit":
            for row in bundle.limits:
                amount = "unlimited" if row.value is None else plain_number(row.value)
                if row.meter == key and _at(row.span, file, line) and amount == fact["value"]:
                    return True
    return False


def is_for(name: str, slot: str, meters: set[str]) -> bool:
    """Whether a fact of this name may stand behind this slot, of a meter that the asked features count."""
    signal, _, part = slot.rpartition(".")
    if signal and part != "days_left":
        return name == f"signal.{slot}"
    if name.startswith("signal.") and name.endswith("." + part):
        return True
    if part == "limit":
        return name.removeprefix("limit.") in meters
    if part in ("used", "left", "percent"):
        meter, _, what = name.removeprefix("usage.").partition(".")
        return (
            name.startswith("usage.")
            and meter in meters
            and what == ("" if part == "used" else part)
        )
    if part in ("reset_day", "reset_days"):
        meter, _, what = name.removeprefix("reset.").partition(".")
        is_days = what == ("" if part == "reset_day" else "days")
        return name.startswith("reset.") and meter in meters and is_days
    wanted = {
        "plan": "plan",
        "trial": "trial.",
        "setting": "setting.",
        "quantity": "quantity.",
        "owner_name": "owner",
        "admin_names": "admins",
        "days_left": "days_left",
    }
    return name.startswith(wanted.get(part, "\0"))


def _at(span: Any, file: str, line: int) -> bool:
    return bool(span.file == file and span.line == line)
