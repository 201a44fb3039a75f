"""One entry of what is reported, read and judged by itself: it can be kept, or why not."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from pydantic import ValidationError

from skill.model.common import slug
from skill.sources.faults import (
    Fault,
    Path,
    Refused,
    faults_of,
    nearest,
    refuse_unusable,
    refuse_wild,
)
from skill.store.reserved import EVERYBODY, FAMILIES, RESERVED, Reserved
from skill.store.usage import EventEntry, Placed, UsageEntry

AHEAD = timedelta(hours=24)
"""How far a producer's clock may be before ours."""

_LONGEST_TEXT = 200
"""Characters of a property that names something."""

_REASON_OF = {"value": "bad_value", "at": "bad_time"}
"""What an entry is counted as that is wrong in this field."""

_USUAL_YEARS = range(1970, 2200)
_USUAL_VALUE, _USUAL_DIGITS = 10**15, 25
"""Well within the bounds of `refuse_wild`: beyond them it looks closer."""

_NEAR = 0.85
"""So alike two names are that one is taken for a slip: `ticket.open` is, `ticket.created` is not."""

_Entry = TypeVar("_Entry", UsageEntry, EventEntry)


@dataclass(frozen=True, slots=True)
class Checks:
    """What an entry is judged by."""

    now: datetime
    meters: Mapping[str, str] | None = None
    """Unit of each declared meter, by key; None where no Topics are served yet, so nobody can say."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """An entry that cannot be kept."""

    reason: str
    """What it is counted as: `bad_entry`, `bad_value`, `bad_time`, `ahead_of_clock`, `unknown_meter`, `wrong_unit`,
    `unknown_name`, `unknown_type`; a file adds `not_json`, `bad_row` and `too_long`."""
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries as they were read: what can be kept, and what cannot, each with its place."""

    placed: tuple[Placed, ...] = ()
    unfit: tuple[Unfit, ...] = ()

    @property
    def refused(self) -> Counter[str]:
        """How many cannot be kept, by reason."""
        return Counter(one.reason for one in self.unfit)

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.placed) + len(self.unfit)


def batch_of(read: Iterable[Placed | Unfit]) -> Batch:
    """The two kinds apart, each in the order in which it was sent."""
    placed: list[Placed] = []
    unfit: list[Unfit] = []
    for one in read:
        if isinstance(one, Placed):
            placed.append(one)
        else:
            unfit.append(one)
    return Batch(tuple(placed), tuple(unfit))


def read_usage(
    raw: object,
    place: Path,
    checks: Checks,
    *,
    source: str = "",
    places: Mapping[str, Path] | None = None,
) -> Placed | Unfit:
    """A usage reading, or why it cannot be kept.

    Args:
        raw: parsed JSON.
        place: where it stands in what was sent.
        checks: what it is judged by.
        source: who reports it, where ids are per source.
        places: where its fields stood before they were put together, for faults to name.
    """
    found = _read(raw, UsageEntry, checks)
    if isinstance(found, UsageEntry):
        found = _misfit_reading(found, checks) or found
    return _placed(found, place, source, places or {})


def read_event(
    raw: object,
    place: Path,
    checks: Checks,
    *,
    source: str = "",
    places: Mapping[str, Path] | None = None,
) -> Placed | Unfit:
    """An event of the product, or a reserved one; or why it cannot be kept. Arguments as of `read_usage`."""
    found = _read(raw, EventEntry, checks)
    if isinstance(found, EventEntry):
        found = _misfit_event(found) or found
    return _placed(found, place, source, places or {})


def read_row(raw: object, place: Path, checks: Checks, *, source: str = "") -> Placed | Unfit:
    """A line of a file: a reading has a `meter`, an event an `event` (or `name`)."""
    if not isinstance(raw, Mapping):
        return unfit("bad_entry", place, "must be an object with names and values")
    if "meter" in raw and "event" in raw:
        return unfit("bad_entry", (*place, "event"), "stands beside `meter`: give one of the two")
    if "meter" in raw:
        return read_usage(raw, place, checks, source=source)
    if "event" not in raw:
        if "name" not in raw:
            return unfit("bad_entry", place, "has neither `meter` nor `event`")
        return read_event(raw, place, checks, source=source)
    if "name" in raw:
        return unfit("bad_entry", (*place, "name"), "stands beside `event`: give one of the two")
    named = {("name" if key == "event" else key): value for key, value in raw.items()}
    return read_event(named, place, checks, source=source, places={"name": ("event",)})


def unfit(reason: str, place: Path, wrong: str, help: str = "") -> Unfit:
    """An entry with one fault; `wrong` follows the name of its place."""
    named = Fault(place, "", "").dotted
    return Unfit(reason, (Fault(place, f"`{named}` {wrong}" if named else wrong, reason, help),))


def accounts_of(placed: Placed) -> frozenset[str]:
    """Every account that an entry changes something of."""
    entry = placed.entry
    if isinstance(entry, EventEntry) and entry.name in RESERVED:
        needs = RESERVED[entry.name].needs
        named = (str(entry.properties[name]) for name in ("from", "into") if name in needs)
        return frozenset((entry.account, *named))
    return frozenset((entry.account,))


