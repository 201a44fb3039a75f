"""The findings a writer can get: one table of codes and pattern names, one way to make one, three ways to print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from skill.compiler.text import lines_of
from skill.model.topic import Diagnostic, Severity, Span

CODES: dict[str, tuple[str, Severity]] = {
    "T001": ("unknown-kind", Severity.ERROR),
    "T002": ("review-date-passed", Severity.WARNING),
    "T003": ("unreadable-front-matter", Severity.ERROR),
    "T004": ("unreadable-file", Severity.ERROR),
    "T101": ("defined-twice", Severity.ERROR),
    "T102": ("unknown-field", Severity.ERROR),
    "T103": ("unknown-name", Severity.ERROR),
    "T104": ("required-field-missing", Severity.ERROR),
    "T105": ("dead-offer", Severity.WARNING),
    "T106": ("feature-nothing-unlocks", Severity.WARNING),
    "T107": ("needs-in-a-circle", Severity.ERROR),
    "T108": ("unreadable-value", Severity.ERROR),
    "T109": ("preferred-over-cheaper", Severity.WARNING),
    "T201": ("unreadable-rule", Severity.ERROR),
    "T202": ("thresholds-that-cannot-both-matter", Severity.WARNING),
    "T203": ("unknown-slot", Severity.ERROR),
    "T204": ("unreachable", Severity.WARNING),
    "T205": ("many-ready-signals", Severity.NOTE),
    "T301": ("unreadable-price", Severity.ERROR),
    "T302": ("price-in-wording", Severity.ERROR),
    "T303": ("pressure-in-wording", Severity.WARNING),
    "T304": ("internal-in-quote", Severity.ERROR),
    "T305": ("number-in-no-table", Severity.WARNING),
    "T306": ("instruction-to-a-model", Severity.WARNING),
    "T401": ("misspelt-section", Severity.WARNING),
    "T402": ("quote-inside-internal", Severity.WARNING),
    "T403": ("situation-without-words", Severity.WARNING),
    "T404": ("unreviewed-wording", Severity.NOTE),
    "T405": ("quote-without-label", Severity.ERROR),
    "T406": ("unknown-label", Severity.ERROR),
    "T501": ("translation-incomplete", Severity.WARNING),
    "T502": ("link-not-allowed", Severity.ERROR),
    "T601": ("unreadable-restraint", Severity.ERROR),
    "T602": ("broadcast", Severity.WARNING),
}


def finding(
    code: str,
    span: Span,
    message: str,
    help: str,
    *,
    width: int = 1,
    replacement: str | None = None,
) -> Diagnostic:
    """A diagnostic with the name and severity of its code; `replacement` where the mend is beyond doubt."""
    name, severity = CODES[code]
    return Diagnostic(
        code=code,
        name=name,
        severity=severity,
        message=message,
        help=help,
        span=span,
        width=max(width, 1),
        replacement=replacement,
    )


def ordered(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """All findings in the order a reader meets them, each once."""
    unique = {(d.code, d.span.file, d.span.line, d.span.column, d.message): d for d in found}
    return tuple(
        sorted(unique.values(), key=lambda d: (d.span.file, d.span.line, d.span.column, d.code))
    )


def has_errors(found: Iterable[Diagnostic]) -> bool:
    """Whether Topics with these findings may not be served."""
    return any(d.severity is Severity.ERROR for d in found)


def concise(d: Diagnostic) -> str:
    """One line: `file:line:column: error[T103] message`."""
    return f"{d.span.file}:{d.span.line}:{d.span.column}: {d.severity.value}[{d.code}] {d.message}"


def full(d: Diagnostic, sources: Mapping[str, str]) -> str:
    """The finding with its source line, carets and the mend, like a compiler prints it."""
    lines = [concise(d)]
    source = lines_of(sources.get(d.span.file, ""))
    if 0 < d.span.line <= len(source):
        text = source[d.span.line - 1]
        number = str(d.span.line)
        start = min(d.span.column - 1, len(text))
        carets = "^" * max(1, min(d.width, len(text) - start))
        lines += [f" {number} | {text}", f" {' ' * len(number)} | {' ' * start}{carets}"]
    lines.append(f"help: {d.help}")
    return "\n".join(lines)


def as_json(found: Iterable[Diagnostic]) -> str:
    """`{"diagnostics": [...]}`, the shape of the contract."""
    rows = [
        {
            "code": d.code,
            "name": d.name,
            "severity": d.severity.value,
            "message": d.message,
            "help": d.help,
            "file": d.span.file,
            "line": d.span.line,
            "column": d.span.column,
        }
        for d in found
    ]
    return json.dumps({"diagnostics": rows}, indent=2, ensure_ascii=False)
