"""The verifier: proves an answer against compiled Topics with no other input, or says what is not proven."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from skill.agent import (
    cost_words,
    grounding_cost,
    grounding_delta,
    grounding_facts,
    grounding_offers,
    plan_words,
)
from skill.agent.claims import Ground, Names, names_of
from skill.agent.grounding_offers import Problem, views_of
from skill.agent.languages import ORIGINAL, Speech, Value, listed
from skill.agent.slots import fill, told
from skill.agent.tone import brought_pressure
from skill.compiler.build import built_in_words
from skill.compiler.languages import plural_of
from skill.compiler.translations import is_translation
from skill.errors import GroundingError
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.model.topic import Quote

_FITS: dict[str, tuple[str, ...]] = {
    "Answer": ("denied",),
    "Two steps": ("denied",),
    "Answer without offer": ("denied",),
    "Explain": ("denied",),
    "Have it": ("granted", "limited"),
    "Covered": ("granted", "limited"),
    "Limit": ("granted", "limited"),
    "More": ("limited",),
    "More without offer": ("limited",),
    "Role": ("denied",),
    "Cannot say": ("unknown",),
    "Not sold": ("unknown",),
    "Not found": ("unknown",),
}
"""Which verdicts a label's words may stand beside."""
_NAMES = (
    "feature", "bundle", "first_step", "workaround", "meter", "options", "description", "features", "lower", "plans",
)  # fmt: skip
"""Slots that hold names or words from the Topics, which need no fact."""
_OF_PLANS = ("My plan", "Only my plan", "Plan has", "Plan adds", "Plan limit", "Plans", "And more")
"""Labels of what is said of plans as wholes."""
_OF_A_FEATURE = ("Answer", "Answer without offer", "Two steps", "Have it", "Role", "Explain")
_OF_AN_OFFER = (
    "Answer",
    "Two steps",
    "More",
    "Price",
    "Step price",
    "Several",
    "Why you",
    "Ask your admin",
    *cost_words.LABELS,
)


@dataclass(frozen=True)
class Proof:
    """What was checked, and what failed."""

    n_quotes: int
    n_prices: int
    n_sentences: int
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        """Whether everything in the answer is proven."""
        return not self.problems


