"""Whether a figure or a date stands in the evidence with everything that belongs to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skill.agent.claims.dates import Date, dates_of, same_date
from skill.agent.claims.figures import SPAN_WORDS, Figure, figures_of
from skill.agent.claims.text import Claim, Sentence


@dataclass(frozen=True)
class Counted:
    """The figures and dates of one sentence."""

    figures: tuple[Figure, ...]
    dates: tuple[Date, ...]


def counted(sentence: Sentence, named: tuple[tuple[int, int], ...] = ()) -> Counted:
    """The figures and dates of a sentence; a number word inside a name counts nothing."""
    dates = dates_of(sentence.text)
    taken = tuple((d.at, d.end) for d in dates) + named
    return Counted(figures_of(sentence, taken), dates)


def figure_claims(said: Counted, known: Sequence[Counted]) -> Iterator[Claim]:
    """Every figure and date of a sentence that no evidence sentence holds."""
    for date in said.dates:
        if not any(same_date(date, other) for one in known for other in one.dates):
            yield Claim("date", date.said)
    there = [figure for one in known for figure in one.figures]
    for figure in said.figures:
        if not any(stands(figure, other) for other in there):
            yield Claim("figure", figure.said)
    # `5 of 5` does not follow from `3 of 5`: a value is said as often as the evidence has it.
    have = Counter(figure.value for figure in there if figure.value is not None)
    for value, n in Counter(f.value for f in said.figures if f.value is not None).items():
        if n > have[value] > 0:
            yield Claim("figure", str(value))


def stands(said: Figure, known: Figure) -> bool:
    """Whether two figures are the same number of the same thing, for the same time, in the same part."""
    if said.value is None or known.value is None:
        return said.value is known.value and said.said == known.said
    if (said.value, said.currency, said.percent, said.ordinal) != (
        known.value, known.currency, known.percent, known.ordinal,
    ):  # fmt: skip
        return False
    if said.currency:
        return said.per == known.per and said.billed == known.billed
    if known.of and not said.of:
        return False
    return _same_period(said, known) and _same_unit(said, known) and _same_part(said, known)


def _same_period(said: Figure, known: Figure) -> bool:
    if said.billed and said.billed != known.billed:
        return False
    return said.per <= known.per or (not known.per and said.per <= known.near)


def _same_unit(said: Figure, known: Figure) -> bool:
    if not said.unit:
        # A length of time without its unit is no length of time.
        return not (set(known.unit) & SPAN_WORDS)
    around = set(known.unit) | (known.near if not known.unit else set())
    if not around:
        return False
    if set(said.unit) <= around:
        return True
    return said.unit[-1] in around and (len(said.unit) < 2 or len(known.unit) < 2)


def _same_part(said: Figure, known: Figure) -> bool:
    if said.roles:
        return said.roles <= known.roles
    return not known.roles & {"used", "left"}
