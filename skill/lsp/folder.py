"""A folder of Topics as it stands in an editor: what is being typed goes before what is on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from skill.compiler.diagnostics import ordered
from skill.compiler.folder import MAX_BYTES, NOT_TOPICS, Compiled, Compiler
from skill.compiler.followers import without_followers
from skill.errors import TopicError
from skill.lsp.index import Index, index_of
from skill.model.topic import Diagnostic

_UNREADABLE = "T004"
_Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass
class OpenFolder:
    """The Topics of one folder; nothing is written, and nothing outside the folder is read."""

    path: Path
    today: Callable[[], date]
    buffers: dict[str, str] = field(default_factory=dict)
    """The texts of the files that are open, by name."""
    _compiler: Compiler = field(default_factory=Compiler)
    _disk: dict[str, str] = field(default_factory=dict)
    _unread: tuple[Diagnostic, ...] = ()
    _stamp: _Stamp | None = None
    _last: tuple[Compiled, Index] | None = None

    def compiled(self) -> Compiled:
        """The folder compiled anew where something in it changed; an empty one where it has vanished."""
        self._look()
        typed = {n: t for n, t in self.buffers.items() if may_be_a_topic(n, t)}
        whole = self._compiler.compile_sources({**self._disk, **typed}, self.today())
        if not self._unread:
            return whole
        found = without_followers(self._unread, whole.diagnostics, whole.playbook.topics)
        return replace(whole, diagnostics=ordered(found))

    def index(self) -> Index:
        """The names of the folder and their uses."""
        now = self.compiled()
        if self._last is None or self._last[0].sources != now.sources:
            self._last = (now, index_of(now.playbook.topics, now.sources))
        return self._last[1]

    def findings(self) -> dict[str, list[Diagnostic]]:
        """What is wrong, by file; nothing in a folder in which no file says a kind: it may not be one of Topics."""
        now = self.compiled()
        out: dict[str, list[Diagnostic]] = {}
        if any(topic.kind for topic in now.playbook.topics):
            for one in now.diagnostics:
                out.setdefault(one.span.file, []).append(one)
        return out

    def text(self, name: str) -> str:
        """What a file says now; nothing where there is none."""
        return self.buffers.get(name, self._disk.get(name, ""))

    def _look(self) -> None:
        """Read the files on disk where one of them changed since the last look."""
        stamp = self._seen()
        if stamp == self._stamp:
            return
        self._stamp, self._disk, self._unread = stamp, {}, ()
        try:
            on_disk = self._compiler.compile_folder(self.path, self.today())
        except (TopicError, OSError):
            return  # no folder, no Topics in it, or more than can be read: what is typed is all there is
        self._disk = dict(on_disk.sources)
        self._unread = tuple(d for d in on_disk.diagnostics if d.code == _UNREADABLE)

    def _seen(self) -> _Stamp:
        """Which files there are, and when each was last written."""
        try:
            with os.scandir(self.path) as entries:
                about = [(e.name, e.stat(follow_symlinks=False)) for e in entries if _is_md(e.name)]
        except OSError:
            return ()
        return tuple(sorted((name, s.st_mtime_ns, s.st_size, s.st_ino) for name, s in about))


def _is_md(name: str) -> bool:
    return name.endswith(".md")


def may_be_a_topic(name: str, text: str) -> bool:
    """Whether a file that is open belongs to the Topics of its folder, as the compiler would read it from disk."""
    passed_over = name.lower() in NOT_TOPICS or name.startswith(".")
    return _is_md(name) and not passed_over and len(text) <= MAX_BYTES
