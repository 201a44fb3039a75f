"""CloudEvents 1.0 in structured JSON: an envelope around a reading or an event of ours.

Source: CloudEvents 1.0.2, "JSON Event Format" and "JSON Batch Format".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from skill.sources.entries import Checks, Unfit, read_event, read_usage, unfit
from skill.sources.faults import Path, nearest
from skill.store.usage import LONGEST_SOURCE, Placed

USAGE, EVENT = "tactful.usage.v1", "tactful.event.v1"
"""The two values of `type`."""

_ATTRIBUTES = frozenset(
    (
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "subject",
        "data",
        "datacontenttype",
        "dataschema",
    )
)

_EXTENSION = re.compile(r"[a-z0-9]{1,40}")
"""Attributes that others add, such as `traceparent`: a receiver lets them pass. Source: CloudEvents "Extension"."""

_PLACES: Mapping[str, Path] = {"account": ("subject",), "at": ("time",)}

_JSON = re.compile(r"application/([\w.-]+\+)?json\s*(;.*)?", re.IGNORECASE)


def read_envelope(raw: object, place: Path, checks: Checks) -> Placed | Unfit:
    """The reading or event in an envelope, or why it cannot be kept; its id is unique per `source`."""
    if not isinstance(raw, Mapping):
        return unfit("bad_entry", place, "must be an object with names and values")
    wrong = _wrong(raw, place)
    if wrong is not None:
        return wrong
    kind, data = raw["type"], raw.get("data")
    if not isinstance(data, Mapping):
        return unfit("bad_entry", (*place, "data"), "must be an object with names and values")
    outside = {"id", "account", "at"} & data.keys()
    if outside:
        name = sorted(outside)[0]
        return unfit("bad_entry", (*place, "data", name), "stands in the envelope, not in `data`")
    told = {"id": raw.get("id"), "account": raw.get("subject"), "at": raw.get("time")}
    flat = {**data, **{name: value for name, value in told.items() if value is not None}}
    places = {**{str(name): ("data", str(name)) for name in data}, **_PLACES, "id": ("id",)}
    # A field of `data` that is missing is missed there.
    for name in ("meter", "value", "name"):
        places.setdefault(name, ("data", name))
    read = read_usage if kind == USAGE else read_event
    return read(flat, place, checks, source=str(raw["source"]), places=places)


def _wrong(raw: Mapping[object, object], place: Path) -> Unfit | None:
    for name in raw:
        if not isinstance(name, str) or not (name in _ATTRIBUTES or _EXTENSION.fullmatch(name)):
            shown = str(name)[:40]
            return unfit("bad_entry", (*place, shown), "is no name of an attribute")
    if raw.get("specversion") != "1.0":
        return unfit("bad_entry", (*place, "specversion"), "must be `1.0`")
    source = raw.get("source")
    if not isinstance(source, str) or not source:
        return unfit("bad_entry", (*place, "source"), "must name who reports this")
    if len(source) > LONGEST_SOURCE or not source.isprintable():
        return unfit(
            "bad_entry", (*place, "source"), f"must be at most {LONGEST_SOURCE} plain characters"
        )
    kind = raw.get("type")
    if kind not in (USAGE, EVENT):
        near = nearest(kind if isinstance(kind, str) else "", (USAGE, EVENT))
        return unfit("unknown_type", (*place, "type"), "is no type that is read here", near)
    media = raw.get("datacontenttype", "application/json")
    if not isinstance(media, str) or not _JSON.fullmatch(media):
        return unfit("bad_entry", (*place, "datacontenttype"), "must be JSON")
    return None
