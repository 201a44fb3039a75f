"""The decision: the order of the verdicts on one page. Pure: no I/O, no clock, no randomness, no model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from skill.model.account import Customer
from skill.model.decision import (
    Access,
    Decision,
    Meaning,
    Offer,
    Outcome,
    Readiness,
    Reason,
    Signal,
    Suppression,
    Surface,
    TraceStep,
    Verdict,
    Withheld,
)
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy import gate, offers, plans, readiness, restraint, routing, signals, unasked
from skill.policy.record import Record

MAX_OFFERS = 2


def decide(
    playbook: Playbook,
    customer: Customer,
    meaning: Meaning,
    *,
    surface: Surface,
    now: datetime,
    max_offers: int = MAX_OFFERS,
) -> Decision:
    """What may be said and offered to this person, about this question, here and now.

    The order is the house's: access, signals, the play, restraint, the surface, then offers with their witness.
    A question is itself intent: an offer needs access denied or limited, a whole witness and no suppression.
    Where nobody asked (`Outcome.SIGNAL`, in a sweep) it needs an account that is ready instead.
    """
    accesses = tuple(
        _with_ways(playbook, customer, key, meaning, now) for key in _asked(playbook, meaning)
    )
    record = Record(playbook, customer, now)  # put in order once for both
    reached = signals.moments(record)
    found = tuple(one.signal for one in signals.judged(record, reached))
    standing = signals.standing(found, readiness.of_account(found), reached)
    route = routing.route(playbook, customer, now, standing)
    asked = meaning.outcome is not Outcome.SIGNAL
    if asked:
        candidates = _candidates(playbook, customer, accesses, found, route, now)
        limits = [a.limit for a in accesses]
    else:
        candidates = unasked.candidates(record, found, route)
        limits = [
            gate.effective_limit(playbook, customer, o.lifts, now) for o in candidates if o.lifts
        ]
    asking = restraint.Asking(
        playbook,
        customer,
        now,
        limit_reached=any(gate.is_used_up(playbook, limit) for limit in limits),
        standing=standing,
        asked=asked,
    )
    held, unclear = restraint.suppressions(asking)
    held = (*_by_surface(surface), *held)
    levels = {o.bundle: readiness.readiness(o.bundle, found) for o in candidates}
    made, withheld = _sorted_out(asking, candidates, held, levels, max_offers)
    unknown_rights = [a for a in accesses if a.reason is Reason.SOURCE_UNAVAILABLE]
    return Decision(
        topics_version=playbook.version,
        surface=surface,
        now=now,
        meaning=meaning,
        accesses=accesses,
        plans=plans.told(playbook, customer, meaning, surface, now),
        offers=made,
        withheld=withheld,
        may_name_unlock=bool(made),
        play=route.play.key if route.play else None,
        signals=found,
        readiness=tuple(levels.values()),
        suppressions=held,
        missing=_missing(found, route, unclear, candidates, bool(unknown_rights)),
        warnings=_warnings(playbook, customer),
        trace=tuple(_trace(meaning, accesses, found, route, held, made, withheld)),
    )


def _asked(playbook: Playbook, meaning: Meaning) -> tuple[str, ...]:
    if meaning.outcome is not Outcome.FEATURE:
        return ()
    return tuple(key for key in meaning.features if key in playbook.features)


def _with_ways(
    playbook: Playbook, customer: Customer, key: str, meaning: Meaning, now: datetime
) -> Access:
    """The gate's answer, with the ways that lead to the feature where it is denied or limited."""
    found = gate.access(playbook, customer, key, meaning, now)
    ways = offers.unlocks(playbook, customer, found, meaning, now)
    return found.model_copy(update={"unlocks": ways}) if ways else found


def _by_surface(surface: Surface) -> tuple[Suppression, ...]:
    if surface is Surface.PUBLIC_DIRECTORY:
        return (Suppression(because="a public directory shows no offers"),)
    return ()


def _candidates(
    playbook: Playbook,
    customer: Customer,
    accesses: tuple[Access, ...],
    found: tuple[Signal, ...],
    route: routing.Route,
    now: datetime,
) -> list[Offer]:
    """Every way as an offer with its witness: first the first feature's best, then the next feature's, then the rest."""
    account = offers.Account.of(playbook, customer, now)
    denied = tuple(a.feature for a in accesses if a.verdict is Verdict.DENIED)
    ranked: list[tuple[int, int, Offer]] = []
    for place, one in enumerate(accesses):
        for rank, way in enumerate(one.unlocks):
            ranked.append((rank, place, offers.offer_of(account, way, one, denied, found, route)))
    out: dict[str, Offer] = {}
    for _, _, offer in sorted(ranked, key=lambda r: r[:2]):
        out.setdefault(offer.bundle, offer)
    return list(out.values())