def _read(raw: object, model: type[_Entry], checks: Checks) -> _Entry | Unfit:
    try:
        if not _is_simple(raw):
            refuse_unusable(raw)
        found = model.model_validate(raw)
        if not _is_tame(found):
            refuse_wild(found)
    except ValidationError as error:
        return _unfit_by(faults_of(error, model))
    except Refused as error:
        return _unfit_by(error.faults)
    if found.at - checks.now > AHEAD:
        told = found.at.astimezone(UTC).isoformat(timespec="seconds")
        return unfit(
            "ahead_of_clock",
            ("at",),
            f"is {told}, more than 24 hours ahead of our clock",
            "set the producer's clock, and send it again",
        )
    return found


def _is_simple(raw: object) -> bool:
    """Whether everything in it is short to tell for usable: so are nearly all entries, and a closer look is dear."""
    if not isinstance(raw, dict):
        return False
    for key, value in raw.items():
        if isinstance(value, str):
            if not value.isascii() or "\0" in value:
                return False
        elif isinstance(value, float):
            if not math.isfinite(value):
                return False
        elif value is not None and not isinstance(value, int):
            return False
        if not isinstance(key, str) or not key.isascii() or "\0" in key:
            return False
    return True


def _is_tame(entry: UsageEntry | EventEntry) -> bool:
    """Whether its figures and time are surely within bounds; the same for speed as `_is_simple`."""
    if entry.at.year not in _USUAL_YEARS:
        return False
    if isinstance(entry, EventEntry):
        return not entry.properties
    return entry.value <= _USUAL_VALUE and len(entry.value.as_tuple().digits) <= _USUAL_DIGITS


def _unfit_by(faults: Sequence[Fault]) -> Unfit:
    """The reason is that of the first fault whose field tells one."""
    told = (
        _REASON_OF[str(one.path[0])]
        for one in faults
        if one.path and one.path[0] in _REASON_OF and one.code != "missing"
    )
    return Unfit(next(told, "bad_entry"), tuple(faults))


def _misfit_reading(entry: UsageEntry, checks: Checks) -> Unfit | None:
    if entry.account == EVERYBODY:
        return unfit("bad_entry", ("account",), "must name one account here")
    if checks.meters is None:
        return None
    unit = checks.meters.get(entry.meter)
    if unit is None:
        near = nearest(entry.meter, sorted(checks.meters))
        return unfit(
            "unknown_meter", ("meter",), f"is `{entry.meter}`, which no Topic declares", near
        )
    if entry.unit is not None and slug(entry.unit) != slug(unit):
        return unfit(
            "wrong_unit",
            ("unit",),
            f"is `{entry.unit}`, and `{entry.meter}` counts in `{unit}`",
            f"send it in `{unit}`",
        )
    return None


def _misfit_event(entry: EventEntry) -> Unfit | None:
    meaning = RESERVED.get(entry.name)
    if meaning is None:
        meant = _misspelt(entry.name)
        if meant:
            help = f"did you mean `{meant}`? An event of your own needs a name that is less like it"
            return unfit("unknown_name", ("name",), f"is `{entry.name}`, which is not known", help)
    elif meaning.needs_person and entry.person is None:
        return unfit("bad_entry", ("person",), f"is missing, and `{entry.name}` needs it")
    if entry.account == EVERYBODY and (meaning is None or meaning.kind != "incident"):
        return unfit("bad_entry", ("account",), "must name one account here")
    if meaning is None:
        return None
    return _misfit_properties(entry, meaning)


@lru_cache(maxsize=4_096)
def _misspelt(name: str) -> str:
    """The reserved name that is meant; empty where none is: a ticket that is never known as open restrains nobody."""
    if name.lower().partition(".")[0] not in FAMILIES:
        return ""
    return next(iter(difflib.get_close_matches(name.lower(), RESERVED, n=1, cutoff=_NEAR)), "")


def _misfit_properties(entry: EventEntry, meaning: Reserved) -> Unfit | None:
    for name in (*meaning.needs, *meaning.may):
        value = entry.properties.get(name)
        place: Path = ("properties", name)
        if value is None or value == "":
            if name in meaning.needs:
                return unfit("bad_entry", place, f"is missing, and `{entry.name}` needs it")
            continue
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
            return unfit(
                "bad_entry", place, f"must be one line of at most {_LONGEST_TEXT} characters"
            )
        if name == "offer" and not slug(value):
            return unfit("bad_entry", place, "needs at least one letter or digit")
    if meaning.kind in ("merge", "move"):
        ends = entry.properties["from"], entry.properties["into"]
        if ends[0] == ends[1] or EVERYBODY in ends:
            return unfit("bad_entry", ("properties", "into"), "must be another account than `from`")
        if entry.account not in ends:
            return unfit("bad_entry", ("account",), "must be the one of `from` or `into`")
    return None


def _placed(
    found: UsageEntry | EventEntry | Unfit, place: Path, source: str, places: Mapping[str, Path]
) -> Placed | Unfit:
    if not isinstance(found, Unfit):
        # No part of an entry's own place needs to be escaped.
        return Placed(found, "".join(f"/{part}" for part in place), source)
    faults = tuple(_moved(fault, place, places) for fault in found.faults)
    return replace(found, faults=faults)


def _moved(fault: Fault, place: Path, places: Mapping[str, Path]) -> Fault:
    """The fault with the place where its field stood in what was sent."""
    first, rest = (fault.path[:1], fault.path[1:])
    inside = places.get(str(first[0]), first) if first else ()
    path = (*inside, *rest)
    old, new = fault.dotted, Fault(path, "", "").dotted
    detail = fault.detail.replace(f"`{old}`", f"`{new}`") if old and new else fault.detail
    return replace(fault, path=(*place, *path), detail=detail)
