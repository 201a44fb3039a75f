"""The verifier of packets: every quote, figure, name and place in one is proven again, from the Topics and its own facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from skill.agent import cost_words, grounding_delta, grounding_facts
from skill.agent.grounding import customer_quotes
from skill.agent.grounding_offers import Problem
from skill.agent.languages import Speech, Value, money_text
from skill.agent.packet import value_slots
from skill.agent.packet_cost import amounts
from skill.agent.packet_delta import side_text
from skill.agent.packet_words import stamped
from skill.agent.slots import fill
from skill.agent.tone import brought_pressure
from skill.compiler.languages import plural_of
from skill.errors import GroundingError
from skill.model.answer import FactView, QuoteView
from skill.model.common import plain_number
from skill.model.packet import Packet, Said
from skill.model.playbook import Playbook
from skill.policy.prices.cost_proof import faults
from skill.policy.value.receipt import saved

_PLACE = re.compile(r"(?P<file>[^:]+\.md):(?P<line>\d+)")
_OF_THE_ACCOUNT = ("account", "grant", "override", "plan", "add-on", "audience", "free for all")
"""What a part of a difference may come from where no row of a Topic says it."""
_IN_A_TOPIC = ("price", "trial", "setting", "billed_to", "how_to_undo")
"""Kinds of facts that stand in a Topic or nowhere."""


def demand_packet(playbook: Playbook, packet: Packet) -> None:
    """Nothing, where a packet is proven.

    Raises:
        GroundingError: it is not, with the first thing that is not proven; nothing of it may leave.
    """
    for first in prove_packet(playbook, packet):
        raise GroundingError(f"packet {first.where}: {first.said}", pointer=first.where)


def prove_packet(playbook: Playbook, packet: Packet) -> Iterator[Problem]:
    """What of a packet is not proven by these Topics and by the facts in it; nothing where all of it is."""
    if packet.topics_version != playbook.version:
        yield Problem("/topics_version", "other Topics than these")
        return
    yield from _offers(playbook, packet)
    yield from _receipt(playbook, packet)
    facts = {f.id: f for f in packet.facts}
    for i, fact in enumerate(packet.facts):
        if not _fact_holds(playbook, packet, fact):
            yield Problem(f"/facts/{i}", f"`{fact.name}` is not `{fact.value}`")
    known = {(q.topic, q.span.line, q.span.end_line): q for q in customer_quotes(playbook)}
    for i, quote in enumerate(packet.quotes):
        source = known.get((quote.topic, *quote.lines))
        same = source is not None and (source.template, source.digest, source.lang) == (
            quote.template, quote.digest, quote.lang,
        )  # fmt: skip
        if not same:
            yield Problem(f"/quotes/{i}", "no customer quote stands there")
        if brought_pressure(quote.template, quote.slots) is not None:
            yield Problem(f"/quotes/{i}", "a slot brings pressure into it")
    names = _names(playbook, packet)
    by_id = {q.id: q for q in packet.quotes}
    for i, said in enumerate(packet.pieces()):
        wrong = _piece(playbook, packet, said, by_id, facts, names)
        if wrong:
            yield Problem(f"/pieces/{i}", f"`{said.text[:80]}` {wrong}")


def _offers(playbook: Playbook, packet: Packet) -> Iterator[Problem]:
    for i, offer in enumerate(packet.offers):
        where = f"/offers/{i}"
        body = {
            **offer.model_dump(mode="json", exclude={"delta", "cost", "steps"}),
            "steps": [{"id": key} for key in offer.steps],
            "delta": offer.delta,
        }
        yield from grounding_delta.delta(playbook, f"{where}/delta", body)
        for said in faults(playbook, offer.cost.model_dump(mode="json")):
            yield Problem(f"{where}/cost", said)
        if [key for key, _ in offer.cost.steps] != list(offer.steps):
            yield Problem(f"{where}/cost", "is about other purchases")


def _receipt(playbook: Playbook, packet: Packet) -> Iterator[Problem]:
    for i, line in enumerate(packet.receipt.lines):
        feature = playbook.features.get(line.feature)
        worth = feature.worth if feature is not None else None
        if feature is None or worth is None or feature.name != line.name:
            yield Problem(f"/receipt/lines/{i}", "no Topic counts this as value")
            continue
        place = (worth.span.file, worth.span.line, worth.text)
        if place != (line.topic, line.line, line.counts):
            yield Problem(f"/receipt/lines/{i}", "is not what its Topic counts")
        if line.saved != saved(worth.each, line.count):
            yield Problem(f"/receipt/lines/{i}", "is not so many times what each one saves")


def _fact_holds(playbook: Playbook, packet: Packet, fact: FactView) -> bool:
    """Whether a fact says what its Topic, the difference, the cost or the receipt says."""
    kind, _, rest = fact.name.partition(".")
    text = str(fact.value)
    match = _PLACE.fullmatch(fact.source)
    if match is None and kind in _IN_A_TOPIC:
        return False
    if kind in ("price", "trial", "setting", "limit") and match is not None:
        return not any(grounding_facts.facts(playbook, {"facts": [fact.model_dump()]}))
    if kind in ("billed_to", "how_to_undo"):
        bundle = playbook.bundles.get(rest)
        return (
            bundle is not None
            and getattr(bundle, kind) == text
            and fact.source == f"{bundle.span.file}:{bundle.span.line}"
        )
    if kind == "as_of":
        return text == stamped(datetime.fromisoformat(packet.as_of))
    if kind == "plan":
        return any(b.name == text for b in playbook.bundles.values() if b.sold_as == "plan")
    if kind == "quantity":
        return any(o.id == rest and f"{o.quantity:,}" == text for o in packet.offers)
    if kind in ("now", "then"):
        what, _, key = rest.partition(".")
        lines = [line for o in packet.offers for line in o.delta]
        sides = [getattr(x, kind) for x in lines if (x.what, x.key) == (what, key)]
        return any(side_text(side) == text for side in sides)
    if kind == "cost":
        in_words = (cost_words.facts_of(playbook, o.cost).get(fact.name) for o in packet.offers)
        return any(text in amounts(o.cost).get(fact.name, ()) for o in packet.offers) or any(
            (text, fact.source) == (value.text, value.source) for value in in_words if value
        )
    if kind == "break_even":
        evens = [e for o in packet.offers for e in o.cost.break_even]
        return any(e.meter == rest and plain_number(e.at) == text for e in evens)
    if kind == "value":
        told = {(v.fact, v.text) for x in packet.receipt.lines for v in value_slots(x).values()}
        told |= {(f"value.{x.feature}.as_of", stamped(x.as_of)) for x in packet.receipt.lines}
        return (fact.name, text) in told
    if kind == "signal" and match is not None:
        return _in_row(playbook, match["file"], int(match["line"]), text)
    return match is None


def _in_row(playbook: Playbook, file: str, line: int, text: str) -> bool:
    """Whether a cell of the row at this place says this."""
    rows = (r for t in playbook.topics if t.file == file for s in t.sections for r in s.rows)
    return any(text in [c.text for c in r.cells.values()] for r in rows if r.span.line == line)


def _names(playbook: Playbook, packet: Packet) -> set[str]:
    """Every name that may stand in a packet, in its language and in the original."""
    speech = Speech(playbook, packet.lang)
    names = {m.name.replace("_", " ") for m in playbook.meters.values()}
    names |= {m.unit for m in playbook.meters.values()}
    names |= {r.name for r in playbook.roles.values()} | {
        r for b in playbook.bundles.values() for r in b.who_can_buy
    }
    for feature in playbook.features.values():
        names |= {feature.name, speech.name("feature", feature.name)}
    for bundle in playbook.bundles.values():
        names |= {bundle.name, speech.name("bundle", bundle.name)}
    names |= {f"{q.heading}: {q.label}" for q in packet.quotes}
    return names | {f.name for f in packet.facts}


def _piece(
    playbook: Playbook,
    packet: Packet,
    said: Said,
    quotes: dict[str, QuoteView],
    facts: dict[str, FactView],
    names: set[str],
) -> str:
    """What is wrong with one piece; nothing where it is proven."""
    cited = [facts[e] for e in said.evidence if e in facts]
    if said.href is not None and said.href != said.text:
        return "links elsewhere than it says"
    if said.kind == "name":
        return "" if said.text in names else "is no name of these Topics"
    if said.kind == "place":
        return "" if _is_place(playbook, packet, said, cited) else "is no place or source"
    if said.kind == "fact":
        fits = any(_says(playbook, said, fact) for fact in cited)
        return "" if fits else "is not the fact that it cites"
    for quote in (quotes[e] for e in said.evidence if e in quotes):
        if fill(quote.template, quote.slots) == said.text and quote.lang == said.lang:
            return _slots(playbook, quote, cited, names)
    return "is no quote that it cites"


def _says(playbook: Playbook, said: Said, fact: FactView) -> bool:
    text = str(fact.value)
    if said.text == text:
        return True
    speech = Speech(playbook, said.lang)
    value = Value(text, fact.name, fact.source)
    slots = ("value", "limit", "setting", "price", "plan", "terms", "quantity")
    if any(speech.says(slot, value) == said.text for slot in slots):
        return True
    currency, _, amount = text.partition(" ")
    try:
        return fact.name.startswith("cost.") and said.text == money_text(
            Decimal(amount), currency, said.lang
        )
    except ArithmeticError:
        return False


def _slots(playbook: Playbook, quote: QuoteView, cited: list[FactView], names: set[str]) -> str:
    """Each slot holds a name of these Topics, or what a fact says that the piece cites."""
    speech = Speech(playbook, quote.lang)
    for slot, text in quote.slots.items():
        name = plural_of(slot)[0]
        by_fact = any(
            speech.says(slot, Value(str(f.value), f.name, f.source)) == text for f in cited
        )
        if not by_fact and text not in names:
            return f"fills {{{name}}} with what no fact says"
    return ""


def _is_place(playbook: Playbook, packet: Packet, said: Said, cited: list[FactView]) -> bool:
    if said.text in (packet.decision_id, packet.topics_version, *_OF_THE_ACCOUNT):
        return True
    if any(said.text == fact.source for fact in cited):
        return True
    seen = (datetime.fromisoformat(f.as_of) for f in cited if f.as_of)
    if any(said.text == stamped(moment) for moment in seen):
        return True
    links = {playbook.bundles[key].link for offer in packet.offers for key in offer.steps}
    if said.text in links:
        return True
    match = _PLACE.fullmatch(said.text)
    files = {t.file for t in playbook.topics} | {f"{q.topic}.md" for q in packet.quotes}
    return match is not None and said.href is None and match["file"] in files
