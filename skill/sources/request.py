"""An account file, read: everything about a made-up customer; any fault is named with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from skill.errors import InputError, TooLong
from skill.model.account import Customer
from skill.sources.faults import Refused, faults_of, refuse_unusable, refuse_wild

LARGEST = 5_000_000
"""Bytes: some 50,000 events, more than any window of a rule looks back on."""


def read_customer(source: Path | str | Mapping[str, Any], where: str = "") -> Customer:
    """The customer that an account file, or what was read from one, describes.

    Args:
        source: path of a JSON file, or its parsed content.
        where: how messages name it, such as `line 3 of cases.jsonl`; the file's name if empty.

    Raises:
        TooLong: the file is larger than 5 MB.
        InputError: it cannot be read, is no JSON, or holds what an account file does not.
    """
    if isinstance(source, Mapping):
        data: object = source
    else:
        where = where or str(source)
        data = parse_json(_text_of(Path(source), where), where)
    if not isinstance(data, Mapping):
        raise InputError(
            f"{where}: an account file is one JSON object",
            help='begin it with `{"account": {...}, "person": {...}}`',
        )
    refuse_unusable(data, where)
    try:
        customer = Customer.model_validate(data)
    except ValidationError as error:
        raise Refused(faults_of(error, Customer), where) from error
    refuse_wild(customer, where)
    return customer


def parse_json(text: str, where: str) -> object:
    """JSON with exact decimals, in which no name stands twice.

    Raises:
        InputError: it is no JSON; line and column are named.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"{where}: `{twice}` stands twice in one object", pointer=twice)
        return read

    def not_a_number(name: str) -> None:
        raise InputError(f"{where}: `{name}` is no number of JSON")

    try:
        return json.loads(
            text, object_pairs_hook=once, parse_float=Decimal, parse_constant=not_a_number
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where}:{error.lineno}:{error.colno}: this is not JSON: {_lower(error.msg)}",
            pointer=f"{where}:{error.lineno}:{error.colno}",
        ) from error
    except RecursionError as error:
        raise InputError(f"{where}: the input is nested too deeply") from error
    except ValueError as error:
        # A whole number of thousands of digits.
        raise InputError(f"{where}: a number in it is too long") from error


def _text_of(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{where} cannot be read: {_lower(error.strerror or '')}") from error
    if len(data) > LARGEST:
        raise TooLong(f"{where} is larger than {LARGEST // 1_000_000} MB", pointer=where)
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise InputError(f"{where}:{line}: the file holds a NUL byte", pointer=f"{where}:{line}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{where}:{line}: the file is not UTF-8 text",
            pointer=f"{where}:{line}",
            help="save it as UTF-8",
        ) from error


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
