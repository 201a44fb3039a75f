"""The text of a help page as sections of passages: paragraphs and lists, each made plain, and what a passage cannot hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from skill.compiler.importers.plain import one_line
from skill.compiler.parse import blocks_only
from skill.compiler.text import MARKER, cells_of, lines_of, unquoted
from skill.compiler.wording import is_allowed

MAX_NESTING = 3
"""Quotes within quotes that are read; nobody writes deeper."""
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[(?P<said>[^\[\]\n]*)\]\(\s*<?(?P<target>[^)\s>]*)[^)\n]*\)")
_BARE_LINK = re.compile(r"<(?P<target>https?:[^>\s]*)>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|\{/\*.*?(?:\*/\}|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_MACHINE = re.compile(r"^(?:import\s.+\sfrom\s|import\s['\"]|export\s|:::)")
"""Lines of a page that are for the program that shows it."""
_BOLD = re.compile(r"^(?:\*\*|__)(?P<said>[^*_]{3,60})(?:\*\*|__):?$")
"""A paragraph that is all bold is read as a heading: people write headings so."""
_DEEPEST = 6
_OPENS_A_BLOCK = re.compile(r"^(?:[>|#\s]|[-*+]\s|\d+[.)]\s|={3,}|-{3,}|`{3,}|~{3,})+")


@dataclass(frozen=True)
class Passage:
    """A paragraph, or a whole list: the lines that it is written as."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its lines as one text."""
        return "\n".join(self.lines)


@dataclass
class Part:
    """What stands under one heading of a page; the opening has none."""

    heading: str
    level: int
    passages: list[Passage] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """A page's parts in reading order, and how often there was what no passage can hold."""

    title: str
    """Its first heading of the first level; empty where it has none."""
    parts: tuple[Part, ...]
    left_out: Counter[str]


def read_text(text: str) -> Read:
    """The passages of a page's Markdown; never raises, whatever the text."""
    opening = Part("", 1)
    parts = [opening]
    left_out: Counter[str] = Counter()
    title = ""
    bare = _COMMENT.sub(" ", text)
    lines = ["" if _MACHINE.match(line) else line for line in lines_of(bare)] if bare else []
    for kind, level, block in _blocks(lines):
        bold = _BOLD.match(" ".join(block).strip()) if kind == "paragraph" else None
        if bold:
            parts.append(Part(plain(bold["said"]), _DEEPEST))
            continue
        if kind == "heading":
            said = plain(block[0])
            if level == 1 and not title:
                title = said
            elif said:
                parts.append(Part(said, level))
            continue
        parts[-1].passages += _passages(kind, block, left_out)
    return Read(title, tuple(part for part in parts if part.passages), left_out)


def plain(text: str) -> str:
    """Text on one line, without images, tags, slots, and links that may not be shown; the words of a link stay."""
    said = _IMAGE.sub(" ", one_line(text))
    said = _LINK.sub(lambda m: m[0] if is_allowed(m["target"]) else m["said"], said)
    said = _BARE_LINK.sub(lambda m: m["target"], said)
    said = _TAG.sub("", said).replace("{", "(").replace("}", ")")
    return " ".join(re.sub(r"<(?=[A-Za-z/!?])", "\u2039", said).split())


def _blocks(lines: Sequence[str], depth: int = 0) -> list[tuple[str, int, list[str]]]:
    """The outermost blocks: kind, level of a heading, lines; what is quoted is read like the rest."""
    out: list[tuple[str, int, list[str]]] = []
    tokens = blocks_only().parse("\n".join(lines))
    nesting = 0
    for i, token in enumerate(tokens):
        if nesting == 0 and token.map is not None:
            block = list(lines[token.map[0] : token.map[1]])
            if token.type == "heading_open":
                out.append(("heading", int(token.tag[1:]), [tokens[i + 1].content]))
            elif token.type == "blockquote_open" and depth < MAX_NESTING:
                out += _blocks([unquoted(line) for line in block], depth + 1)
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                out.append(("list", 0, block))
            else:
                kinds = {"paragraph_open": "paragraph", "table_open": "table", "hr": "rule"}
                out.append((kinds.get(token.type, "code block"), 0, block))
        nesting += token.nesting
    return out


def _passages(kind: str, block: list[str], left_out: Counter[str]) -> list[Passage]:
    if kind == "rule":
        return []
    if kind == "paragraph":
        said = _OPENS_A_BLOCK.sub("", plain(" ".join(block)))
        made = Passage((said,)) if said else None
    elif kind == "list":
        made = _list(block)
    elif kind == "table":
        made = _table(block)
    else:
        left_out[kind] += 1
        return []
    return [made] if made else []


def _list(block: list[str]) -> Passage | None:
    """The items, each on one line, those within others set in as they were."""
    items: list[tuple[str, list[str]]] = []
    for line in block:
        bare = line.strip()
        marker = MARKER.match(bare)
        if marker:
            items.append((_before(line) + marker[0], [bare[marker.end() :]]))
        elif bare and items:
            items[-1][1].append(bare)
    said = [(lead, plain(" ".join(text))) for lead, text in items]
    least = min((len(lead) - len(lead.lstrip()) for lead, _ in said), default=0)
    lines = tuple(lead[least:] + text for lead, text in said if text)
    return Passage(lines) if lines else None


def _before(line: str) -> str:
    return " " * (len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()))


def _table(block: list[str]) -> Passage | None:
    """A table as a list: each row with what its columns are called, since a passage is read by itself."""
    head = [plain(text) for text, _ in cells_of(block[0])]
    lines = []
    for line in block[2:]:
        cells = [plain(text) for text, _ in cells_of(line)]
        named = [
            f"{name}: {cell}" if name and n else cell
            for n, (name, cell) in enumerate(zip(head, cells, strict=False))
            if cell
        ]
        if named:
            lines.append("- " + "; ".join(named))
    return Passage(tuple(lines)) if lines else None
