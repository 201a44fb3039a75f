"""A decision to pass on, for the person, their admin or their finance lead: the same facts, each reader's own first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from skill.agent.cost_words import leads_back
from skill.agent.languages import Value, Values, place
from skill.agent.packet_cost import cost_rows
from skill.agent.packet_delta import changes
from skill.agent.packet_words import Words, at, listing, stamped
from skill.agent.slots import of_access, of_account, of_offer
from skill.errors import NotFound
from skill.model.account import Customer
from skill.model.answer import Answer
from skill.model.common import plain_number
from skill.model.decision import Decision, Offer
from skill.model.packet import Cell, Packet, PacketOffer, Reader, Said, Section, Table, TableRow
from skill.model.playbook import Playbook
from skill.model.readiness import SignalTold
from skill.model.receipt import ValueLine
from skill.policy.account.account_readiness import told
from skill.policy.prices.costs import expected
from skill.policy.value.delta import delta
from skill.policy.value.receipt import receipt

_SAID_IN_THE_PRODUCT = ("Why you", "Answer", "Two steps", "More", "Ask your admin")
"""Labels of what was said with the offer, told again as it was said."""
_ORDER: dict[Reader, tuple[str, ...]] = {
    "person": ("opening", "changes", "cost", "value", "act", "why"),
    "admin": ("opening", "changes", "act", "cost", "value", "why"),
    "finance": ("opening", "cost", "value", "changes", "act", "why"),
}
"""What each reader looks for first."""


def packet_of(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    answer: Answer,
    reader: Reader,
    *,
    allow_unreviewed: bool = False,
) -> Packet:
    """One decision as a document of its own: value so far, what changes, what it costs, why it was shown, and sources.

    Only what the decision offered is in it, and nothing internal: quotes for customers, facts and names.

    Raises:
        NotFound: the decision offered nothing, or was made with other Topics than these.
    """
    if not decision.offers:
        raise NotFound("this decision made no offer, so there is nothing to pass on")
    if playbook.version != decision.topics_version:
        raise NotFound("this decision was made with other Topics than these")
    writer = _Writer(playbook, customer, decision, answer, reader, allow_unreviewed)
    return writer.packet()


class _Writer:
    """Writes one packet; used once."""

    def __init__(
        self,
        playbook: Playbook,
        customer: Customer,
        decision: Decision,
        answer: Answer,
        reader: Reader,
        allow_unreviewed: bool,
    ) -> None:
        self.playbook = playbook
        self.customer = customer
        self.decision = decision
        self.answer = answer
        self.reader = reader
        locale = customer.person.locale
        self.words = Words(playbook, answer, locale, allow_unreviewed=allow_unreviewed)
        self.account = of_account(playbook, customer)
        now = decision.now
        self.offers = {
            o.bundle: PacketOffer(
                id=o.bundle,
                quantity=o.quantity,
                steps=tuple(s.bundle for s in o.unlock.steps),
                unlocks=o.unlocks,
                lifts=o.lifts,
                delta=delta(playbook, customer, o, now),
                cost=expected(playbook, customer, o, now),
            )
            for o in decision.offers
        }
        self.receipt = receipt(playbook, customer, now)

    def packet(self) -> Packet:
        words = self.words
        sections = [*self._sections()]
        first = self._values(self.decision.offers[0])
        title = words.heading("title", {"bundle": first["bundle"]})
        to = words.heading(f"for {self.reader}")
        about = self._about()
        sections.append(self._sources(sections))
        return Packet(
            decision_id=self.answer.decision_id,
            topics_version=self.playbook.version,
            reader=self.reader,
            lang=words.lang,
            as_of=self.decision.now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            title=title,
            to=to,
            about=about,
            sections=tuple(sections),
            offers=tuple(self.offers.values()),
            receipt=self.receipt,
            quotes=words.evidence.quotes,
            facts=words.evidence.facts,
        )

    def _sections(self) -> Iterator[Section]:
        make: dict[str, Callable[[Offer], Iterator[Section]]] = {
            "opening": self._opening,
            "changes": self._changes,
            "cost": self._cost,
            "act": self._act,
            "why": self._why,
        }
        for part in _ORDER[self.reader]:
            if part == "value":
                yield from self._value()
                continue
            for offer in self.decision.offers:
                yield from make[part](offer)

    def _values(self, offer: Offer) -> Values:
        """What the slots of an offer's quotes are filled with."""
        values = {**self.account, **of_offer(self.playbook, offer)}
        found = next((a for a in self.decision.accesses if a.feature == offer.feature), None)
        if found is not None:
            values |= of_access(self.playbook, self.customer, self.decision, found)
        return values

    def _heading(self, name: str, offer: Offer) -> Cell:
        """A heading; where several things were offered, with the name of the one that it is about."""
        said = self.words.heading(name)
        if len(self.decision.offers) == 1:
            return (said,)
        return (said, self.words.name("bundle", self.playbook.bundles[offer.bundle].name))

    # -- the parts ----------------------------------------------------------------------------------------

    def _about(self) -> Table:
        words = self.words
        now = self.decision.now
        rows = [words.named("as of", (words.fact(Value(stamped(now), "as_of", "clock", now)),))]
        asked = [
            words.name("feature", self.playbook.features[a.feature].name)
            for a in self.decision.accesses
        ]
        if asked:
            rows.append(words.named("asked", tuple(asked)))
        plan = self.account.get("plan")
        if plan is not None:
            rows.append(words.named("plan", (words.fact(plan, "plan"),)))
        return listing(rows)

    def _opening(self, offer: Offer) -> Iterator[Section]:
        """What it is about in the offer's own words: to the person as it was said, to others as a note to pass on."""
        bundle = self.playbook.bundles[offer.bundle]
        name = self.words.name("bundle", bundle.name)
        if self.reader == "person":
            said = self._own(offer, self.words.as_said("Why you", "Answer", "Two steps", "More"))
        else:
            note = self.words.quote(
                "Forward", [bundle.quotes, self.playbook.defaults], self._values(offer)
            )
            said = (note,) if note is not None else ()
        if said:
            yield Section(heading=(name,), paragraphs=tuple(said))

    def _own(self, offer: Offer, said: tuple[Said, ...]) -> tuple[Said, ...]:
        """Of several sentences those that the answer gave as this offer's reason, or all where it is the only one."""
        if len(self.decision.offers) == 1:
            return said
        own = next(o for o in self.answer.recommended_offers if o.id == offer.bundle)
        return tuple(s for s in said if s.text == own.why.text)

    def _changes(self, offer: Offer) -> Iterator[Section]:
        lines = self.offers[offer.bundle].delta
        if lines:
            values = self._values(offer)
            table = changes(self.words, self.playbook, lines, {"bundle": values["bundle"]})
            yield Section(heading=self._heading("changes", offer), tables=(table,))

    def _cost(self, offer: Offer) -> Iterator[Section]:
        cost = self.offers[offer.bundle].cost
        rows = cost_rows(self.words, self.playbook, self.customer.account, offer, cost)
        yield Section(heading=self._heading("cost", offer), tables=(listing(rows),))

    def _value(self) -> Iterator[Section]:
        words = self.words
        rows = [self._value_row(line) for line in self.receipt.lines]
        found = tuple(row for row in rows if row is not None)
        if found:
            names = ("thing", "counted", "as of", "source")
            columns = tuple(words.heading(name) for name in names)
            table = Table(columns=columns, rows=found)
            yield Section(heading=(words.heading("value"),), tables=(table,))

    def _value_row(self, line: ValueLine) -> TableRow | None:
        """One figure of value in its Topic's words, how it was counted, and where that is said."""
        values = value_slots(line)
        places = [self.playbook.features[line.feature].quotes, self.playbook.defaults]
        said = self.words.quote("Value", places, values)
        how = self.words.quote("Counted", places, values)
        if said is None:
            return None
        seen = Value(stamped(line.as_of), f"value.{line.feature}.as_of", line.source, line.as_of)
        return TableRow(
            cells=(
                (said,),
                (how,) if how is not None else (),
                (self.words.fact(seen),),
                (at(line.topic, line.line),),
            )
        )

    def _act(self, offer: Offer) -> Iterator[Section]:
        """Who can decide, how it is undone, how it can be tried, and where it is found."""
        words, last = self.words, self.playbook.bundles[offer.bundle]
        is_open = leads_back(self.playbook, self.offers[offer.bundle].cost)
        rows: list[TableRow] = []
        bundles = [self.playbook.bundles[s.bundle] for s in offer.unlock.steps]
        roles = [r for r in bundles[0].who_can_buy if all(r in b.who_can_buy for b in bundles)]
        if roles:
            known = self.playbook.roles
            names = [words.name("role", known[r].name if r in known else r) for r in roles]
            rows.append(words.named("who decides", tuple(names)))
        for heading, field, text in (
            ("billed to", "billed_to", last.billed_to),
            ("undo", "how_to_undo", last.how_to_undo if is_open else ""),
            ("trial", "trial", last.try_it),
        ):
            if text:
                value = Value(text, f"{field}.{last.key}", place(last.span))
                rows.append(words.named(heading, (words.fact(value, "terms"),)))
        link = offer.action.href
        if offer.action.kind == "ask_admin" and self.reader == "admin":
            link = bundles[0].link or last.link  # the reader may be one who can buy
        if offer.action.kind == "checkout":
            link = (
                bundles[0].link or last.link
            )  # a checkout is this person's own, and is not passed on
        if link:
            # A page of the product leads nowhere from a letter: it is named, and no link.
            href = link if link.startswith("https://") else None
            rows.append(words.named("link", (Said(text=link, kind="place", href=href),)))
        if rows:
            yield Section(heading=self._heading("offer", offer), tables=(listing(rows),))

    def _why(self, offer: Offer) -> Iterator[Section]:
        """The signals that held, with their figures, and the words in which it was said."""
        words = self.words
        said = self._own(offer, words.as_said(*_SAID_IN_THE_PRODUCT))
        found = (
            told(self.playbook, self.customer, self.decision.now).signals if offer.signals else ()
        )
        rows = [self._signal_row(s) for s in found if s.key in offer.signals]
        names = ("event", "figure", "needed", "over", "source")
        tables: list[Table] = []
        if rows:
            columns = tuple(words.heading(name) for name in names)
            tables.append(Table(columns=columns, rows=tuple(rows)))
        if said and self.reader != "person":  # the person has read it as the opening
            tables.append(listing([words.named("quoted", (one,)) for one in said]))
        if tables:
            yield Section(heading=self._heading("why", offer), tables=tuple(tables))

    def _signal_row(self, signal: SignalTold) -> TableRow:
        words = self.words
        source = f"{signal.topic}:{signal.line}"

        def fact(part: str, text: str) -> Said:
            return words.fact(Value(text, f"signal.{signal.key}.{part}", source, signal.as_of))

        return TableRow(
            cells=(
                (fact("counts", signal.counts),),
                tuple(self._signal_figure(signal)),
                (fact("needed", signal.holds_when),),
                (fact("window", signal.window),),
                (at(signal.topic, signal.line),),
            )
        )

    def _signal_figure(self, signal: SignalTold) -> Iterator[Said]:
        if signal.value is None:
            yield self.words.heading("not known")
            return
        text = signal.value if isinstance(signal.value, str) else plain_number(signal.value)
        name = f"signal.{signal.key}.value"
        yield self.words.fact(Value(text, name, "computed", signal.as_of))
        if signal.share is not None:
            share = Value(f"{int(signal.share * 100)}%", f"{name}.share", "computed", signal.as_of)
            yield self.words.fact(share)

    def _sources(self, sections: list[Section]) -> Section:
        """Where each quote and each fact in them comes from, and of which decision and Topics this was made."""
        words = self.words
        cited = {e for section in sections for said in section.pieces() for e in said.evidence}
        # A table with columns says beside each figure where it is from.
        lone = {e for section in sections for said in _loose(section) for e in said.evidence}
        rows: list[TableRow] = []
        for quote in words.evidence.quotes:
            if quote.id in cited and not quote.label.startswith("Packet"):
                label = Said(text=f"{quote.heading}: {quote.label}", kind="name")
                place_of = at(f"{quote.topic}.md", quote.lines[0])
                rows.append(TableRow(cells=((label,), (place_of,), ())))
        for fact in words.evidence.facts:
            if fact.id in lone:
                name = Said(text=fact.name, kind="name", evidence=(fact.id,))
                source = Said(text=fact.source, kind="place", evidence=(fact.id,))
                seen = datetime.fromisoformat(fact.as_of) if fact.as_of else None
                when = Said(text=stamped(seen), kind="place", evidence=(fact.id,)) if seen else None
                rows.append(TableRow(cells=((name,), (source,), (when,) if when else ())))
        columns = tuple(words.heading(name) for name in ("line", "source", "as of"))
        ids = (self.answer.decision_id, self.playbook.version)
        made = words.named("made from", tuple(Said(text=one, kind="place") for one in ids))
        return Section(
            heading=(words.heading("sources"),),
            tables=(Table(columns=columns, rows=tuple(rows)), listing([made])),
        )


def _loose(section: Section) -> Iterator[Said]:
    """The pieces that stand without a source beside them, and every quote."""
    yield from section.paragraphs
    for table in section.tables:
        yield from (said for said in table.pieces() if not table.columns or said.kind == "quote")


def value_slots(line: ValueLine) -> Values:
    """What the slots of `Value` and `Counted` are filled with."""
    name, source = f"value.{line.feature}", line.source
    values: Values = {
        "feature": Value(line.name),
        "count": Value(plain_number(line.count), f"{name}.count", source, line.as_of),
    }
    if line.window:
        values["window"] = Value(line.window, f"{name}.window", source, line.until)
    if line.saved is not None:
        values["saved"] = Value(line.saved.text, f"{name}.saved", "computed", line.as_of)
        values["each"] = Value(line.saved.each, f"{name}.each", f"{line.topic}:{line.line}")
    return values