def _sorted_out(
    asking: restraint.Asking,
    candidates: list[Offer],
    held: tuple[Suppression, ...],
    levels: dict[str, Readiness],
    max_offers: int,
) -> tuple[tuple[Offer, ...], tuple[Withheld, ...]]:
    """Which offers are made, and why each of the others is not."""
    made: list[Offer] = []
    withheld: list[Withheld] = []
    for offer in candidates:
        broken = next((c for c in offer.witness if c.holds is not Truth.TRUE), None)
        steps = [s.bundle for s in offer.unlock.steps]
        waits = any(asking.playbook.bundles[s].only_when_ready for s in steps)
        first = held[0] if held else restraint.of_offer(asking, steps)
        if first is not None:
            withheld.append(
                Withheld(
                    offer=offer.bundle,
                    because=first.because,
                    until=first.until,
                    topic=first.topic,
                    span=first.span,
                )
            )
        elif broken is not None:
            state = "unknown" if broken.holds is Truth.UNKNOWN else "not so"
            withheld.append(
                Withheld(offer=offer.bundle, because=f"{broken.name}: {state} ({broken.because})")
            )
        elif waits and levels[offer.bundle].level != "ready":
            withheld.append(Withheld(offer=offer.bundle, because="only when ready"))
        elif len(made) >= max_offers or any(_covers(smaller, offer) for smaller in made):
            withheld.append(
                Withheld(offer=offer.bundle, because="a smaller step comes first", still_a_way=True)
            )
        else:
            made.append(offer)
    return tuple(made), tuple(withheld)


def _covers(smaller: Offer, offer: Offer) -> bool:
    """Whether an offer that is made already does all that this one would do for the question."""
    return smaller.lifts == offer.lifts and set(offer.unlocks) <= set(smaller.unlocks)


def _missing(
    found: tuple[Signal, ...],
    route: routing.Route,
    unclear: tuple[str, ...],
    candidates: list[Offer],
    rights_unknown: bool,
) -> tuple[str, ...]:
    """The facts that were wanted for this decision and not known."""
    spoken_for = {o.bundle for o in candidates}
    wanted: dict[str, None] = {}
    if rights_unknown:
        wanted["account"] = None
    if candidates:
        wanted.update(dict.fromkeys(route.missing))
        wanted.update(dict.fromkeys(unclear))
    for signal in found:
        if signal.offer in spoken_for:
            wanted.update(dict.fromkeys(signal.missing))
    return tuple(wanted)


def _warnings(playbook: Playbook, customer: Customer) -> tuple[str, ...]:
    """Names in the account that no Topic knows: it is answered, and nothing rests on them."""
    out: list[str] = []
    if gate.plan_is_unknown(playbook, customer):
        out.append(f"account.plan: no plan `{customer.account.plan}` in these Topics")
    known = {*playbook.bundles, *playbook.features}
    out += [
        f"account.bundles: no bundle `{key}` in these Topics"
        for key in customer.account.bundles
        if key not in known
    ]
    # A word alone is one of ours that restraint and the gate read; a source that was down says why and since when.
    out += [f"source {one}" for one in customer.unavailable if ": " in one]
    return tuple(out)


def _trace(
    meaning: Meaning,
    accesses: tuple[Access, ...],
    found: tuple[Signal, ...],
    route: routing.Route,
    held: tuple[Suppression, ...],
    made: tuple[Offer, ...],
    withheld: tuple[Withheld, ...],
) -> Iterator[TraceStep]:
    """The verdicts in the order they were made, in plain words."""
    yield TraceStep(verdict="question", said=_said_meaning(meaning))
    for one in accesses:
        where = tuple(str(e.span) for e in one.entitlements if e.span)
        yield TraceStep(
            verdict="access",
            said=f"{one.feature}: {one.verdict.value} ({one.reason.value})",
            where=where,
        )
    for signal in found:
        if signal.truth is Truth.TRUE:
            yield TraceStep(
                verdict="signal",
                said=f"{signal.key} holds ({signal.means}, for {signal.offer})",
                where=(str(signal.span),),
            )
    if route.play is not None:
        yield TraceStep(verdict="play", said=route.play.name, where=(str(route.play.span),))
    for one_held in held:
        until = f" until {one_held.until.isoformat()}" if one_held.until else ""
        place = (str(one_held.span),) if one_held.span else ()
        yield TraceStep(verdict="restraint", said=one_held.because + until, where=place)
    for offer in made:
        yield TraceStep(
            verdict="offer",
            said=" then ".join(s.bundle for s in offer.unlock.steps),
            where=(str(offer.price.span),) if offer.price else (),
        )
    for one_withheld in withheld:
        yield TraceStep(verdict="withheld", said=f"{one_withheld.offer}: {one_withheld.because}")


def _said_meaning(meaning: Meaning) -> str:
    about = ", ".join(meaning.features or meaning.candidates)
    reasons = "; ".join(meaning.reasons)
    return " - ".join(x for x in (meaning.outcome.value, about, reasons) if x)
