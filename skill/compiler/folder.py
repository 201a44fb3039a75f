"""A folder of Topics on disk: read safely, compiled, and compiled again only where a file changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from skill.compiler.build import build
from skill.compiler.diagnostics import has_errors, ordered
from skill.compiler.followers import without_followers
from skill.compiler.memory import Memory
from skill.compiler.parse import read_topic
from skill.errors import TopicError
from skill.model.playbook import Playbook
from skill.model.topic import Diagnostic, Topic

MAX_BYTES = 2_000_000
"""A Topic is written by a person; anything larger is a mistake or an attack."""
_ALLOW = re.compile(r"<!--\s*tactful:\s*allow\s+((?:T\d{3}[\s,]*)+)-->")
_NOT_TOPICS = ("readme.md", "changelog.md", "contributing.md", "licence.md", "license.md")


@dataclass(frozen=True)
class Compiled:
    """A folder as it compiled: the playbook, everything found in it, and the text it was made from."""

    playbook: Playbook
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]

    @property
    def servable(self) -> bool:
        """Whether these Topics may answer anybody: no finding is an error."""
        return not has_errors(self.diagnostics)


@dataclass
class Compiler:
    """Compiles folders and remembers each file it has read, so that an edit costs one file."""

    _read: dict[tuple[str, str], tuple[Topic, tuple[Diagnostic, ...]]] = field(default_factory=dict)
    _memory: Memory = field(default_factory=Memory)
    _last: tuple[dict[str, str], date, Compiled] | None = None

    def compile_folder(self, folder: Path, today: date) -> Compiled:
        """The playbook of a folder.

        Raises:
            TopicError: the folder is missing, holds no Topics, or holds a file that cannot be a Topic.
        """
        return self.compile_sources(read_folder(folder), today)

    def compile_sources(self, sources: Mapping[str, str], today: date) -> Compiled:
        """The playbook of named texts; unchanged sources are not compiled again."""
        if self._last and self._last[0] == sources and self._last[1] == today:
            return self._last[2]
        read = {}
        for name, text in sources.items():
            key = (name, text)
            read[key] = self._read.get(key) or read_topic(name, text)
        self._read = read
        topics = [topic for topic, _ in read.values()]
        found = [d for _, own in read.values() for d in own]
        playbook, whole = build(topics, today, self._memory)
        compiled = Compiled(
            playbook=playbook,
            diagnostics=_not_silenced(ordered(without_followers(found, whole, topics)), sources),
            sources=dict(sources),
        )
        self._last = (dict(sources), today, compiled)
        return compiled


def read_folder(folder: Path) -> dict[str, str]:
    """The Topic files of a flat folder by name: no links, no folders within, bounded size, UTF-8.

    Raises:
        TopicError: nothing there can be read as Topics; says which file and why.
    """
    if not folder.is_dir():
        raise TopicError(f"no folder of Topics at {folder}", pointer=str(folder))
    sources: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name.lower() in _NOT_TOPICS or path.name.startswith("."):
            continue
        sources[path.name] = _text_of(path)
    if not sources:
        raise TopicError(
            f"no Topics in {folder}",
            pointer=str(folder),
            help="put at least one .md file with a `kind` there; `tactful topics import` makes them from a pricing",
        )
    return sources


def _text_of(path: Path) -> str:
    if path.is_symlink():
        raise TopicError(f"{path.name} is a link: Topics are plain files", pointer=path.name)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TopicError(
                f"{path.name} has {size:,} bytes, more than {MAX_BYTES:,}", pointer=path.name
            )
        raw = path.read_bytes()
    except OSError as wrong:
        raise TopicError(f"cannot read {path.name}: {wrong.strerror}", pointer=path.name) from wrong
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise TopicError(f"{path.name}:{line} holds a NUL byte", pointer=f"{path.name}:{line}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise TopicError(
            f"{path.name}:{line} is not UTF-8 text",
            pointer=f"{path.name}:{line}",
            help="save the file as UTF-8",
        ) from wrong


def _not_silenced(
    found: tuple[Diagnostic, ...], sources: Mapping[str, str]
) -> tuple[Diagnostic, ...]:
    """Findings without those that a `<!-- tactful: allow T303 -->` on the same line or the one above silences.

    Errors are never silenced: what cannot be read cannot be served.
    """
    allowed: dict[tuple[str, int], set[str]] = {}
    for name, text in sources.items():
        if "tactful:" not in text:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = _ALLOW.search(line)
            if match:
                codes = set(re.findall(r"T\d{3}", match[1]))
                for at in (number, number + 1):
                    allowed.setdefault((name, at), set()).update(codes)
    return tuple(
        d
        for d in found
        if d.severity.value == "error" or d.code not in allowed.get((d.span.file, d.span.line), ())
    )


def refuse_errors(compiled: Compiled, folder: str) -> None:
    """Raise where Topics may not be served.

    Raises:
        TopicError: with the first error in its text, and all findings as `diagnostics`.
    """
    if compiled.servable:
        return
    errors = [d for d in compiled.diagnostics if d.severity.value == "error"]
    first = errors[0]
    more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    wrong = TopicError(
        f"{first.span.file}:{first.span.line}: {first.message}{more}",
        pointer=str(first.span),
        help=f"see them all with `tactful topics check {folder}`",
    )
    wrong.diagnostics = compiled.diagnostics
    raise wrong
