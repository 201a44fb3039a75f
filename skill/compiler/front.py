"""The front matter of a Topic file: `key: value` lines between two lines of three hyphens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from skill.compiler import grammar
from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest_help, sure
from skill.compiler.languages import language_of
from skill.model.topic import Diagnostic, Severity, Span

KEYS = ("kind", "owner", "review_by", "generated")
"""What any front matter may hold."""
SETTINGS: dict[str, grammar.Start] = {
    "holdout": "share",
    "holdout_salt": "salt",
    "shadow": "yes_no",
    "attribution": "duration",
    "change_budget": "share",
    "attention_cost": "costs",
    "attention_budget": "budget",
    "prior": "share",
    "priors": "priors",
    "hosts": "hosts",
}
"""The workspace's settings, and the phrase that each holds: front matter of `expansion-playbooks`."""
_LOOKED_AFTER = {
    "owner": "add `owner: somebody@your-company.example` to the front matter",
    "review_by": "add `review_by: 2027-03-31`; once the day has passed, its prices carry no button",
}
MAX_VALUE = 500
"""Characters of a value; nobody writes a longer one."""


_FENCE = re.compile(r"-{3}|[\u2014\u2013-]{1,3}")
"""Three hyphens, or the dashes that a word processor makes of them."""


class Front(NamedTuple):
    """What stands between the two lines of hyphens, and where each value stands."""

    values: dict[str, str]
    places: dict[str, Span]


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


def read_front_matter(file: str, lines: list[str], found: list[Diagnostic]) -> tuple[Front, str]:
    """The front matter, and the body with its lines left blank so that every line keeps its number."""
    front = Front({}, {})
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None or not _FENCE.fullmatch(lines[first].strip()):
        found.append(_no_kind(file))
        return front, "\n".join(lines)
    if first or lines[0].rstrip() != "---":
        message = "the front matter begins in the first line, with three hyphens"
        found.append(
            finding("T003", _at(file, first), message, "write --- in the first line", width=3)
        )
        lines = ["---", *[""] * first, *lines[first + 1 :]]
        lines = [
            ("---" if _FENCE.fullmatch(x.strip()) and i < 40 else x) for i, x in enumerate(lines)
        ]
    end = next((i for i, x in enumerate(lines[1:], 1) if x.rstrip() == "---"), None)
    if end is None:
        message, mend = "the front matter is not closed", "end it with a line of three hyphens: ---"
        found.append(finding("T003", _at(file, 0), message, mend, width=3))
        end = next((i for i, x in enumerate(lines[1:], 1) if ":" not in x), len(lines))
    before = len(found)
    for i in range(1, end):
        _read_line(file, i, lines[i], front, found)
    _check(file, lines[:end], front, found)
    if "kind" not in front.values and len(found) == before:
        found.append(_no_kind(file))
    if len(found) == before:
        found.extend(_nobody_looks_after(file, front))
    return front, "\n" * (end + 1) + "\n".join(lines[end + 1 :])


def _nobody_looks_after(file: str, front: Front) -> Iterator[Diagnostic]:
    """A file that nobody owns, or that nobody is asked to read again, grows old unseen: a warning, not an error."""
    is_translation = language_of(file.removesuffix(".md")) is not None
    if is_translation or front.values.get("generated", "no").lower() in ("yes", "true"):
        return  # its original has them, or nobody has read it at all yet
    for key, mend in _LOOKED_AFTER.items():
        if key not in front.values:
            told = finding("T104", _at(file, 0), f"this file has no `{key}`", mend, width=3)
            yield told.model_copy(update={"severity": Severity.WARNING})


def _read_line(file: str, i: int, line: str, front: Front, found: list[Diagnostic]) -> None:
    if not line.strip() or line.lstrip().startswith("#"):
        return
    key, colon, value = line.partition(":")
    if not colon or not key.strip() or key != key.lstrip() or len(value) > MAX_VALUE:
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
    key = key.strip().lower().replace("-", "_")
    value = value.split(" #")[0].strip().strip("\"'")
    if key in front.values:
        found.append(
            finding(
                "T101",
                _at(file, i),
                f"the key `{key}` stands twice",
                f"keep one of them; the first is in line {front.places[key].line}",
                width=len(key),
            )
        )
        return
    front.values[key] = value
    front.places[key] = _at(file, i, line.find(value, len(key)) + 1 if value else len(line) + 1)


def _check(file: str, lines: list[str], front: Front, found: list[Diagnostic]) -> None:
    """Every key is known, and every value is one that it can have."""
    kind_key = next((k for k in front.values if k == "kind" or sure(k, ("kind",))), "kind")
    kind = front.values.get(kind_key, "")
    kind = kind if kind in KINDS else sure(kind, KINDS) or kind
    keys = (*KEYS, *SETTINGS) if kind == "expansion-playbooks" else KEYS
    read: dict[str, str] = {}
    for key, value in front.values.items():
        at = front.places[key]
        if key not in keys:
            meant = sure(key, [k for k in keys if k not in front.values])
            start = lines[at.line - 1].lower().replace("-", "_").find(key)
            elsewhere = key in SETTINGS
            found.append(
                finding(
                    "T003",
                    _at(file, at.line - 1, start + 1),
                    f"unknown key `{key}`",
                    "it stands in the front matter of a Topic of the kind `expansion-playbooks`"
                    if elsewhere
                    else nearest_help(key, keys),
                    width=len(key),
                    replacement=meant,
                )
            )
            if meant:
                read[meant] = value
                front.places[meant] = at
            continue
        read[key] = value
        problem = _problem(key, value)
        if problem is not None:
            code, message, mend = problem
            replacement = sure(value, KINDS) if key == "kind" else None
            width = max(len(value), 1)
            found.append(finding(code, at, message, mend, width=width, replacement=replacement))
            read[key] = replacement or value
    front.values.clear()
    front.values.update(read)


def _problem(key: str, value: str) -> tuple[str, str, str] | None:
    """Why this key cannot have this value: code, message and mend."""
    if key == "kind" and value not in KINDS:
        return "T001", f"unknown kind `{value}`", nearest_help(value, KINDS)
    if key == "review_by" and not _is_date(value):
        return "T003", f"`{value}` is no date", "write it as 2027-03-31"
    if key == "owner" and not value:
        return "T003", "nobody owns this file", "write who looks after it, such as an email address"
    if key == "generated" and value.lower() not in ("yes", "no", "true", "false", ""):
        return "T003", f"`{value}` is neither yes nor no", "write yes or no"
    if key in SETTINGS:
        try:
            grammar.read(SETTINGS[key], value)
        except grammar.Unreadable as wrong:
            return "T003", f"unreadable `{key}`: `{value}`", f"write it like `{wrong.nearest}`"
    return None


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
