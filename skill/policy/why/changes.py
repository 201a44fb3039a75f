"""Changes: one thing that would be otherwise about a customer or a moment, told in a sentence and put into the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from skill.model.account import Event, Fact, Incident, Past, Reading, Right, Ticket
from skill.model.common import plain_number, slug
from skill.model.decision import Surface
from skill.model.topic import Span
from skill.policy.why.cases import Case, Option, option

_MINUTE = timedelta(minutes=1)
_TICK = timedelta(microseconds=1)
JUST_NOW = timedelta(0)


def moment(at: datetime) -> str:
    """A moment as people read it: `Tuesday 24 November 2026, 09:00 UTC`."""
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M} UTC"


def time_passes(until: datetime, span: Span | None) -> Option:
    """Nothing else happens until a moment; told to the minute, and never a second too early."""
    at = until.replace(second=0, microsecond=0)
    at = at if at == until else at + _MINUTE
    said = f"time passes until {moment(at)}"
    return option("time", said, "now", span, lambda c: replace(c, now=at))


def plan_is(case: Case, key: str, span: Span | None) -> Option:
    """Another plan is held."""
    said = f"the plan is {_name(case, key)} where it is {plan_name(case)} now"
    return option("plan", said, "plan", span, lambda c: c.of_account(plan=key))


def plan_name(case: Case) -> str:
    """The name of the plan that is held, or what stands in its place."""
    plan = case.seen.account.plan
    return "none" if plan is None else _name(case, plan)


def _name(case: Case, key: str) -> str:
    bundle = case.playbook.bundles.get(key)
    return bundle.name if bundle else f"`{key}`"


def bundle_is_held(case: Case, key: str, span: Span | None) -> Option:
    """A bundle is held beside the plan."""

    def apply(c: Case) -> Case:
        return c.of_account(bundles=(*c.customer.account.bundles, key))

    said = f"{_name(case, key)} is held, which it is not now"
    return option("bundle", said, f"bundle:{key}", span, apply)


def bundle_is_gone(case: Case, key: str, span: Span | None) -> Option:
    """A bundle is not held any more, neither bought nor granted."""

    def apply(c: Case) -> Case:
        account = c.customer.account
        return c.of_account(
            bundles=tuple(b for b in account.bundles if b != key),
            grants=tuple(g for g in account.grants if g.name != key),
        )

    said = f"{_name(case, key)} is not held, which it is now"
    return option("bundle", said, f"bundle:{key}", span, apply)


def grant_ends(name: str, shown: str, span: Span | None) -> Option:
    """A grant of a feature ends now."""

    def apply(c: Case) -> Case:
        ended = tuple(_ended(g, name, c.now) for g in c.customer.account.grants)
        return c.of_account(grants=ended)

    return option("right", f"the grant of {shown} has ended", f"grant:{name}", span, apply)


def _ended(right: Right, name: str, now: datetime) -> Right:
    return right.model_copy(update={"until": now}) if right.name == name else right


def removal_is_lifted(name: str, shown: str) -> Option:
    """What was taken away from the account is given back."""

    def apply(c: Case) -> Case:
        kept = tuple(r for r in c.customer.account.removals if r.name != name)
        return c.of_account(removals=kept)

    return option("right", f"the removal of {shown} is lifted", f"removal:{name}", None, apply)


def account_is(
    what: Literal["region", "currency"], value: str, case: Case, span: Span | None
) -> Option:
    """Another region or currency."""
    was = getattr(case.seen.account, what) or "not known"
    said = f"the {what} is {value} where it is {was} now"
    return option(what, said, what, span, lambda c: c.of_account(**{what: value}))


def role_is(case: Case, key: str, span: Span | None) -> Option:
    """The person has another role."""
    role = case.playbook.roles.get(key)
    was = case.seen.person.role
    known = case.playbook.roles.get(was or "")
    now = known.name if known else was or "not known"
    said = f"the role is {role.name if role else key} where it is {now} now"
    return option("role", said, "role", span, lambda c: c.of_person(role=key))


Value = str | int | Decimal | bool


def trait_is(case: Case, name: str, value: Value, was: str, span: Span | None) -> Option:
    """A trait or fact is another value, told where it was told before: as a dated fact, or as a trait of the account."""
    by_fact = any(slug(f.name) == slug(name) for f in case.customer.facts)
    trait = case.playbook.traits.get(slug(name))
    shown = trait.name if trait else name
    said = f"{shown} is {shown_value(value)} where it is {was} now"
    if by_fact or trait is None:
        return fact_is(name, value, said, span)

    def apply(c: Case) -> Case:
        # An account's trait holds no exact decimal; as text it is read back as the same number.
        plain = str(value) if isinstance(value, Decimal) else value
        return c.of_account(traits={**c.customer.account.traits, slug(name): plain})

    return option("trait", said, f"fact:{slug(name)}", span, apply)


def fact_is(name: str, value: Value, said: str, span: Span | None) -> Option:
    """A fact that is told now."""

    def apply(c: Case) -> Case:
        fact = Fact(name=name, value=value, source="what if", as_of=c.now)
        # Of two that were told at one moment the first is believed.
        return c.told(facts=(fact, *c.customer.facts))

    return option("fact", said, f"fact:{slug(name)}", span, apply)


def shown_value(value: Value) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else plain_number(Decimal(value))


def reads(meter: str, said: str, span: Span | None, values: Mapping[timedelta, Decimal]) -> Option:
    """A meter is read, so long ago each; a reading of the same moment gives way."""

    def apply(c: Case) -> Case:
        new = [Reading(meter=meter, at=c.now - ago, value=v) for ago, v in values.items()]
        taken = {r.at for r in new}
        kept = [r for r in c.customer.usage if not (r.meter == meter and r.at in taken)]
        return c.told(usage=(*kept, *new))

    return option("reading", said, f"reading:{meter}", span, apply)


def happens(
    name: str,
    properties: Mapping[str, str],
    times: Sequence[tuple[timedelta, int]],
    said: str,
    span: Span | None,
) -> Option:
    """An event happens so often, so long ago each; what happens just now is one tick ago."""
    slot = f"event:{name}:{sorted(properties.items())}"

    def apply(c: Case) -> Case:
        new = tuple(
            Event(
                id=f"what-if-{slot}-{n}-{i}",
                name=name,
                at=c.now - max(ago, _TICK),
                properties=dict(properties),
            )
            for n, (ago, often) in enumerate(times)
            for i in range(often)
        )
        return c.told(events=(*c.customer.events, *new))

    return option("event", said, slot, span, apply)


def ticket_closes(case: Case, tickets: Sequence[Ticket], span: Span | None) -> Option:
    """Every open ticket that a row is about closes now."""
    ids = tuple(t.id for t in tickets)
    one = len(ids) == 1
    said = f"ticket{'' if one else 's'} {', '.join(ids)} {'is' if one else 'are'} closed at {moment(case.now)}"

    def apply(c: Case) -> Case:
        closed = tuple(
            t.model_copy(update={"closed_at": case.now}) if t.id in ids else t
            for t in c.customer.tickets
        )
        return c.told(tickets=closed)

    return option("ticket", said, f"ticket:{','.join(ids)}", span, apply)


def incident_ends(case: Case, incidents: Sequence[Incident], span: Span | None) -> Option:
    """Every incident that is under way ends now."""
    ids = tuple(i.id for i in incidents)
    one = len(ids) == 1
    said = f"incident{'' if one else 's'} {', '.join(ids)} {'is' if one else 'are'} over at {moment(case.now)}"

    def apply(c: Case) -> Case:
        ended = tuple(
            i.model_copy(update={"ended_at": case.now}) if i.id in ids else i
            for i in c.customer.incidents
        )
        return c.told(incidents=ended)

    return option("incident", said, "incident", span, apply)


def opt_out_is_taken_back(span: Span | None) -> Option:
    """The person wants to hear of offers again."""
    said = "the person takes back that they opted out"
    return option("opt_out", said, "opt_out", span, lambda c: c.of_person(opted_out=()))


def never_is_taken_back(offers: Sequence[str], shown: str, span: Span | None) -> Option:
    """The person may see an offer again that they never wanted to see."""

    def apply(c: Case) -> Case:
        kept = tuple(
            p
            for p in c.customer.history
            if not (p.kind == "never" and (not offers or p.offer in offers))
        )
        return c.told(history=kept)

    said = f"the person takes back that they never want to see {shown} again"
    return option("history", said, f"never:{','.join(offers)}", span, apply)


def comes_to_pass(past: Past, said: str, span: Span | None) -> Option:
    """Something becomes of an earlier offer, just now."""
    slot = f"past:{past.kind}:{past.offer}"

    def apply(c: Case) -> Case:
        now = past.model_copy(update={"at": c.now})
        return c.told(history=(*c.customer.history, now))

    return option("history", said, slot, span, apply)


def source_is_read(name: str, shown: str) -> Option:
    """A source that could not be read can be."""

    def apply(c: Case) -> Case:
        return c.told(unavailable=tuple(u for u in c.customer.unavailable if u != name))

    return option("source", f"the {shown} can be read", f"source:{name}", None, apply)


def in_the_product() -> Option:
    """The answer is shown to the person alone."""
    said = "the answer is shown in the product, to this person alone"
    return option(
        "surface", said, "surface", None, lambda c: replace(c, surface=Surface.IN_PRODUCT)
    )


def more_room(n: int, was: int) -> Option:
    """More offers may be made at once."""
    said = f"up to {n} offers may be made at once where {was} may be now"
    return option("room", said, "room", None, lambda c: replace(c, max_offers=n))
