"""Where a text denies, compares, commits, discounts, hurries or speaks for the company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from skill.agent.claims.common import is_common, spaced
from skill.agent.claims.phrases import BEFORE_A_FIGURE, IDIOMS, PHRASES, Phrase, graded
from skill.agent.claims.text import Sentence, Token, What

_LONGEST = 6
_SPEAKING = frozenset(
    spaced(
        "explain show tell say describe summarise summarize help walk answer point assist clarify found said meant mean"
    )
)
_FEELING = frozenset(spaced("happy glad sorry pleased here delighted"))


@dataclass(frozen=True)
class Mark:
    """A phrase that claims something."""

    what: What
    group: str
    """The idea that the evidence must have as well."""
    said: str
    at: int
    end: int
    clause: int
    ideas: frozenset[str] = frozenset()
    """Its words as ideas."""
    before: tuple[str, ...] = ()
    """Ideas of the two telling words before it, the nearest last."""
    after: tuple[str, ...] = ()
    """Ideas of the two telling words behind it, the nearest first."""


@dataclass(frozen=True)
class Marked:
    """The phrases of one sentence."""

    marks: tuple[Mark, ...]
    idle: tuple[tuple[int, int], ...]
    """Places of small talk, which claims nothing."""


def marked(
    sentence: Sentence, named: Sequence[tuple[int, int]], figures_at: frozenset[int]
) -> Marked:
    """The claiming phrases of a sentence outside its names; `figures_at` are places where figures begin."""
    tokens = [t for t in sentence.tokens if not any(a <= t.at < b for a, b in named)]
    marks: list[Mark] = []
    idle: list[tuple[int, int]] = []
    at = 0
    while at < len(tokens):
        n, found = _phrase_at(tokens, at, figures_at)
        first, last = tokens[at], tokens[at + max(n, 1) - 1]
        said = sentence.text[first.at : last.end]
        if n and found is None:
            idle.append((first.at, last.end))
        elif n and found is not None:
            marks.append(Mark(*found, said, first.at, last.end, first.clause))
        if tokens[at].glued == "n't":
            marks.append(Mark("negation", "not", first.said, first.at, first.end, first.clause))
        elif tokens[at].glued == "'ll":
            marks.append(Mark("commitment", "will", first.said, first.at, first.end, first.clause))
        if first.low in ("i", "we", "let", "lets"):
            spoken = _spoken(tokens, at, sentence)
            if spoken:
                marks.append(spoken)
        if first.low in ("me", "us") and _acts(tokens, at):
            said = sentence.text[first.at : tokens[at + 2].end]
            marks.append(
                Mark("commitment", said.lower(), said, first.at, tokens[at + 2].end, first.clause)
            )
        at += n or 1
    return Marked(tuple(_beside(m, sentence) for m in marks), tuple(idle))


def _acts(tokens: Sequence[Token], at: int) -> bool:
    """Whether the company offers to act beyond speaking: `Would you like me to add it?`."""
    lows = [t.low for t in tokens[at + 1 : at + 3]]
    return len(lows) == 2 and lows[0] == "to" and lows[1] not in _SPEAKING


def _beside(mark: Mark, sentence: Sentence) -> Mark:
    """The mark with the telling words on both sides of it, inside its clause."""
    before: list[str] = []
    after: list[str] = []
    own: set[str] = set()
    for token in sentence.tokens:
        if mark.at <= token.at < mark.end:
            own.update(token.ideas)
        elif token.clause == mark.clause and not is_common(token.low):
            (before if token.at < mark.at else after).extend(token.ideas)
    return replace(mark, ideas=frozenset(own), before=tuple(before[-2:]), after=tuple(after[:3]))


def _phrase_at(
    tokens: Sequence[Token], at: int, figures_at: frozenset[int]
) -> tuple[int, tuple[What, str] | None]:
    """The longest phrase that begins here; an idiom wins over a claim of the same length."""
    for n in range(min(_LONGEST, len(tokens) - at), 0, -1):
        phrase: Phrase = tuple(t.low for t in tokens[at : at + n])
        if any(t.glued == "n't" for t in tokens[at + 1 : at + n]):
            continue
        group = BEFORE_A_FIGURE.get(phrase)
        if group is not None and _before_figure(tokens, at + n, figures_at):
            return n, ("comparison", group)
        if phrase in IDIOMS and _idle(phrase, tokens, at + n):
            return n, None
        if phrase in PHRASES:
            return n, PHRASES[phrase]
    form = graded(tokens[at].low)
    return (1, form) if form is not None else (0, None)


def _idle(phrase: Phrase, tokens: Sequence[Token], after: int) -> bool:
    """Small talk about more is small talk only at the end of what is said."""
    if phrase[:1] == ("more",) and phrase[1:] in (("detail",), ("details",)):
        return after >= len(tokens) or tokens[after].low in ("about", "on", "here")
    return True


def _before_figure(tokens: Sequence[Token], at: int, figures_at: frozenset[int]) -> bool:
    if at >= len(tokens):
        return False
    here = tokens[at]
    # A currency may stand between: `over EUR 49`, `under $10`.
    return any(here.at - 3 <= place <= here.end + 2 for place in figures_at)


def _spoken(tokens: Sequence[Token], at: int, sentence: Sentence) -> Mark | None:
    """What the company says that it does or will do, beyond explaining: `I have added it`, `we cover the rest`."""
    after = [t.low for t in tokens[at + 1 : at + 5]]
    first = tokens[at]
    last = tokens[min(at + 2, len(tokens) - 1)]
    mark = Mark(
        "commitment", "we " + " ".join(after[:2]), sentence.text[first.at : last.end], first.at, last.end, first.clause
    )  # fmt: skip
    if first.glued in ("'ll", "'ve"):
        return mark
    if first.low in ("let", "lets"):
        rest = [w for w in after if w not in ("me", "us")]
        spoken = first.glued == "'s" or first.low == "lets" or after[:1] in (["me"], ["us"])
        return (
            None
            if not spoken
            or rest[:1] in ([x] for x in (*_SPEAKING, "look", "see", "know", "go", "start"))
            else mark
        )
    rest = [
        w
        for w in after
        if w not in ("can", "could", "would", "am", "are", "be", "like", "love", "to", "gladly")
    ]
    if rest[:1] and (rest[0] in _SPEAKING or after[0] in ("hope", "understand", "see")):
        return None
    if rest[:1] and rest[0] in _FEELING:
        # Happy to help, and not happy to throw in a month.
        follows = [
            w for w in (t.low for t in tokens[at + 1 : at + 9]) if w not in ("to", "you", "with")
        ]
        verb = follows[follows.index(rest[0]) + 1 :][:1]
        return None if not verb or verb[0] in _SPEAKING or rest[0] in ("here", "sorry") else mark
    return mark
