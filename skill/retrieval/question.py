"""What a question asks, apart from the thing it asks about: its frame, its amounts and the words that carry it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from skill.retrieval import frames
from skill.retrieval.amounts import Amount, amounts
from skill.retrieval.words import clean, stems, words

Wants = Literal["access", "limit", "enough", "more", "price", "what", "which_plan", "own_plan"]


@dataclass(frozen=True)
class Token:
    """One word of a question as it is matched."""

    stem: str
    word: str
    """The word as it was written, lower case."""
    weight: float
    """How much it says about which thing is meant, in 0..1."""
    framed: bool
    """True where it stands in the question's frame."""


@dataclass(frozen=True)
class Question:
    """A question taken apart; nothing here knows the product."""

    text: str
    """The cleaned text."""
    core: str
    """What is left without the frame, in its own order; empty where nothing is left."""
    tokens: tuple[Token, ...]
    wants: Wants
    amounts: tuple[Amount, ...]
    name_like: bool
    """True where the core is a short name and no sentence."""
    wish: bool
    """True where the core says what somebody would do (`can we ...`), not what they would have."""
    points_back: bool
    """True where it can only be read with what was said before."""
    n_content: int = 0
    """Words in the core that name something."""
    goes_on: bool = False
    """True where it may go on from what was said before: `and for my whole team?`, `can everybody use it?`"""


def read(text: str, *, names: re.Pattern[str] | None = None) -> Question:
    """Takes a question apart; never raises, whatever the text.

    `names` finds what belongs to the frame in this product alone, such as `on Starter`.
    """
    text = clean(text)
    found = amounts(text)
    wants = wanted(text, found)
    patterns = [
        *frames.STRONG,
        *([names] if names else []),
        *([frames.ASKS_PRICE] if wants == "price" else []),
    ]
    quantity = wants in ("limit", "enough", "more")
    parts = [part for part in frames.SENTENCE.split(text) if part.strip()][:24]
    told = [_told(part, patterns, quantity=quantity) for part in parts]
    tokens = [token for one in told for token in one.tokens][:120]
    cores = [one.core for one in told if one.core]
    wish = any(one.wish for one in told if one.core) or bool(frames.CAUSES.search(text))
    if not cores:
        tokens, cores, wish = _restored(tokens)
    n_content = sum(1 for t in tokens if not t.framed and t.weight >= 0.3)
    inner = " ".join(cores).split()
    short = len(cores) == 1 and n_content <= 6 and len(inner) <= 8
    foreign = any(word in frames.FOREIGN for word in words(text[:400]))
    name_like = short and not wish and not foreign and not any(w in frames.PRONOUNS for w in inner)
    points_back = not cores or (n_content <= 1 and bool(frames.BACK.search(text)))
    return Question(
        text, ", ".join(cores), tuple(tokens), wants, found, name_like, wish, points_back,
        n_content, _goes_on(text),
    )  # fmt: skip


def name_tokens(text: str, *, bound: int = 600) -> tuple[Token, ...]:
    """The words of a name or description; none of them is frame, for there they name something."""
    raw = words(clean(text, bound=bound))
    out: list[Token] = []
    for stem, at, end in stems(raw):
        word = raw[at] if end == at + 1 else stem
        weight = (
            0.05
            if word in frames.FUNCTION
            else 0.3
            if word.isdigit()
            else 0.5
            if word in frames.GENERIC
            else 1.0
        )
        out.append(Token(stem, " ".join(raw[at:end]), weight, False))
    return tuple(out)


def wanted(text: str, found: tuple[Amount, ...]) -> Wants:
    """What is asked about the thing: its price, more of it, whether an amount is covered, its limit, what it is, or access."""
    if frames.PRICE.search(text) and not frames.HOW_MUCH_OF.search(text):
        return "price"
    goes_to = re.search(r"\bfrom \S+ (?:\w+ )?to \S*\d", text, re.IGNORECASE)
    if frames.MORE.search(text) and not (
        found and (goes_to or re.search(r"\b(?:more than|up to)\b", text, re.IGNORECASE))
    ):
        return "more"
    if (
        found
        and not re.search(r"\bhow (?:many|much)\b", text, re.IGNORECASE)
        and frames.ENOUGH.search(text)
    ):
        return "enough"
    if frames.LIMIT.search(text):
        return "limit"
    return "what" if frames.WHAT.search(text) else "access"


