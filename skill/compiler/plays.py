"""Plays: for whom, through which channel, how often, and what comes after; and the workspace's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from skill.compiler import grammar
from skill.compiler.diagnostics import finding
from skill.compiler.features import reviewed
from skill.compiler.fields import FORMS, Fields, one_of
from skill.compiler.names import Names
from skill.compiler.rules import read_rule
from skill.compiler.tables import phrase
from skill.model.common import slug
from skill.model.playbook import JourneyWindow, Play
from skill.model.topic import Cell, Field, Section, Topic

T = TypeVar("T")
WINDOWS = ("onboarding", "adoption", "pre-renewal", "post-incident")
"""The windows of the journey, by the first word of their phrase."""
CHANNELS = {
    "in the product": "in_app",
    "in-app notification": "in_app",
    "in app": "in_app",
    "task for the account owner": "owner_task",
    "owner task": "owner_task",
    "email": "email",
    "none": "none",
}
SHOW = {
    "show the offer": False,
    "answer and show the offer": False,
    "answer the question and show the offer": False,
    "answer the question only, show no offer": True,
    "answer only": True,
    "show no offer": True,
    "nothing": True,
}
NOT_AN_ADMIN = (
    "show a note to forward to the admins",
    "show a note to forward",
    "name the admins",
    "show nothing",
)


def read_play(topic: Topic, section: Section, names: Names) -> Play:
    """One play from its section."""
    fields = Fields(section, FORMS["expansion-playbooks"], names.found)
    rule = fields.one("Applies to")
    channel = one_of(fields.one("Channel"), CHANNELS, "in_app", names.found)
    caps = _all(fields, "At most", grammar.read_cap, names)
    dues = _all(fields, "Due", grammar.read_due, names)
    one_of(fields.one("If not an admin"), dict.fromkeys(NOT_AN_ADMIN), None, names.found)
    return Play.model_validate(
        {
            "key": slug(section.heading),
            "name": section.heading,
            "applies_to": read_rule(rule.value, rule.span, names) if rule else None,
            "channel": channel,
            "holds_offers_back": one_of(
                fields.one("In the product"), SHOW, channel == "none", names.found
            ),
            "in_the_product": fields.text("In the product"),
            "category": slug(fields.text("Category")),
            "journey": _window(fields, names),
            "only_offers": names.keys(
                "bundles", fields.parts("Only for offers"), where=f"play `{section.heading}`"
            ),
            "at_most": fields.text("At most"),
            "cap": next(iter(caps), None),
            "due": fields.text("Due"),
            "within": next(iter(dues), None),
            "if_not_an_admin": fields.text("If not an admin"),
            "then": tuple(row.value for row in fields.all("Then")),
            "follow_ups": _all(fields, "Then", grammar.read_then, names),
            "variants": _all(fields, "Variants", grammar.read_variant, names),
            "quotes": reviewed(section.quotes, topic),
            "notes": section.notes,
            "span": section.span,
        }
    )


def _window(fields: Fields, names: Names) -> JourneyWindow | None:
    """One of the four windows of the journey, or a moment of the writer's own."""
    row = fields.one("Window")
    if row is None:
        return None
    moment = slug(row.value)
    if moment in names.moments and moment not in WINDOWS:
        names.used.add(moment)
        return JourneyWindow(kind="moment", moment=moment)
    at = Cell(text=row.value, span=row.span)
    window = phrase(grammar.read_stage, at, "`Window`", names, code="T108")
    if window is not None:
        _check_window(window, row, names)
    return window


_NEEDS = {
    "onboarding": ("moments", "First win"),
    "adoption": ("moments", "Committed"),
    "pre_renewal": ("traits", "renewal date"),
}
"""What a window goes by, where no moment of its own name says when it is open."""


def _check_window(window: JourneyWindow, row: Field, names: Names) -> None:
    """A window whose moment or trait nobody declared is never known to be open."""
    what, name = _NEEDS.get(window.kind, ("", ""))
    if not what or slug(name) in getattr(names, what):
        return
    own = window.kind.replace("_", "-")
    if own in names.moments:
        return
    where = "## Journey" if what == "moments" else "## Traits"
    names.found.append(
        finding(
            "T204",
            row.span,
            f"this window is never open: no `{name}` is declared",
            f"add `{name}` under `{where}`, or a moment `{own.capitalize()}` that says when it is",
            width=len(row.value),
        )
    )


def _all(fields: Fields, name: str, read: Callable[[str], T], names: Names) -> tuple[T, ...]:
    """Every row of a field that can be read."""
    cells = [Cell(text=row.value, span=row.span) for row in fields.all(name)]
    found = (phrase(read, at, f"`{name}`", names, code="T108") for at in cells)
    return tuple(value for value in found if value is not None)


def check_settings(topic: Topic, names: Names) -> None:
    """The priors of the front matter name bundles."""
    text = topic.settings.get("priors", "")
    if not text:
        return
    try:
        priors: dict[str, Any] = grammar.read_priors(names.quoted(text))
    except grammar.Unreadable:
        return  # told where the front matter was read
    for name in priors:
        column = topic.places["priors"].column + max(text.find(name), 0)
        at = topic.places["priors"].model_copy(update={"column": column})
        names.key("bundles", name, at, where="the priors")
