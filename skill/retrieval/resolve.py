"""Which feature or limit a question is about: surely one, one of three, none that was found, or nothing of ours at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from skill.model.decision import Meaning, Outcome
from skill.model.playbook import Playbook, SoldAs
from skill.retrieval import concepts as general
from skill.retrieval import frames, outside
from skill.retrieval.amounts import Amount, in_unit, same_kind
from skill.retrieval.embed import Embedder
from skill.retrieval.entries import entries
from skill.retrieval.match import Matcher
from skill.retrieval.question import Question, Wants, read
from skill.retrieval.rank import Ranking, rank
from skill.retrieval.words import stems, words

SURE = 0.65
"""Answered as one feature from this probability on; chosen leaving whole products out."""
ASK = 0.30
"""Asked back from this probability that the right one is among three."""
ASK_NAME = 0.40
"""The same for a name: a name that is not ours is more often foreign than said differently."""
NEAR = 0.12
"""Below it the nearest ones are not even mentioned."""
TWIN = 0.75
"""Two descriptions that share so much of their words cannot be told apart by a description."""
SIBLING = 0.5
"""The same where one of the two says `not`: a description cannot be trusted to tell them apart."""
NEAR_SIBLING = 0.3
"""The same where the question itself says `not`."""
MAX_CANDIDATES = 3
MAX_NAMED = 5
MAX_TURNS = 6
"""So many earlier turns are looked at."""

MIN_HOUSE = 3
"""A product's own name stands in at least so many descriptions."""

