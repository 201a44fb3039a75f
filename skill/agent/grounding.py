"""The verifier: proves an answer against compiled Topics with no other input, or says what is not proven."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from skill.agent.prices import amount_text
from skill.agent.slots import fill
from skill.compiler.build import built_in_words
from skill.model.common import plain_number
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Playbook
from skill.model.topic import Quote

_DIGIT = re.compile(r"\d")
_PLACE = re.compile(r"(?P<file>[^:]+\.md):(?P<line>\d+)")
_FITS: dict[str, tuple[str, ...]] = {
    "Answer": ("denied",),
    "Two steps": ("denied",),
    "Answer without offer": ("denied",),
    "Explain": ("denied",),
    "Have it": ("granted",),
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


@dataclass(frozen=True)
class Problem:
    """One thing in an answer that its Topics do not prove."""

    where: str
    """A JSON pointer into the answer."""
    said: str


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
        bundles = playbook.bundles.values()
        self._plan_names = {b.name for b in bundles if b.sold_as == "plan"}
        self._bundle_names = {b.name for b in bundles}
        self._feature_names = {f.name for f in playbook.features.values()}
        self._meter_names = {m.name.replace("_", " ") for m in playbook.meters.values()}
        self._names = sorted(self._bundle_names | self._feature_names, key=len, reverse=True)

    def prove(self, body: dict[str, Any]) -> Proof:
        """Every quote, slot, sentence, fact, price, name and link of an answer body, checked.

        Never raises: a body of another shape is a problem like any other.
        """
        problems: list[Problem] = []
        try:
            for check in (
                self._version,
                self._all_quotes,
                self._all_facts,
                self._text,
                self._features,
                self._offers,
            ):
                problems += check(body)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as wrong:
            problems.append(Problem("/", f"this is no answer: {type(wrong).__name__} {wrong}"))
        parts = body if isinstance(body, dict) else {}
        offers = _listed(parts.get("recommended_offers"))
        answer = parts.get("answer")
        return Proof(
            n_quotes=len(_listed(parts.get("quotes"))),
            n_prices=sum(1 for o in offers if isinstance(o, dict) and o.get("price")),
            n_sentences=len(_listed(answer.get("sentences") if isinstance(answer, dict) else ())),
            problems=tuple(problems),
        )

    # -- the parts ----------------------------------------------------------------------------------------

    def _version(self, body: dict[str, Any]) -> Iterator[Problem]:
        said = body["topics_version"]
        if said != self.playbook.version:
            yield Problem("/topics_version", f"made from {said}, these are {self.playbook.version}")

    def _all_quotes(self, body: dict[str, Any]) -> Iterator[Problem]:
        ids = [q["id"] for q in body["quotes"]]
        if len(ids) != len(set(ids)):
            yield Problem("/quotes", "two quotes have one id")
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
        }
        for name, value in same.items():
            if view[name] != value:
                yield Problem(f"{where}/{name}", f"differs from {view['topic']} line {first}")
        if set(view["slots"]) != set(known.slots):
            yield Problem(f"{where}/slots", "other slots than the quote has")
        for slot, text in view["slots"].items():
            if not self._slot_holds(slot, text, body):
                yield Problem(f"{where}/slots/{slot}", f"`{text}` stands in no Topic and no fact")
        yield from self._label_fits(where, known, body)
        if not self._is_shown(fill(view["template"], view["slots"]), view["id"], body):
            yield Problem(where, "this quote is cited by no sentence that shows it")

    @staticmethod
    def _is_shown(text: str, id_: str, body: dict[str, Any]) -> bool:
        shown = [*body["answer"]["sentences"], *(o["why"] for o in body["recommended_offers"])]
        return any(s["text"] == text and id_ in s["evidence"] for s in shown)

    def _label_fits(self, where: str, known: Quote, body: dict[str, Any]) -> Iterator[Problem]:
        fits = _FITS.get(known.label)
        views = body.get("features") or [body["feature"]]
        verdicts = {v["access"] for v in views if v} or {"unknown"}
        if fits is not None and not verdicts & set(fits):
            yield Problem(
                where, f"`{known.label}` words beside access {', '.join(sorted(verdicts))}"
            )

    def _slot_holds(self, slot: str, text: str, body: dict[str, Any]) -> bool:
        names = {
            "plan": self._plan_names,
            "first_step": self._plan_names,
            "bundle": self._bundle_names,
            "feature": self._feature_names,
            "workaround": self._feature_names,
            "meter": self._meter_names,
        }
        if slot in ("bundle", "first_step"):
            return text in self._offered_names(body)
        if slot == "feature":
            return text in self._named_features(body) and text in self._feature_names
        if slot in names:
            return text in names[slot]
        if slot == "options":
            return self._options_hold(text, body)
        if slot == "price":
            return any(f["value"] == text and f["name"].startswith("price.") for f in body["facts"])
        return any(f["value"] == text and _fact_is_for(f["name"], slot) for f in body["facts"])

    @staticmethod
    def _offered_names(body: dict[str, Any]) -> set[str]:
        offers = body["recommended_offers"]
        steps = (s["name"] for o in offers for s in o.get("steps") or ())
        return {*(o["name"] for o in offers), *steps}

    @staticmethod
    def _named_features(body: dict[str, Any]) -> set[str]:
        views = body.get("features") or [body["feature"]]
        return {v["name"] for v in views if v}

    @staticmethod
    def _options_hold(text: str, body: dict[str, Any]) -> bool:
        names = [c["name"] for c in body.get("candidates") or ()]
        if not names:
            return False
        wanted = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
        return text == wanted

    def _all_facts(self, body: dict[str, Any]) -> Iterator[Problem]:
        for i, fact in enumerate(body["facts"]):
            where = f"/facts/{i}"
            match = _PLACE.fullmatch(fact["source"])
            if match and not self._stands_there(fact, match["file"], int(match["line"])):
                yield Problem(where, f"`{fact['value']}` does not stand at {fact['source']}")
            if fact["name"].startswith(("price.", "trial.", "setting.")) and not match:
                yield Problem(where, "a price needs its place in a Topic")
            if fact["name"] == "plan" and fact["value"] not in self._plan_names:
                yield Problem(where, f"no plan is called `{fact['value']}`")

    def _stands_there(self, fact: dict[str, Any], file: str, line: int) -> bool:
        kind, _, key = fact["name"].partition(".")
        for bundle in self.playbook.bundles.values():
            if kind == "price" and bundle.key == key:
                if any(_at(p.span, file, line) and p.text == fact["value"] for p in bundle.prices):
                    return True
            elif kind == "trial" and bundle.key == key:
                if _at(bundle.span, file, line) and bundle.try_it == fact["value"]:
                    return True
            elif kind == "setting":
                for setting in bundle.settings:
                    if setting.feature == key and _at(setting.span, file, line):
                        return bool(setting.value == fact["value"])
            elif kind == "limit":
                for row in bundle.limits:
                    amount = "unlimited" if row.value is None else plain_number(row.value)
                    if row.meter == key and _at(row.span, file, line) and amount == fact["value"]:
                        return True
        return False

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
        if sentence["kind"] in ("quote", "question"):
            filled = [fill(q["template"], q["slots"]) for q in cited if "template" in q]
            if sentence["text"] not in filled:
                yield Problem(where, "is not the quote that it cites, filled in")
            return
        said = " ".join(str(x.get("value") or x.get("template")) for x in cited)
        claims = set(re.findall(r"\d[\d.,]*", sentence["text"]))
        claims |= {n for n in self._names if n in sentence["text"]}
        if any(claim not in said for claim in claims):
            yield Problem(where, "claims what its evidence does not hold")
        if sentence["kind"] == "connective" and _DIGIT.search(sentence["text"]):
            yield Problem(where, "connective prose holds a figure")

    def _features(self, body: dict[str, Any]) -> Iterator[Problem]:
        views = body.get("features") or ([body["feature"]] if body["feature"] else [])
        if body.get("features") and body["feature"] != body["features"][0]:
            yield Problem("/feature", "is not the first of `features`")
        for i, view in enumerate(views):
            yield from self._feature(f"/features/{i}", view, body)
        for i, candidate in enumerate(body.get("candidates") or ()):
            known = self.playbook.features.get(candidate["key"])
            if known is None or known.name != candidate["name"]:
                yield Problem(f"/candidates/{i}", f"no feature `{candidate['key']}` of that name")
        for name in body.get("missing") or ():
            if not isinstance(name, str):
                yield Problem("/missing", "is not a list of names")

    def _feature(self, where: str, view: dict[str, Any], body: dict[str, Any]) -> Iterator[Problem]:
        if view["key"] is None:
            if view["access"] != "unknown":
                yield Problem(where, "access to nothing named")
            return
        known = self.playbook.features.get(view["key"])
        if known is None or known.name != view["name"]:
            yield Problem(where, f"no feature `{view['key']}` of that name")
            return
        if view["unlocked_by"] and not body["recommended_offers"]:
            yield Problem(f"{where}/unlocked_by", "names a way where nothing may be offered")
        meters = set(known.meters)
        for key in view["unlocked_by"]:
            bundle = self.playbook.bundles.get(key)
            helps = bundle is not None and (
                view["key"] in bundle.unlocks
                if view["access"] == "denied"
                else any(r.meter in meters for r in bundle.limits)
            )
            if not helps:
                yield Problem(f"{where}/unlocked_by", f"`{key}` does not unlock it")
        if set(view["alternatives"]) - set(known.alternatives):
            yield Problem(f"{where}/alternatives", "are not those of the Topic")

    def _offers(self, body: dict[str, Any]) -> Iterator[Problem]:
        views = body.get("features") or ([body["feature"]] if body["feature"] else [])
        wanting = {v["key"] for v in views if v["access"] in ("denied", "limited")}
        for i, offer in enumerate(body["recommended_offers"]):
            where = f"/recommended_offers/{i}"
            bundle = self.playbook.bundles.get(offer["id"])
            if bundle is None or bundle.name != offer["name"]:
                yield Problem(where, f"no bundle `{offer['id']}` of that name")
                continue
            yield from self._offer(where, offer, bundle, wanting)

    def _offer(
        self, where: str, offer: dict[str, Any], bundle: Bundle, wanting: set[str]
    ) -> Iterator[Problem]:
        if offer["kind"] != bundle.sold_as:
            yield Problem(f"{where}/kind", f"`{bundle.name}` is sold as {bundle.sold_as}")
        steps = offer.get("steps") or []
        parts = [self.playbook.bundles.get(s["id"]) for s in steps] or [bundle]
        for step, part in zip(steps, parts, strict=False):
            if part is None or part.name != step["name"]:
                yield Problem(f"{where}/steps", f"no bundle `{step['id']}` of that name")
            elif not price_holds(step["price"], part):
                yield Problem(f"{where}/steps", f"no such price of `{part.name}`")
        if not price_holds(offer["price"], bundle):
            yield Problem(f"{where}/price", f"no such price of `{bundle.name}`")
        whole = [p for p in (*parts, bundle) if p is not None]
        for key in offer["unlocks"]:
            if key not in wanting or not any(key in p.unlocks for p in whole):
                yield Problem(f"{where}/unlocks", f"`{key}` is not asked about and unlocked by it")
        lifts = offer.get("lifts")
        if lifts is not None and not any(r.meter == lifts for r in bundle.limits):
            yield Problem(f"{where}/lifts", f"`{bundle.name}` says nothing about {lifts}")
        if not offer["unlocks"] and lifts is None:
            yield Problem(where, "unlocks nothing that was asked")
        href = offer["action"]["href"]
        if href is not None and href not in {p.link for p in whole}:
            yield Problem(f"{where}/action/href", "is no link of this bundle")
        known = {t.key for t in self.playbook.thresholds if t.offer == bundle.key}
        if set(offer["signals"]) - known:
            yield Problem(f"{where}/signals", "speak for another offer")


def customer_quotes(playbook: Playbook) -> Iterator[Quote]:
    """Every passage that a customer may be shown, those of the built-in words among them."""
    for topic in (*playbook.topics, built_in_words()):
        for section in topic.sections:
            yield from section.quotes
    for article in playbook.articles:
        if not article.internal:
            yield from article.passages


def price_holds(view: dict[str, Any] | None, bundle: Bundle) -> bool:
    """Whether a shown price is one line of this bundle, to the last digit; none only where no line has an amount."""
    if view is None:
        return all(p.kind is PriceKind.CONTACT for p in bundle.prices)
    return any(_same_price(view, price) for price in bundle.prices)


def _same_price(view: dict[str, Any], price: Price) -> bool:
    if price.amount is None:
        return False
    try:
        exact = Decimal(view["amount"]) == price.amount and view["amount"] == amount_text(
            price.amount
        )
    except InvalidOperation:
        return False
    return (
        exact
        and price.currency in (view["currency"], None)
        and (view["per"] or "") == price.per
        and (view["period"] or "") == price.period
        and (view["billed"] or "") == price.billed
        and view["from"] == (price.kind is PriceKind.FROM)
        and view["text"] == price.text
    )


def _fact_is_for(name: str, slot: str) -> bool:
    """Whether a fact of this name may stand behind this slot."""
    wanted = {
        "limit": ("limit.",),
        "used": ("usage.",),
        "left": ("usage.",),
        "percent": ("usage.",),
        "trial": ("trial.",),
        "setting": ("setting.",),
        "owner_name": ("owner",),
        "admin_names": ("admins",),
        "days_left": ("days_left",),
    }
    part = slot.rpartition(".")[2]
    if name.startswith("signal.") and name.endswith("." + part):
        return True
    return name.startswith(wanted.get(part, ("\0",)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _key(quote: Quote) -> tuple[str, int, int]:
    return quote.topic, quote.span.line, quote.span.end_line


def _at(span: Any, file: str, line: int) -> bool:
    return bool(span.file == file and span.line == line)
