"""Rows that a thing may be without: removing one is no mistake, so the difference of two versions must name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evals.proof.sites import Place, optional_rows
from skill.compiler.folder import Compiler
from skill.model.common import slug

_PLACES = ("span", "name_span", "digest", "version", "topics", "position")
"""Where a thing stands, which says nothing of what it does."""


@dataclass(frozen=True)
class Removed:
    """One optional row, taken out."""

    file: str
    line: int
    text: str
    told: bool
    """Whether the compiler has a finding without it."""
    matters: bool
    """Whether the Playbook is another without it; `Kind | switch` says what leaving it out says."""
    named: bool
    """Whether the difference names the thing and what is gone."""


def removed_rows(
    sources: Mapping[str, str], today: date, rows: Iterable[Place] | None = None
) -> Iterator[Removed]:
    """Each of these rows, else each optional row, taken out one at a time.

    Raises:
        ImportError: there is no `difference` in this compiler.
    """
    from skill.compiler.difference import differences

    compiler = Compiler()
    before = compiler.compile_sources(sources, today)
    known = {(d.code, d.message) for d in before.diagnostics}
    bare = _bare(before.playbook.model_dump())
    for file, line in optional_rows(sources) if rows is None else rows:
        lines = sources[file].split("\n")
        text = lines.pop(line - 1)
        after = compiler.compile_sources({**sources, file: "\n".join(lines)}, today)
        told = any((d.code, d.message) not in known for d in after.diagnostics)
        matters = _bare(after.playbook.model_dump()) != bare
        found = differences(before.playbook, after.playbook) if matters else ()
        heading = next(x[3:] for x in reversed(lines[: line - 1]) if x.startswith("## "))
        named = any(_is_about(heading, text, d) for d in found)
        yield Removed(file, line, text, told, matters, named)


def _is_about(heading: str, row: str, difference: Any) -> bool:
    """Whether a difference names the thing, and the row's field or what stood in it.

    What a thing is called in another language is a difference of that language, under the thing's key.
    """
    _, field, value, *_ = (part.strip().lower() for part in row.split("|"))
    said = f"{difference.field} {difference.before} {difference.after}".lower()
    is_thing = slug(heading) in (slug(difference.name), slug(difference.field))
    return is_thing and (field in said or value in said)


def _bare(value: Any) -> Any:
    """A dumped playbook without places; quotes that are kept by their place stand in its order."""
    if isinstance(value, dict):
        return {
            k: [_bare(q) for q in v.values()] if k == "quotes" and isinstance(v, dict) else _bare(v)
            for k, v in value.items()
            if k not in _PLACES
        }
    if isinstance(value, list | tuple):
        return [_bare(v) for v in value]
    return value
