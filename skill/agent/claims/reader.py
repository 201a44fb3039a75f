"""What a sentence says that its reader has, is on or can do: only evidence about this very reader proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skill.agent.claims.common import HAVING, spaced
from skill.agent.claims.names import Lexicon, Named
from skill.agent.claims.text import Claim
from skill.agent.claims.unit import Clause, Evidence, Unit, text_of

_GIVES = frozenset(spaced("give gives lets let brings"))
_HAS = frozenset(spaced("have has had get gets got own use using entitled covered on"))
_PLAN = frozenset(spaced("plan subscription account contract tier"))
_PRESENT = frozenset(spaced("present current"))
_ABLE = frozenset(spaced("can may could able"))
_ON_IT = frozenset(spaced("with on in through via for"))
_MENTIONS = frozenset(
    spaced(
        "how what about regarding concerning with help question explain see look happy glad more here"
    )
)
_TOPICS = frozenset(spaced("how about regarding concerning question help"))
"""The mentions that say nothing of what they name, not even by `it`."""
_VAGUE = frozenset((HAVING, "plan", "present", "tier"))


def reader_claims(unit: Unit, evidence: Evidence, lexicon: Lexicon) -> Iterator[Claim]:
    """What the reader is said to have, to be on or to be able to do, without evidence about the reader."""
    for number, clause in enumerate(unit.clauses):
        yield from _pronouns(unit, number, evidence, lexicon)
        if _is_barred(clause, evidence):
            yield Claim("availability", text_of(unit, number))
        if not of_the_reader(clause.lows) or _is_with_a_bundle(unit, number):
            continue
        names = _names(unit, number)
        vague = clause.content <= _VAGUE and not names and not _counts(unit, number)
        # `You have it`: what `it` is stands in no sentence that could be checked.
        if (vague and not clause.n_denials) or not any(
            _gives(other, n, one, names, clause)
            for one in evidence.units
            for n, other in enumerate(one.clauses)
        ):
            yield Claim("availability", text_of(unit, number))


def of_the_reader(lows: Sequence[str]) -> bool:
    """Whether words say what the reader has: `you have`, `your plan`, `you can use`, `gives you`, `yours`."""
    gives = any(low == "you" and i > 0 and lows[i - 1] in _GIVES for i, low in enumerate(lows))
    return gives or _says(lows)


def is_mention(unit: Unit, number: int) -> bool:
    """Whether a clause only names things: `Here is how the export works`."""
    content = unit.clauses[number].content
    if not content or any(not one.startswith("@") for one in content - {"plan"}):
        return False
    tokens = [t for t in unit.sentence.tokens if t.clause == number]
    first = min((n.at for n in unit.named if n.clause == number), default=0)
    before = [t.low for t in tokens if t.at < first]
    return bool(_MENTIONS.intersection(before)) and not of_the_reader(before)


def _says(lows: Sequence[str]) -> bool:
    """The same without `gives you`, which a description says of everybody."""
    return any(
        low == "yours"
        or (low == "you" and bool(_HAS.intersection(lows[i + 1 : i + 4])))
        or (low == "your" and bool(_PLAN.intersection(lows[i + 1 : i + 4])))
        or (low == "plan" and len(lows) == 1)
        or (low in _PRESENT and bool(_PLAN.intersection(lows[i + 1 : i + 2])))
        for i, low in enumerate(lows)
    )


def _names(unit: Unit, number: int) -> list[Named]:
    """The names that a clause says of the reader; in `Present plan: Team` it stands in the next."""
    inside = [n for n in unit.named if n.clause == number]
    if inside or len(unit.clauses[number].lows) > 3:
        return inside
    return [n for n in unit.named if n.kind == "bundle" and n.clause == number + 1]


def _gives(other: Clause, at: int, one: Unit, names: Sequence[Named], clause: Clause) -> bool:
    """Whether a clause of the evidence says of the reader what a typed clause says, the same way round."""
    states = one.clauses[0].lows[:1] == ("plan",)
    if other.n_denials != clause.n_denials or not (states or _says(other.lows)):
        return False
    there = [n for n in one.named if states or n.clause == at]
    return all(any(n.meant & name.meant for n in there) for name in names)


def _is_with_a_bundle(unit: Unit, number: int) -> bool:
    """`With the Team plan you get ...` says what a bundle has, and rows prove it; it says nothing of today."""
    tokens = unit.sentence.tokens
    inside = [t for t in tokens if t.clause == number]
    if "your" in {t.low for t in inside}:
        return False
    you = next((t.at for t in inside if t.low == "you"), 0)
    for name in unit.named:
        near = name.kind == "bundle" and name.at < you and name.clause in (number - 1, number)
        if near and _ON_IT.intersection([t.low for t in tokens if t.end <= name.at][-2:]):
            return True
    return False


def _is_barred(clause: Clause, evidence: Evidence) -> bool:
    """Whether a clause says that the reader can do what the evidence says that the reader lacks."""
    if clause.n_denials or not clause.content or "you" not in clause.lows:
        return False
    return bool(_ABLE.intersection(clause.lows)) and any(
        other.n_denials and _says(other.lows) and clause.content <= other.words | other.ideas
        for one in evidence.units
        for other in one.clauses
    )


def _pronouns(unit: Unit, number: int, evidence: Evidence, lexicon: Lexicon) -> Iterator[Claim]:
    """`It comes with Starter`: true only if it is true of every feature that the sentence may mean."""
    clause = unit.clauses[number]
    if clause.n_denials or _counts(unit, number) or of_the_reader(clause.lows):
        return
    if _TOPICS.intersection(clause.lows) and is_mention(unit, number):
        return
    if any(n.kind == "feature" for n in unit.named):
        return
    if clause.content == {HAVING}:
        yield Claim("availability", text_of(unit, number))
    bundles = [n for n in unit.named if n.clause == number and n.kind == "bundle"]
    if clause.content - {HAVING, "plan"} - {f"@{m}" for b in bundles for m in b.meant}:
        return
    for bundle in bundles:
        rows = [lexicon.rows[name] for name in bundle.meant if name in lexicon.rows]
        if not any(evidence.features <= row.features for row in rows):
            yield Claim("triple", text_of(unit, number))


def _counts(unit: Unit, number: int) -> bool:
    """Whether a figure stands in a clause."""
    tokens = [t for t in unit.sentence.tokens if t.clause == number]
    return bool(tokens) and any(
        tokens[0].at <= f.at <= tokens[-1].end for f in unit.counted.figures
    )
