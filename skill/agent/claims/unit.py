"""One sentence seen through one company's names: its names, figures, claiming phrases and what its clauses are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from skill.agent.claims.common import idea, is_common, spaced
from skill.agent.claims.figures import Figure
from skill.agent.claims.items import Stretch, stretches
from skill.agent.claims.match import Counted, counted
from skill.agent.claims.names import Lexicon, Named
from skill.agent.claims.text import Sentence, Token, bare, sentences, squeezed
from skill.agent.claims.words import Mark, Marked, marked
from skill.retrieval.lexical import stem

_OF_A_PRICE = frozenset(
    spaced("per a each every billed yearly monthly annually euro dollar EUR eur usd")
)


@dataclass(frozen=True)
class Clause:
    """What one clause is about, and how often it denies."""

    ideas: frozenset[str]
    """Ideas of its words, names among them as `@name`."""
    content: frozenset[str]
    """The same without common words."""
    n_denials: int
    words: frozenset[str]
    """Ideas of all its words, those inside names as well."""
    lows: tuple[str, ...]
    """Its words in lower case, in their order, without names and small talk."""


@dataclass(frozen=True)
class Unit:
    """One sentence, read."""

    sentence: Sentence
    named: tuple[Named, ...]
    counted: Counted
    marked: Marked
    content: tuple[Token, ...]
    """Tokens that are no name, figure, claiming phrase or common word: each needs support."""
    clauses: tuple[Clause, ...]
    vocabulary: frozenset[str]
    """Every idea of its words."""
    ideas: frozenset[str]
    """The same, of each name only the name itself and its last word: `workflow analytics` is about no workflow."""
    said: frozenset[str]
    """Its words as typed."""
    stretches: tuple[Stretch, ...]
    """What it says, item by item, in the stretches that are judged together."""

    def marks(self, what: str) -> tuple[Mark, ...]:
        """The claiming phrases of one kind."""
        return tuple(m for m in self.marked.marks if m.what == what)


class Evidence:
    """Everything that one sentence cites, read once."""

    def __init__(self, texts: Sequence[str], lexicon: Lexicon) -> None:
        self.texts = tuple(texts)
        self.units = tuple(unit for text in texts for unit in _known(text, lexicon))
        self.verbatim = frozenset(
            (*(bare(one.sentence.text) for one in self.units), *(bare(squeezed(t)) for t in texts))
        )
        """Sentences and whole texts, which may be repeated as they stand."""
        nothing: frozenset[str] = frozenset()
        self.vocabulary = nothing.union(*(one.vocabulary | one.ideas for one in self.units))
        self.said = nothing.union(*(one.said for one in self.units))
        """Words as written."""
        self.folded = frozenset(w.casefold() for w in self.said)
        named = [n for one in self.units for n in one.named]
        self.names = frozenset(m for n in named if n.official for m in n.meant)
        self.features = frozenset(
            m for n in named if n.official and n.kind == "feature" for m in n.meant
        )
        self.worded = frozenset(n.ideas for n in named)
        """Names by their words, also where they are only what a thing is also called."""


_MAX_KEPT = 2_048
"""Evidence texts of one company that are kept as read; what a model or a person typed is never kept."""
_KEPT: WeakKeyDictionary[Lexicon, dict[str, tuple[Unit, ...]]] = WeakKeyDictionary()
"""They go with the names that they were read through."""


def _known(text: str, lexicon: Lexicon) -> tuple[Unit, ...]:
    """The sentences of one evidence text, read once."""
    kept = _KEPT.setdefault(lexicon, {})
    units = kept.get(text)
    if units is None:
        units = tuple(unit_of(sentence, lexicon, True) for sentence in sentences(text))
        if len(kept) >= _MAX_KEPT:
            kept.clear()
        kept[text] = units
    return units


def unit_of(sentence: Sentence, lexicon: Lexicon, evidence: bool) -> Unit:
    """One sentence read through a company's names; evidence is trusted to capitalise them."""
    named = lexicon.find(sentence, evidence=evidence)
    named_at = tuple((n.at, n.end) for n in named)
    numbers = counted(sentence, named_at)
    marks = marked(sentence, named_at, frozenset(f.at for f in numbers.figures))
    price_ends = [_price_end(figure, sentence) for figure in numbers.figures]
    taken = (
        *named_at,
        *((f.at, end) for f, end in zip(numbers.figures, price_ends, strict=True)),
        *((d.at, d.end) for d in numbers.dates),
        *((m.at, m.end) for m in marks.marks),
        *marks.idle,
    )
    free = tuple(t for t in sentence.tokens if not any(a <= t.at < b for a, b in taken))
    content = tuple(t for t in free if not is_common(t.low) and not t.absorbed)
    return Unit(
        sentence=sentence,
        named=named,
        counted=numbers,
        marked=marks,
        content=content,
        clauses=_clauses(sentence, named, marks, content),
        vocabulary=frozenset(x for t in sentence.tokens for x in t.ideas),
        ideas=frozenset(x for t in sentence.tokens if not _inside(t, named_at) for x in t.ideas)
        | _of_names(named)
        # A price line is about a price without the word.
        | ({idea(stem("cost"))} if any(f.currency for f in numbers.figures) else set()),
        said=frozenset(x for t in sentence.tokens for x in (t.said, t.said[: len(t.low)])),
        stretches=stretches(sentence, named, numbers, marks, price_ends),
    )


