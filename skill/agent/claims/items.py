"""One sentence as the row of what it says: its loaded words, names, figures and claiming phrases in their order.

Only glue is left out: articles, pronouns, and the few words that join others. Where a thing is, whether it is on, what
somebody can, should or wants, and when: all of these are loaded, and stand in the evidence or do not leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from skill.agent.claims.common import HAVING, idea, spaced
from skill.agent.claims.figures import LIMIT, SPENT, Figure
from skill.agent.claims.match import Counted
from skill.agent.claims.names import Named
from skill.agent.claims.text import Sentence, Token
from skill.agent.claims.words import Mark, Marked
from skill.retrieval.lexical import stem

GLUE = frozenset(
    spaced("""
    a an the my our your his her its their mine ours yours hers theirs
    i me we us you he him she it they them this that these those which who whom whose
    and or but so also of to with for by from as is are was were be am do does
    """)
)
"""Words that need no evidence in any sentence."""
_BE = frozenset(spaced("is are was were be am"))
_BESIDE = frozenset(spaced("a an the my our your his her its their also so"))
"""Words between a form of `be` and the word that it says of something."""
_SHORT_BE = frozenset(("'s", "'re", "'m"))
_DOERS = frozenset(
    spaced("i you we they who to can could may might should would must not always also")
)
_PLAN = frozenset(spaced("plan plans tier"))
_PRESENT = idea(stem("present"))
_MONEY = frozenset(spaced("eur usd gbp chf euro euros dollar dollars pounds"))
_INTRO = frozenset(spaced("on with for"))
_SPANS = frozenset(spaced("second minute hour day week month year quarter"))
_COST = idea(stem("cost"))
_RELATING = frozenset((HAVING, _COST, _PRESENT, "plan"))

Kind = Literal["name", "figure", "date", "mark", "word"]


@dataclass(frozen=True)
class Item:
    """One loaded word, name, figure or phrase."""

    kind: Kind
    keys: frozenset[str]
    """What it may stand for: `@name`, `#value`, `!group of phrases` or an idea."""
    clause: int
    is_state: bool = False
    """Whether it stands directly behind a form of `be`: `is there`, `are taken`."""
    opens: bool = False
    """Whether it is the first word of the sentence."""
    is_done_by: bool = False
    """Whether somebody does it, or can: `you switch it on` does not say `Switch it on`."""
    labels: bool = False
    """Whether it stands in the label of a figure: `limit of seats` in `limit of seats: 10`."""
    labelled: bool = False


@dataclass(frozen=True)
class Stretch:
    """Clauses that are judged together: a clause with the words that introduce it."""

    items: tuple[Item, ...]
    lows: tuple[str, ...]
    """All its words in lower case."""
    text: str
    units: frozenset[str]
    """Ideas that only say what its figures count and which part they are."""
    bundles: tuple[Named, ...]
    features: tuple[Named, ...]
    is_spent: bool
    """Whether every word of it belongs to a figure, a name or a date of another stretch."""

    @property
    def n_denials(self) -> int:
        """How often it denies."""
        return sum("!not" in item.keys for item in self.items)

    @property
    def is_relation(self) -> bool:
        """Whether it only says who has what, what it costs, or how many: true whichever stands first."""
        return all(
            item.kind in ("name", "figure")
            or "!not" in item.keys
            or bool(item.keys & (_RELATING | self.units))
            for item in self.items
        )


def stretches(
    sentence: Sentence,
    named: Sequence[Named],
    numbers: Counted,
    marks: Marked,
    price_ends: Sequence[int],
) -> tuple[Stretch, ...]:
    """The stretches of a sentence; `price_ends` says where each figure's price line ends."""
    if not sentence.tokens:
        return ()
    reader = _Reader(sentence, named, numbers, marks, price_ends)
    items = reader.items()
    if sentence.tokens[0].low == "plan" and sentence.text[4:5] == ":":
        items = _on_a_plan(items)
        whole = reader.stretch(range(sentence.tokens[-1].clause + 1), items)
        return (replace(whole, lows=("your", *whole.lows)),)
    groups = _groups(sentence, items, numbers.figures)
    return tuple(reader.stretch(group, items) for group in groups)


