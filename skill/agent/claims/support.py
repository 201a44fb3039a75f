"""Whether what a sentence is about stands in its evidence, said the same way round: words, denials, comparisons, promises."""

from __future__ import annotations

from collections.abc import Iterator

from skill.agent.claims.common import HAVING, spaced
from skill.agent.claims.phrases import SECRET
from skill.agent.claims.reader import is_mention
from skill.agent.claims.text import Claim
from skill.agent.claims.unit import Evidence, Unit, share_of, text_of
from skill.agent.claims.words import Mark

LOCAL_SHARE = 1.0
"""So much of what a clause is about stands in one evidence sentence: words of two thrown together say what neither says.
Measured with 5,000 forged and 2,000 honest sentences about the sample company (evals/proof/claims.py): at 0.6 there are 196
thrown together that leave, at 0.75 there are 46, at 0.8 there are 15, at 1 there is none, and no honest one is stopped at any."""
_RESTRICTIONS = ("only", "except")
_INTERCHANGEABLE = frozenset(
    ("at least", "up to", "unlimited", "over", "under", "about", "only", "except", "until")
)
"""Groups whose phrases say the same; of all others the evidence has the very word."""
_IF = frozenset(spaced("if unless whether when"))
_CONDITIONED = ("commitment", "discount", "availability")
_CONDITIONS = frozenset(spaced("if within after until unless only first before once when except"))


def word_claims(unit: Unit, evidence: Evidence) -> Iterator[Claim]:
    """Words that no evidence has, and clauses whose words never stand together in it."""
    for token in unit.sentence.tokens:
        if not token.said.isascii() and token.said.casefold() not in evidence.folded:
            yield Claim("content", token.said)
    for token in unit.content:
        coded = (
            any(c.isdigit() for c in token.said) and token.said.casefold() not in evidence.folded
        )
        if not all(x in evidence.vocabulary for x in token.ideas) or not token.ideas or coded:
            yield Claim("content", token.said)
    for number, clause in enumerate(unit.clauses):
        if not clause.content:
            continue
        best = max((share_of(clause, one.ideas) for one in evidence.units), default=0.0)
        if best < LOCAL_SHARE:
            yield Claim("content", text_of(unit, number))


def denial_claims(unit: Unit, evidence: Evidence) -> Iterator[Claim]:
    """Clauses that deny what the evidence affirms, affirm what it denies, or drop what restricts it."""
    for number, clause in enumerate(unit.clauses):
        if not clause.content:
            if clause.n_denials and not _is_denied(unit, number, evidence):
                yield Claim("negation", text_of(unit, number))
            continue
        if not clause.n_denials and is_mention(unit, number):
            continue
        shares = [
            (share_of(clause, other.ideas), other, one)
            for one in evidence.units
            for other in one.clauses
        ]
        best = max((share for share, _, _ in shares), default=0.0)
        nearest = [(other, one) for share, other, one in shares if share == best and share > 0]
        if not nearest:
            if clause.n_denials:
                yield Claim("negation", text_of(unit, number))
            continue
        enough = LOCAL_SHARE if clause.n_denials else 0.0
        agreeing = [
            one
            for other, one in nearest
            if other.n_denials == clause.n_denials and share_of(clause, other.ideas) >= enough
        ]
        denials = [m for m in unit.marked.marks if m.group == "not" and m.clause == number]
        if not any(all(_denies_same(m, unit, one) for m in denials) for one in agreeing):
            yield Claim("negation", text_of(unit, number))
        if not _IF.intersection(clause.lows) and all(
            _IF.intersection(o.lows[:1]) for o, _ in nearest
        ):
            yield Claim("negation", f"{text_of(unit, number)}, without its condition")
        for group in _RESTRICTIONS:
            if not _has(unit, group) and all(_has(one, group) for _, one in nearest):
                yield Claim("negation", f"without its `{group}`")


def mark_claims(unit: Unit, evidence: Evidence) -> Iterator[Claim]:
    """Comparisons, superlatives, promises, discounts, dates to come and haste that the evidence does not share."""
    for mark in unit.marked.marks:
        if mark.group == "not":
            continue
        if mark.group == SECRET:
            yield Claim(mark.what, mark.said)
            continue
        near = [one for one in evidence.units if _holds(one, mark) and _is_near(unit, mark, one)]
        if not near:
            yield Claim(mark.what, mark.said)
        elif mark.what in _CONDITIONED and not any(_keeps_conditions(unit, one) for one in near):
            yield Claim(mark.what, f"{mark.said}, without its condition")


def _is_denied(unit: Unit, number: int, evidence: Evidence) -> bool:
    """A denial that names nothing (`It is not free`) needs one of the same phrase; of nothing at all it has none."""
    groups = {m.group for m in unit.marked.marks if m.clause == number} - {"not"}
    return bool(groups) and any(
        c.n_denials == unit.clauses[number].n_denials and all(_has(one, group) for group in groups)
        for one in evidence.units
        for c in one.clauses
    )


def _has(unit: Unit, group: str) -> bool:
    return any(m.group == group for m in unit.marked.marks)


def _denies_same(mark: Mark, unit: Unit, one: Unit) -> bool:
    """Whether a denial falls on the word that a denial of the evidence falls on."""
    if not mark.after and not mark.before:
        return False
    names = {n.ideas[0] for n in unit.named if n.clause == mark.clause and n.ideas}
    for other in one.marked.marks:
        if other.group != "not":
            continue
        fits = set(other.after[:1]) if other.after else {*other.before[-1:]}
        if other.after[:1] == (HAVING,):
            # `X does not include Y` is `Y is not in X` as well.
            fits |= set(other.before)
            # `not include X` is `no X` as well, as long as X is a whole name.
            fits |= names.intersection(other.after[1:2])
        if (mark.after[0] if mark.after else mark.before[-1]) in fits:
            return True
    return False


def _holds(one: Unit, mark: Mark) -> bool:
    """Whether a sentence has this phrase: the same words about the same thing, or one that says the same."""
    for other in one.marked.marks:
        if (other.what, other.group) != (mark.what, mark.group):
            continue
        if mark.group in _INTERCHANGEABLE or other.said == mark.said:
            same = True
        else:
            same = bool(mark.ideas) and mark.ideas <= other.ideas
        if same and (mark.what != "comparison" or _beside_same(mark, other)):
            return True
    return False


def _beside_same(mark: Mark, other: Mark) -> bool:
    """Whether a comparison falls on the same word: `each person` is no `each plan`."""
    word = mark.after[:1] or mark.before[-1:]
    return not word or word[0] in (*other.before, *other.after) or word[0] == HAVING


def _is_near(unit: Unit, mark: Mark, one: Unit) -> bool:
    """Whether an evidence sentence with the same phrase is about the same: half of the clause's words stand in it."""
    clause = unit.clauses[mark.clause]
    return not clause.content or share_of(clause, one.ideas) >= 0.5


def _keeps_conditions(unit: Unit, one: Unit) -> bool:
    return _conditions(one) <= _conditions(unit)


def _conditions(unit: Unit) -> frozenset[str]:
    """The conditions of a sentence; `first` is one where something follows it: `the first month`."""
    return frozenset(
        low
        for clause in unit.clauses
        for i, low in enumerate(clause.lows)
        if low in _CONDITIONS and not (low == "first" and i == len(clause.lows) - 1)
    )
