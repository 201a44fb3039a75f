"""A folder of Topics on disk: read safely, compiled, and compiled again only where a file changed."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from skill.compiler.build import build
from skill.compiler.diagnostics import finding, has_errors, ordered
from skill.compiler.followers import without_followers
from skill.compiler.memory import Memory
from skill.compiler.parse import read_topic
from skill.compiler.text import lines_of
from skill.errors import TopicError
from skill.model.playbook import Playbook
from skill.model.topic import Diagnostic, Severity, Span, Topic

MAX_BYTES = 2_000_000
"""A Topic is written by a person; anything larger is a mistake or an attack."""
MAX_FILES = 1_000
MAX_TOTAL = 20_000_000
"""Files of a folder, and bytes in all of them together."""
_LIKE_A_TOPIC = re.compile(r"\.(?:md|mdown|markdown)(?:\.txt)?$", re.IGNORECASE)
_ALLOW = re.compile(r"<!--\s*tactful:\s*allow\s+((?:T\d{3}[\s,]*)+)-->")
NOT_TOPICS = ("readme.md", "changelog.md", "contributing.md", "licence.md", "license.md")
"""Passed over where a folder is read, and refused where files are published."""


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
            TopicError: the folder is missing, or holds no Topics. A file that cannot be a Topic is a finding.
        """
        sources, unread = _look_into(folder)
        unread += _passed_over(folder)
        compiled = self.compile_sources(sources, today)
        if not unread:
            return compiled
        found = without_followers(unread, compiled.diagnostics, compiled.playbook.topics)
        return replace(compiled, diagnostics=ordered(found))

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
        playbook, whole = build(topics, today, self._memory, sources)
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
    sources, unread = _look_into(folder)
    if unread:
        first = unread[0]
        raise TopicError(f"{first.span}: {first.message}", pointer=str(first.span), help=first.help)
    return sources


def _look_into(folder: Path) -> tuple[dict[str, str], list[Diagnostic]]:
    """The texts of a folder by name, and what in it is no text. Raises TopicError where there is no folder."""
    if folder.is_file():
        raise TopicError(
            f"{folder} is a file: Topics are checked by folder",
            pointer=str(folder),
            help=f"say the folder, {folder.parent}",
        )
    if not folder.is_dir():
        raise TopicError(f"no folder of Topics at {folder}", pointer=str(folder))
    paths = [p for p in sorted(folder.glob("*.md")) if _is_topic(p.name)]
    if len(paths) > MAX_FILES:
        raise TopicError(
            f"{folder} holds {len(paths):,} files, more than {MAX_FILES:,}", pointer=str(folder)
        )
    sources: dict[str, str] = {}
    unread: list[Diagnostic] = []
    total = 0
    for path in paths:
        text, problem = _text_of(path)
        if problem is not None:
            unread.append(problem)
            continue
        total += len(text)
        if total > MAX_TOTAL:
            raise TopicError(
                f"the Topics in {folder} have more than {MAX_TOTAL:,} characters together",
                pointer=str(folder),
            )
        sources[path.name] = text
    if not sources and not unread:
        raise TopicError(
            f"no Topics in {folder}",
            pointer=str(folder),
            help="put at least one .md file with a `kind` there; `tactful topics import` makes them from a pricing",
        )
    return sources, unread


def _passed_over(folder: Path) -> list[Diagnostic]:
    """What looks like a Topic and is not read: a warning, since a rule that is not read is no rule."""
    out = []
    for path in sorted(folder.iterdir()):
        name = path.name.encode("utf-8", "replace").decode("utf-8")
        if name.startswith((".", "~$")):
            continue
        if path.is_dir() and not path.is_symlink() and any(path.glob("*.md")):
            said, mend = "a folder within is not read: Topics are flat", "move its files up here"
        elif _LIKE_A_TOPIC.search(name) and not name.endswith(".md"):
            said, mend = "this file is not read", "let its name end with .md"
        else:
            continue
        told = finding("T004", Span(file=name, line=1, end_line=1), said, mend)
        out.append(told.model_copy(update={"severity": Severity.WARNING}))
    return out


def _is_topic(name: str) -> bool:
    return name.lower() not in NOT_TOPICS and not name.startswith((".", "~$"))


def _text_of(path: Path) -> tuple[str, Diagnostic | None]:
    """What a file says, or why it says nothing: only plain files of bounded size are opened."""
    name = path.name.encode("utf-8", "replace").decode("utf-8")

    def unread(message: str, help: str, line: int = 1) -> tuple[str, Diagnostic]:
        return "", finding("T004", Span(file=name, line=line, end_line=line), message, help)

    try:
        about = path.lstat()
        if stat.S_ISLNK(about.st_mode):
            return unread("this is a link: Topics are plain files", "put the file itself here")
        if not stat.S_ISREG(about.st_mode):
            return unread("this is no plain file", "put a text file here, or rename it")
        if about.st_size > MAX_BYTES:
            return unread(
                f"{about.st_size:,} bytes, more than {MAX_BYTES:,}", "split it into several Topics"
            )
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)[:MAX_BYTES]
    except OSError as wrong:
        return unread(f"cannot be read: {wrong.strerror}", "let the file be read")
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        return unread("holds a NUL byte", "save it as plain text", line)
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        return unread("this is not UTF-8 text", "save the file as UTF-8", line)


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
        for number, line in enumerate(lines_of(text), 1):
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


def write_whole(path: Path, text: str) -> None:
    """Put a text into a file, all of it or nothing; a link is refused, and the file keeps its mode.

    Raises:
        TopicError: the file is a link, or cannot be written.
    """
    if path.is_symlink():
        raise TopicError(f"{path.name} is a link: Topics are plain files", pointer=path.name)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                part.chmod(stat.S_IMODE(path.stat().st_mode))
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as wrong:
        raise TopicError(
            f"cannot write {path.name}: {wrong.strerror}", pointer=path.name
        ) from wrong
