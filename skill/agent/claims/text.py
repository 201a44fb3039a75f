"""A text is read once: its tokens, sentences, clauses and ideas, each with the place it stands at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from skill.agent.claims.common import HAVING, idea, spaced
from skill.retrieval.words import stems, words

What = Literal[
    "figure", "date", "name", "negation", "comparison", "superlative", "commitment", "discount", "availability",
    "urgency", "link", "markup", "character", "triple", "quote", "content", "too long",
]  # fmt: skip
"""What kind of thing a sentence says without proof."""

MAX_SENTENCE = 600
"""Characters of a typed sentence: connective prose is short, and a longer one is refused unread."""
MAX_READ = 2_000
"""Characters of one evidence sentence; what is longer is no sentence, and supports nothing but its own repetition."""
MAX_EVIDENCE = 20_000
"""Characters of one evidence text that are read; a passage is far shorter."""


@dataclass(frozen=True)
class Claim:
    """Something that a sentence says and its evidence does not."""

    what: What
    said: str
    """The words, as typed."""


@dataclass(frozen=True)
class Token:
    """One word of a text."""

    said: str
    low: str
    """Lower case, plain apostrophe, without what is glued to it (`'s`, `'re`)."""
    glued: str
    """`n't`, `'ll`, `'s` and the like; empty where nothing is."""
    ideas: tuple[str, ...]
    """Its stems as ideas; empty where an earlier token took them (`log in` is one)."""
    at: int
    end: int
    opens: bool
    """First word of its sentence."""
    clause: int
    until: int
    """Where the last token ends that its ideas were read from."""
    absorbed: bool
    """Whether an earlier token took its ideas."""

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.said[:1].isupper()

    @property
    def shouts(self) -> bool:
        """Whether a capital stands behind its first letter: `SSO`, `HubSpot`."""
        return any(c.isupper() for c in self.said[1:])


@dataclass(frozen=True)
class Sentence:
    """One sentence with its tokens."""

    text: str
    tokens: tuple[Token, ...]


_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)*")
_ENDS = re.compile(r"(?<=[.!?]) +|(?<=[.!?][\"\u201d')]) +| ?\n+ ?")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_SPACE = re.compile(r"[ \t\r\n]+")
_GLUED = re.compile(r"(n't|'(?:ll|s|re|ve|d|m))$")
_OPENERS = frozenset(
    spaced(
        "which who where so but because while although though whereas you it they we your this that these then if unless "
        "when without not instead however yet nor and or except"
    )
)
"""A comma before one of these begins a clause; other commas stand in lists, whose negation they would cut off."""
_BREAKERS = frozenset(spaced("but because although though whereas unless while which if"))
_BEGINS = frozenset(spaced("begin begins start starts"))
"""`It begins with the Starter plan`: that plan is the first to have it."""
_SECOND_VERBS = frozenset(
    spaced("cost costs include includes is are has have gives comes can does")
)
_INTRO = frozenset(spaced("on with for"))


def squeezed(text: str) -> str:
    """The text with every run of plain white space as one blank, and none at its ends."""
    return _SPACE.sub(" ", text).strip(" ")


def bare(text: str) -> str:
    """A sentence without the mark that ends it, unless that mark asks or leaves something open."""
    return text if text.endswith("..") else text.rstrip(".:!")


@lru_cache(maxsize=16_384)
def _parts(said: str) -> tuple[str, str, tuple[str, ...]]:
    """Lower form, what is glued to it, and the plain words of one token."""
    low = said.lower().replace("\u2019", "'")
    glued = _GLUED.search(low)
    base = low[: glued.start()] if glued else low
    if low in ("can't", "won't", "shan't"):
        base = {"can't": "can", "won't": "would", "shan't": "should"}[low]
    keep = said[: len(base)] if glued else said
    return base, glued[1] if glued else "", tuple(words(keep))


def read_sentence(text: str) -> Sentence:
    """The tokens of one sentence."""
    found = list(_TOKEN.finditer(text))
    parts = [_parts(m[0]) for m in found]
    owner = [i for i, part in enumerate(parts) for _ in part[2]]
    ideas: list[list[str]] = [[] for _ in parts]
    until = [m.end() for m in found]
    absorbed = [False] * len(parts)
    for stemmed, first, past in stems([word for part in parts for word in part[2]]):
        ideas[owner[first]].append(idea(stemmed))
        until[owner[first]] = found[owner[past - 1]].end()
        for taken in range(owner[first] + 1, owner[past - 1] + 1):
            absorbed[taken] = True
    for i, (low, _, _) in enumerate(parts[:-1]):
        if low in _BEGINS and parts[i + 1][0] == "with":
            ideas[i] = [HAVING]
    tokens: list[Token] = []
    clause = 0
    for i, match in enumerate(found):
        gap = text[found[i - 1].end() : match.start()] if i else ""
        if i and _begins_clause(gap, [part[0] for part in parts[i : i + 2]], tokens):
            clause += 1
        tokens.append(
            Token(
                said=match[0],
                low=parts[i][0],
                glued=parts[i][1],
                ideas=tuple(ideas[i]),
                at=match.start(),
                end=match.end(),
                opens=i == 0,
                clause=clause,
                until=until[i],
                absorbed=absorbed[i],
            )
        )
    return Sentence(text, tuple(tokens))


def _begins_clause(gap: str, lows: list[str], before: list[Token]) -> bool:
    low = lows[0]
    if any(c in gap for c in ";:()\u2014") or " \u2013 " in gap or " - " in gap:
        return True
    if low in _BREAKERS or (low == "and" and lows[-1] in _SECOND_VERBS):
        return True
    if "," not in gap:
        return False
    return low in _OPENERS or (len(before) <= 9 and before[0].low in _INTRO)


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text."""
    parts = _ENDS.split(_BLANKS.sub(" ", text[:MAX_EVIDENCE]))
    return tuple(
        read_sentence(squeezed(part)) for part in parts if part.strip() and len(part) <= MAX_READ
    )


def ideas_of(tokens: tuple[Token, ...]) -> frozenset[str]:
    """Every idea that stands in these tokens."""
    return frozenset(one for token in tokens for one in token.ideas)
