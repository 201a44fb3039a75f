"""What each cell of a Topic takes: names of which sort, a phrase of the grammar, or one of a few words."""

from __future__ import annotations

import re
from typing import NamedTuple

from skill.compiler.front import SETTINGS
from skill.compiler.grammar import FORMS
from skill.compiler.plays import CHANNELS, NOT_AN_ADMIN, SHOW
from skill.model.playbook import SoldAs


class Takes(NamedTuple):
    """What may stand in a cell."""

    names: str = ""
    """The sort of name, as `Index` sorts them: a list with commas, unless `phrase` says otherwise."""
    phrase: str = ""
    """A phrase of the grammar, or `limits` and `settings`: cells of `name: value; name: value`."""
    words: tuple[str, ...] = ()


class Slot(NamedTuple):
    """Where in a phrase a name stands."""

    sort: str
    pattern: str
    """A regular expression with `{}` for the name."""
    ending: str = ""
    """What a writer puts behind the name."""


_YES = Takes(words=("yes", "no"))
_AGE = Takes(phrase="duration")
_RULE = Takes(phrase="rule")
_THINGS: dict[str, dict[str, Takes]] = {
    "features": {
        "Kind": Takes(phrase="kind"),
        "Free for all": _YES,
        "Counts as value": Takes(phrase="counts"),
        "Each saves": Takes(phrase="saving"),
        "Free for": Takes("audiences"),
        "Only for": Takes("audiences"),
        "Needs role": Takes("roles"),
        "Alternatives": Takes("features"),
    },
    "articles": {"Needs": Takes("features"), "Readers": Takes(words=("customers", "internal"))},
    "product-bundles": {
        "Sold as": Takes(words=tuple(kind.value for kind in SoldAs)),
        "Unlocks": Takes("features"),
        "Includes": Takes("plans"),
        "Available on": Takes("plans"),
        "Can move from": Takes("plans"),
        "Needs": Takes("bundles"),
        "Not together with": Takes("bundles"),
        "Contains": Takes("bundles"),
        "Sold to": Takes("audiences"),
        "Who can buy": Takes("roles"),
        "Billed to": Takes("roles"),
        "Only when ready": _YES,
        "Price": Takes(phrase="price"),
        "Limits": Takes(phrase="limits"),
        "Settings": Takes(phrase="settings"),
    },
    "expansion-playbooks": {
        "Applies to": _RULE,
        "Channel": Takes(words=tuple(CHANNELS)),
        "In the product": Takes(words=tuple(SHOW)),
        "Window": Takes(phrase="stage"),
        "Only for offers": Takes("bundles"),
        "At most": Takes(phrase="cap"),
        "Due": Takes(phrase="due"),
        "If not an admin": Takes(words=NOT_AN_ADMIN),
        "Then": Takes(phrase="then"),
        "Variants": Takes(phrase="variant"),
    },
    "meters": {
        "Resets": Takes(words=("daily", "weekly", "monthly", "yearly", "never")),
        "Limit is": Takes(words=("hard", "soft")),
        "Maximum age": _AGE,
    },
    "usage-thresholds": {
        "What we count": Takes(phrase="counts"),
        "Holds when": Takes(phrase="holds"),
        "Over": Takes(phrase="window"),
        "Means": Takes(words=("warming", "ready")),
        "Offer": Takes("bundles"),
        "Audience": Takes("audiences"),
    },
    "restraint": {
        "Situation": Takes(phrase="situation"),
        "Pause offers for": Takes(phrase="pause"),
        "Unless": Takes(phrase="unless"),
    },
    "traits": {
        "Type": Takes(words=("one of", "money", "number", "date", "yes or no", "text")),
        "Maximum age": _AGE,
    },
    "roles": {"Can buy": _YES, "Is told": _YES},
    "journey": {"Holds when": Takes(phrase="moment")},
    "audiences": {"Rule": _RULE},
    "events-and-facts": {"Sort": Takes(words=("event", "fact", "page"))},
}
_COUNTED = (
    Slot("bundles", r"attempts: ?anything in {}"),
    Slot("features", r"attempts: ?{}"),
    Slot("pages", r"views: ?{}"),
    Slot("events", r"events: ?{}"),
    Slot("facts", r"fact: ?{}"),
    Slot("traits", r"fact: ?{}"),
    Slot("meters", r"ratio: ?{}"),
    Slot("meters", r"ratio: ?[^/]*/ ?{}"),
)
SLOTS_OF: dict[str, tuple[Slot, ...]] = {
    "counts": (*_COUNTED, Slot("meters", r"(?:^|\band ){}")),
    "moment": (*_COUNTED, Slot("meters", r"^{}")),
    "rule": (
        Slot("bundles", r"\b(?:has|have) {}"),
        Slot("features", r"\b(?:uses|use) {}"),
        Slot("plans", r"\bplan is (?:not )?{}"),
        Slot("roles", r"\brole is (?:not )?{}"),
        Slot("bundles", r"\bbundles is (?:not )?{}"),
        Slot("signals", r"{} (?:holds|does not hold)", " holds"),
        Slot("moments", r"{} is (?:not )?reached", " is reached"),
        Slot("traits", r"{} is\b", " is "),
        Slot("audiences", r"{} is\b", " is true"),
    ),
    "kind": (Slot("meters", r"(?:metered |, ?){}"),),
    "limits": (Slot("meters", r"(?:^|; ?){}(?= ?:)", ": "),),
    "settings": (Slot("features", r"(?:^|; ?){}(?= ?:)", ": "),),
    "situation": (
        Slot("audiences", r"^{}$"),
        Slot("moments", r"^{} not reached", " not reached"),
    ),
    "priors": (Slot("bundles", r"(?:^|, ?){}(?= \d)", " "),),
    "stage": (Slot("moments", r"^{}$"),),
}
"""Where names stand in each phrase that has some; the more particular place first."""
_OPENINGS: dict[str, tuple[str, ...]] = {
    "rule": (
        "everyone",
        "has ",
        "does not have ",
        "uses ",
        "does not use ",
        "plan is ",
        "role is ",
        "upsell_readiness is ready",
    ),
    "counts": (
        "attempts: ",
        "attempts: anything in ",
        "views: ",
        "events: ",
        "ratio: ",
        "fact: ",
    ),
    "moment": ("events: ", "fact: "),
    "kind": ("switch", "setting", "metered "),
    "limits": (),
    "settings": (),
    "priors": (),
}
"""How a phrase with names begins; its forms in the grammar name things that a folder may not have."""
LONGEST = 2_000
"""Letters of a phrase in which names are looked for; nobody writes a longer one."""
_ABOUT_A_MOMENT = re.compile(r"First win")


def takes(table: str, name: str) -> Takes:
    """What a field or column takes; nothing in particular where it is free text."""
    return _THINGS.get(table, {}).get(name, Takes())


def setting_takes(key: str) -> Takes:
    """What a key of the front matter takes."""
    if key == "generated":
        return _YES
    return Takes(phrase=SETTINGS.get(key, ""))


def openings(phrase: str) -> tuple[str, ...]:
    """What may be written at the beginning of a phrase, as it stands or to be gone on with."""
    if phrase in _OPENINGS:
        return _OPENINGS[phrase]
    forms = next((forms for start, forms in FORMS.items() if start == phrase), ())
    return tuple(form for form in forms if not _ABOUT_A_MOMENT.search(form))
