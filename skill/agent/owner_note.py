"""The note of an owner task: customer wording to pass on, made of quotes and facts, and proven like a packet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from skill.agent.languages import Value, Values
from skill.agent.packet import packet_of, value_slots
from skill.agent.packet_proof import demand_packet
from skill.agent.packet_words import Words, listing, stamped
from skill.agent.slots import of_access, of_account, of_offer
from skill.model.account import Customer
from skill.model.answer import Answer
from skill.model.decision import Access, Decision, Offer
from skill.model.packet import Packet, Said, Section, Table, TableRow
from skill.model.playbook import Playbook
from skill.model.receipt import Receipt, ValueLine

_MONEY = ("price", "trial")
"""Where offers are held back, a note names neither: what it costs is the owner's to say."""


def note_of(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    answer: Answer,
    offer: Offer | None,
    brought: Receipt,
) -> Packet | None:
    """What the owner may pass on as it stands; None where there is nothing to say.

    Where the decision made offers it is the whole packet for whoever looks after the plan. Where a play holds them
    back it says what was asked about, what has it, and what their use has brought, and names no price.

    Raises:
        GroundingError: something in it could not be proven; nothing of it may leave.
    """
    if decision.offers:
        note: Packet | None = packet_of(playbook, customer, decision, answer, "admin")
    else:
        note = _Short(playbook, customer, decision, answer, offer, brought).note()
    if note is not None:
        demand_packet(playbook, note)
    return note


class _Short:
    """Writes one note without an offer; used once."""

    def __init__(
        self,
        playbook: Playbook,
        customer: Customer,
        decision: Decision,
        answer: Answer,
        offer: Offer | None,
        brought: Receipt,
    ) -> None:
        self.playbook = playbook
        self.customer = customer
        self.decision = decision
        self.answer = answer
        self.offer = offer
        self.brought = brought
        # Only what this note itself says is evidence in it, so it begins with none.
        empty = answer.model_copy(update={"quotes": (), "facts": ()})
        self.words = Words(playbook, empty, customer.person.locale)
        self.account = of_account(playbook, customer)

    def note(self) -> Packet | None:
        sections = (*self._opening(), *self._value())
        title = self._title()
        if not sections or title is None:
            return None
        to, about = self.words.heading("for person"), self._about()
        return Packet(
            decision_id=self.answer.decision_id,
            topics_version=self.playbook.version,
            reader="person",
            lang=self.words.lang,
            as_of=self.decision.now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            title=title,
            to=to,
            about=about,
            sections=sections,
            offers=(),
            receipt=self.brought,
            quotes=self.words.evidence.quotes,
            facts=self.words.evidence.facts,
        )

    def _title(self) -> Said | None:
        if self.offer is not None:
            name = self.playbook.bundles[self.offer.bundle].name
            return self.words.heading("title", {"bundle": Value(name)})
        asked = self._asked()
        if asked is None:
            return self.words.heading("value") if self.brought.lines else None
        return self.words.name("feature", self.playbook.features[asked.feature].name)

    def _asked(self) -> Access | None:
        return next(iter(self.decision.accesses), None)

    def _about(self) -> Table:
        words, now = self.words, self.decision.now
        rows = [words.named("as of", (words.fact(Value(stamped(now), "as_of", "clock", now)),))]
        plan = self.account.get("plan")
        if plan is not None:
            rows.append(words.named("plan", (words.fact(plan, "plan"),)))
        return listing(rows)

    def _opening(self) -> Iterator[Section]:
        """The note that a colleague would pass on, in words that hold no price."""
        if self.offer is None:
            return
        values: Values = {**self.account, **of_offer(self.playbook, self.offer)}
        values = {slot: value for slot, value in values.items() if slot not in _MONEY}
        asked = self._asked()
        if asked is not None:
            values |= of_access(self.playbook, self.customer, self.decision, asked)
        bundle = self.playbook.bundles[self.offer.bundle]
        said = self.words.quote("Forward", [bundle.quotes, self.playbook.defaults], values)
        if said is not None:
            name = self.words.name("bundle", bundle.name)
            yield Section(heading=(name,), paragraphs=(said,))

    def _value(self) -> Iterator[Section]:
        """What their use has brought them, and how each figure was counted."""
        rows = tuple(row for line in self.brought.lines for row in self._value_row(line))
        if rows:
            names = ("thing", "counted", "as of")
            columns = tuple(self.words.heading(name) for name in names)
            table = Table(columns=columns, rows=rows)
            yield Section(heading=(self.words.heading("value"),), tables=(table,))

    def _value_row(self, line: ValueLine) -> Iterator[TableRow]:
        values = value_slots(line)
        quotes = [self.playbook.features[line.feature].quotes, self.playbook.defaults]
        said = self.words.quote("Value", quotes, values)
        how = self.words.quote("Counted", quotes, values)
        if said is not None:
            seen = Value(stamped(line.as_of), f"value.{line.feature}.as_of", line.source, line.as_of)  # fmt: skip
            yield TableRow(cells=((said,), (how,) if how else (), (self.words.fact(seen),)))
