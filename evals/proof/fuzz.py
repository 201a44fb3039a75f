"""Random documents and phrases: nothing may end in an exception, and no finding may point outside its file.

Half of the documents are real Topics broken at the level of bytes, tokens or lines; half are grown from the shapes
of the language (tables, quotes, front matter, lists) filled with anything. The same seed grows the same ones.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from random import Random
from typing import Any

from skill.compiler.folder import Compiler
from skill.compiler.front import KINDS
from skill.compiler.grammar import FORMS, Unreadable
from skill.compiler.labels import LABELS, SLOTS
from skill.model.topic import Diagnostic

_ODD = (
    "\u00a0", "\u202e", "\u200b", "\ufeff", "\u0130", "\u00df", "\u0661", "\u2028", "\x0b", "\x0c", "\x1c", "\x85",
    "\r", "\t", "\x07", "\U0001f600", "\ud800", "e\u0301", "\u2212", "\u00bd", "\u3007", "\u00b2",
)  # fmt: skip
"""Characters that have broken programs: odd spaces, directions, digits, line ends, a lone surrogate."""
_MARKS = ("|", "||", "\\|", ">", "> **", "**", ":**", "{", "}", "#", "##", "### ", "---", "- ", "1. ", "<!--", "-->", "`", "```", "[", "](", "<", "&", "\\", "*", "_", "~", "\n", "\n\n", "    ")  # fmt: skip
_FORMS = tuple(form for forms in FORMS.values() for form in forms)
_WORDS = (
    *KINDS, *LABELS, *("{" + slot + "}" for slot in SLOTS), *_FORMS,
    "Sold as", "Unlocks", "Includes", "Price", "Limits", "Settings", "Kind", "metered runs", "Applies to", "Signal",
    "Field", "Value", "What customers can read", "Internal only", "kind:", "review_by: 2027-13-99", "generated: yes",
    "<!-- tactful: allow T106 -->", "Team", "plan", "add-on", "yes", "EUR", "1e999", "9" * 400, "-0", "NaN", "1,00",
)  # fmt: skip


_LINE_END = re.compile(r"\r\n|\n|\r")


class Fuzzer:
    """Grows random Topics from real ones."""

    def __init__(self, sources: Mapping[str, str], seed: int) -> None:
        self.chance = Random(seed)
        self._real = [text for _, text in sorted(sources.items())]
        self._lines = [line for text in self._real for line in text.splitlines()]

    def documents(self, n: int) -> Iterator[str]:
        """`n` documents."""
        grow = (
            self._broken_bytes,
            self._broken_tokens,
            self._broken_lines,
            self._shaped,
            self._shaped,
            self._extreme,
        )
        for i in range(n):
            yield grow[i % len(grow)]()

    def phrases(self, n: int) -> Iterator[str]:
        """`n` phrases: real forms broken, words of the language thrown together, and anything."""
        for _ in range(n):
            parts = self.chance.choice(_FORMS).split()
            for _ in range(self.chance.randrange(4)):
                at = self.chance.randrange(len(parts) + 1)
                parts[at : at + self.chance.randrange(2)] = [self._piece()]
            yield self.chance.choice((" ", "  ", "", ", ", " and ")).join(parts)

    def _excerpt(self, most: int = 60) -> list[str]:
        """Some lines of a real Topic, mostly with its front matter."""
        lines = self.chance.choice(self._real).splitlines()
        at = self.chance.randrange(len(lines))
        head = lines[:6] if self.chance.random() < 0.8 else []
        return head + lines[at : at + self.chance.randrange(1, most)]

    def _broken_bytes(self) -> str:
        raw = bytearray("\n".join(self._excerpt()).encode())
        for _ in range(self.chance.randrange(1, 12)):
            at = self.chance.randrange(len(raw) or 1)
            if self.chance.random() < 0.5:
                raw[at : at + 1] = bytes([self.chance.randrange(256)])
            else:
                del raw[at : at + self.chance.randrange(1, 5)]
        return raw.decode("utf-8", "replace")

    def _broken_tokens(self) -> str:
        text = "\n".join(self._excerpt())
        for _ in range(self.chance.randrange(1, 10)):
            at = self.chance.randrange(len(text) + 1)
            text = text[:at] + self._piece() + text[at + self.chance.choice((0, 0, 1, 3)) :]
        return text

    def _broken_lines(self) -> str:
        lines = self._excerpt()
        for _ in range(self.chance.randrange(1, 8)):
            at = self.chance.randrange(len(lines) + 1)
            what = self.chance.randrange(4)
            if what == 0:
                del lines[at : at + 1]
            elif what == 1:
                lines.insert(at, self.chance.choice(self._lines))
            elif what == 2 and lines:
                lines.insert(at, lines[self.chance.randrange(len(lines))])
            else:
                self.chance.shuffle(lines[at : at + 5])
        return self.chance.choice(("\n", "\n", "\r\n", "\n\n")).join(lines)

    def _shaped(self) -> str:
        kind = self.chance.choice((*KINDS, "nothing", ""))
        out = ["---", f"kind: {kind}", f"owner: {self._cell()}", "review_by: 2027-03-31", "---"]
        shapes: tuple[Callable[[], list[str]], ...] = (
            self._heading, self._fields, self._table, self._quotes, self._list, lambda: [self._cell()],
        )  # fmt: skip
        for _ in range(self.chance.randrange(1, 12)):
            out += self.chance.choice(shapes)()
            out += [""] * self.chance.randrange(2)
        return "\n".join(out)

    def _heading(self) -> list[str]:
        return ["#" * self.chance.randrange(1, 8) + self.chance.choice((" ", "")) + self._cell()]

    def _fields(self) -> list[str]:
        rows = [f"| {self._cell()} | {self._cell()} |" for _ in range(self.chance.randrange(6))]
        return ["## " + self._cell(), "", "| Field | Value |", "|---|---|", *rows]

    def _table(self) -> list[str]:
        n = self.chance.randrange(1, 9)
        header = self.chance.choice([x for x in self._lines if x.startswith("|")])
        rows = [[self._cell() for _ in range(n)] for _ in range(self.chance.randrange(5))]
        return [
            header,
            "|" + "---|" * header.count("|"),
            *("|" + "|".join(row) + "|" for row in rows),
        ]

    def _quotes(self) -> list[str]:
        section = self.chance.choice(("### What customers can read", "### Internal only", ""))
        quotes = [
            self.chance.choice(("> ", ">", "", "> > "))
            + f"**{self._cell()}:** {self._cell()} {self._piece()}"
            for _ in range(self.chance.randrange(1, 4))
        ]
        return [section, "", *quotes]

    def _list(self) -> list[str]:
        sign = self.chance.choice(("- ", "* ", "1. ", "  - ", "-"))
        return [
            "### Unlocks",
            "",
            *(sign + self._cell() for _ in range(self.chance.randrange(1, 6))),
        ]

    def _extreme(self) -> str:
        """Too much of one thing: pipes, depth, length, emphasis, braces."""
        n = self.chance.choice((10, 100, 400))
        front = "---\nkind: " + self.chance.choice(KINDS) + "\n---\n# T\n\n"
        return front + self.chance.choice(
            (
                "> " * n + self._cell(),
                "- " * n + self._cell(),
                "|" * n + "\n" + "|-" * n + "|\n" + "|x" * n,
                "\n".join(" " * i + "- x" for i in range(n // 4)),
                "## A\n\n> **" + "*" * n + self._cell(),
                "### What customers can read\n\n> **Answer:** " + "{plan} " * n + "{" * n,
                "## " + self._cell() * n,
                "[" * n + "](" * n,
                ("<!--" + "-->") * n + "<!--" * n,
                "`" * n + "\n" + "~" * n,
                "\n".join(self.chance.choices(self._lines, k=n // 4)),
                "| Field | Value |\n|---|---|\n| Price | " + self.chance.choice(_FORMS) * n + " |",
                "| Field | Value |\n|---|---|\n| Limits | " + "a: 1; " * n + "|",
                "\\" * n + "|" * n,
            )
        )

    def _cell(self) -> str:
        return " ".join(self._piece() for _ in range(self.chance.randrange(1, 4)))

    def _piece(self) -> str:
        which = self.chance.random()
        if which < 0.55:
            return self.chance.choice(_WORDS)
        if which < 0.75:
            return self.chance.choice(_MARKS)
        if which < 0.9:
            return self.chance.choice(_ODD) * self.chance.choice((1, 1, 3))
        return "".join(
            chr(self.chance.randrange(1, 0x2FFF)) for _ in range(self.chance.randrange(1, 8))
        )


@dataclass
class Fuzzed:
    """What came of many documents."""

    n: int = 0
    n_findings: int = 0
    raised: list[tuple[str, str]] = field(default_factory=list)
    """Document and exception."""
    outside: list[tuple[str, str]] = field(default_factory=list)
    """Document and the finding whose place is not in it."""


def compile_all(documents: Iterable[str], today: date) -> Fuzzed:
    """Compile each document and look at where its findings point; each eighth has the last one as its translation."""
    out = Fuzzed()
    before = ""
    for text in documents:
        sources = {"topic.md": text} | ({"topic.de.md": before} if out.n % 8 == 7 else {})
        before = text
        out.n += 1
        try:
            found = Compiler().compile_sources(sources, today).diagnostics
        except Exception as wrong:  # noqa: BLE001 - any exception at all is what we look for
            out.raised.append((text, f"{type(wrong).__name__}: {wrong}"[:300]))
            continue
        out.n_findings += len(found)
        outside = (d for d in found if not inside(d, sources))
        out.outside += [
            (sources.get(d.span.file, ""), f"{d.span} [{d.code}] {d.message}") for d in outside
        ]
    return out


def inside(d: Diagnostic, sources: Mapping[str, str]) -> bool:
    """Whether a finding points at a line and column of its file; one behind the end of a line may be meant.

    Lines end as they do for an editor and for Markdown: with a line feed, a carriage return, or both.
    """
    if d.span.file not in sources:
        return False
    lines = _LINE_END.split(sources[d.span.file])
    if not 1 <= d.span.line <= d.span.end_line <= len(lines):
        return False
    return 1 <= d.span.column <= len(lines[d.span.line - 1]) + 1


def read_phrases(
    phrases: Iterable[str], readers: Mapping[str, Callable[[str], Any]]
) -> list[tuple[str, str, str]]:
    """Every phrase through every reader; what it raised other than Unreadable."""
    raised = []
    for phrase in phrases:
        for start, read in readers.items():
            try:
                read(phrase)
            except Unreadable:
                continue
            except Exception as wrong:  # noqa: BLE001 - any exception at all is what we look for
                raised.append((start, phrase, f"{type(wrong).__name__}: {wrong}"[:300]))
    return raised


@dataclass(frozen=True)
class Cost:
    """CPU time of the whole compile against the Markdown parser alone, over some documents."""

    n: int
    whole: float
    """The ratio of both sums."""
    median: float
    worst: float
    worst_text: str
    growth: float
    """What twice the worst document costs, in times the worst: about 2 where cost grows with length alone."""


def cost(
    documents: Sequence[str], today: date, parse: Callable[[str], object], *, least: int = 2_000
) -> Cost:
    """Documents of at least so many bytes; each time is the best of several runs, the worst ones measured again.

    The parser alone knows blocks only, and passes over a long line at once; a compile reads what stands in it. So
    a document of one long line has a large ratio however fast it is compiled, and the sum says more than the worst.
    """
    large = [text for text in documents if len(text.encode("utf-8", "surrogatepass")) >= least]

    def both(text: str, n: int) -> tuple[float, float, str]:
        def compiling() -> object:
            return Compiler().compile_sources({"topic.md": text}, today)

        return _cpu(compiling, n), _cpu(partial(parse, text), n), text

    rows = sorted((both(text, 2) for text in large), key=_ratio)
    worst = max((both(text, 7) for *_, text in rows[-20:]), key=_ratio)
    twice = both(worst[2] + worst[2], 7)
    return Cost(
        n=len(rows),
        whole=sum(row[0] for row in rows) / sum(row[1] for row in rows),
        median=_ratio(rows[len(rows) // 2]),
        worst=_ratio(worst),
        worst_text=worst[2],
        growth=twice[0] / worst[0],
    )


def _ratio(row: tuple[float, float, str]) -> float:
    return row[0] / row[1]


def _cpu(run: Callable[[], object], n: int) -> float:
    """The least CPU time of `n` runs without the garbage collector: what the work takes when nothing disturbs it."""
    times = []
    gc.collect(0)
    gc.disable()
    try:
        for _ in range(n):
            started = time.process_time()
            run()
            times.append(time.process_time() - started)
    finally:
        gc.enable()
    return max(min(times), 1e-7)
