"""May this typed sentence leave? The verifier of connective prose: pure, without a model, and it fails closed.

A quote is shown as it stands and a fact is filled in by our code. This room judges what a model typed between them:
every figure, date, name, denial, comparison and promise, and every word that is no small talk, must stand in the
evidence that the sentence cites. A sentence that repeats its evidence word for word needs no judging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skill.agent.claims.bonds import assent_claims, having_claims, price_claims
from skill.agent.claims.carried import carried_claims, row_claims
from skill.agent.claims.match import figure_claims
from skill.agent.claims.names import Names, Row, names_of
from skill.agent.claims.pairs import name_claims, triple_claims
from skill.agent.claims.reader import reader_claims
from skill.agent.claims.signs import signs
from skill.agent.claims.small_talk import is_relation, is_small_talk, without_opening
from skill.agent.claims.support import (
    denial_claims,
    mark_claims,
    word_claims,
)
from skill.agent.claims.text import MAX_SENTENCE, Claim, Sentence, What, bare, sentences, squeezed
from skill.agent.claims.unit import Evidence, unit_of

__all__ = ["Claim", "Ground", "Names", "Row", "What", "names_of", "unproven"]


class Ground:
    """What one answer stands on: its evidence read once, and the company's names."""

    def __init__(self, evidence: Mapping[str, str], names: Names) -> None:
        self._texts = dict(evidence)
        self._lexicon = names.lexicon
        self._read: dict[tuple[str, ...], Evidence] = {}

    def unproven(self, sentence: str, ids: Sequence[str], *, asked: str = "") -> tuple[Claim, ...]:
        """What a typed sentence says beyond the evidence that it cites; empty where it may leave. Never raises.

        An id that is no evidence of this answer supports nothing. `asked` is the person's own text: it is no
        evidence, whatever it says; only small talk may take up its words.
        """
        try:
            return tuple(dict.fromkeys(self.judged(sentence, ids, asked=asked)))
        except Exception:  # noqa: BLE001  # what our code cannot judge is not proven, and stops nothing else
            return (Claim("content", sentence),)

    def judged(self, sentence: str, ids: Sequence[str], *, asked: str = "") -> Iterator[Claim]:
        """The same as it is found; a defect of ours shows here, where `unproven` takes it for a claim."""
        if len(sentence) > MAX_SENTENCE:
            yield Claim("too long", f"{len(sentence)} characters")
        elif not sentence.strip():
            yield Claim("content", "nothing")
        else:
            yield from self._claims(sentence, self._evidence(ids), asked)

    def _evidence(self, ids: Sequence[str]) -> Evidence:
        cited = tuple(i for i in dict.fromkeys(ids) if i in self._texts)
        if cited not in self._read:
            self._read[cited] = Evidence([self._texts[i] for i in cited], self._lexicon)
        return self._read[cited]

    def _claims(self, text: str, evidence: Evidence, asked: str) -> Iterator[Claim]:
        if bare(squeezed(text)) in evidence.verbatim:
            return
        odd = tuple(signs(text, evidence.texts))
        yield from odd
        if any(claim.what == "character" for claim in odd):
            # What cannot be read cannot be judged.
            return
        for sentence in sentences(text):
            if bare(sentence.text) not in evidence.verbatim:
                yield from self._typed(sentence, evidence, asked)

    def _typed(self, sentence: Sentence, evidence: Evidence, asked: str) -> Iterator[Claim]:
        """The checks in their order: what is counted, named, put together, denied, promised, and said at all."""
        if not sentence.tokens:
            yield Claim("content", sentence.text)
        unit = unit_of(sentence, self._lexicon, False)
        if is_small_talk(unit, asked):
            # It names at most what the evidence is about.
            yield from name_claims(unit, evidence)
            yield from row_claims(unit, self._lexicon)
            return
        yield from figure_claims(unit.counted, [one.counted for one in evidence.units])
        yield from name_claims(unit, evidence)
        yield from triple_claims(unit, evidence, self._lexicon)
        yield from price_claims(unit, evidence)
        yield from having_claims(unit, evidence)
        yield from assent_claims(unit)
        yield from denial_claims(unit, evidence)
        yield from mark_claims(unit, evidence)
        yield from reader_claims(unit, evidence, self._lexicon)
        yield from word_claims(unit, evidence)
        if is_relation(unit):
            yield from row_claims(unit, self._lexicon)
            return
        rest = without_opening(unit, asked)
        said = unit if rest is unit.sentence else unit_of(rest, self._lexicon, False)
        yield from carried_claims(said, evidence, self._lexicon)


def unproven(
    sentence: str, evidence: Sequence[str], names: Names, *, asked: str = ""
) -> tuple[Claim, ...]:
    """What a typed sentence says beyond these evidence texts; empty where it may leave. Never raises.

    `asked` is the person's own text: it is no evidence, whatever it says.
    """
    ground = Ground({str(i): text for i, text in enumerate(evidence)}, names)
    return ground.unproven(sentence, tuple(str(i) for i in range(len(evidence))), asked=asked)
