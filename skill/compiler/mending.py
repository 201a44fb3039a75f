"""Safe mends: what is beyond doubt is written as it was meant, and nothing else is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from skill.compiler.diagnostics import has_errors
from skill.compiler.folder import Compiler
from skill.model.topic import Diagnostic

_LINE_ENDS = re.compile(r"(\r\n|\n|\r)")
_ALIKE = 50
"""What is replaced must look like what replaces it (0 to 100); anything else is not what the finding meant."""
MAX_ROUNDS = 5
"""A mended name may bring the next slip to light."""


@dataclass(frozen=True)
class Mended:
    """The texts after the mends, and the findings that they took away."""

    sources: dict[str, str]
    mended: tuple[Diagnostic, ...]


def mend(sources: Mapping[str, str], today: date) -> Mended:
    """Apply every mend that is beyond doubt; one that would bring a new error is left alone."""
    compiler = Compiler()
    now, done = dict(sources), []
    for _ in range(MAX_ROUNDS):
        found = compiler.compile_sources(now, today).diagnostics
        before = sum(has_errors([d]) for d in found)
        told = [d for d in found if d.replacement is not None]
        tried = _applied(now, told)
        after = compiler.compile_sources(tried, today).diagnostics
        if tried == now or sum(has_errors([d]) for d in after) > before:
            break
        left = {(d.span, d.message) for d in after}
        done += [d for d in told if (d.span, d.message) not in left]
        now = tried
    return Mended(now, tuple(done))


def _applied(sources: Mapping[str, str], found: Iterable[Diagnostic]) -> dict[str, str]:
    """The texts with every replacement made, the last of a line first so that no place moves."""
    out = dict(sources)
    by_file: dict[str, list[Diagnostic]] = {}
    for d in found:
        by_file.setdefault(d.span.file, []).append(d)
    for file, mends in by_file.items():
        parts = _LINE_ENDS.split(out[file])
        taken: set[int] = set()
        for d in sorted(mends, key=lambda d: (d.span.line, -d.span.column)):
            at = 2 * (d.span.line - 1)
            new = _replaced(parts[at], d) if at < len(parts) else None
            # Two mends of one line wait for the next round: the first may move the second.
            if new is not None and d.span.line not in taken:
                parts[at] = new
                taken.add(d.span.line)
        out[file] = "".join(parts)
    return out


def _replaced(line: str, d: Diagnostic) -> str | None:
    """The line with its mend, or None where what stands there is not what the finding is about."""
    start = d.span.column - 1
    old, new = line[start : start + d.width], d.replacement or ""
    if not old or fuzz.ratio(old.lower(), new.lower()) < _ALIKE:
        return None
    if "|" in new or "\n" in new:
        return None
    return line[:start] + new + line[start + d.width :]
