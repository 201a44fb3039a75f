"""Vectors of many texts that were made before, on disk: making them takes seconds, reading them milliseconds."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]

MAX_FILES = 48
"""So many lists of texts are kept; the one that was used longest ago goes first."""
_SUM = 32
"""Bytes of the SHA-256 in front of the numbers."""


def kept(
    folder: Path, maker: str, texts: Sequence[str], width: int, make: Callable[[], Rows]
) -> Rows:
    """The rows of these texts: those of an earlier time where they are whole, else made now and kept.

    A folder that cannot be read or written only costs time.

    Args:
        folder: where they are kept; made where it is missing.
        maker: what decides every bit of a row besides its text: the model, and what runs it.
        texts: one row each.
        width: numbers of a row.
        make: makes the rows.
    """
    whole = hashlib.sha256(maker.encode())
    for text in texts:
        whole.update(f"\0{len(text)}\0{text}".encode(errors="surrogatepass"))
    path = folder / f"{whole.hexdigest()[:40]}.rows"
    rows = _read(path, (len(texts), width))
    if rows is None:
        rows = make()
        with suppress(OSError):
            _write(path, rows)
            _forget(folder)
    return rows


def _read(path: Path, shape: tuple[int, int]) -> Rows | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) != _SUM + 4 * shape[0] * shape[1]:
        return None
    if hashlib.sha256(data[_SUM:]).digest() != data[:_SUM]:
        return None
    with suppress(OSError):
        os.utime(path)
    return np.frombuffer(data, dtype="<f4", offset=_SUM).reshape(shape).astype(np.float32)


def _write(path: Path, rows: Rows) -> None:
    """Whole or not at all; another process may write the same at the same time."""
    data = rows.astype("<f4").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _forget(folder: Path) -> None:
    found = sorted(folder.glob("*.rows"), key=lambda path: path.stat().st_mtime)
    for path in found[:-MAX_FILES]:
        path.unlink(missing_ok=True)
