"""An owner task composed: who asked what, in which figures, what would fit, what not to do, and a note that may be passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.agent.languages import place
from skill.agent.owner_figures import chart_of, signal_lines, usage_lines, value_said
from skill.agent.owner_note import note_of
from skill.agent.prices import amount_text
from skill.model.account import Customer
from skill.model.answer import Answer, AnswerText
from skill.model.decision import Decision, Meaning, Outcome
from skill.model.delivery import Effect
from skill.model.playbook import Playbook, Restraint, SoldAs
from skill.model.task import (
    Contact,
    Internal,
    OwnerTask,
    Proposal,
    TalkingPoint,
    TaskCause,
    TaskKind,
    UsageLine,
)
from skill.model.topic import Note
from skill.policy import gate
from skill.policy.account.account_readiness import told
from skill.policy.decide import decide
from skill.policy.due import due_at
from skill.policy.prices.costs import expected
from skill.policy.proposed import proposed
from skill.policy.signals.record import Record
from skill.policy.value.receipt import receipt

_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_DO_NOT = re.compile(r"(?:^|[.:;!?]\s+)[*_]*(?:do not|don['\u2019]t|never|avoid)\b", re.IGNORECASE)
"""How a sentence of a note begins that says what not to do."""


def compose_task(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    effect: Effect,
    now: datetime,
    prover: Prover | None = None,
) -> OwnerTask:
    """The task that an effect of the channel `owner_task` brings to the account's owner.

    Pure: the same inputs give the same task. Notes stand in `internal` alone; what the customer may read stands in
    `note` and `answered`, and both are proven like anything else that leaves. `prover` is one of these Topics that is
    there already; else one is made.

    Raises:
        GroundingError: customer wording in it could not be proven; nothing of the task may be kept.
    """
    return _Writer(playbook, customer, decision, effect, now, prover or Prover(playbook)).task()


class _Writer:
    """Writes one task; used once."""

    def __init__(
        self,
        playbook: Playbook,
        customer: Customer,
        decision: Decision,
        effect: Effect,
        now: datetime,
        prover: Prover,
    ) -> None:
        self.prover = prover
        self.playbook = playbook
        self.customer = customer
        self.decision = _about_the_question(playbook, customer, decision, effect, now)
        self.effect = effect
        self.now = now
        key = effect.play or self.decision.play or ""
        self.play = next((p for p in playbook.plays if p.key == key), None)
        self.cause = _cause_of(effect, playbook)
        self.unpaid = _unpaid_row(playbook, self.decision)
        self.record = Record(playbook, customer, now)
        self.offer = (
            None
            if self.unpaid is not None
            else proposed(playbook, customer, self.decision, now, _wanted(effect))
        )

    def task(self) -> OwnerTask:
        playbook, customer = self.playbook, self.customer
        owner = customer.account.owner
        zone = owner.time_zone if owner else "UTC"
        brought = receipt(playbook, customer, self.now)
        answer = self._answer()
        note = None
        if self.unpaid is None:
            note = note_of(playbook, customer, self.decision, answer, self.offer, brought)
        plan = gate.held_plan(playbook, customer)
        usage = usage_lines(self.record)
        return OwnerTask(
            id=self.effect.id,
            account=customer.account.id,
            plan=plan.name if plan else customer.account.plan or "",
            owner=owner,
            play=self.effect.play or self.decision.play or "",
            play_name=self.play.name if self.play else "",
            kind=self._kind(),
            title=self._title(),
            topics_version=playbook.version,
            causes=(self.cause,),
            answered=tuple(s.text for s in answer.answer.sentences),
            usage=usage,
            signals=signal_lines(told(playbook, customer, self.now)),
            value=value_said(playbook, brought),
            chart=chart_of(self.record, self._drawn(usage)),
            proposal=self._proposal(),
            contacts=tuple(_contacts(customer, self.effect, self.cause.kind)),
            internal=self._internal(),
            note=note,
            created_at=self.now,
            due_at=due_at(self.play.within if self.play else None, self.now, zone),
            time_zone=zone,
            as_of=self.now,
        )

    def _kind(self) -> TaskKind:
        if self.unpaid is not None:
            return "invoice"
        return "offer" if self.offer is not None else "question"

    def _title(self) -> str:
        if self.unpaid is not None:
            return "An invoice is unpaid"
        if self.cause.kind == "signal":
            return self.cause.said or self.cause.name
        asked = [self.playbook.features[a.feature].name for a in self.decision.accesses]
        who = _who(self.customer, self.effect)
        return f"{who} asked about {', '.join(asked)}" if asked else f"{who} asked a question"

    def _answer(self) -> Answer:
        """What the person was told; nothing where nobody asked, or where the task is about an invoice."""
        if self.decision.meaning.outcome is Outcome.SIGNAL and not self.decision.offers:
            return Answer(
                decision_id=self.effect.decision,
                topics_version=self.playbook.version,
                triggered=False,
                answer=AnswerText(text=""),
            )
        answer = Composer(self.playbook, self.decision, self.customer).answer(self.effect.decision)
        if self.decision.meaning.outcome is Outcome.SIGNAL:
            # The words of an offer are in the packet; nobody was told anything yet.
            return answer.model_copy(update={"answer": AnswerText(text="")})
        self.prover.demand(answer.body())
        return answer

    def _drawn(self, usage: tuple[UsageLine, ...]) -> str:
        """The meter of the chart: that of the signal, of the question, of the offer, or the nearest to its limit."""
        row = next((t for t in self.playbook.thresholds if t.key == self.cause.name), None)
        wanted = [c.name for c in row.counts if c.what == "meter"] if row else []
        wanted += [a.limit.meter for a in self.decision.accesses if a.limit is not None]
        if self.offer is not None and self.offer.lifts:
            wanted.append(self.offer.lifts)
        read = {line.meter for line in usage if line.as_of is not None}
        nearest = [line.meter for line in usage if line.meter in read] or [u.meter for u in usage]
        return next((m for m in wanted if m in read), next(iter(wanted + nearest), ""))

    # -- what would fit -----------------------------------------------------------------------------------

    def _proposal(self) -> Proposal | None:
        offer = self.offer
        if offer is None:
            return None
        bundle = self.playbook.bundles[offer.bundle]
        steps = [self.playbook.bundles[s.bundle].name for s in offer.unlock.steps]
        preview = None
        if offer.price is not None:
            preview = expected(self.playbook, self.customer, offer, self.now)
        elsewhere = offer.kind is SoldAs.PARTNER
        is_old = bool(bundle.review_by) and bundle.review_by < self.now.date().isoformat()
        known = self.playbook.roles
        return Proposal(
            bundle=offer.bundle,
            name=bundle.name,
            kind=offer.kind.value,
            quantity=offer.quantity,
            steps=tuple(steps) if len(steps) > 1 else (),
            price=offer.price.text if offer.price else "",
            price_source=place(offer.price.span) if offer.price else "",
            added_each_month=_added(preview.now.difference, preview.currency) if preview else "",
            preview=preview,
            partner=bundle.name if elsewhere else "",
            link=bundle.link if elsewhere else "",
            who_can_buy=tuple(known[r].name if r in known else r for r in bundle.who_can_buy),
            review_by=bundle.review_by if is_old else "",
        )

    # -- internal -----------------------------------------------------------------------------------------

    def _internal(self) -> Internal:
        points = [p for note in self._notes() for p in _points(note)]
        held = tuple(self._held())
        return Internal(
            talking_points=tuple(p for p in points if not _DO_NOT.search(p.text)),
            do_not=(*(p for p in points if _DO_NOT.search(p.text)), *held),
        )

    def _notes(self) -> Iterator[Note]:
        """The notes of the play, of what is proposed, and of what was asked; of an invoice the play's alone."""
        if self.play is not None:
            yield from self.play.notes
        if self.unpaid is not None:
            return
        for step in self.offer.unlock.steps if self.offer else ():
            yield from self.playbook.bundles[step.bundle].notes
        for access in self.decision.accesses:
            yield from self.playbook.features[access.feature].notes

    def _held(self) -> Iterator[TalkingPoint]:
        """What keeps offers back now, whoever makes them."""
        for one in self.decision.suppressions:
            until = f", until {one.until:%Y-%m-%d %H:%M} UTC" if one.until else ""
            source = place(one.span) if one.span else ""
            yield TalkingPoint(text=f"Do not offer now: {one.because}{until}", source=source)


