"""The laws of the house, each on ten thousand made-up worlds: `python -m evals.proof.laws`, or with a number of worlds.

Every law is judged by a plain second opinion from the Topics and the facts, and never from the witness of an offer.
Each checker is first shown a decision that breaks its law, made up for it, and has to find it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from evals.proof.law_worlds import NOW, World, again, worlds
from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.model.account import Customer, Incident, Past, Ticket
from skill.model.decision import Decision, Offer, Outcome, Surface, Verdict
from skill.model.playbook import Bundle, Playbook, SoldAs

CASES = 10_000
EXTRAS = (SoldAs.ADD_ON, SoldAs.BUNDLE, SoldAs.SERVICES, SoldAs.PARTNER)
Law = Callable[[World, Decision], Iterator[str]]
_PROVERS: dict[str, Prover] = {}


def has(playbook: Playbook, customer: Customer) -> set[str]:
    """Features this account has, counted in the plainest way."""
    account = customer.account
    gone = {r.name for r in account.removals}
    plan = playbook.bundles.get(account.plan or "")
    names = [*account.bundles, *(g.name for g in account.grants)]
    bundles = [playbook.bundles[n] for n in names if n in playbook.bundles and n not in gone]
    bundles += [plan] if plan is not None and plan.sold_as is SoldAs.PLAN else []
    found = {f for b in bundles for f in b.unlocks} | {g.name for g in account.grants}
    return (found | {f.key for f in playbook.features.values() if f.free_for_all}) - gone


def steps(world: World, offer: Offer) -> list[Bundle]:
    """What is bought."""
    return [world.playbook.bundles[s.bundle] for s in offer.unlock.steps]


# -- the laws -------------------------------------------------------------------------------------------------


def same_bytes(world: World, made: Decision) -> Iterator[str]:
    """The same Topics, customer, question, surface and moment give the same bytes."""
    other = world.decided(world.customer.model_copy(deep=True), again(world.company))
    if other.model_dump_json() != made.model_dump_json():
        yield "another decision"


def never_what_is_held(world: World, made: Decision) -> Iterator[str]:
    """Who has access to a feature is never offered it."""
    held = has(world.playbook, world.customer)
    for offer in made.offers:
        for feature in set(offer.unlocks) & held:
            yield f"{offer.bundle} is offered for {feature}"
        if offer.bundle in world.customer.account.bundles and offer.lifts is None:
            yield f"{offer.bundle} is held"


def sold_to_them(world: World, made: Decision) -> Iterator[str]:
    """An offer is sold on this plan, in this region and currency, and today."""
    account, today = world.customer.account, NOW.date().isoformat()
    for offer in made.offers:
        plan = account.plan
        if plan is not None and world.playbook.bundles.get(plan, None) is None:
            yield "the plan is not known"
        for bundle in steps(world, offer):
            if bundle.sold_as is SoldAs.PLAN:
                plan = bundle.key
            elif bundle.available_on and plan not in bundle.available_on:
                yield f"{bundle.key} is not sold on {plan}"
            if bundle.regions and account.region not in bundle.regions:
                yield f"{bundle.key} is not sold in {account.region}"
            currencies = {p.currency for p in bundle.prices} - {None}
            if account.currency and currencies and account.currency not in currencies:
                yield f"{bundle.key} has no price in {account.currency}"
            if bundle.sold_until and bundle.sold_until < today:
                yield f"{bundle.key} is sold no longer"
            if bundle.key in {r.name for r in account.removals}:
                yield f"{bundle.key} was taken away"


def never_against_a_person(world: World, made: Decision) -> Iterator[str]:
    """Nothing is offered where somebody looks after the account, or may; nor to who is not told, nor a button to who cannot buy."""
    traits, role_key = world.customer.account.traits, world.customer.person.role
    role = world.playbook.roles.get(role_key or "")
    for offer in made.offers:
        if traits.get("segment") in (None, "enterprise") or traits.get("touch") != "low":
            yield "a person may look after this account"
        if role_key is not None and (role is None or not role.is_told):
            yield f"{role_key} is not told of offers"
        may = role is not None and role.can_buy
        if (
            offer.action.kind in ("link", "checkout")
            and not may
            and any(b.who_can_buy for b in steps(world, offer))
        ):
            yield f"a button for {role_key}"
        today = NOW.date().isoformat()
        stale = any(b.review_by and b.review_by < today for b in steps(world, offer))
        if stale and offer.action.kind in ("link", "checkout"):
            yield "a button on a price that nobody has read again"


def leads_to_what_was_asked(world: World, made: Decision) -> Iterator[str]:
    """An offer holds what was asked and lacking, or raises the limit that was asked about or presses."""
    lacking = {a.feature for a in made.accesses if a.verdict is Verdict.DENIED}
    limited = {a.limit.meter for a in made.accesses if a.verdict is Verdict.LIMITED and a.limit}
    asked = world.meaning.outcome is not Outcome.SIGNAL
    for offer in made.offers:
        last = steps(world, offer)[-1]
        if offer.lifts is not None:
            if not any(row.meter == offer.lifts for row in last.limits):
                yield f"{last.key} does not raise {offer.lifts}"
            if asked and offer.lifts not in limited:
                yield f"nobody is short of {offer.lifts}"
        elif asked and not lacking & set(last.unlocks):
            yield f"{last.key} unlocks nothing that was asked and lacking"


def restraint_never_adds(world: World, made: Decision) -> Iterator[str]:
    """A ticket, an incident, a decline, a showing, an opt-out or a source that is down never adds an offer."""
    who, before = world.customer, {o.bundle for o in made.offers}
    just = NOW - timedelta(hours=1)
    keys: list[str | None] = [*sorted({*before, *(w.offer for w in made.withheld)}), None]
    pasts = [Past.model_validate({"kind": kind, "offer": key, "at": just})
             for kind in ("not_now", "decline", "never", "impression") for key in keys[:1]]  # fmt: skip
    worse: list[tuple[str, dict[str, Any]]] = [
        ("a ticket", {"tickets": (*who.tickets, Ticket(id="n", opened_at=just))}),
        ("an incident", {"incidents": (*who.incidents, Incident(id="n", started_at=just))}),
        ("an opt-out", {"person": who.person.model_copy(update={"opted_out": ("offers",)})}),
    ]
    worse += [(f"{p.kind} {p.offer}", {"history": (*who.history, p)}) for p in pasts]
    down = ("tickets", "incidents", "history", "account")
    worse += [(f"no {s}", {"unavailable": (*who.unavailable, s)}) for s in down]
    for name, change in worse:
        after = {o.bundle for o in world.decided(who.model_copy(update=change)).offers}
        if after - before:
            yield f"{name} adds {', '.join(sorted(after - before))}"


def unknown_never_sells(world: World, made: Decision) -> Iterator[str]:
    """Where a trait that decides about offers is not known, none is made."""
    account = world.customer.account
    bare = account.model_copy(update={"traits": {}})
    if world.decided(world.customer.model_copy(update={"account": bare})).offers:
        yield "an offer to an account of which nothing is known"
    if "account" in world.customer.unavailable and made.offers:
        yield "an offer where rights are not known"


def as_many_as_allowed(world: World, made: Decision) -> Iterator[str]:
    """At most so many as are allowed, one for each need, none twice, and each offer is either made or withheld."""
    keys = [o.bundle for o in made.offers]
    if len(keys) > world.max_offers:
        yield f"{len(keys)} of {world.max_offers}"
    if len(set(keys)) < len(keys) or set(keys) & {w.offer for w in made.withheld}:
        yield "one offer twice"
    for i, one in enumerate(made.offers):
        for other in made.offers[:i]:
            if one.lifts == other.lifts and set(one.unlocks) <= set(other.unlocks):
                yield f"{one.bundle} beside {other.bundle} for the same need"


def the_smallest_step(world: World, made: Decision) -> Iterator[str]:
    """For one need, no way of fewer purchases was passed over that could have been made."""
    if world.meaning.outcome is Outcome.SIGNAL or len(made.accesses) != 1:
        return
    n_steps = {w.bundle: len(w.steps) for a in made.accesses for w in a.unlocks}
    kept_for_it = {w.offer for w in made.withheld if w.because == "a smaller step comes first"}
    for offer in made.offers:
        for key in kept_for_it:
            if n_steps[key] < len(offer.unlock.steps):
                yield f"{key} takes fewer purchases than {offer.bundle}"


def further_jobs_are_earned(world: World, made: Decision) -> Iterator[str]:
    """Unasked, a further job is offered only where work by hand was seen, and never beside an upgrade."""
    if world.meaning.outcome is not Outcome.SIGNAL:
        return
    rows = {row.key: row for row in world.playbook.thresholds}
    scale = {"meter", "ratio", "fact"}
    for offer in made.offers:
        by = [c.what for key in offer.signals for c in rows[key].counts]
        if offer.kind not in EXTRAS or offer.lifts is not None or scale & set(by):
            continue
        features = (world.playbook.features[f] for f in steps(world, offer)[-1].unlocks)
        ways = {a for f in features for a in f.alternatives}
        days = {(e.properties.get("feature"), e.at.date()) for e in world.customer.events
                if e.name == "use" and e.at > NOW - timedelta(days=30)}  # fmt: skip
        habits = Counter(f for f, _ in days if f in ways)
        if "events" not in by and not any(n >= 3 for n in habits.values()):
            yield f"{offer.bundle} removes no work that was seen"
        if any(o.kind not in EXTRAS for o in made.offers):
            yield f"{offer.bundle} beside an upgrade"


def less_covers_the_use(world: World, made: Decision) -> Iterator[str]:
    """A smaller plan holds everything that was used in ninety days, and costs less."""
    bundles, account = world.playbook.bundles, world.customer.account
    now = bundles.get(account.plan or "")
    for offer in made.offers:
        small = bundles[offer.bundle]
        if (
            now is None
            or small.sold_as is not SoldAs.PLAN
            or small.position >= now.position
            or offer.lifts
        ):
            continue
        if offer.unlocks:
            continue
        kept = {
            f
            for b in (small, *(bundles[k] for k in account.bundles if k in bundles))
            for f in b.unlocks
        }
        kept |= has(world.playbook, world.customer) - set(now.unlocks)
        since = NOW - timedelta(days=90)
        used = {
            str(e.properties.get("feature"))
            for e in world.customer.events
            if e.name == "use" and e.at > since
        }
        lost = (used & set(world.playbook.features)) - kept
        lost -= {g.name for g in account.grants} | {
            f.key for f in world.playbook.features.values() if f.free_for_all
        }
        if lost:
            yield f"{small.key} loses {', '.join(sorted(lost))}"
        for row in small.limits:
            most = max(
                (r.value for r in world.customer.usage if r.meter == row.meter and r.at > since),
                default=None,
            )
            if row.meter in account.limits or row.value is None:
                continue
            more = sum((r.value or Decimal(0) for k in account.bundles if k in bundles for r in bundles[k].limits
                        if r.extends and r.meter == row.meter), Decimal(0))  # fmt: skip
            more += sum((r.value or Decimal(0) for g in account.grants if g.name in bundles for r in bundles[g.name].limits
                         if r.extends and r.meter == row.meter), Decimal(0))  # fmt: skip
            if most is None or most > row.value + more:
                yield f"{small.key} holds {row.value} {row.meter} where {most} were used"


def every_sentence_is_proven(world: World, made: Decision) -> Iterator[str]:
    """Every figure, price, date and name in an answer stands in what its sentence cites; nothing internal is in it."""
    if world.meaning.outcome is Outcome.SIGNAL:
        return
    body = Composer(world.playbook, made, world.customer).answer("d").body()
    prover = _PROVERS.setdefault(world.company, Prover(world.playbook))
    yield from (f"{p.where}: {p.said}" for p in prover.prove(body).problems)
    text = body["answer"]["text"]
    notes = (n.text for t in world.playbook.topics for s in t.sections for n in s.notes)
    yield from (f"internal: {note[:40]}" for note in notes if note in text)
    if "withheld" in body or "talking_points" in body:
        yield "what only support is told"
    denied = {a.feature for a in made.accesses if a.verdict is Verdict.DENIED}
    for quote in body["quotes"]:
        if (
            quote["label"].startswith("Have it ")
            and quote["label"].removeprefix("Have it ") in denied
        ):
            yield "how to use what is lacking"


def nothing_is_hinted(world: World, made: Decision) -> Iterator[str]:
    """Where nothing may be offered no price, link, button or way is named; a public directory never offers."""
    if world.surface is Surface.PUBLIC_DIRECTORY and made.offers:
        yield "an offer in public"
    if world.meaning.outcome is Outcome.SIGNAL or made.offers:
        return
    body = Composer(world.playbook, made, world.customer).answer("d").body()
    if body["recommended_offers"] or any(
        v["unlocked_by"] for v in body.get("features") or [body["feature"]]
    ):
        yield "a way is named"
    if any(f["name"].startswith("price.") for f in body["facts"]):
        yield "a price is told"


LAWS: Mapping[str, Law] = {
    law.__name__: law
    for law in (
        same_bytes,
        never_what_is_held,
        sold_to_them,
        never_against_a_person,
        leads_to_what_was_asked,
        restraint_never_adds,
        unknown_never_sells,
        as_many_as_allowed,
        the_smallest_step,
        further_jobs_are_earned,
        less_covers_the_use,
        every_sentence_is_proven,
        nothing_is_hinted,
    )
}


def faults(world: World) -> list[str]:
    """Every law that this world breaks, with how."""
    made = world.decided()
    return [f"{name}: {said}" for name, law in LAWS.items() for said in law(world, made)]


def prove(
    n_cases: int,
    *,
    seen: Counter[str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Judge so many worlds by every law; raises with the smallest one that breaks any."""
    counted: Counter[str] = Counter() if seen is None else seen

    @settings(
        max_examples=n_cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds())
    def every_law(world: World) -> None:
        made = world.decided()
        counted["worlds"] += 1
        progress(counted["worlds"])
        counted["worlds with an offer"] += bool(made.offers)
        counted["worlds in which nobody asked"] += world.meaning.outcome is Outcome.SIGNAL
        for offer in made.offers:
            counted[f"offers of kind {offer.kind}"] += 1
        assert faults(world) == []

    every_law()


def main() -> None:
    """Print what was judged; a law that is broken stops it with the smallest world that breaks it."""
    n_cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    began, seen = time.perf_counter(), Counter[str]()
    prove(n_cases, seen=seen)
    for name, law in LAWS.items():
        print(
            f"{name:<28} {seen['worlds']:>7,} worlds, 0 against it   {(law.__doc__ or '').splitlines()[0]}"
        )
    for what, n in sorted(seen.items()):
        print(f"  {what:<40} {n:>7,}")
    print(f"  seconds {time.perf_counter() - began:.0f}")


if __name__ == "__main__":
    main()
