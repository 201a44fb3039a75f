"""The folders that are open in an editor, by the addresses that the editor gives its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from skill.lsp.folder import OpenFolder


@dataclass(frozen=True)
class Leaf:
    """One file of an open folder."""

    folder: OpenFolder
    name: str

    @property
    def text(self) -> str:
        """What it says now."""
        return self.folder.text(self.name)


@dataclass
class Desk:
    """Everything that is open. A folder is looked at while one of its files is."""

    today: Callable[[], date]
    path_of: Callable[[str], str | None]
    """The path behind an address; None where it is none of a file."""
    address_of: Callable[[str], str | None]
    folders: dict[Path, OpenFolder] = field(default_factory=dict)
    told: dict[Path, set[str]] = field(default_factory=dict)
    """The addresses for which findings were published, by folder."""
    _addresses: dict[Path, str] = field(default_factory=dict)
    """How the editor itself writes the address of each open file."""

    def put(self, address: str, text: str) -> OpenFolder | None:
        """Take in a file that was opened or changed; None where the address is none of a Topic file."""
        path = self._path(address)
        if path is None:
            return None
        folder = self.folders.setdefault(path.parent, OpenFolder(path.parent, self.today))
        folder.buffers[path.name] = text
        self._addresses[path] = address
        return folder

    def close(self, address: str) -> OpenFolder | None:
        """Forget what was typed into a file; its folder is let go with the last one."""
        path = self._path(address)
        folder = self.folders.get(path.parent) if path else None
        if path is None or folder is None:
            return None
        folder.buffers.pop(path.name, None)
        self._addresses.pop(path, None)
        if not folder.buffers:
            del self.folders[path.parent]
        return folder

    def leaf(self, address: str) -> Leaf | None:
        """The file of this address in a folder that is open."""
        path = self._path(address)
        folder = self.folders.get(path.parent) if path else None
        return Leaf(folder, path.name) if path and folder else None

    def address(self, folder: OpenFolder, name: str) -> str:
        """The address of a file of a folder, as the editor writes it where it is open."""
        path = folder.path / name
        return self._addresses.get(path) or self.address_of(str(path)) or ""

    def is_open(self, folder: OpenFolder) -> bool:
        """Whether a file of this folder is open."""
        return folder.path in self.folders

    def _path(self, address: str) -> Path | None:
        written = self.path_of(address)
        if not written or "\0" in written:
            return None
        path = Path(written)
        return path if path.name.endswith(".md") and path.is_absolute() else None
