"""One Topic file as lines with their places: what is found in it is told here, where it stands."""

from __future__ import annotations

import re

from skill.compiler.diagnostics import finding
from skill.compiler.languages import language_of
from skill.compiler.text import digest_of, lines_of
from skill.compiler.wording import shapes_in, to_a_model
from skill.model.topic import Diagnostic, Span

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u2009": " "})
_NO_LINE_END = re.compile(r"[^\r\n]")
_TIGHT_HEADING = re.compile(r"^(#{2,6})(?=[^#\s])")


def without_comments(text: str) -> str:
    """The text with every HTML comment blank and every line where it was: what is commented out is not there."""
    if "<!--" not in text:
        return text
    return _COMMENT.sub(lambda m: _NO_LINE_END.sub(" ", m[0]), text)


class Source:
    """The lines of one file, what it is called, and what was found in it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.name = file.removesuffix(".md")
        self.lang = language_of(self.name) or "en"
        self.digest = digest_of(text)
        lines = lines_of(without_comments(text.removeprefix("\ufeff").translate(_SPACES)))
        # A blanked comment at the end of a line is nothing that anybody needs to read again.
        self.lines = [line.rstrip(" ") for line in lines] if "<!--" in text else lines
        self.found: list[Diagnostic] = []
        self._tell_open_comment(text)

    def _tell_open_comment(self, text: str) -> None:
        """A comment that is never closed hides the rest of the file."""
        at = text.rfind("<!--")
        if at < 0 or "-->" in text[at:]:
            return
        line = len(lines_of(text[:at] + "x")) - 1
        column = at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at))
        self.tell(
            "T004",
            self.span(line, line + 1, max(column, 1)),
            "a comment that is not closed: what stands below it is not read",
            "close it with `-->`",
            width=4,
        )

    def span(self, start: int, end: int, column: int = 1) -> Span:
        """Lines are counted from 0 with an exclusive end here, as the Markdown parser does."""
        return Span(file=self.file, line=start + 1, end_line=max(end, start + 1), column=column)

    def tell(
        self,
        code: str,
        span: Span,
        message: str,
        help: str,
        *,
        width: int = 1,
        replacement: str | None = None,
    ) -> None:
        """Add a finding."""
        self.found.append(finding(code, span, message, help, width=width, replacement=replacement))

    def whole_line(self, i: int) -> int:
        """How wide a line is, for carets under all of it."""
        return max(len(self.lines[i].rstrip()), 1)

    def place_of(self, words: str, start: int, end: int) -> Span:
        """Where these words first stand between two lines; the first line where they run over its end."""
        for i in range(start, end):
            column = self.lines[i].find(words)
            if words and column >= 0:
                return self.span(i, i + 1, column + 1)
        first = words.split(maxsplit=1)[0] if words.strip() else ""
        if first and first != words:
            return self.place_of(first, start, end)
        return self.span(start, start + 1)

    def mend_headings(self) -> None:
        """`##Team` is a heading whose space was forgotten: told, and read as one."""
        fenced = False
        for i, line in enumerate(self.lines):
            if line.startswith(("```", "~~~")):
                fenced = not fenced
            tight = None if fenced else _TIGHT_HEADING.match(line)
            if tight is None:
                continue
            self.tell(
                "T401",
                self.span(i, i + 1),
                f"a heading without a space: `{line.strip()[:60]}`",
                f"write `{tight[1]} {line[tight.end() :].strip()[:60]}`",
                width=self.whole_line(i),
                replacement=f"{tight[1]} {line[tight.end() :].strip()}",
            )
            self.lines[i] = f"{tight[1]} {line[tight.end() :]}"

    def tell_commands(self) -> None:
        """Text shaped like an instruction to a model, wherever it stands."""
        shapes = shapes_in("\n".join(self.lines))
        for i, line in enumerate(self.lines):
            for problem in to_a_model(line, shapes):
                at = self.span(i, i + 1, problem.at + 1)
                self.tell(problem.code, at, problem.message, problem.help, width=problem.width)
