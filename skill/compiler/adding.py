"""A word is added to what a feature is also called: one cell of one file changes, and every other byte stays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from skill.compiler.diagnostics import has_errors
from skill.compiler.folder import Compiled, Compiler
from skill.compiler.labels import nearest
from skill.errors import DraftRefused, InputError
from skill.model.common import slug
from skill.model.playbook import Feature, Playbook
from skill.model.topic import Diagnostic, Field, Section

LONGEST_WORD = 80
"""Characters; what people call a thing is shorter."""

_FIELD = "Also called"
_BEFORE = ("What it does",)
"""The new row stands behind the first of these that is there."""
_LINE_ENDS = re.compile(r"(\r\n|\n|\r)")
_UNSAFE = re.compile(r"[,`<>{}\[\]\\]|--|\*\*|__")
"""What ends a word in a cell, opens a comment, a slot, a link or a mark, or stands for something taken out."""
_PLAIN = "zyx wvu tsr"
"""A word that nothing is called and that says nothing: what is told with it is not told of a word."""
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Added:
    """A file with the word in it."""

    feature: str
    """Key of the feature."""
    word: str
    file: str
    line: int
    """Where the word stands now, from 1."""
    text: str
    """The whole file."""
    sources: dict[str, str]
    """All files, this one among them."""
    version: str
    """Of the Topics with the word in them."""
    before: str
    """Of the Topics without it."""


def add_word(sources: Mapping[str, str], feature: str, word: str, today: date) -> Added:
    """The Topics with one more word under `Also called` of a feature; nothing is written anywhere.

    Args:
        sources: the texts of a folder by name.
        feature: key or name of the feature.
        word: what it is also called.
        today: the day that review dates are judged by.

    Raises:
        InputError: no such feature; a word that cannot stand in a cell, stands there already, or is what
            something else is called.
        DraftRefused: the Topics would have a finding that they do not have now.
    """
    compiler = Compiler()
    before = compiler.compile_sources(sources, today)
    meant = _feature(before.playbook, feature)
    said = _usable(word)
    _refuse_taken(before.playbook, meant, said)
    file, line, text = _written(before, meant, said)
    after = compiler.compile_sources({**sources, file: text}, today)
    new = _new(before.diagnostics, after.diagnostics)
    if new:
        # An empty row that is filled may bring to light what was told of no more; that is not the word's doing.
        plain = compiler.compile_sources(
            {**sources, file: _written(before, meant, _PLAIN)[2]}, today
        )
        shown = _new(plain.diagnostics, new)
        _refuse_findings([one for one in new if one in shown or has_errors([one])])
    now = after.playbook.features.get(meant.key)
    if now is None or sorted(now.also_called) != sorted((*meant.also_called, said)):
        raise InputError(
            f"`{said}` would be read as something else in `{file}`",
            pointer="word",
            help=f"write it there by hand: it belongs to `{meant.name}`, in line {line}",
        )
    return Added(
        feature=meant.key,
        word=said,
        file=file,
        line=line,
        text=text,
        sources={**sources, file: text},
        version=after.playbook.version,
        before=before.playbook.version,
    )


def _feature(playbook: Playbook, name: str) -> Feature:
    found = playbook.features.get(name) or playbook.features.get(slug(name))
    if found is not None:
        return found
    near = nearest(name[:80], playbook.features)
    raise InputError(
        f"no feature `{name[:80]}` in these Topics",
        pointer="feature",
        help=f"did you mean `{near}`?" if near else "`tactful topics explain` names them all",
    )


def _usable(word: str) -> str:
    """The word as it may stand in a cell.

    Raises:
        InputError: it is empty, too long, or would not be read back as one word.
    """
    if any(not c.isprintable() and not c.isspace() for c in word) or "\n" in word or "\r" in word:
        raise InputError(
            "the word has an invisible character or a line break in it",
            pointer="word",
            help="type it anew",
        )
    said = " ".join(word.split())
    if not slug(said):
        raise InputError(
            "the word has no letter or digit",
            pointer="word",
            help="say what people call the feature",
        )
    if len(said) > LONGEST_WORD:
        raise InputError(
            f"the word has {len(said):,} characters, more than {LONGEST_WORD}",
            pointer="word",
            help="say only what the feature is called, in a few words",
        )
    unsafe = _UNSAFE.search(said)
    if unsafe:
        raise InputError(
            f"`{unsafe[0]}` cannot stand in a word of a table",
            pointer="word",
            help="leave it out, or add two words one after the other",
        )
    return said


def _refuse_taken(playbook: Playbook, meant: Feature, word: str) -> None:
    key = slug(word)
    if key in {slug(name) for name in (meant.name, *meant.also_called, *meant.formerly)}:
        raise InputError(
            f"`{meant.name}` is called `{word}` already", pointer="word", help="nothing to add"
        )
    for other in playbook.features.values():
        if key in {
            slug(name) for name in (other.key, other.name, *other.also_called, *other.formerly)
        }:
            raise InputError(
                f"`{word}` is what `{other.name}` is called ({other.span})",
                pointer="word",
                help="choose a word that means one of them alone",
            )
    things = {b.key: (b.name, b.span) for b in playbook.bundles.values()}
    things |= {m.key: (m.name, m.span) for m in playbook.meters.values()}
    for own, (name, span) in things.items():
        if key in (own, slug(name)):
            raise InputError(
                f"`{word}` is the name of something else ({span})",
                pointer="word",
                help="choose a word that means the feature alone",
            )


def _written(compiled: Compiled, meant: Feature, word: str) -> tuple[str, int, str]:
    """The file, the line and the new text of the file."""
    section = _section(compiled.playbook, meant)
    file = meant.span.file
    parts = _LINE_ENDS.split(compiled.sources[file])
    rows = [f for f in section.fields if slug(f.name) == slug(_FIELD)]
    filled = [row for row in rows if row.value]
    escaped = word.replace("|", "\\|")
    if rows:
        row = (filled or rows)[-1]
        at = 2 * (row.span.line - 1)
        parts[at] = _appended(parts[at], row, escaped)
        return file, row.span.line, "".join(parts)
    if not section.fields:
        raise InputError(
            f"`{meant.name}` has no table in `{file}`",
            pointer="feature",
            help=f"add one with a row `| {_FIELD} | {word} |`",
        )
    after = next(
        (f for f in section.fields if slug(f.name) in map(slug, _BEFORE)), section.fields[0]
    )
    at = 2 * (after.span.line - 1)
    like = parts[at]
    indent = like[: len(like) - len(like.lstrip())]
    edges = ("| ", " |") if like.strip().startswith("|") else ("", "")
    new = f"{indent}{edges[0]}{_FIELD} | {escaped}{edges[1]}"
    end = parts[at + 1] if at + 1 < len(parts) else next(iter(parts[1::2]), "\n")
    # The last line of a file may have no end: then the new line has none either.
    parts[at : at + 1] = [like, end, new]
    return file, after.span.line + 1, "".join(parts)


def _section(playbook: Playbook, meant: Feature) -> Section:
    for topic in playbook.topics:
        for section in topic.sections:
            if topic.file == meant.span.file and section.span == meant.span:
                return section
    raise InputError(f"`{meant.name}` stands in no file", pointer="feature")


def _appended(line: str, row: Field, escaped: str) -> str:
    """The line of a row with one more word at the end of its second cell."""
    start = row.span.column - 1
    end = next(
        (i for i in range(start, len(line)) if line[i] == "|" and line[i - 1] != "\\"), len(line)
    )
    cell = line[start:end].rstrip()
    comma = "" if not row.value or cell.endswith(",") else ","
    space = " " if cell or line[start - 1 : start] == "|" else ""
    rest = line[start + len(cell) :] if cell else line[end:]
    closing = " " if not rest.startswith((" ", "\t")) and rest else ""
    return line[:start] + cell + comma + space + escaped + closing + rest


def _new(before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What is told after and not before; places are left aside, as a new row moves what stands below it."""
    known = Counter(_said(one) for one in before)
    new = []
    for one in after:
        if known[_said(one)]:
            known[_said(one)] -= 1
        else:
            new.append(one)
    return new


def _refuse_findings(new: Sequence[Diagnostic]) -> None:
    if not new:
        return
    refused = DraftRefused(
        f"{new[0].span}: {new[0].message}", pointer=str(new[0].span), help=new[0].help
    )
    refused.diagnostics = tuple(new)
    raise refused


def _said(one: Diagnostic) -> tuple[str, str, str]:
    return one.code, one.span.file, _NUMBER.sub("#", one.message)
