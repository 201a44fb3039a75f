"""Places and findings as the Language Server Protocol wants them: lines from 0, columns in the client's units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lsprotocol import types

from skill.compiler.diagnostics import CODES
from skill.compiler.labels import nearest
from skill.compiler.rule_pages import FOLDER as PAGES
from skill.compiler.text import lines_of
from skill.lsp.offered import Option
from skill.model.topic import Diagnostic, Severity

SOURCE = "tactful"
_SEVERITY = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_KINDS = {
    "name": types.CompletionItemKind.Reference,
    "field": types.CompletionItemKind.Field,
    "label": types.CompletionItemKind.Keyword,
    "slot": types.CompletionItemKind.Variable,
    "word": types.CompletionItemKind.EnumMember,
    "phrase": types.CompletionItemKind.Text,
    "section": types.CompletionItemKind.Module,
}


class Units(Protocol):
    """How a client counts the letters of a line: in UTF-16 unless it asked for something else."""

    def client_num_units(self, string: str) -> int:
        """How many units a text has."""


class Sheet:
    """The lines of one text, and the way between its places and the client's."""

    def __init__(self, text: str, units: Units) -> None:
        self.lines: Sequence[str] = lines_of(text)
        self.ends_with_a_line_end = text.endswith(("\n", "\r"))
        self._units = units

    def place(self, at: types.Position) -> tuple[int, int]:
        """Line and column from 1, as a `Span` counts; a place past an end is that end."""
        line = self._line(at.line + 1)
        left = at.character
        for i, letter in enumerate(line):
            if left <= 0:
                return at.line + 1, i + 1
            left -= self._units.client_num_units(letter)
        return at.line + 1, len(line) + 1

    def position(self, line: int, column: int) -> types.Position:
        """The client's position of a line and column that count from 1."""
        before = self._line(line)[: max(column, 1) - 1]
        return types.Position(max(line, 1) - 1, self._units.client_num_units(before))

    def range(self, line: int, start: int, end: int) -> types.Range:
        """A part of a line; the end is exclusive."""
        return types.Range(self.position(line, start), self.position(line, max(start, end)))

    def all(self) -> types.Range:
        """The whole text."""
        n = len(self.lines)
        if self.ends_with_a_line_end or n == 0:
            return types.Range(types.Position(0, 0), types.Position(n, 0))
        return types.Range(types.Position(0, 0), self.position(n, len(self.lines[-1]) + 1))

    def lines_between(self, first: int, last: int) -> types.Range:
        """From the beginning of one line to the end of another."""
        return types.Range(self.position(first, 1), self.position(last, len(self._line(last)) + 1))

    def part(self, line: int, start: int, end: int) -> str:
        """What stands in a part of a line."""
        return self._line(line)[max(start, 1) - 1 : max(end, 1) - 1]

    def _line(self, line: int) -> str:
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""


def diagnostic(found: Diagnostic, sheet: Sheet) -> types.Diagnostic:
    """A finding with its mend in the message and the page of its code."""
    at = found.span
    page = PAGES / f"{found.code}.md"
    link = page.resolve().as_uri() if found.code in CODES and page.is_file() else None
    return types.Diagnostic(
        range=sheet.range(at.line, at.column, at.column + found.width),
        message=f"{found.message}\nhelp: {found.help}",
        severity=_SEVERITY[found.severity],
        code=found.code,
        code_description=types.CodeDescription(href=link) if link else None,
        source=SOURCE,
    )


def mend(found: Diagnostic, sheet: Sheet) -> types.TextEdit | None:
    """The mend of a finding where it is beyond doubt and what stands there is what the finding is about."""
    new, at = found.replacement, found.span
    if new is None or "\n" in new or "|" in new:
        return None
    old = sheet.part(at.line, at.column, at.column + found.width)
    if not old.strip() or nearest(old, [new]) is None:
        return None
    return types.TextEdit(sheet.range(at.line, at.column, at.column + len(old)), new)


def item(option: Option, line: int, position: int, sheet: Sheet) -> types.CompletionItem:
    """Something that could stand here; `position` keeps the order in which it was offered."""
    shown = option.shown or option.text
    return types.CompletionItem(
        label=shown,
        kind=_KINDS[option.sort],
        documentation=types.MarkupContent(types.MarkupKind.Markdown, option.about)
        if option.about
        else None,
        sort_text=f"{position:05d}",
        filter_text=shown,
        text_edit=types.TextEdit(sheet.range(line, option.start, option.end), option.text),
    )
