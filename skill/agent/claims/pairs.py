"""Names that stand nowhere, and names, features and prices that do not stand in one row of what is sold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from skill.agent.claims.common import HAVING, spaced
from skill.agent.claims.figures import Figure
from skill.agent.claims.match import stands
from skill.agent.claims.names import Lexicon, Named
from skill.agent.claims.text import Claim
from skill.agent.claims.unit import Evidence, Unit

_APART = frozenset(("not", "except", "than", "instead"))
_HOLDS = frozenset(
    spaced(
        "include includes including contain contains have has had having get gets give gives bring brings offer offers "
        "provide provides cover covers unlock unlocks"
    )
)
_IS_HELD = frozenset(
    spaced("included contained covered given provided offered unlocked part belong belongs")
)
_GENERAL = frozenset(("I", "OK", "FAQ"))


def name_claims(unit: Unit, evidence: Evidence) -> Iterator[Claim]:
    """Names of the company, and words with a capital, that no evidence has."""
    for name in unit.named:
        if not name.meant & evidence.names and name.ideas not in evidence.worded:
            yield Claim("name", name.said)
    spans = [(n.at, n.end) for n in unit.named]
    spans += [(d.at, d.end) for d in unit.counted.dates]
    spans += [(f.at - 4, f.end + 4) for f in unit.counted.figures if f.currency]
    for token in unit.sentence.tokens:
        if (
            token.said.islower()
            or token.said in _GENERAL
            or token.said[: len(token.low)] in evidence.said
        ):
            continue
        loud = token.shouts or not (token.opens or _starts_speech(unit, token.at))
        if (
            loud
            and (token.capital or token.shouts)
            and not any(a <= token.at < b for a, b in spans)
        ):
            yield Claim("name", token.said)


def _starts_speech(unit: Unit, at: int) -> bool:
    """A capital behind a colon or a quotation mark begins a sentence of its own."""
    before = unit.sentence.text[:at].rstrip(" ")
    return before.endswith((":", '"', "\u201c", "("))


def triple_claims(unit: Unit, evidence: Evidence, lexicon: Lexicon) -> Iterator[Claim]:
    """Features, prices and limits said of a bundle whose row does not have them."""
    bundles = [n for n in unit.named if n.kind == "bundle"]
    if not bundles:
        yield from _priced_features(unit, lexicon)
        return
    yield from _features(unit, bundles, evidence, lexicon)
    yield from _figures(unit, bundles, evidence, lexicon)
    yield from _order(unit, bundles, evidence)
    yield from _turned(unit)


def _features(
    unit: Unit, bundles: Sequence[Named], evidence: Evidence, lexicon: Lexicon
) -> Iterator[Claim]:
    for feature in (n for n in unit.named if n.kind == "feature"):
        close = [b for b in bundles if b.clause == feature.clause]
        denied = unit.clauses[feature.clause].n_denials > 0
        for bundle in close:
            has = any(_row_has(lexicon, name, feature) for name in bundle.meant)
            if has == denied and not _said_together(bundle, feature, denied, evidence):
                yield Claim("triple", f"{bundle.said}: {feature.said}")
        if not close and not any(
            _row_has(lexicon, name, feature) for b in bundles for name in b.meant
        ):
            apart = any(unit.clauses[c.clause].n_denials for c in (feature, *bundles))
            if not apart:
                yield Claim("triple", feature.said)
        for bundle in bundles:
            if _takes_up(bundle, feature, unit) and not any(
                _row_has(lexicon, name, feature) for name in bundle.meant
            ):
                yield Claim("triple", f"{bundle.said}: {feature.said}")


def _takes_up(bundle: Named, feature: Named, unit: Unit) -> bool:
    """Whether a later clause says of a thing sold that it has the feature before it: `but it comes with Team`."""
    clause = unit.clauses[bundle.clause]
    named = any(n.kind == "feature" and n.clause == bundle.clause for n in unit.named)
    having = HAVING in clause.ideas or clause.lows[-1:] in (("do",), ("does",))
    return feature.clause < bundle.clause and having and not named and not clause.n_denials


def _priced_features(unit: Unit, lexicon: Lexicon) -> Iterator[Claim]:
    """A price said of a feature alone is the price of something that has it."""
    for figure in (f for f in unit.counted.figures if f.currency):
        for feature in (n for n in unit.named if n.kind == "feature"):
            rows = (b for b in lexicon.rows if _row_has(lexicon, b, feature))
            if not any(stands(figure, known) for b in rows for known in lexicon.figures[b]):
                yield Claim("triple", f"{feature.said}: {figure.said}")


def _row_has(lexicon: Lexicon, bundle: str, feature: Named) -> bool:
    row = lexicon.rows.get(bundle)
    return row is not None and bool(row.features & feature.meant)


def _said_together(bundle: Named, feature: Named, denied: bool, evidence: Evidence) -> bool:
    """Whether one clause of the evidence speaks of this feature and this bundle alone, the same way round."""
    for one in evidence.units:
        for number, clause in enumerate(one.clauses):
            inside = [n for n in one.named if n.clause == number and n.official]
            others = {m for n in inside if n.kind == "bundle" for m in n.meant} - bundle.meant
            if (
                not others
                and any(n.meant & feature.meant for n in inside)
                and any(n.meant & bundle.meant for n in inside)
                and (clause.n_denials > 0) == denied
            ):
                return True
    return False


def _figures(
    unit: Unit, bundles: Sequence[Named], evidence: Evidence, lexicon: Lexicon
) -> Iterator[Claim]:
    for figure in unit.counted.figures:
        if figure.value is None or figure.ordinal or figure.roles & {"used", "left"}:
            continue
        for bundle in _priced(figure, bundles, unit):
            in_row = any(
                stands(figure, known)
                for name in bundle.meant
                for known in lexicon.figures.get(name, ())
            )
            if not in_row and not _figure_beside(figure, bundle, evidence):
                yield Claim("triple", f"{bundle.said}: {figure.said}")


def _priced(figure: Figure, bundles: Sequence[Named], unit: Unit) -> list[Named]:
    """The bundles that a figure is said of: the nearest, and any behind it that has no figure of its own."""
    later = [f.at for f in unit.counted.figures if f.at > figure.at]
    behind = [b for b in bundles if b.at > figure.at] if figure.currency and not later else []
    return list(dict.fromkeys((_nearest(figure.at, bundles), *behind)))


def _nearest(at: int, names: Sequence[Named]) -> Named:
    """The name that a figure is said of: the last before it, or the first behind it."""
    before = [n for n in names if n.at < at]
    return before[-1] if before else names[0]


def _figure_beside(figure: Figure, bundle: Named, evidence: Evidence) -> bool:
    """Whether an evidence sentence says this figure of this bundle."""
    for one in evidence.units:
        names = [n for n in one.named if n.kind == "bundle"]
        for known in one.counted.figures:
            if names and stands(figure, known) and _nearest(known.at, names).meant & bundle.meant:
                return True
    return False


def _order(unit: Unit, bundles: Sequence[Named], evidence: Evidence) -> Iterator[Claim]:
    """Two bundles said of each other stand so in one evidence sentence: what contains what cannot be turned round."""
    for first, second in pairwise(bundles):
        priced = any(first.at < f.at < second.at for f in unit.counted.figures)
        if first.meant & second.meant or priced:
            continue
        between = unit.sentence.text[first.end : second.at].strip(" ,")
        if between in ("and", "or", "", "as well as", "nor"):
            continue
        said = (
            one.named.index(a) < one.named.index(b)
            for one in evidence.units
            for a in one.named
            for b in one.named
            if a.meant & first.meant and b.meant & second.meant
        )
        if not any(said):
            yield Claim("triple", f"{first.said}, {second.said}")


def _turned(unit: Unit) -> Iterator[Claim]:
    """A feature said to have what is sold, or a thing sold said to be part of a feature: the wrong way round."""
    ends = [(n.at, n.clause, n.kind, n.said) for n in unit.named]
    for token in unit.sentence.tokens:
        if token.low == "plan" and not any(n.at <= token.at < n.end for n in unit.named):
            ends.append((token.at, token.clause, "bundle", token.said))
    ends.sort()
    for token in unit.sentence.tokens:
        if token.low not in _HOLDS | _IS_HELD:
            continue
        before = [e for e in ends if e[0] < token.at and e[1] == token.clause]
        after = [e for e in ends if e[0] > token.at and e[1] == token.clause]
        kinds = (before[-1][2], after[0][2]) if before and after else ("", "")
        wrong = ("feature", "bundle") if token.low in _HOLDS else ("bundle", "feature")
        if kinds == wrong:
            yield Claim("triple", f"{before[-1][3]} {token.said} {after[0][3]}")