class Prover:
    """Checks answers against one playbook; built once, pure afterwards."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self._quotes = {_key(q): q for q in customer_quotes(playbook)}
        self._originals = dict(_originals(playbook))
        bundles = playbook.bundles.values()
        self._plan_names = {b.name for b in bundles if b.sold_as == "plan"}
        self._bundle_names = {b.name for b in bundles}
        self._feature_names = {f.name for f in playbook.features.values()}
        self._meter_names = {m.name.replace("_", " ") for m in playbook.meters.values()}

    def prove(self, body: dict[str, Any]) -> Proof:
        """Every quote, slot, sentence, fact, price, name and link of an answer body, checked.

        Never raises: a body of another shape is a problem like any other.
        """
        problems: list[Problem] = []
        try:
            for check in (
                self._version,
                grounding_offers.shape,
                self._all_quotes,
                partial(grounding_facts.facts, self.playbook),
                self._text,
                partial(grounding_offers.features, self.playbook),
                partial(grounding_offers.offers, self.playbook),
                partial(grounding_cost.costs, self.playbook),
                partial(grounding_delta.deltas, self.playbook),
            ):
                problems += check(body)
        except KeyError as wrong:
            problems.append(Problem("/", f"this is no whole answer: {wrong} is missing"))
        except (TypeError, AttributeError, ValueError, IndexError):
            problems.append(Problem("/", "this has not the shape of an answer"))
        parts = body if isinstance(body, dict) else {}
        offers = _listed(parts.get("recommended_offers"))
        answer = parts.get("answer")
        return Proof(
            n_quotes=len(_listed(parts.get("quotes"))),
            n_prices=sum(1 for o in offers if isinstance(o, dict) and o.get("price")),
            n_sentences=len(_listed(answer.get("sentences") if isinstance(answer, dict) else ())),
            problems=tuple(problems),
        )

    def demand(self, body: dict[str, Any]) -> None:
        """Nothing, where an answer body is proven.

        Raises:
            GroundingError: it is not, with the first thing that is not proven.
        """
        problems = self.prove(body).problems
        if problems:
            first = problems[0]
            raise GroundingError(f"{first.where}: {first.said}", pointer=first.where)

    # -- the parts ----------------------------------------------------------------------------------------

    def _version(self, body: dict[str, Any]) -> Iterator[Problem]:
        said = body["topics_version"]
        if said != self.playbook.version:
            yield Problem("/topics_version", f"made from {said}, these are {self.playbook.version}")

    def _all_quotes(self, body: dict[str, Any]) -> Iterator[Problem]:
        ids = [x["id"] for x in (*body["quotes"], *body["facts"])]
        if len(ids) != len(set(ids)):
            yield Problem("/quotes", "two quotes or facts have one id")
        for i, view in enumerate(body["quotes"]):
            yield from self._quote(f"/quotes/{i}", view, body)

    def _quote(self, where: str, view: dict[str, Any], body: dict[str, Any]) -> Iterator[Problem]:
        first, last = view["lines"]
        known = self._quotes.get((view["topic"], first, last))
        if known is None:
            yield Problem(
                where, f"no customer quote stands at {view['topic']} lines {first} to {last}"
            )
            return
        same = {
            "template": known.template,
            "digest": known.digest,
            "heading": known.heading,
            "label": " ".join(x for x in (known.label, known.subject) if x),
            "lang": known.lang,
        }
        for name, value in same.items():
            if view[name] != value:
                yield Problem(f"{where}/{name}", f"differs from {view['topic']} line {first}")
        if brought_pressure(view["template"], view["slots"]) is not None:
            yield Problem(f"{where}/slots", "a slot brings pressure into the sentence")
        if set(view["slots"]) != set(known.slots):
            yield Problem(f"{where}/slots", "other slots than the quote has")
        speech = Speech(self.playbook, known.lang)
        # Where a translation may be shown is decided by what it translates.
        original = self._originals.get(_key(known), known)
        for slot, text in view["slots"].items():
            if not self._slot_holds(slot, text, view["slots"], original, speech, body):
                yield Problem(f"{where}/slots/{slot}", f"`{text}` stands in no Topic and no fact")
        yield from self._label_fits(where, original, speech, view, body)
        if not self._is_shown(fill(view["template"], view["slots"]), view["id"], body):
            yield Problem(where, "this quote is cited by no sentence that shows it")

    @staticmethod
    def _is_shown(text: str, id_: str, body: dict[str, Any]) -> bool:
        shown = [*body["answer"]["sentences"], *(o["why"] for o in body["recommended_offers"])]
        return any(s["text"] == text and id_ in s["evidence"] for s in shown)

    def _label_fits(
        self, where: str, known: Quote, speech: Speech, view: dict[str, Any], body: dict[str, Any]
    ) -> Iterator[Problem]:
        """The words fit the verdict of the feature they name, and stand under what is offered or asked."""
        named = view["slots"].get("feature")
        spoken = [
            v
            for v in views_of(body)
            if named is None or (v["name"] and speech.name("feature", v["name"]) == named)
        ]
        fits = _FITS.get(known.label)
        verdicts = {v["access"] for v in spoken} or {"unknown"}
        if fits is not None and not verdicts & set(fits):
            said = ", ".join(sorted(verdicts))
            yield Problem(where, f"`{known.label}` words beside access {said}")
        asked = {v["key"] for v in views_of(body)}
        if known.label in _OF_A_FEATURE and known.subject and known.subject not in asked:
            yield Problem(where, f"words about `{known.subject}`, which was not asked")
        bundle = self.playbook.bundles.get(slug(known.heading))
        if bundle is None or known.label not in _OF_AN_OFFER or known not in bundle.quotes:
            return
        if bundle.name not in self._offered_names(body):
            yield Problem(where, f"words of `{bundle.name}`, which is not offered")

    def _slot_holds(
        self,
        slot: str,
        text: str,
        slots: dict[str, str],
        known: Quote,
        speech: Speech,
        body: dict[str, Any],
    ) -> bool:
        """Whether a slot says what the answer's own facts and Topics say, of the very thing it speaks of."""
        name, forms = plural_of(slot)
        if known.label in _OF_PLANS and name != "plan":
            return self._plan_holds(slot, text, slots, known, speech)
        if name == "price":
            return self._price_is_of(text, slots, known, speech, body)
        if name in cost_words.SLOTS:
            own = self.playbook.bundles.get(slug(known.heading))
            under = own.key if own is not None and known in own.quotes else None
            label = (known.label, known.subject)
            return grounding_cost.holds(
                self.playbook, slot, text, slots, label, speech, under, body
            )
        return any(
            speech.says(slot, value) == text
            # The word that a figure chooses goes with the very figure that stands beside it.
            and (not forms or name not in slots or speech.says(name, value) == slots[name])
            for value in self._values_for(name, body)
        )

    def _plan_holds(
        self, slot: str, text: str, slots: dict[str, str], known: Quote, speech: Speech
    ) -> bool:
        """Whether a slot says what the plan named beside it really has, adds, or limits."""
        if slot == "plans":
            return plan_words.lists_plans(text, self.playbook, speech)

        may = plan_words.texts_of(self.playbook, known.label, slots, speech).get(slot, [])
        return any(speech.says(slot, value) == text for value in may)

    def _values_for(self, slot: str, body: dict[str, Any]) -> list[Value]:
        """Every value that this answer's facts and Topics have for a slot, each in its original wording."""
        views = views_of(body)
        keys = [v["key"] for v in views if v["key"] in self.playbook.features]
        names: set[str] | None = None
        if slot in ("bundle", "first_step"):
            names = self._offered_names(body)
        elif slot == "feature":
            names = {v["name"] for v in views} & self._feature_names
        elif slot == "workaround":
            free = {a for k in keys for a in self.playbook.features[k].alternatives}
            names = {self.playbook.features[a].name for a in free}
        elif slot == "description":
            names = {self.playbook.features[k].what_it_does for k in keys}
        elif slot == "meter":
            names = self._meter_names
        elif slot == "options":
            options = tuple(c["name"] for c in body.get("candidates") or ())
            return [Value(listed(options, "or"), parts=options)] if options else []
        if names is not None:
            return [Value(name) for name in sorted(names)]
        meters = {m for k in keys for m in self.playbook.features[k].meters}
        return [
            v for v in _values(body["facts"]) if grounding_facts.is_for(v.fact or "", slot, meters)
        ]

    def _price_is_of(
        self,
        text: str,
        slots: dict[str, str],
        known: Quote,
        speech: Speech,
        body: dict[str, Any],
    ) -> bool:
        """A price is said of the bundle that the quote names or stands under, and of no other."""
        offered = self._offered_names(body)
        own = self.playbook.bundles.get(slug(known.heading))
        name = slots.get("bundle") or (
            speech.name("bundle", own.name) if own is not None and known in own.quotes else None
        )
        for value in _values(body["facts"]):
            bundle = self.playbook.bundles.get((value.fact or "").removeprefix("price."))
            if bundle is None or bundle.name not in offered:
                continue
            said = speech.says("price", value)
            if said == text and name in (None, speech.name("bundle", bundle.name)):
                return True
        return False

    @staticmethod
    def _offered_names(body: dict[str, Any]) -> set[str]:
        offers = body["recommended_offers"]
        steps = (s["name"] for o in offers for s in o.get("steps") or ())
        return {*(o["name"] for o in offers), *steps}

    def _text(self, body: dict[str, Any]) -> Iterator[Problem]:
        sentences = body["answer"]["sentences"]
        if body["answer"]["text"] != "\n\n".join(s["text"] for s in sentences):
            yield Problem("/answer/text", "is not its sentences")
        by_id = {q["id"]: q for q in body["quotes"]} | {f["id"]: f for f in body["facts"]}
        for i, sentence in enumerate(sentences):
            yield from self._sentence(f"/answer/sentences/{i}", sentence, by_id)
        for i, offer in enumerate(body["recommended_offers"]):
            why = {**offer["why"], "kind": "quote"}
            if why["text"] or why["evidence"]:
                yield from self._sentence(f"/recommended_offers/{i}/why", why, by_id)

    def _sentence(
        self, where: str, sentence: dict[str, Any], by_id: dict[str, Any]
    ) -> Iterator[Problem]:
        cited = [by_id[e] for e in sentence["evidence"] if e in by_id]
        if len(cited) != len(sentence["evidence"]):
            yield Problem(where, "cites evidence that is not in the answer")
        if sentence["kind"] == "connective":
            yield from self._prose(where, sentence, cited)
            return
        if sentence["kind"] not in ("quote", "question"):
            yield Problem(where, f"a sentence of kind `{sentence['kind']}` that nothing proves")
            return
        quotes = [q for q in cited if "template" in q]
        shown = [q for q in quotes if fill(q["template"], q["slots"]) == sentence["text"]]
        if not shown:
            yield Problem(where, "is not the quote that it cites, filled in")
            return
        if sentence.get("lang", ORIGINAL) != shown[0]["lang"]:
            yield Problem(f"{where}/lang", "is not the language of the quote that it cites")
        speech = Speech(self.playbook, shown[0]["lang"])
        values = _values([f for f in cited if "template" not in f])
        for slot, text in shown[0]["slots"].items():
            if slot not in _NAMES and not any(speech.says(slot, v) == text for v in values):
                yield Problem(where, f"does not cite the fact behind {{{slot}}}")

    def _prose(
        self, where: str, sentence: dict[str, Any], cited: list[dict[str, Any]]
    ) -> Iterator[Problem]:
        """A sentence that a model typed says nothing beyond the quotes and facts that it cites."""
        texts = {
            one["id"]: fill(one["template"], one["slots"]) if "template" in one else told(one)
            for one in cited
        }
        ground = Ground(texts, self.names)
        for claim in ground.unproven(sentence["text"], list(texts)):
            yield Problem(where, f"a typed {claim.what} that nothing proves: `{claim.said[:80]}`")

    @cached_property
    def names(self) -> Names:
        """The names that this company uses, as the verifier of prose knows them."""
        return names_of(self.playbook)


