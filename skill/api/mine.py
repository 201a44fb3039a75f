"""What was used about somebody, in plain words that they can read and check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from skill.model.account import Customer
from skill.model.playbook import Playbook

Line = dict[str, str | None]

_PAST = {
    "impression": "shown",
    "dismissal": "closed",
    "decline": "declined",
    "not_now": "answered with “not now”",
    "never": "answered with “never”",
    "acceptance": "taken",
    "click": "clicked",
    "reply": "replied to",
    "checkout_open": "opened in the checkout",
}


def used_about(customer: Customer, playbook: Playbook) -> list[Line]:
    """One line for each kind of thing that was known when the question was answered."""
    return [
        *_account(customer, playbook),
        *_person(customer, playbook),
        *_usage(customer, playbook),
        *_circumstances(customer),
    ]


def _account(customer: Customer, playbook: Playbook) -> Iterator[Line]:
    account = customer.account
    names = {key: bundle.name for key, bundle in playbook.bundles.items()}
    if "account" in customer.unavailable:
        yield _line("We knew nothing about your account.", "account")
        return
    plan = f"the plan {names.get(account.plan, account.plan)}" if account.plan else "no plan"
    yield _line(f"Your account is on {plan}.", "account")
    if account.bundles:
        held = _list([names.get(key, key) for key in account.bundles])
        yield _line(f"It also has {held}.", "account")
    if account.grants:
        yield _line(f"It was given {_list([g.name for g in account.grants])}.", "account")
    if account.removals:
        yield _line(f"It is without {_list([r.name for r in account.removals])}.", "account")
    if account.limits:
        yield _line(f"It has its own limits for {_list(list(account.limits))}.", "account")
    if account.region or account.currency:
        place = _list([part for part in (account.region, account.currency) if part])
        yield _line(f"Its region and currency: {place}.", "account")
    if account.traits:
        # Named and not quoted: they are the provider's labels for a whole company.
        yield _line(f"Labels kept for your account: {_list(list(account.traits))}.", "account")


def _person(customer: Customer, playbook: Playbook) -> Iterator[Line]:
    person = customer.person
    if person.role:
        known = playbook.roles.get(person.role)
        yield _line(f"Your role: {known.name if known else person.role}.", "person")
    yield _line(f"Your language and time zone: {person.locale}, {person.time_zone}.", "person")
    if person.opted_out:
        yield _line(f"You opted out of {_list(list(person.opted_out))}.", "person")


def _usage(customer: Customer, playbook: Playbook) -> Iterator[Line]:
    for fact in customer.facts:
        yield _line(f"{fact.name}: {fact.value}.", fact.source, fact.as_of)
    newest = {reading.meter: reading for reading in sorted(customer.usage, key=lambda r: r.at)}
    for key, reading in newest.items():
        meter = playbook.meters.get(key)
        text = f"{meter.name if meter else key}: {reading.value:f} used."
        yield _line(text, "usage", reading.at)
    for name, n in sorted(Counter(event.name for event in customer.events).items()):
        last = max(event.at for event in customer.events if event.name == name)
        yield _line(f"{name}: {_times(n)}, last on {last:%Y-%m-%d}.", "events", last)


def _circumstances(customer: Customer) -> Iterator[Line]:
    past = Counter(one.kind for one in customer.history)
    if past:
        said = _list([f"{n} {_PAST[kind]}" for kind, n in sorted(past.items())])
        yield _line(f"Earlier offers: {said}.", "history")
    if customer.tickets:
        still = sum(ticket.closed_at is None for ticket in customer.tickets)
        yield _line(f"Support tickets: {len(customer.tickets)}, {still} still open.", "tickets")
    if customer.incidents:
        yield _line(f"Incidents that we know of: {len(customer.incidents)}.", "incidents")


def _line(text: str, source: str, as_of: datetime | None = None) -> Line:
    return {"text": text, "source": source, "as_of": as_of.isoformat() if as_of else None}


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