_ORDINALS = (
    re.compile(r"\b(?:first|1st|former|top|number one|option (?:1|one|a))\b", re.IGNORECASE),
    re.compile(r"\b(?:second|2nd|middle|number two|option (?:2|two|b))\b", re.IGNORECASE),
    re.compile(r"\b(?:third|3rd|last|latter|number three|option (?:3|three|c))\b", re.IGNORECASE),
)
_NEGATION = re.compile(r"\b(?:not|no|never|without|none|cannot)\b|n't\b", re.IGNORECASE)
_PRICE_STEMS = frozenset(
    stem for stem, _, _ in stems("price prices cost costs fee fees pricing charge".split())
)
_DENIALS = frozenset("not no never without dont doesnt arent isnt cannot cant wont".split())
_NONE_OF = re.compile(
    r"\b(?:none|neither|nothing) (?:of|from) (?:these|those|them)\b|\bneither\b|\bsomething else\b",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(
    r"\s*(?:,|;|/|\band\b|\bor\b|&|\bplus\b|\bas well as\b)\s*", re.IGNORECASE
)


class Resolver:
    """Reads questions against one playbook; the same question always means the same."""

    def __init__(self, playbook: Playbook, embedder: Embedder) -> None:
        self._playbook = playbook
        self._entries = entries(playbook)
        self._matcher = Matcher(self._entries, embedder) if self._entries else None
        self._frame = _frame_pattern(playbook)
        self._negated = [bool(_NEGATION.search(entry.description)) for entry in self._entries]

    def resolve(self, question: str, conversation: Sequence[str] = ()) -> Meaning:
        """What the question means; earlier turns (oldest first) are read where it points back to them."""
        read_ = read(question, names=self._frame)
        if read_.points_back and conversation:
            pointed = self._pointed(read_, conversation)
            if pointed is not None:
                return pointed
        return self._meaning(read_)

    def _meaning(self, question: Question) -> Meaning:
        said = outside.trouble(question.text)
        if not question.core or self._matcher is None:
            return self._bare(question, said)
        several = self._several(question)
        if several is not None and said is None:
            return several
        ranking = rank(self._matcher, question)
        if said is not None and not self._explains(ranking, said[1]):
            return _outside(said[0])
        return self._judged(question, ranking)

    # outcomes -----------------------------------------------------------------------------------------

    def _judged(self, question: Question, ranking: Ranking) -> Meaning:
        twins = self._twins(ranking) or self._denied(question, ranking)
        if ranking.right >= SURE and not twins and not self._half_named(question, ranking):
            return self._feature(question, ranking)
        if self._named_elsewhere(question, ranking):
            return Meaning(
                outcome=Outcome.NOT_SOLD, reasons=("a thing that others sell under that name",)
            )
        nearest = self._nearest(ranking)
        bound = ASK_NAME if question.name_like else ASK
        sureness = f"first {ranking.right:.2f}, among three {ranking.among:.2f}"
        if nearest and (ranking.among >= bound or (twins and ranking.right >= ASK)):
            why = (
                "several features have nearly the same description"
                if twins
                else "several may be meant"
            )
            return Meaning(outcome=Outcome.WHICH, candidates=nearest, reasons=(why, sureness))
        if ranking.among < NEAR and not outside.is_about_us(question.text):
            return _outside("nothing in it speaks of this product")
        if question.name_like:
            return Meaning(
                outcome=Outcome.NOT_SOLD, reasons=("a name that nothing here comes near", sureness)
            )
        near = nearest if ranking.among >= NEAR else ()
        return Meaning(
            outcome=Outcome.NOT_FOUND, candidates=near, reasons=("nothing matches surely", sureness)
        )

    def _feature(self, question: Question, ranking: Ranking) -> Meaning:
        first = ranking.order[0]
        entry = self._entries[first.entry]
        meter, amount = self._meter(question, ranking)
        wants = self._wants(question, first.entry)
        if wants in ("limit", "enough", "more") and meter is None:
            wants = "access"
        if wants == "enough" and amount is None:
            wants = "limit" if "how" in question.text.lower() else "access"
        features = entry.features
        if meter is not None:
            features = self._counted(meter, ranking)
        elif first.feature is not None and entry.kind != "bundle":
            features = (first.feature,)
        reasons = [f"{entry.kind} `{entry.labels[0]}`", f"sure {ranking.right:.2f}"]
        need = None
        if wants == "enough" and amount is not None and meter is not None:
            need = _need(amount, self._playbook.meters[meter].unit)
        return Meaning(
            outcome=Outcome.FEATURE,
            features=features,
            meter=meter,
            need=need,
            wants=wants,
            reasons=tuple(reasons),
        )

    def _wants(self, question: Question, entry: int) -> Wants:
        """What is wanted, without the words that only belong to the name: `Landed cost` asks for no price."""
        found = self._entries[entry]
        if question.wants == "price" and "how much" not in question.text.lower():
            named = {
                s for text in (*found.labels, found.description) for s, _, _ in stems(words(text))
            }
            said = {t.stem for t in question.tokens}
            if named & said & _PRICE_STEMS:
                return "access"
        return question.wants

    def _nearest(self, ranking: Ranking) -> tuple[str, ...]:
        found: list[str] = []
        for ranked in ranking.order:
            features = (
                [ranked.feature] if ranked.feature else list(self._entries[ranked.entry].features)
            )
            found.extend(f for f in features[:1] if f not in found)
            if len(found) == MAX_CANDIDATES:
                break
        return tuple(found)

    def _twins(self, ranking: Ranking) -> bool:
        """True where another one near the top says nearly the same of itself and the question names neither."""
        if self._matcher is None or len(ranking.order) < 2:
            return False
        one, other = ranking.order[0].entry, ranking.order[1].entry
        if ranking.of("in_order") > 0:
            label = self._matcher.label
            same = label(ranking.evidence, one) == label(ranking.evidence, other)
            return same and ranking.of("in_order", 1) > 0
        if min(ranking.of("same_named"), ranking.of("same_named", 1)) >= 0.8:
            return True
        for ranked in ranking.order[1:MAX_CANDIDATES]:
            alike = self._matcher.alike(one, ranked.entry)
            opposite = alike >= SIBLING and self._negated[one] != self._negated[ranked.entry]
            if (alike >= TWIN or opposite) and not self._matcher.told_apart(
                ranking.evidence, one, ranked.entry
            ):
                return True
        return False

    def _denied(self, question: Question, ranking: Ranking) -> bool:
        """True where the question says `not` and another one near the top is a sibling: words cannot tell which."""
        said = set(question.core.split()) & _DENIALS
        if not said or ranking.of("in_order") > 0 or self._matcher is None:
            return False
        one = ranking.order[0].entry
        return any(
            self._matcher.alike(one, ranked.entry) >= NEAR_SIBLING
            and (self._negated[one] or self._negated[ranked.entry])
            for ranked in ranking.order[1:MAX_CANDIDATES]
        )

    def _named_elsewhere(self, question: Question, ranking: Ranking) -> bool:
        """True where a generally known thing was named, and nothing here goes by a name that means the same."""
        here = max(
            ranking.of(n)
            for n in ("names_explain", "same_named", "text_explains_softly", "label_softly")
        )
        return question.name_like and ranking.evidence.elsewhere >= 0.9 and here < 0.5

    def _half_named(self, question: Question, ranking: Ranking) -> bool:
        """True where a name was said of which the first entry's own names explain too little."""
        if not question.name_like or question.wants in ("limit", "enough", "more"):
            return False
        best = max(
            ranking.of("names_explain"), ranking.of("same_named"), ranking.of("label_softly")
        )
        return best < 0.6

    # amounts ------------------------------------------------------------------------------------------

    def _meter(self, question: Question, ranking: Ranking) -> tuple[str | None, Amount | None]:
        """The limit that is meant, and the amount of the question that counts in its unit."""
        entry = self._entries[ranking.order[0].entry]
        if entry.meter is not None:
            return entry.meter, self._amount(question, entry.meter)
        if question.wants not in ("limit", "enough", "more") or entry.kind == "bundle":
            return None, None
        feature = ranking.order[0].feature
        meters = (
            self._playbook.features[feature].meters if feature in self._playbook.features else ()
        )
        known = [m for m in meters if m in self._playbook.meters]
        if not known:
            return None, None
        score = {
            e.key: float(ranking.evidence.rows[at].sum())
            for at, e in enumerate(self._entries)
            if e.kind == "meter"
        }
        best = max(known, key=lambda m: (self._amount(question, m) is not None, score.get(m, 0.0)))
        amount = self._amount(question, best)
        if question.wants == "enough" and amount is None:
            return None, None
        return best, amount

    def _amount(self, question: Question, meter: str) -> Amount | None:
        """The last amount whose unit is the meter's, or that stands alone or before words of the meter's name."""
        counted = self._playbook.meters[meter]
        unit = re.split(r"[/ ]| per ", counted.unit)[0] if counted.unit else ""
        names = {s for s, _, _ in stems(words(f"{counted.name} {counted.unit} {meter}"))}
        for feature in self._playbook.features.values():
            if meter in feature.meters:
                names |= {
                    s for s, _, _ in stems(words(" ".join((feature.name, *feature.also_called))))
                }
        for amount in reversed(question.amounts):
            after = {s for s, _, _ in stems(words(question.text[amount.end : amount.end + 48]))[:3]}
            if (
                not amount.unit
                or (unit and same_kind(amount.unit, unit))
                or names & _with_synonyms(after)
            ):
                return amount
        return None

    def _counted(self, meter: str, ranking: Ranking) -> tuple[str, ...]:
        """Features that a meter counts, the best named first."""
        place = {r.feature: at for at, r in enumerate(ranking.order) if r.feature}
        found = [f.key for f in self._playbook.features.values() if meter in f.meters]
        return tuple(sorted(found, key=lambda key: place.get(key, len(place))))

    # more than one, earlier turns, plans ----------------------------------------------------------------

    def _several(self, question: Question) -> Meaning | None:
        """Features that were each named in one question: `SSO and audit log`."""
        parts = [p for p in _CONJUNCTION.split(question.core) if p]
        if not 2 <= len(parts) <= MAX_NAMED or self._matcher is None:
            return None
        whole = rank(self._matcher, question)
        if whole.of("label_is_all") >= 0.95:
            return None
        found: list[str] = []
        for part in parts:
            ranking = rank(self._matcher, read(part))
            named = ranking.of("label_is_all") >= 0.8 or ranking.of("same_named") >= 0.85
            first = ranking.order[0].feature
            if not named or first is None or ranking.right < SURE:
                return None
            if first not in found:
                found.append(first)
        if len(found) < 2:
            return None
        wants: Wants = question.wants if question.wants in ("access", "price") else "access"
        return Meaning(
            outcome=Outcome.FEATURE, features=tuple(found), wants=wants, reasons=("each was named",)
        )

    def _pointed(self, question: Question, conversation: Sequence[str]) -> Meaning | None:
        """What an earlier turn was about, asked again with what is wanted now."""
        if _NONE_OF.search(question.text):
            return Meaning(
                outcome=Outcome.NOT_FOUND, reasons=("none of those that were asked back",)
            )
        for turn in reversed(list(conversation)[-MAX_TURNS:]):
            earlier = read(turn, names=self._frame)
            if not earlier.core or earlier.points_back:
                continue
            meaning = self._meaning(earlier)
            if meaning.outcome is Outcome.WHICH:
                for place, pattern in enumerate(_ORDINALS[: len(meaning.candidates)]):
                    if pattern.search(question.text):
                        chosen = (meaning.candidates[place],)
                        return Meaning(
                            outcome=Outcome.FEATURE,
                            features=chosen,
                            reasons=("picked by its place",),
                        )
            if meaning.outcome in (Outcome.FEATURE, Outcome.WHICH):
                wants = question.wants if question.wants != "access" else meaning.wants
                return meaning.model_copy(
                    update={"wants": wants, "reasons": (*meaning.reasons, "from an earlier turn")}
                )
        return None

    def _bare(self, question: Question, said: tuple[str, str] | None) -> Meaning:
        """A question that names no feature: about a plan, or about nothing of ours."""
        if said is not None:
            return _outside(said[0])
        plan = self._plan(question)
        return plan if plan is not None else _outside("nothing is asked about")

    def _plan(self, question: Question) -> Meaning | None:
        """A plan that is named alone stands for what it adds to the plan before it."""
        text = question.text.casefold()
        plans = sorted(
            (b for b in self._playbook.bundles.values() if b.sold_as is SoldAs.PLAN),
            key=lambda b: b.position,
        )
        for at in range(len(plans) - 1, -1, -1):
            if re.search(rf"\b{re.escape(plans[at].name.casefold())}\b", text):
                before = set(plans[at - 1].unlocks) if at else set()
                added = tuple(
                    f for f in plans[at].unlocks if f not in before and f in self._playbook.features
                )
                if added:
                    wants: Wants = "price" if question.wants == "price" else "access"
                    why = (f"plan `{plans[at].name}`, by what it adds",)
                    return Meaning(
                        outcome=Outcome.FEATURE,
                        features=added[:MAX_CANDIDATES],
                        wants=wants,
                        reasons=why,
                    )
        return None

    def _explains(self, ranking: Ranking, said: str) -> bool:
        """True where the words of trouble belong to the name of the first entry: `error tracking`, `refunds`."""
        if ranking.right < SURE:
            return False
        label = {
            s
            for name in self._entries[ranking.order[0].entry].labels
            for s, _, _ in stems(words(name))
        }
        told = {s for s, _, _ in stems(words(said))}
        return bool(told & label) and ranking.of("label_is_all") >= 0.5


def _with_synonyms(said: set[str]) -> set[str]:
    senses = general.synonyms()
    groups = {group for stem in said for group in senses.get(stem, ())}
    return said | {stem for stem, found in senses.items() if found & groups}


def _outside(why: str) -> Meaning:
    return Meaning(outcome=Outcome.OUTSIDE, reasons=(why,))


def _need(amount: Amount, unit: str) -> Decimal:
    """The amount in the meter's unit; `more than 10` of what is counted whole is 11."""
    head = re.split(r"[/ ]| per ", unit)[0] if unit else ""
    value = in_unit(amount.value, amount.unit, head) if amount.unit and head else amount.value
    if amount.more_than and value == value.to_integral_value():
        value += 1
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _frame_pattern(playbook: Playbook) -> re.Pattern[str] | None:
    """What is frame in this product alone: its own name, and its plans (`on Starter`, `in the Team plan`)."""
    names = [
        re.escape(b.name) for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN and b.name
    ]
    parts: list[str] = []
    if names:
        plans = "|".join(sorted(names, key=len, reverse=True))
        kind = "plan|tier|edition|package|subscription|version"
        ends = (
            r"\s*(?:$|[?.!,;:)]|\b(?:and|or|is|do|does|can|now|yet|already|too|have|has|include|includes|come|comes"
            r"|get|offer|with|for|if|plans?)\b)"
        )
        parts.append(
            r"\b(?:on|in|to|with|from|under|than|within|have|has|using|for|does|is) (?:the |our |my |a |an )?"
            rf"(?:{plans})(?: (?:{kind}))?(?={ends})|\b(?:{plans}) (?:{kind})s?\b"
        )
    house = _house(playbook)
    if house:
        parts.append(rf"\b{re.escape(house)}(?:'s)?\b")
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def _house(playbook: Playbook) -> str:
    """The product's own name: the word with a capital that most descriptions hold in the middle of a sentence."""
    count: dict[str, int] = {}
    for feature in playbook.features.values():
        for word in set(re.findall(r"(?<=[a-z,] )[A-Z][a-zA-Z]{3,}\b", feature.what_it_does)):
            count[word] = count.get(word, 0) + 1
    known = general.known()
    count = {word: n for word, n in count.items() if stems(words(word))[0][0] not in known}
    ordered = sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
    if not ordered or ordered[0][1] < MIN_HOUSE:
        return ""
    rest = ordered[1][1] if len(ordered) > 1 else 0
    return ordered[0][0] if ordered[0][1] >= 1.5 * rest else ""