def _added(difference: Decimal | None, currency: str | None) -> str:
    if difference is None or currency is None:
        return ""
    return f"{currency} {amount_text(difference)}"


def _about_the_question(
    playbook: Playbook, customer: Customer, decision: Decision, effect: Effect, now: datetime
) -> Decision:
    """The decision about what was asked: a release decides without a question, and this is about one."""
    feature = str(effect.body.get("feature") or "")
    known = {a.feature for a in decision.accesses}
    if feature not in playbook.features or feature in known:
        return decision
    meaning = Meaning(outcome=Outcome.FEATURE, features=(feature,), reasons=("asked before",))
    return decide(playbook, customer, meaning, surface=decision.surface, now=now)


def _wanted(effect: Effect) -> str:
    """The offer that the effect is about, or the first that would have been made."""
    offers = effect.body.get("offers")
    first = offers[0] if isinstance(offers, (list, tuple)) and offers else ""
    return effect.offer or str(first)


def _cause_of(effect: Effect, playbook: Playbook) -> TaskCause:
    """What brought an effect, as its body says; where it does not, its rule does."""
    body = effect.body
    asked = str(body.get("asked") or "")
    is_question = body.get("cause", "signal" if body.get("signal") else "") == "question" or (
        "cause" not in body and effect.rule in ("", "question")
    )
    name = asked if is_question else str(body.get("signal") or effect.rule)
    row = next((t for t in playbook.thresholds if t.key == name), None)
    fired = body.get("fired_at")
    return TaskCause(
        effect=effect.id,
        kind="question" if is_question else "signal",
        name=name,
        said=row.signal if row is not None and not is_question else "",
        person=effect.person,
        decision=effect.decision,
        at=datetime.fromisoformat(fired) if isinstance(fired, str) else effect.created_at,
    )


