"""Which limit an amount counts against, and how much is needed in that limit's own unit."""

from __future__ import annotations

import re
from decimal import Decimal

from skill.model.playbook import Meter, Playbook
from skill.retrieval import concepts as general
from skill.retrieval.amounts import Amount, in_unit, same_kind
from skill.retrieval.entries import Entry
from skill.retrieval.question import Question
from skill.retrieval.rank import Ranking
from skill.retrieval.words import stems, words

_LOOK_AHEAD = 48
"""Characters behind a number in which the word that is counted stands."""


def meter_of(
    question: Question, ranking: Ranking, entries: tuple[Entry, ...], playbook: Playbook
) -> tuple[str | None, Amount | None]:
    """The limit that is meant, and the amount of the question that counts in its unit."""
    entry = entries[ranking.order[0].entry]
    if entry.meter is not None:
        return entry.meter, amount_for(question, playbook.meters[entry.meter], playbook)
    feature = ranking.order[0].feature
    if question.wants not in ("limit", "enough", "more") or entry.kind == "bundle":
        return None, None
    if feature is None or feature not in playbook.features:
        return None, None
    known = [key for key in playbook.features[feature].meters if key in playbook.meters]
    if not known:
        return None, None
    support = {
        e.key: float(ranking.evidence.rows[at].sum())
        for at, e in enumerate(entries)
        if e.kind == "meter"
    }
    amounts = {key: amount_for(question, playbook.meters[key], playbook) for key in known}
    best = max(known, key=lambda key: (amounts[key] is not None, support.get(key, 0.0)))
    if question.wants == "enough" and amounts[best] is None:
        return None, None
    return best, amounts[best]


def amount_for(question: Question, meter: Meter, playbook: Playbook) -> Amount | None:
    """The last amount in the meter's unit, or one that stands alone or before words of the meter's names."""
    unit = _head(meter.unit)
    names = _stems(f"{meter.name} {meter.unit} {meter.key}")
    for feature in playbook.features.values():
        if meter.key in feature.meters:
            names |= _stems(" ".join((feature.name, *feature.also_called)))
    for amount in reversed(question.amounts):
        after = _stems(question.text[amount.end : amount.end + _LOOK_AHEAD], first=3)
        same = bool(unit) and same_kind(amount.unit, unit)
        if not amount.unit or same or names & _with_synonyms(after):
            return amount
    return None


def needed(amount: Amount, unit: str) -> Decimal:
    """The amount in the meter's unit; `more than 10` of what is counted whole is 11."""
    head = _head(unit)
    value = in_unit(amount.value, amount.unit, head) if amount.unit and head else amount.value
    whole = value == value.to_integral_value()
    if amount.more_than and whole:
        value += 1
    return value.quantize(Decimal(1)) if whole else value.normalize()


def _head(unit: str) -> str:
    return re.split(r"[/ _]| per ", unit)[0] if unit else ""


def _stems(text: str, first: int | None = None) -> set[str]:
    return {stem for stem, _, _ in stems(words(text))[:first]}


def _with_synonyms(said: set[str]) -> set[str]:
    senses = general.synonyms()
    groups = {group for stem in said for group in senses.get(stem, ())}
    return said | {stem for stem, found in senses.items() if found & groups}
