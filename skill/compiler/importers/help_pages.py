"""Help pages as they lie on disk: Markdown files with what their front matter says, or passages as JSON lines; read once, bounded."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skill.compiler.importers.files import read_bounded
from skill.compiler.importers.plain import one_line, shown
from skill.errors import InputError, TooLong

MAX_FILES = 5_000
MAX_BYTES = 2_000_000
"""Of one file."""
MAX_TOTAL = 20_000_000
"""Of all files together."""
MARKDOWN = (".md", ".mdx", ".markdown")
_LINES = ".jsonl"
_KEY = re.compile(r"^(?P<key>[A-Za-z][\w -]{0,40}?)\s*:\s*(?P<value>.*)$")


@dataclass(frozen=True)
class HelpPage:
    """One page before its text is read."""

    title: str
    """As it says itself; empty where only its text may tell."""
    text: str
    """Markdown."""
    origin: str
    """The file, and the line of a passage in it."""
    needs: tuple[str, ...] = ()
    """Names of the features that it is about, where it says so."""
    plans: tuple[str, ...] = ()
    """Names of the plans that have them, where it says so."""
    about: str = ""
    """What the page is about in a sentence: it opens the page."""
    is_internal: bool = False


def read_pages(paths: Sequence[Path], lost: list[str]) -> list[HelpPage]:
    """The pages of files and folders, in the order of their paths; what holds none is told in `lost`.

    Raises:
        InputError: a path that cannot be read, a file that is no UTF-8, or nothing that is a page.
        TooLong: more files or bytes than anybody's help centre has.
    """
    found: list[HelpPage] = []
    total = 0
    for path, name in _files(paths):
        raw = read_bounded(path, MAX_BYTES)
        total += len(raw)
        if total > MAX_TOTAL:
            raise TooLong(
                f"these pages have more than {MAX_TOTAL:,} bytes together", pointer=str(path)
            )
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            raise InputError(
                f"{path} is no UTF-8: byte {wrong.start + 1:,} cannot be read",
                pointer=str(path),
                help="save it as UTF-8",
            ) from wrong
        of_file = _from_lines(text, name, lost) if name.endswith(_LINES) else [_page(text, name)]
        found += of_file
    if not found:
        raise InputError(
            f"no help page in {', '.join(str(path) for path in paths)}",
            pointer="FILE",
            help="name Markdown files, a folder of them, or JSON lines with `title` and `text`",
        )
    return found


def _files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Every file to read, each once, with its name for messages."""
    out: dict[Path, str] = {}
    for given in paths:
        if given.is_dir():
            for path in _below(given):
                out.setdefault(path, path.relative_to(given).as_posix())
                if len(out) > MAX_FILES:
                    raise TooLong(
                        f"{given} holds more than {MAX_FILES:,} pages", pointer=str(given)
                    )
        else:
            out.setdefault(given, given.name)
    return [(path, out[path]) for path in sorted(out)]


def _below(folder: Path) -> Iterator[Path]:
    """Pages of a folder and the folders within; links and what begins with a point are passed over."""

    def refuse(wrong: OSError) -> None:
        raise InputError(f"cannot read {folder}: {wrong.strerror}", pointer=str(folder)) from wrong

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in names:
            path = Path(where, name)
            if (
                not name.startswith(".")
                and path.suffix.lower() in (*MARKDOWN, _LINES)
                and path.is_file()
                and not path.is_symlink()
            ):
                yield path


def _page(text: str, name: str) -> HelpPage:
    front, body = _front_matter(text)
    readers = (
        f"{front.get('readers', '')} {front.get('audience', '')} {front.get('visibility', '')}"
    )
    needs = (*_listed(front.get("needs", "")), *_listed(front.get("feature", "")))
    return HelpPage(
        title=one_line(front.get("title", "").strip("\"'")),
        text=body,
        origin=name,
        needs=tuple(dict.fromkeys((*needs, *_listed(front.get("features", ""))))),
        plans=tuple(dict.fromkeys((*_listed(front.get("plans", "")), *_listed(front.get("plan", ""))))),
        about=one_line(front.get("description", "").strip("\"'")),
        is_internal="internal" in readers.lower() or front.get("internal", "").lower() in ("true", "yes"),
    )  # fmt: skip


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """What stands between the two lines of hyphens, line by line, and the rest."""
    if not text.startswith("---"):
        return {}, text
    first, *lines = text.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if line.rstrip() == "---"), None)
    if first.rstrip() != "---" or end is None:
        return {}, text
    out: dict[str, str] = {}
    key = ""
    for line in lines[:end]:
        said = _KEY.match(line.rstrip())
        if said:
            key = said["key"].strip().lower()
            out.setdefault(key, said["value"].strip())
        elif key and line.lstrip().startswith("- "):
            out[key] = ", ".join(part for part in (out[key], line.strip()[2:].strip()) if part)
    return out, "".join(lines[end + 1 :])


def _listed(said: str) -> tuple[str, ...]:
    parts = (part.strip(" \"'") for part in said.strip("[]").split(","))
    return tuple(part for part in parts if part)


def _from_lines(text: str, name: str, lost: list[str]) -> list[HelpPage]:
    """A passage a line; lines that hold none are counted and told once."""
    out: list[HelpPage] = []
    others = 0
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            raise InputError(
                f"{name}:{n}: unreadable JSON: {shown(wrong)}", pointer=f"{name}:{n}"
            ) from wrong
        if isinstance(record, dict) and _said(record, "text"):
            out.append(_passage(record, f"{name}:{n}"))
        else:
            others += 1
    if others:
        lost.append(f"{name}: {others:,} lines that are no passage: they have no `text`")
    return out


def _passage(record: Mapping[str, Any], origin: str) -> HelpPage:
    """A passage with its page's title before its own, since `Approval flows` stands on many pages."""
    page, title = _said(record, "page_title"), _said(record, "title")
    name = _said(record, "feature_display") or _said(record, "feature")
    plans = record.get("plans")
    given = [plan for plan in plans if isinstance(plan, str)] if isinstance(plans, list) else []
    is_whole = title == page or not title
    return HelpPage(
        title=f"{page}: {title}" if page and not is_whole else title or page,
        text=_said(record, "text", lines=True),
        origin=origin,
        needs=(name,) if name else (),
        plans=tuple(one_line(plan) for plan in given if one_line(plan)),
        # A page's description tells of the page and not of each section of it.
        about=_said(record, "page_description") if is_whole else "",
        is_internal=record.get("internal") is True,
    )


def _said(record: Mapping[str, Any], key: str, *, lines: bool = False) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        return ""
    return value if lines else one_line(value)