def _unpaid_row(playbook: Playbook, decision: Decision) -> Restraint | None:
    """The row that keeps offers back because an invoice is unpaid, where it holds."""
    held = {str(s.span) for s in decision.suppressions if s.span}
    rows = (r for r in playbook.restraints if r.kind == "unpaid_invoice")
    return next((r for r in rows if str(r.span) in held), None)


def _who(customer: Customer, effect: Effect) -> str:
    person = customer.person
    if person.id != effect.person:
        return effect.person or "Somebody"
    return person.name or person.id


def _contacts(customer: Customer, effect: Effect, kind: str) -> Iterator[Contact]:
    """Who asked or whom it is about, then everybody who can buy."""
    person, admins = customer.person, customer.account.admins
    is_known = bool(effect.person) and person.id == effect.person
    if is_known:
        whys = ["asked" if kind == "question" else "uses it"]
        whys += ["can buy"] if person.name in admins else []
        yield Contact(
            name=person.name or person.id,
            why=", ".join(whys),
            role=person.role or "",
            email=person.email,
        )
    elif effect.person:
        yield Contact(name=effect.person, why="asked" if kind == "question" else "uses it")
    for name in admins:
        if not (is_known and name == person.name):
            yield Contact(name=name, why="can buy")


def _points(note: Note) -> Iterable[TalkingPoint]:
    """A note as its bullets, each with its own line; what goes on over further lines stays one."""
    points: list[tuple[int, list[str]]] = []
    for i, line in enumerate(note.text.splitlines()):
        if not line.strip():
            continue
        if _BULLET.match(line) or not points:
            points.append((note.span.line + i, [_BULLET.sub("", line).strip()]))
        else:
            points[-1][1].append(line.strip())
    return [
        TalkingPoint(text=" ".join(parts), source=f"{note.span.file}:{line}")
        for line, parts in points
    ]
