"""The verifier's part for what is said of a cost: each figure is that of its own offer's proven preview, tax beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from skill.agent.cost_words import MONTHS, TAX, facts_of
from skill.agent.grounding_offers import Problem
from skill.agent.languages import Speech, Value
from skill.compiler.labels import split_label
from skill.compiler.languages import plural_of
from skill.model.playbook import Playbook
from skill.model.preview import CostPreview

Body = dict[str, Any]


def previews(body: Body) -> dict[str, CostPreview]:
    """The costs that an answer shows, by the key of their offer; each is computed again elsewhere."""
    found: dict[str, CostPreview] = {}
    for offer in body.get("recommended_offers") or ():
        shown = offer.get("preview")
        try:
            if shown:
                found[offer["id"]] = CostPreview.model_validate(shown)
        except ValidationError:
            continue  # told as no preview of ours
    return found


def costs(playbook: Playbook, body: Body) -> Iterator[Problem]:
    """Every fact about a cost, and what is said of tax beside one."""
    shown = previews(body)
    known = {
        name: value
        for key, cost in shown.items()
        if key == cost.offer and key in playbook.bundles
        for name, value in facts_of(playbook, cost).items()
    }
    for i, fact in enumerate(body["facts"]):
        if not fact["name"].startswith("cost."):
            continue
        value = known.get(fact["name"])
        if value is None or not _is(value, fact):
            yield Problem(
                f"/facts/{i}", f"`{fact['value']}` is no cost that this offer's facts make"
            )
    yield from _tax(shown, body)


def _is(value: Value, fact: Body) -> bool:
    as_of = value.as_of.isoformat().replace("+00:00", "Z") if value.as_of else None
    told = (fact["value"], fact["source"], fact["as_of"])
    return told == (value.text, value.source, as_of)


def _tax(shown: dict[str, CostPreview], body: Body) -> Iterator[Problem]:
    """Beside each amount stands what its prices say of tax, and nothing else is said of it."""
    names = {f["id"]: str(f["name"]) for f in body["facts"]}
    labels = {q["id"]: split_label(q["label"])[0] for q in body["quotes"]}
    owed: list[tuple[int, str]] = []
    told: set[tuple[str, str]] = set()
    for i, sentence in enumerate(body["answer"]["sentences"]):
        own = {labels[e] for e in sentence["evidence"] if e in labels}
        cited = [names[e].split(".") for e in sentence["evidence"] if e in names]
        about = {parts[1]: parts[2] for parts in cited if parts[0] == "cost" and len(parts) > 2}
        if own & set(MONTHS):
            owed += [(i, key) for key in about]
        for label in own & set(TAX.values()):
            told |= {(key, label) for key in about}
            if not about or any(TAX.get(_said(shown, key)) != label for key in about):
                yield Problem(f"/answer/sentences/{i}", "is not what these prices say of tax")
    for i, key in owed:
        needed = TAX.get(_said(shown, key))
        if needed is not None and (key, needed) not in told:
            yield Problem(f"/answer/sentences/{i}", "an amount without what its price says of tax")


def _said(shown: dict[str, CostPreview], key: str) -> str:
    return shown[key].tax if key in shown else ""


def holds(
    playbook: Playbook, slot: str, text: str, slots: dict[str, str], label: tuple[str, str],
    speech: Speech, own: str | None, body: Body,
) -> bool:  # fmt: skip
    """Whether a slot about a cost says that of the offer which the quote names or stands under, and of no other.

    Args:
        playbook: the Topics.
        slot: the slot as written, with the words that a figure chooses.
        text: what it shows.
        slots: the texts of all slots of the quote.
        label: the quote's label and what follows it.
        speech: its language.
        own: the key of the bundle under which the quote stands, if it stands under one.
        body: the answer.
    """
    name, forms = plural_of(slot)
    offers = body["recommended_offers"]
    said = slots.get("bundle")
    for key, cost in previews(body).items():
        bundle = playbook.bundles.get(key)
        if bundle is None or (said is not None and said != speech.name("bundle", bundle.name)):
            continue
        if (own is not None and own != key) or (own is None and said is None and len(offers) > 1):
            continue
        part = name.removeprefix("cost_")
        if name == "break_even":
            part = _of_meter(playbook, slots, label, speech, offers, key)
        fact = f"cost.{key}.{part}"
        if not any(f["name"] == fact for f in body["facts"]):
            continue
        value = facts_of(playbook, cost).get(fact)
        fits = value is not None and speech.says(slot, value) == text
        if fits and value and (not forms or speech.says(name, value) == slots.get(name)):
            return True
    return False


def _of_meter(
    playbook: Playbook, slots: dict[str, str], label: tuple[str, str],
    speech: Speech, offers: list[Body], key: str,
) -> str:  # fmt: skip
    """The part of a cost that tells from which use on an offer pays: of the meter whose limit it lifts, named or not."""
    lifts = next((o.get("lifts") for o in offers if o["id"] == key), None)
    meter = playbook.meters.get(lifts or "")
    if meter is None or label[1] not in ("", meter.key):
        return ""
    shown = speech.says("meter", Value(meter.name.replace("_", " ")))
    return f"break_even.{meter.key}" if slots.get("meter") in (None, shown) else ""
