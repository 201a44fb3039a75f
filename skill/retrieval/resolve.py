"""Which feature or limit a question is about: surely one, one of three, none that was found, or nothing of ours at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from rapidfuzz import fuzz, process

from skill.model.decision import Meaning, Outcome
from skill.model.playbook import Playbook
from skill.retrieval import outside
from skill.retrieval.doubt import is_foreign, must_ask
from skill.retrieval.embed import Embedder
from skill.retrieval.entries import entries
from skill.retrieval.match import Matcher
from skill.retrieval.need import amount_for, meter_of, needed
from skill.retrieval.plans import about_a_plan, as_wholes, compared, frame_pattern, is_all_plan
from skill.retrieval.question import Question, Wants, read
from skill.retrieval.rank import Learned, Ranking, learned, rank
from skill.retrieval.words import stems, words

ASK_NAME = 0.10
"""A name is asked back from so much more on: a name that is not ours is more often foreign than said differently."""
NEAR = 0.12
"""Below it the nearest ones are not even mentioned."""
SLIP = 72
"""Letters of 100 that agree where two names are taken for one with slips; below it they are two words of one length."""
MAX_CANDIDATES = 3
MAX_NAMED = 5
MAX_QUESTIONS = 8
"""So many questions of one message are read."""
WHOLE, VERY_SURE = 0.8, 0.9
"""A part of a question is sure where it is a name and little else, or where its probability is so high."""
MAX_TURNS = 6
"""So many earlier turns are looked at."""

_ORDINALS = (
    re.compile(r"\b(?:first|1st|former|top|number one|option (?:1|one|a))\b", re.IGNORECASE),
    re.compile(r"\b(?:second|2nd|middle|number two|option (?:2|two|b))\b", re.IGNORECASE),
    re.compile(r"\b(?:third|3rd|last|latter|number three|option (?:3|three|c))\b", re.IGNORECASE),
)
_NUMBERED = re.compile(r"\s*(?:\(?\d{1,2}[.):]|[-*\u2022])\s+")
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
        named = [(at, name) for at, entry in enumerate(self._entries) for name in entry.labels]
        self._named, self._names = [at for at, _ in named], [name for _, name in named]

    def resolve(self, question: str, conversation: Sequence[str] = ()) -> Meaning:
        """What the question means; earlier turns (oldest first) are read where it points back to them."""
        letter = self._letter(question)
        if letter is not None:
            return letter
        asked = read(question, names=self._frame)
        alone = None if asked.points_back and conversation else self._meaning(asked)
        # `and on the Business plan?` goes on about what was asked before; `what is on the Business plan?` does not.
        own = alone is not None and alone.outcome is Outcome.FEATURE and not alone.plans
        goes_on = alone is None or (asked.goes_on and not own)
        if conversation and goes_on:
            pointed = self._pointed(asked, conversation)
            if pointed is not None:
                return pointed
        return alone or self._meaning(asked)

    def picked(self, question: str, feature: str) -> Meaning:
        """The same question, whose feature the person picked when they were asked back."""
        asked = read(question, names=self._frame)
        wants = asked.wants if asked.wants in ("price", "what") else "access"
        why = ("picked by the person",)
        return Meaning(
            outcome=Outcome.FEATURE, features=(feature,), wants=wants, picked=True, reasons=why
        )

    def _letter(self, text: str) -> Meaning | None:
        """Several questions in one message, each read for itself; None where it is one, or too few are sure."""
        parts = _questions(text)
        if len(parts) < 2:
            return None
        said = outside.trouble(text)
        # Who reports a fault or wants money back is sold nothing, whatever else the message asks.
        if said is not None and said[0] != outside.SMALL_TALK:
            return None
        found: dict[str, None] = {}
        wants: set[Wants] = set()
        left = 0
        for part in parts[:MAX_QUESTIONS]:
            if outside.trouble(part) is not None:
                continue
            meaning = self._meaning(read(part, names=self._frame))
            # A limit, and a plan as a whole, have an answer of their own each.
            whole = meaning.meter is None and not meaning.plans
            if meaning.outcome is Outcome.FEATURE and whole:
                found.update(dict.fromkeys(meaning.features))
                wants.add(meaning.wants)
            else:
                left += 1
        if len(found) < 2:
            return None
        more = left > 0 or len(parts) > MAX_QUESTIONS or len(found) > MAX_NAMED
        return Meaning(
            outcome=Outcome.FEATURE,
            features=tuple(found)[:MAX_NAMED],
            wants=wants.pop() if len(wants) == 1 else "access",
            partly=more,
            reasons=(f"{len(parts)} questions in one message, {left} of them left open",),
        )

    def _meaning(self, question: Question) -> Meaning:
        said = outside.trouble(question.text)
        if said is None and (whole := as_wholes(question.text)) is not None:
            return whole
        bare = not question.core or self._matcher is None
        if said is None and (bare or is_all_plan(question, self._playbook)):
            plan = compared(question.text, self._playbook) or about_a_plan(question, self._playbook)
            if plan is not None:
                return plan
        if self._matcher is None or not question.core:
            return _outside(said[0] if said else "nothing is asked about")
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
        foreign, nearest = is_foreign(question, ranking), self._nearest(ranking)
        if question.name_like and (slipped := self._slip_of(question)):
            nearest = tuple(dict.fromkeys((*slipped, *nearest)))[:MAX_CANDIDATES]
            why = ("a name with slips in it", sureness)
            return Meaning(outcome=Outcome.WHICH, candidates=nearest, reasons=why)
        if foreign and _is_general(question, ranking):
            return _outside("what something is that is not ours")
        if foreign:
            return Meaning(outcome=Outcome.NOT_SOLD, reasons=(foreign, sureness))
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

    def _slip_of(self, question: Question) -> tuple[str, ...]:
        """Features whose name is nearly what was typed, letter by letter: `sheduled exprots`."""
        hits = process.extract(
            question.core,
            self._names,
            scorer=fuzz.token_sort_ratio,
            processor=str.casefold,
            score_cutoff=SLIP,
            limit=MAX_CANDIDATES,
        )
        keys = (self._entries[self._named[at]].features for _, _, at in hits)
        return tuple(dict.fromkeys(key for found in keys for key in found))[:MAX_CANDIDATES]

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


def _questions(text: str) -> list[str]:
    """The questions of a message: what ends in a question mark, or stands behind a number in a list."""
    numbered = [
        line[found.end() :] for line in text.splitlines() if (found := _NUMBERED.match(line))
    ]
    if len(numbered) >= 2:
        return numbered
    said = [part.strip() for part in re.split(r"(?<=[?!.])\s+|\n+", text)]
    return [part for part in said if part.endswith("?")]


def _parts(question: Question) -> list[str]:
    """What stands between commas and conjunctions: of the core, or of the sentence where its commas say more."""
    cores = [part for part in _CONJUNCTION.split(question.core) if part]
    if len(cores) < 2:
        return cores
    written = [read(part).core for part in _CONJUNCTION.split(question.text)]
    told = [part for part in written if part]
    return told if len(told) > len(cores) >= 2 else cores


def _is_general(question: Question, ranking: Ranking) -> bool:
    """True where somebody asks what a thing is that neither we nor others like us sell: `the capital of France`."""
    asks_what = question.wants == "what" and not outside.is_about_us(question.text)
    return asks_what and ranking.evidence.elsewhere == 0


def _outside(why: str) -> Meaning:
    if why == outside.BARGAIN:
        return Meaning(outcome=Outcome.BARGAIN, reasons=(why,))
    return Meaning(outcome=Outcome.OUTSIDE, reasons=(why,))
