"""Recorded decisions in plain words: a list of them, one read back, and why its other offers were not made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from skill.cli.readiness_text import amount, clean, number, table, when
from skill.model.decision import Access, Decision, Offer
from skill.model.rules import Truth
from skill.model.why_not import Condition, NotOffered, WhyNot
from skill.store.ledger import Listed, Recorded

_HOLDS = {Truth.TRUE: "yes", Truth.FALSE: "no", Truth.UNKNOWN: "unknown"}
_HEADINGS = ("ID", "AT", "ACCOUNT", "PERSON", "FEATURE", "ACCESS", "OFFERS", "QUESTION")
_TOGETHER = {1: "", 2: " both of these are so", 3: " all three of these are so"}
_WIDE = 60
"""Characters of a question in the list; `show` has all of it."""


def list_lines(items: Sequence[Listed]) -> Iterator[str]:
    """One line for each decision, the newest first."""
    rows = [
        (
            one.id,
            when(one.at),
            clean(one.account),
            clean(one.person),
            one.feature or "",
            one.access or ("" if one.triggered else "silent"),
            ", ".join(one.offers),
            _short(clean(one.question)) or "(nobody asked)",
        )
        for one in items
    ]
    yield from table([_HEADINGS, *rows])


def _short(text: str) -> str:
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"


def show_lines(kept: Recorded) -> Iterator[str]:
    """One decision as people read it: what was asked, decided and offered, and from which inputs."""
    made, customer = kept.decision, kept.customer
    person = customer.person
    yield f"{kept.id}, {when(kept.at)} UTC, {kept.surface.value}, asked by {kept.scope}"
    role = f", role {clean(person.role)}" if person.role else ""
    yield f"account {clean(customer.account.id)}, person {clean(person.id)}{role}"
    if kept.question:
        yield f"question: {clean(kept.question)}"
    about = ", ".join(made.meaning.features or made.meaning.candidates)
    yield f"understood as: {made.meaning.outcome.value}{f' ({about})' if about else ''}"
    for access in made.accesses:
        yield from _access(access)
    for offer in made.offers:
        yield from _offer(offer)
    if not made.offers:
        yield "offered: nothing"
    yield from _verdicts(made)
    yield ""
    yield "made from"
    yield from _inputs(kept)


def _access(access: Access) -> Iterator[str]:
    yield f"access: {access.feature} {access.verdict.value} ({access.reason.value})"
    for right in access.entitlements:
        place = f"  {right.span}" if right.span else ""
        yield f"  by {right.source} {clean(right.name)}{place}"
    limit = access.limit
    if limit is not None:
        most = "unlimited" if limit.value is None else number(limit.value)
        used = f"{number(limit.used)} of " if limit.used is not None else ""
        as_of = f", read {when(limit.used_as_of)} UTC" if limit.used_as_of else ""
        old = ", too old to count" if limit.stale else ""
        place = f"  {limit.span}" if limit.span else ""
        yield f"  limit: {used}{most} {limit.meter} ({limit.source}){as_of}{old}{place}"


def _offer(offer: Offer) -> Iterator[str]:
    price = offer.price.text if offer.price else "price on request"
    steps = " then ".join(
        f"{s.quantity} x {s.bundle}" if s.quantity > 1 else s.bundle for s in offer.unlock.steps
    )
    yield f"offered: {steps} ({offer.kind.value}), {price}; {offer.action.kind}"
    for check in offer.witness:
        yield f"  {_HOLDS[check.holds]:<8}{check.name}: {clean(check.because)}"


def _verdicts(made: Decision) -> Iterator[str]:
    for withheld in made.withheld:
        until = f" until {when(withheld.until)} UTC" if withheld.until else ""
        place = f"  {withheld.span}" if withheld.span else ""
        yield f"withheld: {withheld.offer}: {clean(withheld.because)}{until}{place}"
    if made.play:
        yield f"play: {made.play}"
    for signal in made.signals:
        if signal.truth is Truth.TRUE:
            yield f"signal: {signal.key} holds ({signal.means} for {signal.offer})  {signal.span}"
    for held in made.suppressions:
        until = f" until {when(held.until)} UTC" if held.until else ""
        place = f"  {held.span}" if held.span else ""
        yield f"offers are held back: {clean(held.because)}{until}{place}"
    if made.missing:
        yield f"not known: {', '.join(clean(m) for m in made.missing)}"
    for warning in made.warnings:
        yield f"warning: {clean(warning)}"


def _inputs(kept: Recorded) -> Iterator[str]:
    customer, account = kept.customer, kept.customer.account
    yield f"  topics {kept.decision.topics_version}"
    held = [account.plan or "no plan", *account.bundles]
    where = [x for x in (account.region, account.currency) if x]
    yield f"  account: {clean(', '.join([*held, *where]))}"
    for name, value in account.traits.items():
        yield f"  trait {name} = {clean(str(value))}"
    for fact in customer.facts:
        yield f"  fact {clean(fact.name)} = {clean(str(fact.value))}, {clean(fact.source)}, as of {when(fact.as_of)} UTC"
    newest = {r.meter: r for r in sorted(customer.usage, key=lambda r: r.at)}
    for reading in newest.values():
        yield f"  usage {reading.meter} = {number(reading.value)}, as of {when(reading.at)} UTC"
    yield from _many("event", [e.at for e in customer.events])
    yield from _many("earlier offer", [p.at for p in customer.history])
    for past in customer.history:
        if past.receipt:
            yield f"  taken {past.offer}, {when(past.at)} UTC, receipt {clean(past.receipt)}"
    yield from _prices(kept)
    yield from _many("ticket", [t.opened_at for t in customer.tickets])
    yield from _many("incident", [i.started_at for i in customer.incidents])
    for source in customer.unavailable:
        yield f"  could not be read: {clean(source)}"


def _prices(kept: Recorded) -> Iterator[str]:
    """What the billing provider said, and where it said nothing."""
    for key, told in kept.billed.items():
        yield (
            f"  {told.source} on {key}: {told.total} {told.currency} on the next invoice, "
            f"{told.first} of it for the days that are left, as of {told.as_of}"
        )
    for key, why in kept.unpriced.items():
        yield f"  no price of {key}: {clean(why)}"


def _many(what: str, ats: Sequence[datetime]) -> Iterator[str]:
    if ats:
        newest = f"the newest of {when(max(ats))} UTC"
        yield f"  {len(ats)} {what}{'s' if len(ats) > 1 else ''}, {newest}"


def why_not_lines(report: WhyNot) -> Iterator[str]:
    """Every offer that was not made, what failed of it, and the smallest change after which it is made."""
    head = f"{report.decision_id}, " if report.decision_id else ""
    who = f"{clean(report.account)}, {clean(report.person)}"
    yield f"{head}{who}, {when(report.at)} UTC, {report.surface.value}"
    if report.question:
        yield f"question: {clean(report.question)}"
    if report.recorded_version:
        yield f"decided again by other Topics than it was made from ({report.recorded_version[:19]})"
    yield f"offered: {', '.join(report.offered) or 'nothing'}"
    # What a change could bring about is read first, what is no answer at all last.
    for one in sorted(report.not_offered, key=lambda o: (not o.flips, not o.n_candidates)):
        yield ""
        yield from _not_offered(one, report)


def _not_offered(one: NotOffered, report: WhyNot) -> Iterator[str]:
    yield f"{one.name} ({one.sold_as.value}) was not offered"
    for failed in one.failed:
        yield f"  - {_condition(failed)}"
    if one.flips:
        yield f"  it is offered when{_TOGETHER[len(one.changes)]}"
        for change in one.changes:
            yield f"  > {clean(change.said)}{_place(change.topic, change.line)}"
        return
    if not one.n_candidates:
        yield "  > nothing about the customer or the moment changes that"
        return
    if not one.is_whole:
        yield (
            "  > not every change was tried, for there are many: ask again with --offer "
            + one.offer
        )
        return
    left = f", {one.n_left_out} more left out" if one.n_left_out else ""
    yield (
        f"  > no change of up to {report.most_changes} of these flips it "
        f"({one.n_candidates} tried, alone and together{left})"
    )
    for still in one.still:
        yield f"    still: {_condition(still)}"


def _condition(one: Condition) -> str:
    unknown = "unknown: " if one.truth is Truth.UNKNOWN else ""
    until = f" until {when(one.until)} UTC" if one.until else ""
    far = ""
    if one.distance is not None and one.distance.figure:
        far = f"; {_far(one)} to go"
    return f"{clean(one.name)}: {unknown}{clean(one.value)}{until}; needed: {clean(one.needed)}{far}{_place(one.topic, one.line)}"


def _far(one: Condition) -> str:
    assert one.distance is not None
    return amount(one.distance.figure, one.distance.unit)


def _place(topic: str, line: int | None) -> str:
    return f"  ({topic}:{line})" if topic else ""
