"""The look of a Topic file: tables, headings, quotes and blank lines laid out in one way, and never a word changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from skill.compiler.parse import CUSTOMERS, INTERNAL, read_topic
from skill.compiler.text import LABEL, lines_of

_BLANK = " \t\u00a0\u202f\u2007\u2009"
"""What a writer cannot tell from a space; trimmed at the edges of a line or cell, kept within."""
_SPACES = str.maketrans(dict.fromkeys(_BLANK[2:], " "))
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_UNDERLINE = re.compile(r"(=+|-{2,})[ \t]*$")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_INTERRUPTS = re.compile(r"(?:[-*+]|1[.)])[ \t]+\S")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_QUOTE = re.compile(r" {0,3}>")
_DELIMITER = re.compile(r"[ \t]{0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_PIPE = re.compile(r"(?<!\\)\|")
_LISTS = ("unlocks", "includes", "contains", "helps with")
_APART = ("heading", "table", "quote", "code")
"""Blocks with a blank line before and after."""


@dataclass(frozen=True)
class _Line:
    """A line as it is laid out, and what it belongs to."""

    text: str
    block: str
    """`blank`, `heading`, `table`, `quote`, `code`, `comment`, `indented`, `list` or `text`."""
    holds_comment: bool = False
    """`tactful: allow` speaks of its line and the next one: nothing comes between them."""


def formatted(text: str, file: str = "topic.md") -> str:
    """The text of a Topic file as `tactful topics fmt` leaves it; formatting it again changes nothing.

    What compiles stays the same apart from places and digests: where a layout would read differently, only the
    ends of lines and of the file are put right, and where even that would, the text comes back as it was.
    """
    was = meaning(file, text)
    for out in (laid_out(text), _ended(text)):
        if meaning(file, out) == was and laid_out(out) in (out, laid_out(text)):
            return out
    return text


def _ended(text: str) -> str:
    """The same lines with plain ends, and one at the end of the file."""
    said = "\n".join(lines_of(text)).rstrip("\n")
    return f"{said}\n" if said else ""


def meaning(file: str, text: str) -> Any:
    """Everything that is read from this file, without places and digests; two texts with one meaning compile alike."""
    topic, found = read_topic(file, text)
    told = sorted((d.code, d.message) for d in found)
    return _placeless(topic.model_dump(mode="json")), told


_PLACES = ("span", "name_span", "places", "digest", "columns")


def _placeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _placeless(v) for k, v in value.items() if k not in _PLACES}
    return [_placeless(v) for v in value] if isinstance(value, list) else value


def laid_out(text: str) -> str:
    """The text in its usual look, by lines alone."""
    bare = text.removeprefix("\ufeff")
    lines = lines_of(bare)
    end = _front_matter(lines)
    front = [line.rstrip(_BLANK) for line in lines[:end]]
    body = "\n".join(lines[end:])
    said = _spaced(_Layout(body).lines())
    first = next((i for i, x in enumerate(said) if x.strip(_BLANK)), len(said))
    if not front and said[first:] and said[first].rstrip() == "---":
        first -= 1  # what stands below a blank line is no front matter, and stays none
    whole = [*front, *said[max(first, 0) :]]
    while whole and not whole[-1].strip(_BLANK):
        whole.pop()
    return "\n".join(whole) + "\n" if whole else ""


def _front_matter(lines: list[str]) -> int:
    """How many lines the front matter has; everything where it is not closed."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    return next((i + 1 for i, x in enumerate(lines[1:], 1) if x.rstrip() == "---"), len(lines))


