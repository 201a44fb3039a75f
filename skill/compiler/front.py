"""The front matter of a Topic file: `key: value` lines between two lines of three hyphens."""

from __future__ import annotations

from datetime import date

from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest_help
from skill.model.topic import Diagnostic, Span

KEYS = ("kind", "owner", "review_by", "generated")
"""What any front matter may hold."""
KINDS = (
    "features",
    "articles",
    "product-bundles",
    "meters",
    "account",
    "usage-thresholds",
    "expansion-playbooks",
    "restraint",
)


def read_front_matter(
    file: str, lines: list[str], found: list[Diagnostic]
) -> tuple[dict[str, str], str]:
    """The front matter, and the body with its lines left blank so that every line keeps its number."""
    if not lines or lines[0].lstrip("\ufeff").rstrip() != "---":
        found.append(_no_kind(file))
        return {}, "\n".join(lines)
    end = next((i for i, x in enumerate(lines[1:], 1) if x.rstrip() == "---"), None)
    if end is None:
        found.append(
            finding(
                "T003",
                _at(file, 0),
                "the front matter is not closed",
                "end it with a line of three hyphens: ---",
                width=3,
            )
        )
        return {}, ""
    front: dict[str, str] = {}
    for i in range(1, end):
        _read_line(file, i, lines[i], front, found)
    if "kind" not in front:
        found.append(_no_kind(file))
    found.extend(unknown_keys(file, lines[:end], front))
    return front, "\n" * (end + 1) + "\n".join(lines[end + 1 :])


def _read_line(
    file: str, i: int, line: str, front: dict[str, str], found: list[Diagnostic]
) -> None:
    if not line.strip() or line.lstrip().startswith("#"):
        return
    key, colon, value = line.partition(":")
    if not colon or not key.strip() or key != key.lstrip():
        found.append(
            finding(
                "T003",
                _at(file, i),
                f"unreadable front matter `{line.strip()[:60]}`",
                "write one `key: value` on each line",
                width=len(line.rstrip()),
            )
        )
        return
    value = value.split(" #")[0].strip().strip("\"'")
    key = key.strip().lower().replace("-", "_")
    front[key] = value
    if key == "review_by" and not _is_date(value):
        found.append(
            finding(
                "T003",
                _at(file, i, line.find(value) + 1 if value else 1),
                f"`{value}` is no date",
                "write it as 2027-03-31",
                width=len(value),
            )
        )
    if key == "kind" and value not in KINDS:
        found.append(
            finding(
                "T001",
                _at(file, i, line.find(value) + 1 if value else 1),
                f"unknown kind `{value}`",
                nearest_help(value, KINDS),
                width=len(value),
            )
        )


def unknown_keys(file: str, lines: list[str], front: dict[str, str]) -> list[Diagnostic]:
    """Keys that this kind does not have; only the playbook's front matter holds settings."""
    if front.get("kind") == "expansion-playbooks":
        return []
    out = []
    for key in front:
        if key not in KEYS:
            i = next(
                (n for n, x in enumerate(lines) if x.lower().replace("-", "_").startswith(key)), 0
            )
            help_line = nearest_help(key, KEYS)
            out.append(
                finding("T003", _at(file, i), f"unknown key `{key}`", help_line, width=len(key))
            )
    return out


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _at(file: str, i: int, column: int = 1) -> Span:
    return Span(file=file, line=i + 1, end_line=i + 1, column=column)


def _no_kind(file: str) -> Diagnostic:
    return finding(
        "T001",
        _at(file, 0),
        "this file has no kind",
        "begin it with front matter: ---, kind: " + " | ".join(KINDS) + ", ---",
        width=3,
    )
