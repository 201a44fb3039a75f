"""Which feature or limit a question is about: surely one, one of three, none that was found, or nothing of ours at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from skill.model.decision import Meaning, Outcome
from skill.model.playbook import Playbook
from skill.retrieval import outside
from skill.retrieval.doubt import is_foreign, must_ask
from skill.retrieval.embed import Embedder
from skill.retrieval.entries import entries
from skill.retrieval.match import Matcher
from skill.retrieval.need import amount_for, meter_of, needed
from skill.retrieval.plans import about_a_plan, compared, frame_pattern
from skill.retrieval.question import Question, Wants, read
from skill.retrieval.rank import Learned, Ranking, learned, rank
from skill.retrieval.words import stems, words

ASK_NAME = 0.10
"""A name is asked back from so much more on: a name that is not ours is more often foreign than said differently."""
NEAR = 0.12
"""Below it the nearest ones are not even mentioned."""
MAX_CANDIDATES = 3
MAX_NAMED = 5
WHOLE, VERY_SURE = 0.8, 0.9
"""A part of a question is sure where it is a name and little else, or where its probability is so high."""
MAX_TURNS = 6
"""So many earlier turns are looked at."""

_ORDINALS = (
    re.compile(r"\b(?:first|1st|former|top|number one|option (?:1|one|a))\b", re.IGNORECASE),
    re.compile(r"\b(?:second|2nd|middle|number two|option (?:2|two|b))\b", re.IGNORECASE),
    re.compile(r"\b(?:third|3rd|last|latter|number three|option (?:3|three|c))\b", re.IGNORECASE),
)
_NONE_OF = re.compile(
    r"\b(?:none|neither|nothing) (?:of|from) (?:these|those|them)\b|\bneither\b|\bsomething else\b",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(
    r"\s*(?:,|;|/|\band\b|\bor\b|&|\bplus\b|\bas well as\b)\s*", re.IGNORECASE
)
_PRICE_STEMS = frozenset(
    stem for stem, _, _ in stems(["price", "cost", "fee", "pricing", "charge"])
)


class Resolver:
    """Reads questions against one playbook; the same question always means the same."""

    def __init__(
        self, playbook: Playbook, embedder: Embedder, known: Learned | None = None
    ) -> None:
        self._playbook = playbook
        self._entries = entries(playbook)
        self._matcher = Matcher(self._entries, embedder) if self._entries else None
        self._known = known or learned(embedder.name)
        self._frame = frame_pattern(playbook)

    def resolve(self, question: str, conversation: Sequence[str] = ()) -> Meaning:
        """What the question means; earlier turns (oldest first) are read where it points back to them."""
        asked = read(question, names=self._frame)
        alone = None if asked.points_back and conversation else self._meaning(asked)
        goes_on = alone is None or (asked.goes_on and alone.outcome is not Outcome.FEATURE)
        if conversation and goes_on:
            pointed = self._pointed(asked, conversation)
            if pointed is not None:
                return pointed
        return alone or self._meaning(asked)

    def _meaning(self, question: Question) -> Meaning:
        said = outside.trouble(question.text)
        if not question.core or self._matcher is None:
            plan = about_a_plan(question, self._playbook) if said is None else None
            return plan or _outside(said[0] if said else "nothing is asked about")
        ranking = rank(self._matcher, question, self._known)
        if said is None and ranking.of("in_order") <= 0:
            plans = compared(question.text, self._playbook)
            if plans is not None:
                return plans
        if said is None and (several := self._several(question, ranking, self._matcher)):
            return several
        if said is not None and not self._explains(ranking, said[1]):
            return _outside(said[0])
        return self._judged(question, ranking, self._matcher)

    def _judged(self, question: Question, ranking: Ranking, matcher: Matcher) -> Meaning:
        sureness = f"first {ranking.right:.2f}, among three {ranking.among:.2f}"
        doubt = must_ask(question, ranking, matcher)
        if ranking.right >= self._known.sure and not doubt:
            return self._feature(question, ranking, sureness)
        foreign = is_foreign(question, ranking)
        if foreign:
            return Meaning(outcome=Outcome.NOT_SOLD, reasons=(foreign, sureness))
        nearest = self._nearest(ranking)
        bound = self._known.ask + (ASK_NAME if question.name_like else 0)
        if nearest and ranking.among >= bound:
            why = (doubt or "several may be meant", sureness)
            return Meaning(outcome=Outcome.WHICH, candidates=nearest, reasons=why)
        if ranking.among < NEAR and not outside.is_about_us(question.text):
            return _outside("nothing in it speaks of this product")
        if question.name_like:
            why = ("a name that nothing here comes near", sureness)
            return Meaning(outcome=Outcome.NOT_SOLD, reasons=why)
        near = nearest if ranking.among >= NEAR else ()
        why = ("nothing matches surely", sureness)
        return Meaning(outcome=Outcome.NOT_FOUND, candidates=near, reasons=why)

    def _feature(self, question: Question, ranking: Ranking, sureness: str) -> Meaning:
        first = ranking.order[0]
        entry = self._entries[first.entry]
        meter, amount = meter_of(question, ranking, self._entries, self._playbook)
        wants = self._wants(question, first.entry)
        if wants in ("limit", "enough", "more") and meter is None:
            wants = "access"
        if wants == "enough" and amount is None:
            wants = "limit"
        need = None
        if wants == "enough" and amount is not None and meter is not None:
            need = needed(amount, self._playbook.meters[meter].unit)
        features = entry.features
        if meter is not None:
            features = self._counted(meter, ranking)
        elif first.feature is not None and entry.kind != "bundle":
            features = (first.feature,)
        return Meaning(
            outcome=Outcome.FEATURE,
            features=features,
            meter=meter,
            need=need,
            wants=wants,
            reasons=(f"{entry.kind} `{entry.labels[0]}`", sureness),
        )

    def _wants(self, question: Question, entry: int) -> Wants:
        """What is wanted, without the words that only belong to the name: `Landed cost` asks for no price."""
        found = self._entries[entry]
        if question.wants == "price" and "how much" not in question.text.lower():
            told = f"{' '.join(found.labels)} {found.description}"
            named = {stem for stem, _, _ in stems(words(told))}
            if named & _PRICE_STEMS & {token.stem for token in question.tokens}:
                return "access"
        return question.wants

    def _nearest(self, ranking: Ranking) -> tuple[str, ...]:
        found: list[str] = []
        for ranked in ranking.order:
            of_entry = self._entries[ranked.entry].features
            key = ranked.feature or (of_entry[0] if of_entry else None)
            if key is not None and key not in found:
                found.append(key)
            if len(found) == MAX_CANDIDATES:
                break
        return tuple(found)

    def _counted(self, meter: str, ranking: Ranking) -> tuple[str, ...]:
        """Features that a meter counts, the best named first."""
        place = {ranked.feature: at for at, ranked in enumerate(ranking.order) if ranked.feature}
        found = [f.key for f in self._playbook.features.values() if meter in f.meters]
        return tuple(sorted(found, key=lambda key: place.get(key, len(place))))

    def _several(self, question: Question, ranking: Ranking, matcher: Matcher) -> Meaning | None:
        """Features that were each named in one question: `SSO and audit log`."""
        parts = _parts(question)
        if not 2 <= len(parts) <= MAX_NAMED or ranking.of("label_is_all") >= 0.95:
            return None
        found: list[str] = []
        for part in parts:
            asked = read(part)
            if not asked.core:
                continue
            of_part = rank(matcher, asked, self._known)
            whole = max(of_part.of("label_is_all"), of_part.of("same_named"))
            first = of_part.order[0].feature
            named = whole >= WHOLE or of_part.right >= VERY_SURE
            if first is None or not named or must_ask(asked, of_part, matcher):
                return None
            if first not in found:
                found.append(first)
        if len(found) < 2:
            return None
        wants: Wants = "price" if question.wants == "price" else "access"
        return Meaning(
            outcome=Outcome.FEATURE, features=tuple(found), wants=wants, reasons=("each was named",)
        )

    def _pointed(self, question: Question, conversation: Sequence[str]) -> Meaning | None:
        """What an earlier turn was about, asked again with what is wanted now."""
        if _NONE_OF.search(question.text):
            return Meaning(outcome=Outcome.NOT_FOUND, reasons=("none of those asked back about",))
        for turn in reversed(list(conversation)[-MAX_TURNS:]):
            earlier = read(turn, names=self._frame)
            if not earlier.core or earlier.points_back:
                continue
            meaning = self._meaning(earlier)
            for place, pattern in enumerate(_ORDINALS[: len(meaning.candidates)]):
                if meaning.outcome is Outcome.WHICH and pattern.search(question.text):
                    chosen = (meaning.candidates[place],)
                    why = ("picked by its place",)
                    return Meaning(outcome=Outcome.FEATURE, features=chosen, reasons=why)
            if meaning.outcome in (Outcome.FEATURE, Outcome.WHICH):
                wants = question.wants if question.wants != "access" else meaning.wants
                reasons = (*meaning.reasons, "from an earlier turn")
                need = self._need(question, meaning.meter)
                if need is not None:
                    wants = "enough"
                elif wants in ("limit", "enough", "more") and meaning.meter is None:
                    wants = "access"
                told = {"wants": wants, "reasons": reasons, "need": need or meaning.need}
                return meaning.model_copy(update=told)
        return None

    def _need(self, question: Question, meter: str | None) -> Decimal | None:
        """An amount said now, in the unit of a limit that was spoken of before."""
        if meter is None or not question.amounts or question.wants == "more":
            return None
        limit = self._playbook.meters[meter]
        amount = amount_for(question, limit, self._playbook)
        return needed(amount, limit.unit) if amount is not None else None

    def _explains(self, ranking: Ranking, said: str) -> bool:
        """True where the words of trouble belong to what was named: `error tracking`, `refunds`."""
        if ranking.right < self._known.sure:
            return False
        entry = self._entries[ranking.order[0].entry]
        label = {stem for name in entry.labels for stem, _, _ in stems(words(name))}
        told = {stem for stem, _, _ in stems(words(said))}
        return bool(told & label) and ranking.of("label_is_all") >= 0.5


def _parts(question: Question) -> list[str]:
    """What stands between commas and conjunctions: of the core, or of the sentence where its commas say more."""
    cores = [part for part in _CONJUNCTION.split(question.core) if part]
    written = [read(part).core for part in _CONJUNCTION.split(question.text)]
    told = [part for part in written if part]
    return told if len(told) > len(cores) >= 2 else cores


def _outside(why: str) -> Meaning:
    return Meaning(outcome=Outcome.OUTSIDE, reasons=(why,))
