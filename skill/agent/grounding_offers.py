"""The verifier's second half: what programs read in an answer (features, candidates, offers, prices, actions)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from skill.agent.languages import ORIGINAL
from skill.agent.prices import ACTION_LABELS, action_label, amount_text
from skill.model.answer import Answer, FactView, QuoteView, RecommendedOffer, Sentence
from skill.model.money import Price, PriceKind
from skill.model.playbook import Bundle, Playbook
from skill.policy.prices.cost_proof import faults

Body = dict[str, Any]
_REASONS = {
    "granted": ("granted",),
    "limited": ("limit_reached",),
    "denied": ("not_in_plan", "trial_ended", "role_not_allowed"),
    "unknown": ("unknown_feature", "not_found", "source_unavailable"),
}
_ALONGSIDE = {"id", "warnings"}
"""What a batch writes beside an answer."""
MAX_CANDIDATES = 3


@dataclass(frozen=True)
class Problem:
    """One thing in an answer that its Topics do not prove."""

    where: str
    """A JSON pointer into the answer."""
    said: str


def views_of(body: Body) -> list[Body]:
    """Every feature that the answer speaks of."""
    return list(body.get("features") or ([body["feature"]] if body["feature"] else []))


def shape(body: Body) -> Iterator[Problem]:
    """No key that an answer does not have: nothing rides along unchecked."""
    parts: list[tuple[str, Any, set[str]]] = [("", body, set(Answer.model_fields) | _ALONGSIDE)]
    parts += [
        (f"/quotes/{i}", x, set(QuoteView.model_fields)) for i, x in enumerate(body["quotes"])
    ]
    parts += [(f"/facts/{i}", x, set(FactView.model_fields)) for i, x in enumerate(body["facts"])]
    for i, sentence in enumerate(body["answer"]["sentences"]):
        parts.append((f"/answer/sentences/{i}", sentence, set(Sentence.model_fields)))
    for i, offer in enumerate(body["recommended_offers"]):
        parts.append((f"/recommended_offers/{i}", offer, set(RecommendedOffer.model_fields)))
    for where, part, known in parts:
        for key in set(part) - known:
            yield Problem(f"{where}/{key}", "is no part of an answer")


def features(playbook: Playbook, body: Body) -> Iterator[Problem]:
    """Each verdict with its reason, what unlocks it, and the free ways; the candidates; the notes for support."""
    if body.get("features") and body["feature"] != body["features"][0]:
        yield Problem("/feature", "is not the first of `features`")
    for i, view in enumerate(views_of(body)):
        yield from _feature(playbook, f"/features/{i}", view, body)
    candidates = body.get("candidates") or ()
    if len(candidates) > MAX_CANDIDATES:
        yield Problem("/candidates", f"more than {MAX_CANDIDATES}")
    for i, candidate in enumerate(candidates):
        known = playbook.features.get(candidate["key"])
        if known is None or known.name != candidate["name"]:
            yield Problem(f"/candidates/{i}", f"no feature `{candidate['key']}` of that name")
    for name in body.get("missing") or ():
        if not isinstance(name, str):
            yield Problem("/missing", "is not a list of names")
    points = body.get("talking_points") or ()
    notes = {n.text for t in playbook.topics for s in t.sections for n in s.notes} if points else ()
    for i, point in enumerate(points):
        if point["text"] not in notes:
            yield Problem(f"/talking_points/{i}", "is no note of these Topics")
    for i, held in enumerate(body.get("withheld") or ()):
        if held["offer"] not in playbook.bundles:
            yield Problem(f"/withheld/{i}", f"no bundle `{held['offer']}`")


def _feature(playbook: Playbook, where: str, view: Body, body: Body) -> Iterator[Problem]:
    if view["reason"] not in _REASONS.get(view["access"], ()):
        yield Problem(f"{where}/reason", f"`{view['reason']}` is no reason for {view['access']}")
    if view["key"] is None:
        if view["access"] != "unknown":
            yield Problem(where, "access to nothing named")
        return
    known = playbook.features.get(view["key"])
    if known is None or known.name != view["name"]:
        yield Problem(where, f"no feature `{view['key']}` of that name")
        return
    if view["unlocked_by"] and not body["recommended_offers"]:
        yield Problem(f"{where}/unlocked_by", "names a way where nothing may be offered")
    meters = set(known.meters)
    for key in view["unlocked_by"]:
        bundle = playbook.bundles.get(key)
        helps = bundle is not None and (
            view["key"] in bundle.unlocks
            if view["access"] == "denied"
            else any(r.meter in meters for r in bundle.limits)
        )
        if not helps:
            yield Problem(f"{where}/unlocked_by", f"`{key}` does not unlock it")
    features = {way for way in view["alternatives"] if isinstance(way, str)}
    if features - set(known.alternatives):
        yield Problem(f"{where}/alternatives", "are not those of the Topic")
    told = {f["name"]: f["value"] for f in body["facts"]}
    for way in view["alternatives"]:
        if isinstance(way, str):
            continue
        # The facts of a day are proven by themselves: here it has to be theirs, of a meter that the feature counts.
        name = f"reset.{way.get('meter')}"
        day, days = told.get(name), told.get(f"{name}.days")
        said = (day, days) == (way.get("day"), str(way.get("n_days")))
        is_wait = set(way) == {"kind", "meter", "day", "n_days"} and way["kind"] == "wait"
        if not is_wait or way["meter"] not in meters or not said:
            yield Problem(f"{where}/alternatives", "is no day that this limit begins again")


def offers(playbook: Playbook, body: Body) -> Iterator[Problem]:
    """Each offer: a bundle that helps with what was asked and is lacking, at its own price, with its own link."""
    made = body["recommended_offers"]
    if made and (not body["triggered"] or body.get("candidates") or not views_of(body)):
        yield Problem("/recommended_offers", "an offer where nothing was surely asked")
    if len({o["id"] for o in made}) != len(made):
        yield Problem("/recommended_offers", "the same offer twice")
    hand = body["handoff"]
    if hand is not None and (set(hand) != {"to", "name"} or hand["to"] != "owner"):
        yield Problem("/handoff", "is no hand-off of ours")
    for i, offer in enumerate(made):
        where = f"/recommended_offers/{i}"
        bundle = playbook.bundles.get(offer["id"])
        if bundle is None or bundle.name != offer["name"]:
            yield Problem(where, f"no bundle `{offer['id']}` of that name")
            continue
        parts, wrong = _steps(playbook, where, offer, bundle)
        yield from wrong
        yield from _helps(playbook, where, offer, [*parts, bundle], views_of(body))
        yield from _told(where, offer, bundle, body)
        yield from _action(playbook, where, offer, parts or [bundle])
        yield from _preview(playbook, where, offer, body)
        known = {t.key for t in playbook.thresholds if t.offer == bundle.key}
        if set(offer["signals"]) - known:
            yield Problem(f"{where}/signals", "speak for another offer")


def _steps(
    playbook: Playbook, where: str, offer: Body, bundle: Bundle
) -> tuple[list[Bundle], list[Problem]]:
    parts: list[Bundle] = []
    wrong: list[Problem] = []
    for step in offer.get("steps") or ():
        part = playbook.bundles.get(step["id"])
        if part is None or part.name != step["name"]:
            wrong.append(Problem(f"{where}/steps", f"no bundle `{step['id']}` of that name"))
            continue
        parts.append(part)
        if not price_holds(step["price"], part) and not _is_unpriced(offer):
            wrong.append(Problem(f"{where}/steps", f"no such price of `{part.name}`"))
    if parts and parts[-1].key != bundle.key:
        wrong.append(Problem(f"{where}/steps", "do not end with the offer"))
    return parts, wrong


def _helps(
    playbook: Playbook, where: str, offer: Body, whole: list[Bundle], views: list[Body]
) -> Iterator[Problem]:
    denied = {v["key"] for v in views if v["access"] == "denied"}
    limited = [v["key"] for v in views if v["access"] == "limited"]
    for key in offer["unlocks"]:
        if key not in denied or not any(key in p.unlocks for p in whole):
            yield Problem(f"{where}/unlocks", f"`{key}` is not lacking and unlocked by it")
    lifts = offer.get("lifts")
    if lifts is not None:
        asked = any(lifts in playbook.features[k].meters for k in limited if k in playbook.features)
        if not asked or not any(r.meter == lifts for r in whole[-1].limits):
            yield Problem(f"{where}/lifts", f"`{lifts}` is not limited and raised by it")
    if not offer["unlocks"] and lifts is None:
        yield Problem(where, "unlocks nothing that was asked")


def _told(where: str, offer: Body, bundle: Bundle, body: Body) -> Iterator[Problem]:
    """Kind, price, reason and the fields that are not filled yet."""
    if offer["kind"] != bundle.sold_as:
        yield Problem(f"{where}/kind", f"`{bundle.name}` is sold as {bundle.sold_as}")
    if not price_holds(offer["price"], bundle) and not _is_unpriced(offer):
        yield Problem(f"{where}/price", f"no such price of `{bundle.name}`")
    told = [f["value"] for f in body["facts"] if f["name"] == f"price.{bundle.key}"]
    if offer["price"] is not None and told and offer["price"]["text"] not in told:
        yield Problem(f"{where}/price", "is not the price that is said")
    if not offer["why"]["text"] or not offer["why"]["evidence"]:
        yield Problem(f"{where}/why", "no reason is given")
    if not isinstance(offer["quantity"], int) or offer["quantity"] < 1:
        yield Problem(f"{where}/quantity", "is no number of units")
    if offer["quantity"] > 1 and not any(
        f["name"] == f"quantity.{bundle.key}" and f["value"] == f"{offer['quantity']:,}"
        for f in body["facts"]
    ):
        yield Problem(f"{where}/quantity", "is not the quantity that is said")


def _preview(playbook: Playbook, where: str, offer: Body, body: Body) -> Iterator[Problem]:
    """The cost that is shown is computed again from the Topics and the facts it names; without a price there is none."""
    shown = offer["preview"]
    if not shown:
        return
    if offer["price"] is None:
        yield Problem(f"{where}/preview", "a cost where there is no price")
        return
    try:
        for wrong in faults(playbook, shown, offer=offer, facts=body["facts"]):
            yield Problem(f"{where}/preview", wrong)
    except (KeyError, TypeError):
        yield Problem(f"{where}/preview", "is no preview of ours")


def _action(playbook: Playbook, where: str, offer: Body, parts: list[Bundle]) -> Iterator[Problem]:
    act = offer["action"]
    lang = act.get("lang", ORIGINAL)
    known = act["kind"] in ACTION_LABELS
    if not known or (act["label"], lang) != action_label(playbook, act["kind"], (lang,)):
        yield Problem(f"{where}/action/label", "is no label of ours for this action")
    own = {p.checkout if act["kind"] == "checkout" else p.link for p in parts}
    if act["href"] is not None and (not act["href"] or act["href"] not in own):
        yield Problem(f"{where}/action/href", "is no link of this bundle")
    if act["kind"] == "checkout" and act["href"] is not None and len(parts) > 1:
        yield Problem(f"{where}/action/href", "sells only a part of this offer")
    if act["allowed"] != (act["kind"] in ("link", "checkout", "contact")):
        yield Problem(f"{where}/action/allowed", f"does not fit {act['kind']}")
    if (act["kind"] == "link") and act["href"] is None:
        yield Problem(f"{where}/action/href", "a link leads nowhere")
    if act["kind"] == "ask_admin" and act["href"] is not None:
        yield Problem(f"{where}/action/href", "a link for somebody who cannot buy")


def _is_unpriced(offer: Body) -> bool:
    """Whether nobody could say its price, so that it has neither price nor a button to buy."""
    nothing = offer["price"] is None and not any(s["price"] for s in offer.get("steps") or ())
    return nothing and offer["action"]["kind"] in ("contact", "ask_admin", "none")


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
