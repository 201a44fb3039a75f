"""The pieces of a packet: headings and quotes in the reader's language, facts with their ids, names, and places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from skill.agent.languages import ORIGINAL, Speech, Value, Values, money_text
from skill.agent.slots import Evidence, fill
from skill.agent.wording import Wording
from skill.model.answer import Answer
from skill.model.common import slug
from skill.model.packet import Cell, Said, Table, TableRow
from skill.model.playbook import Playbook
from skill.model.topic import Quote


class Words:
    """Makes the pieces of one packet and keeps their evidence; used once."""

    def __init__(
        self, playbook: Playbook, answer: Answer, locale: str, *, allow_unreviewed: bool = False
    ) -> None:
        self.playbook = playbook
        self.answer = answer
        self.evidence = Evidence.going_on(playbook, answer.quotes, answer.facts)
        self.wording = Wording(playbook, locale, allow_unreviewed=allow_unreviewed)
        first = self.wording.choose("Packet", [playbook.defaults], {}, (slug("as of"),))
        self.lang = first.lang if first is not None else ORIGINAL
        self.speech = Speech(playbook, self.lang)

    def heading(self, name: str, values: Values | None = None) -> Said:
        """A heading or short word, in the reader's language."""
        found = self.wording.choose("Packet", [self.playbook.defaults], values or {}, (slug(name),))
        assert found is not None, f"no words for `Packet {name}`"
        return self._quoted(found, values or {})

    def quote(self, label: str, places: Sequence[Sequence[Quote]], values: Values) -> Said | None:
        """The first quote of this label that can be filled; None where there is none."""
        found = self.wording.choose(label, places, values)
        return None if found is None else self._quoted(found, values)

    def _quoted(self, quote: Quote, values: Values) -> Said:
        text, ids = self.evidence.quote(quote, values)
        return Said(text=text, kind="quote", evidence=ids, lang=quote.lang)

    def as_said(self, *labels: str) -> tuple[Said, ...]:
        """The sentences of the answer with one of these labels, as they were shown."""
        by_id = {q.id: q for q in self.answer.quotes}
        out: dict[str, Said] = {}
        shown = [(s.text, s.evidence, s.lang) for s in self.answer.answer.sentences]
        shown += [(o.why.text, o.why.evidence, o.why.lang) for o in self.answer.recommended_offers]
        for text, ids, lang in shown:
            cited = [by_id[e] for e in ids if e in by_id]
            is_quote = any(fill(q.template, q.slots) == text for q in cited)
            if is_quote and cited[0].label.startswith(labels):
                out.setdefault(text, Said(text=text, kind="quote", evidence=ids, lang=lang))
        return tuple(out.values())

    def fact(self, value: Value, slot: str = "value") -> Said:
        """A value as the reader's language says it; as it was told where the language has no way to."""
        said = self.speech.says(slot, value)
        lang = self.lang if said is not None else ORIGINAL
        return Said(
            text=said if said is not None else value.text,
            kind="fact",
            evidence=(self.evidence.fact(value),),
            lang=lang,
        )

    def money(self, name: str, amount: Decimal, currency: str, as_of: datetime) -> Said:
        """An exact amount with its currency; the fact says it as Topics do."""
        value = Value(f"{currency} {amount:f}", name, "computed", as_of)
        text = value.text
        if self.lang != ORIGINAL:
            text = money_text(amount, currency, self.lang)
        return Said(text=text, kind="fact", evidence=(self.evidence.fact(value),), lang=self.lang)

    def name(self, slot: str, original: str) -> Said:
        """The name of a feature, bundle, meter or role."""
        text = self.speech.name(slot, original) if slot in ("feature", "bundle") else original
        return Said(text=text, kind="name", lang=self.lang if text != original else ORIGINAL)

    def named(self, heading: str, *cells: Cell, values: Values | None = None) -> TableRow:
        """A row that begins with a heading of ours."""
        return TableRow(cells=((self.heading(heading, values),), *cells))


def at(file: str, line: int | None) -> Said:
    """A place in the Topics: `product-bundles.md:58`."""
    return Said(text=f"{file}:{line}" if line is not None else file, kind="place")


def stamped(moment: datetime) -> str:
    """A moment as it is told everywhere: `2026-11-21 09:00 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def listing(rows: Sequence[TableRow]) -> Table:
    """Names and values without column headings."""
    return Table(rows=tuple(rows))
