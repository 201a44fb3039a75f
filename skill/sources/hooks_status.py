"""A status page's incident webhook, in the shape that Statuspage sends: an incident begins or is over, for everybody.

Source: Atlassian Statuspage "Webhook notifications".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skill.store.reserved import EVERYBODY

_ENDED = frozenset(("resolved", "postmortem", "completed"))

_ANNOUNCED = "scheduled"
"""A maintenance that has not begun: nothing is out of order."""

_LONGEST_TOUCHES = 200
"""Characters; so many of the components' names are kept whole."""


def of_statuspage(message: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """The entries that a message is worth: that an incident began, and that it ended where it is over.

    Each message says the whole state, so the beginning is told again with each; the same twice changes nothing.
    None for a change of a component alone, or a maintenance that is only announced.
    """
    incident = message.get("incident")
    if not isinstance(incident, Mapping):
        return ()
    state = str(incident.get("status", "")).lower()
    if state == _ANNOUNCED:
        return ()
    began = incident.get("started_at") or incident.get("created_at")
    properties = {"incident": incident.get("id"), "touches": _touches(incident)}
    told = {name: said for name, said in properties.items() if said}
    entries = [_entry("incident.started", began, told)]
    updated = incident.get("updated_at")
    if state in _ENDED:
        entries.append(_entry("incident.ended", incident.get("resolved_at") or updated, told))
    elif updated and updated != began:
        # It may have been over in between: an incident that is opened again keeps its first beginning.
        entries.append(_entry("incident.started", updated, told))
    return entries


def _entry(name: str, at: object, properties: Mapping[str, object]) -> Mapping[str, object]:
    entry = {"account": EVERYBODY, "name": name, "properties": properties}
    return entry if at is None else {**entry, "at": at}


def _touches(incident: Mapping[str, object]) -> str:
    components = incident.get("components")
    found = ""
    for one in components if isinstance(components, list) else ():
        name = one.get("name") if isinstance(one, Mapping) else None
        if not isinstance(name, str):
            continue
        longer = f"{found}, {name.replace(',', ' ')}".removeprefix(", ")
        if len(longer) <= _LONGEST_TOUCHES:
            found = longer
    return found