class _Reader:
    """Reads the items of one sentence."""

    def __init__(
        self,
        sentence: Sentence,
        named: Sequence[Named],
        numbers: Counted,
        marks: Marked,
        price_ends: Sequence[int],
    ) -> None:
        self.sentence = sentence
        self.named = named
        self.figures = numbers.figures
        spans: list[tuple[int, int, Kind, Named | Figure | Mark | None]] = []
        spans += [(n.at, n.end, "name", n) for n in named]
        spans += [(d.at, d.end, "date", None) for d in numbers.dates]
        spans += [(f.at, end, "figure", f) for f, end in zip(self.figures, price_ends, strict=True)]
        spans += [(m.at, m.end, "mark", m) for m in marks.marks]
        self.spans = spans
        self.idle = [
            (a, b) for a, b in marks.idle if sentence.text[a:b].lower() in ("as well", "too")
        ]
        self.has_bundle = any(n.kind == "bundle" for n in named)

    def items(self) -> list[Item]:
        """Every loaded item in its order."""
        found: list[Item] = []
        begun: set[tuple[int, Kind]] = set()
        is_state = False
        for i, token in enumerate(self.sentence.tokens):
            span = next((s for s in self.spans if s[0] <= token.at < s[1]), None)
            new: list[Item] = []
            if span is not None:
                if (span[0], span[2]) not in begun:
                    begun.add((span[0], span[2]))
                    new = [_spanned(span[2], span[3], token, is_state)]
            else:
                new = self._plain(i, token, is_state)
            found += new
            if token.low in _BE or (
                token.glued in _SHORT_BE and token.low in GLUE | {"there", "here"}
            ):
                is_state = True
            elif not (new and "!not" in new[0].keys) and token.low not in _BESIDE:
                is_state = False
        return _labelled(found, self.sentence, self.figures)

    def _plain(self, i: int, token: Token, is_state: bool) -> list[Item]:
        tokens = self.sentence.tokens
        lows = [t.low for t in tokens[i : i + 5]]
        before = tokens[i - 1] if i else None
        if self._belongs(i, token, lows, before):
            return []
        keys = token.ideas or (() if token.absorbed else (token.low,))
        if lows[0] == "there" and (lows[1:2] in (["is"], ["are"]) or token.glued == "'s"):
            keys = (HAVING,) if self.has_bundle else keys
        elif lows[:3] == ["at", "the", "moment"]:
            keys = (_PRESENT,)
        elif lows[0] == "in" and self._of_a_plan(lows[1:], token):
            keys = (HAVING,)
        if token.low in GLUE and token.until <= token.end:
            is_owner = token.low == "your" and any(
                n.at == t.at for t in tokens[i + 1 : i + 2] for n in self.named
            )
            keys = ("your",) if is_owner else ()
        more = {"'d": ("would",), "'ve": (HAVING,)}.get(token.glued, ())
        done_by = before is not None and before.low in _DOERS
        return [
            Item("word", frozenset((key,)), token.clause, is_state, i == 0, done_by)
            for key in (*keys, *more)
        ]

    def _belongs(self, i: int, token: Token, lows: list[str], before: Token | None) -> bool:
        """Whether a word belongs to a name, figure or phrase beside it, and says nothing more."""
        tokens = self.sentence.tokens
        if any(a <= token.at < b for a, b in self.idle):
            return True
        if before is not None:
            if token.low in _PLAN and any(
                n.kind == "bundle" and n.at <= before.at < n.end for n in self.named
            ):
                return True
            if token.low == "in" and before.low in ("included", "contained"):
                return True
            if [t.low for t in tokens[max(0, i - 2) : i + 1]] == ["at", "the", "moment"]:
                return True
        if token.low in _MONEY and any(
            f.currency and -5 < token.at - f.at < len(f.said) + 2 for f in self.figures
        ):
            return True
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if after is None:
            return False
        if lows[0] in ("on", "in") and any(
            s[2] == "date" and s[0] <= after.at < s[1] for s in self.spans
        ):
            return True
        if lows[0] == "there" and lows[1] in ("is", "are"):
            rest = [t for t in tokens[i + 2 : i + 4] if t.low not in ("a", "an")]
            return (
                bool(rest)
                and any(f.at <= rest[0].at < f.end for f in self.figures)
                and not self.has_bundle
            )
        if i == 0 and lows[0] == "on":
            # `On the Team plan there are ...` says what that plan has.
            bundle = next(
                (
                    n
                    for n in self.named
                    if n.kind == "bundle" and n.at <= tokens[min(2, len(tokens) - 1)].at
                ),
                None,
            )
            return bundle is not None and any(
                t.low == "there" for t in tokens if bundle.end <= t.at < bundle.end + 14
            )
        return False

    def _of_a_plan(self, lows: list[str], token: Token) -> bool:
        """Whether `in` is that of `not in your present plan`."""
        denied = any(
            s[2] == "mark"
            and isinstance(s[3], Mark)
            and s[3].group == "not"
            and s[3].clause == token.clause
            and s[0] < token.at
            for s in self.spans
        )
        rest = [low for low in lows if low not in ("your", "the", "present", "current")]
        return denied and "plan" in lows[:3] and rest[:1] == ["plan"]

    def stretch(self, group: range, items: Sequence[Item]) -> Stretch:
        """The stretch that these clauses make."""
        tokens = [t for t in self.sentence.tokens if t.clause in group]
        inside = tuple(item for item in items if item.clause in group)
        named = [n for n in self.named if n.clause in group]
        figures = [f for f in self.figures if tokens[0].at <= f.at <= tokens[-1].end]
        units = {x for f in figures for x in f.unit}
        if figures:
            units |= _SPANS | SPENT | LIMIT
        return Stretch(
            items=inside,
            lows=tuple(t.low for t in tokens),
            text=self.sentence.text[tokens[0].at : tokens[-1].end],
            units=frozenset(units),
            bundles=tuple(n for n in named if n.kind == "bundle"),
            features=tuple(n for n in named if n.kind == "feature"),
            is_spent=all(any(a <= t.at < b for a, b, _, _ in self.spans) for t in tokens),
        )


