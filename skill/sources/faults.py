"""What is wrong with input, in plain words: each fault, its place, and the nearest right name."""

from __future__ import annotations

import difflib
import math
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from skill.errors import InputError

Path = tuple[str | int, ...]

_DEEPEST = 40
"""Nesting of JSON; what we read is at most 4 deep."""

_LARGEST_POWER = 30
"""Of ten: no count or amount of a customer is beyond it, and arithmetic stays cheap."""

_YEARS = range(1900, 3000)

_A_TIME = "write it like 2026-11-20T09:00:00Z"

_MUST_BE = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "decimal_max_digits": "has too many digits",
    "finite_number": "must be a number that is finite",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be an object with names and values",
    "model_type": "must be an object with names and values",
    "model_attributes_type": "must be an object with names and values",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "has characters that are not allowed here",
    "string_unicode": "is not readable text",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    path: Path
    detail: str
    code: str
    help: str = ""

    @property
    def dotted(self) -> str:
        """The place as people write it: `usage[0].at`."""
        return "".join(
            f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in self.path
        ).lstrip(".")

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer: `/usage/0/at`. Source: RFC 6901."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)


class Refused(InputError):
    """Input with one fault or more; nothing of it was used."""

    def __init__(self, faults: Sequence[Fault], where: str = "") -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{first.detail}{more}", pointer=first.dotted, help=first.help)
        self.faults = tuple(faults)


def faults_of(error: ValidationError, model: type[BaseModel]) -> tuple[Fault, ...]:
    """What is wrong with input for `model`, one fault a place, in the order of its fields."""
    found: dict[Path, Fault] = {}
    for each in error.errors(include_url=False, include_context=True):
        path, known = _walk(each["loc"], model)
        fault = _fault(each, path, known)
        found.setdefault(fault.path, fault)
    return tuple(found.values())


def refuse_unusable(data: object, where: str = "") -> None:
    """Refuse parsed JSON that no database or text can hold, before anything else looks at it.

    Raises:
        Refused: a NUL or half a character in a text, a number that is not finite, or too deep.
    """
    waiting: list[tuple[Path, object]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        wrong = "is nested too deeply" if len(path) > _DEEPEST else _unusable(value)
        if wrong:
            raise Refused([_at(path, wrong, "unusable_value")], where)
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if wrong := _unusable(key):
                    raise Refused([_at(path, f"a name in it {wrong}", "unusable_value")], where)
                waiting.append(((*path, str(key)), inner))
        elif isinstance(value, list | tuple):
            waiting.extend(((*path, place), inner) for place, inner in enumerate(value))


def refuse_wild(value: object, where: str = "") -> None:
    """Refuse figures and times so far out that arithmetic with them is slow or fails.

    Raises:
        Refused: a figure beyond 30 digits, a time before 1900 or after 2999 (`until` may be 9999).
    """
    for path, leaf in _leaves(value, ()):
        if isinstance(leaf, Decimal) and _wild(leaf):
            raise Refused([_at(path, "is a number out of range", "out_of_range")], where)
        if isinstance(leaf, int) and abs(leaf) > 10**_LARGEST_POWER:
            raise Refused([_at(path, "is a number out of range", "out_of_range")], where)
        if isinstance(leaf, datetime) and _far(leaf, is_end=path[-1:] == ("until",)):
            raise Refused([_at(path, "is a time out of range", "out_of_range")], where)


def nearest(name: str, known: Sequence[str]) -> str:
    """`did you mean ...?` for a misspelt name, or the names that there are."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"known here: {', '.join(known)}" if known else ""


def _at(path: Path, wrong: str, code: str) -> Fault:
    place = Fault(path, "", "").dotted
    return Fault(path, f"`{place}` {wrong}" if place else f"the input {wrong}", code)


def _fault(each: ErrorDetails, path: Path, known: Sequence[str]) -> Fault:
    kind, context = each["type"], each.get("ctx", {})
    place = Fault(path, "", "").dotted
    if kind == "extra_forbidden":
        inside = Fault(path[:-1], "", "").dotted
        there = f" in `{inside}`" if inside else ""
        name = str(path[-1])
        return Fault(
            path, f"unknown field `{_short(name)}`{there}", "unknown_field", nearest(name, known)
        )
    if kind == "missing":
        return Fault(path, f"`{place}` is missing", "missing")
    shown = _shown(each["input"])
    if kind in ("literal_error", "enum"):
        choices = context["expected"]
        return Fault(
            path, f"`{place}` is{shown}, which is not known", "unknown_value", f"use {choices}"
        )
    if kind.startswith(("datetime", "timezone", "date_")):
        return Fault(path, f"`{place}` is{shown}, not a time with its zone", "bad_time", _A_TIME)
    if kind == "string_too_long":
        most = f"{context['max_length']:,}"
        return Fault(path, f"`{place}` is longer than {most} characters", "too_long")
    if kind == "too_long":
        most = f"{context['max_length']:,}"
        return Fault(path, f"`{place}` has more than {most} entries", "too_long")
    wrong = _MUST_BE.get(kind) or each["msg"][:1].lower() + each["msg"][1:]
    wrong = wrong.removeprefix("value error, ").replace("input should be", "must be")
    return Fault(path, f"`{place}` {wrong}" if place else f"the input {wrong}", kind)


def _walk(loc: Sequence[str | int], model: type[BaseModel]) -> tuple[Path, Sequence[str]]:
    """The place within the input, without names of union members, and the names known there."""
    path: list[str | int] = []
    at: Any = model
    known: Sequence[str] = ()
    for part in loc:
        at = _inner(at)
        if isinstance(at, type) and issubclass(at, BaseModel):
            fields = {info.alias or name: info.annotation for name, info in at.model_fields.items()}
            known = tuple(fields)
            path.append(part)
            at = fields.get(str(part))
        elif get_origin(at) in (tuple, list, dict):
            path.append(part)
            at = get_args(at)[-1 if get_origin(at) is dict else 0]
        else:
            # The rest names a member of a union, or the key of a mapping.
            break
    return tuple(path), known


def _inner(annotation: Any) -> Any:
    """What stands inside `X | None` and `Annotated[X, ...]`."""
    while True:
        if hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
            continue
        if get_origin(annotation) in (Union, types.UnionType):
            members = [one for one in get_args(annotation) if one is not type(None)]
            if len(members) == 1:
                annotation = members[0]
                continue
        return annotation


def _unusable(value: object) -> str:
    if isinstance(value, str):
        if "\0" in value:
            return "holds a NUL character"
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            return "holds half a character (a lone surrogate)"
    if isinstance(value, float) and not math.isfinite(value):
        return "is not a finite number"
    return ""


def _wild(value: Decimal) -> bool:
    parts = value.as_tuple()
    if not isinstance(parts.exponent, int):
        return True
    return (bool(value) and abs(value.adjusted()) > _LARGEST_POWER) or abs(
        parts.exponent
    ) > 2 * _LARGEST_POWER


def _far(value: datetime, *, is_end: bool) -> bool:
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        return True
    return value.year not in _YEARS and not (is_end and value.year >= _YEARS.start)


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, tuple | list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, place))
    else:
        yield path, value


def _shown(value: object) -> str:
    return (
        f" `{_short(str(value))}`" if isinstance(value, str | int | float) else " of another type"
    )


def _short(text: str) -> str:
    """One line of it, whatever it holds."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