def _goes_on(text: str) -> bool:
    raw = words(text[:200])
    if len(text) > 120 or not raw:
        return False
    opened = raw[0] in frames.OPENERS and all(w in frames.PLAIN or w.isdigit() for w in raw)
    return opened or bool(frames.BACK_OBJECT.search(text))


@dataclass(frozen=True)
class _Told:
    tokens: list[Token]
    core: str
    wish: bool


def _told(sentence: str, patterns: Sequence[re.Pattern[str]], *, quantity: bool) -> _Told:
    """One sentence: its words, what is left of it without the frame, and whether that is a wish."""
    raw: list[str] = []
    framed: list[bool] = []
    for piece, is_frame in _pieces(sentence, _framed_spans(sentence, patterns)):
        found = words(piece)
        raw.extend(found)
        framed.extend([is_frame] * len(found))
    pieces = stems(raw)
    names = [raw[at] if end == at + 1 else stem for stem, at, end in pieces]
    inside = [framed[at] for _, at, _ in pieces]
    left, right = _peel(names, inside)
    tokens: list[Token] = []
    for place, (stem, at, end) in enumerate(pieces):
        frame = inside[place] or place < left or place >= right
        weight = _weight(names[place], frame=frame, quantity=quantity)
        tokens.append(Token(stem, " ".join(raw[at:end]), weight, frame))
    core = [t for t in tokens if not t.framed]
    if not any(t.weight >= 0.3 for t in core):
        return _Told(tokens, "", False)
    return _Told(tokens, " ".join(t.word for t in core), _is_wish(names, left))


def _is_wish(raw: list[str], left: int) -> bool:
    """True where the frame ends in doing (`can we keep`), not in having (`can we use`)."""
    if left == 0:
        return False
    if raw[left - 1] == "own":
        return True
    leads = [at for at in range(left) if raw[at] in frames.LEADS]
    if not leads or (raw[leads[-1]] == "to" and raw[leads[-1] - 1] in frames.ACCESS_TO):
        return False
    behind = [
        word
        for word in raw[leads[-1] + 1 : left]
        if word not in frames.FUNCTION or word in frames.NAMING
    ]
    return not behind or behind[0] not in frames.NAMING


def _restored(tokens: list[Token]) -> tuple[list[Token], list[str], bool]:
    """Where everything is frame, the nouns among it are asked about: `Do we have projects?`, `teams?`."""
    nouns = [t for t in tokens if t.word in frames.NOUNS]
    if nouns:
        kept = [Token(t.stem, t.word, 1.0, False) if t in nouns else t for t in tokens]
        return kept, [" ".join(t.word for t in nouns)], False
    plain = [t for t in tokens if t.word not in frames.FUNCTION and t.word not in frames.ASKING]
    if len(plain) < 2:
        return tokens, [], False
    kept = [Token(t.stem, t.word, 0.4, False) if t in plain else t for t in tokens]
    return kept, [" ".join(t.word for t in tokens)], True


def _framed_spans(sentence: str, patterns: Sequence[re.Pattern[str]]) -> list[tuple[int, int]]:
    spans = sorted(match.span() for pattern in patterns for match in pattern.finditer(sentence))
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _pieces(sentence: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    out: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        out.append((sentence[at:start], False))
        out.append((sentence[start:end], True))
        at = end
    out.append((sentence[at:], False))
    return out


def _peel(raw: list[str], framed: list[bool]) -> tuple[int, int]:
    """First and past-the-last place of the core: frame words are peeled from both ends."""
    left, right = 0, len(raw)
    while left < right and (
        framed[left] or raw[left] in frames.FUNCTION or raw[left] in frames.FRAME
    ):
        left += 1
    while right > left and (
        framed[right - 1] or raw[right - 1] in frames.FUNCTION or raw[right - 1] in frames.CLOSING
    ):
        right -= 1
    return left, right


def _weight(word: str, *, frame: bool, quantity: bool) -> float:
    if frame:
        return 0.0 if word in frames.FUNCTION else 0.08
    if word in frames.FUNCTION:
        return 0.02
    if word.isdigit() or word in frames.NUMBERS:
        return 0.05 if quantity else 0.3
    if quantity and word in frames.QUANTITY:
        return 0.12
    if word in frames.GENERIC:
        return 0.4
    return 0.6 if word in frames.COMMON or word in frames.FRAME else 1.0