def _inside(token: Token, places: tuple[tuple[int, int], ...]) -> bool:
    return any(a <= token.at < b for a, b in places)


def _of_names(named: tuple[Named, ...]) -> frozenset[str]:
    """What names are about: each as itself, and its last word, which is its short form (`the export`)."""
    whole = {f"@{meant}" for name in named for meant in name.meant}
    return frozenset(whole | {name.ideas[-1] for name in named if name.ideas})


def _price_end(figure: Figure, sentence: Sentence) -> int:
    """Where a price line ends: `per workspace per month, billed yearly` belongs to its figure, and is judged with it."""
    end = figure.end
    if figure.currency:
        for token in (t for t in sentence.tokens if t.at >= end):
            low = token.low.removesuffix("s")
            if low not in figure.per and low not in _OF_A_PRICE:
                break
            end = token.end
    return end


def _clauses(
    sentence: Sentence, named: tuple[Named, ...], marks: Marked, content: tuple[Token, ...]
) -> tuple[Clause, ...]:
    n = 1 + (sentence.tokens[-1].clause if sentence.tokens else 0)
    ideas: list[set[str]] = [set() for _ in range(n)]
    about: list[set[str]] = [set() for _ in range(n)]
    words: list[set[str]] = [set() for _ in range(n)]
    denials = [0] * n
    named_at = tuple((n.at, n.end) for n in named)
    for token in sentence.tokens:
        words[token.clause].update(token.ideas)
        if not _inside(token, named_at):
            ideas[token.clause].update(token.ideas)
    for name in named:
        keys = {f"@{meant}" for meant in name.meant}
        ideas[name.clause] |= _of_names((name,))
        about[name.clause].add(min(keys))
    for token in content:
        about[token.clause].update(token.ideas)
    for mark in marks.marks:
        if mark.group == "not":
            denials[mark.clause] += 1
    quiet = [*((name.at, name.end) for name in named), *marks.idle]
    plain = [t for t in sentence.tokens if not any(a <= t.at < b for a, b in quiet)]
    lows = [tuple(t.low for t in plain if t.clause == i) for i in range(n)]
    return tuple(
        Clause(frozenset(ideas[i]), frozenset(about[i]), denials[i], frozenset(words[i]), lows[i])
        for i in range(n)
    )


def share_of(clause: Clause, ideas: frozenset[str]) -> float:
    """How much of what a clause is about is among these ideas, in 0..1; the clause is about something."""
    return len(clause.content & ideas) / len(clause.content)


def text_of(unit: Unit, number: int) -> str:
    """The words of one clause."""
    tokens = [t for t in unit.sentence.tokens if t.clause == number]
    return unit.sentence.text[tokens[0].at : tokens[-1].end] if tokens else unit.sentence.text
