"""Numbers in words: `ten`, `a dozen`, `fifteen hundred`, `twenty-five`, `half`, `twice`, `third`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from skill.agent.claims.common import spaced
from skill.agent.claims.text import Token

_SMALL = {
    word: n
    for n, word in enumerate(
        spaced(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
}
_TENS = {
    w: 10 * n
    for n, w in enumerate(spaced("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "dozen": 12,
}
_ORDINALS = {
    w: n
    for n, w in enumerate(
        spaced("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"),
        1,
    )
}
_PARTS = {
    "half": Decimal("0.5"), "halves": Decimal("0.5"), "thirds": Decimal(1) / 3,
    "once": Decimal(1), "twice": Decimal(2), "thrice": Decimal(3), "double": Decimal(2), "doubled": Decimal(2),
    "triple": Decimal(3), "tripled": Decimal(3), "couple": Decimal(2), "pair": Decimal(2), "twofold": Decimal(2),
    "tenfold": Decimal(10), "doubles": Decimal(2), "halved": Decimal("0.5"),
}  # fmt: skip
NUMBER_WORDS = frozenset((*_SMALL, *_TENS, *_SCALES, *_ORDINALS, *_PARTS)) - {"one", "second"}
"""Words that count; `one` and `second` are other things as well."""
_ONE_OF = frozenset(
    spaced(
        "that this which each another other the no any every first last next right same any such some only single"
    )
)
_AFTER_ONE = frozenset(
    spaced(
        "is are was of that which who has can could may might will would should you it in on at for to does for and or but "
        "here too as with by from more another about"
    )
)

_AFTER_ONCE = frozenset(spaced("you it they he she we i the your our this that a an more again"))


def number_at(tokens: Sequence[Token], at: int) -> tuple[int, Decimal | None, bool]:
    """How many tokens from `at` on are a number, its value, and whether it is an ordinal; 0 tokens is none."""
    low = tokens[at].low
    if low == "quarter" and at + 1 < len(tokens) and tokens[at + 1].low == "of":
        return 1, Decimal("0.25"), False
    if low in _PARTS and not (low == "once" and _is_when(tokens, at)):
        return 1, _PARTS[low], False
    if low in _ORDINALS and not _is_opening(tokens, at) and not _is_time(tokens, at):
        return 1, Decimal(_ORDINALS[low]), True
    if low == "one" and _is_pronoun(tokens, at):
        return 0, None, False
    return _cardinal(tokens, at)


def _cardinal(tokens: Sequence[Token], at: int) -> tuple[int, Decimal | None, bool]:
    total = current = 0
    n = 0
    seen = False
    while at + n < len(tokens):
        low = tokens[at + n].low
        if low in _SMALL:
            current += _SMALL[low]
        elif low in _TENS:
            current += _TENS[low]
        elif low in ("hundred", "dozen"):
            current = (current or 1) * _SCALES[low]
        elif low in _SCALES:
            total, current = total + (current or 1) * _SCALES[low], 0
        elif low == "and" and seen and _goes_on(tokens, at + n):
            n += 1
            continue
        else:
            break
        seen = True
        n += 1
    return (n, Decimal(total + current), False) if seen else (0, None, False)


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """Whether `and` stands inside a number: `a hundred and five`."""
    return (
        tokens[at - 1].low in ("hundred", "thousand")
        and at + 1 < len(tokens)
        and (tokens[at + 1].low in _SMALL or tokens[at + 1].low in _TENS)
    )


def _is_when(tokens: Sequence[Token], at: int) -> bool:
    """`Once you are in`, `at once`, `once more`: a time rather than a count."""
    after = tokens[at + 1].low if at + 1 < len(tokens) else ""
    before = tokens[at - 1].low if at else ""
    return before == "at" or after in _AFTER_ONCE


def _is_opening(tokens: Sequence[Token], at: int) -> bool:
    """`First, open ...`, `at first`, `first of all`: an order of speaking, no count."""
    low = tokens[at].low
    if low != "first":
        return False
    after = " ".join(t.low for t in tokens[at + 1 : at + 3])
    return (
        at == 0
        or tokens[at - 1].low == "at"
        or after == "of all"
        or after.startswith("and foremost")
    )


def _is_time(tokens: Sequence[Token], at: int) -> bool:
    """`A second`: a span of time rather than a place in a row."""
    return (
        tokens[at].low == "second" and at > 0 and tokens[at - 1].low in ("a", "per", "one", "every")
    )


def _is_pronoun(tokens: Sequence[Token], at: int) -> bool:
    """`That one is`, `another one`: no count."""
    before = tokens[at - 1].low if at else ""
    after = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return before in _ONE_OF or not after or after in _AFTER_ONE