class _Layout:
    """Walks the lines of a body, knowing fences, comments, tables, quotes and lists."""

    def __init__(self, body: str) -> None:
        self.raw = body.split("\n")
        plain = body.translate(_SPACES)
        hidden = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), plain)
        self.seen = hidden.split("\n")
        """The lines as the compiler sees them: comments blank, every space a space."""
        self.commented = self._commented(plain)
        self.part = ""
        self.in_list = False
        self.offset = 0
        """How far a line is indented that belongs to the list."""
        self.taken = 1

    @staticmethod
    def _commented(plain: str) -> set[int]:
        """The lines that a comment touches."""
        found: set[int] = set()
        for match in _COMMENT.finditer(plain):
            first = plain.count("\n", 0, match.start())
            found.update(range(first, first + match[0].count("\n") + 1))
        return found

    def lines(self) -> list[_Line]:
        """Every line laid out, blank ones as they were."""
        out: list[_Line] = []
        i = 0
        while i < len(self.raw):
            made = list(self._block(i, out[-1].block if out else "blank"))
            for line in made:
                self._note(line)
            out += made
            i += self.taken
        return out

    def _note(self, line: _Line) -> None:
        """A list goes on until a line at the margin that is no item and continues none."""
        item = _ITEM.match(line.text) if line.block == "list" else None
        if item and not self.in_list:
            self.offset = len(item[0])
        if line.block not in ("blank", "indented", "comment"):
            self.in_list = line.block == "list"

    def _block(self, i: int, last: str) -> Iterator[_Line]:
        """The lines of the block that begins here; `taken` says how many lines it had."""
        self.taken = 1
        raw, seen = self.raw[i], self.seen[i]
        indent = len(seen) - len(seen.lstrip(" \t"))
        heading = _HEADING.match(seen)
        inside = self.in_list and indent >= self.offset
        fresh = last in ("blank", "heading", "comment", "code", "text")
        if i in self.commented:
            if heading:
                self._enter(len(heading[1]), heading[2] or "")
            yield _Line(raw, self._commented_kind(seen, last), holds_comment=True)
        elif not seen.strip():
            yield _Line("", "blank")
        elif _FENCE.match(seen) and (indent < 4 or inside):
            self.taken = self._fence_length(i)
            kind = "indented" if inside else "code"
            yield from (_Line(x, kind) for x in self.raw[i : i + self.taken])
        elif "\t" in seen[:indent] or indent > 3 or inside:
            yield _Line(raw.rstrip(_BLANK) if inside else raw, "indented")
        elif heading:
            yield _Line(self._heading(i, heading), "heading")
        elif fresh and self._is_table(i):
            yield from self._table(i)
        elif _QUOTE.match(seen):
            yield from self._quotes(i)
        elif fresh and last != "text" and self._is_underlined(i):
            self.taken = 2
            mark = "#" if self.seen[i + 1].startswith("=") else "##"
            self._enter(len(mark), seen)
            yield _Line(f"{mark} {raw.strip(_BLANK)}", "heading")
        else:
            yield _Line(raw.rstrip(_BLANK), self._prose_kind(seen, last))

    @staticmethod
    def _commented_kind(seen: str, last: str) -> str:
        if not seen.strip() or _HEADING.match(seen):
            return "comment"
        if _QUOTE.match(seen):
            return "quote"
        if _ITEM.match(seen):
            return "list"
        return last if last in ("text", "list", "indented", "quote") else "comment"

    def _prose_kind(self, seen: str, last: str) -> str:
        if _RULE.match(seen):
            return "text"
        if _ITEM.match(seen) and (last != "text" or _INTERRUPTS.match(seen)):
            return "list"
        if last == "quote":
            return "list" if _INTERRUPTS.match(seen) else "quote"  # it goes on without its sign
        # A line right behind an item's text continues it, and is no paragraph of its own.
        return "list" if last in ("list", "indented") and self.in_list else "text"

    def _fence_length(self, i: int) -> int:
        opening = _FENCE.match(self.seen[i])
        assert opening is not None
        mark = opening[1]
        closing = re.compile(rf"\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
        for j in range(i + 1, len(self.raw)):
            if closing.match(self.seen[j]):
                return j - i + 1
        return len(self.raw) - i

    def _heading(self, i: int, heading: re.Match[str]) -> str:
        at = heading.start(2)
        text = self.raw[i][at:].strip(_BLANK) if at >= 0 else ""
        text = _CLOSING.sub("", text).rstrip(_BLANK)
        self._enter(len(heading[1]), text.translate(_SPACES))
        return f"{heading[1]} {text}".rstrip()

    def _enter(self, level: int, heading: str) -> None:
        """Where the next lines stand, as the compiler keeps count of it."""
        part = " ".join(heading.lower().split())
        if level <= 2:
            self.part = ""
        elif not (level > 3 and self.part == INTERNAL):
            self.part = part

    def _is_underlined(self, i: int) -> bool:
        """A title with a line of `=` or `-` beneath it."""
        if i + 1 >= len(self.raw) or i + 1 in self.commented:
            return False
        seen = self.seen[i]
        is_title = not (seen[0] in " \t" or seen.rstrip().endswith("#") or _ITEM.match(seen))
        return is_title and not _RULE.match(seen) and bool(_UNDERLINE.match(self.seen[i + 1]))

    def _is_table(self, i: int) -> bool:
        if i + 1 >= len(self.raw) or "|" not in self.seen[i] or i + 1 in self.commented:
            return False
        delimiter = self.seen[i + 1]
        if "|" not in delimiter or not _DELIMITER.match(delimiter):
            return False
        return len(_cells(self.seen[i])) == len(_cells(delimiter))

    def _table(self, i: int) -> Iterator[_Line]:
        """A table; one inside a section of words is a note, and its look is part of the note."""
        end = i + 2
        while end < len(self.raw) and self._is_row(end):
            end += 1
        self.taken = end - i
        keep = self.part not in ("", *_LISTS)
        for j in range(i, end):
            if keep or j in self.commented:
                yield _Line(self.raw[j].rstrip(_BLANK) if keep else self.raw[j], "table")
            elif j == i + 1:
                yield _Line(_delimiter(self.seen[j]), "table")
            else:
                cells = (f" {cell} " if cell else " " for cell in _cells(self.raw[j]))
                yield _Line(f"|{'|'.join(cells)}|", "table")

    def _is_row(self, j: int) -> bool:
        seen = self.seen[j]
        if not seen.strip() or seen.startswith(("    ", "\t")):
            return False
        starts = (_FENCE, _HEADING, _QUOTE, _RULE)
        return not (any(x.match(seen) for x in starts) or _ITEM.match(seen))

    def _quotes(self, i: int) -> Iterator[_Line]:
        """Quotes with one space behind each sign, and one bare sign between two of them."""
        end = i
        while end < len(self.raw) and self._is_quoted(end):
            end += 1
        self.taken = end - i
        block = range(i, end)
        if any(_FENCE.match(self._inner(j)) or self._inner(j)[:4] == "    " for j in block):
            yield from (_Line(self.raw[j].rstrip(_BLANK), "quote") for j in block)
            return
        first = next((j for j in block if _ITEM.match(self._inner(j))), end)
        said: list[str] = []
        for j in block:
            inner = self._inner(j)
            text = inner.strip(_BLANK) if j <= first else inner.rstrip(_BLANK)
            begins = bool(LABEL.match(text)) and self.part == CUSTOMERS
            if (begins or not text) and said and not said[-1]:
                said.pop()
            said += ["", text] if begins and said else [text]
        after = self.seen[end] if end < len(self.raw) and end not in self.commented else ""
        ended = not after.strip() or _HEADING.match(after) or _FENCE.match(after)
        while ended and len(said) > 1 and not said[-1]:
            said.pop()
        while len(said) > 1 and not said[0]:
            said.pop(0)
        yield from (_Line(f"> {x}".rstrip(" "), "quote") for x in said)

    def _is_quoted(self, j: int) -> bool:
        return j not in self.commented and bool(_QUOTE.match(self.seen[j]))

    def _inner(self, j: int) -> str:
        """A line behind its quote sign, without the one space that belongs to the sign."""
        raw = self.raw[j]
        inner = raw[self.seen[j].index(">") + 1 :]
        return inner[1:] if inner[:1] and inner[0] in _BLANK else inner


def _cells(line: str) -> list[str]:
    """The cells of a row, pipes in them still escaped."""
    body = line.strip(_BLANK)
    body = body.removeprefix("|")
    if body.endswith("|") and not body.endswith("\\|"):
        body = body[:-1]
    return [cell.strip(_BLANK) for cell in _PIPE.split(body)]


def _delimiter(line: str) -> str:
    sides = (":" if c.startswith(":") else "" for c in _cells(line))
    ends = (":" if c.endswith(":") else "" for c in _cells(line))
    return "|" + "|".join(f"{a}---{b}" for a, b in zip(sides, ends, strict=True)) + "|"


def _spaced(lines: list[_Line]) -> list[str]:
    """The lines with one blank line around each block, and never two in a row."""
    out: list[str] = []
    last: _Line | None = None
    n_blank = 0
    for line in lines:
        if line.block == "blank":
            n_blank += 1
            continue
        if last is None or (last.block == line.block == "indented"):
            out += [""] * n_blank  # blank lines within code belong to it
        elif n_blank or _apart(last, line):
            out.append("")
        out.append(line.text)
        last, n_blank = line, 0
    return out


def _apart(one: _Line, other: _Line) -> bool:
    """Whether a blank line belongs between two lines that had none."""
    if one.holds_comment or "comment" in (one.block, other.block):
        return False
    if one.block == other.block and one.block != "heading":
        return False
    if one.block in _APART or other.block in _APART:
        # Text right below a quote is still part of it.
        return not (one.block == "quote" and other.block in ("text", "list", "indented"))
    return one.block == "text" and other.block == "list"
