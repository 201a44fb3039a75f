"""Files of other programs, read up to a bound."""

from __future__ import annotations

from pathlib import Path

from skill.errors import InputError


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: it cannot be read, or has more than `most` bytes.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as wrong:
        raise InputError(f"cannot read {path}: {wrong.strerror}", pointer=str(path)) from wrong
    if len(raw) > most:
        raise InputError(f"{path} has more than {most:,} bytes", pointer=str(path))
    return raw
