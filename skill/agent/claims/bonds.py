"""What holds two things together: who has what, what `it` costs, and a yes that answers no question of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from skill.agent.claims.common import HAVING, is_common
from skill.agent.claims.text import Claim
from skill.agent.claims.unit import Evidence, Unit

_ASSENTS = re.compile(
    r"(?:(?:well|so|and|oh|then|but) )*(?:"
    r"(?:of course|sure|ok|okay|indeed|right)(?: (?:you|it|that|this|we|there) (?:can|may|could|do|does|is|are|should))?"
    r"|you (?:can|may|could|do|should)(?: (?:do|use|see|take|find|have|get|try|go|start)(?: (?:that|it|this|so|one|on))?)?"
    r"|(?:it|that|this|they) (?:is|are|does|do|can|works?|should|could)(?: (?:so|there|here|in|on|fine|ok|okay|it|that|this|yours))?"
    r"|there (?:it|you|they) (?:is|are|go)|so it (?:is|does)|go (?:on|ahead)|all yours"
    r")(?: (?:now|today|already|still|here|there|too|as well|again|anyway|just|so|then))*"
)
"""A whole sentence that says yes and nothing of what it says yes to: beside a denial it is a lie."""
_GREETINGS = frozenset(("hello", "hi", "hey", "thanks", "sorry", "welcome", "noted", "understood"))
"""Single words that say nothing of anything."""


def assent_claims(unit: Unit) -> Iterator[Claim]:
    """A bare yes, and words that are no sentence: nothing could show whether they are true."""
    if unit.content or unit.named or unit.counted.figures:
        return
    lows = [token.low for token in unit.sentence.tokens]
    said = " ".join(lows)
    if _ASSENTS.fullmatch(said):
        yield Claim("commitment", unit.sentence.text)
    stammers = any(one == other for one, other in pairwise(lows))
    if stammers or (len(lows) == 1 and lows[0] not in _GREETINGS):
        yield Claim("content", unit.sentence.text)


def having_claims(unit: Unit, evidence: Evidence) -> Iterator[Claim]:
    """Something said to have, include or come with another, which no sentence of the evidence puts together like that.

    Two names are held against what is sold (`triple_claims`); here at least one of the two is a plain word.
    """
    for before, after in _bonds(unit):
        if not before or not after:
            continue
        # `The Free plan includes ...` is about Free, whatever kind of thing it is.
        holder = next((one for one in reversed(before) if one.startswith("@")), before[-1])
        held = after[0]
        if holder.startswith("@") and held.startswith("@"):
            continue
        if not any(_is_bond(holder, held, one) for one in evidence.units):
            yield Claim("content", f"{holder.lstrip('@')} with {held.lstrip('@')}")


def _is_bond(one: str, other: str, unit: Unit) -> bool:
    """Whether a sentence puts two things together by a verb of having, whichever of the two is said to have."""
    return any(
        (one in before and after[:1] == [other]) or (other in before and after[:1] == [one])
        for before, after in _bonds(unit)
    )


def price_claims(unit: Unit, evidence: Evidence) -> Iterator[Claim]:
    """A price of something that is not named, where the evidence has several: nobody could say whose it is."""
    priced = [f for f in unit.counted.figures if f.currency]
    if not priced or unit.named:
        return
    known = {
        (f.value, f.currency) for one in evidence.units for f in one.counted.figures if f.currency
    }
    if len(known) > 1:
        yield Claim("triple", priced[0].said)


def _bonds(unit: Unit) -> list[tuple[list[str], list[str]]]:
    """For each verb of having, what stands before it and behind it in its clause: names as `@name`, else ideas."""
    clauses: dict[int, list[str]] = {}
    taken: set[int] = set()
    for token in unit.sentence.tokens:
        items = clauses.setdefault(token.clause, [])
        name = next((n for n in unit.named if n.at <= token.at < n.end), None)
        if name is not None:
            if name.at not in taken:
                taken.add(name.at)
                items.append("@" + min(name.meant))
        elif HAVING in token.ideas:
            items.append(HAVING)
        elif not is_common(token.low):
            items.extend(token.ideas)
    found = []
    for items in clauses.values():
        places = [i for i, item in enumerate(items) if item == HAVING]
        ends = [*places[1:], len(items)] if places else []
        for at, end in zip(places, ends, strict=True):
            found.append((items[:at], items[at + 1 : end]))
    return found
