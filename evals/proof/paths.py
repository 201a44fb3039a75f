"""Hostile names against everything that takes a file name or reads a folder: nothing outside is read or written.

A secret lies in a folder outside. Whatever is read or written must not hold it, and the outside must stay as it is,
byte for byte. Folders that a person names on the command line are theirs to choose; names inside them are not.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import quote

import yaml

from skill.compiler.folder import read_folder
from skill.compiler.importers.pricing2yaml import import_pricing
from skill.compiler.importers.writing import write_folder
from skill.errors import SkillError

SECRET = "the-canary-of-the-outside-sings"
_TOPIC = "---\nkind: features\n---\n# T\n\n## A feature\n\n| Field | Value |\n|---|---|\n| What it does | It. |\n"
_MADE = {"features.md", "product-bundles.md", "meters.md", "account.md", "words.md"}
"""The names that an import may choose, whatever the pricing says."""


@dataclass
class Attempts:
    """How many were made of each sort, and what got through."""

    made: Counter[str] = field(default_factory=Counter)
    through: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


class Attacker:
    """Makes the hostile names and folders, all of them from one seed."""

    def __init__(self, work: Path, seed: int) -> None:
        self.work = work
        self.chance = Random(seed)
        self.outside = work / "outside"
        self.outside.mkdir()
        for name in ("canary.md", "features.md", "passwd"):
            (self.outside / name).write_text(_TOPIC.replace("It.", SECRET), "utf-8")
        self.before = self.state()
        self._n = 0

    def state(self) -> dict[str, tuple[bytes, int]]:
        """Everything that lies outside, and when it was last written."""
        return {
            str(p): (p.read_bytes() if p.is_file() else b"", p.stat().st_mtime_ns)
            for p in sorted((self.work / "outside").rglob("*"))
        }

    def folder(self) -> Path:
        """A fresh folder beside the outside."""
        self._n += 1
        made = self.work / "inside" / str(self._n)
        made.mkdir(parents=True)
        return made

    def name(self) -> str:
        """A name that tries to lead to the secret."""
        up = self.chance.randrange(1, 7)
        target = self.chance.choice(("canary.md", "features.md", "passwd", "passwd.md"))
        ways: tuple[str, ...] = (
            "../" * up + "outside/" + target,
            "..\\" * up + "outside\\" + target,
            str(self.outside / target),
            quote("../" * up + "outside/" + target, safe=""),
            quote(quote("../" * up + target, safe=""), safe=""),
            "../outside/" + target + "\0.md",
            "ok\0/../../outside/" + target,
            "\u2024\u2024\u2215" * up + "outside\u2215" + target,
            "\uff0e\uff0e\uff0f" * up + "outside\uff0f" + target,
            "\u2024\u2024\u2215outside\u2044" + target,
            f"C:\\outside\\{target}",
            f"c:{target}",
            f"\\\\server\\share\\{target}",
            f"//server/share/{target}",
            f"file://{self.outside / target}",
            f"~/{target}",
            f"$HOME/{target}",
            f"./a/../{target}/..",
            f"....//....//outside/{target}",
            f"..%c0%af..%c0%afoutside%c0%af{target}",
            f"{target}/",
            f".{target}",
            f"{target}:$DATA",
            f"con.{target}",
            f"{target}\u202edm.",
            f"{target}\r\nx.md",
            f"-rf {target}",
            "." * up,
            "a/" * 200 + target,
            "a" * 300 + target,
        )
        return self.chance.choice(ways)

    # -- reading a folder -------------------------------------------------------------------------

    def planted(self) -> tuple[str, Path]:
        """A folder in which something leads outside."""
        folder = self.folder()
        (folder / "good.md").write_text(_TOPIC, "utf-8")
        how = self.chance.choice(
            (
                "link",
                "folder link",
                "fifo",
                "device",
                "huge",
                "nested",
                "folder",
                "name",
                "dangling",
                "chain",
            )
        )
        at = folder / "aa.md"
        if how == "link":
            at.symlink_to(self.outside / "canary.md")
        elif how == "folder link":
            self.chance.choice((at, folder / "sub")).symlink_to(self.outside)
        elif how == "fifo":
            os.mkfifo(at)
        elif how == "device":
            at.symlink_to(self.chance.choice(("/dev/zero", "/dev/stdin", "/dev/null")))
        elif how == "huge":
            with at.open("wb") as file:
                file.truncate(self.chance.choice((3_000_000, 50_000_000_000)))
        elif how == "nested":
            (folder / "sub").mkdir()
            (folder / "sub" / "deep.md").write_text(SECRET, "utf-8")
        elif how == "folder":
            at.mkdir()
            (at / "deep.md").write_text(SECRET, "utf-8")
        elif how == "name":
            self._plant_name(folder)
        elif how == "dangling":
            at.symlink_to(folder / "nowhere.md")
        else:
            (folder / "bb.txt").symlink_to(self.outside / "canary.md")
            at.symlink_to(folder / "bb.txt")
        return f"folder with {how}", folder

    def _plant_name(self, folder: Path) -> None:
        """A plain file with a hostile name, as far as the file system takes it."""
        name = self.name().replace("/", "\u2215").replace("\0", "")[:80] + ".md"
        (folder / name).write_text(_TOPIC, "utf-8")

    # -- importing ------------------------------------------------------------------------------------

    def pricing(self) -> Path:
        """A pricing with hostile names in every place that takes one."""
        feature, limit, plan, extra = (self.name() for _ in range(4))
        data = {
            "saasName": self.name(),
            "syntaxVersion": "2.1",
            "currency": self.chance.choice(("EUR", self.name())),
            "features": {feature: {"description": self.name(), "defaultValue": False}},
            "usageLimits": {
                limit: {"defaultValue": 1, "unit": self.name(), "linkedFeatures": [feature]}
            },
            "plans": {
                plan: {"price": 1, "unit": self.name(), "features": {feature: {"value": True}}}
            },
            "addOns": {
                extra: {"price": self.name(), "availableFor": [plan], "dependsOn": [self.name()]}
            },
        }
        path = self.folder() / "pricing.yml"
        path.write_text(yaml.safe_dump(data), "utf-8")
        return path

    def trap(self, out: Path) -> str:
        """Something in the target folder that leads outside."""
        name = self.chance.choice(("features.md", "product-bundles.md", "meters.md"))
        how = self.chance.choice(("nothing", "link", "part link", "folder", "dangling"))
        if how != "nothing":
            out.mkdir()
        if how == "link":
            (out / name).symlink_to(self.outside / "canary.md")
        elif how == "part link":
            (out / f".{name}.part").symlink_to(self.outside / "features.md")
        elif how == "folder":
            (out / name).mkdir()
        elif how == "dangling":
            (out / f".{name}.part").symlink_to(self.outside / f"new-{self._n}")
        return how


def attack(n: int, seed: int, today: date) -> Attempts:
    """`n` attempts: two fifths against folders, a fifth against the importer, the rest against publishing."""
    out = Attempts()
    with tempfile.TemporaryDirectory(prefix="tactful-paths-") as work:
        attacker = Attacker(Path(work), seed)
        publishing = list(_publishing(attacker, out, n - 2 * n // 5 - n // 5))
        reading = [partial(_read, attacker, out)] * (2 * n // 5 + (0 if publishing else n))
        importing = [partial(_import, attacker, out, today)] * (n // 5)
        attempts: list[Callable[[], None]] = [*publishing, *reading, *importing]
        for attempt in attempts:
            if sum(out.made.values()) == n:
                break
            made = Counter(out.made)
            attempt()
            now = attacker.state()
            if now != attacker.before:
                what = ", ".join(out.made - made)
                out.through.append(f"the outside was changed by: {what}")
                attacker.before = now
    return out


class Hung(Exception):
    """Something waited for what never comes, such as the writer of a pipe."""


@contextmanager
def _in_time(seconds: float = 0.3) -> Iterator[None]:
    """Raise Hung where the body takes longer."""

    def ring(_number: int, _frame: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _read(attacker: Attacker, out: Attempts) -> None:
    what, folder = attacker.planted()
    out.made[what] += 1
    try:
        with _in_time():
            sources = read_folder(folder)
    except SkillError:
        return
    except Hung:
        out.through.append(f"{what}: reading it never ended")
        return
    if any(SECRET in text for text in sources.values()):
        out.through.append(f"{what}: the secret was read")
    if not set(sources) <= {p.name for p in folder.iterdir()}:
        out.through.append(f"{what}: a name that is not in the folder: {sorted(sources)}")


def _import(attacker: Attacker, out: Attempts, today: date) -> None:
    path = attacker.pricing()
    target = path.parent / "out"
    trap = attacker.trap(target)
    out.made[f"import into a folder with {trap}"] += 1
    try:
        imported = import_pricing(path, today=today)
        if not set(imported.files) <= _MADE:
            out.through.append(f"the pricing chose a name: {sorted(imported.files)}")
        write_folder(imported.files, target)
    except SkillError:
        pass
    for written in target.rglob("*") if target.is_dir() else ():
        if not written.is_symlink() and written.is_file() and SECRET in written.read_text("utf-8"):
            out.through.append(f"{trap}: the secret was written to {written.name}")


def _publishing(attacker: Attacker, out: Attempts, n: int) -> Iterator[Callable[[], None]]:
    """Attempts against the names of a draft, where drafts can be published at all."""
    try:
        from skill.publish import admit
    except ImportError:
        out.skipped.append("publishing: there is no skill.publish yet")
        return

    def attempt() -> None:
        name = attacker.name()
        out.made["name of a draft's file"] += 1
        try:
            admitted = admit({name: _TOPIC})
        except SkillError:
            return
        # What is admitted goes to a table and never to a disk; a name must still be a plain one.
        plain = all(c.isascii() and (c.isalnum() or c in "._-") for c in name)
        if not plain or name.startswith(".") or SECRET in "".join(admitted.values()):
            out.through.append(f"the name {name!r} was admitted")

    yield from (attempt for _ in range(n))