def _spanned(kind: Kind, what: Named | Figure | Mark | None, token: Token, is_state: bool) -> Item:
    keys: frozenset[str]
    if isinstance(what, Named):
        keys = frozenset((*(f"@{m}" for m in what.meant), *what.ideas[-1:]))
    elif isinstance(what, Figure):
        value = f"#{what.value.normalize()}" if what.value is not None else f"#{what.said}"
        # A price line is about a price without the word.
        keys = frozenset((value, _COST) if what.currency else (value,))
    elif isinstance(what, Mark):
        keys = frozenset((f"!{what.group}",))
    else:
        keys = frozenset(("%date",))
    return Item(kind, keys, token.clause, is_state)


def _on_a_plan(items: list[Item]) -> list[Item]:
    """The fact `plan: Starter` as what it says: on Starter, the present plan."""
    said = [Item("word", frozenset((one,)), 0, is_state=True) for one in ("on", _PRESENT)]
    return [*said, *items]


def _labelled(items: list[Item], sentence: Sentence, figures: Sequence[Figure]) -> list[Item]:
    """The items with the label of a figure marked: in `limit of seats: 10`, all that stands before the colon."""
    first = next((t for t in sentence.tokens if t.clause == 1), None)
    if first is None or not any(
        f.at == first.at and not f.unit and not f.currency for f in figures
    ):
        return items
    if ":" not in sentence.text[: first.at][-2:]:
        return items
    seen = False
    found: list[Item] = []
    for item in items:
        if item.clause == 0:
            found.append(replace(item, labels=True))
        elif item.kind == "figure" and not seen:
            seen = True
            found.append(replace(item, labelled=True))
        else:
            found.append(item)
    return found


def _groups(sentence: Sentence, items: Sequence[Item], figures: Sequence[Figure]) -> list[range]:
    """Clauses that belong together: what a colon or an opening `On Starter,` introduces, and a further name."""
    tokens = sentence.tokens
    firsts = {t.clause: i for i, t in reversed(list(enumerate(tokens)))}
    groups: list[range] = []
    for clause, i in sorted(firsts.items()):
        gap = sentence.text[tokens[i - 1].end : tokens[i].at] if i else ""
        inside = [item for item in items if item.clause == clause]
        begins = clause == 1 and "," in gap and tokens[0].low in _INTRO and i <= 9
        priced = any(f.currency and f.at < tokens[i].at for f in figures)
        listed = (
            tokens[i].low in ("and", "or")
            and bool(inside)
            and all(x.kind == "name" for x in inside)
        )
        if groups and ((begins and not priced) or ":" in gap or listed):
            groups[-1] = range(groups[-1].start, clause + 1)
        else:
            groups.append(range(clause, clause + 1))
    return groups
