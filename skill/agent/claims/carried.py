"""Whether one sentence of the evidence carries what a clause says: every loaded word of it, and in the same order."""

from __future__ import annotations

from collections.abc import Iterator

from skill.agent.claims.common import HAVING, idea, spaced
from skill.agent.claims.items import Item, Stretch
from skill.agent.claims.names import Lexicon
from skill.agent.claims.text import Claim
from skill.agent.claims.unit import Evidence, Unit
from skill.retrieval.lexical import stem

MOST_LEFT_OUT = 3
"""So many loaded words of the evidence may be left out between two that are said: with more, what is left is another
sentence, `The pack works` of `The pack shows how each workflow works`."""
_POINTS = frozenset(spaced("it that this them these those which"))
_READER = frozenset(spaced("you your yours"))
_CONDITIONS = frozenset(
    (*(idea(stem(word)) for word in spaced("if before once when while")), "!until", "!except")
)
"""Words that say when something holds; what is said without them says more."""
_ANSWERS = frozenset(spaced("do does"))


def carried_claims(unit: Unit, evidence: Evidence, lexicon: Lexicon) -> Iterator[Claim]:
    """Clauses that no sentence of the evidence carries, and sentences that say nothing which could be shown."""
    if not unit.content and not unit.named and not unit.counted.figures:
        yield Claim("content", unit.sentence.text)
        return
    before: Stretch | None = None
    for stretch in unit.stretches:
        if _is_empty(stretch, unit) or not _is_carried(stretch, before, evidence, lexicon):
            yield Claim("content", stretch.text)
        before = stretch


def row_claims(unit: Unit, lexicon: Lexicon) -> Iterator[Claim]:
    """Features of a sentence that are in no row of a thing sold which it names: for sentences that say nothing else."""
    for bundle in (n for n in unit.named if n.kind == "bundle"):
        for feature in (n for n in unit.named if n.kind == "feature"):
            if not any(
                m in lexicon.rows and lexicon.rows[m].features & feature.meant for m in bundle.meant
            ):
                yield Claim("triple", f"{bundle.said}: {feature.said}")


def _is_empty(stretch: Stretch, unit: Unit) -> bool:
    """Whether a clause has words and none that tells what it is about: `and this works`."""
    if stretch.is_spent or any(item.kind in ("name", "figure", "date") for item in stretch.items):
        return False
    return not any(unit.clauses[item.clause].content for item in stretch.items)


def _is_carried(
    stretch: Stretch, before: Stretch | None, evidence: Evidence, lexicon: Lexicon
) -> bool:
    if not stretch.items:
        return stretch.is_spent
    if all(item.kind == "name" for item in stretch.items):
        return _does_too(stretch, before, lexicon)
    if _has_one_end(stretch):
        return False
    return any(_carries(one, stretch) for unit in evidence.units for one in unit.stretches)


def _does_too(stretch: Stretch, before: Stretch | None, lexicon: Lexicon) -> bool:
    """`but the Team plan does`: what the clause before it says that another does not have, and rows say that it has."""
    if (
        before is None
        or len(stretch.items) != 1
        or not stretch.bundles
        or stretch.lows[-1] not in _ANSWERS
    ):
        return False
    rows = [lexicon.rows[m] for m in stretch.bundles[0].meant if m in lexicon.rows]
    having = any(HAVING in item.keys for item in before.items)
    return (
        having
        and bool(before.features)
        and all(any(row.features & feature.meant for row in rows) for feature in before.features)
    )


def _has_one_end(stretch: Stretch) -> bool:
    """`The audit log is included`: in what, it does not say. `It` may be the one end where a thing sold is the other."""
    others = [item for item in stretch.items if HAVING not in item.keys]
    if len(others) == len(stretch.items) or stretch.n_denials or len(others) > 1:
        return False
    return not (stretch.bundles and _POINTS.intersection(stretch.lows))


def _carries(known: Stretch, said: Stretch) -> bool:
    """Whether one stretch of the evidence holds every item of a typed one, in order unless both ways round are true."""
    matched = _anywhere(known, said) if said.is_relation else _in_order(known, said)
    if matched is None:
        return False
    touched = {item.clause for item in matched}
    denials = sum("!not" in item.keys for item in known.items if item.clause in touched)
    if denials != said.n_denials:
        return False
    conditions = {key for x in known.items if x.clause in touched for key in x.keys & _CONDITIONS}
    if not said.is_relation and not conditions <= {key for x in said.items for key in x.keys}:
        return False
    figures = [item for item in matched if item.kind == "figure"]
    if any(item.labelled for item in figures):
        # A figure is what the whole of its label says.
        labels = [item for item in known.items if item.labels]
        if not all(any(item.keys & other.keys for other in said.items) for item in labels):
            return False
    addressed = bool(figures) and bool(_READER.intersection(said.lows))
    return not addressed or bool(said.bundles) or not known.bundles


def _anywhere(known: Stretch, said: Stretch) -> list[Item] | None:
    matched: list[Item] = []
    for item in said.items:
        found = [other for other in known.items if _same(item, other)]
        if not found:
            return None
        matched += found[:1]
    return matched


def _in_order(known: Stretch, said: Stretch) -> list[Item] | None:
    """The items of a known stretch that say a typed one in its order, wherever they begin."""
    if _READER.intersection(said.lows) and not _READER.intersection(known.lows):
        # What somebody else does or has is not the reader's.
        return None
    for start, first in enumerate(known.items):
        if _same(said.items[0], first):
            matched = _from(start, known, said)
            if matched is not None:
                return matched
    return None


def _from(start: int, known: Stretch, said: Stretch) -> list[Item] | None:
    """The same from one place on, with at most `MOST_LEFT_OUT` items left out between two."""
    matched: list[Item] = []
    at = start
    for i, item in enumerate(said.items):
        counted = i > 0 and said.items[i - 1].kind == "figure"
        plain = item.kind in ("word", "mark") and not item.keys & {HAVING, "!not"}
        is_state = item.is_state and plain and not counted
        until = at + 1 + (MOST_LEFT_OUT if matched else 0)
        near = range(at, min(until, len(known.items)))
        found = next(
            (n for n in near if _same(item, known.items[n]) and (known.items[n].is_state or not is_state)),
            None,
        )  # fmt: skip
        if found is None or (item.opens and known.items[found].is_done_by):
            return None
        matched.append(known.items[found])
        at = found + 1
    return matched


def _same(said: Item, known: Item) -> bool:
    """Whether two items are the same; a whole name or a figure is no mere word of it."""
    if said.kind in ("name", "figure"):
        told = {key for key in said.keys if key[0] in "@#"}
        return known.kind == said.kind and bool(told & known.keys)
    return bool(said.keys & known.keys)
