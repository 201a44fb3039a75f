"""Translations: sibling files (`product-bundles.de.md`) tied to their originals, quote by quote, and checked (T501).

A sibling says wording and names in another language, and nothing else: facts have one home. Its headings and labels
are those of the original. A row `| Name | Verbindungspaket |` says what a feature or bundle is called, and one table
`| Word | Translation |` under the title says the words that stand in facts: `per workspace`, `unlimited`, `free`.
What a sibling leaves out is shown in the original wording, with its own language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from skill.compiler.diagnostics import finding
from skill.compiler.fact_words import words_lacking
from skill.compiler.features import read_article, reviewed
from skill.compiler.labels import nearest, sure
from skill.compiler.languages import cldr, language_of, plural_of
from skill.compiler.names import Names
from skill.compiler.wording import wording_problem
from skill.model.common import slug
from skill.model.playbook import Playbook, Translation
from skill.model.topic import Cell, Diagnostic, Field, Quote, Section, Span, Topic

_NAMED = ("features", "product-bundles")
"""Kinds whose things have a name that customers read."""
_FIGURE = re.compile(r"\d+")


def is_translation(topic: Topic, topics: Iterable[Topic]) -> bool:
    """Whether a file is named as the sibling of another: `product-bundles.de.md`.

    An English one without an original is an original itself: some name all their files by language.
    """
    if topic.lang != language_of(topic.name):
        return False
    return topic.lang != "en" or _original(topic, topics) is not None


def _original(sibling: Topic, topics: Iterable[Topic]) -> Topic | None:
    stem = sibling.name.removesuffix(f".{sibling.lang}")
    by_name = {t.name: t for t in topics if t.name != sibling.name}
    found = by_name.get(stem) or by_name.get(f"{stem}.en")
    return found if found is not None and found.lang != sibling.lang else None


def original_file(file: str) -> str:
    """The file that a sibling translates, by its name alone."""
    return f"{file.removesuffix('.md').rpartition('.')[0]}.md"


_WORD_COLUMNS = ("Word", "Translation")


@dataclass
class _Taken:
    """What the siblings of one language have said so far."""

    quotes: dict[str, Quote] = field(default_factory=dict)
    features: dict[str, str] = field(default_factory=dict)
    bundles: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def take_in(
    siblings: Sequence[Topic],
    originals: Sequence[Topic],
    playbook: Playbook,
    *,
    last_resort: Sequence[Topic] = (),
) -> tuple[dict[str, Translation], tuple[Diagnostic, ...]]:
    """Every translation by its language, tied to the originals, and what is wrong with it.

    `last_resort` are siblings that ship with the compiler: a folder's own words go before theirs.
    """
    found: list[Diagnostic] = []
    taken: dict[str, _Taken] = {}
    read: list[tuple[Topic, Topic]] = []
    for sibling in sorted(siblings, key=lambda t: t.file):
        original = _original(sibling, originals)
        problem = _unfit(sibling, original)
        if problem is not None:
            found += [problem] if sibling.kind else []  # a file without a kind is told already
        elif original is not None:
            read.append((sibling, original))
            _Tie(sibling, original, playbook, taken.setdefault(sibling.lang, _Taken()), found).all()
    for sibling in last_resort:
        original = _original(sibling, originals)
        if original is not None:
            _Tie(sibling, original, playbook, taken.setdefault(sibling.lang, _Taken()), []).all()
    made = {lang: Translation(**vars(all_of)) for lang, all_of in sorted(taken.items())}
    for sibling, original in read:
        found += words_lacking(sibling, original, made, playbook)
    return made, tuple(found)


def _unfit(sibling: Topic, original: Topic | None) -> Diagnostic | None:
    """Why a sibling cannot be read as a translation at all."""
    at = Span(file=sibling.file, line=1, end_line=1)
    if original is None:
        return finding(
            "T501",
            at,
            f"`{sibling.file}` translates `{original_file(sibling.file)}`, which is not there",
            "name it after its original, or, where it is an original, without a language",
            width=3,
        )
    if cldr(sibling.lang) is None:
        return finding(
            "T501",
            at,
            f"`{sibling.lang}` is no known language",
            "name the file by its language, such as `features.de.md` or `features.pt-BR.md`",
            width=3,
        )
    if sibling.kind != original.kind:
        return finding(
            "T501",
            at,
            f"this is a file of `{sibling.kind}`, and `{original.file}` is one of `{original.kind}`",
            f"give it the front matter `kind: {original.kind}`",
            width=3,
        )
    return None


class _Tie:
    """Ties one sibling to its original: sections by their heading, quotes by their label."""

    def __init__(
        self,
        sibling: Topic,
        original: Topic,
        playbook: Playbook,
        taken: _Taken,
        found: list[Diagnostic],
    ) -> None:
        self.sibling = sibling
        self.original = original
        self.playbook = playbook
        self.taken = taken
        self.found = found

    def all(self) -> None:
        """Tie every section; what does not belong in a translation is told."""
        titles = [s for s in self.original.sections if s.level == 1]
        things: dict[str, Section] = {}
        for section in self.original.sections:
            if section.level == 2:
                things.setdefault(slug(section.heading), section)
        for section in self.sibling.sections:
            if section.level == 1:
                self._words(section)
                mine = titles.pop(0) if titles else None
            else:
                mine = things.pop(slug(section.heading), None)
            if mine is not None:
                self._section(section, mine)
            elif section.level == 2 or section.quotes:
                self._tell(
                    section.span,
                    f"`{self.original.file}` has no heading `{section.heading}`",
                    self._heading_help(section, things),
                    len(section.heading) + 3,
                )

    def _heading_help(self, section: Section, things: dict[str, Section]) -> str:
        near = nearest(section.heading, [s.heading for s in things.values()])
        if near:
            return f"did you mean `{near}`?"
        row = f", and put the name in a row `| Name | {section.heading} |`"
        keep = "keep the heading of the original"
        return keep + (row if self.sibling.kind in _NAMED else "")

    def _tell(self, span: Span, message: str, help: str, width: int) -> None:
        self.found.append(finding("T501", span, message, help, width=width))

    # -- names, words and what does not belong here -----------------------------------------------

    def _section(self, section: Section, mine: Section) -> None:
        may_be_named = section.level == 2 and self.sibling.kind in _NAMED
        facts: list[Field] = []
        for row in section.fields:
            if may_be_named and slug(row.name) == "name":
                self._name(row, slug(mine.heading))
            else:
                facts.append(row)
        told = dict.fromkeys(f"`{row.name}`" for row in facts)
        if facts:
            self._facts(facts[0].name_span, ", ".join(told), len(facts[0].name))
        elif section.level == 2 and section.rows:
            self._facts(section.rows[0].span, "this table", 1)
        self._quotes(section, mine)

    def _facts(self, span: Span, what: str, width: int) -> None:
        self._tell(
            span,
            f"{what} in a translation: facts stand in `{self.original.file}` alone",
            "remove them here; a translation holds wording and names",
            width,
        )

    def _name(self, row: Field, key: str) -> None:
        if not self._may_be_shown(row.value, row.span):
            return
        features = self.sibling.kind == "features"
        known = self.taken.features if features else self.taken.bundles
        things = self.playbook.features if features else self.playbook.bundles
        called = {slug(t.name): k for k, t in things.items()}
        called |= {slug(name): k for k, name in known.items()}
        other = called.get(slug(row.value), key)
        if other != key:
            self._tell(
                row.span,
                f"`{row.value}` is the name of `{things[other].name}` too",
                "give each its own name",
                len(row.value),
            )
        elif key in things:
            known[key] = row.value

    def _may_be_shown(self, text: str, span: Span) -> bool:
        """Whether these words may reach a customer; braces, links, raw HTML and prices may not."""
        found = wording_problem(text)
        problem = (found.code, found.message, found.help) if found else None
        if problem is None and "{" in text:
            problem = "T203", "a slot in a name or word", "write it without braces"
        if problem is not None and problem[0] == "T405":
            problem = "T501", "a row without words", "write the translation, or remove the row"
        if problem is None:
            return True
        code, message, mend = problem
        self.found.append(finding(code, span, message, mend, width=len(text)))
        return False

    def _words(self, section: Section) -> None:
        """The table of words that stand in facts; another table is one of facts, and those have one home."""
        meant = {slug(c.text): slug(sure(c.text, _WORD_COLUMNS) or c.text) for c in section.columns}
        if not {slug(name) for name in _WORD_COLUMNS} <= set(meant.values()):
            for row in section.rows[:1]:
                self._facts(row.span, "this table", 1)
            return
        for column in section.columns:
            if slug(column.text) != meant[slug(column.text)]:
                self._tell(
                    column.span,
                    f"unknown column `{column.text}` in a translation",
                    "its columns are: " + ", ".join(_WORD_COLUMNS),
                    len(column.text),
                )
        for row in section.rows:
            cells = {meant[key]: cell for key, cell in row.cells.items()}
            word, said = cells.get("word"), cells.get("translation")
            if word is None or said is None:  # a second table beside that of the words
                self._facts(row.span, "this table", 1)
                return
            if said.text and not word.text:
                self._tell(
                    word.span,
                    f"nothing says what `{said.text}` translates",
                    "fill in the cell `Word`",
                    1,
                )
            elif word.text and self._may_be_shown(said.text, said.span):
                self._word(word, said)

    def _word(self, word: Cell, said: Cell) -> None:
        key = slug(word.text)
        if sorted(_FIGURE.findall(word.text)) != sorted(_FIGURE.findall(said.text)):
            self._tell(
                said.span,
                f"`{said.text}` has other figures than `{word.text}`",
                "keep each figure of the original",
                len(said.text),
            )
        elif self.taken.words.setdefault(key, said.text) != said.text:
            self._tell(
                said.span,
                f"`{word.text}` is `{self.taken.words[key]}` already",
                "keep one of the two",
                len(said.text),
            )

    # -- quotes ---------------------------------------------------------------------------------

    def _quotes(self, section: Section, mine: Section) -> None:
        if self.sibling.kind == "articles" and section.level == 2:
            self._paragraphs(section, mine)
        pairs, lacking, extra = _paired(mine.quotes, reviewed(section.quotes, self.sibling))
        for original, translated in pairs:
            problem = _slots_differ(original, translated)
            if problem is None:
                self.taken.quotes[original.place] = translated
            else:
                mend = "fill the same slots; until then the original is shown"
                self._tell(translated.span, problem, mend, len(translated.label))
        for quote in extra:
            self._tell(
                quote.span,
                f"the original has no further `{_label(quote)}` here",
                "remove it, or write the original first",
                len(quote.label),
            )
        if lacking:
            listed = ", ".join(f"`{_label(q)}` (line {q.span.line})" for q in lacking)
            self._tell(
                section.span,
                f"`{section.heading}` lacks {listed}",
                f"translate them from `{self.original.file}`; until then the original is shown",
                len(section.heading) + section.level + 1,
            )

    def _paragraphs(self, section: Section, mine: Section) -> None:
        """A help page is tied paragraph by paragraph."""
        page = next((a for a in self.playbook.articles if a.key == slug(mine.heading)), None)
        if page is None or page.internal or page.span.file != self.original.file:
            return
        said = read_article(self.sibling, section, Names([])).passages
        if len(said) != len(page.passages):
            n, m = len(said), len(page.passages)
            self._tell(
                section.span,
                f"`{section.heading}` paragraphs for customers: {n} here, {m} in its original",
                "translate paragraph by paragraph; until then the original is shown",
                len(section.heading) + 3,
            )
            return
        for original, translated in zip(page.passages, said, strict=True):
            self.taken.quotes[original.place] = translated


def _label(quote: Quote) -> str:
    return " ".join(part for part in (quote.label, quote.subject) if part)


def _plain_slots(quote: Quote) -> frozenset[str]:
    return frozenset(s for s in quote.slots if not plural_of(s)[1])


Pairs = list[tuple[Quote, Quote]]


def _paired(
    originals: Sequence[Quote], translated: Sequence[Quote]
) -> tuple[Pairs, list[Quote], list[Quote]]:
    """Quotes of one label, first those with the same slots, then in their order; and those left over on each side."""
    left = list(originals)
    pairs: Pairs = []
    for same_slots in (True, False):
        rest = []
        for quote in translated:
            fits = (
                o
                for o in left
                if _label(o) == _label(quote)
                and (not same_slots or _plain_slots(o) == _plain_slots(quote))
            )
            original = next(fits, None)
            if original is None:
                rest.append(quote)
            else:
                left.remove(original)
                pairs.append((original, quote))
        translated = rest
    return pairs, left, list(translated)


def _slots_differ(original: Quote, translated: Quote) -> str | None:
    """How the slots of a translation differ from the original's; words chosen by a figure are each language's own."""
    mine, theirs = _plain_slots(original), _plain_slots(translated)
    every = {plural_of(s)[0] for s in original.slots}
    chosen = {plural_of(s)[0] for s in translated.slots} - theirs
    lacking = sorted(mine - theirs)
    extra = sorted((theirs - mine) | (chosen - every))
    parts = []
    if lacking:
        parts.append(f"lacks {', '.join('{' + s + '}' for s in lacking)}")
    if extra:
        has = ", ".join("{" + s + "}" for s in extra)
        parts.append(f"has {has}, which the original has not")
    return f"`{_label(translated)}` {' and '.join(parts)}" if parts else None