def customer_quotes(playbook: Playbook) -> Iterator[Quote]:
    """Every passage that a customer may be shown: the built-in words among them, and what translates one of them."""
    yield from _original_quotes(playbook)
    for translation in playbook.translations.values():
        yield from translation.quotes.values()


def _original_quotes(playbook: Playbook) -> Iterator[Quote]:
    for topic in (*playbook.topics, built_in_words()):
        if not is_translation(topic, playbook.topics):
            for section in topic.sections:
                yield from section.quotes
    for article in playbook.articles:
        if not article.internal:
            yield from article.passages


def _originals(playbook: Playbook) -> Iterator[tuple[tuple[str, int, int], Quote]]:
    """What each translated quote translates."""
    by_place = {quote.place: quote for quote in _original_quotes(playbook)}
    for translation in playbook.translations.values():
        for at, quote in translation.quotes.items():
            if at in by_place:
                yield _key(quote), by_place[at]


def _values(facts: list[dict[str, Any]]) -> list[Value]:
    """Facts of an answer as a slot would be given them."""
    said = (f for f in facts if isinstance(f["value"], str))
    return [Value(f["value"], str(f["name"]), str(f["source"])) for f in said]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _key(quote: Quote) -> tuple[str, int, int]:
    return quote.topic, quote.span.line, quote.span.end_line
